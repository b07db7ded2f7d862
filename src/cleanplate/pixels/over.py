"""The over equation, and a hole filled from its surroundings."""

import cv2
import numpy as np

from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.resampling import resize


def over(foreground: FloatArray, alpha: FloatArray, plate: FloatArray) -> FloatArray:
    """Porter and Duff's over, straight colors: ``alpha * foreground + (1 - alpha) * plate``.

    Args:
        foreground, plate: (height, width, 3) float32, any range.
        alpha: (height, width) float32 in [0, 1].

    Where alpha is 0 the plate comes back bit for bit, where it is 1 the foreground.

    >>> float(over(np.ones((1, 1, 3), np.float32), np.full((1, 1), 0.25, np.float32), np.zeros((1, 1, 3), np.float32))[0, 0, 0])
    0.25
    """
    weight = alpha[..., None]
    return weight * foreground + (1 - weight) * plate


def fill(picture: FloatArray, alpha: FloatArray, margin: float = 0.02) -> FloatArray:
    """The picture with what alpha covers filled in from its surroundings: a stand-in for a complete plate.

    Pull-push (Gortler et al., *The Lumigraph*, 1996): colors are averaged down a pyramid with the hole left out, then brought back
    up into it. Smooth, no texture: good for statistics, not for looking at.

    Args:
        picture: (height, width, 3) float32.
        alpha: (height, width) float32 in [0, 1]; the hole is everything above 0, widened by ``margin`` of the longer side.
    """
    reach = max(1, round(margin * max(alpha.shape)))
    hole = np.asarray(cv2.dilate((alpha > 0.02).astype(np.float32), np.ones((2 * reach + 1,) * 2, np.uint8)), np.float32)
    known = 1 - hole
    if not known.any():  # nothing is left to fill from
        known = 1 - alpha + np.float32(1e-3)
    levels: list[tuple[FloatArray, FloatArray]] = [(picture * known[..., None], known)]
    while max(levels[-1][1].shape) > 1:
        colors, weight = levels[-1]
        size = max(1, weight.shape[0] // 2), max(1, weight.shape[1] // 2)
        levels.append((resize(colors, size), resize(weight, size)))
    answer = levels[-1][0] / np.maximum(levels[-1][1], 1e-6)[..., None]
    for colors, weight in levels[-2::-1]:
        coarse = resize(answer, weight.shape)
        sure = np.minimum(weight * 4, 1)[..., None]
        answer = sure * colors / np.maximum(weight, 1e-6)[..., None] + (1 - sure) * coarse
    return np.asarray(answer, np.float32)
