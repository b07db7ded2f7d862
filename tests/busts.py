"""Alphas of people whom photos cropped at this side or that."""

import numpy as np

from cleanplate.settings import Placement
from cleanplate.stages import crops, framing, silhouettes

CHOSEN = Placement()


def bust(height: int, width: int, across: float, down: float, size: float) -> np.ndarray:
    """The alpha of a head on shoulders that go on beyond the photo's lower border: their middle, the head's top and its size."""
    y, x = np.mgrid[:height, :width] + 0.5
    head = np.hypot((y - down - size / 2) / (size / 2), (x - across) / (size * 0.4)) - 1
    below = (y - down - 2.4 * size) / size
    shoulders = np.maximum(np.hypot(below / 1.4, (x - across) / size) - 1, below)
    body = np.maximum(np.abs(x - across) / size - 1, -below)
    return np.clip(0.5 - np.minimum(np.minimum(head, shoulders), body) * size / 2, 0, 1).astype(np.float32)


def photos() -> list[tuple[str, np.ndarray]]:
    return [
        ("whole", bust(200, 300, 150, 20, 60)),
        ("left", bust(200, 160, 40, 20, 60)),
        ("right", bust(240, 160, 130, 30, 70)),
        ("both", bust(200, 140, 70, 15, 85)),
        ("top and both", bust(220, 150, 75, -20, 110)),
        ("all of it", np.ones((150, 100), np.float32)),
    ]


def silhouette_of(alpha: np.ndarray) -> silhouettes.Silhouette:
    return silhouettes.silhouette(alpha, framing.extent(alpha, framing.SEEN), crops.cropped(alpha))
