"""The sky's shadow: how much of its even light a person hides from the ground, dark where they touch it, wide and faint around.

It is called ambient occlusion. Whatever is computed is computed where it reaches.
"""

import math

import cv2
import numpy as np

from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.interpolation import Part
from cleanplate.pixels.resampling import resize
from cleanplate.stages.footing import Footing

BANDS = (  # of the person's height: from, to, and how far their shade spreads; how dark they make the ground that they cover
    (0.0, 0.035, 0.009, 0.95), (0.0, 0.1, 0.03, 0.85), (0.03, 0.3, 0.08, 1.0), (0.2, 0.7, 0.2, 1.0),
)  # fmt: skip
UNDER = 0.007  # of the person's height: how far below its seen edge a sole touches the ground
DEEP = 0.25  # of the person's height: how far what casts shade reaches along the view


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
