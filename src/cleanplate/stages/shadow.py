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
from cleanplate.pixels.resampling import reduce, resize
from cleanplate.stages.footing import SOLID, Footing, footing
from cleanplate.stages.surroundings import HORIZON, Light, flatness
from cleanplate.values import Box, Size

TALL = 224  # pixels of the person's longer side at which their shadow is found
FAINT = 1 / 256  # of the encoded plate: so much less is taken from it, so that what nobody sees is not computed

# ---- the shadow ------------------------------------------------------------------------------------------------------

BANDS = (  # of the person's height: from, to, and how far their shade spreads; how dark they make the ground that they cover
    (0.0, 0.035, 0.009, 0.95), (0.0, 0.1, 0.03, 0.85), (0.03, 0.3, 0.08, 1.0), (0.2, 0.7, 0.2, 1.0),
)  # fmt: skip
UNDER = 0.007  # of the person's height: how far below its seen edge a sole touches the ground
DEEP = 0.25  # of the person's height: how far what casts shade reaches along the view
UNLIT = 0.12  # of the light: what is left where a foot touches the ground
LENGTH = 0.8  # of a cast shadow, over the person's height: a light 51 degrees high
THIN = 0.05  # of the person's height: the least that a shadow falls down or up the picture, else it were a line
FINER = 4  # times as tall is a shadow laid down, which flattens the outline, and then made small
FADING, SOFTEST, SHARPEST = 0.5, 0.045, 0.006  # of a cast shadow at the head: how much fainter, how blurred; and at the feet


def occluded(alpha: FloatArray, foot: Footing, flat: float) -> FloatArray:
    """How much of an even sky the person hides from the ground: dark under the feet, wide and faint around them.

    The body is taken in bands of height; each is laid on the ground and blurred by about as much as it is high.

    Args:
        alpha: (rows, columns) float32.
        flat: see ``flatness``.
    """
    lit, whole = np.ones_like(alpha), (slice(0, alpha.shape[0]), person_columns(alpha))
    high, body = foot.above((alpha.shape[0], alpha.shape[1])), alpha[whole]
    for low, top, spread, dark in BANDS:
        inside = np.clip(1 - np.maximum(low - high[whole], high[whole] - top) / 0.01, 0, 1) * body
        across, down = spread * foot.tall, max(spread * flat, 0.004) * foot.tall
        part = around(high, whole[1], max(top, DEEP * flat / 2) if low == 0 else DEEP * flat / 2, (across, down), foot.tall)
        covered = np.zeros_like(alpha[part])
        mine = slice(whole[1].start - part[1].start, whole[1].stop - part[1].start)
        if low == 0:
            lower = np.array([[1, 0, 0], [0, 1, UNDER * foot.tall]], np.float64)
            covered[:, mine] = cv2.warpAffine(inside[part[0]], lower, (inside.shape[1], len(covered)))
        else:  # does not touch the ground: what lies on it is the band's own outline, as deep as a body
            filled = np.minimum(1, inside.sum(0) / max(1.0, 0.5 * (top - low) * foot.tall))
            covered[:, mine] = np.where(np.abs(high[part[0], whole[1]]) < DEEP * flat / 2, filled, 0)
        lit[part] *= 1 - dark * blurred(covered, across, down)
    return 1 - lit


def person_columns(alpha: FloatArray) -> slice:
    """From the first to the last column in which anybody is; one column where nobody is."""
    there = np.flatnonzero(alpha.any(0))
    return slice(int(there[0]), int(there[-1]) + 1) if len(there) else slice(0, 1)


REACH = 4.5  # standard deviations that a blur is followed, and half a pixel of a coarse one


def around(high: FloatArray, columns: slice, near: float, sigmas: tuple[float, float], tall: float) -> Part:
    """Rows and columns that a blur reaches of what lies in those columns, up to so high above the ground line and below it.

    Args:
        high: (rows, columns), see ``Footing.above``.
        near: over the person's height.
        sigmas: across and down, in pixels.
    """
    aside, most = math.ceil(REACH * max(sigmas[0], 1)), near + UNDER + (REACH * max(sigmas[1], 1) + 2) / tall
    rows = np.flatnonzero((np.abs(high[:, [0, -1]]) <= most).any(1) | (high[:, 0] * high[:, -1] < 0))
    first, last = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, high.shape[0])
    return slice(first, last), slice(max(0, columns.start - aside), min(high.shape[1], columns.stop + aside))


COARSE = 2.5  # pixels of a blur's standard deviation: it is made smaller while it keeps as many


def blurred(array: FloatArray, across: float, down: float) -> FloatArray:
    """Blurred by so many pixels of standard deviation, black around; wide blurs are made small, where they cost next to nothing."""
    rows, columns = array.shape
    fewer, narrower = max(1, round(rows / max(1, down / COARSE))), max(1, round(columns / max(1, across / COARSE)))
    sigmas = max(0.3, across * narrower / columns), max(0.3, down * fewer / rows)
    small = cv2.GaussianBlur(resize(array, (fewer, narrower)), (0, 0), sigmas[0], sigmaY=sigmas[1], borderType=cv2.BORDER_CONSTANT)
    return resize(np.asarray(small, np.float32), (rows, columns))


def fall(angle: float, flat: float) -> tuple[float, float]:
    """How far a shadow falls to the right and down the picture, over the height of what casts it.

    >>> [tuple(round(each, 2) for each in fall(angle, 0.25)) for angle in (90, 270, 210)]
    [(-0.8, 0.05), (0.8, 0.05), (0.4, -0.17)]
    """
    across, along = -math.sin(math.radians(angle)), round(math.cos(math.radians(angle)), 9)
    return LENGTH * across, math.copysign(max(THIN, LENGTH * flat * abs(along)), along + 1e-12)


def cast(alpha: FloatArray, foot: Footing, angle: float, flat: float) -> FloatArray:
    """The shadow that a light from one side casts along the ground: the outline laid down, softer and fainter with height.

    A point h above the foot line goes to that line and on by h times ``fall``: an affine map of the picture.
    """
    rows, columns = alpha.shape
    right, down = fall(angle, flat)
    slope, at = foot.slope, foot.at + (foot.slope - 1) / 2  # OpenCV counts from the middle of the first pixel
    matrix = np.array([[1 + right * slope, -right, right * at], [slope * (1 + down), -down, at * (1 + down)]], np.float64)
    matrix[1] = matrix[1] * FINER + [0, 0, (FINER - 1) / 2]
    high = np.clip(foot.above((rows, columns)), 0, 1)
    answer = np.zeros_like(alpha)
    for below, height, beyond in ((-1.0, 0.0, 0.15), (0.0, 0.15, 0.45), (0.15, 0.45, 1.0), (0.45, 1.0, 2.0)):  # together all of it
        part = alpha * np.maximum(0, np.minimum((high - below) / (height - below), (beyond - high) / (beyond - height)))
        tall = cv2.warpAffine(part, matrix, (columns, FINER * rows), flags=cv2.INTER_LINEAR)
        laid = resize(np.asarray(tall, np.float32), (rows, columns))
        sigma = (SHARPEST + (SOFTEST - SHARPEST) * height) * foot.tall
        answer += (1 - FADING * height) * blurred(laid, sigma, sigma * max(flat, abs(down)))
    return np.clip(answer, 0, 1)


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
    strength *= standing(alpha, box, plate)
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


def standing(alpha: FloatArray, box: Box, plate: Size) -> float:
    """How surely a person ends inside the plate, 0 to 1: nothing where they reach its lower edge, so that feet may lie below it.

    Steady where feet come into the frame of a film.

    >>> [standing(np.ones((4, 4), np.float32), Box(top, 0, 4, 4), (10, 10)) for top in (6, 0)]
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
