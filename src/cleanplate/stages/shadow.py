"""The shadow of a person who stands in the plate: where they touch the ground, and, by the plate's light, along it.

    surroundings.light(plate) -> shade(alpha, light): footing, occluded and cast -> Shade.onto(plate)

A shadow is smooth, so it is found small and enlarged in the strips where it darkens the plate.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from cleanplate.pixels import threads
from cleanplate.pixels.color import TOE, FloatArray, Pixels, moved_by, white
from cleanplate.pixels.interpolation import Part, enlarged_part, pieces, reached
from cleanplate.pixels.resampling import reduce
from cleanplate.stages.cast_shadow import cast
from cleanplate.stages.footing import SOLID, footing
from cleanplate.stages.occlusion import occluded
from cleanplate.stages.surroundings import HORIZON, Light, flatness
from cleanplate.values import Box, Size

TALL = 224  # pixels of the person's longer side at which their shadow is found
FAINT = 1 / 256  # of the encoded plate: so much less is taken from it, so that what nobody sees is not computed
UNLIT = 0.12  # of the light: what is left where a foot touches the ground

@dataclass(frozen=True, eq=False)
class Shade:
    """What a shadow leaves of the plate in a box.

    Args:
        kept: (3, rows, columns) float32 from 0 to 1, what the encoded values are multiplied by; see ``onto``.
        box: where it lies.
    """

    kept: FloatArray
    box: Box

    def onto(self, image: Pixels) -> None:
        """Darken the plate in place: multiplied in linear light.

        sRGB is ``1.055 L^(1/2.4) - 0.055`` (IEC 61966-2-1), so light times m is that, with 0.055 aside, times ``m^(1/2.4)``. The
        straight toe below 1 % of white is taken with the rest, and ends at black.
        """
        top, size, target = white(image.dtype), (self.box.height, self.box.width), image[self.box.slices]
        lost = self.kept - 1

        def work(part: Part) -> None:
            change = np.add(target[part], np.float32(TOE * top), dtype=np.float32)
            change *= cv2.merge(list(enlarged_part(lost, size, part)))
            target[part] = moved_by(target[part], change)

        threads.on_all_cores(work, pieces(reached(self.kept < 1), size))


def shade(plate: Size, alpha: FloatArray, box: Box, strength: float, light: Light, horizon: float = HORIZON) -> Shade | None:
    """The shadow of a person who stands in the plate; None at strength 0, and where no feet are seen.

    Args:
        plate: its size.
        alpha: (box height, box width) float32.
        strength: 0 to 1.
        horizon: how far down the plate it lies, as a share of the plate's height.
    """
    strength *= stands(alpha, box, plate)
    if strength == 0:
        return None
    scale = min(1.0, TALL / max(box.height, box.width))
    own = max(1, round(box.height * scale)), max(1, round(box.width * scale))
    around = reach(box, plate)
    over, left = (round((start - begin) * scale) for start, begin in ((box.top, around.top), (box.left, around.left)))
    size = max(over + own[0], round(around.height * scale)), max(left + own[1], round(around.width * scale))
    cover = np.zeros(size, np.float32)
    cover[over : over + own[0], left : left + own[1]] = thinned(alpha, own)
    foot = footing(cover)
    flat = flatness(around.top + (foot.at + foot.slope * (left + own[1] / 2)) / scale, plate, horizon)
    laid = cast(cover, foot, light.angle, flat) if light.share > 0 else np.zeros_like(cover)
    return Shade(remaining(occluded(cover, foot, flat), laid, light, strength), around)


INSIDE = 0.005, 0.02  # of the plate's height: so far above its lower edge no feet are seen yet, and feet are sure to be


def stands(alpha: FloatArray, box: Box, plate: Size) -> float:
    """How surely a person ends inside the plate, 0 to 1: nothing where they reach its lower edge, so that feet may lie below it.

    Steady where feet come into the frame of a film.

    >>> [stands(np.ones((4, 4), np.float32), Box(top, 0, 4, 4), (10, 10)) for top in (6, 0)]
    [0.0, 1.0]
    """
    below = plate[0] - box.top - box.height
    solid = np.flatnonzero(alpha[-max(1, math.ceil(INSIDE[1] * plate[0]) - below) :].max(1)[::-1] >= SOLID)
    gap = (below + (float(solid[0]) if len(solid) else math.inf)) / plate[0]
    return min(1.0, max(0.0, (gap - INSIDE[0]) / (INSIDE[1] - INSIDE[0])))


THINNED = 3  # samples of alpha for one of the small picture, each way: more tell nothing of it


def thinned(alpha: FloatArray, size: Size) -> FloatArray:
    """``reduce`` of every so many-th row and column, which is nearly the same and far less to read."""
    down, across = (max(1, whole // (THINNED * few)) for whole, few in zip(alpha.shape, size, strict=True))
    return reduce(np.ascontiguousarray(alpha[::down, ::across]), size)


def remaining(hidden: FloatArray, laid: FloatArray, light: Light, strength: float) -> FloatArray:
    """What both shadows leave of the encoded plate, (3, rows, columns); see ``Shade``.

    >>> remaining(np.float32([[0]]), np.float32([[0]]), Light(0, 1), 1.0).ravel().tolist()
    [1.0, 1.0, 1.0]
    """
    sky = 1 - strength * (1 - UNLIT) * hidden
    key = 1 - strength * light.share * (1 - np.array(light.left, np.float32))[:, None, None] * laid
    return np.asarray(np.minimum(1, np.asarray(cv2.pow(sky * key, 1 / 2.4)) + FAINT), np.float32)


ASIDE, BELOW = 1.0, 0.35  # of the person's height: how far a shadow is followed to the sides, and down


def reach(box: Box, plate: Size) -> Box:
    """The part of the plate in which a shadow of the person in a box is looked for."""
    aside, below = round(ASIDE * box.height), round(BELOW * box.height)
    left, right = max(0, box.left - aside), min(plate[1], box.left + box.width + aside)
    return Box(box.top, left, min(plate[0], box.top + box.height + below) - box.top, right - left)
