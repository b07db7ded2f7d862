"""A process of bounded memory (``ulimit -v``) does its work in a child: some libraries end the process when they get no memory.

C code that calls ``abort`` or ``exit`` cannot be caught from inside. The child says when it ends by itself; where it does not, the
parent says what is so. Nothing of this is done where memory has no bound.
"""

import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator

from cleanplate.errors import MemoryShort

PASSED_ON = [number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None))]
LIBRARIES = [number for name in ("SIGSEGV", "SIGABRT", "SIGBUS") if (number := getattr(signal, name, None))]  # how they end it
INSTALLATION = 3  # the exit code of ``errors.SetupError``


def is_bounded() -> bool:
    """Whether this process may map so much memory and no more."""
    try:
        import resource
    except ImportError:  # Windows has no such bounds
        return False
    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


def in_child(work: Callable[[], int]) -> int:
    """``work`` in a child of this process, and its exit code there; in the child itself too, which ends with it.

    The child leads a process group of its own, so that a terminal's Ctrl-C reaches it once, from here.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # without memory for more threads it ends the process, numpy's as OpenCV's
    told, tell = os.pipe()
    heard = {number for number in PASSED_ON if signal.getsignal(number) is not signal.SIG_IGN}
    signal.pthread_sigmask(signal.SIG_BLOCK, heard | {signal.SIGCHLD})  # waited for, not handled: none comes at a wrong moment
    child = os.fork()
    if child:
        os.close(tell)
        return outcome(child, told, heard)
    os.close(told)
    os.setpgid(0, 0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, heard | {signal.SIGCHLD})
    with libraries_silent():
        try:
            return work()
        finally:
            os.write(tell, b".")


@contextlib.contextmanager
def libraries_silent() -> Iterator[None]:
    """What C code prints on stderr is kept from it: its last words would stand before the one sentence. Python's own go there."""
    with tempfile.TemporaryFile() as aside, open(os.dup(2), "w", buffering=1, errors="backslashreplace") as words:
        os.dup2(aside.fileno(), 2)
        before, sys.stderr = sys.stderr, words
        try:
            yield
        finally:
            words.flush()
            os.dup2(words.fileno(), 2)
            sys.stderr = before


def outcome(child: int, told: int, heard: set[int]) -> int:
    """The exit code of a child that is waited for; the signals ``heard``, which are blocked, are passed on to it."""
    status = ended(child, heard)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, heard)
    by_itself = os.read(told, 1) == b"."
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) not in LIBRARIES:
        end_by(os.WTERMSIG(status))
    if by_itself and os.WIFEXITED(status):
        return os.WEXITSTATUS(status)
    with contextlib.suppress(OSError):
        print(f"cleanplate: {MemoryShort()}", file=sys.stderr)
    return INSTALLATION


def ended(child: int, heard: set[int]) -> int:
    """The status with which a child ends."""
    while True:
        number = signal.sigwait(heard | {signal.SIGCHLD})
        if number in heard:
            os.kill(child, number)
        elif (found := os.waitpid(child, os.WNOHANG))[0]:
            return found[1]


def end_by(number: int) -> None:
    """Be ended by a signal as the child was, so that whoever started this sees the same."""
    if number in PASSED_ON:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
