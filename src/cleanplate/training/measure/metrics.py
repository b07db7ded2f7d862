"""Every number that is reported of a picture. Pictures (height, width, 3) uint8, sRGB-encoded; sums first, one division; peak 255.

How published code bends these numbers is in ``conventions``; mattes, clips and skin have rooms of their own.
"""

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray

Picture = np.ndarray
DoubleArray = npt.NDArray[np.float64]
RATIOS = ((0.05, "0-5%"), (0.15, "5-15%"), (1.0, "15-100%"))  # iHarmony4's bins of the foreground's share of the picture


def covered(error: DoubleArray, weight: FloatArray) -> float:
    """Mean of an error (height, width, 3) over what a 0-1 mask covers; 0 where it covers nothing.

    >>> covered(np.array([[[1.0, 2, 3], [9, 9, 9]]]), np.array([[1, 0]], np.float32))
    2.0
    """
    return float(np.einsum("hwc,hw->", error, weight.astype(np.float64)) / max(3 * float(weight.sum()), 1e-6))


def mean_squared_error(answer: Picture, target: Picture, weight: FloatArray | None = None) -> float:
    """MSE in squared 8-bit levels over all pixels and channels; with a weight (a 0-1 mask) over what it covers (fMSE).

    >>> mean_squared_error(np.full((2, 2, 3), 3, np.uint8), np.zeros((2, 2, 3), np.uint8))
    9.0
    """
    squared = (answer.astype(np.float64) - target.astype(np.float64)) ** 2
    return float(squared.mean()) if weight is None else covered(squared, weight)


def psnr(squared_error: float, peak: float = 255.0) -> float:
    """Peak signal-to-noise ratio ``10 log10(peak^2 / MSE)`` in dB, at most 100 (an exact answer).

    >>> psnr(255.0**2)
    0.0
    """
    return min(100.0, float(10 * np.log10(peak**2 / max(squared_error, 1e-12))))


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


def soft(alpha: FloatArray) -> FloatArray:
    """The set 0 < alpha < 1 of a true alpha, 0.0 or 1.0. The network's near-zeros and near-ones, up to 1/100, count as 0 and 1.

    >>> soft(np.array([[0, 0.005, 0.5, 1]], np.float32)).tolist()
    [[0.0, 0.0, 1.0, 0.0]]
    """
    return ((alpha > 0.01) & (alpha < 0.99)).astype(np.float32)


def mean_absolute_error(answer: Picture, target: Picture, weight: FloatArray) -> float:
    """L1 in 8-bit levels over what a 0-1 mask covers.

    >>> mean_absolute_error(np.full((1, 1, 3), 7, np.uint8), np.zeros((1, 1, 3), np.uint8), np.ones((1, 1), np.float32))
    7.0
    """
    return covered(np.abs(answer.astype(np.float64) - target.astype(np.float64)), weight)


def contamination(answer: Picture, target: Picture, alpha: FloatArray, source_background: FloatArray, plate: FloatArray) -> float:
    """How much of the old background shows in the soft edge: the share of (old - new background) in the error.

    ``sum w <answer - target, old - new> / sum w |old - new|^2`` with ``w = alpha (1 - alpha)`` of the true alpha. 0 is none, above
    0 a halo of the old background, below 0 too much taken away.
    """
    weight = (alpha * (1 - alpha)).astype(np.float64)[..., None]
    difference = (source_background - plate).astype(np.float64)
    error = (answer.astype(np.float64) - target.astype(np.float64)) / 255
    return float((weight * error * difference).sum() / max(float((weight * difference**2).sum()), 1e-9))


# ---- structure -----------------------------------------------------------------------------------------------------


def similarity_map(answer: Picture, target: Picture, compat: bool = False) -> DoubleArray:
    """SSIM in every pixel, the mean of three channels: Wang et al., *Image Quality Assessment*, IEEE TIP 2004, Eq. 13.

    ``(2 ma mt + C1)(2 sat + C2) / ((ma^2 + mt^2 + C1)(sa^2 + st^2 + C2))`` under a Gaussian of 11 x 11 and sigma 1.5 with
    ``C1 = (0.01 L)^2``, ``C2 = (0.03 L)^2``, L = 255, edges mirrored.

    Args:
        compat: as the published harmonization code has it: L = 1 although the data are 0 to 255, zeros beyond the edge.

    Returns:
        (height, width), at most 1.
    """
    border, levels = (cv2.BORDER_CONSTANT, 1.0) if compat else (cv2.BORDER_REFLECT, 255.0)

    def blur(values: DoubleArray) -> DoubleArray:
        return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5, borderType=border), np.float64)

    first, second = answer.astype(np.float64), target.astype(np.float64)
    mean, other, steady, steadier = blur(first), blur(second), (0.01 * levels) ** 2, (0.03 * levels) ** 2
    squares, product = mean * mean + other * other, mean * other
    spread, shared = blur(first * first + second * second) - squares, blur(first * second) - product
    whole = (2 * product + steady) * (2 * shared + steadier) / ((squares + steady) * (spread + steadier))
    return np.asarray(whole.mean(-1))


def similarity(found: DoubleArray, weight: FloatArray | None = None, margin: int = 5) -> float:
    """SSIM from its map: the mean of what lies ``margin`` pixels inside the edge, or (fSSIM) the mean over a 0-1 mask.

    >>> similarity(np.ones((20, 20))), similarity(np.full((3, 3), 0.5), np.ones((3, 3), np.float32))
    (1.0, 0.5)
    """
    if weight is None:
        inner = found[margin : found.shape[0] - margin, margin : found.shape[1] - margin]
        return float((inner if inner.size else found).mean())
    return float((found * weight).sum() / max(float(weight.sum()), 1e-6))


def gradient_energy(picture: Picture, weight: FloatArray) -> float:
    """Sum of the squared differences between neighbors, across and down, where both pixels are in a 0-1 mask.

    >>> gradient_energy(np.array([[[0] * 3, [2] * 3]], np.uint8), np.ones((1, 2), np.float32))
    12.0
    """
    values, inside = picture.astype(np.float32), (weight > 0).astype(np.float32)
    across, down = values[:, 1:] - values[:, :-1], values[1:] - values[:-1]  # whole numbers: float32 squares them exactly
    beside, below = inside[:, 1:] * inside[:, :-1], inside[1:] * inside[:-1]
    sums = [np.einsum("hwc,hwc,hw->hw", each, each, both) for each, both in ((across, beside), (down, below))]
    return float(sum(each.sum(dtype=np.float64) for each in sums))


def detail(answer: Picture, target: Picture, weight: FloatArray, reach: int = 2) -> float:
    """How much texture the answer has: its gradient energy over the truth's, inside the mask eroded by ``reach`` pixels.

    1 is the truth's own, below 1 a smoother or flatter picture. 1 too where the truth has no texture.
    """
    kernel = np.ones((2 * reach + 1,) * 2, np.uint8)
    inside = np.asarray(cv2.erode((weight >= 0.5).view(np.uint8), kernel), np.float32)
    truth = gradient_energy(target, inside)
    return gradient_energy(answer, inside) / truth if truth > 0 else 1.0


def ratio_bin(weight: FloatArray) -> str:
    """The bin of ``RATIOS`` in which a mask's share of the picture falls; a share on a limit belongs to the bin above it.

    >>> ratio_bin(np.eye(10, dtype=np.float32))
    '5-15%'
    """
    share = float(weight.mean())
    return next((name for limit, name in RATIOS if share < limit), RATIOS[-1][1])
