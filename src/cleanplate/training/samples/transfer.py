"""Classical color transfer: what recolors the training pictures, and the baselines of the tables.

Pictures are (..., 3) float32, sRGB-encoded in [0, 1]; weights have the picture's shape without the channels and are >= 0.
"""

from typing import NamedTuple

import cv2
import numpy as np

from cleanplate.pixels.color import FloatArray

# Reinhard et al., *Color Transfer between Images*, 2001: RGB -> LMS -> logarithm -> l alpha beta. The inverses are computed: the
# one printed there is off by 7e-3.
RGB_TO_LMS = np.array([[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]])
LMS_TO_LAB = np.diag([3**-0.5, 6**-0.5, 2**-0.5]) @ np.array([[1, 1, 1], [1, 1, -2], [1, -1, 0]])
DARKEST = 1 / 255  # below it the logarithm runs away


class Statistics(NamedTuple):
    """Weighted mean (3,) and covariance (3, 3) of colors."""

    mean: FloatArray
    covariance: FloatArray


def statistics(colors: FloatArray, weight: FloatArray | None = None) -> Statistics:
    """Mean and covariance over all pixels, weighted when a weight is given."""
    flat = colors.reshape(-1, 3).astype(np.float64)
    shares = np.ones(len(flat)) if weight is None else weight.reshape(-1).astype(np.float64)
    shares = shares / max(shares.sum(), 1e-6)
    mean = shares @ flat
    centered = flat - mean
    return Statistics(mean.astype(np.float32), ((centered * shares[:, None]).T @ centered).astype(np.float32))


def multiply(colors: FloatArray, matrix: np.ndarray) -> FloatArray:
    return (colors.reshape(-1, 3) @ matrix.T.astype(np.float32)).reshape(colors.shape)


def to_lab(picture: FloatArray) -> FloatArray:
    """Encoded RGB -> Reinhard's l alpha beta (base-10 logarithm of LMS, decorrelated)."""
    lms = multiply(np.maximum(picture, np.float32(DARKEST)), RGB_TO_LMS)
    return multiply(np.log10(lms), LMS_TO_LAB)


def from_lab(lab: FloatArray) -> FloatArray:
    """l alpha beta -> encoded RGB, not clipped."""
    lms = np.exp(multiply(lab, np.linalg.inv(LMS_TO_LAB)) * np.float32(np.log(10)))
    return multiply(lms, np.linalg.inv(RGB_TO_LMS))


def reinhard(picture: FloatArray, own: Statistics, reference: Statistics) -> FloatArray:
    """Reinhard et al. 2001, per channel of l alpha beta: ``(x - own mean) * deviation / own deviation + mean``.

    ``own`` and ``reference`` are statistics of ``to_lab`` pictures. The answer is clipped to [0, 1].
    """
    ratio = np.sqrt(np.diag(reference.covariance) / np.maximum(np.diag(own.covariance), 1e-6))
    return np.clip(from_lab((to_lab(picture) - own.mean) * ratio + reference.mean), 0, 1)


SMALLEST = 1e-6  # variance along an axis: a quarter of an 8-bit level, squared


def root(matrix: np.ndarray, power: float, least: float) -> np.ndarray:
    """A power of a symmetric positive matrix, its eigenvalues taken to be at least ``least``."""
    values, vectors = np.linalg.eigh(matrix.astype(np.float64))
    return np.asarray((vectors * np.maximum(values, least) ** power) @ vectors.T)


def covariance(picture: FloatArray, own: Statistics, reference: Statistics) -> FloatArray:
    """Pitie and Kokaram 2007, the linear Monge-Kantorovitch map between two Gaussians of RGB. Clipped to [0, 1]."""
    half, inverse = root(own.covariance, 0.5, SMALLEST), root(own.covariance, -0.5, SMALLEST)
    matrix = inverse @ root(half @ reference.covariance @ half, 0.5, 0) @ inverse
    return np.asarray(np.clip(multiply(picture - own.mean, matrix) + reference.mean, 0, 1), np.float32)


def match(own: FloatArray, weight: FloatArray, other: FloatArray, bins: np.ndarray) -> FloatArray:
    """One channel moved to the quantiles of another: cumulative histograms, by the middles of those bins that hold anything.

    Args:
        own, weight: of one shape; the weight is each value's share in its own histogram.
        other: any shape.
        bins: edges; values between the middles of bins are moved linearly.
    """
    middles = (bins[1:] + bins[:-1]) / 2
    counts, wanted = np.histogram(own, bins, weights=weight)[0], np.histogram(other, bins)[0]
    held, asked = counts > 0, wanted > 0  # an empty bin is a step of the inverse, which must not be walked along
    ranks, their_ranks = ((np.cumsum(each) - each / 2) / each.sum() for each in (counts, wanted))
    levels = np.interp(ranks[held], their_ranks[asked], middles[asked])
    return np.asarray(np.interp(own, middles[held], levels), np.float32)


def histogram(picture: FloatArray, weight: FloatArray, reference: FloatArray) -> FloatArray:
    """Cumulative-histogram matching of Y, Cb and Cr, each by itself (256 bins). Clipped to [0, 1]."""
    turned = (cv2.cvtColor(np.ascontiguousarray(each), cv2.COLOR_RGB2YCrCb) for each in (picture, reference))
    own, other = (np.asarray(each, np.float32) for each in turned)
    for channel in range(3):
        own[..., channel] = match(own[..., channel], weight, other[..., channel], np.linspace(0, 1, 257))
    return np.clip(cv2.cvtColor(own, cv2.COLOR_YCrCb2RGB), 0, 1)


TURNS = 12  # rotations of the iterative transfer; the distance to the reference hardly falls after ten


def idt(picture: FloatArray, weight: FloatArray, reference: FloatArray, turns: int = TURNS) -> FloatArray:
    """Pitie et al. 2007, iterative distribution transfer: in random rotations of RGB, each axis takes the reference's quantiles.

    The rotations are the same in every call; the first is none. Without the paper's second step, which takes grain away again.
    Clipped to [0, 1].
    """
    rng = np.random.default_rng(0)
    own, other = picture.reshape(-1, 3).astype(np.float32), reference.reshape(-1, 3).astype(np.float32)
    shares = weight.reshape(-1)
    for turn in range(turns):
        axes = np.eye(3) if turn == 0 else np.linalg.qr(rng.normal(size=(3, 3)))[0]
        turned, theirs = multiply(own, axes), multiply(other, axes)
        for axis in range(3):
            ends = np.concatenate([turned[:, axis], theirs[:, axis]])
            bins = np.linspace(float(ends.min()) - 1e-3, float(ends.max()) + 1e-3, 257)
            turned[:, axis] = match(turned[:, axis], shares, theirs[:, axis], bins)
        own = multiply(turned, axes.T)
    return np.clip(own, 0, 1).reshape(picture.shape)
