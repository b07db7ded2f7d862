"""Work on all the cores that this process may use."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

_most: list[int] = []  # cores that this process shall use, once that was said


def cores() -> int:
    """How many there are."""
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min([found, *_most])


def use(count: int) -> None:
    """Use no more cores than that from here on: one of many processes on a machine takes its share.

    Graphs that are loaded already keep their threads.
    """
    import cv2

    _most[:] = [count]
    cv2.setNumThreads(count)


def share() -> int:
    """How many cores this process was told to use; 0 where nothing was said, which codecs take for as many as they like."""
    return _most[0] if _most else 0


def on_all_cores(work: Callable[[Any], None], parts: Sequence[Any]) -> None:
    """Call ``work`` on every part, as many at a time as there are cores.

    >>> done = []
    >>> on_all_cores(done.append, "ab")
    >>> sorted(done)
    ['a', 'b']
    """
    count = min(cores(), len(parts))
    if count < 2:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(work, parts))
