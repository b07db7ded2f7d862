"""The video side of `compose`: its options, what goes with what, and how far a job is."""

import sys
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cleanplate import footage, photos, sequences, takes, videos
from cleanplate.cli.options import STREAM, caution, source
from cleanplate.compositor import Compositor
from cleanplate.errors import InputError, OutputError
from cleanplate.types import Placement, Settings, Size

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


def parse_quality(text: str) -> int | str:
    """Of a picture's file 1 to 100, or the name of a video's.

    >>> parse_quality("95"), parse_quality("fast")
    (95, 'fast')
    """
    if text in takes.QUALITIES:
        return text
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 100:
        return int(text)
    raise typer.BadParameter(f"{text} is neither 1 to 100, for a picture, nor {', '.join(takes.QUALITIES)}, for a video.")


QualityName = Annotated[
    Any,
    typer.Option(parser=parse_quality, metavar="1..100|fast|balanced|best", help="JPEG, WebP, AVIF: 95; a video: balanced."),
]
PlateFit = Annotated[Fit | None, typer.Option(help="A plate video shorter than the person's: repeat, end there, slow down.")]
Keep = Annotated[Sound | None, typer.Option(help="Whose sound to keep; the person's if there is any, else the plate's.")]
Start = Annotated[float | None, typer.Option(min=0, metavar="SECONDS", help="Of the video, where to begin.")]
End = Annotated[float | None, typer.Option(min=0, metavar="SECONDS", help="Of the video, where to end.")]
Salvage = Annotated[bool | None, typer.Option("--salvage", help="Use what is there of a damaged video.")]
CodecName = Annotated[str | None, typer.Option("--codec", help="h264, hevc, av1, vp9, prores or ffv1.")]
Crf = Annotated[int | None, typer.Option("--crf", help="The encoder's own quality scale, lower is better.")]
PixFmt = Annotated[str | None, typer.Option("--pix-fmt", help="Pixel format, such as yuv420p10le.")]
CutoutFlag = Annotated[bool | None, typer.Option("--cutout", help="Write the person alone, with alpha (.mov, .webm, .mkv).")]
Tell = Annotated[bool | None, typer.Option("--progress/--no-progress", help="How far it is, on stderr; on a terminal if not said.")]


def wanted(*inputs: str) -> bool:
    """Whether any input is a video."""
    return any(videos.is_video(each) for each in inputs if each != STREAM)


def is_video_name(out: str) -> bool:
    return Path(out).suffix.lower() in SUFFIXES or sequences.is_pattern(out)


def check_pictures(out: str, quality: Any, given: dict[str, Any]) -> None:
    """Refuse what goes with videos only where two pictures were given."""
    if is_video_name(out):
        raise OutputError(f"{out} is a video and two pictures were given: give a name such as out.jpg, or a video on either side.")
    named = [name for name, value in given.items() if value is not None] + (["quality"] if isinstance(quality, str) else [])
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
    quality: Any,
    kind: str | None,
    overwrite: bool,
    quiet: bool,
    progress: bool | None,
    given: dict[str, Any],
    compositor: Compositor,
) -> None:
    """Compose a video, and say on stderr what happened."""
    if isinstance(quality, int) or kind is not None:
        raise InputError("A number for --quality, and --format, go with pictures: give fast, balanced or best, and --crf.")
    if out == STREAM or (Path(out).suffix.lower() in photos.WRITABLE and not sequences.is_pattern(out)):
        names = f"{', '.join(SUFFIXES)} or numbered pictures such as frames/%05d.png"
        raise OutputError(f"A video was given, and {'stdout' if out == STREAM else out} takes pictures only: give {names}.")
    told = {name: value for name, value in given.items() if value is not None}
    options = footage.Options(quality=quality or "balanced", size=size, overwrite=overwrite, **told)
    show = not quiet and (sys.stderr.isatty() if progress is None else progress)
    done = footage.compose(
        source(person), source(plate), out, alpha=None if alpha is None else source(alpha),
        placement=placement, settings=settings, options=options, compositor=compositor,
        progress=meter() if show else None,
    )  # fmt: skip
    if show:
        print(file=sys.stderr)
    caution(done.warnings)
    if not quiet:
        speed = done.frames / max(done.seconds, 1e-6)
        print(f"{done.frames} frames in {done.seconds:.1f} s, {speed:.1f} a second  -> {out}", file=sys.stderr)


def meter() -> Callable[[footage.Progress], None]:
    """What tells how far a job is, on one line of stderr that is written over."""
    said = 0.0

    def tell(progress: footage.Progress) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= OFTEN or progress.done == progress.frames:
            said = now
            print(f"\r{line(progress)}", end="", file=sys.stderr, flush=True)

    return tell


def line(progress: footage.Progress) -> str:
    """One line on how far a job is.

    >>> line(footage.Progress(50, 200, 10.0))
    'frame 50 of 200, 5.0 a second, 0:30 left'
    """
    speed = progress.done / max(progress.seconds, 1e-6)
    text = f"frame {progress.done}" + (f" of {progress.frames}" if progress.frames else "") + f", {speed:.1f} a second"
    if progress.frames:
        left = round(max(0, progress.frames - progress.done) / speed)
        text += f", {left // 60}:{left % 60:02d} left"
    return text
