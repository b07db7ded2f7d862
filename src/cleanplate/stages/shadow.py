"""The shadow of a person who stands in the plate: where they touch the ground, and, by the plate's light, along it.

    light(plate) -> shade(alpha, light): footing, occluded and cast -> Shade.onto(plate)

A shadow is smooth, so it is found small and enlarged in the strips where it darkens the plate.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from cleanplate.color import FloatArray, Pixels, from_planes, to_float, to_linear, to_planes, white
from cleanplate.resampling import enlarged_part, limited_size, reduce, resize
from cleanplate.types import Box, Size

TALL = 224  # pixels of the person's longer side at which their shadow is found
LENS = 1.2  # focal length over the plate's longer side: a view 45 degrees wide, an ordinary lens
HORIZON = 0.45  # of the plate's height, from its top, where it is taken to lie
FLATTEST, STEEPEST = 0.1, 0.45  # bounds of ``flatness``
FAINT = 1 / 256  # of the encoded plate: so much less is taken from it, so that what nobody sees is not computed
STRIP = 1 << 17  # pixels darkened at a time

# ---- the light -------------------------------------------------------------------------------------------------------

SEEN_SIDE = 64  # pixels of the plate's longer side by which its light is judged
SKYLIGHT = (0.34, 0.37, 0.42)  # of the light on open ground, what is left in a shadow: the sky's, a third of all, and bluer
DEEPEST, PALEST = 0.25, 0.5  # of the light: a measured shadow is taken to leave no less and no more
TINTED = 0.75, 1.4  # of its luminance, each channel of a measured shadow; beyond, it is another ground and no shadow
LUMINANCE = (0.2126, 0.7152, 0.0722)  # IEC 61966-2-1


@dataclass(frozen=True)
class Light:
    """Where the light on the ground comes from.

    Args:
        angle: degrees on a clock face that lies on the ground around the feet: 0 from behind the person, 90 from the right, 180
            from the viewer's side, 270 from the left.
        share: how much of it comes from there, 0 (from everywhere: an overcast sky) to 1.
        left: what a shadow leaves of it, linear light, per channel.
    """

    angle: float
    share: float
    left: tuple[float, float, float] = SKYLIGHT


def light(under: Pixels, foot: float, angle: float | None = None) -> Light:
    """The light of a plate.

    It comes from where a lamp, a window or the sun is seen; else from the side to which both the upper and the lower part of the
    plate grow brighter; and from everywhere where neither is clear.

    Args:
        under: (height, width, 3) integers.
        foot: the person's foot point, a fraction of the plate's width.
        angle: where it is said to come from; then all of it does.
    """
    small = to_linear(to_float(reduce(under, limited_size((under.shape[0], under.shape[1]), SEEN_SIDE))))
    bright = np.asarray(small @ np.float32(LUMINANCE), np.float32)
    left = shaded(small[round(GROUND * len(small)) :])
    if angle is not None:
        return Light(angle % 360, 1.0, left)
    at = source(bright)
    if at is not None:
        away = (at - foot) * under.shape[1] / (LENS * max(under.shape[:2]))
        return Light(math.degrees(math.atan(away)) % 360, SOURCE, left)
    lean = side(bright)
    return Light(90.0 if lean > 0 else 270.0, min(1.0, max(0.0, abs(lean) - LEAN[0]) / (LEAN[1] - LEAN[0])) * SIDELONG, left)


GROUND = 0.6  # of the plate's height: what lies below is taken for ground when its shadows are measured
UPPER = 0.65  # of the plate's height: where a source of light is looked for
SOURCE, SIDELONG = 0.6, 0.6  # share of the light of a source that is seen, and of a side that is clearly brighter
LEAN = 0.12, 0.42  # of a plate that grows brighter evenly from black: see ``side``; from nothing to all
GLARE, STANDS_OUT, LEAST_SOURCE = 0.7, 2.4, 0.06  # luminance of a source, over the plate's bright parts, most of the upper plate


def source(bright: FloatArray) -> float | None:
    """Where a source of light is seen, as a fraction of the width; None for nowhere.

    It is nearly white, far brighter than the bright parts around it, and small.
    """
    upper = cv2.GaussianBlur(bright, (0, 0), 1.5)[: max(1, round(UPPER * len(bright)))]
    most = float(upper.max())
    near = upper >= 0.8 * most
    if most < GLARE or most < STANDS_OUT * float(np.quantile(upper, 0.85)) or near.mean() > LEAST_SOURCE:
        return None
    return float((np.flatnonzero(near) % upper.shape[1] + 0.5).mean() / upper.shape[1])


def side(bright: FloatArray) -> float:
    """How clearly the plate is brighter at one side, -1 left to 1 right: what its upper and lower part agree on, else 0.

    >>> side(np.float32([[0, 1], [0, 1]])), side(np.float32([[0, 1], [1, 0]]))
    (1.0, 0.0)
    """
    middle = max(1, round(GROUND * len(bright)))
    upper, lower = lean(bright[:middle]), lean(bright[middle:])
    return math.copysign(min(abs(upper), abs(lower), 1.0), upper) if upper * lower > 0 else 0.0


def lean(bright: FloatArray) -> float:
    """Where the light's middle lies, 0 in the middle, 1 for one that grows evenly from black at the left to the right side."""
    across = (np.arange(bright.shape[1]) + 0.5) / bright.shape[1] * 2 - 1
    return float(3 * (bright * across).sum() / max(1e-6, float(bright.sum())))


def shaded(ground: FloatArray) -> tuple[float, float, float]:
    """What a shadow on this ground leaves of the light: its dark parts over its bright ones, where these may be one in the light.

    Args:
        ground: (rows, columns, 3) linear light.

    >>> shaded(np.full((4, 4, 3), 0.5, np.float32)) == SKYLIGHT
    True
    """
    bright = ground @ np.float32(LUMINANCE)
    low, high = np.quantile(bright, (0.2, 0.8))
    ratio = ground[bright <= low].mean(0) / np.maximum(ground[bright >= high].mean(0), 1e-4)
    level = float(ratio @ np.float32(LUMINANCE))
    tint = ratio / max(level, 1e-6)
    if not (DEEPEST / 2 < level < PALEST) or tint.min() < TINTED[0] or tint.max() > TINTED[1] or tint[2] < tint[0]:
        return SKYLIGHT
    red, green, blue = (float(each) for each in tint * max(level, DEEPEST))
    return red, green, blue


# ---- where the person stands -----------------------------------------------------------------------------------------

SOLE = 0.03  # of the person's height: how far above the lowest point feet still touch the ground


class Footing(NamedTuple):
    """The line on which a person stands, ``row = at + slope * column``, and their height, in pixels."""

    at: float
    slope: float
    tall: float

    def above(self, size: Size) -> FloatArray:
        """How high each pixel lies above that line, over the person's height."""
        rows, columns = (np.arange(each, dtype=np.float32) + 0.5 for each in size)
        return np.asarray((self.at + self.slope * columns - rows[:, None]) / self.tall, np.float32)


def footing(alpha: FloatArray) -> Footing:
    """The line through the lowest points of a person: the nearer to the lowest, the more they count.

    Args:
        alpha: (rows, columns) float32, with anything at or above 1/2, or nothing.
    """
    solid = alpha >= 0.5
    there = np.flatnonzero(solid.any(0))
    rows = np.flatnonzero(solid.any(1))
    if not len(there):
        return Footing(float(alpha.shape[0]), 0.0, float(alpha.shape[0]))
    tall = float(rows[-1] + 1 - rows[0])
    low = alpha.shape[0] - solid[::-1, there].argmax(0)
    weight = np.exp((low - low.max()) / (SOLE * tall))
    across = there + 0.5
    middle, mean = np.average(across, weights=weight), np.average(low, weights=weight)
    spread = float(np.average((across - middle) ** 2, weights=weight)) + (SOLE * tall) ** 2
    slope = float(np.average((across - middle) * (low - mean), weights=weight)) / spread
    return Footing(float(mean - slope * middle), slope, tall)


def flatness(foot: float, plate: Size) -> float:
    """How much shorter a stretch of ground looks along the view than across it: the tangent of the angle at which it is seen.

    Args:
        foot: the row on which the person stands, of a plate of that size.

    >>> round(flatness(900, (1000, 1500)), 3)
    0.25
    """
    return min(max((foot - HORIZON * plate[0]) / (LENS * max(plate)), FLATTEST), STEEPEST)


# ---- the shadow ------------------------------------------------------------------------------------------------------

BANDS = (  # of the person's height: from, to, and how far their shade spreads; how dark they make the ground that they cover
    (0.0, 0.035, 0.009, 0.95), (0.0, 0.1, 0.03, 0.85), (0.03, 0.3, 0.08, 1.0), (0.2, 0.7, 0.2, 1.0),
)  # fmt: skip
UNDER = 0.007  # of the person's height: how far below its seen edge a sole touches the ground
DEEP = 0.25  # of the person's height: how far what casts shade reaches along the view
UNLIT = 0.12  # of the light: what is left where a foot touches the ground
LENGTH = 0.8  # of a cast shadow, over the person's height: a light 51 degrees high
THIN = 0.05  # of the person's height: the least that a shadow falls down or up the picture, else it were a line
FADING, SOFTEST, SHARPEST = 0.5, 0.045, 0.006  # of a cast shadow at the head: how much fainter, how blurred; and at the feet


def occluded(alpha: FloatArray, foot: Footing, flat: float) -> FloatArray:
    """How much of an even sky the person hides from the ground: dark under the feet, fading around them, wide and faint below the body.

    The body is taken in bands of height; each is laid on the ground and blurred by about as much as it is high.

    Args:
        alpha: (rows, columns) float32.
        flat: see ``flatness``.
    """
    high = foot.above((alpha.shape[0], alpha.shape[1]))
    lit = np.ones_like(alpha)
    for low, top, spread, dark in BANDS:
        inside = np.clip(1 - np.maximum(low - high, high - top) / 0.01, 0, 1) * alpha
        if low == 0:
            inside = cv2.warpAffine(inside, np.float64([[1, 0, 0], [0, 1, UNDER * foot.tall]]), inside.shape[::-1])
        else:  # does not touch the ground: what lies on it is the band's own outline, as deep as a body
            across = np.minimum(1, inside.sum(0) / max(1.0, 0.5 * (top - low) * foot.tall))
            inside = np.where(np.abs(high) < DEEP * flat / 2, across, 0)
        down = max(spread * flat, 0.004) * foot.tall
        lit *= 1 - dark * blurred(np.asarray(inside, np.float32), spread * foot.tall, down)
    return 1 - lit


COARSE = 2.5  # pixels of a blur's standard deviation: it is made smaller while it keeps as many


def blurred(array: FloatArray, across: float, down: float) -> FloatArray:
    """Blurred by so many pixels of standard deviation, black around; wide blurs are made small, where they cost next to nothing."""
    size = tuple(max(1, round(whole / max(1, sigma / COARSE))) for whole, sigma in zip(array.shape, (down, across), strict=True))
    small = resize(array, (size[0], size[1]))
    sigmas = (max(0.3, sigma * few / whole) for sigma, few, whole in zip((across, down), size[::-1], array.shape[::-1], strict=True))
    wide = cv2.GaussianBlur(small, (0, 0), next(sigmas), sigmaY=next(sigmas), borderType=cv2.BORDER_CONSTANT)
    return resize(np.asarray(wide, np.float32), (array.shape[0], array.shape[1]))


def fall(angle: float, flat: float) -> tuple[float, float]:
    """How far a shadow falls to the right and down the picture, over the height of what casts it.

    >>> [tuple(round(each, 2) for each in fall(angle, 0.25)) for angle in (90, 270, 210)]
    [(-0.8, 0.05), (0.8, 0.05), (0.4, -0.17)]
    """
    across, along = -math.sin(math.radians(angle)), round(math.cos(math.radians(angle)), 9)
    return LENGTH * across, math.copysign(max(THIN, LENGTH * flat * abs(along)), along + 1e-12)


def cast(alpha: FloatArray, foot: Footing, angle: float, flat: float) -> FloatArray:
    """The shadow that a light from one side casts along the ground: the outline laid down from the feet, softer and fainter with height.

    A point h above the foot line goes to that line and on by h times ``fall``: an affine map of the picture.
    """
    rows, columns = alpha.shape
    right, down = fall(angle, flat)
    at, slope = foot.at, foot.slope
    matrix = np.float64([[1 + right * slope, -right, right * at], [slope * (1 + down), -down, at * (1 + down)]])
    high = np.clip(foot.above((rows, columns)), 0, 1)
    answer = np.zeros_like(alpha)
    for below, height, beyond in ((-1.0, 0.0, 0.15), (0.0, 0.15, 0.45), (0.15, 0.45, 1.0), (0.45, 1.0, 2.0)):  # together all of it
        part = alpha * np.maximum(0, np.minimum((high - below) / (height - below), (beyond - high) / (beyond - height)))
        laid = cv2.warpAffine(part, matrix, (columns, rows), flags=cv2.INTER_LINEAR)
        sigma = (SHARPEST + (SOFTEST - SHARPEST) * height) * foot.tall
        answer += (1 - FADING * height) * blurred(np.asarray(laid, np.float32), sigma, sigma * max(flat, abs(down)))
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
        top, size = white(image.dtype), (self.box.height, self.box.width)
        for rows, columns in self.dark():
            target = image[self.box.slices][rows, columns]
            planes = np.empty((target.shape[0], 3, target.shape[1]), np.float32)
            to_planes(target, top, planes)
            planes += np.float32(0.055 * top)
            planes *= enlarged_part(self.kept, size, (rows, columns)).transpose(1, 0, 2)
            planes -= np.float32(0.055 * top)
            from_planes(planes, target)

    def dark(self) -> Iterator[tuple[slice, slice]]:
        """Rows and columns in which anything is darkened, a strip at a time."""
        down, across = (whole / small for whole, small in zip((self.box.height, self.box.width), self.kept.shape[1:], strict=True))
        step = max(1, STRIP // self.box.width)
        some = (self.kept < 1).any(0)
        for top in range(0, self.box.height, step):
            rows = slice(top, min(top + step, self.box.height))
            found = np.flatnonzero(some[max(0, int(rows.start / down) - 1) : math.ceil(rows.stop / down) + 1].any(0))
            if len(found):
                first, last = max(0, int((found[0] - 0.5) * across)), min(self.box.width, math.ceil((found[-1] + 1.5) * across))
                yield rows, slice(first, last)


def shade(plate: Size, alpha: FloatArray, box: Box, strength: float, light: Light) -> Shade | None:
    """The shadow of a person who stands in the plate; None at strength 0, and where no feet are seen.

    Args:
        plate: its size.
        alpha: (box height, box width) float32.
        strength: 0 to 1.
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
    cover[over : over + own[0], left : left + own[1]] = reduce(alpha, own)
    foot = footing(cover)
    flat = flatness(around.top + (foot.at + foot.slope * (left + own[1] / 2)) / scale, plate)
    laid = cast(cover, foot, light.angle, flat) if light.share > 0 else np.zeros_like(cover)
    return Shade(remaining(occluded(cover, foot, flat), laid, light, strength), around)


INSIDE = 0.005, 0.02  # of the plate's height: so far above its lower edge no feet are seen yet, and feet are sure to be


def standing(alpha: FloatArray, box: Box, plate: Size) -> float:
    """How surely a person ends inside the plate, 0 to 1: nothing where they reach its lower edge, so that feet may lie below it.

    Steady where feet come into the frame of a film.

    >>> standing(np.ones((4, 4), np.float32), Box(6, 0, 4, 4), (10, 10)), standing(np.ones((4, 4), np.float32), Box(0, 0, 4, 4), (10, 10))
    (0.0, 1.0)
    """
    below = plate[0] - box.top - box.height
    solid = np.flatnonzero((alpha[-max(1, math.ceil(INSIDE[1] * plate[0]) - below) :] >= 0.5).any(1)[::-1])
    gap = (below + (float(solid[0]) if len(solid) else math.inf)) / plate[0]
    return min(1.0, max(0.0, (gap - INSIDE[0]) / (INSIDE[1] - INSIDE[0])))


def remaining(hidden: FloatArray, laid: FloatArray, light: Light, strength: float) -> FloatArray:
    """What both shadows leave of the encoded plate, (3, rows, columns); see ``Shade``.

    >>> remaining(np.float32([[0]]), np.float32([[0]]), Light(0, 1), 1.0).ravel().tolist()
    [1.0, 1.0, 1.0]
    """
    sky = 1 - strength * (1 - UNLIT) * hidden
    key = 1 - strength * light.share * (1 - np.float32(light.left))[:, None, None] * laid
    return np.asarray(np.minimum(1, np.asarray(cv2.pow(sky * key, 1 / 2.4)) + FAINT), np.float32)


ASIDE, BELOW = 1.0, 0.35  # of the person's height: how far a shadow is followed to the sides, and down


def reach(box: Box, plate: Size) -> Box:
    """The part of the plate in which a shadow of the person in a box is looked for."""
    aside, below = round(ASIDE * box.height), round(BELOW * box.height)
    left, right = max(0, box.left - aside), min(plate[1], box.left + box.width + aside)
    return Box(box.top, left, min(plate[0], box.top + box.height + below) - box.top, right - left)
