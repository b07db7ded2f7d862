"""Which parts of a matte are the person: the main one and who touches them, or all; and what is painted in by hand."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.resampling import resize
from cleanplate.settings import Keep
from cleanplate.values import Size

SOFT = 0.05  # alpha from which pixels hang together: single hairs and veils are above it
LEAST_PART = 0.05  # a separate part smaller than this share of the main one is a stray
HALO = 4  # pixels around a part in which softer alpha belongs to it
TOUCHING = 0.02  # of the matte's longer side: a gap so small may be a strap, a frame of glasses or a hair that was not seen
CENTRAL = 0.35  # of the matte's width and height: how far from the middle a part counts for six tenths
SAME_SHAPE = 0.02  # how much the proportions of a painted area may differ from the photo's


LEFT_OUT = "Somebody or something apart from the main person was left out: `keep` all takes them too, `keep_mask` what it marks."


def kept(
    alpha: FloatArray, keep: Keep = "main", painted: FloatArray | None = None, warn: Callable[[str], Any] = str
) -> FloatArray:
    """The alpha of the person alone: its parts are what hangs together through soft alpha too, so that no hair is lost.

    Args:
        alpha: (rows, columns) float32 in [0, 1].
        keep: ``main``: the part that is largest and most central, and those that all but touch it; ``all``: every part that is no
            stray.
        painted: (rows, columns) of the same size: parts under it stay too.
        warn: is told, in a sentence, if a part goes that is no stray.
    """
    count, labels, found, _ = cv2.connectedComponentsWithStats((alpha > SOFT).view(np.uint8), connectivity=8)
    if count <= 2:
        return alpha
    areas = found[:, cv2.CC_STAT_AREA]
    main = int(np.argmax((weights(alpha, labels, count) if keep == "main" else areas)[1:])) + 1
    large = areas >= LEAST_PART * areas[main]
    stays = large & np.isin(np.arange(count), touching(labels, main)) if keep == "main" else large.copy()
    if painted is not None:
        stays[np.unique(labels[painted >= 0.5])] = True
    stays[0] = large[0] = False
    if (large & ~stays).any():
        warn(LEFT_OUT)
    ours, others = (np.isin(labels, np.flatnonzero(some)).view(np.uint8) for some in (stays, ~stays & (np.arange(count) > 0)))
    around = np.ones((2 * HALO + 1,) * 2, np.uint8)  # where softer alpha goes with the part that it surrounds
    gone = (cv2.dilate(others, around) > cv2.dilate(ours, around)) | (others > 0)
    return np.where(gone, 0, alpha).astype(np.float32)


def weights(alpha: FloatArray, labels: Any, count: int) -> npt.NDArray[Any]:
    """The alpha of each part in sum, less the farther from the middle of the picture."""
    down, across = (np.exp(-(((np.arange(side) + 0.5) / side - 0.5) ** 2) / (2 * CENTRAL**2)) for side in alpha.shape)
    return np.bincount(labels.ravel(), (alpha * down[:, None] * across).ravel(), count)


def touching(labels: Any, main: int) -> npt.NDArray[Any]:
    """The numbers of the parts that the main one reaches over a small gap, and through them others."""
    reach = max(1, round(TOUCHING * max(labels.shape)))
    kernel, reached = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2), np.array([main])
    while True:
        near = np.asarray(cv2.dilate(np.isin(labels, reached).view(np.uint8), kernel), np.bool_)
        wider = 1 + np.flatnonzero(np.bincount(labels[near])[1:])  # numpy's sets import its masked arrays, in a tenth of a second
        if len(wider) == len(reached):
            return wider
        reached = wider


def touched_up(alpha: FloatArray, keep: FloatArray | None, drop: FloatArray | None) -> FloatArray:
    """The alpha with what is painted in ``keep`` made the person, and what is painted in ``drop`` not; both soft as painted."""
    if keep is not None:
        alpha = np.maximum(alpha, keep)
    return alpha if drop is None else np.minimum(alpha, 1 - drop)


def at_size(painted: FloatArray | None, size: Size) -> FloatArray | None:
    """A painted area at a photo's size, which it may have been painted smaller than.

    Raises:
        InputError: it has another shape.
    """
    if painted is None or painted.shape == size:
        return painted
    height, width = painted.shape
    if abs(height * size[1] / (width * size[0]) - 1) > SAME_SHAPE:
        raise InputError(
            f"The painted area is {width}x{height} pixels and the photo {size[1]}x{size[0]}: give one of the same proportions."
        )
    return resize(painted, size)
