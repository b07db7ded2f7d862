"""The tables: the shipped weights (or candidates) and the classical methods on people and places never trained on. Needs no torch.

Harmonization is judged at 256 x 256 after an 8-bit round trip, blending at the photos' own size (see ``edges``); every figure is a
mean over pictures, and the pictures are made by a generator seeded with the photo's name.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from cleanplate.compositor import Compositor
from cleanplate.errors import InputError
from cleanplate.pixels import holes
from cleanplate.pixels.color import FloatArray, to_uint8
from cleanplate.pixels.resampling import squash
from cleanplate.plates import Plate
from cleanplate.stages import framing, matting
from cleanplate.training.measure import baselines, boundaries, conventions, metrics
from cleanplate.training.measure.baselines import Answer, Blend, Harmonizer
from cleanplate.training.measure.boundaries import generator
from cleanplate.training.measure.conventions import CONVENTIONS, Convention
from cleanplate.training.measure.tables import LEAST, Collection, Measured, Table
from cleanplate.training.readers import datasets
from cleanplate.training.samples import grades, recoloring, skin, synthesis
from cleanplate.training.samples.synthesis import Material, Sample
from cleanplate.values import Image

SIDE = 256
RECOLORINGS: dict[str, tuple[str, ...]] = {  # set -> kinds of ``recoloring.recolor``; a line here is a set
    "reinhard": ("reinhard",), "other": ("covariance", "grade"), "histogram": ("histogram",), "graded": ("reinhard", "grade"),
    "idt": ("idt",),
}  # fmt: skip


class Gallery(boundaries.Gallery, Protocol):
    """What is shown of each sample and each case."""

    def harmonized(self, name: str, photo: str, sample: Sample, answers: dict[str, Answer], measured: Measured) -> None: ...


# ---- harmonization -------------------------------------------------------------------------------------------------


def person_material(photo: datasets.Photo) -> Material | None:
    """The photo at 256 with its hand-made mask (or the predicted matte) and the person filled in as plate; None for a sliver."""
    picture = datasets.load(photo)
    if photo.mask is None:
        alpha = matting.refine(matting.predict(picture, 512), picture)
    else:
        alpha = datasets.load_mask(photo, picture.shape[:2])
    picture, alpha = squash(picture, SIDE), np.clip(squash(alpha, SIDE), 0, 1)  # an average may be 1 and a rounding error
    return Material(picture, alpha, holes.fill(picture, alpha)) if 0.02 < alpha.mean() < 0.9 else None


def offered(kinds: tuple[str, ...]) -> bool:
    """Whether ``recoloring.recolor`` knows these kinds."""
    gray = np.full((8, 8, 3), 0.5, np.float32)
    try:
        for kind in kinds:
            recoloring.recolor(np.random.default_rng(0), kind, gray, gray[..., 0], gray)
    except (ValueError, KeyError) as unknown:
        if unknown.args != (kind,):
            raise
        return False
    return True


def harmonization_samples(photo: datasets.Photo, material: Material, styles: list[FloatArray]) -> Iterator[tuple[str, Sample]]:
    """(set, sample) for every kind of recoloring that synthesis offers."""
    for name, kinds in RECOLORINGS.items():
        if not offered(kinds):
            continue
        rng = generator(photo.name, name)
        look = grades.draw_grade(rng, 1.8) if name == "graded" else None
        start = recoloring.draw_recoloring(
            rng, kinds, material.picture, material.alpha, lambda rng=rng: styles[rng.integers(len(styles))]  # type: ignore[misc]
        )
        yield f"{photo.kind}-{name}", synthesis.harmonization_sample(start, material, look)


def ours(compositor: Compositor, stranger: FloatArray) -> dict[str, Harmonizer]:
    """The network with the complete plate, with a stranger's, and with the composite's own visible part filled in."""

    def given(sample: Sample, plate: Image) -> Answer:
        answer = compositor.harmonize(Image(to_uint8(sample.composite)), sample.alpha, Plate(plate)).image.pixels
        return np.asarray(answer, np.uint8)

    return {
        "ours": lambda sample: given(sample, Image(to_uint8(sample.plate))),
        "ours-wrong-plate": lambda sample: given(sample, Image(to_uint8(stranger))),
        "ours-visible": lambda sample: given(sample, framing.filled(Image(to_uint8(sample.composite)), sample.alpha)),
    }


def measure_harmonization(answers: dict[str, Answer], sample: Sample, rule: Convention) -> Measured:
    """Every method's numbers; ``worse_share`` is 1 where its fMSE is above that of ``none``."""
    target = to_uint8(sample.target)
    found = {method: conventions.measure(answer, target, sample.alpha, rule) for method, answer in answers.items()}
    return {method: row | {"worse_share": float(row["fmse"] > found["none"]["fmse"])} for method, row in found.items()}


def evaluate_harmonization(
    people: list[datasets.Photo],
    styles: list[FloatArray],
    compositor: Compositor,
    rule: Convention = CONVENTIONS["ours"],
    harmonizers: dict[str, Harmonizer] | None = None,
    gallery: Gallery | None = None,
) -> Collection:
    """Every method on every sample of these people; a person's tone is that of the untouched photo."""
    found = Collection()
    strangers: dict[str, FloatArray] = {}
    for photo in [*people[-1:], *people]:  # the last one first, for its plate alone: the first one's stranger
        material = person_material(photo)
        if material is None:
            continue
        tone = skin.tone(material.picture, material.alpha)
        ratio = metrics.ratio_bin(rule.mask(material.alpha, material.alpha.shape))
        for name, sample in harmonization_samples(photo, material, styles):
            if name in strangers:
                methods = baselines.HARMONIZERS | ours(compositor, strangers[name]) | (harmonizers or {})
                answers = {method: harmonizer(sample) for method, harmonizer in methods.items()}
                measured = measure_harmonization(answers, sample, rule)
                for method, row in measured.items():
                    found.add(name, method, row, ratio=ratio, tone=tone)
                if gallery:
                    gallery.harmonized(name, photo.name, sample, answers, measured)
            strangers[name] = sample.plate
    return found


# ---- the whole -----------------------------------------------------------------------------------------------------


class Extras(NamedTuple):
    """What may be evaluated and shown beside the usual.

    Args:
        harmonizers: name -> any function of a sample, such as a network that was trained elsewhere.
        blends: name -> any function of source, alpha and plate, such as ``baselines.SLOW``.
        gallery: is shown every picture; see ``report``.
    """

    harmonizers: dict[str, Harmonizer] | None = None
    blends: dict[str, Blend] | None = None
    gallery: Gallery | None = None


def run(
    data: Path,
    split: str = "validation",
    limit: int | None = None,
    compositor: Compositor | None = None,
    convention: str = "ours",
    extras: Extras | None = None,
) -> Table:
    """Evaluate on a data folder.

    Args:
        data: laid out as ``docs/training.md`` says.
        split: ``validation`` (names that ``split.json`` does not train on), ``train`` or ``all``.
        limit: at most so many people of each kind.
        convention: a name of ``conventions.CONVENTIONS``; it applies to harmonization.

    Raises:
        InputError: the folder or split holds no people or fewer than two scenes; no such convention.
    """
    rule, extras = conventions.named(convention), extras or Extras()
    chosen = datasets.select(datasets.read_tree(data), split)
    scenes = [photo for photo in chosen if photo.kind == "scenes"]
    kinds = {kind: [photo for photo in chosen if photo.kind == kind] for kind in ("portraits", "fullbody")}
    if len(scenes) < 2 or not any(kinds.values()):
        raise InputError(f"The {split} split of {data} holds too little: it needs people and at least two backgrounds.")
    styles = [squash(datasets.load(photo), 64) for photo in chosen if photo.kind in ("scenes", "styles")]
    compositor = compositor or Compositor()
    answer: Table = {name: {} for name in ("harmonize", "by_foreground_ratio", "by_skin_tone")}
    for kind, people in kinds.items():
        some = datasets.spread(people, limit)
        print(f"evaluate: {len(some)} {kind}", file=sys.stderr)
        found = evaluate_harmonization(some, styles, compositor, rule, extras.harmonizers, extras.gallery)
        answer["harmonize"] |= found.means()
        answer["by_foreground_ratio"] |= found.binned("ratio", "fmse")
        answer["by_skin_tone"] |= found.binned("tone", "fmse", LEAST)
    some = datasets.spread(kinds["portraits"], limit)
    print(f"evaluate: blending {len(some)} portraits", file=sys.stderr)
    judged = boundaries.evaluate_blending(some, scenes, compositor, extras.blends, extras.gallery)
    answer |= {"blend": judged.composites.means(), "matte": judged.mattes.means(), "blend_seconds": judged.seconds}
    return answer | {"about": {"split": split, "limit": limit, "convention": convention}}
