"""What light, lens and camera do to a person before a backdrop. Nothing here needs torch.

Pictures are (height, width, 3) float32 in [0, 1], sRGB-encoded; alphas (height, width) float32 in [0, 1].
"""

from typing import NamedTuple

import cv2
import numpy as np

from cleanplate.pixels.color import FloatArray, to_float, to_uint8
from cleanplate.pixels.resampling import resize

SPILLED, SHARPENED, SHRUNK, COMPRESSED = 0.4, 0.5, 0.2, 0.75  # shares of the photos to which each happens


def spilled(rng: np.random.Generator, foreground: FloatArray, alpha: FloatArray, behind: FloatArray) -> FloatArray:
    """The person's colors with the backdrop's light on their rim, ``F + s w (B - F)``, where that happens.

    w falls from 1 outside to 0 inside, as the alpha blurred does; B is the backdrop, blurred widely.
    """
    if rng.random() >= SPILLED:
        return foreground
    width = float(rng.uniform(0.002, 0.012)) * max(alpha.shape)
    near = np.clip(2 * (1 - cv2.GaussianBlur(alpha, (0, 0), width)), 0, 1)[..., None]
    light = cv2.GaussianBlur(behind, (0, 0), 4 * width)
    return np.asarray(foreground + np.float32(rng.uniform(0.1, 0.6)) * near * (light - foreground), np.float32)


class Camera(NamedTuple):
    """One camera's doing, the same for whatever stands before it.

    Args:
        blur: standard deviation of the lens's blur, in pixels.
        shrunk: how many times smaller the photo was kept before it was enlarged again.
        noise: standard deviation.
        sharpness: of an unsharp mask of one pixel.
        quality: of its JPEG with half the colors' resolution; 0 for none.
        seed: of the noise.
    """

    blur: float
    shrunk: float
    noise: float
    sharpness: float
    quality: int
    seed: int

    def soft(self, array: FloatArray) -> FloatArray:
        """What the lens makes of a picture, or of the alpha of what stands before it."""
        if self.blur:
            array = np.asarray(cv2.GaussianBlur(array, (0, 0), self.blur), np.float32)
        if self.shrunk > 1:
            size = array.shape[0], array.shape[1]
            array = resize(resize(array, (max(1, round(size[0] / self.shrunk)), max(1, round(size[1] / self.shrunk)))), size)
        return array

    def photo(self, scene: FloatArray) -> FloatArray:
        """The photo of a scene."""
        seen = self.soft(scene)
        seen = seen + np.random.default_rng(self.seed).normal(0, self.noise, seen.shape).astype(np.float32)
        if self.sharpness:
            seen = seen + np.float32(self.sharpness) * (seen - cv2.GaussianBlur(seen, (0, 0), 1.0))
        seen = np.clip(seen, 0, 1)
        if not self.quality:
            return np.asarray(seen, np.float32)
        _, data = cv2.imencode(".jpg", to_uint8(seen)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        return to_float(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1])


def drawn(rng: np.random.Generator) -> Camera:
    """Some camera."""
    blur = float(rng.uniform(0.3, 1.0)) if rng.random() < 0.6 else 0.0
    small = float(rng.uniform(1.3, 3.0)) if rng.random() < SHRUNK else 1.0
    sharp = float(rng.uniform(0.2, 1.2)) if rng.random() < SHARPENED else 0.0
    quality = int(rng.integers(45, 96)) if rng.random() < COMPRESSED else 0
    return Camera(blur, small, float(rng.uniform(0, 0.012)), sharp, quality, int(rng.integers(2**31)))
