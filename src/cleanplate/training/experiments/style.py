"""Style control (the paper's Fig. 4): give a harmonizer the cues of another plate, and see whether the foreground follows them.

A foreground stands on plate A. ``Y_AB`` is the answer there with plate B's cues, ``Y_BB`` the answer on plate B with its own.
RAIN's cues are its statistics of the same foreground's composite on B.
"""

from typing import Any, NamedTuple

import numpy as np

from cleanplate.pixels.color import FloatArray, to_uint8
from cleanplate.pixels.over import over
from cleanplate.training.experiments import measures
from cleanplate.training.experiments.methods import Method, Methods
from cleanplate.training.measure import metrics

STEPS = 9  # points on the path from one plate's cues to another's


class Subject(NamedTuple):
    """A foreground with its alpha and the plates it is put on; with truths, what it should look like on each of them."""

    foreground: FloatArray
    alpha: FloatArray
    plates: list[FloatArray]
    truths: list[FloatArray] | None = None


class Answers(NamedTuple):
    """All that is measured for one subject, standing on plate ``home``."""

    home: int
    cues: list[FloatArray]
    own: list[FloatArray]  # Y_kk
    swapped: list[FloatArray]  # Y_home,k
    path: list[FloatArray]  # on home, from its cues to those of the next plate


def answers(method: Method, subject: Subject, home: int) -> Answers:
    """Run one method on one subject."""
    composites = [over(subject.foreground, subject.alpha, plate) for plate in subject.plates]
    cues = [method.look(each, subject.alpha, plate) for each, plate in zip(composites, subject.plates, strict=True)]

    def at_home(seen: FloatArray) -> FloatArray:
        return method.answer(composites[home], subject.alpha, seen)

    mixes = np.linspace(0, 1, STEPS, dtype=np.float32)
    other = (home + 1) % len(cues)  # one path for each subject is enough
    path = [at_home(cues[home] + t * (cues[other] - cues[home])) for t in mixes]
    own = [method.answer(each, subject.alpha, seen) for each, seen in zip(composites, cues, strict=True)]
    return Answers(home, cues, own, [at_home(seen) for seen in cues], path)


def transfer_ratio(own: list[measures.Look], swapped: list[measures.Look], home: int) -> float:
    """``sum_B d(Y_AB, Y_BB) / sum_B d(Y_AA, Y_BB)`` over B other than A: 0 full control, 1 none; nan without reach."""
    others = [k for k in range(len(own)) if k != home]
    reach = sum(measures.distance(own[home], own[k]) for k in others)
    missed = sum(measures.distance(swapped[k], own[k]) for k in others)
    return missed / reach if reach > 0.1 * len(others) else float("nan")  # a tenth of a just visible difference


def retrieval(own: list[measures.Look], swapped: list[measures.Look], home: int) -> float:
    """The share of plates B other than A for which, of all Y_kk, Y_BB is the nearest to Y_AB. Chance is one in their number."""
    others = [k for k in range(len(own)) if k != home]
    nearest = {k: int(np.argmin([measures.distance(swapped[k], each) for each in own])) for k in others}
    return float(np.mean([nearest[k] == k for k in others]))


def monotonicity(path: list[measures.Look], goal: measures.Look) -> float:
    """Spearman's correlation of the way along the cues with the way of the mean color from the path's start towards ``goal``."""
    direction = goal.mean - path[0].mean
    return measures.spearman(range(len(path)), [float(np.round(direction @ (each.mean - path[0].mean), 6)) for each in path])


def truth_gap(found: Answers, subject: Subject) -> float | None:
    """``fPSNR(Y_AB, truth_B) - fPSNR(Y_BB, truth_B)``, mean over B, in dB: what foreign surroundings cost."""
    if subject.truths is None:
        return None
    weight = metrics.foreground(subject.alpha)

    def quality(picture: FloatArray, truth: FloatArray) -> float:
        return metrics.psnr(metrics.mean_squared_error(to_uint8(picture), to_uint8(truth), weight))

    others = [k for k in range(len(found.own)) if k != found.home]
    return float(np.mean([quality(found.swapped[k], subject.truths[k]) - quality(found.own[k], subject.truths[k]) for k in others]))


def measure(method: Method, subject: Subject, home: int) -> dict[str, Any]:
    """All five numbers of one subject."""
    found, area = answers(method, subject, home), measures.interior(subject.alpha)
    own, swapped = ([measures.look(each, area) for each in pictures] for pictures in (found.own, found.swapped))
    other = (home + 1) % len(own)
    kept = [measures.content(found.swapped[k], found.own[home], area) for k in range(len(own)) if k != home]
    return {
        "transfer_ratio": transfer_ratio(own, swapped, home),
        "retrieval": retrieval(own, swapped, home),
        "monotonicity": monotonicity([measures.look(each, area) for each in found.path], own[other]),
        "content": float(np.mean(kept)),
        "truth_gap": truth_gap(found, subject),
        "reach": float(np.mean([measures.distance(own[home], own[k]) for k in range(len(own)) if k != home])),
    }


def run(methods: Methods, subjects: dict[str, list[Subject]]) -> list[dict[str, Any]]:
    """One record for each kind of plates, method, seed and subject."""
    return [
        {"plates": kind, "method": name, "seed": seed, "sample": index, "count": len(subject.plates)}
        | measure(method, subject, index % len(subject.plates))
        for name, seeds in methods.items()
        for seed, method in seeds.items()
        for kind, chosen in subjects.items()
        for index, subject in enumerate(chosen)
    ]


def paired(records: list[dict[str, Any]], metric: str, one: str, other: str) -> tuple[float, float, float]:
    """Mean and bootstrap 95 % interval of ``one - other`` over the same samples (means over seeds first).

    >>> rows = [{"method": m, "plates": "a", "sample": i, "retrieval": v} for m, v in (("x", 1), ("y", 0)) for i in range(3)]
    >>> paired(rows, "retrieval", "x", "y")
    (1.0, 1.0, 1.0)
    """
    values: dict[str, dict[Any, list[float]]] = {one: {}, other: {}}
    for record in records:
        if record["method"] in values and record[metric] is not None and np.isfinite(record[metric]):
            values[record["method"]].setdefault((record["plates"], record["sample"]), []).append(record[metric])
    shared = sorted(values[one].keys() & values[other].keys())
    differences = [float(np.mean(values[one][key]) - np.mean(values[other][key])) for key in shared]
    return (float(np.mean(differences)), *measures.bootstrap(differences)) if differences else (float("nan"),) * 3
