"""The command `cleanplate`, which is ``python -m cleanplate`` too: the process made ready, then the command line.

Everything else is imported inside ``main``, so that what goes wrong in these tenths of a second is one sentence too.
"""

import contextlib
import os
import signal
import sys
from types import FrameType

from cleanplate import bounded_memory

STOPPED = 128  # and the signal's number: what a shell says of a process that a signal ended
STOPS = {STOPPED + number: number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None))}


class Stopped(SystemExit):
    """A signal came that ends the process."""

    code: int


def main() -> int:
    """Run the process's own command line and answer with its exit code; of one that was stopped the process ends here."""
    mend_streams()
    code = bounded_memory.in_child(stoppable) if bounded_memory.is_bounded() else stoppable()
    if code in STOPS:
        leave(code)
    return code


def stoppable() -> int:
    """The command line, which signals may stop."""
    listen()
    try:
        code = run()
    except KeyboardInterrupt:
        code = STOPPED + signal.SIGINT
    except Stopped as stop:
        code = stop.code
    if code not in STOPS:
        for number in STOPS.values():  # all is done: whoever stops what is left needs no exception for it
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
    return code


def run() -> int:
    """Everything that is not of the process."""
    try:
        from cleanplate.cli import main as command_line
    except (ImportError, MemoryError, OSError) as error:  # anything else is a mistake of ours, to be seen whole
        if isinstance(first(error), KeyboardInterrupt | Stopped):  # it came while a library loaded, which made an error of it
            raise first(error) from None
        with contextlib.suppress(OSError):
            print(f"cleanplate: It does not load here ({reason(error)}): free some memory, or reinstall it.", file=sys.stderr)
        return bounded_memory.INSTALLATION
    return command_line()


def leave(code: int) -> None:
    """End the process without Python's own end, in which libraries abort whose threads are still at work."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def first(error: BaseException) -> BaseException:
    """The error that others were made of."""
    while (before := error.__cause__ or error.__context__) is not None:
        error = before
    return error


def reason(error: BaseException) -> str:
    """A few words of one line, of the first error: numpy puts a page of advice before it."""
    return (" ".join(str(first(error)).split()) or type(error).__name__)[:160]


def mend_streams() -> None:
    """Where stdin, stdout or stderr is closed, something that gives and takes nothing stands in: else the next file opened would
    have its number, and what is printed would end up in a picture. Only words may be lost so; data sent there is refused."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY), number)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if name == "stdin" else "w", closefd=False))  # noqa: SIM115 - until the process ends


def listen() -> None:
    """Be stopped by the signals that end a process as by Ctrl-C: nothing half done is left. A second one ends it at once."""

    def stop(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        raise Stopped(STOPPED + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup's wish is respected
            signal.signal(number, stop)


if __name__ == "__main__":
    sys.exit(main())
