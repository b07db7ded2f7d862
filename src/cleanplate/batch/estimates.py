"""What a batch would do, how long it would take and how large its results would be: found by making a few and writing none."""

import time
from collections.abc import Sequence
from typing import NamedTuple

from cleanplate.batch import writing
from cleanplate.batch.items import Item, Outcome
from cleanplate.batch.job import Batch
from cleanplate.batch.work import Made, Worker, attempt
from cleanplate.pixels import threads

TRIED = 3  # pictures that are made for it, spread over the batch
NAMED = 10  # results that are named


class Estimate(NamedTuple):
    """
    Args:
        items: of the batch; ``kept`` are done already, ``todo`` not, of which some are ``pictures`` and others ``films``.
        seconds: that the pictures will take, by those that were tried.
        bytes: of the pictures, likewise.
        first: names of the first results to be made.
    """

    items: int
    kept: int
    todo: int
    pictures: int
    films: int
    workers: int
    seconds: float
    bytes: int
    first: list[str]


def estimate(batch: Batch, workers: int) -> Estimate:
    """What a batch would do; nothing is written."""
    pictures = [each for each in batch.todo if not each.is_film]
    seconds, size = tried(batch, spread(pictures, TRIED))
    workers = max(1, min(workers, len(batch.todo)))
    return Estimate(
        len(batch.items), len(batch.kept), len(batch.todo), len(pictures), len(batch.todo) - len(pictures), workers,
        seconds * len(pictures) / workers, round(size * len(pictures)), [each.out for each in batch.todo[:NAMED]],
    )  # fmt: skip


def spread(items: Sequence[Item], count: int) -> list[Item]:
    """So many of them, evenly.

    >>> spread([1, 2, 3, 4, 5], 3), spread([1], 3)
    ([1, 3, 5], [1])
    """
    step = max(1, (len(items) - 1) // max(1, count - 1))
    return list(items[::step][:count])


def tried(batch: Batch, items: Sequence[Item]) -> tuple[float, float]:
    """Seconds and bytes of one picture, in the mean over those that can be made; the first one's networks are loaded before."""
    worker, before = Worker(batch.job), threads.cores()
    found: list[tuple[float, int]] = []
    for each in items:
        worker.compositor(each.recipe.weights)
        begin = time.perf_counter()
        read = attempt(worker.reader.read, each, each)
        made = read if isinstance(read, Outcome) else attempt(worker.make, each, read)
        if isinstance(made, Made):
            held = writing.encoded(batch.job, each.out, made.result)
            found.append((time.perf_counter() - begin, held.size))
    if not found:
        return 0.0, 0.0
    return sum(seconds for seconds, _ in found) / len(found) * before, sum(size for _, size in found) / len(found)
