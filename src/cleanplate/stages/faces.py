"""Where somebody's face is in their photo: BlazeFace (Bazarevsky et al., 2019), the short-range detector of mediapipe.

It sees a square of 128 pixels and finds faces that fill a good part of it. So it looks at the whole person, at their upper half and
at their upper quarter, and the surest of these answers counts.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from cleanplate.models import graphs
from cleanplate.models.devices import Device
from cleanplate.pixels.color import Array, FloatArray, as_float
from cleanplate.pixels.resampling import reduce
from cleanplate.values import Box, Size

SIDE = 128  # pixels of what the detector sees
MAPS = (16, 2), (8, 6)  # cells along a side of its maps of answers, and faces that each cell may find
SURE = 0.6  # its answer from which it is believed
WITHIN = 0.5  # mean alpha over a face, below which it is somebody else's
SHARES = 1.0, 0.5, 0.25  # of the person's height, from their top, that are looked at
AROUND = 1.15  # side of the square over what it has to hold


class Face(NamedTuple):
    """A face from about the brow to the chin, in pixels of the photo; ``sure`` is in [0, 1]."""

    top: float
    left: float
    bottom: float
    right: float
    sure: float = 1.0


class View(NamedTuple):
    """A square of the photo: its upper left corner and its side, in pixels of the photo."""

    top: float
    left: float
    side: float


def face(pixels: Array, alpha: FloatArray, person: Box) -> Face | None:
    """The face of the person whose extent is ``person``; None where none is seen.

    Args:
        pixels: (height, width, 3) integers, or float32 in [0, 1]; sRGB-encoded or nearly.
        alpha: (height, width) float32 in [0, 1].
    """
    views = [view(alpha, person, share) for share in SHARES]
    batch = np.stack([seen(pixels, each) for each in views]).transpose(0, 3, 1, 2) * 2 - 1
    answer = graphs.graph("face", Device.cpu).run(input=batch)  # a millisecond; no device is quicker
    found = [surest(*each) for each in zip(answer["classificators"], answer["regressors"], views, strict=True)]
    theirs = [each for each in found if each is not None and cover(alpha, each) >= WITHIN]
    best = max(theirs, key=lambda one: one.sure, default=None)
    return best if best is not None and best.sure >= SURE else None


def view(alpha: FloatArray, person: Box, share: float) -> View:
    """A square around the upper part of a person, in the middle of what they cover there."""
    height = max(1, round(share * person.height))
    columns = alpha[person.top : person.top + height, person.left : person.left + person.width].sum(0)
    middle = person.left + float(np.average(np.arange(person.width) + 0.5, weights=columns + 1e-9))
    if share == 1:
        side, middle = AROUND * max(height, person.width), person.left + person.width / 2
    else:
        side = AROUND * height
    return View(person.top + height / 2 - side / 2, middle - side / 2, side)


def seen(pixels: Array, at: View) -> FloatArray:
    """What the detector sees there: (SIDE, SIDE, 3) float32 in [0, 1], black beyond the photo."""
    scale, answer = SIDE / at.side, np.zeros((SIDE, SIDE, 3), np.float32)
    top, left = max(0, round(at.top)), max(0, round(at.left))
    part = pixels[top : max(top + 1, round(at.top + at.side)), left : max(left + 1, round(at.left + at.side))]
    y, x = max(0, round((top - at.top) * scale)), max(0, round((left - at.left) * scale))
    size: Size = min(SIDE - y, max(1, round(part.shape[0] * scale))), min(SIDE - x, max(1, round(part.shape[1] * scale)))
    answer[y : y + size[0], x : x + size[1]] = as_float(reduce(part, size))
    return answer


@cache
def anchors() -> FloatArray:
    """The middles of the cells that the answers count from, (896, 2): x and y as shares of the square."""
    cells = [((column + 0.5) / count, (row + 0.5) / count) for count, each in MAPS for row in range(count)
             for column in range(count) for _ in range(each)]  # fmt: skip
    return np.asarray(cells, np.float32)


def surest(odds: FloatArray, boxes: FloatArray, at: View) -> Face | None:
    """The surest face of one view, in pixels of the photo.

    Args:
        odds: (896, 1), logits.
        boxes: (896, 16): x and y of the middle from the anchor, width, height, and points of the face; in pixels of the view.
    """
    best = int(odds[:, 0].argmax())
    (x, y), (width, height) = anchors()[best] + boxes[best, :2] / SIDE, boxes[best, 2:4] / SIDE
    if width <= 0 or height <= 0:
        return None
    top, left = at.top + float(y - height / 2) * at.side, at.left + float(x - width / 2) * at.side
    sure = float(1 / (1 + np.exp(-np.clip(odds[best, 0], -50, 50))))
    return Face(top, left, top + float(height) * at.side, left + float(width) * at.side, sure)


def cover(alpha: FloatArray, one: Face) -> float:
    """How much of a face's place the person covers."""
    top, left, bottom, right = (max(0, round(side)) for side in one[:4])
    inside = alpha[top:bottom, left:right]
    return float(inside.mean()) if inside.size else 0.0
