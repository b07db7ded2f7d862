"""Tables of color as .cube files (Adobe, Cube LUT Specification 1.0): of sRGB-encoded values, red changing fastest."""

import math
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np

from cleanplate.errors import InputError, OutputError
from cleanplate.files.atomic import PathName, called, check_place, written_by
from cleanplate.handoff.texts import read_text
from cleanplate.transforms.forms import Transform

MOST_KNOTS = 129  # along each side that are read
MOST_BYTES = 1 << 27  # of a file that is read: 129 knots of four long numbers
IGNORED = ("TITLE", "LUT_3D_INPUT_RANGE", "LUT_IN_VIDEO_RANGE", "LUT_OUT_VIDEO_RANGE")  # of those, what Resolve adds


def check_target(target: PathName, *, overwrite: bool = False, inputs: Sequence[PathName] = ()) -> None:
    """Refuse a target before any work is done for it.

    Raises:
        OutputError: it does not end in .cube, or see ``files.photos.check_target``.
    """
    if not called(target).lower().endswith(".cube"):
        raise OutputError(f"{called(target)} is no table's name: give one that ends in .cube.")
    check_place(target, overwrite, inputs)


def write(table: Transform, target: PathName, *, overwrite: bool = False, title: str = "cleanplate") -> None:
    """Write a color change of the form ``lut``.

    Raises:
        InputError: it has another form.
        OutputError: see ``check_target``.
    """
    if table.kind != "lut":
        raise InputError(f"A .cube holds a table, and this color change is of the form {table.kind}: make one of it first.")
    check_target(target, overwrite=overwrite)
    knots = len(table.grid)
    rows = table.grid.transpose(2, 1, 0, 3).reshape(-1, 3)

    def lines(file: BinaryIO) -> None:
        file.write(f'TITLE "{title}"\nLUT_3D_SIZE {knots}\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\n'.encode())
        np.savetxt(file, rows, "%.7g")

    written_by(lines, target, called(target), overwrite=overwrite)


def read(source: PathName) -> Transform:
    """Read a table of three dimensions: a color change of the form ``lut``.

    Raises:
        InputError: it is no such table, or cannot be read.
    """
    name = called(source)
    try:
        return parsed(read_text(source, MOST_BYTES, "a table"), name)
    except ValueError as error:
        raise refused(name, "it holds something else than numbers and words of such files") from error


def parsed(text: str, name: str) -> Transform:
    """The table that the text of a file is."""
    told, numbers = dict[str, list[str]](), list[str]()
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words and words[0][0].isalpha() and words[0].upper() not in ("NAN", "INF"):
            told[words[0].upper()] = words[1:]
        else:
            numbers += words
    unknown = [each for each in told if each not in (*IGNORED, "LUT_3D_SIZE", "DOMAIN_MIN", "DOMAIN_MAX")]
    if unknown or "LUT_3D_SIZE" not in told:
        raise refused(name, f"it says {unknown[0][:40]}" if unknown else "it has no LUT_3D_SIZE")
    for bound, usual in (("DOMAIN_MIN", "0"), ("DOMAIN_MAX", "1")):
        if [float(each) for each in told.get(bound, [usual] * 3)] != [float(usual)] * 3:
            raise refused(name, "its domain is another than 0 to 1")
    knots, values = int(" ".join(told["LUT_3D_SIZE"])), np.array(numbers, np.float32)
    if not 2 <= knots <= MOST_KNOTS or values.size != 3 * knots**3:
        raise refused(name, f"it says {knots} knots a side and holds {values.size} numbers")
    if not math.isfinite(float(np.abs(values).max())):
        raise refused(name, "not all of its numbers are finite")
    return Transform(np.ascontiguousarray(values.reshape(knots, knots, knots, 3).transpose(2, 1, 0, 3)), "lut")


def refused(name: str, why: str) -> InputError:
    return InputError(f"{name} is no table that can be used, {why}: give a .cube of three dimensions from 0 to 1.")
