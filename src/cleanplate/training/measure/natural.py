"""How a harmonizer answers natural people, told by their skin, their blacks and the hue of what it may not follow. Needs no torch.

The sets are explained in ``real_use``.
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray, to_float, to_linear, to_srgb
from cleanplate.pixels.over import over
from cleanplate.training.measure.pairs import Harmonizer, Pair, Person, drawn_from
from cleanplate.training.samples import recoloring, retoning, synthesis

DoubleArray = npt.NDArray[np.float64]
PLACES, TO_EACH = 80, 6  # of ``inserted``: places, and people put into each
DARK, DARK_SHARE = 12.0, 0.3  # L* below which a pixel is dark, and the share of a low-key person that is
CASTS = ((1.35, 1.0, 0.7), (0.72, 0.95, 1.35))  # gains in linear light of a warm and a cold light
EXPOSURES = np.linspace(-3, 3, 49)  # stops
PAINTED = 0.35  # share of a plate's pixels that one saturated hue covers from which its color counts as paint


def skin_lab(picture: FloatArray, where: npt.NDArray[np.bool_]) -> DoubleArray:
    """Mean CIELAB (D65) of skin, (3,)."""
    return np.asarray(cv2.cvtColor(picture[where][None], cv2.COLOR_RGB2LAB)[0].mean(0), np.float64)


def error(answer: FloatArray, target: FloatArray, alpha: FloatArray) -> float:
    """Mean squared error over the foreground in 8-bit levels (fMSE)."""
    return float((((answer - target) * 255) ** 2).mean(2)[alpha > 0.5].mean())


def exposed_error(answer: FloatArray, target: FloatArray, alpha: FloatArray) -> float:
    """``error`` at the exposure, a gain in linear light, at which it is least: how wrong an answer is but for its brightness."""
    linear, wanted = to_linear(answer[alpha > 0.5]), target[alpha > 0.5]
    exposed = (to_srgb(np.clip(linear * np.float32(2**stops), 0, 1)) for stops in EXPOSURES)
    return min(float((((each - wanted) * 255) ** 2).mean()) for each in exposed)


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


def hue(lab: DoubleArray) -> float:
    return float(np.degrees(np.arctan2(lab[2], lab[1])))


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
    return {name: likeness(np.array(rows), true, own, names) for name, rows in after.items()}


def likeness(found: DoubleArray, true: DoubleArray, own: DoubleArray, names: np.ndarray) -> dict[str, float]:
    """One method's row of ``inserted``.

    Args:
        found, true, own: (pairs, 3), L*a*b* of skin after it, of who was there, and of who came, before it.
        names: (pairs,), of the places.
    """
    row = dict[str, float]()
    for axis, letter in enumerate("Lab"):
        row[f"r_{letter}"] = correlation(found[:, axis], true[:, axis])
        row[f"low_{letter}"], row[f"high_{letter}"] = interval(found[:, axis], true[:, axis], names)
        row[f"slope_{letter}"] = float(np.polyfit(true[:, axis], found[:, axis] - own[:, axis], 1)[0])
        within = [[values[names == each, axis].std() for each in np.unique(names)] for values in (found, own)]
        row[f"spread_{letter}"] = float(np.mean(within[0]) / np.mean(within[1]))
    row["dE"] = float(np.linalg.norm(found - true, axis=1).mean())
    return row | {"moved": float(np.linalg.norm(found - own, axis=1).mean()), "n": len(found)}


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
        start = recoloring.draw_recoloring(rng, ("grade", "reinhard"), scene, alpha, drawn_from(rng, styles))
        pair = Pair(over(start, alpha, scene), alpha, np.ascontiguousarray(scene[:, ::-1]))
        if alpha.mean() > 0.02 and (alpha > 0.5).any():
            ratios.append(error(harmonize(pair), scene, alpha) / max(error(pair.composite, scene, alpha), 1e-6))
    return np.array(ratios)
