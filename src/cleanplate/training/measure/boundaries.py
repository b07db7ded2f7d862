"""Blending judged: trusted portraits on known old backgrounds, imperfect alphas, every method's edge on a new plate."""

import sys
import time
import zlib
from collections.abc import Iterator
from typing import NamedTuple, Protocol

import cv2
import numpy as np

from cleanplate.compositor import Compositor
from cleanplate.errors import MissingExtra
from cleanplate.pixels import over
from cleanplate.pixels.color import FloatArray, to_uint8
from cleanplate.stages import edge_colors, matting
from cleanplate.training.measure import baselines, matting_metrics, metrics
from cleanplate.training.measure.baselines import Answer, Blend
from cleanplate.training.measure.tables import Collection, Measured
from cleanplate.training.readers import datasets
from cleanplate.training.samples import backdrops, portraits

TRUSTED = 0.95  # agreement with the hand-made mask from which a predicted matte may stand for the truth
KINDS = ("modnet-256", "modnet-512", "corrupted")  # imperfect alphas; see ``portraits.imperfect``
SATURATED = 12  # portraits that are also put before a wall of one strong color, each of another hue


class Case(NamedTuple):
    """A blending task with its truth; pictures (height, width, 3) and alphas (height, width), float32, sRGB-encoded in [0, 1].

    Args:
        kind: one of ``KINDS``, ``photographed`` or ``saturated``.
        source, alpha, plate: what a method is given.
        person: the true foreground and alpha.
        old: the background in ``source``.
        target: the true person on the plate, uint8.
    """

    name: str
    kind: str
    source: FloatArray
    alpha: FloatArray
    plate: FloatArray
    person: portraits.Portrait
    old: FloatArray

    target: Answer


class Gallery(Protocol):
    """What is shown of each case."""

    def blended(self, case: Case, answers: dict[str, Answer], measured: Measured) -> None: ...


def generator(*names: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32("/".join(names).encode()))


def trusted(photo: datasets.Photo) -> tuple[FloatArray, FloatArray] | None:
    """A photo and its predicted matte, where that agrees with the hand-made mask."""
    if photo.mask is None:
        return None
    picture = datasets.load(photo)
    alpha = matting.refine(matting.predict(picture, 512), picture)
    agrees = portraits.agreement(alpha, datasets.load_mask(photo, alpha.shape)) >= TRUSTED
    return (picture, alpha) if agrees else None


def known(picture: FloatArray, alpha: FloatArray) -> portraits.Portrait:
    """Pseudo-truth: the matte, and the colors estimated under it."""
    return portraits.Portrait(edge_colors.estimate_colors(picture, alpha)[0], alpha)


def case_of(photo: datasets.Photo, kind: str, person: portraits.Portrait, scenes: list[datasets.Photo]) -> Case:
    """The case of that kind: two scenes drawn by the photo's name, the person before the first, to be put on the second."""
    size, rng = person.alpha.shape, generator(photo.name, kind)
    old, new = (backdrops.cover(datasets.load(scenes[at]), size, rng) for at in rng.choice(len(scenes), 2, replace=False))
    source = over.over(person.foreground, person.alpha, old)
    alpha = portraits.imperfect(rng, kind, source, person.alpha)
    return Case(photo.name, kind, source, alpha, new, person, old, to_uint8(over.over(*person, new)))


def saturated_case(photo: datasets.Photo, hue: float, person: portraits.Portrait, scenes: list[datasets.Photo]) -> Case:
    """The person before a wall of a pure hue (0 to 1), where a fringe shows most; the alpha as the product finds it at 512."""
    size, rng = person.alpha.shape, generator(photo.name, "saturated")
    wall = cv2.cvtColor(np.full((1, 1, 3), (360 * hue, 1, 0.9), np.float32), cv2.COLOR_HSV2RGB)
    old = np.tile(wall, (*size, 1)).astype(np.float32)
    new = backdrops.cover(datasets.load(scenes[rng.integers(len(scenes))]), size, rng)
    source = over.over(person.foreground, person.alpha, old)
    alpha = matting.refine(matting.predict(source, 512), source)
    return Case(photo.name, "saturated", source, alpha, new, person, old, to_uint8(over.over(*person, new)))


def photographed_case(photo: datasets.Photo, person: portraits.Portrait, scenes: list[datasets.Photo]) -> Case:
    """A tight person before a backdrop as a camera takes them; the alpha as the product finds it at 512. See ``source_photo``."""
    rng = generator(photo.name, "photographed")
    old, new = (datasets.load(scenes[at]) for at in rng.choice(len(scenes), 2, replace=False))
    found = portraits.source_photo(rng, "modnet-512", person, old)
    true = portraits.Portrait(found["true_foreground"], found["true_alpha"])
    new = backdrops.cover(new, person.alpha.shape, rng)
    target = to_uint8(over.over(*true, new))
    return Case(photo.name, "photographed", found["source"], found["alpha"], new, true, found["backdrop"], target)


def cases(people: list[datasets.Photo], scenes: list[datasets.Photo]) -> Iterator[Case]:
    """Every case of every trusted portrait."""
    walls = {int(at) for at in np.linspace(0, max(0, len(people) - 1), SATURATED).round()}
    for index, photo in enumerate(people):
        found = trusted(photo)
        if found is None:
            continue
        person = known(*found)
        for kind in KINDS:
            yield case_of(photo, kind, person, scenes)
        yield photographed_case(photo, portraits.tight(*found), scenes)
        if index in walls:
            yield saturated_case(photo, sorted(walls).index(index) / len(walls), person, scenes)


def measure(answer: Answer, case: Case) -> dict[str, float]:
    """L1, PSNR and Grad in MODNet's band, L1 and PSNR where 0 < alpha < 1 and over the frame, |contamination|."""
    target, region, soft = case.target, metrics.band(case.person.alpha), metrics.soft(case.person.alpha)
    leak = metrics.contamination(answer, target, case.person.alpha, case.old, case.plate)
    found: dict[str, float] = {}
    for name, weight in (("band", region), ("soft", soft), ("full", np.ones_like(region))):
        found[f"{name}_l1"] = metrics.mean_absolute_error(answer, target, weight)
        found[f"{name}_psnr"] = metrics.psnr(metrics.mean_squared_error(answer, target, weight))
    return found | {"band_grad": matting_metrics.composite_gradient_error(answer, target, region), "contamination": abs(leak)}


class Judged(NamedTuple):
    """Composites, mattes (the given one, and those of methods that change it) and each method's seconds for a picture."""

    composites: Collection
    mattes: Collection
    seconds: dict[str, float]


def evaluate_blending(
    people: list[datasets.Photo],
    scenes: list[datasets.Photo],
    compositor: Compositor,
    blends: dict[str, Blend] | None = None,
    gallery: Gallery | None = None,
) -> Judged:
    """Every method on every case.

    Args:
        blends: beside ``baselines.BLENDS`` and ours; one whose extra is not installed is left out, and stderr says so.
    """
    composites, mattes = Collection(), Collection()
    seconds: dict[str, list[float]] = {}
    methods: dict[str, Blend] = baselines.BLENDS | {"ours": compositor.blend} | (blends or {})
    for case in cases(people, scenes):
        answers, measured = {}, {}
        mattes.add(case.kind, "given", matting_metrics.measure(case.alpha, case.person.alpha))
        for method, blend in list(methods.items()):
            start = time.process_time()
            try:
                alpha, foreground = blend(case.source, case.alpha, case.plate)
            except MissingExtra as missing:
                print(f"evaluate: {method} skipped: {missing}", file=sys.stderr)
                del methods[method]
                continue
            seconds.setdefault(method, []).append(time.process_time() - start)
            answers[method] = to_uint8(over.over(foreground, alpha, case.plate))
            measured[method] = measure(answers[method], case)
            composites.add(case.kind, method, measured[method])
            if alpha is not case.alpha:
                mattes.add(case.kind, method, matting_metrics.measure(alpha, case.person.alpha))
        if gallery:
            gallery.blended(case, answers, measured)
    return Judged(composites, mattes, {method: float(np.median(each)) for method, each in seconds.items()})
