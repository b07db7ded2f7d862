"""What the experiments measure beside ``training.metrics``. Pictures (height, width, 3) float32, sRGB-encoded in [0, 1]."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np

from cleanplate.pixels.color import FloatArray

# two-sided 95 % quantiles of Student's t by degrees of freedom (tables); further on, the normal's
STUDENT = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}
NORMAL = 1.96
Record = Mapping[str, Any]


class Spread(NamedTuple):
    """A mean, half the width of its 95 % interval (not a number for a single value), and of how many values."""

    mean: float
    half: float
    of: int

    def __str__(self) -> str:
        return f"{self.mean:.4g}" if self.of < 2 else f"{self.mean:.4g} ± {self.half:.2g}"


def spread(values: Sequence[float]) -> Spread:
    """Mean and Student's 95 % interval over repetitions (seeds), ``t * s / sqrt(n)``.

    >>> str(spread([1.0, 2.0, 3.0]))
    '2 ± 2.5'
    """
    found = np.asarray([value for value in values if np.isfinite(value)], np.float64)
    if not len(found):
        return Spread(float("nan"), float("nan"), 0)
    if len(found) == 1:
        return Spread(float(found[0]), float("nan"), 1)
    half = STUDENT.get(len(found) - 1, NORMAL) * float(found.std(ddof=1)) / len(found) ** 0.5
    return Spread(float(found.mean()), half, len(found))


def over_seeds(records: Iterable[Record], metric: str) -> Spread:
    """The mean over samples of each seed, then mean and interval over seeds; what is not a number is left out."""
    seeds: dict[Any, list[float]] = {}
    for record in records:
        value = record.get(metric)
        if value is not None and np.isfinite(value):
            seeds.setdefault(record.get("seed"), []).append(float(value))
    return spread([float(np.mean(values)) for values in seeds.values()])


def bootstrap(differences: Sequence[float], seed: int = 0, draws: int = 2000) -> tuple[float, float]:
    """Percentile 95 % interval of the mean of paired differences (Efron 1979).

    >>> bootstrap([2.0, 2.0, 2.0])
    (2.0, 2.0)
    """
    values = np.asarray(differences, np.float64)
    picks = np.random.default_rng(seed).integers(len(values), size=(draws, len(values)))
    low, high = np.percentile(values[picks].mean(1), (2.5, 97.5))
    return float(low), float(high)


def ranks(values: Sequence[float]) -> np.ndarray:
    """Ranks from 0, ties sharing the mean of theirs.

    >>> ranks([5, 1, 5]).tolist()
    [1.5, 0.0, 1.5]
    """
    found = np.asarray(values, np.float64)
    below, same = (found[None] < found[:, None]).sum(1), (found[None] == found[:, None]).sum(1)
    return np.asarray(below + (same - 1) / 2)


def spearman(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's rank correlation: Pearson's of the ranks; 0 where one of them does not vary.

    >>> round(spearman([1, 2, 3], [10, 20, 30]), 6)
    1.0
    """
    one, other = (ranks(each) - ranks(each).mean() for each in (first, second))
    scale = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum() / scale) if scale else 0.0


def lab(picture: FloatArray) -> FloatArray:
    """CIE L*a*b* (D65) of sRGB-encoded colors, L in [0, 100]."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(picture, np.float32), cv2.COLOR_RGB2LAB), np.float32)


def interior(alpha: FloatArray, pixels: int = 5) -> np.ndarray:
    """Where alpha is above 0.95, eroded by that many pixels of a picture of 256: the foreground without its edge, boolean.

    The picture's own border does not erode. What would vanish is eroded less.
    """
    sure = (alpha > 0.95).view(np.uint8)
    for reach in range(max(1, round(pixels * min(alpha.shape) / 256)), -1, -1):
        kernel = np.ones((2 * reach + 1,) * 2, np.uint8)
        found = cv2.erode(sure, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0
        if found.any():
            return np.asarray(found)
    return np.asarray(alpha >= alpha.max())


class Look(NamedTuple):
    """How a foreground looks: the mean of its colors in L*a*b* and their deviation, (3,) each."""

    mean: FloatArray
    deviation: FloatArray


def look(picture: FloatArray, area: np.ndarray) -> Look:
    """Mean and deviation of the colors in an area."""
    colors = lab(picture)[area].astype(np.float64)
    return Look(colors.mean(0), colors.std(0))


def distance(one: Look, other: Look) -> float:
    """CIE76 difference of the means plus the absolute differences of the deviations.

    >>> zero = Look(np.zeros(3), np.zeros(3))
    >>> distance(zero, Look(np.array([3.0, 4, 0]), np.array([1.0, 0, 0])))
    6.0
    """
    return float(np.linalg.norm(one.mean - other.mean) + np.abs(one.deviation - other.deviation).sum())


def gradients(picture: FloatArray) -> FloatArray:
    """Magnitude of Sobel's gradient of the luma."""
    luma = cv2.cvtColor(np.ascontiguousarray(picture, np.float32), cv2.COLOR_RGB2GRAY)
    return np.asarray(np.hypot(cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1)), np.float32)


def similarity(one: FloatArray, other: FloatArray, area: np.ndarray) -> float:
    """SSIM (Wang et al. 2004) of two single-channel pictures in [0, 1] over an area: Gaussian windows of deviation 1.5."""

    def blur(array: FloatArray) -> FloatArray:
        return np.asarray(cv2.GaussianBlur(array, (11, 11), 1.5))

    first, second = 0.01**2, 0.03**2
    a, b = blur(one), blur(other)
    aa, bb, ab = blur(one * one) - a * a, blur(other * other) - b * b, blur(one * other) - a * b
    found = (2 * a * b + first) * (2 * ab + second) / ((a * a + b * b + first) * (aa + bb + second))
    return float(found[area].mean())


def content(picture: FloatArray, reference: FloatArray, area: np.ndarray) -> float:
    """How far an area's content is kept: SSIM of gradient magnitudes, with the reference's mean and deviation in every channel."""
    colors, wanted = picture[area], reference[area]
    gain = wanted.std(0) / np.maximum(colors.std(0), 1e-4)
    matched = np.asarray((picture - colors.mean(0)) * gain + wanted.mean(0), np.float32)
    return similarity(gradients(matched), gradients(reference), area)


def slope(across: Sequence[float], up: Sequence[float]) -> float:
    """Least-squares slope of ``up`` against ``across``.

    >>> slope([0, 1, 2], [1, 3, 5])
    2.0
    """
    x, y = (np.asarray(each, np.float64) - np.mean(each) for each in (across, up))
    return float((x * y).sum() / max(float((x * x).sum()), 1e-12))
