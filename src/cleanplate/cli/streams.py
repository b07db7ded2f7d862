"""What the process says, on streams that may be full, closed or gone."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import IO

from cleanplate.errors import OutputError, why


def say(text: str = "", end: str = "\n") -> None:
    """Words on stderr. If they cannot be said they are left unsaid: what happened is told by the exit code too."""
    with contextlib.suppress(OSError):
        print(text, end=end, file=sys.stderr, flush=True)


def give_up(stream: IO[str]) -> None:
    """Let a stream's rest go nowhere; else Python would try again at its end, and complain."""
    with contextlib.suppress(OSError, ValueError):  # no file, or closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextlib.contextmanager
def printing() -> Iterator[None]:
    """What is written to stdout inside reaches its reader, or the command ends because that one went away or is full."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise OutputError("The reader of stdout went away.") from error
    except OSError as error:
        raise OutputError(f"stdout takes no data ({why(error)}): send it elsewhere.") from error
