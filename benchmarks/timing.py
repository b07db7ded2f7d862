"""Numbers taken in turns, their median and spread, and the table and JSON of them."""

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

Sampler = Callable[[], float]
Clock = Callable[[], float]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        measured: the median.
        unit: of ``measured``, ``limit`` and ``spread``.
        limit: what it should be at most; None where nothing is asked.
        spread: third quartile less first.
        note: what stands beside it in words.
    """

    measured: float
    unit: str
    limit: float | None = None
    spread: float = 0.0
    note: str = ""

    @property
    def verdict(self) -> str:
        return "" if self.limit is None else "yes" if self.measured <= self.limit else "MISSED"


Rows = dict[str, Row]


def timed(job: Callable[[], object], clock: Clock = time.perf_counter) -> Sampler:
    """A sampler of the seconds that a job takes."""

    def sample() -> float:
        start = clock()
        job()
        return clock() - start

    return sample


def turns(samplers: Mapping[str, Sampler], repeats: int, warm: bool = True) -> dict[str, list[float]]:
    """Samples taken in turns, A B A B ..., so that what slows the machine for a while slows all of them.

    Args:
        warm: whether a first round is taken that does not count.

    >>> turns({"one": lambda: 1.0, "two": lambda: 2.0}, 2)
    {'one': [1.0, 1.0], 'two': [2.0, 2.0]}
    """
    found: dict[str, list[float]] = {name: [] for name in samplers}
    for turn in range(-1 if warm else 0, repeats):
        for name, sample in samplers.items():
            value = sample()
            if turn >= 0:
                found[name].append(value)
    return found


def spread(values: Iterable[float]) -> float:
    """Third quartile less first, each between the two values nearest to it.

    >>> spread([1, 2, 3, 4, 100])
    2.0
    """
    given = list(values)
    if len(given) < 2:
        return 0.0
    first, _, third = statistics.quantiles(given, n=4, method="inclusive")
    return third - first


def summary(values: Iterable[float], unit: str, limit: float | None = None, note: str = "") -> Row:
    """The row of some samples."""
    given = list(values)
    return Row(statistics.median(given), unit, limit, spread(given), note)


def ratios(found: Mapping[str, list[float]], job: str, yardstick: str) -> list[float]:
    """What a job took over what its yardstick took, turn by turn."""
    return [one / other for one, other in zip(found[job], found[yardstick], strict=True)]


def table(rows: Rows) -> str:
    """The rows as a Markdown table."""
    lines = ["| row | measured | at most | kept | spread | unit | |", "|---|---:|---:|---|---:|---|---|"]
    for name, row in rows.items():
        limit = "" if row.limit is None else f"{row.limit:g}"
        lines.append(f"| {name} | {row.measured:.3g} | {limit} | {row.verdict} | {row.spread:.2g} | {row.unit} | {row.note} |")
    return "\n".join(lines)


def deliver(rows: Rows, target: str | None) -> None:
    """The table to stdout and JSON to a file; ``-`` for JSON alone on stdout."""
    text = json.dumps({name: asdict(row) for name, row in rows.items()}, indent=2)
    if target not in (None, "-"):
        Path(target).write_text(text + "\n")
    print(text if target == "-" else table(rows))


def missed(rows: Rows) -> list[str]:
    """The rows above their limit.

    >>> missed({"slow": Row(3, "s", 2), "quick": Row(1, "s", 2), "free": Row(9, "s")})
    ['slow']
    """
    return [name for name, row in rows.items() if row.verdict == "MISSED"]


def say(words: str) -> None:
    """Words to stderr: stdout is for the table."""
    print(words, file=sys.stderr, flush=True)
