"""Where results go: names that may be written, and files that are whole or not there at all."""

import contextlib
import errno
import io
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from cleanplate.errors import OutputError, why
from cleanplate.files.temporary import held, sweep_once

PathName = str | os.PathLike[str]


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
    if found and (found.st_dev, found.st_ino) in map(identity, inputs):
        raise OutputError(f"{name} is one of the inputs, which are never written over: choose another name.")
    if found and stat.S_ISDIR(found.st_mode):
        raise OutputError(f"{name} is a folder: give a file name in it.")
    if found and not stat.S_ISREG(found.st_mode):
        raise OutputError(f"{name} is a device or pipe, not a file: choose another name.")
    if found and not overwrite:
        raise OutputError(f"{name} exists already: choose another name or allow overwriting (`overwrite`).")
    check_folder(os.path.dirname(path), name)


def those_among(files: Iterable[Path], inputs: Iterable[PathName]) -> Iterator[Path]:
    """Those of the files that are one of the inputs, also by a link."""
    known = {identity(each) for each in inputs} - {None}
    return (file for file in files if identity(file) in known)


def identity(path: PathName) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def check_folder(folder: str, name: str) -> None:
    shown = called(folder)
    if not os.path.isdir(folder):
        raise OutputError(f"{name} cannot be written, there is no folder {shown}: make it first.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{name} cannot be written, the folder {shown} is read-only: choose another.")


def deliver(data: bytes, target: PathName | BinaryIO, name: str, *, overwrite: bool) -> None:
    """Write all bytes or nothing.

    Raises:
        OutputError: the file system refuses; a file of that name appeared meanwhile and ``overwrite`` is False.
    """
    if not isinstance(target, str | os.PathLike):
        with refusals(name, "send it elsewhere"):
            target.write(data)
        return
    written_by(lambda file: file.write(data), target, name, overwrite=overwrite)


def written_by(write: Callable[[BinaryIO], object], target: PathName | BinaryIO, name: str, *, overwrite: bool) -> None:
    """As ``deliver``, of what is written into a file piece by piece, back and forth.

    Args:
        write: is given the file.
    """
    if not isinstance(target, str | os.PathLike):
        whole = io.BytesIO()
        write(whole)
        deliver(whole.getvalue(), target, name, overwrite=overwrite)
        return
    sweep_once(os.path.dirname(os.path.realpath(target)))
    with refusals(name), whole_file(target, overwrite=overwrite) as temporary, open(temporary, "r+b") as file:
        write(file)


@contextlib.contextmanager
def refusals(name: str, otherwise: str = "choose another folder") -> Iterator[None]:
    """A file system's refusal becomes one sentence; a full disk is named."""
    try:
        yield
    except OSError as error:
        advice = "free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else otherwise
        raise OutputError(f"{name} could not be written ({why(error)}): {advice}.") from error


# ---- files that are whole or not there -----------------------------------------------------------------------------


@contextlib.contextmanager
def whole_file(target: PathName, *, overwrite: bool) -> Iterator[str]:
    """The name of an empty temporary file in the target's folder, which takes the target's name when the block ends
    well and is gone when it does not.

    Raises:
        OutputError: a file of that name appeared meanwhile and ``overwrite`` is False.
    """
    path = os.path.realpath(target)  # behind a link the file is replaced and the link stays
    with held(os.path.dirname(path), private=os.path.exists(path)) as (temporary, descriptor):
        yield temporary
        os.fsync(descriptor)
        put(temporary, path, overwrite, called(target))
    sync(os.path.dirname(path))


@contextlib.contextmanager
def whole_files(folder: PathName, *, overwrite: bool) -> Iterator[str]:
    """The name of an empty folder beside, whose files move into ``folder`` together when the block ends well; until then
    what they replace stays as it is, and so it does when one of them cannot be moved. A link is replaced itself.

    Raises:
        OutputError: a file of one of the names appeared meanwhile and ``overwrite`` is False.
    """
    with held(os.fspath(folder), private=False) as (lock, _):
        beside = lock + "s"
        os.mkdir(beside, 0o700)  # what replaces a private file is not to be seen here before it is private too
        try:
            yield beside
            move_in(beside, os.fspath(folder), overwrite)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    sync(folder)


def put(temporary: str, path: str, overwrite: bool, name: str) -> None:
    """Give a whole file its name. Without ``overwrite`` that is done by a link, which refuses what is there, where a
    rename would replace it."""
    if overwrite:
        like(temporary, path)
        os.replace(temporary, path)
        return
    try:
        os.link(temporary, path)
    except FileExistsError as error:
        raise appeared(name) from error
    except OSError:  # FAT and some network folders have no links
        put_without_links(temporary, path, name)


def put_without_links(temporary: str, path: str, name: str) -> None:
    """The name is taken by an empty file first, which only one can make."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError as error:
        raise appeared(name) from error
    try:
        os.replace(temporary, path)
    except BaseException:
        os.unlink(path)
        raise


class Appeared(OutputError):
    """A file of that name appeared while it was being made."""


def appeared(name: str) -> Appeared:
    return Appeared(
        f"{name} appeared while it was being made and is kept: choose another name or allow overwriting (`overwrite`)."
    )


def like(temporary: str, path: str) -> None:
    """Give a file the owner and mode of the one that it will replace, where there is one."""
    try:
        old = os.stat(path)
    except FileNotFoundError:
        return
    with contextlib.suppress(OSError, AttributeError):  # only root gives files away, and Windows knows no owners
        os.chown(temporary, old.st_uid, old.st_gid)
    with contextlib.suppress(OSError):  # FAT knows no modes
        os.chmod(temporary, stat.S_IMODE(old.st_mode))


def move_in(beside: str, folder: str, overwrite: bool) -> None:
    """Every file of one folder into another, or none."""
    moved: list[tuple[str, str | None]] = []  # where to, and what was there
    try:
        for name in sorted(os.listdir(beside)):
            path, old = os.path.join(folder, name), os.path.join(beside, f".old-{name}")
            there = overwrite and os.path.lexists(path)
            if there:
                with contextlib.suppress(OSError):  # without links there is no way back from a replaced file
                    os.link(path, old, follow_symlinks=False)
            put(os.path.join(beside, name), path, overwrite, called(path))
            moved.append((path, old if there else None))
    except BaseException:
        for path, before in reversed(moved):
            with contextlib.suppress(OSError):
                os.unlink(path) if before is None else os.replace(before, path)
        raise


def sync(folder: PathName) -> None:
    """Force a rename itself to disk."""
    if os.name != "posix":  # only there a folder can be opened
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
