"""A drawn person and a drawn place, as PNG: the network is not asked where a cutout's person is."""

import io
from typing import Any

import numpy as np
from PIL import Image as pillow

from cleanplate.pixels import color


def drawn_person(wide: int = 120, high: int = 300) -> bytes:
    """Somebody who stands, whole: a cutout with alpha, blue."""
    down, across = np.mgrid[0:high, 0:wide].astype(np.float32)
    head = 30 - np.hypot(down - 50, across - wide / 2)
    body = np.minimum(28 - np.abs(across - wide / 2), np.minimum(down - 75, 270 - down))
    alpha = np.clip(np.maximum(head, body) / 3, 0, 1)
    colors = np.dstack([40 + 0 * down, 90 + down / 6, 190 - down / 8])
    return png(np.dstack([colors, alpha * 255]).astype(np.uint8))


def drawn_plate(wide: int = 1500, high: int = 1000, seed: int = 0) -> bytes:
    """A warm ground under a cool sky, a little grainy."""
    down, across = np.mgrid[0:high, 0:wide].astype(np.float32)
    sky = down < 0.4 * high
    colors = np.dstack([np.where(sky, 150, 190) + across / 60, np.where(sky, 180, 150), np.where(sky, 215, 100) - down / 60])
    noisy = colors + np.random.default_rng(seed).normal(0, 2, colors.shape)
    return png(color.to_uint8((np.clip(noisy, 0, 255) / 255).astype(np.float32)))


def drawn_look(wide: int = 320, high: int = 200) -> bytes:
    """An evening: dark, and red where it is light."""
    down, across = np.mgrid[0:high, 0:wide].astype(np.float32)
    glow = np.exp(-np.hypot(across - 0.7 * wide, down - 0.5 * high) / 60)
    return png(np.dstack([30 + 190 * glow, 20 + 90 * glow, 30 + 20 * glow]).astype(np.uint8))


def png(pixels: Any) -> bytes:
    file = io.BytesIO()
    pillow.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
