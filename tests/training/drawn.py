"""Drawn pictures: people are ellipses on smooth random colors, always in the same place, so that the matte is known."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image as pillow

SIZE = (160, 128)


def silhouette(size: tuple[int, int]) -> np.ndarray:
    """The alpha of every drawn person, (height, width) float32, soft over a few pixels."""
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    reach = np.hypot((rows + 0.5) / size[0] / 0.4 - 1.35, (columns + 0.5) / size[1] / 0.3 - 1.65)
    return np.clip((1 - reach) * 12 + 0.5, 0, 1).astype(np.float32)


def scene(seed: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Smooth random colors, (height, width, 3) float32 in [0, 1]."""
    coarse = np.random.default_rng(seed).uniform(0.15, 0.85, (5, 4, 3)).astype(np.float32)
    return np.clip(cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_LINEAR), 0, 1)


def person(seed: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """A photo of a drawn person, (height, width, 3) float32 in [0, 1]."""
    alpha = silhouette(size)[..., None]
    return alpha * (0.3 + 0.4 * scene(seed + 1000, size)) + (1 - alpha) * scene(seed, size)


def save(path: Path, picture: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pillow.fromarray(np.rint(picture * 255).astype(np.uint8)).save(path)
