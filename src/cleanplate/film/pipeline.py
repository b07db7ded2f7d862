"""Stages of work in threads that wait for each other; nothing of files or pictures."""

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeVar

Item = TypeVar("Item")

AHEAD = 2  # items that a stage may be ahead of the next: enough to overlap, few enough for large frames


def ahead(items: Iterator[Item], depth: int = AHEAD) -> Generator[Item, None, None]:
    """The same items, made in a thread of its own up to ``depth`` before they are asked for.

    What is raised there is raised here, as itself. When this iterator is closed or given up, the thread closes ``items`` and ends.

    >>> list(ahead(iter(range(5))))
    [0, 1, 2, 3, 4]
    """
    made: queue.Queue[tuple[bool, Any]] = queue.Queue(depth)
    stop = threading.Event()

    def hand_over(item: tuple[bool, Any]) -> bool:
        while not stop.is_set():
            try:
                made.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            if all(hand_over((True, item)) for item in items):
                hand_over((False, None))
        except BaseException as error:  # noqa: BLE001 - it goes on in the thread that asked
            hand_over((False, error))
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            more, item = made.get()
            if more:
                yield item
            elif item is None:
                return
            else:
                raise item
    finally:
        stop.set()
        thread.join()


def aside(work: Callable[[], Item]) -> Callable[[], Item]:
    """Work begun in a thread of its own. The answer, called, waits for what comes of it, and gives or raises that.

    The thread is nobody's concern any more when it is not waited for: it may be reading a pipe that nobody feeds.

    >>> answer = aside(lambda: 6 * 7)
    >>> answer(), answer()
    (42, 42)
    """
    found: list[Item] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # noqa: BLE001 - it goes on in the thread that asks
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def answer() -> Item:
        thread.join()
        if failed:
            raise failed[0]
        return found[0]

    return answer
