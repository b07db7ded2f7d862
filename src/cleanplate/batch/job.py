"""A batch from beginning to end: START READING HERE.

    plan (planning) -> what is done already (records) -> units -> engine (local, on_ray) -> outcomes -> report (reports, page)

Each unit goes to one worker (work), which reads, composes and writes its items (reading, writing).
"""

import secrets
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import NamedTuple

from cleanplate import storage
from cleanplate.batch import page, planning, records, reports
from cleanplate.batch.claims import Watch
from cleanplate.batch.items import ENDED, Item, Job, Outcome, Unit, refused
from cleanplate.batch.local import Engine
from cleanplate.batch.reports import Progress, Tell
from cleanplate.batch.writing import foreign
from cleanplate.files import photos

LOOKERS = 8  # threads that look up what is done: of an object store each look takes a while
PATIENCE = 2.0  # seconds between two looks at what other batches have claimed
FULL = ("No space left", "Disk quota")  # words of the file system after which no other item can be written either


class Batch(NamedTuple):
    """A batch that is planned.

    Args:
        items: all of its shard, in order.
        kept: outcomes of those that are done already, by name.
        todo: the others.
    """

    job: Job
    items: list[Item]
    kept: dict[str, Outcome]
    todo: list[Item]
    shard: tuple[int, int] = (1, 1)


class Summary(NamedTuple):
    """What came of it: every outcome in order, and the seconds it took."""

    outcomes: list[Outcome]
    seconds: float

    @property
    def failed(self) -> list[Outcome]:
        return [each for each in self.outcomes if each.status not in ENDED]


def new_owner() -> str:
    """A name by which a batch knows its own claims."""
    return secrets.token_hex(8)


def prepare(job: Job, items: Sequence[Item], shard: tuple[int, int] = (1, 1)) -> Batch:
    """What is left to do of the items of a shard.

    Raises:
        OutputError: something lies where a result is to go that no batch has made; a format does not have the depth.
        InputError, MissingExtra: a quality, depth or compression that there is not; an encoder is not installed.
    """
    check_forms(job, items)
    mine = [each for unit in planning.units(items, shard) for each in unit]
    with ThreadPoolExecutor(LOOKERS) as pool:
        found = dict(zip((each.out for each in mine), pool.map(lambda each: records.done(each, job), mine), strict=True))
        kept = {out: outcome for out, outcome in found.items() if outcome is not None}
        todo = [each for each in mine if each.out not in kept]
        if not job.overwrite:
            strange = [
                each
                for each, is_strange in zip(todo, pool.map(lambda each: in_the_way(job, each), todo), strict=True)
                if is_strange
            ]
            if strange:
                more = f" (So do {len(strange) - 1} more.)" if len(strange) > 1 else ""
                raise type(foreign(""))(str(foreign(job.address(strange[0].out))) + more)
    names = {each.out for each in mine}
    return Batch(job, [each for each in items if each.out in names], kept, todo, shard)


def check_forms(job: Job, items: Sequence[Item]) -> None:
    """Refuse what no picture can be written with."""
    for suffix in sorted({each.suffix for each in items if not each.is_film}):
        photos.check_form(f"The results{suffix}", None, quality=job.quality, depth=job.depth, compression=job.compression)


def in_the_way(job: Job, item: Item) -> bool:
    """Whether something lies where a result is to go that no batch has made."""
    name = job.address(item.out)
    return storage.place(name).stamp(name) is not None and not records.is_ours(job, item.out)


def run(batch: Batch, engine: Engine, tell: Tell = lambda _: None, note: Callable[[], None] = lambda: None) -> Summary:
    """Do what is left, and write the report, also where it is stopped; the page only at the end, for it takes a while.

    Args:
        tell: called after each item.
        note: called when the report is about to be written.
    """
    begin, outcomes, begun = time.monotonic(), dict(batch.kept), set[str]()
    ended = failed = 0
    try:
        with closing(all_of(batch, engine, begun)) as coming:  # wherever a signal comes, the work has ended when the report is made
            for outcome in coming:
                outcomes[outcome.out] = outcome
                ended, failed = ended + 1, failed + (outcome.status not in ENDED)
                tell(Progress(ended, len(batch.todo), failed, time.monotonic() - begin, outcome))
                if is_full(outcome):
                    break
    finally:
        note()
        seconds = time.monotonic() - begin
        told = [outcomes.get(each.out) or without(each, batch.job, begun) for each in batch.items]
        reports.write(batch.job, told, batch.shard)
    page.write(batch.job, told, batch.shard)
    return Summary(told, seconds)


def all_of(batch: Batch, engine: Engine, begun: set[str]) -> Generator[Outcome, None, None]:
    """The outcomes of what is left; what others have claimed is waited for, and done where they give up.

    Args:
        begun: takes the names of what is given to a worker.
    """
    watch, left = Watch(batch.job), batch.todo
    while left:
        elsewhere = []
        with closing(engine.run(given(planning.units(left), begun))) as coming:
            for outcome in coming:
                if outcome.status == "elsewhere":
                    elsewhere.append(outcome.out)
                else:
                    yield outcome
        left = [each for each in left if each.out in elsewhere]
        while left and not (free := [each for each in left if watch.give_up(each.out, time.monotonic())]):
            time.sleep(PATIENCE)
        left = free + [each for each in left if each not in free] if left else []


def given(units: Iterable[Unit], begun: set[str]) -> Iterator[Unit]:
    """The same units, noted as they are given out."""
    for unit in units:
        begun.update(each.out for each in unit)
        yield unit


def is_full(outcome: Outcome) -> bool:
    """Whether the disk is full: then no other item could be written either."""
    return outcome.status == "failed" and any(words in outcome.reason for words in FULL)


def without(item: Item, job: Job, begun: set[str]) -> Outcome:
    """The outcome of an item of which none came: it may have been finished while the batch was being stopped, or by another."""
    found = records.done(item, job) if job.claim or item.out in begun else None
    return found or refused(item, "not done", "the batch was stopped before")


def exit_code(summary: Summary) -> int:
    return 1 if summary.failed else 0
