"""What portraits stand before, drawn so that every fault of an edge shows. Nothing here needs torch.

A backdrop is (height, width, 3) float32 in [0, 1], sRGB-encoded.
"""

from collections.abc import Callable

import cv2
import numpy as np

from cleanplate.pixels.color import LUMA, FloatArray
from cleanplate.pixels.resampling import resize
from cleanplate.values import Size


def cover(scene: FloatArray, size: Size, rng: np.random.Generator) -> FloatArray:
    """A random crop of a scene, enlarged where it must be, of that size."""
    scale = max(size[0] / scene.shape[0], size[1] / scene.shape[1]) * float(rng.uniform(1.0, 1.4))
    grown = resize(scene, (int(np.ceil(scene.shape[0] * scale)), int(np.ceil(scene.shape[1] * scale))))
    top, left = (int(rng.integers(have - want + 1)) for have, want in zip(grown.shape, size, strict=False))
    return grown[top : top + size[0], left : left + size[1]]


def blurred(rng: np.random.Generator, scene: FloatArray) -> FloatArray:
    """Out of focus, as behind most portraits."""
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), float(rng.uniform(0.004, 0.03)) * max(scene.shape)), np.float32)


def wall(rng: np.random.Generator, scene: FloatArray) -> FloatArray:
    """Nearly of one color, any one: there a fringe shows."""
    return scene / 4 + np.float32(0.75) * rng.uniform(0, 1, 3).astype(np.float32)


def paper(rng: np.random.Generator, scene: FloatArray) -> FloatArray:
    """A studio's roll of one tone or of a saturated color, lighter on one side: white, black, or what a hue gives."""
    kind = rng.integers(3)
    white = 0.0, float(rng.uniform(0.85, 1.0))  # saturation and value
    black = float(rng.uniform(0.0, 0.5)), float(rng.uniform(0.0, 0.06))
    strong = float(rng.uniform(0.5, 1.0)), float(rng.uniform(0.3, 1.0))
    hue = 360 * float(rng.random())
    pixel = np.full((1, 1, 3), (hue, *(white, black, strong)[kind]), np.float32)
    color = cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0]
    shade = 1 - ramp(rng, scene) * np.float32(rng.uniform(0, 0.3))
    return np.asarray(np.clip(color * shade[..., None], 0, 1), np.float32)


def sky(rng: np.random.Generator, scene: FloatArray) -> FloatArray:
    """From blue down to nearly white, clouds of the scene's shapes in it."""
    blue = np.array((rng.uniform(0.2, 0.5), rng.uniform(0.45, 0.7), rng.uniform(0.75, 1.0)), np.float32)
    height = np.linspace(0, 1, scene.shape[0], dtype=np.float32)[:, None, None] ** np.float32(rng.uniform(0.4, 2))
    clear = blue + (np.float32(rng.uniform(0.85, 1.0)) - blue) * height
    return np.asarray(np.clip(clear + (scene @ LUMA - 0.5)[..., None] * np.float32(rng.uniform(0, 0.3)), 0, 1), np.float32)


def lights(rng: np.random.Generator, scene: FloatArray) -> FloatArray:
    """Blurred lamps in a dark place."""
    dark = blurred(rng, scene) * np.float32(rng.uniform(0.05, 0.4))
    for _ in range(int(rng.integers(8, 40))):
        at = int(rng.integers(scene.shape[1])), int(rng.integers(scene.shape[0]))
        lamp = (rng.uniform(0.3, 1.0, 3) ** 0.5).astype(np.float32)
        disk = np.zeros(scene.shape[:2], np.float32)
        cv2.circle(disk, at, max(2, int(rng.uniform(0.004, 0.03) * max(scene.shape))), 1.0, -1, cv2.LINE_AA)
        dark += disk[..., None] * (lamp - dark) * np.float32(rng.uniform(0.4, 1.0))
    return dark


def leaves(rng: np.random.Generator, scene: FloatArray) -> FloatArray:
    """Saturated foliage of the scene's shapes, the sky shining through its lightest parts."""
    light = scene @ LUMA
    fine = cv2.GaussianBlur(rng.normal(0, 1, light.shape).astype(np.float32), (0, 0), float(rng.uniform(1.0, 4.0)))
    light = np.clip(light + np.float32(rng.uniform(0.1, 0.35)) * fine / max(float(fine.std()), 1e-6), 0, 1)[..., None]
    leaf = np.array((rng.uniform(0.2, 0.9), rng.uniform(0.5, 1.0), rng.uniform(0.0, 0.25)), np.float32)
    shining = np.clip((light - np.float32(0.8)) * 6, 0, 1)
    return np.asarray(np.clip(light * leaf * (1 - shining) + shining, 0, 1), np.float32)


def ramp(rng: np.random.Generator, scene: FloatArray) -> FloatArray:
    """0 to 1 across a picture, in any direction."""
    angle = float(rng.uniform(0, 2 * np.pi))
    rows, columns = np.mgrid[: scene.shape[0], : scene.shape[1]].astype(np.float32)
    along = rows * np.float32(np.sin(angle)) + columns * np.float32(np.cos(angle))
    return np.asarray((along - along.min()) / max(float(np.ptp(along)), 1.0), np.float32)


def sharp(rng: np.random.Generator, scene: FloatArray) -> FloatArray:
    """The scene as it is."""
    return scene


KINDS: dict[Callable[[np.random.Generator, FloatArray], FloatArray], float] = {
    sharp: 0.25, blurred: 0.25, wall: 0.12, paper: 0.16, sky: 0.08, lights: 0.07, leaves: 0.07,
}  # fmt: skip


def drawn(rng: np.random.Generator, scene: FloatArray, size: Size) -> FloatArray:
    """A backdrop of that size, of a kind drawn by its share in ``KINDS``."""
    kinds = list(KINDS)
    return kinds[int(rng.choice(len(kinds), p=list(KINDS.values())))](rng, cover(scene, size, rng))
