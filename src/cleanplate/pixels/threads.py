"""Work on all the cores that this process may use."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def cores() -> int:
    """How many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
