"""Hot folders: what is added while a batch watches is made when it is whole, until the batch is stopped."""

import time
from typing import Protocol

from cleanplate import storage
from cleanplate.batch import engines, finding, job, planning
from cleanplate.batch.engines import Choice
from cleanplate.batch.items import ENDED, Item, Job
from cleanplate.batch.job import Batch, Summary
from cleanplate.batch.planning import Wish
from cleanplate.batch.reports import Progress

PERIOD = 1.0  # seconds between two looks; a file that changed between them is still being written

Seen = dict[str, storage.Stamp | None]


class Listener(Protocol):
    """Who is told what happens."""

    def begin(self, batch: Batch) -> None: ...

    def tell(self, progress: Progress) -> None: ...

    def pause(self) -> None: ...

    def end(self, summary: Summary, out: str) -> None: ...


def watch(wish: Wish, common: Job, choice: Choice, listener: Listener) -> None:
    """Make what is there and what comes, until something stops the process."""
    before: Seen = {}
    given_up: dict[str, Seen] = {}  # what failed, as its inputs were then: it is tried again when they change
    while True:
        items = planned(wish, common.out)
        stamps: Seen = {address: storage.place(address).stamp(address) for each in items for address in each.inputs.values()}
        whole = [
            each
            for each in items
            if all(stamps[one] is not None and stamps[one] == before.get(one) for one in each.inputs.values())
        ]
        fresh = [each for each in whole if given_up.get(each.out) != seen(each, stamps)]
        batch = job.prepare(common, fresh, wish.shard) if fresh else None
        if batch is not None and batch.todo:
            listener.begin(batch)
            summary = job.run(batch, engines.engine(common, batch.todo, choice), listener.tell, listener.pause)
            listener.end(summary, common.out)
            failed = {each.out for each in summary.outcomes if each.status not in ENDED}
            given_up |= {each.out: seen(each, stamps) for each in fresh if each.out in failed}
        before = stamps
        time.sleep(PERIOD)


def seen(item: Item, stamps: Seen) -> Seen:
    return {address: stamps[address] for address in item.inputs.values()}


def planned(wish: Wish, out: str) -> list[Item]:
    """The plan as the folders are now; nobody in them yet is no mistake while they are watched."""
    try:
        return planning.plan(wish, out)[0]
    except finding.NothingThere:
        return []
