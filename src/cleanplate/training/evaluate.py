"""The tables: the shipped weights and the classical methods on people and places never trained on. Needs no torch.

Harmonization is judged at 256 x 256 after an 8-bit round trip, blending at the photos' own size; every figure is a mean over
pictures, and the pictures are made by a generator seeded with the photo's name.
"""

import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cleanplate import compositing, matting
from cleanplate.color import FloatArray, to_uint8
from cleanplate.compositor import Compositor, Plate
from cleanplate.errors import InputError
from cleanplate.resampling import squash
from cleanplate.training import datasets, metrics, synthesis, transfer
from cleanplate.training.synthesis import Material, Sample
from cleanplate.types import Image

Table = dict[str, dict[str, dict[str, dict[str, float]]]]  # stage -> set -> method -> metric
SIDE = 256
RECOLORINGS = {
    "reinhard": ("reinhard",), "other": ("covariance", "grade"), "histogram": ("histogram",), "graded": ("reinhard", "grade"),
}  # fmt: skip
TRUSTED = 0.95  # agreement with the hand-made mask from which a predicted matte may stand for the truth


class Collection:
    """Metrics by set and method, summed up as they come."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], list[dict[str, float]]] = {}

    def add(self, name: str, method: str, measured: dict[str, float]) -> None:
        self.rows.setdefault((name, method), []).append(measured)

    def means(self) -> dict[str, dict[str, dict[str, float]]]:
        answer: dict[str, dict[str, dict[str, float]]] = {}
        for (name, method), rows in self.rows.items():
            means = {metric: float(np.mean([row[metric] for row in rows])) for metric in rows[0]}
            answer.setdefault(name, {})[method] = means | {"n": len(rows)}
        return answer


def generator(*names: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32("/".join(names).encode()))


# ---- harmonization -------------------------------------------------------------------------------------------------


def person_material(photo: datasets.Photo) -> Material | None:
    """The photo at 256 with its hand-made mask (or the predicted matte) and the person filled in as plate; None for a sliver."""
    picture = datasets.load(photo)
    if photo.mask is None:
        alpha = matting.refine(matting.predict(picture, 512), picture)
    else:
        alpha = datasets.load_mask(photo, picture.shape[:2])
    picture, alpha = squash(picture, SIDE), np.clip(squash(alpha, SIDE), 0, 1)  # an average may be 1 and a rounding error
    return Material(picture, alpha, compositing.fill(picture, alpha)) if 0.02 < alpha.mean() < 0.9 else None


def harmonization_samples(photo: datasets.Photo, material: Material, styles: list[FloatArray]) -> Iterator[tuple[str, Sample]]:
    """(set, sample) for every kind of recoloring."""
    for name, kinds in RECOLORINGS.items():
        rng = generator(photo.name, name)
        look = synthesis.draw_grade(rng, 1.8) if name == "graded" else None
        start = synthesis.draw_recoloring(
            rng, kinds, material.picture, material.alpha, lambda rng=rng: styles[rng.integers(len(styles))]  # type: ignore[misc]
        )
        yield f"{photo.kind}-{name}", synthesis.harmonization_sample(start, material, look)


def reinhard(sample: Sample, reference: FloatArray, weight: FloatArray | None) -> FloatArray:
    """The baseline: the foreground moved to the statistics of ``reference``."""
    own = transfer.statistics(transfer.to_lab(sample.composite), sample.alpha)
    moved = transfer.reinhard(sample.composite, own, transfer.statistics(transfer.to_lab(reference), weight))
    return compositing.over(moved, sample.alpha, sample.composite)


def harmonize_methods(sample: Sample, compositor: Compositor, stranger: FloatArray) -> dict[str, np.ndarray]:
    """Every method's answer, uint8."""
    composite = Image(to_uint8(sample.composite))

    def ours(plate: FloatArray) -> np.ndarray:
        return compositor.harmonize(composite, sample.alpha, Plate(Image(to_uint8(plate)))).image.pixels

    return {
        "none": composite.pixels,
        "reinhard-complete": to_uint8(reinhard(sample, sample.plate, None)),
        "reinhard-visible": to_uint8(reinhard(sample, sample.composite, 1 - sample.alpha)),
        "ours": ours(sample.plate),
        "ours-wrong-plate": ours(stranger),
    }


def measure_harmonization(answer: np.ndarray, sample: Sample, nothing: float) -> dict[str, float]:
    target = to_uint8(sample.target)
    whole = metrics.mean_squared_error(answer, target)
    inside = metrics.mean_squared_error(answer, target, metrics.foreground(sample.alpha))
    worse = float(inside > nothing)
    return {"mse": whole, "psnr": metrics.psnr(whole), "fmse": inside, "fpsnr": metrics.psnr(inside), "worse_share": worse}


def evaluate_harmonization(people: list[datasets.Photo], styles: list[FloatArray], compositor: Compositor) -> Collection:
    found = Collection()
    strangers: dict[str, FloatArray] = {}
    for photo in [*people[-1:], *people]:  # the last one first, for its plate alone: the first one's stranger
        material = person_material(photo)
        if material is None:
            continue
        for name, sample in harmonization_samples(photo, material, styles):
            if name in strangers:
                target, mask = to_uint8(sample.target), metrics.foreground(sample.alpha)
                nothing = metrics.mean_squared_error(to_uint8(sample.composite), target, mask)
                for method, answer in harmonize_methods(sample, compositor, strangers[name]).items():
                    found.add(name, method, measure_harmonization(answer, sample, nothing))
            strangers[name] = sample.plate
    return found


# ---- blending ------------------------------------------------------------------------------------------------------


def trusted_portrait(photo: datasets.Photo) -> synthesis.Portrait | None:
    """Pseudo-truth from the predicted matte, where it agrees with the hand-made mask."""
    if photo.mask is None:
        return None
    picture = datasets.load(photo)
    alpha = matting.refine(matting.predict(picture, 512), picture)
    if synthesis.agreement(alpha, datasets.load_mask(photo, alpha.shape)) < TRUSTED:
        return None
    return synthesis.Portrait(matting.estimate_colors(picture, alpha)[0], alpha)


def evaluate_blending(people: list[datasets.Photo], scenes: list[datasets.Photo], compositor: Compositor) -> Collection:
    found = Collection()
    for photo in people:
        person = trusted_portrait(photo)
        if person is None:
            continue
        size = person.alpha.shape
        for kind in synthesis.ALPHAS:
            rng = generator(photo.name, kind)
            old, new = (synthesis.cover(datasets.load(scenes[at]), size, rng) for at in rng.choice(len(scenes), 2, replace=False))
            source = compositing.over(person.foreground, person.alpha, old)
            alpha = synthesis.imperfect(rng, kind, source, person.alpha)
            target, region = to_uint8(compositing.over(person.foreground, person.alpha, new)), metrics.band(person.alpha)
            for method, answer in blend_methods(source, alpha, new, compositor).items():
                squared = metrics.mean_squared_error(answer, target, region)
                leak = abs(metrics.contamination(answer, target, person.alpha, old, new))
                level = metrics.mean_absolute_error(answer, target, region)
                found.add(kind, method, {"band_l1": level, "band_psnr": metrics.psnr(squared), "contamination": leak})
    return found


def blend_methods(source: FloatArray, alpha: FloatArray, plate: FloatArray, compositor: Compositor) -> dict[str, np.ndarray]:
    """Every method's composite, uint8."""
    estimated = matting.estimate_colors(source, alpha)[0]
    corrected, foreground = compositor.blend(source, alpha, plate)
    return {
        "linear": to_uint8(compositing.over(source, alpha, plate)),
        "linear-foreground": to_uint8(compositing.over(estimated, alpha, plate)),
        "ours": to_uint8(compositing.over(foreground, corrected, plate)),
    }


# ---- the whole -----------------------------------------------------------------------------------------------------


def spread(photos: list[datasets.Photo], limit: int | None) -> list[datasets.Photo]:
    """At most ``limit`` of them, evenly picked."""
    if limit is None or len(photos) <= limit:
        return photos
    return [photos[int(at)] for at in np.linspace(0, len(photos) - 1, limit).round()]


def run(data: Path, split: str = "validation", limit: int | None = None, compositor: Compositor | None = None) -> Table:
    """Evaluate on a data folder.

    Args:
        data: laid out as ``docs/training.md`` says.
        split: ``validation`` (names that ``split.json`` does not train on), ``train`` or ``all``.
        limit: at most so many people of each kind.

    Raises:
        InputError: the folder or split holds no people or fewer than two scenes.
    """
    chosen = datasets.select(datasets.read_tree(data), split)
    scenes = [photo for photo in chosen if photo.kind == "scenes"]
    kinds = {kind: [photo for photo in chosen if photo.kind == kind] for kind in ("portraits", "fullbody")}
    if len(scenes) < 2 or not any(kinds.values()):
        raise InputError(f"The {split} split of {data} holds too little: it needs people and at least two backgrounds.")
    styles = [squash(datasets.load(photo), 64) for photo in chosen if photo.kind in ("scenes", "styles")]
    compositor = compositor or Compositor()
    answer: Table = {"harmonize": {}, "blend": {}}
    for kind, people in kinds.items():
        some = spread(people, limit)
        print(f"evaluate: {len(some)} {kind}", file=sys.stderr)
        answer["harmonize"] |= evaluate_harmonization(some, styles, compositor).means()
    some = spread(kinds["portraits"], limit)
    print(f"evaluate: blending {len(some)} portraits", file=sys.stderr)
    answer["blend"] = evaluate_blending(some, scenes, compositor).means()
    return answer


def table(result: Table) -> str:
    """The result as Markdown tables, one for each stage and set."""
    lines: list[str] = []
    for stage, sets in result.items():
        for name, methods in sets.items():
            columns = [metric for metric in next(iter(methods.values())) if metric != "n"]
            count = int(next(iter(methods.values()))["n"])
            lines += ["", f"### {stage}: {name} ({count} pictures)", "", "| method | " + " | ".join(columns) + " |"]
            lines += ["|---|" + "---:|" * len(columns)]
            for method, row in methods.items():
                lines.append(f"| {method} | " + " | ".join(f"{row[each]:.4g}" for each in columns) + " |")
    return "\n".join(lines).strip()
