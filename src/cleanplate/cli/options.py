"""What several commands share: their options, where data goes in and out, and what is said."""

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from cleanplate import recipes
from cleanplate.cli.choices import Carried, Kept, Marked, Packing, PlacingFit, Spaces, Weighting, parse_depth
from cleanplate.cli.groups import FILES, LOOK, MACHINE, PLACE
from cleanplate.cli.streams import say
from cleanplate.errors import InputError, OutputError, in_shell
from cleanplate.files import photos
from cleanplate.handoff import layered
from cleanplate.models.devices import Device
from cleanplate.settings import words
from cleanplate.values import Size

STREAM = "-"  # stdin as an input, stdout as an output


def source(name: str) -> str | BinaryIO:
    """A file's name, or stdin."""
    return sys.stdin.buffer if name == STREAM else name


def checked(
    out: str, kind: str | None, overwrite: bool, *inputs: str | None, layers: bool = False, **form: Any
) -> dict[str, Any]:
    """What ``photos.write_image`` and ``write_alpha`` are told; here all is refused that can be before any work is done.

    Args:
        layers: what ``layered.write_layers`` is told instead.
        form: ``quality``, ``depth`` and ``compression``, where they were asked for.

    Raises:
        InputError: two inputs from stdin, a format that is not that of the file's name.
        OutputError: an unknown format, or see ``photos.check_target``.
        MissingExtra: an encoder that is not installed.
    """
    given = [each for each in inputs if each is not None]
    files = [each for each in given if each != STREAM]
    if len(given) - len(files) > 1:
        raise InputError("Only one input can come from stdin (-): give the others as files.")
    told: dict[str, Any] = {"overwrite": overwrite, "inputs": files}
    kind = kind or ("png" if out == STREAM else None)
    target = sys.stdout.buffer if out == STREAM else out
    if layers:
        layered.check_target(target, format=kind, overwrite=overwrite, inputs=files)
        return told | {"target": target, "format": kind}
    told |= {name: value for name, value in form.items() if value is not None}
    if kind is not None and f".{kind}" not in photos.WRITABLE:
        raise OutputError(f"There is no format {kind} to write: give one of {', '.join(photos.WRITABLE).replace('.', '')}.")
    photos.check_form(target, kind, **form)
    if out != STREAM:
        photos.check_target(out, overwrite=overwrite, inputs=files, format=kind)
    return told | {"target": target, "format": kind}


def check_room(told: dict[str, Any], picture: str, size: Size | None = None) -> None:
    """Refuse a format too small for the result, which has the size of a picture that is a file, or the one given."""
    regular = picture != STREAM and Path(picture).is_file()  # of a pipe all would be read
    target, kind, held = told["target"], told.get("format"), size or (picture if regular else None)
    if not layered.is_layered(target, kind):
        photos.check_room(target, kind, held)
    elif held is not None:
        layered.check_room(target, kind, held)


def warn(sentences: Iterable[str]) -> None:
    """What was got over, on stderr."""
    for sentence in sentences:
        say(f"cleanplate: {in_shell(sentence)}")


def tell(quiet: bool, out: str, seconds: dict[str, float], start: float) -> None:
    """One line for each stage and one for the whole, on stderr."""
    if not quiet:
        for stage, took in seconds.items():
            say(f"{stage:<10}{took:7.2f} s")
        say(f"{'in all':<10}{time.perf_counter() - start:7.2f} s  -> {'stdout' if out == STREAM else out}")


def machine(device: Device, weights: Weighting) -> dict[str, Any]:
    """``device`` and ``weights`` as the package's own doors take them."""
    return {"device": device.value, "weights": weights.value}


def amount(metavar: str, name: str, panel: str = LOOK) -> Any:
    """The option of a setting that is a number."""
    return typer.Option(metavar=metavar, help=words(name), rich_help_panel=panel)


PictureOut = Annotated[
    str, typer.Option("--out", "-o", metavar="OUT", help="Picture to write; - for stdout.", rich_help_panel=FILES)
]
Out = Annotated[
    str,
    typer.Option(
        "--out", "-o", metavar="OUT", help="Picture, layers (.psd, ...) or video to write; - stdout.", rich_help_panel=FILES
    ),
]
Kind = Annotated[
    str | None,
    typer.Option("--format", metavar="png|jpg|...", help="Format, where no suffix tells it; png on stdout.", rich_help_panel=FILES),
]
Space = Annotated[
    Spaces | None,
    typer.Option("--space", help="What the result's colors come in; keep: the plate's own profile.", rich_help_panel=FILES),
]
Depth = Annotated[
    Any,
    typer.Option(
        "--depth", parser=parse_depth, metavar="8|16|float", rich_help_panel=FILES, help="Bits of each color; else the plate's."
    ),
]
Compression = Annotated[
    Packing | None, typer.Option("--compression", help="Of a TIFF; deflate without it.", rich_help_panel=FILES)
]
Metadata = Annotated[
    Carried | None,
    typer.Option("--metadata", help="What of the inputs' metadata is written; copyright without it.", rich_help_panel=FILES),
]
Mark = Annotated[
    Marked | None,
    typer.Option("--mark", help="Whether the file says that it is a composite; it does if not said.", rich_help_panel=FILES),
]
C2paCert = Annotated[
    str | None,
    typer.Option("--c2pa-cert", metavar="PEM", help="Sign a manifest of what went in by this certificate.", rich_help_panel=FILES),
]
C2paKey = Annotated[
    str | None, typer.Option("--c2pa-key", metavar="PEM", help="That certificate's key, not encrypted.", rich_help_panel=FILES)
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.", rich_help_panel=FILES)]
Quality = Annotated[int, typer.Option(min=1, max=100, help="Of a JPEG, WebP, AVIF, HEIC or JPEG XL.", rich_help_panel=FILES)]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.", rich_help_panel=MACHINE)]
Strength = Annotated[float, amount("0..1.5", "strength")]
Weights = Annotated[
    Weighting, typer.Option(help=recipes.WEIGHTS_WORDS, rich_help_panel=MACHINE)
]
Stand = Annotated[
    PlacingFit,
    typer.Option("--fit", help=words("fit"), rich_help_panel=PLACE),
]
Who = Annotated[
    Kept,
    typer.Option("--keep", help=words("keep"), rich_help_panel=LOOK),
]
Painted = Annotated[
    str | None,
    typer.Option("--keep-mask", metavar="MASK", help="White where the person is, whatever is found.", rich_help_panel=LOOK),
]
Unwanted = Annotated[
    str | None,
    typer.Option("--drop-mask", metavar="MASK", help="White where they are not, whatever is found.", rich_help_panel=LOOK),
]
Wrap = Annotated[float, amount("0..1", "wrap")]
Shadow = Annotated[float, amount("0..1", "shadow")]
LightFrom = Annotated[
    float | None,
    typer.Option(
        "--light", metavar="DEGREES", help=words("light"),
        rich_help_panel=LOOK,
    ),
]  # fmt: skip
Defocus = Annotated[float, amount("0..10", "defocus")]
Aperture = Annotated[float, amount("0..50", "aperture")]
Exposure = Annotated[float, amount("-3..3", "exposure")]
Warmth = Annotated[float, amount("-1..1", "warmth")]
Edge = Annotated[float, amount("-1..1", "edge")]
Grain = Annotated[float, amount("0..1", "grain")]
Soften = Annotated[float, amount("0..1", "soften")]
Hair = Annotated[float, amount("0..1", "clean_hair")]
Rotate = Annotated[float, amount("DEGREES", "rotate", PLACE)]
Flip = Annotated[bool, typer.Option("--flip/--no-flip", help=words("flip"), rich_help_panel=PLACE)]
On = Annotated[Device, typer.Option("--device", help="What the networks run on.", rich_help_panel=MACHINE)]
