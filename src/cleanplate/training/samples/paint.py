"""Places in other paint under the same light: a red wall, a blue garage door, a lawn. Nothing here needs torch.

What stands in a place gets another reflectance, its shading stays, and so do its lightest parts, which tell the light. The person
in it stays as they are: so paint is told from light. Pictures are (..., 3) float32, sRGB-encoded in [0, 1].
"""

import colorsys
from typing import NamedTuple

import cv2
import numpy as np

from cleanplate.pixels.color import FloatArray, to_linear, to_srgb
from cleanplate.training.samples.garments import ramp
from cleanplate.training.samples.retoning import LUMINANCE

LIGHTEST = (88.0, 97.0)  # percentiles of L*: what is lighter keeps its color, fading between
SATURATED = (0.45, 1.0)  # of the paint, in HSV
COVERED = (0.75, 1.0)  # of the color below it
DEPTH = (0.45, 1.1)  # how bright the paint is beside what was there
NEAR = (14.0, 45.0)  # deviation, in CIE a*b*, of the window of colors that are painted, where not all are
ALL = 0.5  # share of places that are painted all over


class Paint(NamedTuple):
    """A coat of paint, as a function of color.

    Args:
        color: (3,) linear light, of luminance 1, the light of the place in it.
        depth, covered: see the constants.
        lightest: from which L* to which it fades out.
        near: the color (L*, a*, b*) around which it is laid and the deviation; None for everything.
    """

    color: FloatArray
    depth: np.float32
    covered: np.float32
    lightest: tuple[float, float]
    near: tuple[FloatArray, float] | None

    def __call__(self, picture: FloatArray) -> FloatArray:
        """A picture with what is to be painted painted."""
        linear = to_linear(picture)
        coat = (linear @ LUMINANCE)[..., None] * self.depth * self.color
        weight = self.covered * self.where(picture)[..., None]
        return np.asarray(np.clip(to_srgb(np.clip(linear + weight * (coat - linear), 0, 1)), 0, 1), np.float32)

    def where(self, picture: FloatArray) -> FloatArray:
        """How much of a color is painted, 0 to 1."""
        lab = np.asarray(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2LAB), np.float32)
        weight = 1 - ramp(lab[..., 0], *self.lightest)
        if self.near is not None:
            away = ((lab[..., 1:] - self.near[0][1:]) ** 2).sum(-1) / np.float32(self.near[1] ** 2)
            weight = weight * np.exp(-0.5 * np.maximum(away - 1, 0))
        return np.asarray(weight, np.float32)


def light_of(place: FloatArray) -> FloatArray:
    """The color of a place's lightest twentieth in linear light, (3,), of luminance 1: nearest to that of its light."""
    linear = to_linear(place.reshape(-1, 3))
    level = linear @ LUMINANCE
    color = linear[level >= np.percentile(level, 95)].mean(0) + np.float32(1e-3)
    return np.asarray(color / (color @ LUMINANCE), np.float32)


def draw_paint(rng: np.random.Generator, place: FloatArray) -> Paint:
    """Any paint for a place, (height, width, 3), to be laid on this picture or another of the place."""
    lab = cv2.cvtColor(np.ascontiguousarray(place), cv2.COLOR_RGB2LAB).reshape(-1, 3)
    low, high = (float(each) for each in np.percentile(lab[:, 0], LIGHTEST))
    saturation = float(rng.uniform(*SATURATED))
    pigment = to_linear(np.array(colorsys.hsv_to_rgb(rng.random(), saturation, 1.0), np.float32))
    color = pigment * light_of(place)
    near = None if rng.random() < ALL else (np.asarray(lab[rng.integers(len(lab))], np.float32), float(rng.uniform(*NEAR)))
    depth, covered = (np.float32(rng.uniform(*each)) for each in (DEPTH, COVERED))
    return Paint(np.asarray(color / (color @ LUMINANCE), np.float32), depth, covered, (low, max(high, low + 1)), near)
