"""Numbers for mattes, as RobustVideoMatting's evaluation (Lin et al. 2022) scales them. Alphas (height, width) float32 in [0, 1].

All but SAD and the mean are sums over the picture, so they grow with its size: compare them at one size only.
"""

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray, to_float

DoubleArray = npt.NDArray[np.float64]
STEP, TOLERANCE = 0.1, 0.15  # of Conn
SIGMA = 1.4  # of Grad


def mean_absolute_difference(alpha: FloatArray, truth: FloatArray) -> float:
    """MAD x 1000.

    >>> round(mean_absolute_difference(np.full((2, 2), 0.5, np.float32), np.zeros((2, 2), np.float32)), 6)
    500.0
    """
    return float(np.abs(alpha.astype(np.float64) - truth).mean() * 1e3)


def mean_squared_difference(alpha: FloatArray, truth: FloatArray) -> float:
    """MSE x 1000.

    >>> round(mean_squared_difference(np.full((2, 2), 0.5, np.float32), np.zeros((2, 2), np.float32)), 6)
    250.0
    """
    return float(((alpha.astype(np.float64) - truth) ** 2).mean() * 1e3)


def sum_of_absolute_differences(alpha: FloatArray, truth: FloatArray) -> float:
    """SAD / 1000.

    >>> sum_of_absolute_differences(np.ones((50, 40), np.float32), np.zeros((50, 40), np.float32))
    2.0
    """
    return float(np.abs(alpha.astype(np.float64) - truth).sum() / 1e3)


# ---- Grad ----------------------------------------------------------------------------------------------------------


def gaussian_derivative(sigma: float = SIGMA) -> tuple[DoubleArray, DoubleArray]:
    """A Gaussian and its derivative, sampled to where the Gaussian's density is 1/100; their outer product has the norm 1."""
    half = int(np.ceil(sigma * np.sqrt(-2 * np.log(np.sqrt(2 * np.pi) * sigma * 1e-2))))
    at = np.arange(-half, half + 1, dtype=np.float64)
    smooth = np.exp(-(at**2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))
    slope = -at * smooth / sigma**2
    return smooth / np.linalg.norm(smooth), slope / np.linalg.norm(slope)


def gradient_magnitude(values: FloatArray) -> FloatArray:
    """Length of the gradient under a Gaussian derivative of sigma 1.4, edges repeated; float32, with or without channels."""
    smooth, slope = gaussian_derivative()
    plain = values.astype(np.float64)  # in float32, OpenCV's last digits depend on where an array lies in memory
    across = cv2.sepFilter2D(plain, -1, slope, smooth, borderType=cv2.BORDER_REPLICATE)
    down = cv2.sepFilter2D(plain, -1, smooth, slope, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.magnitude(across, down), np.float32)


def stretched(alpha: FloatArray) -> FloatArray:
    """To 0 ... 1 as the published code does first; a flat alpha becomes 0."""
    low, high = float(alpha.min()), float(alpha.max())
    return (alpha - low) / (high - low) if high > low else np.zeros_like(alpha)


def gradient_error(alpha: FloatArray, truth: FloatArray) -> float:
    """Grad: ``sum (|grad alpha| - |grad truth|)^2 / 1000`` (Rhemann et al., CVPR 2009)."""
    difference = gradient_magnitude(stretched(alpha)).astype(np.float64) - gradient_magnitude(stretched(truth))
    return float((difference**2).sum() / 1e3)


def composite_gradient_error(answer: npt.NDArray[np.uint8], target: npt.NDArray[np.uint8], weight: FloatArray) -> float:
    """Grad of pictures: the same on RGB in [0, 1], not stretched, the mean of the channels, over a 0-1 mask. Sum / 1000."""
    difference = gradient_magnitude(to_float(answer)).astype(np.float64) - gradient_magnitude(to_float(target))
    return float(np.einsum("hwc,hwc,hw->", difference, difference, weight.astype(np.float64)) / 3e3)


# ---- Conn ----------------------------------------------------------------------------------------------------------


def connected_level(alpha: FloatArray, truth: FloatArray) -> FloatArray:
    """The highest threshold at which a pixel still belongs to the largest part (4 neighbors) that both alphas share."""
    level = np.full(truth.shape, -1, np.float32)
    for lower, threshold in zip(np.arange(0, 1, STEP), np.arange(STEP, 1 + STEP / 2, STEP), strict=True):
        both = ((alpha >= threshold) & (truth >= threshold)).view(np.uint8)
        _, labels, found, _ = cv2.connectedComponentsWithStats(both, connectivity=4)
        areas = found[1:, cv2.CC_STAT_AREA]
        largest = labels == 1 + int(np.argmax(areas)) if len(areas) else np.zeros(truth.shape, np.bool_)
        level[(level < 0) & ~largest] = lower
    level[level < 0] = 1
    return level


def connectivity_error(alpha: FloatArray, truth: FloatArray) -> float:
    """Conn: ``sum |phi(alpha) - phi(truth)| / 1000``, ``phi(a) = 1 - d [d >= 0.15]``, d = a - connected level (Rhemann 2009)."""
    level = connected_level(alpha, truth).astype(np.float64)
    parts = [1 - (each - level) * (each - level >= TOLERANCE) for each in (alpha, truth)]
    return float(np.abs(parts[0] - parts[1]).sum() / 1e3)


# ---- clips ---------------------------------------------------------------------------------------------------------


def flicker(alphas: FloatArray, truths: FloatArray) -> float:
    """dtSSD x 100: RMS over the picture of the difference of the temporal differences, mean over pairs of frames.

    Erofeev et al., *Perceptually Motivated Benchmark for Video Matting*, BMVC 2015.

    Args:
        alphas, truths: (frames, height, width).

    >>> flicker(np.array([[[0.0]], [[0.5]]], np.float32), np.zeros((2, 1, 1), np.float32))
    50.0
    """
    drift = np.diff(alphas.astype(np.float64), axis=0) - np.diff(truths.astype(np.float64), axis=0)
    return float(np.sqrt((drift**2).mean((1, 2))).mean() * 1e2)


def measure(alpha: FloatArray, truth: FloatArray) -> dict[str, float]:
    """mad, mse, sad, grad and conn of an alpha."""
    return {
        "mad": mean_absolute_difference(alpha, truth),
        "mse": mean_squared_difference(alpha, truth),
        "sad": sum_of_absolute_differences(alpha, truth),
        "grad": gradient_error(alpha, truth),
        "conn": connectivity_error(alpha, truth),
    }
