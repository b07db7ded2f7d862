"""The video side of `compose`: its options, what goes with what, and how far a job is."""

import sys
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cleanplate.cli.groups import FILES, FILM
from cleanplate.cli.options import STREAM, source, warn
from cleanplate.cli.streams import say
from cleanplate.errors import InputError, OutputError
from cleanplate.files import photos
from cleanplate.handoff import layered
from cleanplate.settings import Placement, Settings
from cleanplate.values import Size
from cleanplate.video.recognized import is_pattern, is_video

if TYPE_CHECKING:
    from cleanplate.video_job import Progress

SUFFIXES = (".mp4", ".mov", ".webm", ".mkv")
OFTEN = 0.2  # seconds from one word on progress to the next


class Fit(StrEnum):
    loop = "loop"
    cut = "cut"
    stretch = "stretch"


class Sound(StrEnum):
    person = "person"
    plate = "plate"
    none = "none"


class Effort(StrEnum):  # film.quality.QUALITIES
    fast = "fast"
    balanced = "balanced"
    best = "best"


def of_films(*names: str, help: str, **more: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=FILM, **more)


PictureQuality = typer.Option(min=1, max=100, help="Of a JPEG, WebP, AVIF, HEIC or JPEG XL; 95 without it.", rich_help_panel=FILES)
FilmQuality = Annotated[Effort | None, of_films(help="How much work goes into each frame; balanced without it.")]
PlateFit = Annotated[Fit | None, of_films(help="A plate video shorter than the person's: repeat, end there, slow down.")]
Keep = Annotated[Sound | None, of_films(help="Whose sound to keep; the person's if there is any, else the plate's.")]
Start = Annotated[float | None, of_films(min=0, metavar="SECONDS", help="Of the video, where to begin.")]
End = Annotated[float | None, of_films(min=0, metavar="SECONDS", help="Of the video, where to end.")]
Salvage = Annotated[bool | None, of_films("--salvage", help="Use what is there of a damaged video.")]
CodecName = Annotated[str | None, of_films("--codec", help="h264, hevc, av1, vp9, prores or ffv1.")]
Crf = Annotated[int | None, of_films("--crf", help="The encoder's own quality scale, lower is better.")]
PixFmt = Annotated[str | None, of_films("--pix-fmt", help="Pixel format, such as yuv420p10le.")]
CutoutFlag = Annotated[bool | None, of_films("--cutout", help="Write the person alone, with alpha (.mov, .webm, .mkv).")]
Tell = Annotated[bool | None, of_films("--progress/--no-progress", help="How far it is, on stderr; on a terminal if not said.")]


def wanted(*inputs: str) -> bool:
    """Whether any input is a video."""
    return any(is_video(each) for each in inputs if each != STREAM)


def is_video_name(out: str) -> bool:
    return Path(out).suffix.lower() in SUFFIXES or is_pattern(out)


def check_pictures(out: str, given: dict[str, Any], *inputs: str) -> None:
    """Refuse what goes with videos only where two pictures were given."""
    if is_video_name(out) and STREAM in inputs:
        raise InputError(f"{out} is a video, and from stdin (-) come pictures only: give the video as a file.")
    if is_video_name(out):
        raise OutputError(f"{out} is a video and two pictures were given: give a name such as out.jpg, or a video on either side.")
    named = [name for name, value in given.items() if value is not None]
    if named:
        raise InputError(f"--{named[0].replace('_', '-')} goes with videos, and two pictures were given: leave it out.")


def run(
    person: str,
    plate: str,
    out: str,
    alpha: str | None,
    size: Size | None,
    placement: Placement,
    settings: Settings,
    quality: int | None,
    kind: str | None,
    overwrite: bool,
    quiet: bool,
    progress: bool | None,
    given: dict[str, Any],
    networks: dict[str, Any],
) -> None:
    """Compose a video, and say on stderr what happened.

    Args:
        networks: which, and on what: what a ``Compositor`` is made of.
    """
    from cleanplate import Compositor, video_job  # for which no photo has to wait

    if quality is not None or kind is not None:
        raise InputError("--quality and --format go with pictures, and a video was given: give --film-quality and --crf.")
    still = Path(out).suffix.lower() in photos.WRITABLE or layered.is_layered(out)
    if out == STREAM or (still and not is_pattern(out)):
        names = f"{', '.join(SUFFIXES)} or numbered pictures such as frames/%05d.png"
        raise OutputError(f"A video was given, and {'stdout' if out == STREAM else out} takes pictures only: give {names}.")
    told = {name: value for name, value in given.items() if value is not None}
    options = video_job.Options(quality=told.pop("film_quality", "balanced"), size=size, overwrite=overwrite, **told)
    show = not quiet and (sys.stderr.isatty() if progress is None else progress)
    done = video_job.compose(
        source(person), source(plate), out, alpha=None if alpha is None else source(alpha),
        placement=placement, settings=settings, options=options, compositor=Compositor(**networks),
        progress=meter() if show else None,
    )  # fmt: skip
    if show:
        say()
    warn(done.warnings)
    if not quiet:
        speed = done.frames / max(done.seconds, 1e-6)
        say(f"{done.frames} frames in {done.seconds:.1f} s, {speed:.1f} a second  -> {out}")


def meter() -> "Callable[[Progress], None]":
    """What tells how far a job is, on one line of stderr that is written over."""
    said = 0.0

    def tell(progress: "Progress") -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= OFTEN or progress.done == progress.frames:
            said = now
            say(f"\r{line(progress)}", end="")

    return tell


def line(progress: "Progress") -> str:
    """One line on how far a job is.

    >>> from cleanplate.video_job import Progress
    >>> line(Progress(50, 200, 10.0))
    'frame 50 of 200, 5.0 a second, 0:30 left'
    """
    speed = progress.done / max(progress.seconds, 1e-6)
    text = f"frame {progress.done}" + (f" of {progress.frames}" if progress.frames else "") + f", {speed:.1f} a second"
    if progress.frames:
        left = round(max(0, progress.frames - progress.done) / speed)
        text += f", {left // 60}:{left % 60:02d} left"
    return text
