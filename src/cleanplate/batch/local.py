"""The engine of one machine: processes with one thread each, and nobody's death but an item's own stops it.

Each process is served by a thread here, which sends it two items at a time: one is composed while the next is read. When a
process ends or says nothing for too long, what it had in hand is tried once more, each item alone in a fresh one; who has failed
twice by itself is set aside. Of two in hand only one has ended the process, and nobody knows which: that counts for neither.
"""

import itertools
import queue
import sys
import threading
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import Any, Protocol

from cleanplate import storage
from cleanplate.batch.items import Item, Job, Outcome, Unit, refused
from cleanplate.batch.parent import Child, Order
from cleanplate.files import temporary

IN_HAND = 2  # items that a process has at a time
FAILURES = 2  # of its own after which an item is set aside
LEAVES = 5.0  # seconds until a process that was told to end is ended: it takes ``child.GRACE`` twice at most


class Engine(Protocol):
    """What does the items of a batch: on this machine, or on many."""

    def run(self, units: Iterator[Unit]) -> Generator[Outcome, None, None]:
        """The outcome of every item, in any order. Once it is closed, all work has ended."""


class Local:
    """Processes of this machine.

    Args:
        owner: name of the batch, for claims.
        workers: how many processes.
        timeout: seconds without a sign of life after which a process is ended.
        weights: sets that are loaded before the first item: what cannot be had stops the batch.
    """

    def __init__(self, job: Job, owner: str, workers: int, timeout: float, weights: tuple[str, ...] = ("fast",)) -> None:
        self.job, self.owner, self.workers, self.timeout, self.weights = job, owner, workers, timeout, weights
        self.command: tuple[str, ...] = (sys.executable, "-m", "cleanplate.batch.child")

    def run(self, units: Iterator[Unit]) -> Generator[Outcome, None, None]:
        if (first := next(units, None)) is None:
            return
        with ExitStack() as held:
            order = Order(self.command, self.job, self.owner, self.timeout, self.weights, held.enter_context(scratch(self.job)))
            run = Run(order, itertools.chain([first], units), self.workers)
            held.callback(run.stop)
            run.start()
            yield from run.outcomes()


class Run:
    """One run of the engine."""

    def __init__(self, order: Order, units: Iterator[Unit], workers: int) -> None:
        self.order, self.units, self.workers = order, units, workers
        self.told: queue.Queue[Outcome | BaseException | None] = queue.Queue()
        self.lock, self.stopping = threading.Lock(), False
        self.children = set[Child]()

    def start(self) -> None:
        for _ in range(self.workers):
            threading.Thread(target=self._serve, daemon=True).start()

    def outcomes(self) -> Iterator[Outcome]:
        """Until every thread has ended."""
        left = self.workers
        while left:
            found = self.told.get()
            if isinstance(found, BaseException):
                raise found
            if found is None:
                left -= 1
            else:
                yield found

    def stop(self) -> None:
        """No more items, and every process ended."""
        with self.lock:
            self.stopping = True
            children = list(self.children)
        for child in children:
            child.leave()
        for child in children:
            child.end(LEAVES)

    def child(self) -> Child:
        with self.lock:
            if self.stopping:
                raise Stopping
            child = Child(self.order)
            self.children.add(child)
        try:
            child.greet()
        except BaseException:
            self.forget(child)
            raise
        return child

    def forget(self, child: Child) -> None:
        child.leave()
        child.end(LEAVES)
        self.children.discard(child)

    def unit(self) -> Unit:
        """The next unit, () when there are no more."""
        with self.lock:
            return () if self.stopping else next(self.units, ())

    def _serve(self) -> None:
        """One process's life, and that of those that take its place."""
        try:
            Slot(self).work()
            self.told.put(None)
        except Stopping:
            self.told.put(None)
        except BaseException as error:  # noqa: BLE001 - it goes on in the thread that asked
            self.told.put(error)


class Stopping(Exception):
    """The run is being stopped."""


class Slot:
    """What is sent to one process after the other, and what they say."""

    def __init__(self, run: Run) -> None:
        self.run, self.waiting = run, deque[Item]()

    def work(self) -> None:
        if (first := self._next()) is None:
            return
        child, in_hand = self.run.child(), deque([first])
        child.send(first)
        while in_hand:
            while len(in_hand) < IN_HAND and (item := self._next()) is not None:
                child.send(item)
                in_hand.append(item)
            outcome = child.outcome()
            if outcome is None:
                self.run.forget(child)
                own = [ended(child)] if len(in_hand) == 1 else []
                for item in in_hand:
                    self._alone(item, own)
                in_hand.clear()
                child = self.run.child()
            else:
                item = in_hand.popleft()
                self.run.told.put(outcome) if not outcome.again else self._alone(item, [outcome.reason])
            if not in_hand and (item := self._next()) is not None:
                child.send(item)
                in_hand.append(item)
        self.run.forget(child)

    def _next(self) -> Item | None:
        if not self.waiting:
            self.waiting.extend(self.run.unit())
        return self.waiting.popleft() if self.waiting else None

    def _alone(self, item: Item, failures: list[str]) -> None:
        """An item once more, in processes of its own, until it has failed twice.

        Args:
            failures: its own so far, in words.
        """
        while len(failures) < FAILURES:
            outcome, failure = self._fresh(item)
            if outcome is not None and not outcome.again:
                self.run.told.put(outcome)
                return
            failures = [*failures, failure]
        each = "; then: ".join(dict.fromkeys(failures))
        self.run.told.put(refused(item, "set aside", f"it failed twice, the second time alone: {each}"))

    def _fresh(self, item: Item) -> tuple[Outcome | None, str]:
        """An item in a fresh process: what came of it, and what its failure would be called."""
        if self.run.stopping:
            raise Stopping
        child = self.run.child()
        child.send(item)
        outcome = child.outcome()
        self.run.forget(child)
        if self.run.stopping and outcome is None:
            raise Stopping
        return outcome, ended(child) if outcome is None else outcome.reason


def ended(child: Child) -> str:
    return f"its worker ended ({child.death})"


def scratch(job: Job) -> Any:
    """A folder for what is made until it is whole; see ``temporary.working_folder``."""
    return temporary.working_folder(storage.place(job.out).scratch(job.out))
