"""What a place for files promises, disk or object store: of several writers who ``create`` one file one succeeds; whoever reads
gets a whole file or none. An address is a path or a URL."""

import contextlib
import os
from collections.abc import Iterator
from typing import NamedTuple, Protocol

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

    def part(self, address: str, start: int, end: int) -> bytes:
        """Some of its bytes.

        Raises:
            PhotoError: as ``read``, or it ends before.
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
