"""What a batch would do, how long it would take and how large its results would be: found by making a few and keeping none."""

import dataclasses
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from cleanplate import storage
from cleanplate.batch import writing
from cleanplate.batch.items import Item, Outcome
from cleanplate.batch.job import Batch
from cleanplate.batch.work import Made, Worker, attempt
from cleanplate.errors import CleanplateError
from cleanplate.pixels import threads
from cleanplate.video import videos

TRIED = 3  # pictures that are made for it, spread over the batch
LOOKED = 10  # films that are looked at: how many frames of what size
SECONDS = 2.0  # of one film that are made
RATE = 25.0  # frames a second where a film does not say
NAMED = 10  # results that are named


class Estimate(NamedTuple):
    """
    Args:
        items: of the batch; ``kept`` are done already, ``todo`` not, of which some are ``pictures`` and others ``films``.
        seconds, bytes: that the pictures will take, by those that were tried.
        film_seconds, film_bytes: that the films will, by the beginning of one; 0 where none could be tried.
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
    film_seconds: float
    film_bytes: int
    first: list[str]


def estimate(batch: Batch, workers: int) -> Estimate:
    """What a batch would do; nothing stays written."""
    pictures, films = ([each for each in batch.todo if each.is_film is film] for film in (False, True))
    seconds, size = tried(batch, spread(pictures, TRIED))
    film_seconds, film_size = filmed(batch, spread(films, LOOKED))
    workers = max(1, min(workers, len(batch.todo)))
    at_once = max(1, min(workers, len(films)))
    return Estimate(
        len(batch.items), len(batch.kept), len(batch.todo), len(pictures), len(films), workers,
        seconds * len(pictures) / workers, round(size * len(pictures)), film_seconds * len(films) / at_once,
        round(film_size * len(films)), [each.out for each in batch.todo[:NAMED]],
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


def filmed(batch: Batch, items: Sequence[Item]) -> tuple[float, float]:
    """Seconds and bytes of one film, in the mean over those that can be looked at: the beginning of one is made, and the others
    are as long as their pixels are many."""
    lengths: list[float] = []
    for each in items:
        with suppress(CleanplateError):
            lengths.append(length(each))
    for each in items:
        seconds, size, pixels = beginning(batch, each)
        if pixels:
            mean = sum(lengths) / len(lengths) / pixels
            return seconds * threads.cores() * mean, size * mean
    return 0.0, 0.0


def length(item: Item) -> float:
    """The pixels of a film, of all its frames."""
    with storage.place(item.person).local(item.person) as person, storage.place(item.plate).local(item.plate) as plate:
        lead = person if videos.is_video(person) else plate
        with videos.open_video(lead) as reader:
            info = reader.info
            count = info.frames or (info.seconds or 0.0) * float(info.rate or RATE)
            height, width = item.recipe.size or info.size
            return count * height * width


def beginning(batch: Batch, item: Item) -> tuple[float, int, float]:
    """Seconds, bytes and pixels of the beginning of a film, which is made in a temporary folder; no pixels if it cannot be."""
    short = dataclasses.replace(batch.job, film=batch.job.film | {"end": SECONDS})
    with tempfile.TemporaryDirectory(prefix="cleanplate-") as scratch:
        worker = Worker(short, scratch=scratch)
        worker.compositor(item.recipe.weights)
        begin = time.perf_counter()
        read = attempt(worker.reader.read, item, item)
        made = read if isinstance(read, Outcome) else attempt(worker.make, item, read)
        if not isinstance(made, Made) or made.result.film is None:
            return 0.0, 0, 0.0
        seconds, held = time.perf_counter() - begin, writing.encoded(short, item.out, made.result)
        with videos.open_video(made.result.film) as reader:
            height, width = reader.info.size
        return seconds, held.size, float(made.result.frames * height * width)
