"""Values as they are typed: sizes, depths, and what there is to choose from."""

import re
from enum import StrEnum

import typer

from cleanplate import recipes
from cleanplate.errors import InputError
from cleanplate.values import Size


def parse_bytes(text: str) -> int:
    """A size as people write it.

    >>> parse_bytes("2GB"), parse_bytes("500MB"), parse_bytes("0")
    (2000000000, 500000000, 0)
    """
    found = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)\s*(KB|MB|GB|TB)?", text.strip().upper())
    if found is None:
        raise typer.BadParameter(f"{text} is no size: give one such as 2GB.")
    return int(float(found[1]) * {None: 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}[found[2]])


def parse_size(text: str) -> Size:
    """``recipes.size_of`` with the command line's own error.

    >>> parse_size("1920x1080")
    (1080, 1920)
    """
    try:
        return recipes.size_of(text)
    except InputError as error:
        raise typer.BadParameter(str(error)) from error


def parse_depth(text: str) -> int | str:
    """A depth as it is typed; ``values.check_depth`` says which there are.

    >>> parse_depth("16"), parse_depth("float")
    (16, 'float')
    """
    return int(text) if text.isascii() and text.isdigit() else text


class PlacingFit(StrEnum):  # settings.FITS
    auto = "auto"
    keep = "keep"


class Kept(StrEnum):  # settings.KEPT
    main = "main"
    all = "all"


class Spaces(StrEnum):  # files.conversion.SPACES
    keep = "keep"
    srgb = "srgb"
    display_p3 = "display-p3"
    adobe_rgb = "adobe-rgb"
    prophoto = "prophoto"


class Packing(StrEnum):  # files.tiffs.COMPRESSIONS
    deflate = "deflate"
    lzw = "lzw"
    none = "none"


class Carried(StrEnum):  # files.labels.METADATA
    keep = "keep"
    copyright = "copyright"
    none = "none"


class Marked(StrEnum):  # files.labels.MARKS
    composite = "composite"
    none = "none"


class Weighting(StrEnum):  # settings.WEIGHTS
    fast = "fast"
    open = "open"
