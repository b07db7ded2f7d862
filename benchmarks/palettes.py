"""Whether the colors of people put into foreign places can be told from the colors of people who were photographed there.

    python -m benchmarks.palettes DATA --pack FOLDER [--limit 150] [--weights FOLDER]

Real photographs that the harmonizer was not trained on, at most ``--limit`` of each folder. From the colors of a person and of
their place a judge (boosted trees, trained on four fifths of the people, asked about the rest, in turn) learns to tell true pairs
from pairs of a person and the place of another photo of the same folder. Then it is shown such pairs harmonized at several
strengths, and the area under the curve against true pairs is printed: 0.5 is no better than guessing, below that the judge prefers
them to true ones.

First it is printed how much of skin's L*, a*, b* a place tells at all: the correlation of what trees say from the place alone with
the person's own skin, over all photos and within folders. What is left within folders is light; the rest is who collected whom.
"""

import argparse
import sys
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.models.harmonizer import Harmonizer
from cleanplate.pixels.color import FloatArray, to_float, to_uint8
from cleanplate.pixels.over import over
from cleanplate.pixels.resampling import squash
from cleanplate.training.measure import candidates, natural, pairs, real_use
from cleanplate.training.readers import datasets
from cleanplate.training.samples import pack, retoning

SIDE, SURE, LEAST = 64, 0.8, 50  # pixels of a side; alpha from which a pixel is the person's; pixels that a person has at least
STRENGTHS = (0.0, 0.5, 1.0, 1.5, 2.0)
PARTS, DRAWS, SEEDS = 5, 8, 3  # of the people, in turn; foreign places of each person that are learned from; judges
SHARES = (2, 10, 25, 50, 75, 90, 98)  # percentiles
Table = npt.NDArray[np.float64]


class Photographed(NamedTuple):
    """A person where they were photographed, ``SIDE`` x ``SIDE``, float32 in [0, 1], and the mean CIELAB of their skin."""

    folder: str
    picture: FloatArray
    alpha: FloatArray
    plate: FloatArray
    skin: Table


def photographed(data: Path, limit: int, kept: Path) -> list[Photographed]:
    """Real people in whom skin is seen, that the shipped harmonizer was not trained on."""
    trained, folders = datasets.trained_on(), dict[str, list[datasets.Photo]]()
    for photo in datasets.read_tree(data):
        if photo.kind in ("portraits", "fullbody") and "synthetic" not in photo.name and real_use.unseen(photo, trained):
            folders.setdefault(photo.name.split("/")[0], []).append(photo)
    (kept / "mattes").mkdir(parents=True, exist_ok=True)
    found = []
    for name, photos in folders.items():
        print(f"palettes: {name}", file=sys.stderr, flush=True)
        for photo in datasets.spread(photos, limit):
            arrays = pack.arrays_of(photo, kept / "mattes")
            person = of(name, *(to_float(to_uint8(arrays[each])) for each in pack.FIELDS[:3])) if arrays else None
            found += [person] if person else []
    return found


def of(folder: str, picture: FloatArray, alpha: FloatArray, plate: FloatArray) -> Photographed | None:
    """None where too little skin or too little of the person is seen."""
    where = retoning.skin_of(picture, alpha)
    small, cover, place = (np.ascontiguousarray(squash(each, SIDE)) for each in (picture, alpha, plate))
    if not where.any() or (cover > SURE).sum() < LEAST:
        return None
    return Photographed(folder, small, cover, place, natural.skin_lab(picture, where))


# ---- what is seen of colors ----------------------------------------------------------------------------------------


def colors(lab: FloatArray) -> list[float]:
    """Of (count, 3) CIELAB: mean, spread and percentiles."""
    lightness = np.percentile(lab[:, 0], SHARES)
    return [*lab.mean(0), *lab.std(0), *lightness, *np.percentile(lab[:, 1:], (10, 50, 90), axis=0).ravel()]


def of_place(plate: FloatArray) -> list[float]:
    """Of all of it, of its lightest tenth, and of each cell of a coarse grid."""
    lab = cv2.cvtColor(plate, cv2.COLOR_RGB2LAB)
    flat = lab.reshape(-1, 3)
    light = flat[flat[:, 0] >= np.percentile(flat[:, 0], 90)].mean(0)
    return [*colors(flat), *light, *cv2.resize(lab, (4, 4), interpolation=cv2.INTER_AREA).ravel()]


def of_person(picture: FloatArray, alpha: FloatArray) -> list[float]:
    return [*colors(cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[alpha > SURE]), float(alpha.mean())]


def together(people: Table, places: Table) -> Table:
    """What the judge sees: both, and how far apart their means, spreads and percentiles are."""
    return np.hstack([people, places, people[:, :13] - places[:, :13]])


# ---- what it tells -------------------------------------------------------------------------------------------------


def told(places: Table, skins: Table, folders: npt.NDArray[Any]) -> tuple[Table, Table]:
    """Correlation of skin, L*, a*, b*, with what trees say from the place: over all, and within folders."""
    from sklearn.ensemble import ExtraTreesRegressor
    from sklearn.model_selection import KFold

    said = np.zeros_like(skins)
    for learned, asked in KFold(PARTS, shuffle=True, random_state=0).split(places):
        trees = ExtraTreesRegressor(300, min_samples_leaf=3, random_state=0).fit(places[learned], skins[learned])
        said[asked] = trees.predict(places[asked])
    return correlations(said, skins), correlations(*(less_means(each, folders) for each in (said, skins)))


def correlations(one: Table, other: Table) -> Table:
    return np.array([natural.correlation(one[:, axis], other[:, axis]) for axis in range(one.shape[1])])


def less_means(values: Table, folders: npt.NDArray[Any]) -> Table:
    """Values less the mean of their folder."""
    means = {name: values[folders == name].mean(0) for name in np.unique(folders)}
    return values - np.array([means[name] for name in folders])


def foreign(rng: np.random.Generator, folders: npt.NDArray[Any], among: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """For each of ``among`` another photo of the same folder, out of ``among``; themselves where they are alone."""
    answer = np.arange(len(folders))
    for name in np.unique(folders):
        those = rng.permutation(among[folders[among] == name])
        answer[those] = np.roll(those, 1)
    return answer[among]


def judge(people: Table, places: Table, folders: npt.NDArray[Any], learned: npt.NDArray[np.intp], seed: int) -> Any:
    """Trees that say how likely a person was photographed in a place."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng, seen, true = np.random.default_rng(seed), list[Table](), list[Table]()
    for _ in range(DRAWS):
        seen += [together(people[learned], places[learned]), together(people[learned], places[foreign(rng, folders, learned)])]
        true += [np.ones(len(learned)), np.zeros(len(learned))]
    trees = HistGradientBoostingClassifier(
        max_iter=120, learning_rate=0.05, max_leaf_nodes=10, l2_regularization=5, random_state=seed
    )
    return trees.fit(np.vstack(seen), np.concatenate(true))


def harmonized(people: list[Photographed], at: npt.NDArray[np.intp], harmonizer: Harmonizer) -> dict[float, Table]:
    """What is seen of the colors of each person before the place of the one that ``at`` says, by strength."""
    answer, seen = pairs.by(harmonizer), {strength: list[list[float]]() for strength in STRENGTHS}
    for person, place in zip(people, at, strict=True):
        composite = over(person.picture, person.alpha, people[place].plate)
        change = answer(pairs.Pair(composite, person.alpha, people[place].plate)) - composite
        for strength, rows in seen.items():
            rows.append(of_person(np.clip(person.picture + np.float32(strength) * change, 0, 1), person.alpha))
    return {strength: np.array(rows) for strength, rows in seen.items()}


def areas(people: list[Photographed], harmonizer: Harmonizer) -> dict[float, list[float]]:
    """The area under the curve of true pairs against foreign ones at each strength, for each judge and part of the people."""
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import KFold

    folders, everybody = np.array([each.folder for each in people]), np.arange(len(people))
    places, own = np.array([of_place(each.plate) for each in people]), np.array([of_person(*each[1:3]) for each in people])
    at = foreign(np.random.default_rng(99), folders, everybody)
    moved, found = harmonized(people, at, harmonizer), {strength: list[float]() for strength in STRENGTHS}
    for seed in range(SEEDS):
        for learned, asked in KFold(PARTS, shuffle=True, random_state=seed).split(everybody):
            trees = judge(own, places, folders, learned, seed)
            true = trees.predict_proba(together(own[asked], places[asked]))[:, 1]
            for strength, rows in moved.items():
                false = trees.predict_proba(together(rows[asked], places[at[asked]]))[:, 1]
                labels = np.repeat([1, 0], len(asked))
                found[strength].append(float(roc_auc_score(labels, np.concatenate([true, false]))))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--pack", type=Path, required=True, help="where mattes are kept")
    parser.add_argument("--limit", type=int, default=150)
    parser.add_argument("--weights", type=Path, help="exported graphs; the shipped ones when left out")
    given = parser.parse_args()
    people = photographed(given.data, given.limit, given.pack)
    folders, skins = np.array([each.folder for each in people]), np.array([each.skin for each in people])
    print(f"{len(people)} people of {len(np.unique(folders))} folders")
    whole, within = told(np.array([of_place(each.plate) for each in people]), skins, folders)
    print("skin from the place, r of L*, a*, b*: over all", whole.round(2), "within folders", within.round(2))
    harmonizer = candidates.compositor(given.weights).harmonizer if given.weights else Harmonizer()
    for strength, area in areas(people, harmonizer).items():
        print(f"strength {strength}: {np.mean(area):.3f} (spread over judges and parts {np.std(area):.3f})")


if __name__ == "__main__":
    main()
