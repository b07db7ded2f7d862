"""A person in the skin tones of another natural person, as if taken in another light. Nothing here needs torch.

A recoloring by a drawn look can mostly be seen in the person alone; here the start looks natural, and only the plate can tell.
Skin is found by ``skin``; its color is a mean in linear light, (3,), and a person is moved by gains in linear light.
"""

import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray, to_linear, to_srgb
from cleanplate.training.samples import skin

LEAST = 40  # pixels of skin below which a person has none
FURTHEST = 1.2  # natural logarithm of a gain at most: three and a third times as bright, or as dark
BRIGHTNESS, CHROMA = (0.4, 1.0), (0.3, 1.0)  # how far of the way to the other's brightness, and to their hue
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # of linear sRGB (IEC 61966-2-1)


def skin_of(picture: FloatArray, alpha: FloatArray) -> npt.NDArray[np.bool_]:
    """Where a person's skin is, (height, width); nowhere where too little is found to be sure of."""
    found = skin.head_region(alpha) & skin.skin_colored(picture)
    return found if found.sum() >= LEAST else np.zeros_like(found)


def skin_color(picture: FloatArray, where: npt.NDArray[np.bool_]) -> FloatArray | None:
    """Mean of the skin in linear light, (3,); None without skin."""
    return np.asarray(to_linear(picture[where]).mean(0), np.float32) if where.any() else None


def gains(own: FloatArray, other: FloatArray, brightness: float, chroma: float) -> FloatArray:
    """Gains in linear light, (3,), that take skin of one color a part of the way to another's brightness, and to its hue.

    >>> gains(np.float32([0.4, 0.2, 0.1]), np.float32([0.8, 0.4, 0.2]), 1.0, 0.0).round(3).tolist()
    [2.0, 2.0, 2.0]
    >>> [round(float(each), 2) for each in gains(np.float32([0.4, 0.2, 0.1]), np.float32([0.2, 0.2, 0.2]), 0.0, 1.0)]
    [0.59, 1.18, 2.35]
    """
    apart = np.log(np.maximum(other, 1e-3) / np.maximum(own, 1e-3))
    level = np.log(max(float(other @ LUMINANCE), 1e-3) / max(float(own @ LUMINANCE), 1e-3))
    moved = brightness * level + chroma * (apart - level)
    return np.asarray(np.exp(np.clip(moved, -FURTHEST, FURTHEST)), np.float32)


def draw_gains(rng: np.random.Generator, own: FloatArray, other: FloatArray) -> FloatArray:
    """``gains`` with parts of the way drawn; a third of the time all of it."""
    if rng.random() < 1 / 3:
        return gains(own, other, 1.0, 1.0)
    return gains(own, other, float(rng.uniform(*BRIGHTNESS)), float(rng.uniform(*CHROMA)))


def lit(picture: FloatArray, factors: FloatArray) -> FloatArray:
    """A picture under gains in linear light; what goes beyond white is bent back softly, (..., 3) float32 in [0, 1].

    >>> lit(np.full((1, 3), 0.5, np.float32), np.float32([1, 1, 1])).round(3).tolist()
    [[0.5, 0.5, 0.5]]
    """
    encoded = to_srgb(to_linear(picture) * factors)
    top = np.maximum(to_srgb(np.maximum(factors, np.float32(1))), np.float32(1))
    return np.asarray(encoded * (1 + (1 - top**-3) * encoded**3) ** np.float32(-1 / 3), np.float32)
