"""Numbered pictures such as ``frames/%05d.png`` <-> frames: videos that need no PyAV."""

import contextlib
import math
import os
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy.typing as npt

from cleanplate.errors import OutputError, VideoError
from cleanplate.files import atomic, photos, temporary
from cleanplate.files.atomic import PathName, called
from cleanplate.files.encoding import Form
from cleanplate.pixels.color import FloatArray
from cleanplate.values import Image, Size
from cleanplate.video.coding import UNTOLD, Coding
from cleanplate.video.decoding import Report
from cleanplate.video.frames import Frame, VideoInfo, VideoReader
from cleanplate.video.recognized import NUMBER, is_pattern
from cleanplate.video.yuv420 import Coded, as_rgb

Array = npt.NDArray[Any]  # uint8 or uint16

UNTAGGED = Coding(0, UNTOLD, UNTOLD, UNTOLD)  # pictures have no tags of a film
FRAMES_QUALITY = 95  # of pictures in formats that have one, as everywhere


def named(pattern: PathName, number: int) -> Path:
    """The file of that number.

    >>> named("out/100%_%03d.png", 7).as_posix()
    'out/100%_007.png'
    """
    path = Path(os.fsdecode(pattern))
    return path.with_name(NUMBER.sub(lambda place: place[0] % number, path.name))


def numbered(pattern: PathName) -> dict[int, Path]:
    """The files that fit a pattern, by their numbers, in order."""
    path = Path(os.fsdecode(pattern))
    before, after = NUMBER.split(path.name)[0], NUMBER.split(path.name)[-1]
    fits = re.compile(re.escape(before) + r"(\d+)" + re.escape(after))
    if not path.parent.is_dir():
        return {}
    found = {int(match[1]): file for file in path.parent.iterdir() if (match := fits.fullmatch(file.name))}
    return {number: file for number, file in sorted(found.items()) if file.name == named(path, number).name}


def open_sequence(pattern: PathName, start: float, end: float | None, rate: Fraction) -> VideoReader:
    """See ``videos.open_video``; for numbered pictures, whose times are counted from 0.

    Raises:
        VideoError: none there, or one missing between the first and the last.
    """
    name, files = called(pattern), without_gaps(pattern)
    first = min(files)
    begin = first + pictures_until(start, rate)
    until = max(files) + 1 if end is None else first + pictures_until(end, rate)
    chosen = {number: file for number, file in files.items() if begin <= number < until}
    if not chosen:
        raise VideoError(f"{name} has no picture in the part that was asked for: choose another.", "span")
    opening = photos.read_image(chosen[min(chosen)])
    info = VideoInfo(
        size=opening.size,
        time_base=1 / rate,
        rate=rate,
        frames=len(chosen),
        seconds=float(len(chosen) / rate),
        depth=opening.pixels.dtype.itemsize * 8,
        pixel_aspect=Fraction(1),
        rotation=0,
        **UNTAGGED.names(),
        sound=0,
        name=name,
    )
    report = Report()
    frames = read(list(chosen.values()), opening.size, report)
    return VideoReader(info, frames, contextlib.ExitStack(), report, first_number=min(chosen))


def without_gaps(pattern: PathName) -> dict[int, Path]:
    """``numbered``, at least one and none missing between the first and the last."""
    name, files = called(pattern), numbered(pattern)
    if not files:
        raise VideoError(f"{name} fits no file: check the folder and the number of digits.", "missing")
    if missing := next((number for number in range(min(files), max(files)) if number not in files), None):
        gap = named(pattern, missing).name
        raise VideoError(f"{name} lacks {gap} between its first and its last picture: add it, or number them anew.", "missing")
    return files


def pictures_until(second: float, rate: Fraction) -> int:
    """How many pictures begin before a second.

    >>> pictures_until(0.2, Fraction(25)), pictures_until(0.21, Fraction(25))
    (5, 6)
    """
    return math.ceil(Fraction(second).limit_denominator(10**6) * rate)


def read(files: Sequence[Path], size: Size, report: Report) -> Iterator[Frame]:
    for index, file in enumerate(files):
        image = photos.read_image(file)
        if image.size != size:
            found, needed = (f"{each[1]}x{each[0]}" for each in (image.size, size))
            raise VideoError(f"{called(file)} has {found} pixels and the first picture {needed}: make them one size.", "size")
        for sentence in image.warnings:
            report.say(sentence)
        yield Frame(image.pixels, index, image.alpha, 1)


class SequenceSink:
    """Numbered pictures being written: all of them take their names at the end, and what they replace stays until then.
    Times are not kept, only the order.

    Args:
        pattern: such as ``out/%05d.png``.
        first: the first number.
        overwrite: whether pictures of those names may be replaced.
    """

    def __init__(self, pattern: PathName, first: int, overwrite: bool) -> None:
        self.pattern, self.first, self.number, self.overwrite = Path(os.fsdecode(pattern)), first, first, overwrite
        self.kind = photos.WRITABLE[self.pattern.suffix.lower()]
        self.warnings: list[str] = []
        self.closing = contextlib.ExitStack()

    def open(self) -> None:
        temporary.sweep(self.pattern.parent)
        with atomic.refusals(called(self.pattern)):
            self.beside = self.closing.enter_context(atomic.whole_files(self.pattern.parent, overwrite=self.overwrite))

    def keeps(self, coding: Coding) -> bool:
        return False  # pictures are RGB

    def write(self, pixels: Array | Coded, pts: int, alpha: FloatArray | None, duration: int | None) -> None:
        path = named(self.pattern, self.number)
        data = photos.encoded(Image(as_rgb(pixels), alpha), self.kind, called(path), Form(FRAMES_QUALITY))
        atomic.deliver(data, os.path.join(self.beside, path.name), called(path), overwrite=False)
        self.number += 1

    def finish(self) -> None:
        with atomic.refusals(called(self.pattern)):
            self.closing.close()
        left = [file.name for number, file in numbered(self.pattern).items() if not self.first <= number < self.number]
        if left:
            several = f"{len(left)} older pictures" if len(left) > 1 else "an older picture"
            self.warnings.append(
                f"{called(self.pattern)} fits {several} besides the new ones, up to {called(left[-1])}: remove what is not wanted."
            )

    def abandon(self) -> None:
        stop = InterruptedError("abandoned")
        with contextlib.suppress(Exception):
            self.closing.__exit__(type(stop), stop, None)


def check_pattern(pattern: PathName, alpha: bool, overwrite: bool, inputs: Sequence[PathName]) -> None:
    """Refuse a pattern before any work is done for it.

    Raises:
        OutputError: as ``photos.check_target``, for any picture that fits; pictures that fit are there already; no alpha.
    """
    path = Path(os.fsdecode(pattern))
    sources = [file for each in inputs for file in (numbered(each).values() if is_pattern(each) else [each])]
    there = numbered(pattern).values()
    for file in atomic.those_among(there, sources):
        raise OutputError(
            f"{called(pattern)} fits {called(file.name)}, which is one of the inputs, and these are never written over: choose"
            " another name."
        )
    for file in there or [named(path, 1)]:
        photos.check_target(file, overwrite=overwrite)
    if alpha and path.suffix.lower() in (".jpg", ".jpeg", ".bmp"):
        raise OutputError(f"{called(pattern)} cannot hold transparency: write .png pictures.")
