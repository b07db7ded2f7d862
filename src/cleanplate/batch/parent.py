"""The parent's side of a worker process (``child``): how it is started, what is sent to it and what it says, and its end."""

import json
import os
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from cleanplate.batch.items import Item, Job, Outcome
from cleanplate.errors import SetupError

STARTS = 120.0  # seconds until a process is ready, on a machine that has much else to do
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")  # of libraries that the worker cannot tell itself


class Order(NamedTuple):
    """What every process of a run is told; see ``local.Local``.

    Args:
        command: that starts one.
        folder: for what is made until it is whole.
    """

    command: tuple[str, ...]
    job: Job
    owner: str
    timeout: float
    weights: tuple[str, ...]
    folder: str


class Child:
    """A process, and the pipes to it."""

    def __init__(self, order: Order) -> None:
        self.order, self.silent = order, False
        above = str(Path(__file__).parents[2])  # where the package was found: the process finds it there too
        path = os.pathsep.join(filter(None, [above, os.environ.get("PYTHONPATH")]))
        self.process = subprocess.Popen(  # noqa: S603 - this very Python
            order.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            encoding="utf-8", env=os.environ | {"PYTHONPATH": path} | dict.fromkeys(THREADS, "1"),
        )  # fmt: skip

    def greet(self) -> None:
        """Tell it what the batch is and hear that it is ready.

        Raises:
            SetupError: it cannot work here.
        """
        order = self.order
        self._write(
            {"job": order.job.to_json(), "owner": order.owner, "scratch": order.folder, "threads": 1, "weights": order.weights}
        )
        said = self._read(STARTS)
        if said is None or "ready" not in said:
            reason = said["refused"] if said else f"A worker process does not start here ({self.death}): see what it said."
            raise SetupError(reason)

    def send(self, item: Item) -> None:
        self._write(item.to_json())

    def outcome(self) -> Outcome | None:
        """Of the item that was sent first of those in hand; None when the process is gone."""
        while (said := self._read(self.order.timeout)) is not None:
            if "alive" not in said:
                return Outcome.from_json(said)
        return None

    def _write(self, told: dict[str, Any]) -> None:
        with suppress(OSError, ValueError):  # it is gone, which reading tells
            self._stream(self.process.stdin).write(json.dumps(told) + "\n")
            self._stream(self.process.stdin).flush()

    def _read(self, seconds: float) -> dict[str, Any] | None:
        """The next thing it says; None when it ended, or was ended since it said nothing for so long."""
        timer = threading.Timer(seconds, self._fall_silent)
        timer.start()
        try:
            line = self._stream(self.process.stdout).readline()
        finally:
            timer.cancel()
        found: dict[str, Any] | None = json.loads(line) if line.endswith("\n") else None
        return found

    def _fall_silent(self) -> None:
        self.silent = True
        self.process.kill()

    def _stream(self, stream: IO[str] | None) -> IO[str]:
        assert stream is not None  # noqa: S101 - both are pipes
        return stream

    @property
    def death(self) -> str:
        """How it ended, in words."""
        code = self.process.wait()
        if self.silent:
            return f"nothing was heard of it for {self.order.timeout:g} seconds"
        return f"signal {-code}" + (": perhaps memory was short" if code == -9 else "") if code < 0 else f"exit code {code}"

    def leave(self) -> None:
        """Tell it that no more comes."""
        with suppress(OSError, ValueError):
            self._stream(self.process.stdin).close()

    def end(self, seconds: float) -> None:
        """Wait for its end, but not longer."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._stream(self.process.stdout).close()
