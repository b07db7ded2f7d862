"""Batches for the training loop, drawn on the fly from a pack. Nothing here needs torch.

A ``Source`` draws (batch, channels, size, size) float32 arrays by name; the same generator state gives the same batch.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import cv2
import numpy as np

from cleanplate.color import FloatArray, to_float
from cleanplate.compositing import over
from cleanplate.resampling import squash
from cleanplate.training.garments import change_clothes
from cleanplate.training.pack import BLEND_FIELDS, SIDE, Pack
from cleanplate.training.skin import tone
from cleanplate.training.synthesis import (
    RECOLORINGS,
    Material,
    Sample,
    corrupt,
    draw_cut,
    draw_grade,
    draw_region,
    draw_start,
    harmonization_sample,
    regroup,
)

LEARNED = ("reinhard", *RECOLORINGS)  # the paper's own twice


class Source(Protocol):
    """Where batches come from."""

    def draw(self, rng: np.random.Generator, batch: int, size: int) -> dict[str, FloatArray]: ...


def stack(samples: list[Sample]) -> dict[str, FloatArray]:
    """Samples by field, channels first."""
    arrays = {name: np.stack([getattr(sample, name) for sample in samples]) for name in Sample._fields}
    return {
        name: np.ascontiguousarray(each[:, None] if each.ndim == 3 else each.transpose(0, 3, 1, 2)) for name, each in arrays.items()
    }


def predicted_sample(rng: np.random.Generator, start: FloatArray, material: Material) -> Sample:
    """What the runtime would hand over: ``start`` blended with the plate by a spoiled matte, and that matte; the target stays true.

    Where the matte is too small the plate shows instead of the person, where it is too large the start's own background does.
    ``material`` is graded already.
    """
    picture, alpha, plate = material
    spoiled = squash(corrupt(rng, squash(alpha, SIDE)), alpha.shape[0])  # at the pack's size: it counts in pixels
    behind = over(plate, alpha, picture)  # the photo's own background is the better plate wherever it is seen
    return Sample(over(start, spoiled, behind), spoiled, plate, picture)


def rarity(tones: list[str]) -> FloatArray:
    """How often each picture is drawn, in shares of 1: by one over the root of how many have its skin tone (``skin.tone``).

    >>> [round(float(each), 2) for each in rarity(["tan", "dark", "tan", "tan", "tan"])]
    [0.17, 0.33, 0.17, 0.17, 0.17]
    """
    weights = 1 / np.sqrt([tones.count(each) for each in tones])
    return np.asarray(weights / weights.sum(), np.float32)


class Shares(NamedTuple):
    """How often harmonization's samples are made of what, from 0 to 1; the rest are single photos with the person filled in."""

    regions: float = 0.15  # of scenes without people
    groups: float = 0.12  # recomposed groups and clips, the paper's; single photos where there are none
    unrelated: float = 0.08  # people before a scene that they were not taken in


EVERYDAY = Shares()


class HarmonizeSource:
    """Harmonization samples; of what they are made is said by ``Shares``.

    Some are graded strongly and all others mildly, because a photo that is the same every time is learned by heart; for the same
    reason garments change their colors. In 5 % there is nothing to do. A share ``predicted`` is blended by a spoiled matte, as in
    use. People of rare skin tones are drawn more often.
    """

    def __init__(self, pack: Pack, predicted: float = 0.0, shares: Shares = EVERYDAY) -> None:
        self.pack, self.predicted = pack, predicted
        self.until = np.cumsum(shares)
        self.often = np.cumsum(rarity([tone(to_float(p), to_float(a)) for p, a in zip(pack.pictures, pack.alphas, strict=True)]))

    def scene(self, rng: np.random.Generator, size: int) -> FloatArray:
        """A random square of a scene, or of a filled-in plate."""
        among = self.pack.scenes if len(self.pack.scenes) and rng.random() < 0.7 else self.pack.plates
        whole = among[rng.integers(len(among))]
        side = int(rng.integers(len(whole) // 2, len(whole) + 1))
        top, left = rng.integers(len(whole) - side + 1, size=2)
        step = -1 if rng.random() < 0.5 else 1
        return to_float(squash(whole[top : top + side, left : left + side], size)[:, ::step])

    def material(self, rng: np.random.Generator, size: int) -> Material:
        """What one sample is made of, cropped and shrunk."""
        pack, kind = self.pack, rng.random()
        index = min(int(np.searchsorted(self.often, rng.random())), len(pack.alphas) - 1)
        if kind < self.until[0] and len(pack.scenes):
            scene, alpha = pack.scenes[rng.integers(len(pack.scenes))], draw_region(rng, pack.alphas[index])
            cut = draw_cut(rng, alpha, size)
            return Material(cut(scene), cut(alpha), np.ascontiguousarray(cut(scene)[:, ::-1]))
        if kind < self.until[1] and pack.groups:
            members = pack.groups[rng.integers(len(pack.groups))]
            first, second = rng.choice(members, 2, replace=False)
            cut = draw_cut(rng, pack.alphas[first], size)
            return regroup(cut(pack.pictures[first]), cut(pack.alphas[first]), cut(pack.pictures[second]))
        cut = draw_cut(rng, pack.alphas[index], size)
        if self.until[1] <= kind < self.until[2]:
            return regroup(cut(pack.pictures[index]), cut(pack.alphas[index]), self.scene(rng, size))
        return Material(cut(pack.pictures[index]), cut(pack.alphas[index]), cut(pack.plates[index]))

    def sample(self, rng: np.random.Generator, size: int) -> Sample:
        """One sample; without ``predicted`` its generator is not asked about mattes, so that a share of 0 changes nothing."""
        material = self.material(rng, size)
        if rng.random() < 0.25:
            material = material._replace(picture=change_clothes(rng, material.picture, material.alpha))
        start = draw_start(rng, material, lambda: self.pack.style(rng), LEARNED)
        if self.predicted and rng.random() < self.predicted:
            graded = Material(start.look(material.picture), material.alpha, start.look(material.plate))
            return predicted_sample(rng, start.picture, graded)
        return harmonization_sample(start.picture, material, start.look)

    def draw(self, rng: np.random.Generator, batch: int, size: int) -> dict[str, FloatArray]:
        return stack([self.sample(rng, size) for _ in range(batch)])


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
        cut = crop[top : top + size, left : left + size][:, :: -1 if rng.random() < 0.5 else 1]
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
