"""Whatever people name -> the files meant: a file, a folder with all below it, a pattern such as ``people/**/*.jpg``, or a URL."""

import fnmatch
import glob
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from cleanplate import storage
from cleanplate.errors import InputError
from cleanplate.files.atomic import called
from cleanplate.files.photos import WRITABLE

RAW = (".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2", ".pef", ".srw")
PICTURES = (*WRITABLE, ".gif", ".psd", ".exr", *RAW)
FILMED = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".ts", ".mts", ".mpg", ".mpeg")
WILD = re.compile(r"[*?\[]")


class NothingThere(InputError):
    """A folder or pattern stands for nothing now."""


class Found(NamedTuple):
    """A file that was meant.

    Args:
        address: where it is.
        name: its name below the folder that was given, its parts parted by /.
    """

    address: str
    name: str

    @property
    def is_film(self) -> bool:
        return is_film(self.address)


def is_film(address: str) -> bool:
    return PurePosixPath(address).suffix.lower() in FILMED


def found(given: Sequence[str], without: str | None = None) -> tuple[list[Found], list[str]]:
    """The files of several names, each once and in order, and one sentence each on what was left out.

    Args:
        without: a folder whose files are not meant: that of the results, which may lie below.

    Raises:
        NothingThere: a name that stands for nothing.
        InputError: the folder of the results itself.
    """
    files: dict[str, Found] = {}
    said: list[str] = []
    for each in given:
        if without is not None and os.path.isdir(each) and os.path.realpath(each) == os.path.realpath(without):
            raise InputError(
                f"{called(each)} is given, and is to take the results too: they would be taken for people; name another."
            )
        named = [one for one in below(each) if one.address == each or without is None or not is_below(one.address, without)]
        taken = [one for one in named if one.address == each or PurePosixPath(one.name).suffix.lower() in (*PICTURES, *FILMED)]
        if not taken:
            raise NothingThere(
                f"{called(each)} holds no picture or film: give a file, a folder of files, or a pattern that some have."
            )
        others = [one.name for one in named if one not in taken]
        if others:
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            said.append(f"{called(each)}: left out, for they have no suffix of a picture or film: {called(others[0])}{more}.")
        files |= {one.address: one for one in taken if one.address not in files}
    return list(files.values()), said


def below(given: str) -> Iterator[Found]:
    """All files that a name stands for."""
    if storage.is_url(given):
        yield from of_a_store(given)
    elif os.path.isdir(given):
        for path in storage.Disk().files(given):
            yield Found(path, relative(path, given))
    elif os.path.exists(given):
        yield Found(given, os.path.basename(given))
    elif WILD.search(given):
        top = fixed(given.replace(os.sep, "/"))
        for path in sorted(glob.glob(given, recursive=True)):
            if os.path.isfile(path):
                yield Found(path, relative(path, top or "."))
    else:
        raise InputError(
            f"{called(given)} does not exist: give a file, a folder, a pattern in quotes, or a URL such as s3://bucket/people."
        )


def of_a_store(given: str) -> Iterator[Found]:
    """Files of an object store: one, all below a prefix, or those that fit a pattern."""
    place = storage.place(given)
    if not WILD.search(given) and place.stamp(given) is not None:
        yield Found(given, given.rpartition("/")[2])
        return
    top = fixed(given)
    for address in place.files(top):
        if not WILD.search(given) or fnmatch.fnmatchcase(address, given.replace("**/", "*")):
            yield Found(address, address[len(top.rstrip("/")) + 1 :])


def fixed(pattern: str) -> str:
    """The folder that all files of a pattern lie below.

    >>> fixed("people/2026/*/a*.jpg"), fixed("*.jpg"), fixed("s3://bucket/people")
    ('people/2026', '', 's3://bucket/people')
    """
    parts = pattern.split("/")
    wild = next((number for number, part in enumerate(parts) if WILD.search(part)), len(parts))
    return "/".join(parts[:wild])


def relative(path: str, folder: str) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")


def is_below(address: str, folder: str) -> bool:
    """Whether a file lies below a folder."""
    if storage.is_url(address) or storage.is_url(folder):
        return address.startswith(folder.rstrip("/") + "/")
    return os.path.realpath(address).startswith(os.path.realpath(folder) + os.sep)
