"""Temporary files beside what they will become, told from those that killed processes left by a lock on each."""

import contextlib
import functools
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: an abandoned file is told by its age alone
    fcntl = None  # type: ignore[assignment]

YOUNG = 60.0  # seconds; a file this new may belong to a writer that is just about to lock it
OLD = 86_400.0  # seconds; where files cannot be locked, no job is expected to leave its file untouched for a day


@contextlib.contextmanager
def held(folder: str, *, private: bool) -> Iterator[tuple[str, int]]:
    """A new temporary file's name and descriptor. It is locked until the block ends, and gone then at the latest: what is
    found unlocked was left by a killed process."""
    temporary = os.path.join(folder, f".cleanplate-{secrets.token_hex(8)}.part")
    mode = 0o600 if private else 0o666  # tempfile's 0600 would outlive the rename
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode)
    try:
        try:
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield temporary, descriptor
        finally:
            os.close(descriptor)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


@functools.lru_cache(maxsize=256)
def sweep_once(folder: str) -> None:
    """``sweep`` a folder before the first picture: to look through it for each costs time where it holds thousands."""
    sweep(folder)


def sweep(folder: str | os.PathLike[str]) -> None:
    """Remove the temporary files that killed processes left in a folder."""
    for path in Path(folder).glob(".cleanplate-*.part"):
        with contextlib.suppress(OSError):  # another sweeper was here, or the owner has just finished
            if age(path) > YOUNG and is_abandoned(path):
                shutil.rmtree(f"{path}s", ignore_errors=True)
                path.unlink()
    for path in Path(folder).glob(".cleanplate-*.parts"):
        with contextlib.suppress(OSError):
            if age(path) > YOUNG and not path.with_suffix(".part").exists():
                shutil.rmtree(path, ignore_errors=True)


def age(path: Path) -> float:
    return time.time() - path.stat().st_mtime


def is_abandoned(path: Path) -> bool:
    if fcntl is None:
        return age(path) > OLD
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


@contextlib.contextmanager
def working_folder(folder: str) -> Iterator[str]:
    """A new folder inside one, gone when the block ends; what killed processes left of such is removed first."""
    sweep(folder)
    with held(folder, private=False) as (lock, _):
        made = lock + "s"
        os.mkdir(made, 0o700)
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)
