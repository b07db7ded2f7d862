"""What counts in real use: natural people on natural plates, where no photo says what is right. Needs no torch.

Every set takes people and places never trained on, at 256 x 256, and a harmonizer as a function of a ``Pair``:

- ``inserted``: a natural person stands where another natural person was photographed. Over many pairs, how do the colors of their
  skin follow those of the one who was really there? Correlation and slope of L*, a*, b*, and how much of the spread of people's own
  skin is left before one plate: 1 is all of it, less is a collapse onto one face.
- ``natural``: a person moved to another natural person's skin tone; error over that of doing nothing.
- ``person-grade``, ``photo-grade``, ``recolored``: a grade of the person alone, a strong grade of the whole photo but the person,
  and the paper's recoloring; error over that of doing nothing. For the second also with a stranger's plate.
- ``lowkey``: people of whom 30 % lie below L* 12: how far the 2nd percentile of L* rises beyond the plate's own.
- ``paint``: before plates whose color is paint, not light: by how many degrees the hue of skin turns; and before the same plates
  under a real cast, how much of that cast skin follows.
- ``foreign``: foregrounds that are no people: how many get worse.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.models import harmonizer as networks
from cleanplate.models.harmonizer import AnyHarmonizer
from cleanplate.pixels.color import FloatArray, Pixels, to_float, to_linear, to_srgb
from cleanplate.pixels.over import over
from cleanplate.pixels.resampling import squash
from cleanplate.training.measure.tables import Table
from cleanplate.training.readers import datasets
from cleanplate.training.samples import pack, retoning, synthesis, transfer
from cleanplate.training.samples.looks import Change
from cleanplate.training.samples.synthesis import Material
from cleanplate.transforms import applying, fitting
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box

DoubleArray = npt.NDArray[np.float64]
PLACES, TO_EACH = 80, 6  # of ``inserted``: places, and people put into each
DARK, DARK_SHARE = 12.0, 0.3  # L* below which a pixel is dark, and the share of a low-key person that is
CASTS = ((1.35, 1.0, 0.7), (0.72, 0.95, 1.35))  # gains in linear light of a warm and a cold light
PAINTED = 0.35  # share of a plate's pixels that one saturated hue covers from which its color counts as paint


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


# ---- measures ------------------------------------------------------------------------------------------------------


def skin_lab(picture: FloatArray, where: npt.NDArray[np.bool_]) -> DoubleArray:
    """Mean CIELAB (D65) of skin, (3,)."""
    return np.asarray(cv2.cvtColor(picture[where][None], cv2.COLOR_RGB2LAB)[0].mean(0), np.float64)


def error(answer: FloatArray, target: FloatArray, alpha: FloatArray) -> float:
    """Mean squared error over the foreground in 8-bit levels (fMSE)."""
    return float((((answer - target) * 255) ** 2).mean(2)[alpha > 0.5].mean())


def percentile(picture: FloatArray, where: npt.NDArray[np.bool_], share: float = 2.0) -> float:
    """A percentile of L*."""
    return float(np.percentile(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[..., 0][where], share))


def correlation(one: DoubleArray, other: DoubleArray) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def interval(one: DoubleArray, other: DoubleArray, places: npt.NDArray[Any], draws: int = 300) -> tuple[float, float]:
    """The middle 95 % of the correlation when places are drawn anew, with repetition."""
    rng, names = np.random.default_rng(0), np.unique(places)
    rows = {name: np.flatnonzero(places == name) for name in names}
    found = []
    for _ in range(draws):
        chosen = np.concatenate([rows[name] for name in rng.choice(names, len(names))])
        found.append(correlation(one[chosen], other[chosen]))
    return float(np.percentile(found, 2.5)), float(np.percentile(found, 97.5))


# ---- the sets ------------------------------------------------------------------------------------------------------


def inserted(people: Sequence[Person], harmonizers: dict[str, Harmonizer], seed: int = 0) -> dict[str, dict[str, float]]:
    """Correlation, its interval, slope and spread left, of each of L*, a*, b*, and the mean difference from the one there."""
    rng = np.random.default_rng(seed)
    skins = {each.name: retoning.skin_of(to_float(each.picture), to_float(each.alpha)) for each in people}
    some = [each for each in people if skins[each.name].any()]
    chosen = [some[int(at)] for at in rng.permutation(len(some))[:PLACES]]
    there, before, places = [], [], []
    after: dict[str, list[DoubleArray]] = {name: [] for name in harmonizers}
    for place in chosen:
        true, plate = skin_lab(to_float(place.picture), skins[place.name]), to_float(place.plate)
        for at in rng.permutation(len(some))[:TO_EACH]:
            if some[at].name == place.name:
                continue
            person, alpha, own = some[at].material
            pair, where = Pair(over(person, alpha, plate), alpha, plate, own), skins[some[at].name]
            there.append(true)
            before.append(skin_lab(pair.composite, where))
            places.append(place.name)
            for name, harmonize in harmonizers.items():
                after[name].append(skin_lab(harmonize(pair), where))
    true, own, names = np.array(there), np.array(before), np.array(places)
    answer: dict[str, dict[str, float]] = {}
    for name, rows in after.items():
        found, row = np.array(rows), dict[str, float]()
        for axis, letter in enumerate("Lab"):
            row[f"r_{letter}"] = correlation(found[:, axis], true[:, axis])
            row[f"low_{letter}"], row[f"high_{letter}"] = interval(found[:, axis], true[:, axis], names)
            row[f"slope_{letter}"] = float(np.polyfit(true[:, axis], found[:, axis] - own[:, axis], 1)[0])
            within = [[values[names == each, axis].std() for each in np.unique(names)] for values in (found, own)]
            row[f"spread_{letter}"] = float(np.mean(within[0]) / np.mean(within[1]))
        row["dE"] = float(np.linalg.norm(found - true, axis=1).mean())
        row |= {"moved": float(np.linalg.norm(found - own, axis=1).mean()), "n": len(found)}
        answer[name] = row
    return answer


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
        look: Change = synthesis.unchanged
        if kind == "natural":
            if color is None:
                continue
            gains = retoning.draw_gains(rng, color, toned[int(rng.integers(len(toned)))])
            start, look = retoning.lit(picture, gains), synthesis.draw_grade(rng, 0.3)
        elif kind == "person-grade":
            start = synthesis.draw_grade(rng, 1.2)(picture)
        elif kind == "photo-grade":
            look = synthesis.draw_grade(rng, 1.8)
        else:
            start = synthesis.draw_recoloring(rng, ("reinhard",), picture, alpha, drawn_from(rng, styles))
        target = look(picture)
        yield each.name, Pair(over(start, alpha, target), alpha, look(plate)), target


def drawn_from(rng: np.random.Generator, styles: Sequence[FloatArray]) -> Callable[[], FloatArray]:
    """Any of the styles, drawn at each call."""
    return lambda: styles[int(rng.integers(len(styles)))]


def lowkey(people: Sequence[Person], plates: Sequence[FloatArray], harmonize: Harmonizer, seed: int = 0) -> DoubleArray:
    """Of dark people, each on three plates: by how much the 2nd percentile of L* ends above both its own and the plate's."""
    rng, rises = np.random.default_rng(seed), []
    for each in people:
        picture, alpha, own = each.material
        inside = alpha > 0.9
        lightness = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[..., 0][inside]
        if len(lightness) < 500 or (lightness < DARK).mean() < DARK_SHARE:
            continue
        for at in rng.integers(len(plates), size=3):
            plate = plates[at]
            pair = Pair(over(picture, alpha, plate), alpha, plate, own)
            floor = max(percentile(pair.composite, inside), percentile(plate, np.ones_like(inside)))
            rises.append(max(0.0, percentile(harmonize(pair), inside) - floor))
    return np.array(rises)


def is_painted(plate: FloatArray) -> bool:
    """Whether one saturated hue covers much of a plate whose lightest parts are not of that hue: paint, and no light.

    A hue is 60 degrees of CIELAB wide, saturated from chroma 30 on; the lightest parts are a twentieth.
    """
    lab = cv2.cvtColor(plate, cv2.COLOR_RGB2LAB).reshape(-1, 3)
    chroma, hue = np.hypot(lab[:, 1], lab[:, 2]), np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    counts = np.bincount((hue[chroma > 30] // 30).astype(int), minlength=12)
    covered = float((counts + np.roll(counts, -1)).max()) / len(lab)
    lightest = lab[lab[:, 0] >= np.percentile(lab[:, 0], 95)].mean(0)
    return covered >= PAINTED and float(np.hypot(lightest[1], lightest[2])) < 12


def hue(lab: DoubleArray) -> float:
    return float(np.degrees(np.arctan2(lab[2], lab[1])))


def paint(
    people: Sequence[Person], plates: Sequence[FloatArray], harmonize: Harmonizer, seed: int = 0
) -> tuple[DoubleArray, DoubleArray]:
    """Degrees by which the hue of skin turns before painted plates, and the share of a real cast on them that skin follows.

    The share is along the direction in (a*, b*) in which the cast itself would move the same skin.
    """
    rng, turns, followed = np.random.default_rng(seed), [], []
    for each in people:
        picture, alpha, own = each.material
        where = retoning.skin_of(picture, alpha)
        if not where.any():
            continue
        plate, gains = plates[int(rng.integers(len(plates)))], np.asarray(CASTS[int(rng.integers(2))], np.float32)
        cast = np.clip(to_srgb(np.clip(to_linear(plate) * gains, 0, 1)), 0, 1)
        pairs = [Pair(over(picture, alpha, at), alpha, at, own) for at in (plate, cast)]
        before = skin_lab(pairs[0].composite, where)
        plain, other = (skin_lab(harmonize(each), where) for each in pairs)
        turns.append(abs((hue(plain) - hue(before) + 180) % 360 - 180))
        lit = to_srgb(np.clip(to_linear(pairs[0].composite) * gains, 0, 1))
        whole = skin_lab(np.clip(lit, 0, 1), where)[1:] - before[1:]
        followed.append(float((other - plain)[1:] @ whole / (whole @ whole)))
    return np.array(turns), np.array(followed)


def foreign(
    people: Sequence[Person], scenes: Sequence[FloatArray], styles: Sequence[FloatArray], harmonize: Harmonizer
) -> DoubleArray:
    """Regions of scenes, graded or recolored: error over that of doing nothing, each."""
    ratios = []
    for index, scene in enumerate(scenes):
        rng = np.random.default_rng((7, index))
        alpha = to_float(synthesis.draw_region(rng, people[index % len(people)].alpha))
        start = synthesis.draw_recoloring(rng, ("grade", "reinhard"), scene, alpha, drawn_from(rng, styles))
        pair = Pair(over(start, alpha, scene), alpha, np.ascontiguousarray(scene[:, ::-1]))
        if alpha.mean() > 0.02 and (alpha > 0.5).any():
            ratios.append(error(harmonize(pair), scene, alpha) / max(error(pair.composite, scene, alpha), 1e-6))
    return np.array(ratios)


def run(
    people: Sequence[Person], scenes: Sequence[FloatArray], styles: Sequence[FloatArray], harmonizer: AnyHarmonizer
) -> dict[str, dict[str, dict[str, float]]]:
    """All sets: set -> method -> figure -> value."""
    ours = by(harmonizer)
    methods: dict[str, Harmonizer] = {"none": nothing, "reinhard": reinhard, "mean shift 40 %": mean_shift}
    methods |= {"ours": ours, "ours, their place shown": by(harmonizer, sources=True)}
    answer = {"inserted": inserted(people, methods)}
    for kind in ("natural", "person-grade", "photo-grade", "recolored"):
        sums: dict[str, list[float]] = {"none": [], "ours": [], "stranger": []}
        last: FloatArray | None = None
        for _, pair, target in recolored(people, styles, kind):
            sums["none"].append(error(pair.composite, target, pair.alpha))
            sums["ours"].append(error(ours(pair), target, pair.alpha))
            other = pair if last is None else pair._replace(plate=last)
            sums["stranger"].append(error(ours(other), target, pair.alpha))
            last = pair.plate
        none, mine = np.array(sums["none"]), np.array(sums["ours"])
        row = {"left": float(mine.mean() / none.mean()), "worse": float((mine > none).mean()), "n": len(none)}
        answer[kind] = {"ours": row | {"stranger": float(np.mean(sums["stranger"]) / mine.mean())}}
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


def unseen(photo: datasets.Photo, trained: frozenset[str]) -> bool:
    """Whether the shipped harmonizer has never seen it: of pictures to train on it sees those with a clear license alone."""
    return photo.name not in trained or not datasets.clearly_licensed(photo)


def evaluate(data: Path, limit: int | None, harmonizer: AnyHarmonizer, folder: Path) -> Table:
    """All sets on a data folder's validation people, and all places that the shipped harmonizer has not seen.

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
    scenes, styles = ([to_float(each) for each in array] for array in (made.scenes, made.styles))
    return {"real_use": run(people, scenes, styles, harmonizer), "about": {"people": len(people), "places": len(scenes)}}
