"""Drawn people before drawn places, both of known colors and under one known light."""

import numpy as np

from cleanplate.pixels.color import to_srgb, to_uint8
from cleanplate.pixels.over import over
from cleanplate.training.measure.pairs import Person

SIZE = 256


def light(seed: int) -> np.ndarray:
    """Gains in linear light."""
    return np.exp(np.random.default_rng(seed).normal(0, 0.35, 3)).astype(np.float32)


def somebody(seed: int, gains: np.ndarray, dark: bool = False) -> Person:
    """A skin-colored disc, above a black or blue coat, in a gray place with some texture; all of it under one light."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    head = (rows - 80) ** 2 + (columns - 128) ** 2 < 45**2
    coat = (rows > 120) & (abs(columns - 128) < 90)
    alpha = (head | coat).astype(np.float32)
    place = np.full((SIZE, SIZE, 3), 0.25, np.float32) + rng.normal(0, 0.01, (SIZE, SIZE, 1)).astype(np.float32)
    cloth = np.float32([0.004, 0.004, 0.004] if dark else [0.03, 0.06, 0.25])
    person = np.where(coat[..., None], cloth, np.float32([0.45, 0.27, 0.19])).astype(np.float32)
    person = np.where(head[..., None], np.float32([0.45, 0.27, 0.19]), person)
    lit, there = (to_srgb(np.clip(each * gains, 0, 1)) for each in (person, place))
    return Person(str(seed), to_uint8(over(lit, alpha, there)), to_uint8(alpha), to_uint8(there))
