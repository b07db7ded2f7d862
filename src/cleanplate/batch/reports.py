"""What came of a batch: a line a picture for programs, a table for people, and how far it is."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from cleanplate import storage
from cleanplate.batch.items import ENDED, Job, Outcome


class Progress(NamedTuple):
    """How far a batch is.

    Args:
        done: items that have come to an end, of ``all`` that were to be made.
        failed: how many of them gave nothing.
        seconds: since the first was begun.
        outcome: the latest.
    """

    done: int
    all: int
    failed: int
    seconds: float
    outcome: Outcome

    @property
    def rate(self) -> float:
        """Items a second."""
        return self.done / max(self.seconds, 1e-6)

    @property
    def left(self) -> float:
        """Seconds that the rest will take at this rate."""
        return (self.all - self.done) / max(self.rate, 1e-6)


Tell = Callable[[Progress], None]


def line(progress: Progress) -> str:
    """How far it is, in words.

    >>> line(Progress(50, 200, 1, 25.0, Outcome("a.jpg", "done", "", "")))
    '50 of 200, 2.0 a second, 1:15 left, 1 failed'
    """
    left = round(progress.left)
    clock = f"{left // 3600}:{left // 60 % 60:02d}:{left % 60:02d}" if left >= 3600 else f"{left // 60}:{left % 60:02d}"
    failed = f", {progress.failed} failed" if progress.failed else ""
    return f"{progress.done} of {progress.all}, {progress.rate:.1f} a second, {clock} left{failed}"


def badness(outcome: Outcome) -> tuple[int, float]:
    """By which the worst comes first: what gave nothing, was not done, is warned of, what the harmonizer is least sure of."""
    unsure = 1.0 - (1.0 if outcome.confidence is None else outcome.confidence)
    if outcome.status not in ENDED:
        return (2 if outcome.status == "not done" else 3), unsure
    return (1 if outcome.warnings else 0), unsure


def worst_first(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """
    >>> [each.out for each in worst_first([Outcome("fine", "done", "", ""), Outcome("lost", "failed", "", "")])]
    ['lost', 'fine']
    """
    return sorted(outcomes, key=badness, reverse=True)


def table(outcomes: Sequence[Outcome], seconds: float) -> str:
    """The summary: how many of which status, what they took, and the first reasons."""
    counts = Counter(each.status for each in outcomes)
    lines = [f"{status:<10}{count:8d}" for status, count in sorted(counts.items())]
    made = [each for each in outcomes if each.status == "done"]
    if made:
        size = sum(each.bytes for each in made) / 1e6
        lines.append(f"{len(made)} made in {seconds:.1f} s, {len(made) / max(seconds, 1e-6):.2f} a second, {size:.1f} MB")
    warned = sum(bool(each.warnings) for each in outcomes)
    if warned:
        lines.append(f"{warned} with warnings: see the report")
    return "\n".join(lines)


def name(suffix: str, shard: tuple[int, int]) -> str:
    """What a report is called.

    >>> name("jsonl", (1, 1)), name("html", (3, 8))
    ('report.jsonl', 'report-3-of-8.html')
    """
    return f"report.{suffix}" if shard == (1, 1) else f"report-{shard[0]}-of-{shard[1]}.{suffix}"


def write(job: Job, outcomes: Sequence[Outcome], shard: tuple[int, int]) -> None:
    """The report for programs, a line for each item."""
    address = job.address(name("jsonl", shard))
    text = "".join(json.dumps(each.to_json()) + "\n" for each in outcomes)
    storage.place(address).replace(address, text.encode())
