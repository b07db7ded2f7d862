"""Stages of work in threads that wait for each other; nothing of files or pictures."""

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any, NamedTuple, TypeVar

Item = TypeVar("Item")

PATIENCE = 1.0  # seconds after which it is asked whether there is still somebody to wait for
AHEAD = 2  # items that a stage may be ahead of the next: enough to overlap, few enough for large frames


class Belt:
    """What goes from one thread to another, a few items at most at a time, until either has had enough."""

    def __init__(self, depth: int) -> None:
        self._items: queue.Queue[Any] = queue.Queue(depth)
        self._stopped = threading.Event()

    def put(self, item: Any) -> bool:
        """Lay an item on as soon as there is room; False where nobody takes any more."""
        while not self._stopped.is_set():
            try:
                self._items.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def take(self, is_filled: Callable[[], bool]) -> Any:
        """The next item, waited for as long as somebody fills the belt."""
        while True:
            filled = is_filled()  # asked first: what was laid on until then is still to come
            try:
                return self._items.get(timeout=PATIENCE)
            except queue.Empty:
                if not filled:  # memory so short that not even the end could be laid on
                    return End(MemoryError())

    def stop(self) -> None:
        """Take no more."""
        self._stopped.set()


class End(NamedTuple):
    """The last thing on a belt: the items are over, or ``error`` ended them."""

    error: BaseException | None = None


def fill(belt: Belt, items: Iterator[Any]) -> None:
    """Lay all items on a belt, then their end; they are closed when either is over."""
    try:
        if all(belt.put(item) for item in items):
            belt.put(End())
    except BaseException as error:  # noqa: BLE001 - it goes on in the thread that takes
        belt.put(End(error))
    finally:
        close = getattr(items, "close", None)
        if close is not None:
            close()


def ahead(items: Iterator[Item], depth: int = AHEAD) -> Generator[Item, None, None]:
    """The same items, made in a thread of its own up to ``depth`` before they are asked for.

    What is raised there is raised here, as itself. When this iterator is closed or given up, the thread closes ``items`` and ends.

    >>> list(ahead(iter(range(5))))
    [0, 1, 2, 3, 4]
    """
    belt = Belt(depth)
    thread = threading.Thread(target=fill, args=(belt, items), daemon=True)
    thread.start()
    try:
        while not isinstance(item := belt.take(thread.is_alive), End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        belt.stop()
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
