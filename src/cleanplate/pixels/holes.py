"""A hole in a picture, filled from its surroundings."""

import cv2
import numpy as np

from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.resampling import resize

COVERED = 0.02  # alpha above which a pixel is part of the hole
SURE = 4  # times as much of a coarse pixel as is known counts: from a quarter on, nothing is taken from coarser ones


def fill(picture: FloatArray, alpha: FloatArray, margin: float = 0.02) -> FloatArray:
    """The picture with what alpha covers filled in from its surroundings: a stand-in for a complete plate.

    Pull-push (Gortler et al., *The Lumigraph*, 1996): colors are averaged down a pyramid with the hole left out, then brought back
    up into it. Smooth, no texture: good for statistics, not for looking at.

    Args:
        picture: (height, width, 3) float32.
        alpha: (height, width) float32 in [0, 1]; above ``COVERED`` it is the hole, widened by ``margin`` of the longer side.
    """
    known = 1 - hole(alpha, margin)
    if not known.any():  # nothing is left to fill from
        known = 1 - alpha + np.float32(1e-3)
    return spread(picture * known[..., None], known)


def spread(premultiplied: FloatArray, known: FloatArray) -> FloatArray:
    """Straight colors everywhere, of those that are known: (height, width, 3), times how far each is known.

    >>> spread(np.float32([[[0.5] * 3, [0] * 3]]), np.float32([[1, 0]]))[0, 1].tolist()
    [0.5, 0.5, 0.5]
    """
    pyramid: list[tuple[FloatArray, FloatArray]] = [(premultiplied, known)]
    while max(pyramid[-1][1].shape) > 1:
        pyramid.append(pulled(*pyramid[-1]))
    colors, weight = pyramid.pop()
    answer: FloatArray = np.asarray(colors / np.maximum(weight, 1e-6)[..., None], np.float32)
    for colors, weight in reversed(pyramid):
        answer = pushed(answer, colors, weight)
    return answer


def hole(alpha: FloatArray, margin: float) -> FloatArray:
    """1 where alpha covers the picture and ``margin`` of its longer side around that, else 0."""
    reach = max(1, round(margin * max(alpha.shape)))
    return np.asarray(cv2.dilate((alpha > COVERED).astype(np.float32), np.ones((2 * reach + 1,) * 2, np.uint8)), np.float32)


def pulled(colors: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """One step down the pyramid: colors, premultiplied by how much of each pixel is known, and that weight, at half the size."""
    size = max(1, weight.shape[0] // 2), max(1, weight.shape[1] // 2)
    return resize(colors, size), resize(weight, size)


def pushed(coarse: FloatArray, colors: FloatArray, weight: FloatArray) -> FloatArray:
    """One step up again: a level's own colors, as far as they are known, over the coarser level's straight ones."""
    sure = np.minimum(weight * SURE, 1)[..., None]
    return np.asarray(sure * colors / np.maximum(weight, 1e-6)[..., None] + (1 - sure) * resize(coarse, weight.shape), np.float32)
