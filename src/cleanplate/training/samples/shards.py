"""A written set as tar files, for many machines and for object stores: a file for thousands of samples in place of many for each.

    000000.tar 000001.tar ...   of each sample 000007.composite.png, 000007.alpha.png, ... and 000007.json, as WebDataset names them
    manifest.jsonl              the set's lines, each with its tar and the stretch of bytes in it

Whatever reads WebDataset reads them from one end to the other; training draws samples in any order, each by one request.
"""

import io
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cleanplate import storage
from cleanplate.errors import OutputError
from cleanplate.training.samples import sets

LARGEST = 256 << 20  # bytes of a tar, about: it is put in one request, and made in memory


def write(source: str | Path, out: str | Path, largest: int = LARGEST, overwrite: bool = False) -> str:
    """Write a set, or one that is in tar files already, as tar files; the address of their manifest.

    The manifest comes last: without it they are unfinished, and are written again from the first.

    Args:
        source, out: folders or URLs.

    Raises:
        InputError: ``source`` is no finished set; see ``sets.contents``.
        OutputError: ``out`` holds a set already.
    """
    found = sets.entries(source)
    if sets.is_set(out) and not overwrite:
        raise OutputError(f"{out} holds a set already: choose another place or allow overwriting (`overwrite`).")
    place, manifest = storage.place(os.fspath(out)), storage.joined(os.fspath(out), sets.MANIFEST)
    if sets.is_set(out):
        place.remove(manifest)
    lines: list[dict[str, Any]] = []
    for name, data, told in tars(source, found, largest):
        place.replace(storage.joined(os.fspath(out), name), data)
        lines += told
    place.replace(manifest, "".join(json.dumps(line) + "\n" for line in lines).encode())
    return manifest


def tars(source: str | Path, found: list[dict[str, Any]], largest: int) -> Iterator[tuple[str, bytes, list[dict[str, Any]]]]:
    """Name, contents and manifest lines of one tar after the other."""
    left, number = iter(found), 0
    while entry := next(left, None):
        held, lines, name = io.BytesIO(), list[dict[str, Any]](), f"{number:06d}.tar"
        with tarfile.open(fileobj=held, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            while entry:
                lines.append(add(tar, name, entry, sets.contents(source, entry)))
                entry = next(left, None) if tar.offset < largest else None
        yield name, held.getvalue(), lines
        number += 1


def add(tar: tarfile.TarFile, name: str, entry: dict[str, Any], contents: dict[str, bytes]) -> dict[str, Any]:
    """Add a sample; its line of the manifest."""
    start, key = tar.offset, f"{entry['sample']:06d}"
    files = {field: f"{key}.{field}.png" for field in contents}
    line = {each: value for each, value in entry.items() if each not in ("tar", "span")} | {"files": files}
    for file, data in [*((files[field], data) for field, data in contents.items()), (f"{key}.json", json.dumps(line).encode())]:
        member = tarfile.TarInfo(file)  # of no time and nobody: the same set gives the same bytes
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return line | {"tar": name, "span": [start, tar.offset]}
