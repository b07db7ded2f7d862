"""Batches for the training loop, drawn on the fly from a pack. Nothing here needs torch.

A ``Source`` draws (batch, channels, size, size) float32 arrays by name; the same generator state gives the same batch.
"""

from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np

from cleanplate.pixels.color import FloatArray, to_float
from cleanplate.training.run.harmonize_source import EVERYDAY, HarmonizeSource, Shares
from cleanplate.training.samples.grades import draw_grade
from cleanplate.training.samples.pack import BLEND_FIELDS, Pack


class Source(Protocol):
    """Where batches come from."""

    def draw(self, rng: np.random.Generator, batch: int, size: int) -> dict[str, FloatArray]: ...


class BlendSource:
    """Blending samples: stored crops of source photos, each put on a fresh plate, which a scene or a saturated color gives."""

    def __init__(self, pack: Pack) -> None:
        self.pack, self.crops = pack, pack.blend_crops()

    def plate(self, rng: np.random.Generator, size: int) -> FloatArray:
        scene = self.pack.scenes[rng.integers(len(self.pack.scenes))]
        side = int(rng.integers(size // 2, len(scene) + 1))
        top, left = rng.integers(len(scene) - side + 1, size=2)
        plate = to_float(cv2.resize(scene[top : top + side, left : left + side], (size, size), interpolation=cv2.INTER_LINEAR))
        if rng.random() < 0.25:  # a wall: the hardest place to hide a fringe on
            plate = plate * 0.1 + 0.9 * rng.uniform(0, 1, 3).astype(np.float32)
        return draw_grade(rng, 1.2)(plate) if rng.random() < 0.5 else plate

    def sample(self, rng: np.random.Generator, size: int) -> dict[str, FloatArray]:
        crop = self.crops[rng.integers(len(self.crops))]
        top, left = rng.integers(crop.shape[0] - size + 1, size=2)
        cut = np.rot90(crop[top : top + size, left : left + size], rng.integers(4))[:, :: -1 if rng.random() < 0.5 else 1]
        parts = np.split(to_float(cut), np.cumsum(list(BLEND_FIELDS.values()))[:-1], axis=2)
        sample = dict(zip(BLEND_FIELDS, parts, strict=True))
        if rng.random() < 0.5:  # an edge may have any colors
            order = rng.permutation(3)
            sample = {name: each[..., order] if each.shape[2] == 3 else each for name, each in sample.items()}
        return sample | {"plate": self.plate(rng, size)}

    def draw(self, rng: np.random.Generator, batch: int, size: int) -> dict[str, FloatArray]:
        samples = [self.sample(rng, size) for _ in range(batch)]
        return {name: np.ascontiguousarray(np.stack([each[name] for each in samples]).transpose(0, 3, 1, 2)) for name in samples[0]}


SOURCES: dict[str, Callable[[Pack], Source]] = {"harmonize": HarmonizeSource, "blend": BlendSource}


def source(stage: str, pack: Pack, predicted: float = 0.0, shares: Shares = EVERYDAY) -> Source:
    """The source of a stage; of harmonization's samples a share ``predicted`` is blended by a spoiled matte."""
    return HarmonizeSource(pack, predicted, shares) if stage == "harmonize" else SOURCES[stage](pack)
