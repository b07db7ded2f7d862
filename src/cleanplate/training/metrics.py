"""Every number that is reported. Pictures (height, width, 3) uint8, sRGB-encoded; sums first, one division; peak 255."""

import cv2
import numpy as np

from cleanplate.color import FloatArray

Picture = np.ndarray


def mean_squared_error(answer: Picture, target: Picture, weight: FloatArray | None = None) -> float:
    """MSE in squared 8-bit levels over all pixels and channels; with a weight (a 0-1 mask) over what it covers (fMSE).

    >>> mean_squared_error(np.full((2, 2, 3), 3, np.uint8), np.zeros((2, 2, 3), np.uint8))
    9.0
    """
    squared = (answer.astype(np.float64) - target.astype(np.float64)) ** 2
    if weight is None:
        return float(squared.mean())
    return float((squared.sum(-1) * weight).sum() / max(3 * float(weight.sum()), 1e-6))


def psnr(squared_error: float) -> float:
    """Peak signal-to-noise ratio in dB for a peak of 255, at most 100 (an exact answer).

    >>> psnr(255.0**2)
    0.0
    """
    return min(100.0, float(10 * np.log10(255**2 / max(squared_error, 1e-12))))


def foreground(alpha: FloatArray) -> FloatArray:
    """The mask over which fMSE counts: alpha of at least one half, 0.0 or 1.0."""
    return (alpha >= 0.5).astype(np.float32)


def band(alpha: FloatArray) -> FloatArray:
    """MODNet's boundary region of a true alpha: 1.0 where dilated [alpha > 0] and eroded [alpha >= 0.9] differ, else 0.0.

    By squares of 15 pixels for each 256. The network's near-zeros are not edges, so alpha counts from 1/100 on.
    """
    side = 15 * max(1, min(alpha.shape) // 256)
    kernel = np.ones((side, side), np.uint8)
    grown = cv2.dilate((alpha > 0.01).view(np.uint8), kernel)
    shrunk = cv2.erode((alpha >= 0.9).view(np.uint8), kernel)
    return np.asarray(grown != shrunk, np.float32)


def mean_absolute_error(answer: Picture, target: Picture, weight: FloatArray) -> float:
    """L1 in 8-bit levels over what a 0-1 mask covers.

    >>> mean_absolute_error(np.full((1, 1, 3), 7, np.uint8), np.zeros((1, 1, 3), np.uint8), np.ones((1, 1), np.float32))
    7.0
    """
    error = np.abs(answer.astype(np.float64) - target.astype(np.float64)).sum(-1)
    return float((error * weight).sum() / max(3 * float(weight.sum()), 1e-6))


def contamination(answer: Picture, target: Picture, alpha: FloatArray, source_background: FloatArray, plate: FloatArray) -> float:
    """How much of the old background shows in the soft edge: the share of (old - new background) in the error.

    ``sum w <answer - target, old - new> / sum w |old - new|^2`` with ``w = alpha (1 - alpha)`` of the true alpha. 0 is none, above
    0 a halo of the old background, below 0 too much taken away.
    """
    weight = (alpha * (1 - alpha)).astype(np.float64)[..., None]
    difference = (source_background - plate).astype(np.float64)
    error = (answer.astype(np.float64) - target.astype(np.float64)) / 255
    return float((weight * error * difference).sum() / max(float((weight * difference**2).sum()), 1e-9))
