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
from collections.abc import Iterator
from typing import Any

from cleanplate.batch import job as jobs
from cleanplate.batch import storage
from cleanplate.batch.items import Item, Job, Outcome, Unit, refused
from cleanplate.batch.work import Worker
from cleanplate.errors import MissingExtra, SetupError, why
from cleanplate.pixels import threads

RETRIES = 1  # of a task whose process or machine is lost, by Ray
SENT = 2  # times that an item which was lost all the same is sent again, alone
WAITING = 2  # units sent for each core of the cluster: one is done while the next is on its way
CALLING = 10.0  # seconds until a cluster that does not answer counts as none
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

    def run(self, units: Iterator[Unit]) -> Iterator[Outcome]:
        ray = library(own=self.address is None)
        self._join(ray)
        task = ray.remote(num_cpus=1, max_retries=RETRIES)(do)
        common = dataclasses.replace(self.job, out=absolute(self.job.out), cutouts="")
        sent, lost = dict[Any, Unit](), Counter[str]()
        try:
            while True:
                while len(sent) < self._room(ray) and (unit := next(units, ())):
                    sent[task.remote(common.to_json(), self.owner, self.timeout, [told(each) for each in unit])] = unit
                if not sent:
                    return
                (ready, *_), _ = ray.wait(list(sent), num_returns=1)
                unit = sent.pop(ready)
                try:
                    yield from (as_asked(found, item) for found, item in zip(ray.get(ready), unit, strict=True))
                except ray.exceptions.RayError as error:
                    for each in unit:
                        lost[each.out] += 1
                        if lost[each.out] > SENT:
                            yield refused(each, "set aside", f"its process was lost again and again ({why(error)})")
                        else:
                            sent[task.remote(common.to_json(), self.owner, self.timeout, [told(each)])] = (each,)
        finally:
            for each in sent:
                with contextlib.suppress(Exception):
                    ray.cancel(each, force=True)
            ray.shutdown()

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
