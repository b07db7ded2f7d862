"""Training batches from a written set, in place of a pack: the same arrays by the same names. Nothing here needs torch."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from cleanplate import storage
from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray, to_uint8
from cleanplate.stages import edge_colors
from cleanplate.training.run.harmonize_source import stack
from cleanplate.training.samples import sets
from cleanplate.training.samples.drawing import Shelf
from cleanplate.training.samples.sets import Blend
from cleanplate.training.samples.synthesis import Sample, draw_cut

HELD = 512  # samples that stay in memory


class SetSource:
    """What ``HarmonizeSource`` and ``BlendSource`` give, out of a folder that ``cleanplate synthesize`` wrote; of blending
    samples the true composite in place of the true foreground.

    Harmonization samples are cut and mirrored anew each time; of blending samples a window on the soft edge is taken.

    Args:
        folder: a finished set, or its tar files (``shards``); or the URL of either.

    Raises:
        InputError: see ``sets.entries``.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder, self.entries, self.shelf = folder, sets.entries(folder), Shelf(HELD)
        self.stage = str(self.entries[0]["stage"])
        self.is_remote = storage.is_url(os.fspath(folder))

    def entry(self, rng: np.random.Generator) -> dict[str, Any]:
        return self.entries[rng.integers(len(self.entries))]

    def harmonize(self, rng: np.random.Generator, size: int) -> Sample:
        entry = self.entry(rng)
        pictures = self.shelf.get(entry["sample"], lambda: [to_uint8(each) for each in sets.load(self.folder, entry)])
        cut = draw_cut(rng, pictures[Sample._fields.index("alpha")], size)
        return Sample(*(cut(picture) for picture in pictures))

    def estimated(self, entry: dict[str, Any]) -> dict[str, FloatArray]:
        """A blending sample with the colors that are estimated under its imperfect alpha."""
        sample = sets.load(self.folder, entry)
        if not isinstance(sample, Blend):
            raise InputError(f"{self.folder} mixes samples of two stages; write the set again.")
        return sample._asdict() | edge_colors.edge_colors(sample.source, sample.alpha)

    def blend(self, rng: np.random.Generator, size: int) -> dict[str, FloatArray]:
        entry = self.entry(rng)
        found = self.shelf.get(entry["sample"], lambda: self.estimated(entry))
        truth = found["true_alpha"]
        if min(truth.shape) < size:
            found_size = f"{truth.shape[1]}x{truth.shape[0]}"
            raise InputError(f"{self.folder} holds pictures of {found_size} pixels; crops of {size} do not fit.")
        soft = np.argwhere(((truth > 0.05) & (truth < 0.95)) | (np.abs(found["alpha"] - truth) > 0.1))
        middle = soft[rng.integers(len(soft))] if len(soft) else np.array(truth.shape) // 2
        top, left = (int(np.clip(place - size // 2, 0, side - size)) for place, side in zip(middle, truth.shape, strict=True))
        step = -1 if rng.random() < 0.5 else 1
        window = slice(top, top + size), slice(left, left + size)
        return {name: each[window].reshape(size, size, -1)[:, ::step] for name, each in found.items()}

    def draw(self, rng: np.random.Generator, batch: int, size: int) -> dict[str, FloatArray]:
        """(batch, channels, size, size) float32 by name; the same generator state gives the same batch."""
        if self.stage == "harmonize":
            return stack([self.harmonize(rng, size) for _ in range(batch)])
        drawn = [self.blend(rng, size) for _ in range(batch)]
        return {name: np.ascontiguousarray(np.stack([each[name] for each in drawn]).transpose(0, 3, 1, 2)) for name in drawn[0]}
