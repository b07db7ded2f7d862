"""Rows of numbers -> means, intervals, bins -> Markdown."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cleanplate.training.measure.metrics import RATIOS
from cleanplate.training.samples.skin import TONES

Measured = dict[str, dict[str, float]]  # method -> metric -> value, of one picture
Table = dict[str, Any]  # stage -> set -> method -> metric -> mean, and what else is said of them; plain JSON
DRAWS = 1000  # of the bootstrap
LEAST = 8  # pictures below which a bin is merged with its neighbor
WITH_INTERVAL = ("fmse", "band_psnr", "mse")  # metrics whose interval the Markdown tables show; JSON has all
BINS = {"ratio": tuple(name for _, name in RATIOS), "tone": tuple(name for name, _ in TONES)}


class Row(NamedTuple):
    """The numbers of one picture and what is known of it."""

    measured: dict[str, float]
    facts: dict[str, str]


def bootstrap(values: npt.NDArray[np.float64], seed: int = 0) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Ends of the 95 % interval of each column's mean: the percentile bootstrap over rows (Efron 1979), 1000 draws, seeded.

    Args:
        values: (pictures, metrics).

    >>> [end.tolist() for end in bootstrap(np.full((5, 1), 3.0))]
    [[3.0], [3.0]]
    """
    count = len(values)
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), DRAWS)
    low, high = np.percentile(drawn @ values / count, (2.5, 97.5), axis=0)
    return low, high


def means(rows: list[dict[str, float]]) -> dict[str, Any]:
    """Mean of every metric, their intervals and the count."""
    values = np.array([list(row.values()) for row in rows], np.float64)
    low, high = bootstrap(values)
    found: dict[str, Any] = {metric: float(np.mean([row[metric] for row in rows])) for metric in rows[0]}
    interval = {metric: [float(low[at]), float(high[at])] for at, metric in enumerate(rows[0])}
    return found | {"n": len(rows), "interval": interval}


def merged(counts: dict[str, int], order: Iterable[str], least: int = LEAST) -> dict[str, str]:
    """Bin -> the bin it is counted in: while one holds fewer than ``least``, the smallest joins its smaller neighbor.

    >>> merged({"a": 9, "b": 2, "c": 20}, "abc")
    {'a': 'a + b', 'b': 'a + b', 'c': 'c'}
    """
    groups = [([name], counts[name]) for name in order if counts.get(name)]
    while len(groups) > 1 and min(count for _, count in groups) < least:
        at = min(range(len(groups)), key=lambda index: groups[index][1])
        near = min((index for index in (at - 1, at + 1) if 0 <= index < len(groups)), key=lambda index: groups[index][1])
        first, second = sorted((at, near))
        groups[first : second + 1] = [(groups[first][0] + groups[second][0], groups[first][1] + groups[second][1])]
    return {name: " + ".join(names) for names, _ in groups for name in names}


class Collection:
    """Metrics by set and method, summed up as they come."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], list[Row]] = {}

    def add(self, name: str, method: str, measured: dict[str, float], **facts: str) -> None:
        self.rows.setdefault((name, method), []).append(Row(measured, facts))

    def means(self) -> dict[str, dict[str, Any]]:
        """Set -> method -> metric -> mean; with ``n`` and ``interval``."""
        answer: dict[str, dict[str, Any]] = {}
        for (name, method), rows in self.rows.items():
            answer.setdefault(name, {})[method] = means([row.measured for row in rows])
        return answer

    def binned(self, fact: str, metric: str, least: int = 0) -> dict[str, Any]:
        """Set -> its bins by a fact: means of a metric by method, counts, the worst bin's mean over the mean of all bins.

        Pictures of which the fact is not known are left out and counted as ``unknown``.
        """
        answer: dict[str, Any] = {}
        for (name, method), rows in self.rows.items():
            known = [row for row in rows if row.facts.get(fact)]
            counts = {label: sum(row.facts[fact] == label for row in known) for label in BINS[fact]}
            joined, bins = merged(counts, BINS[fact], least), answer.setdefault(name, {"bins": {}, "worst_over_mean": {}})
            for label in dict.fromkeys(joined.values()):
                values = [row.measured[metric] for row in known if joined[row.facts[fact]] == label]
                bins["bins"].setdefault(label, {"n": len(values)})[method] = float(np.mean(values))
            bins["metric"], bins["unknown"] = metric, len(rows) - len(known)
            if known:
                mean = float(np.mean([row.measured[metric] for row in known]))
                worst = max(bins["bins"][label][method] for label in joined.values())
                bins["worst_over_mean"][method] = worst / mean if mean > 0 else 1.0
        return {name: bins for name, bins in answer.items() if bins["bins"]}


# ---- Markdown ------------------------------------------------------------------------------------------------------


def grid(head: list[str], rows: list[list[str]]) -> list[str]:
    """Lines of a Markdown table, the first column to the left."""
    return [f"| {' | '.join(head)} |", "|---|" + "---:|" * (len(head) - 1), *(f"| {' | '.join(row)} |" for row in rows)]


def cell(row: dict[str, Any], metric: str) -> str:
    """A mean, and its interval where it is shown.

    >>> cell({"fmse": 12.3456, "interval": {"fmse": [10, 15.5]}}, "fmse"), cell({"psnr": 20.0}, "psnr")
    ('12.35 [10, 15.5]', '20')
    """
    ends = row.get("interval", {}).get(metric) if metric in WITH_INTERVAL else None
    return f"{row[metric]:.4g}" + (f" [{ends[0]:.4g}, {ends[1]:.4g}]" if ends else "")


def methods_table(methods: dict[str, dict[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """Head and rows: a line for each method, a column for each metric."""
    columns = [metric for metric in next(iter(methods.values())) if metric not in ("n", "interval")]
    return ["method", *columns], [[name, *(cell(row, each) for each in columns)] for name, row in methods.items()]


def bins_table(found: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Head and rows: a line for each bin and one for the worst over the mean, a column for each method."""
    methods = list(found["worst_over_mean"])
    rows = [[name, str(row["n"]), *(f"{row[each]:.4g}" for each in methods)] for name, row in found["bins"].items()]
    worst = ["worst / mean", "", *(f"{found['worst_over_mean'][each]:.3g}" for each in methods)]
    return ["bin", "n", *methods], [*rows, worst]


def sections(result: Table) -> list[tuple[str, list[str], list[list[str]]]]:
    """(title, head, rows) of every table of a result."""
    found = []
    for stage in ("harmonize", "real_use", "blend", "matte", "iharmony4", "iharmony4-full"):
        for name, methods in result.get(stage, {}).items():
            count = int(next(iter(methods.values()))["n"])
            found.append((f"{stage}: {name} ({count} pictures)", *methods_table(methods)))
    for key, words in (("by_foreground_ratio", "the foreground's share of the picture"), ("by_skin_tone", "skin tone")):
        for name, bins in result.get(key, {}).items():
            if len(bins["bins"]) < 2:  # says no more than the set's own table
                continue
            unknown = f", {bins['unknown']} pictures of unknown bin left out" if bins["unknown"] else ""
            found.append((f"{name}: {bins['metric']} by {words}{unknown}", *bins_table(bins)))
    return found


def table(result: Table) -> str:
    """The result as Markdown tables, one for each stage and set."""
    lines: list[str] = []
    for title, head, rows in sections(result):
        lines += ["", f"### {title}", "", *grid(head, rows)]
    return "\n".join(lines).strip()


