"""The command `cleanplate`, which is ``python -m cleanplate`` too: the process made ready, then the command line.

Everything else is imported inside ``main``, so that what goes wrong in these tenths of a second is one sentence too.
"""

import contextlib
import os
import signal
import sys
from types import FrameType

STOPPED = 128  # and the signal's number: what a shell says of a process that a signal ended
INSTALLATION = 3  # the exit code of ``errors.SetupError``


def main() -> int:
    """Run the process's own command line and answer with its exit code."""
    mend_streams()
    listen()
    try:
        from cleanplate.cli import main as run

        return run()
    except KeyboardInterrupt:
        return STOPPED + signal.SIGINT
    except (ImportError, MemoryError, OSError) as error:  # anything else is a mistake of ours, to be seen whole
        with contextlib.suppress(OSError):
            print(f"cleanplate: It does not load here ({error}): free some memory, or reinstall it.", file=sys.stderr)
        return INSTALLATION


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
        sys.exit(STOPPED + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup's wish is respected
            signal.signal(number, stop)


if __name__ == "__main__":
    sys.exit(main())
