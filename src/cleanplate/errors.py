"""What can go wrong for a caller.

CleanplateError
├── InputError          what was given cannot be used (exit 2)
│   ├── PhotoError      a picture file cannot be read
│   ├── VideoError      a video file cannot be read
│   ├── NoPersonError   the matting network found nobody
│   └── OutputError     the result cannot be written where it was asked for
└── SetupError          this installation lacks something (exit 3)
    ├── WeightsError    a model file is missing, altered or of another contract
    ├── DeviceError     the graphs cannot run on the device that was asked for
    ├── MemoryShort     there is not enough memory for this
    └── MissingExtra    an optional dependency is not installed or does not load

Every message is one sentence: what was found, what was needed, what to do. What a caller can give stands in it as `name`, which the
command line shows as the flag --name.
"""

import mmap
import re


def why(error: BaseException) -> str:
    """A few words of one line from somebody else's error, to stand in a message of this package's."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    line = "".join(letter if letter.isprintable() else " " for letter in text.strip())
    return line[:120].rstrip(". ")


def in_shell(message: str) -> str:
    """A message for whom has flags, not arguments.

    >>> in_shell("use the `plate_fit` loop, see `cleanplate models`")
    'use the --plate-fit loop, see `cleanplate models`'
    """
    return re.sub(r"`([a-z_]+)`", lambda found: "--" + found[1].replace("_", "-"), message)


class CleanplateError(Exception):
    """Base of everything this package raises on purpose."""

    exit_code = 2


class InputError(CleanplateError):
    """What was given cannot be used."""


class PhotoError(InputError):
    """A picture file cannot be read.

    Args:
        message: the whole sentence.
        reason: a short code for programs, one of ``missing``, ``unreadable``, ``empty``, ``format``, ``truncated``,
            ``broken``, ``too-large``, ``profile``.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class VideoError(InputError):
    """A video file cannot be read.

    Args:
        message: the whole sentence.
        reason: a short code for programs, one of ``missing``, ``unreadable``, ``empty``, ``format``, ``no-video``,
            ``codec``, ``encrypted``, ``truncated``, ``broken``, ``too-large``, ``color``, ``hdr``, ``size``, ``span``.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class NoPersonError(InputError):
    """The matting network found nobody in the photo."""


class OutputError(InputError):
    """The result cannot be written where it was asked for."""


class SetupError(CleanplateError):
    """This installation lacks something."""

    exit_code = 3


class WeightsError(SetupError):
    """A model file is missing, altered or speaks another contract."""


class DeviceError(SetupError):
    """The graphs cannot run on the device that was asked for."""


class MemoryShort(SetupError):
    """There is not enough memory for this."""

    def __init__(self) -> None:
        super().__init__("There is not enough memory for this: give smaller pictures, or run it where more memory is free.")


NO_MEMORY = ("bad_alloc", "bad allocation", "insufficient memory", "out of memory", "failed to allocate", "can't start new thread",
             "cannot allocate memory", "failed to map segment")  # fmt: skip


def is_memory_short(error: BaseException) -> bool:
    """Whether somebody else's error says that memory is short: libraries say it in classes of their own.

    >>> is_memory_short(MemoryError()), is_memory_short(RuntimeError("std::bad_alloc")), is_memory_short(ValueError("2"))
    (True, True, False)
    """
    return isinstance(error, MemoryError) or any(words in str(error).lower() for words in NO_MEMORY)


def is_memory_left(bytes: int) -> bool:
    """Whether so many more could be had: asked when a library does not say why it failed. True where memory has no bound.

    >>> is_memory_left(1), is_memory_left(1 << 60)
    (True, False)
    """
    try:
        mmap.mmap(-1, bytes).close()
    except (OSError, ValueError, OverflowError):
        return False
    return True


class MissingExtra(SetupError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str, found: str = "") -> None:
        needed = f"{found}, and {package}, which reads them," if found else package
        super().__init__(f"{needed} is not installed; run: pip install 'cleanplate[{extra}]'")
