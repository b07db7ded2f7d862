"""A worker: a process that decodes and composes what strangers send, within limits, and can be lost without harm.

Reads messages from its stdin and answers each on its stdout (see ``wire``), one after the other, until stdin ends.
"""

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

from cleanplate.errors import CleanplateError, MemoryShort, is_memory_short
from cleanplate.files.silence import quiet_libraries
from cleanplate.serve import wire
from cleanplate.serve.problems import Refused, refusal
from cleanplate.serve.wire import Message
from cleanplate.serve.work import Workshop

BROKEN = "This could not be worked on, which is a mistake of the server's: its own log says more."


def main() -> int:
    """Work until there is none left."""
    told = json.loads(sys.argv[1])
    inward, outward = own_streams()
    quiet_libraries()
    os.umask(0o077)
    limit_memory(told["memory"])
    shop, by = Workshop(told["device"], told["pixels"]), told["nice"]
    outward.write(wire.packed({"ready": os.getpid()}))
    outward.flush()
    while (found := wire.read(inward)) is not None:
        message, _ = found
        limit_time(told["seconds"])
        for answer, data in answers(shop, message):
            outward.write(wire.packed(answer, data))
            outward.flush()
        if message.get("do") != "health":
            give_way(by)  # not sooner: the page that has just been opened waits for its first picture, and nobody else
            by = 0
    return 0


def own_streams() -> tuple[BinaryIO, BinaryIO]:
    """Where messages come in and go out; what libraries print goes to stderr."""
    inward, outward = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    return inward, outward


def answers(shop: Workshop, message: Message) -> Any:
    """What is said to a message: steps on the way, and the end of it: ``done`` or ``problem``."""
    sent: Callable[..., Any] = getattr(shop, f"do_{message.get('do')}")
    try:
        answer = sent(message)
        if isinstance(answer, tuple):
            yield {"done": answer[0]}, answer[1]
        else:
            yield from (({name: value}, b"") for name, value in answer)
    except Exception as error:  # noqa: BLE001 - whatever a picture did to this process, the next one is another's
        yield {"problem": problem(error)}, b""


def problem(error: Exception) -> dict[str, Any]:
    """An error as a problem; one that is a mistake of ours is told to the log."""
    if isinstance(error, Refused):
        return error.problem
    if is_memory_short(error):
        error = MemoryShort()
    if isinstance(error, CleanplateError):
        return refusal(error).problem
    import traceback

    traceback.print_exception(error)
    return Refused(500, "mistake", BROKEN).problem


def give_way(by: int) -> None:
    """Let other processes go first, by so much: every thread, since Linux counts each by itself and networks have their own."""
    threads = os.listdir("/proc/self/task") if by and os.path.isdir("/proc/self/task") else []
    for thread in map(int, threads):
        with suppress(ProcessLookupError):  # it has just ended
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + by)
    if by and not threads:
        os.nice(by)


# ---- limits -----------------------------------------------------------------------------------------------------


def limit_memory(more: int) -> None:
    """Let this process take so many bytes beyond what it has; where there are no such limits, none."""
    try:
        import resource
    except ImportError:  # Windows
        return
    with open("/proc/self/statm", encoding="ascii") as file:
        held = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + more, held + more))


def limit_time(seconds: float) -> None:
    """Let this process compute for so long from now, on however many cores; the system ends it then (SIGXCPU)."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    soft = int(used.ru_utime + used.ru_stime + seconds * count) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


if __name__ == "__main__":
    sys.exit(main())
