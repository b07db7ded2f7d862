"""Threads keep the priority that they had, whatever a library does to them."""

import contextlib
import os
from collections.abc import Iterator

Class = tuple[int, int]  # the kernel's scheduling class of a thread, and its real-time priority

TASKS = "/proc/self/task"  # one entry for each thread, by its number


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """When the block ends, every thread is back in the scheduling class that it had, and new ones in that of the caller.

    SVT-AV1, run by root, puts the thread that opens it into ``SCHED_FIFO`` at 99, the highest there is, and with it all threads
    that it starts: they would be served before everything else on the machine. It has no parameter against it.
    """
    if not (hasattr(os, "sched_setscheduler") and os.path.isdir(TASKS)):  # elsewhere it does not do it
        yield
        return
    before, own = classes(), class_of(0)
    try:
        yield
    finally:
        for thread, found in classes().items():
            if found != (wanted := before.get(thread, own)):
                with contextlib.suppress(OSError):  # it has just ended, or may not be changed from here
                    os.sched_setscheduler(thread, wanted[0], os.sched_param(wanted[1]))


def classes() -> dict[int, Class]:
    """The scheduling class of every thread of this process."""
    found = {}
    for thread in map(int, os.listdir(TASKS)):
        with contextlib.suppress(ProcessLookupError):
            found[thread] = class_of(thread)
    return found


def class_of(thread: int) -> Class:
    return os.sched_getscheduler(thread), os.sched_getparam(thread).sched_priority
