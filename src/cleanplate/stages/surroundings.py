"""What a plate tells of the place: where its light comes from, what a shadow leaves of it, and how flat its ground is seen."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from cleanplate.pixels.color import LUMINANCE, FloatArray, Pixels, to_float, to_linear
from cleanplate.pixels.resampling import limited_size, reduce
from cleanplate.values import Size

# ---- its light -------------------------------------------------------------------------------------------------------

SEEN_SIDE, THINNED = 64, 8  # pixels of the plate's longer side by which its light is judged; samples for each of them
SKYLIGHT = (0.34, 0.37, 0.42)  # of the light on open ground, what is left in a shadow: the sky's, a third of all, and bluer
DEEPEST, PALEST = 0.25, 0.5  # of the light: a measured shadow is taken to leave no less and no more
TINTED = 0.75, 1.4  # of its luminance, each channel of a measured shadow; beyond, it is another ground and no shadow


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
    apart = max(1, max(under.shape) // (THINNED * SEEN_SIDE))
    some = under[::apart, ::apart].copy()
    small = to_linear(to_float(reduce(some, limited_size((some.shape[0], some.shape[1]), SEEN_SIDE))))
    bright = np.asarray(small @ LUMINANCE, np.float32)
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
    bright = ground @ LUMINANCE
    low, high = np.quantile(bright, (0.2, 0.8))
    ratio = ground[bright <= low].mean(0) / np.maximum(ground[bright >= high].mean(0), 1e-4)
    level = float(ratio @ LUMINANCE)
    tint = ratio / max(level, 1e-6)
    if not (DEEPEST / 2 < level < PALEST) or tint.min() < TINTED[0] or tint.max() > TINTED[1] or tint[2] < tint[0]:
        return SKYLIGHT
    red, green, blue = (float(each) for each in tint * max(level, DEEPEST))
    return red, green, blue


# ---- its ground ------------------------------------------------------------------------------------------------------

HORIZON = 0.45  # of the plate's height, from its top, where it is taken to lie if it is not plain
LENS = 1.2  # focal length over the plate's longer side: a view 45 degrees wide, an ordinary lens
FLATTEST, STEEPEST = 0.1, 0.45  # bounds of ``flatness``


def flatness(foot: float, plate: Size, horizon: float = HORIZON) -> float:
    """How much shorter a stretch of ground looks along the view than across it: the tangent of the angle at which it is seen.

    Args:
        foot: the row on which the person stands, of a plate of that size.
        horizon: how far down the plate it lies, as a share of the plate's height.

    >>> round(flatness(900, (1000, 1500)), 3)
    0.25
    """
    return min(max((foot - horizon * plate[0]) / (LENS * max(plate)), FLATTEST), STEEPEST)
