"""Natural people on natural plates, recolored or as they are, and what may be done to them. Needs no torch."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from cleanplate.models import harmonizer as networks
from cleanplate.models.harmonizer import AnyHarmonizer
from cleanplate.pixels.color import FloatArray, Pixels, to_float
from cleanplate.pixels.over import over
from cleanplate.pixels.resampling import squash
from cleanplate.training.samples import grades, recoloring, retoning, transfer
from cleanplate.training.samples.grades import Change
from cleanplate.training.samples.synthesis import Material
from cleanplate.transforms import applying, fitting
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box


class Person(NamedTuple):
    """A natural photo with somebody in it, all 256 x 256 and uint8: picture, alpha, and the place with nobody in it."""

    name: str
    picture: Pixels
    alpha: Pixels
    plate: Pixels

    @property
    def material(self) -> Material:
        return Material(to_float(self.picture), to_float(self.alpha), to_float(self.plate))


class Pair(NamedTuple):
    """A person on a plate, float32; ``source`` is the place they come from, with nobody in it, where that is known."""

    composite: FloatArray
    alpha: FloatArray
    plate: FloatArray
    source: FloatArray | None = None


Harmonizer = Callable[[Pair], FloatArray]


def by(harmonizer: AnyHarmonizer, *, sources: bool = False) -> Harmonizer:
    """The network's answer, lifted; ``sources`` says whether one of ours is shown the place that the person comes from."""
    side = harmonizer.side

    def answer(pair: Pair) -> FloatArray:
        small, cover = squash(pair.composite, side), np.clip(squash(pair.alpha, side), 0, 1)
        cues = harmonizer.cues(squash(pair.plate, side))
        if sources and pair.source is not None and isinstance(harmonizer, networks.Harmonizer):
            found = harmonizer.answer(small, cover, cues, harmonizer.cues(squash(pair.source, side)))
        else:
            found = harmonizer.answer(small, cover, cues)
        change = found if isinstance(found, Transform) else fitting.fit(small, found, cover)
        size = pair.alpha.shape[0], pair.alpha.shape[1]
        moved = applying.apply(change, pair.composite, Box(0, 0, *size), size)
        return np.clip(over(moved, pair.alpha, pair.composite), 0, 1)

    return answer


def nothing(pair: Pair) -> FloatArray:
    return pair.composite


def reinhard(pair: Pair) -> FloatArray:
    """Mean and deviation of l alpha beta of the plate; ``transfer.reinhard``."""
    own = transfer.statistics(transfer.to_lab(pair.composite), pair.alpha)
    moved = transfer.reinhard(pair.composite, own, transfer.statistics(transfer.to_lab(pair.plate)))
    return np.clip(over(moved, pair.alpha, pair.composite), 0, 1)


def mean_shift(pair: Pair, share: float = 0.4) -> FloatArray:
    """The person's mean of CIELAB moved a share of the way to the plate's."""
    lab = cv2.cvtColor(pair.composite, cv2.COLOR_RGB2LAB)
    own = (lab * pair.alpha[..., None]).sum((0, 1)) / pair.alpha.sum()
    there = cv2.cvtColor(pair.plate, cv2.COLOR_RGB2LAB).mean((0, 1))
    moved = cv2.cvtColor(lab + np.float32(share) * np.asarray(there - own, np.float32), cv2.COLOR_LAB2RGB)
    return over(np.clip(moved, 0, 1), pair.alpha, pair.composite)


# ---- people whose right answer is known ----------------------------------------------------------------------------


def recolored(
    people: Sequence[Person], styles: Sequence[FloatArray], kind: str, seed: int = 0
) -> Iterator[tuple[str, Pair, FloatArray]]:
    """(name, pair, truth) of each person: ``natural``, ``person-grade``, ``photo-grade`` or ``recolored``."""
    skins = [(each, retoning.skin_of(to_float(each.picture), to_float(each.alpha))) for each in people]
    colors = [retoning.skin_color(to_float(each.picture), where) for each, where in skins]
    toned = [color for color in colors if color is not None]
    for index, (each, color) in enumerate(zip(people, colors, strict=True)):
        rng = np.random.default_rng((seed, index))
        picture, alpha, plate = each.material
        start = picture
        look: Change = grades.unchanged
        if kind == "natural":
            if color is None:
                continue
            gains = retoning.draw_gains(rng, color, toned[int(rng.integers(len(toned)))])
            start, look = retoning.lit(picture, gains), grades.draw_grade(rng, 0.3)
        elif kind == "person-grade":
            start = grades.draw_grade(rng, 1.2)(picture)
        elif kind == "photo-grade":
            look = grades.draw_grade(rng, 1.8)
        else:
            start = recoloring.draw_recoloring(rng, ("reinhard",), picture, alpha, drawn_from(rng, styles))
        target = look(picture)
        yield each.name, Pair(over(start, alpha, target), alpha, look(plate)), target


def drawn_from(rng: np.random.Generator, styles: Sequence[FloatArray]) -> Callable[[], FloatArray]:
    """Any of the styles, drawn at each call."""
    return lambda: styles[int(rng.integers(len(styles)))]
