"""Where results go: names that may be written, and files that are whole or not there at all."""

import contextlib
import errno
import os
import secrets
import stat
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from cleanplate.errors import OutputError, why

try:
    import fcntl
except ImportError:  # Windows: an abandoned file is told by its age alone
    fcntl = None  # type: ignore[assignment]

PathName = str | os.PathLike[str]

YOUNG = 60.0  # seconds; a file this new may belong to a writer that is just about to lock it
OLD = 86_400.0  # seconds; where files cannot be locked, no job is expected to leave its file untouched for a day


def called(name: object, otherwise: str = "The stream") -> str:
    """What to call a source or target in a one-line message.

    >>> called("a\\nb.png"), called(b"...", "The picture")
    ('a?b.png', 'The picture')
    """
    text = os.fspath(name) if isinstance(name, str | os.PathLike) else otherwise
    return "".join(letter if letter.isprintable() else "?" for letter in text) or "The empty file name"


def check_place(target: PathName, overwrite: bool, inputs: Sequence[PathName]) -> None:
    """Refuse a place to write to before any work is done for it, whatever is to be written.

    Raises:
        OutputError: one of the inputs (also by a link), exists and ``overwrite`` is False, a folder or device, folder
            missing or not writable, a name that the file system refuses.
    """
    name, found = called(target), None
    try:
        path = os.path.realpath(target)
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        pass  # free, or its folder is missing
    except (OSError, ValueError) as error:
        raise OutputError(f"{name} is no usable file name ({why(error)}): choose another.") from error
    if found and any(os.path.exists(other) and os.path.samestat(found, os.stat(other)) for other in inputs):
        raise OutputError(f"{name} is one of the inputs, which are never written over: choose another name.")
    if found and stat.S_ISDIR(found.st_mode):
        raise OutputError(f"{name} is a folder: give a file name in it.")
    if found and not stat.S_ISREG(found.st_mode):
        raise OutputError(f"{name} is a device or pipe, not a file: choose another name.")
    if found and not overwrite:
        raise OutputError(f"{name} exists already: choose another name or allow overwriting (`overwrite`).")
    check_folder(os.path.dirname(path), name)


def check_folder(folder: str, name: str) -> None:
    shown = called(folder)
    if not os.path.isdir(folder):
        raise OutputError(f"{name} cannot be written, there is no folder {shown}: make it first.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{name} cannot be written, the folder {shown} is read-only: choose another.")


def deliver(data: bytes, target: PathName | BinaryIO, name: str) -> None:
    """Write all bytes or nothing.

    Raises:
        OutputError: the file system refuses.
    """
    with refusals(name):
        if not isinstance(target, str | os.PathLike):
            target.write(data)
            return
        with whole_file(target) as temporary, open(temporary, "r+b") as file:
            file.write(data)


@contextlib.contextmanager
def refusals(name: str) -> Iterator[None]:
    """A file system's refusal becomes one sentence; a full disk is named."""
    try:
        yield
    except OSError as error:
        advice = "free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "choose another folder"
        raise OutputError(f"{name} could not be written ({why(error)}): {advice}.") from error


@contextlib.contextmanager
def whole_file(target: PathName) -> Iterator[str]:
    """The name of an empty temporary file in the target's folder, which takes the target's name when the block ends
    well and is gone when it does not. It is locked meanwhile: what is found unlocked was left by a killed process.
    """
    path = os.path.realpath(target)  # behind a link the file is replaced and the link stays
    folder = os.path.dirname(path)
    temporary = os.path.join(folder, f".cleanplate-{secrets.token_hex(8)}.part")
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)  # tempfile's 0600 would outlive the rename
    try:
        try:
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield temporary
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
    if os.name == "posix":  # only there a folder can be opened, to force the rename itself to disk
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sweep(folder: PathName) -> None:
    """Remove the temporary files that killed processes left in a folder."""
    for path in Path(folder).glob(".cleanplate-*.part"):
        with contextlib.suppress(OSError):  # another sweeper was here, or the owner has just finished
            if time.time() - path.stat().st_mtime > YOUNG and _abandoned(path):
                path.unlink()


def _abandoned(path: Path) -> bool:
    if fcntl is None:
        return time.time() - path.stat().st_mtime > OLD
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
