"""What the experiments are made on: people and places of a pack that was kept from training. Same seed, same samples."""

import json
from pathlib import Path

import numpy as np

from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray, to_float
from cleanplate.pixels.resampling import squash
from cleanplate.stages import edge_colors
from cleanplate.training.experiments import sequences, two_stage
from cleanplate.training.experiments.sequences import Film
from cleanplate.training.experiments.style import Subject
from cleanplate.training.measure.evaluate import RECOLORINGS
from cleanplate.training.samples import portraits, recoloring, synthesis
from cleanplate.training.samples.grades import draw_grade
from cleanplate.training.samples.pack import Pack
from cleanplate.training.samples.synthesis import Material, Sample

PLACES = ("filled", "groups", "clips", "scenes")  # where the plate comes from; only the first is not a true one
FOUND = 0.9  # intersection over union of the predicted matte with the true one from which a person counts as found
KINDS = ("reinhard", "other", "histogram", "graded")  # sets of the tables; the last is the one that only the plate tells of
STRONG = 1.8  # strength of the grades that only the plate tells of


def spaced(total: int, count: int) -> list[int]:
    """``count`` indices below ``total``, evenly spaced; repeated when there are fewer.

    >>> spaced(10, 3), spaced(2, 4)
    ([0, 3, 6], [0, 0, 1, 1])
    """
    return [int(index * total / count) for index in range(count)]


def members(pack: Pack, clips: bool) -> list[list[int]]:
    """The groups of photos of one session, or of frames of one clip."""
    names: list[str] = json.loads((pack.folder / "groups.json").read_text())
    found: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        if name and name.startswith("videos") == clips:
            found.setdefault(name, []).append(index)
    return [each for each in found.values() if len(each) > 1]


def material(pack: Pack, place: str, rng: np.random.Generator, size: int) -> Material | None:
    """A person (or a region of a scene) with a plate of that kind; None where the pack has nothing of it."""
    index = int(rng.integers(len(pack.alphas)))
    if place == "scenes":
        scene, alpha = pack.scenes[rng.integers(len(pack.scenes))], synthesis.draw_region(rng, pack.alphas[index])
        cut = synthesis.draw_cut(rng, alpha, size)
        return Material(cut(scene), cut(alpha), np.ascontiguousarray(cut(scene)[:, ::-1]))
    if place == "filled":
        cut = synthesis.draw_cut(rng, pack.alphas[index], size)
        return Material(cut(pack.pictures[index]), cut(pack.alphas[index]), cut(pack.plates[index]))
    groups = members(pack, place == "clips")
    if not groups:
        return None
    first, second = rng.choice(groups[rng.integers(len(groups))], 2, replace=False)
    cut = synthesis.draw_cut(rng, pack.alphas[first], size)
    return synthesis.regroup(cut(pack.pictures[first]), cut(pack.alphas[first]), cut(pack.pictures[second]))


def recolored(pack: Pack, found: Material, kind: str, rng: np.random.Generator) -> Sample:
    """A pair of one of the kinds of recoloring of the tables; ``graded`` is the one that only the plate tells of."""
    start = recoloring.draw_recoloring(rng, RECOLORINGS[kind], found.picture, found.alpha, lambda: pack.style(rng))
    return synthesis.harmonization_sample(start, found, draw_grade(rng, STRONG) if kind == "graded" else None)


def held_out(pack: Pack, size: int, count: int, seed: int = 0) -> dict[str, list[Sample]]:
    """``count`` pairs for each place and kind of recoloring, by the name ``place-kind``."""
    found: dict[str, list[Sample]] = {}
    for at, place in enumerate(PLACES):
        for which, kind in enumerate(KINDS):
            for index in range(count):
                rng = np.random.default_rng((seed, at, which, index))
                one = material(pack, place, rng, size)
                if one is not None:
                    found.setdefault(f"{place}-{kind}", []).append(recolored(pack, one, kind, rng))
    return found


def whole(pack: Pack, index: int, side: int) -> Material:
    """One photo of the pack, uncropped."""
    picture, alpha, plate = (to_float(squash(each[index], side)) for each in (pack.pictures, pack.alphas, pack.plates))
    return Material(picture, alpha, plate)


def standing(pack: Pack) -> list[int]:
    """Photos whose person covers between a tenth and six tenths: neither a speck nor the whole frame."""
    share = pack.alphas.mean((1, 2)) / 255
    found = [int(index) for index in np.flatnonzero((share > 0.1) & (share < 0.6))]
    if not found or not len(pack.scenes):
        raise InputError(f"The pack {pack.folder} has no people of middling size, or no scenes: give one with more photos.")
    return found


def foreground(found: Material) -> FloatArray:
    """The person's own colors, continued beyond the edge."""
    return edge_colors.estimate_colors(found.picture, found.alpha)[0]


def style_subjects(pack: Pack, side: int, count: int, plates: int, seed: int = 0) -> dict[str, list[Subject]]:
    """People on ``plates`` different scenes, and recolored people on as many looks of their own plate, where the truth is known."""
    people, subjects = standing(pack), {"scenes": list[Subject](), "looks": list[Subject]()}
    for turn, at in enumerate(spaced(len(people), count)):
        rng, found = np.random.default_rng((seed, turn)), whole(pack, people[at], side)
        picks = rng.choice(len(pack.scenes), plates, replace=len(pack.scenes) < plates)
        scenes = [to_float(squash(pack.scenes[each], side)) for each in picks]
        subjects["scenes"].append(Subject(foreground(found), found.alpha, scenes))
        looks = [draw_grade(rng, STRONG) for _ in range(plates)]
        start = recoloring.draw_recoloring(rng, RECOLORINGS["graded"], found.picture, found.alpha, lambda rng=rng: pack.style(rng))  # type: ignore[misc]
        graded = [look(found.plate) for look in looks]
        subjects["looks"].append(Subject(start, found.alpha, graded, [look(found.picture) for look in looks]))
    return subjects


def films(pack: Pack, side: int, count: int, frames: int, clips: list[Path], seed: int = 0) -> dict[str, list[Film]]:
    """``count`` cutouts in each kind of motion, and one film of each real clip, before scenes."""
    people, found = standing(pack), dict[str, list[Film]]()
    rng = np.random.default_rng(seed)
    for at in spaced(len(people), count):
        one = whole(pack, people[at], side)
        plate = to_float(squash(pack.scenes[rng.integers(len(pack.scenes))], side))
        for kind, shoot in sequences.FILMS.items():
            found.setdefault(kind, []).append(shoot(foreground(one), one.alpha, plate, frames))
    for path in clips:
        plate = to_float(squash(pack.scenes[rng.integers(len(pack.scenes))], side))
        found.setdefault("clip", []).append(sequences.clip(path, plate, frames, side))
    return found


def cases(pack: Pack, side: int, count: int, seed: int = 0) -> list[two_stage.Case]:
    """Recolored people of graded photos before another background, for both stages in turn.

    Where the matting network does not find the person again on that background, there is nothing to blend: those are left out.
    """
    people, found = standing(pack), list[two_stage.Case]()
    for turn, at in enumerate(np.random.default_rng(seed).permutation(people)):
        rng = np.random.default_rng((seed, turn))
        sample = recolored(pack, whole(pack, int(at), side), "graded", rng)
        one = two_stage.case(sample, to_float(squash(pack.scenes[rng.integers(len(pack.scenes))], side)))
        if portraits.agreement(two_stage.predicted(one), one.alpha) >= FOUND:
            found.append(one)
        if len(found) == count:
            break
    return found


