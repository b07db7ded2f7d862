"""What several commands share: their options, where data goes in and out, and what is said."""

import re
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from cleanplate import photos
from cleanplate.devices import Device
from cleanplate.errors import InputError, OutputError
from cleanplate.types import Size

STREAM = "-"  # stdin as an input, stdout as an output


def source(name: str) -> str | BinaryIO:
    """A file's name, or stdin."""
    return sys.stdin.buffer if name == STREAM else name


def checked(out: str, kind: str | None, overwrite: bool, *inputs: str | None, quality: int = 95) -> dict[str, Any]:
    """What ``photos.write_image`` and ``write_alpha`` are told; here all is refused that can be before any work is done.

    Raises:
        InputError: two inputs from stdin, a format beside a file name.
        OutputError: an unknown format, or see ``photos.check_target``.
    """
    given = [each for each in inputs if each is not None]
    files = [each for each in given if each != STREAM]
    if len(given) - len(files) > 1:
        raise InputError("Only one input can come from stdin (-): give the others as files.")
    told = {"overwrite": overwrite, "inputs": files, "quality": quality}
    if out == STREAM:
        kind = kind or "png"
        if f".{kind}" not in photos.WRITABLE:
            raise OutputError(f"There is no format {kind} to write: give one of {', '.join(photos.WRITABLE).replace('.', '')}.")
        return told | {"target": sys.stdout.buffer, "format": kind}
    if kind is not None:
        raise InputError("--format goes with -o - only: the suffix of a file tells its format.")
    photos.check_target(out, overwrite=overwrite, inputs=files)
    return told | {"target": out}


@contextmanager
def printing() -> Iterator[None]:
    """What is written to stdout inside reaches its reader, or the command ends quietly because that one went away."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise OutputError("The reader of stdout went away.") from error


def caution(warnings: Iterable[str]) -> None:
    """What is not as it should be, on stderr."""
    for sentence in warnings:
        print(f"cleanplate: {sentence}", file=sys.stderr)


def tell(quiet: bool, out: str, seconds: dict[str, float], start: float) -> None:
    """One line for each stage and one for the whole, on stderr."""
    if not quiet:
        for stage, took in seconds.items():
            print(f"{stage:<10}{took:7.2f} s", file=sys.stderr)
        print(f"{'in all':<10}{time.perf_counter() - start:7.2f} s  -> {'stdout' if out == STREAM else out}", file=sys.stderr)


def parse_size(text: str) -> Size:
    """Width x height as people write it -> (height, width).

    >>> parse_size("1920x1080")
    (1080, 1920)
    """
    found = re.fullmatch(r"([1-9]\d{0,5})[xX]([1-9]\d{0,5})", text)
    if found is None:
        raise typer.BadParameter(f"{text} is no size: give width and height in pixels, such as 1920x1080.")
    width, height = int(found[1]), int(found[2])
    if width * height > photos.PIXEL_LIMIT:
        raise typer.BadParameter(f"{text} has more than {photos.PIXEL_LIMIT / 1e6:g} million pixels: ask for fewer.")
    return height, width

Out = Annotated[str, typer.Option("--out", "-o", metavar="OUT", help="Picture (or video) to write; - for stdout.")]
Kind = Annotated[str | None, typer.Option("--format", metavar="png|jpg|...", help="Format on stdout; png without it.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.")]
Quality = Annotated[int, typer.Option(min=1, max=100, help="Of JPEG, WebP and AVIF.")]
Strength = Annotated[float, typer.Option(metavar="0..1", help="How much of the harmonization is applied.")]
class PlacingFit(StrEnum):  # types.FITS
    auto = "auto"
    keep = "keep"


class Kept(StrEnum):  # types.KEPT
    main = "main"
    all = "all"


class WeightSet(StrEnum):  # compositor.WEIGHTS
    fast = "fast"
    open = "open"


Stand = Annotated[PlacingFit, typer.Option("--fit", help="Hide where the photo cropped the person, or keep place and size of it.")]
Who = Annotated[Kept, typer.Option("--keep", help="Of several in a photo: the main person and who touches them, or all.")]
Painted = Annotated[str | None, typer.Option("--keep-mask", metavar="MASK", help="White where the person is, whatever is found.")]
Unwanted = Annotated[str | None, typer.Option("--drop-mask", metavar="MASK", help="White where they are not, whatever is found.")]
Wrap = Annotated[float, typer.Option(metavar="0..1", help="How much of the plate's light spills over the person's edge.")]
Weights = Annotated[WeightSet, typer.Option(help="Trained on all pictures, or on clearly licensed ones alone.")]
On = Annotated[Device, typer.Option("--device", help="What the networks run on.")]
Data = Annotated[Path, typer.Option(exists=True, file_okay=False, help="Folder of training pictures, or a written set.")]
