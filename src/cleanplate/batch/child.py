"""A worker in a process of its own: ``python -m cleanplate.batch.child``. Lines of JSON in and out; nothing else is on its stdout.

It ends when its stdin does: with its parent, however that ended. What is in hand then gets a moment to be finished.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, TextIO

from cleanplate.batch.items import Item, Job
from cleanplate.batch.work import Worker
from cleanplate.errors import SetupError
from cleanplate.pixels import threads

GRACE = 1.0  # seconds for what is in hand when the parent is gone, and as much again for a file that is being written
OFTEN = 5.0  # seconds between two signs of life while a film is made


class Lines:
    """What is told to the parent."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self._said, self._lock = stream, 0.0, threading.Lock()

    def say(self, told: dict[str, Any]) -> None:
        with self._lock:
            self.stream.write(json.dumps(told) + "\n")
            self.stream.flush()

    def alive(self) -> None:
        """A sign of life, now and then."""
        if time.monotonic() - self._said > OFTEN:
            self._said = time.monotonic()
            self.say({"alive": True})


def items(writing: threading.Lock) -> Iterator[Item]:
    """Those that the parent sends, until it has no more or is gone."""
    for line in sys.stdin:
        yield Item.from_json(json.loads(line))
    timer = threading.Timer(GRACE, leave, (writing,))
    timer.daemon = True
    timer.start()


def leave(writing: threading.Lock) -> None:
    """End, but not in the midst of a file: its temporary one would be left."""
    writing.acquire(timeout=GRACE)
    os._exit(0)


def main() -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # the parent gets them too, and decides
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    lines = Lines(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)  # whatever a library prints is no answer
    try:
        work(lines)
    except BrokenPipeError:  # the parent is gone
        os._exit(0)


def work(lines: Lines) -> None:
    """Hear what the batch is, say that it can be done, and do what comes."""
    told = json.loads(sys.stdin.readline() or "null")
    if told is None:
        return
    threads.use(told["threads"])
    worker = Worker(Job(**told["job"]), told["owner"], told["scratch"], lines.alive)
    try:
        for weights in told["weights"]:
            worker.compositor(weights)
    except SetupError as error:
        lines.say({"refused": str(error)})
        return
    lines.say({"ready": True})
    for outcome in worker.run(items(worker.writing)):
        lines.say(outcome.to_json() | {"again": outcome.again})


if __name__ == "__main__":
    main()
