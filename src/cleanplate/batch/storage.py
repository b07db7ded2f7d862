"""Where files lie, on disk or in an object store: read, written whole, and created once only. An address is a path or a URL.

What a place promises: of several writers who ``create`` one file one succeeds; whoever reads gets a whole file or none.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from cleanplate.files import atomic, sources, temporary
from cleanplate.files.atomic import called

STATE = ".cleanplate"  # the folder in OUT that holds what a batch remembers


class Stamp(NamedTuple):
    """A file's size in bytes, and what changes when it is written anew: its time and number on disk, an object's tag."""

    bytes: int
    mark: str


class Place(Protocol):
    """Disk or object store. Addresses are whole: what ``files`` gives, the others take."""

    def stamp(self, address: str) -> Stamp | None:
        """None where there is no file of that name."""

    def read(self, address: str) -> bytes:
        """
        Raises:
            PhotoError: it is not there, or cannot be read.
        """

    def sha256(self, address: str) -> str:
        """Of what it holds, read a piece at a time.

        Raises:
            PhotoError: as ``read``.
        """

    def create(self, address: str, data: bytes) -> bool:
        """Whether it was written: False where something of that name is there already."""

    def replace(self, address: str, data: bytes) -> None:
        """Written, whatever was there."""

    def adopt(self, address: str, file: str, *, overwrite: bool) -> bool:
        """As ``create`` or ``replace``, with a file of ``scratch``, which may be moved away."""

    def remove(self, address: str) -> None:
        """Gone, also where it was not there."""

    def files(self, folder: str) -> Iterator[str]:
        """All files below a folder, in order, without hidden ones and what hidden folders hold."""

    def local(self, address: str) -> contextlib.AbstractContextManager[str]:
        """A path on this machine that holds the same, for whoever cannot read from bytes."""

    def scratch(self, folder: str) -> str:
        """A folder on this machine for what is to be adopted somewhere below that folder."""


def is_url(address: str) -> bool:
    """Whether an address lies in an object store.

    >>> is_url("s3://bucket/a.jpg"), is_url("C:/a.jpg"), is_url("a.jpg")
    (True, False, False)
    """
    return "://" in address


def place(address: str) -> Place:
    """The place that an address lies in."""
    if not is_url(address):
        return Disk()
    from cleanplate.batch import clouds

    return clouds.cloud(address)


def joined(folder: str, name: str) -> str:
    """The address of a name, its parts parted by /, in a folder.

    >>> joined("s3://bucket/out/", "a/b.jpg")
    's3://bucket/out/a/b.jpg'
    """
    return f"{folder.rstrip('/')}/{name}" if is_url(folder) else os.path.join(folder, *name.split("/"))


def is_hidden(name: str) -> bool:
    """Whether a file, or a folder that it lies in, is hidden.

    >>> is_hidden(".cleanplate/a.json"), is_hidden("a/b.jpg")
    (True, False)
    """
    return any(part.startswith(".") for part in name.split("/"))


class Disk:
    """Files and folders of this machine, or what others share with it. Writing makes the folders that are missing."""

    def stamp(self, address: str) -> Stamp | None:
        try:
            found = os.stat(address)
        except (OSError, ValueError):
            return None
        return Stamp(found.st_size, f"{found.st_mtime_ns}-{found.st_ino}")

    def read(self, address: str) -> bytes:
        with sources.reading(address, called(address)) as file:
            return file.read()

    def sha256(self, address: str) -> str:
        with sources.reading(address, called(address)) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]

    def create(self, address: str, data: bytes) -> bool:
        with self._ready(address):
            try:
                with atomic.whole_file(address, overwrite=False) as temporary_name:
                    Path(temporary_name).write_bytes(data)
            except atomic.Appeared:
                return False
        return True

    def replace(self, address: str, data: bytes) -> None:
        with self._ready(address), atomic.whole_file(address, overwrite=True) as temporary_name:
            Path(temporary_name).write_bytes(data)

    def adopt(self, address: str, file: str, *, overwrite: bool) -> bool:
        with self._ready(address):
            with open(file, "r+b") as written:
                os.fsync(written.fileno())
            try:
                atomic.put(file, os.path.realpath(address), overwrite, called(address))
            except atomic.Appeared:
                return False
            atomic.sync(os.path.dirname(os.path.realpath(address)))
        return True

    @contextlib.contextmanager
    def _ready(self, address: str) -> Iterator[None]:
        """The folder made, what killed processes left in it swept away, and refusals in one sentence."""
        with atomic.refusals(called(address)):
            folder = os.path.dirname(os.path.realpath(address))
            os.makedirs(folder, exist_ok=True)
            temporary.sweep_once(folder)
            yield

    def remove(self, address: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(address)

    def files(self, folder: str) -> Iterator[str]:
        for root, folders, names in os.walk(folder):
            folders[:] = sorted(each for each in folders if not each.startswith("."))
            yield from (os.path.join(root, each) for each in sorted(names) if not each.startswith("."))

    def local(self, address: str) -> contextlib.AbstractContextManager[str]:
        return contextlib.nullcontext(address)

    def scratch(self, folder: str) -> str:
        made = os.path.join(folder, STATE, "scratch")
        with atomic.refusals(called(folder)):
            os.makedirs(made, exist_ok=True)
        atomic.check_folder(folder, called(folder))
        return made
