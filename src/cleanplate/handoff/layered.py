"""The door for layered files: which there are, and where the work is done."""

import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

from cleanplate.errors import InputError, MissingExtra, OutputError
from cleanplate.files import photos, sources
from cleanplate.files.atomic import PathName, called, check_place, written_by
from cleanplate.files.labels import NOTHING, Labels
from cleanplate.stages.sheets import Layers
from cleanplate.values import Depth, Size

ROOMS = {".psd": "psd", ".psb": "psd", ".ora": "ora", ".exr": "exr"}  # by suffix, the room that writes it
LIBRARIES = {"psd": ("psd_tools", "psd-tools"), "exr": ("Imath", "OpenEXR")}  # of a room: what it imports, and pip's name
EXTRA = "layers"


def is_layered(target: object, format: str | None = None) -> bool:
    """Whether a file of that name, or of that format, has layers."""
    return suffix_of(target, format) in ROOMS


def suffix_of(target: object, format: str | None) -> str:
    """The suffix that tells the format, in small letters."""
    if format:
        return "." + format.lower().lstrip(".")
    return Path(target).suffix.lower() if isinstance(target, str | os.PathLike) else ""


def check_target(
    target: PathName | BinaryIO, *, format: str | None = None, overwrite: bool = False, inputs: Sequence[PathName] = ()
) -> None:
    """Refuse a target before any work is done for it.

    Raises:
        OutputError: see ``files.photos.check_target``.
        MissingExtra: the library that writes it is not installed.
    """
    room(suffix_of(target, format))
    if isinstance(target, str | os.PathLike):
        check_place(target, overwrite, inputs)


def check_room(target: PathName | BinaryIO, format: str | None, picture: PathName | Size) -> None:
    """Refuse a format that cannot hold a picture of that size, or of that file's, before any work is done for it.

    Raises:
        OutputError: a side is too long.
        PhotoError: the file cannot be read.
    """
    size = picture if isinstance(picture, tuple) else sources.size_of(picture, photos.PIXEL_LIMIT)
    if suffix_of(target, format) == ".psd" and size is not None:
        room(".psd").check_size(size, called(target))


def write_layers(
    layers: Layers,
    target: PathName | BinaryIO,
    *,
    overwrite: bool = False,
    inputs: Sequence[PathName] = (),
    format: str | None = None,
    exr_compression: str | None = None,
    labels: Labels = NOTHING,
) -> None:
    """Write a composite's layers: PSD and PSB for Photoshop and most others, OpenRaster for Krita and GIMP, OpenEXR for films.

    Args:
        target: a path, whose suffix tells the format, or a binary file object, which needs ``format``.
        overwrite: whether an existing file may be replaced.
        inputs: files that must not be written over, however they are named.
        format: a suffix such as "psd", instead of the target's own.
        exr_compression: of an EXR, one of ``exr.COMPRESSIONS``; ``zip`` without it.
        labels: what is said of the composite.

    Raises:
        InputError: there is no such compression, or the format has none.
        OutputError: the target is refused (see ``files.photos.check_target``), or is of a format too small for the picture.
        MissingExtra: the library that writes it is not installed.
    """
    check_target(target, format=format, overwrite=overwrite, inputs=inputs)
    suffix, name = suffix_of(target, format), called(target)
    options = {"suffix": suffix, "labels": labels, **check_compression(suffix, exr_compression)}
    writer = room(suffix)
    written_by(lambda file: writer.write(layers, file, name, **options), target, name, overwrite=overwrite)


def check_depth(suffix: str, depth: Depth | None, name: str) -> None:
    """Refuse floats for a file that holds integers.

    Raises:
        OutputError: that was asked for.
    """
    if depth == "float" and suffix != ".exr":
        raise OutputError(f"{name} cannot hold floats: write an .exr or .tif, or ask for another depth.")


def check_compression(suffix: str, exr_compression: str | None) -> dict[str, str]:
    """What a room is told of a compression.

    Raises:
        InputError: the format has none.
    """
    if exr_compression is None:
        return {}
    if suffix != ".exr":
        raise InputError("`exr_compression` goes with an .exr: leave it out.")
    return {"exr_compression": exr_compression}


def room(suffix: str) -> ModuleType:
    """The room that writes files of that suffix."""
    if suffix not in ROOMS:
        raise OutputError(f"There is no layered format {suffix or 'without a suffix'}: give one of {', '.join(ROOMS)}.")
    name = ROOMS[suffix]
    try:
        return importlib.import_module(f"cleanplate.handoff.{name}")
    except ModuleNotFoundError as error:
        library, pip = LIBRARIES.get(name, ("", ""))
        if (error.name or "").split(".")[0] != library:
            raise
        raise MissingExtra(pip, EXTRA) from error
