"""What counts in real use: natural people on natural plates, where no photo says what is right. Needs no torch.

Every set takes people and places never trained on, at 256 x 256, and a harmonizer as a function of a ``Pair``:

- ``inserted``: a natural person stands where another natural person was photographed. Over many pairs, how do the colors of their
  skin follow those of the one who was really there? Correlation and slope of L*, a*, b*, and how much of the spread of people's own
  skin is left before one plate: 1 is all of it, less is a collapse onto one face.
- ``natural``: a person moved to another natural person's skin tone; error over that of doing nothing.
- ``person-grade``, ``photo-grade``, ``recolored``: a grade of the person alone, a strong grade of the whole photo but the person,
  and the paper's recoloring; error over that of doing nothing. For the second also with a stranger's plate. Of each of the four
  also what is left of the error at the exposure at which it is least: how much of it is brightness, and how much color.
- ``lowkey``: people of whom 30 % lie below L* 12: how far the 2nd percentile of L* rises beyond the plate's own.
- ``paint``: before plates whose color is paint, not light: by how many degrees the hue of skin turns; and before the same plates
  under a real cast, how much of that cast skin follows.
- ``foreign``: foregrounds that are no people: how many get worse.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cleanplate.models.harmonizer import AnyHarmonizer
from cleanplate.pixels.color import FloatArray, to_float
from cleanplate.training.measure.natural import error, exposed_error, foreign, inserted, is_painted, lowkey, paint
from cleanplate.training.measure.pairs import Harmonizer, Person, by, mean_shift, nothing, recolored, reinhard
from cleanplate.training.measure.tables import Table
from cleanplate.training.readers import datasets
from cleanplate.training.samples import pack


def run(
    people: Sequence[Person], scenes: Sequence[FloatArray], styles: Sequence[FloatArray], harmonizer: AnyHarmonizer
) -> dict[str, dict[str, dict[str, float]]]:
    """All sets: set -> method -> figure -> value."""
    ours = by(harmonizer)
    methods: dict[str, Harmonizer] = {"none": nothing, "reinhard": reinhard, "mean shift 40 %": mean_shift}
    methods |= {"ours": ours, "ours, their place shown": by(harmonizer, sources=True)}
    answer = {"inserted": inserted(people, methods)}
    for kind in ("natural", "person-grade", "photo-grade", "recolored"):
        answer[kind] = {"ours": errors_left(people, styles, kind, ours)}
    painted = [each for each in scenes if is_painted(each)]
    rises = lowkey(people, scenes, ours)
    if len(rises):
        answer["lowkey"] = {"ours": {"worst_5": float(np.percentile(rises, 95)), "largest": float(rises.max()), "n": len(rises)}}
    if painted:
        turns, followed = paint(people, painted, ours)
        row = {"plates": len(painted), "turn": float(turns.mean()), "turn_worst_5": float(np.percentile(turns, 95))}
        answer["paint"] = {"ours": row | {"cast_followed": float(np.mean(followed)), "n": len(turns)}}
    ratios = foreign(people, scenes, styles, ours)
    answer["foreign"] = {"ours": {"worse": float((ratios > 1).mean()), "left": float(np.median(ratios)), "n": len(ratios)}}
    return answer


def errors_left(people: Sequence[Person], styles: Sequence[FloatArray], kind: str, ours: Harmonizer) -> dict[str, float]:
    """Of people recolored in one way: the error left, that before a stranger's place (the pair's before it) over ours, and what is
    left of both our answer and no answer at the exposure that each would need."""
    none, mine, strangers, last = list[float](), list[float](), list[float](), None
    exposed = list[tuple[float, float]]()
    for _, pair, target in recolored(people, styles, kind):
        none.append(error(pair.composite, target, pair.alpha))
        answer = ours(pair)
        mine.append(error(answer, target, pair.alpha))
        exposed.append((exposed_error(answer, target, pair.alpha), exposed_error(pair.composite, target, pair.alpha)))
        other = pair if last is None else pair._replace(plate=last)
        strangers.append(error(ours(other), target, pair.alpha))
        last = pair.plate
    before, after = np.array(none), np.array(mine)
    row = {"left": float(after.mean() / before.mean()), "worse": float((after > before).mean()), "n": len(none)}
    best = np.mean(exposed, 0) / before.mean()
    row |= {"left_at_best_exposure": float(best[0]), "none_at_best_exposure": float(best[1])}
    return row | {"stranger": float(np.mean(strangers) / after.mean())}


def unseen(photo: datasets.Photo, trained: frozenset[str]) -> bool:
    """Whether the shipped harmonizer has never seen it: of pictures to train on it sees those with a clear license alone."""
    return photo.name not in trained or not datasets.clearly_licensed(photo)


class Held(NamedTuple):
    """What nothing was trained on: people, places, and pictures of any place for their colors, float32 in [0, 1]."""

    people: list[Person]
    scenes: list[FloatArray]
    styles: list[FloatArray]


def held_out(data: Path, limit: int | None, folder: Path) -> Held:
    """A data folder's validation people, and all places that the shipped harmonizer has not seen.

    Args:
        data: laid out as ``docs/training.md`` says.
        limit: at most so many people of each folder.
        folder: where people, mattes and places are kept at training size; what is there is not made again.

    Raises:
        InputError: the folder holds no people or no places.
    """
    found, trained = datasets.read_tree(data), datasets.trained_on()
    by_folder: dict[str, list[datasets.Photo]] = {}
    for photo in datasets.select(found, "validation"):
        if photo.kind in ("portraits", "fullbody"):
            by_folder.setdefault(photo.name.split("/")[0], []).append(photo)
    chosen = [photo for photos in by_folder.values() for photo in datasets.spread(photos, limit)]
    pack.ensure([*chosen, *(each for each in found if each.kind == "scenes" and unseen(each, trained))], folder, "harmonize")
    made = pack.Pack(folder)
    people = [Person(str(at), *each) for at, each in enumerate(zip(made.pictures, made.alphas, made.plates, strict=True))]
    return Held(people, *([to_float(each) for each in array] for array in (made.scenes, made.styles)))


def evaluate(data: Path, limit: int | None, harmonizer: AnyHarmonizer, folder: Path) -> Table:
    """All sets on ``held_out``; see there."""
    held = held_out(data, limit, folder)
    return {"real_use": run(*held, harmonizer), "about": {"people": len(held.people), "places": len(held.scenes)}}
