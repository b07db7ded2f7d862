"""Strokes of a brush over a photo -> the areas that are kept and dropped, and alpha softened: vectors in, full size out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import cv2
import numpy as np

from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray, Pixels, as_float, to_float, to_uint8
from cleanplate.pixels.resampling import limited_size, reduce
from cleanplate.stages import matting
from cleanplate.values import Size

Brush = Literal["keep", "drop", "soften"]
BRUSHES = get_args(Brush)
MOST_STROKES, MOST_POINTS = 2000, 20000  # of a photo; a long afternoon's work
MOST_SIZE = 1.0  # of the photo's longer side
PAINTED_SIDE = 2048  # long side at which strokes are drawn; finer than a hand paints, and `refine` finds the edges beyond it
FLAT = 0.02**2  # variance of brightness below which there is no edge to follow
SOFTENING = 0.35  # of a brush's radius: the blur of its `soften`


@dataclass(frozen=True)
class Stroke:
    """One movement of the brush.

    Args:
        brush: what it does.
        size: its diameter, as a fraction of the photo's longer side.
        hardness: the share of the radius within which it works wholly; from there it fades to nothing.
        points: where it went: fractions of the photo from the left and from the top.

    Raises:
        InputError: there is no such brush, or a number out of bounds.
    """

    brush: Brush
    size: float
    hardness: float
    points: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if self.brush not in BRUSHES:
            raise InputError(f"There is no brush {self.brush}: give one of {', '.join(BRUSHES)}.")
        if not 0 < self.size <= MOST_SIZE:
            raise InputError(f"A stroke's `size` is above 0 and at most {MOST_SIZE:g} of the photo's longer side; {self.size:g} was given.")
        if not 0 <= self.hardness <= 1:
            raise InputError(f"A stroke's `hardness` lies between 0 and 1; {self.hardness:g} was given.")
        if not self.points or not all(-10 <= each <= 10 for point in self.points for each in point):
            raise InputError("A stroke has one point or more, each two fractions of the photo from -10 to 10.")


def from_fields(given: Any) -> list[Stroke]:
    """Strokes from JSON's values.

    Raises:
        InputError: a list of strokes is something else.

    >>> from_fields([{"brush": "keep", "size": 0.1, "hardness": 1, "points": [[0.5, 0.5]]}])[0].size
    0.1
    """
    if not isinstance(given, list) or len(given) > MOST_STROKES:
        raise InputError(f"`strokes` is a list of at most {MOST_STROKES} strokes.")
    found = [stroke(each) for each in given]
    if sum(len(each.points) for each in found) > MOST_POINTS:
        raise InputError(f"`strokes` have more than {MOST_POINTS} points: give fewer.")
    return found


def stroke(given: Any) -> Stroke:
    """One stroke from JSON's values."""
    names = ("brush", "size", "hardness", "points")
    if not isinstance(given, Mapping) or set(given) != set(names):
        raise InputError(f"A stroke is an object of {', '.join(names)}; something else was given.")
    try:
        points = tuple((float(across), float(down)) for across, down in given["points"])
        return Stroke(str(given["brush"]), float(given["size"]), float(given["hardness"]), points)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise InputError("A stroke's `size` and `hardness` are numbers and its `points` pairs of them.") from error


def weight(one: Stroke, size: Size) -> tuple[tuple[slice, slice], FloatArray]:
    """How much a stroke works in each pixel of a photo of that size, within the part where it does: the part, and that.

    It fades with the distance from the line that its points are (a Hermite step, which has no visible rim).
    """
    height, width = size
    radius = max(0.75, one.size * max(size) / 2)
    line = np.array([[across * width - 0.5, down * height - 0.5] for across, down in one.points])
    low, high = np.floor(line.min(0) - radius - 1), np.ceil(line.max(0) + radius + 2)
    left, top = (int(max(0, each)) for each in low)
    right, bottom = int(min(width, high[0])), int(min(height, high[1]))
    if right <= left or bottom <= top:
        return (slice(0, 0), slice(0, 0)), np.zeros((0, 0), np.float32)
    drawn = np.ones((bottom - top, right - left), np.uint8)
    at = np.round((line - (left, top)) * 16).astype(np.int32).reshape(-1, 1, 2)  # four bits behind the point
    cv2.polylines(drawn, [at], False, 0, 1, cv2.LINE_8, 4)
    if drawn.all():  # a single point, or all beyond the photo
        across, down = np.meshgrid(np.arange(left, right), np.arange(top, bottom))
        far = np.min([np.hypot(across - x, down - y) for x, y in line], axis=0)
    else:
        far = cv2.distanceTransform(drawn, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    share = np.clip((radius - far) / max(1.0, radius * (1 - one.hardness)), 0, 1)
    return (slice(top, bottom), slice(left, right)), np.asarray(share * share * (3 - 2 * share), np.float32)


def areas(strokes: Iterable[Stroke], photo: Pixels) -> tuple[FloatArray | None, FloatArray | None]:
    """What strokes keep and what they drop: (height, width) in 255 steps, as the pictures that the command line takes; None for nothing.

    Where a later stroke works an earlier one of the other kind does no more. Their soft rims follow the photo's own edges.
    """
    size = photo.shape[0], photo.shape[1]
    small = limited_size(size, PAINTED_SIDE)
    bright = as_float(reduce(photo, small)).mean(2)
    painted = {name: np.zeros(small, np.float32) for name in ("keep", "drop")}
    used = set()
    for each in strokes:
        if each.brush not in painted:
            continue
        part, much = weight(each, small)
        much = along_edges(much, bright[part], each.size * max(small) / 2 * (1 - each.hardness))
        other = painted["drop" if each.brush == "keep" else "keep"]
        painted[each.brush][part] = np.maximum(painted[each.brush][part], much)
        other[part] = np.minimum(other[part], 1 - much)
        used.add(each.brush)
    kept, dropped = (at_size(painted[name], photo) if name in used else None for name in ("keep", "drop"))
    return kept, dropped


def along_edges(much: FloatArray, bright: FloatArray, rim: float) -> FloatArray:
    """A stroke whose soft rim ends where the photo has an edge: the guided filter (He et al. 2010, Eq. 5, 6 and 8) of its half.

    Its core stays, and nothing is added beyond its rim.

    Args:
        much: (rows, columns) float32, how much it works.
        bright: the photo's brightness there.
        rim: how wide it fades, in pixels; within one there is nothing to follow.
    """
    if rim < 2 or not much.size:
        return much
    window = (2 * round(rim / 4) + 1,) * 2  # blurred twice, a half fades over the rim
    half = (much > 0.5).astype(np.float32)
    mean, share = cv2.blur(bright, window), cv2.blur(half, window)
    slope = (cv2.blur(bright * half, window) - mean * share) / (cv2.blur(bright * bright, window) - mean * mean + FLAT)
    found = np.clip(cv2.blur(slope, window) * bright + cv2.blur(share - slope * mean, window), 0, 1)
    return np.asarray(np.where(much >= 1, 1, np.where(much <= 0, 0, found)), np.float32)


def at_size(area: FloatArray, photo: Pixels) -> FloatArray:
    """A painted area at the photo's size, in 255 steps."""
    return to_float(to_uint8(matting.refine(area, photo)))


def softened(alpha: FloatArray, strokes: Iterable[Stroke]) -> FloatArray:
    """An alpha blurred where `soften` went over it."""
    answer = alpha.copy()
    size = alpha.shape[0], alpha.shape[1]
    for each in strokes:
        if each.brush == "soften":
            part, much = weight(each, size)
            if much.size:
                soft = cv2.GaussianBlur(answer[part], (0, 0), max(0.5, SOFTENING * each.size * max(size) / 2))
                answer[part] += much * (soft - answer[part])
    return np.clip(answer, 0, 1)
