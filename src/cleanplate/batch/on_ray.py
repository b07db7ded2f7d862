"""The engine of many machines: Ray (extra ``cluster``), which schedules, retries, replaces lost machines and adds new ones. Same
bytes.

Inputs and OUT lie where every node reaches them: an object store, or a folder that all have mounted under one name.
"""

import contextlib
import dataclasses
import os
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import Any

from cleanplate import storage
from cleanplate.batch import job as jobs
from cleanplate.batch.items import Item, Job, Outcome, Unit, refused
from cleanplate.batch.work import Worker
from cleanplate.errors import MissingExtra, SetupError, why
from cleanplate.pixels import threads

RETRIES = 1  # of a task whose process or machine is lost, by Ray
CRASHES = 1  # times that an item is sent again, alone, after that: with Ray's own it has two tries that are its own fault
LOSSES = 7  # times that it is where a machine was lost and not the process: Ray takes a while to believe it
PAUSE = 0.5  # seconds before the first; then twice as many each time, a minute in all
WAITING = 2  # units sent for each core of the cluster: one is done while the next is on its way
CALLING = 10.0  # seconds until a cluster that does not answer counts as none
LEAVES = 5.0  # seconds until what was told to end is waited for no longer
LOOKS = 10.0  # seconds between two looks at how large the cluster is by now


class Ray:
    """Tasks of a Ray cluster, one core each.

    Args:
        workers: cores of a cluster that is started here; of another it has its own.
        timeout: seconds that an item may take without a sign of life.
        address: HOST:PORT of a cluster; None starts one on this machine.
    """

    def __init__(self, job: Job, workers: int, timeout: float, address: str | None) -> None:
        self.job, self.workers, self.timeout, self.address, self.owner = job, workers, timeout, address, jobs.new_owner()

    def run(self, units: Iterator[Unit]) -> Generator[Outcome, None, None]:
        ray = library(own=self.address is None)
        self._join(ray)
        sent, lost = Sent(ray, self.job, self.owner, self.timeout), Lost()
        try:
            while self._fill(sent, lost, units):
                for unit, ready in sent.ended():
                    try:
                        yield from (as_asked(found, item) for found, item in zip(ray.get(ready), unit, strict=True))
                    except ray.exceptions.RayError as error:
                        yield from lost.again(unit, error, its_own=is_its_own(ray, error))
        finally:
            leave(ray, list(sent.units))

    def _fill(self, sent: "Sent", lost: "Lost", units: Iterator[Unit]) -> bool:
        """Send what is due again and what there is room for; whether there is anything to wait for."""
        for unit in lost.due():
            sent.send(unit)
        while len(sent.units) < self._room(sent.ray) and (unit := next(units, ())):
            sent.send(unit)
        if not sent.units and lost.waiting:
            time.sleep(PAUSE)
        return bool(sent.units or lost.waiting)

    def _join(self, ray: Any) -> None:
        """Connect to the cluster.

        Raises:
            SetupError: there is none at that address.
        """
        check_there(self.address)
        own: dict[str, Any] = {}
        if self.address is None:
            own = {"num_cpus": self.workers, "include_dashboard": False}
        try:
            ray.init(address=self.address, log_to_driver=False, logging_level="ERROR", configure_logging=True, **own)
        except Exception as error:
            raise SetupError(
                f"There is no Ray cluster at {self.address} ({why(error)}): start one by `ray start --head`."
            ) from error
        self._cores, self._looked = 0.0, -LOOKS

    def _room(self, ray: Any) -> int:
        """How many units may be on their way; clusters grow."""
        if time.monotonic() - self._looked >= LOOKS:
            self._cores, self._looked = ray.cluster_resources().get("CPU", 1.0), time.monotonic()
        return max(2, int(WAITING * self._cores))


class Sent:
    """Units on their way, each by the task that does it."""

    def __init__(self, ray: Any, job: Job, owner: str, timeout: float) -> None:
        common = dataclasses.replace(job, out=absolute(job.out), cutouts="").to_json()
        task = ray.remote(num_cpus=1, max_retries=RETRIES)(do)
        self.ray, self.units = ray, dict[Any, Unit]()
        self._begin: Callable[[list[dict[str, Any]]], Any] = partial(task.remote, common, owner, timeout)

    def send(self, unit: Unit) -> None:
        self.units[self._begin([told(each) for each in unit])] = unit

    def ended(self) -> Iterator[tuple[Unit, Any]]:
        """A unit whose task has ended, with the task, if one does within a second."""
        ready, _ = self.ray.wait(list(self.units), num_returns=1, timeout=1.0) if self.units else ((), ())
        for each in ready:
            yield self.units.pop(each), each


def leave(ray: Any, sent: list[Any]) -> None:
    """End what is still being worked on, wait for its ends for a while, and leave the cluster."""
    for each in sent:
        with contextlib.suppress(Exception):
            ray.cancel(each, force=True)
    with contextlib.suppress(Exception):
        ray.wait(sent, num_returns=len(sent), timeout=LEAVES)
    ray.shutdown()


def check_there(address: str | None) -> None:
    """Refuse an address at which nobody listens: Ray would look for it for a minute.

    Raises:
        SetupError: nobody does.
    """
    host, _, port = (address or "").rpartition(":")
    if not host or "/" in host or not port.isdigit():
        return  # one of Ray's own words, such as auto or ray://host:port
    try:
        socket.create_connection((host, int(port)), CALLING).close()
    except OSError as error:
        raise SetupError(f"There is no Ray cluster at {address} ({why(error)}): start one by `ray start --head`.") from error


class Lost:
    """Items whose machine or process was lost, until they are sent again: each alone, after a pause."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Unit]] = []
        self._counts = Counter[tuple[str, bool]]()

    def again(self, unit: Unit, error: Exception, its_own: bool) -> Iterator[Outcome]:
        """Keep the items of a unit for another time; the outcome of those that have had enough.

        Args:
            its_own: whether the process ended by itself, maybe because of the item.
        """
        for each in unit:
            self._counts[each.out, its_own] += 1
            count = self._counts[each.out, its_own]
            if count > (CRASHES if its_own else LOSSES):
                yield refused(each, "set aside", f"its process was lost again and again ({why(error)})")
            else:
                self.waiting.append((time.monotonic() + PAUSE * 2 ** (count - 1), (each,)))

    def due(self) -> list[Unit]:
        """What is to be sent now."""
        now = time.monotonic()
        found = [unit for when, unit in self.waiting if when <= now]
        self.waiting = [each for each in self.waiting if each[0] > now]
        return found


def is_its_own(ray: Any, error: Exception) -> bool:
    """Whether a process ended, and not its machine."""
    return isinstance(error, ray.exceptions.WorkerCrashedError | ray.exceptions.OutOfMemoryError)


def told(item: Item) -> dict[str, Any]:
    """An item for another machine."""
    given = item.to_json()
    return given | {name: absolute(address) for name, address in item.inputs.items()}


def as_asked(found: dict[str, Any], item: Item) -> Outcome:
    """The outcome of another machine, with the names that its item has here."""
    return dataclasses.replace(Outcome.from_json(found), person=item.person, plate=item.plate)


def absolute(address: str) -> str:
    return address if storage.is_url(address) else os.path.abspath(address)


def library(own: bool) -> Any:
    """Ray, which is to tell nobody that it is used. It reads the environment when it is loaded.

    Args:
        own: whether a cluster is started here, which is nobody else's: without a token for it Ray keeps one in the user's home.

    Raises:
        MissingExtra: it is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if own and "RAY_AUTH_MODE" not in os.environ:
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    try:
        import ray
    except ImportError as error:
        raise MissingExtra("ray", "cluster") from error
    return ray


# ---- in a process of the cluster -----------------------------------------------------------------------------------

_workers: dict[str, Worker] = {}  # one in a process, as long as it serves the same batch
_deadline: list[float] = []


def do(common: dict[str, Any], owner: str, timeout: float, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items of a unit; an item of which nothing is heard for so long ends the process, as it would end a local one."""
    threads.use(1)
    if owner not in _workers:
        _workers.clear()
        _workers[owner] = Worker(Job(**common), owner, alive=lambda: put_off(timeout))
    put_off(timeout)
    watched = threading.Event()
    threading.Thread(target=watch, args=(watched,), daemon=True).start()
    outcomes = []
    try:
        for outcome in _workers[owner].run(Item.from_json(each) for each in given):
            outcomes.append(outcome.to_json())
            put_off(timeout)
    finally:
        watched.set()
    return outcomes


def put_off(timeout: float) -> None:
    _deadline[:] = [time.monotonic() + timeout]


def watch(ended: threading.Event) -> None:
    while not ended.wait(1.0):
        if time.monotonic() > _deadline[0]:
            os._exit(1)
