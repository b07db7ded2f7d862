"""Numbered pictures such as ``frames/%05d.png`` <-> frames: videos that need no PyAV."""

import contextlib
import os
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy.typing as npt

from cleanplate import photos, places
from cleanplate.coded import Coded, as_rgb
from cleanplate.color import FloatArray
from cleanplate.errors import OutputError, VideoError
from cleanplate.places import PathName, called
from cleanplate.types import Image
from cleanplate.video_color import Coding
from cleanplate.video_decoding import Report
from cleanplate.video_reading import Frame, VideoInfo, VideoReader

Array = npt.NDArray[Any]  # uint8 or uint16

NUMBER = re.compile(r"%(0?)(\d*)d")


def is_pattern(source: object) -> bool:
    """Whether a name stands for numbered pictures.

    >>> is_pattern("frames/%05d.png"), is_pattern("100%.png")
    (True, False)
    """
    return isinstance(source, str | os.PathLike) and len(NUMBER.findall(os.path.basename(os.fsdecode(source)))) == 1


def numbered(pattern: PathName) -> dict[int, Path]:
    """The files that fit a pattern, by their numbers, in order."""
    path = Path(os.fsdecode(pattern))
    before, after = NUMBER.split(path.name)[0], NUMBER.split(path.name)[-1]
    fits = re.compile(re.escape(before) + r"(\d+)" + re.escape(after))
    if not path.parent.is_dir():
        return {}
    found = {int(match[1]): file for file in path.parent.iterdir() if (match := fits.fullmatch(file.name))}
    return {number: file for number, file in sorted(found.items()) if file.name == path.name % number}


def open_sequence(pattern: PathName, start: float, end: float | None, rate: Fraction) -> VideoReader:
    """See ``videos.open_video``; for numbered pictures, whose times are counted from 0.

    Raises:
        VideoError: none there, or one missing between the first and the last.
    """
    name, files = called(pattern), numbered(pattern)
    if not files:
        raise VideoError(f"{name} fits no file: check the folder and the number of digits.", "missing")
    first, last = min(files), max(files)
    if missing := next((number for number in range(first, last) if number not in files), None):
        gap = Path(os.fsdecode(pattern)).name % missing
        raise VideoError(f"{name} lacks {gap} between its first and its last picture: add it, or number them anew.", "missing")
    until = last + 1 if end is None else first + -(-Fraction(end).limit_denominator(10**6) * rate // 1)
    begin = first + -(-Fraction(start).limit_denominator(10**6) * rate // 1)
    chosen = [(number, file) for number, file in files.items() if begin <= number < until]
    if not chosen:
        raise VideoError(f"{name} has no picture in the part that was asked for: choose another.", "span")
    opening = photos.read_image(chosen[0][1])
    info = VideoInfo(
        size=opening.size,
        time_base=1 / rate,
        rate=rate,
        frames=len(chosen),
        seconds=float(len(chosen) / rate),
        depth=opening.pixels.dtype.itemsize * 8,
        pixel_aspect=Fraction(1),
        rotation=0,
        range=None,
        matrix=None,
        primaries=None,
        transfer=None,
        sound=0,
        name=name,
    )
    frames = read(chosen, opening.size)
    return VideoReader(info, frames, contextlib.ExitStack(), Report(), first_number=chosen[0][0])


def read(chosen: Sequence[tuple[int, Path]], size: tuple[int, int]) -> Iterator[Frame]:
    for index, (_, file) in enumerate(chosen):
        image = photos.read_image(file)
        if image.size != size:
            found, needed = (f"{each[1]}x{each[0]}" for each in (image.size, size))
            raise VideoError(f"{called(file)} has {found} pixels and the first picture {needed}: make them one size.", "size")
        yield Frame(image.pixels, index, image.alpha, 1)


class SequenceSink:
    """Numbered pictures being written, each whole or not there; times are not kept, only the order.

    Args:
        pattern: such as ``out/%05d.png``.
        first: the first number.
        overwrite: whether pictures of those names may be replaced.
    """

    def __init__(self, pattern: PathName, first: int, overwrite: bool) -> None:
        self.pattern, self.number, self.overwrite = Path(os.fsdecode(pattern)), first, overwrite
        self.warnings: list[str] = []
        self.made: list[Path] = []

    def open(self) -> None:
        places.sweep(self.pattern.parent)

    def keeps(self, coding: Coding) -> bool:
        return False  # pictures are RGB

    def write(self, pixels: Array | Coded, pts: int, alpha: FloatArray | None, duration: int | None) -> None:
        path = self.pattern.with_name(self.pattern.name % self.number)
        photos.write_image(Image(as_rgb(pixels), alpha), path, overwrite=self.overwrite)
        self.made.append(path)
        self.number += 1

    def finish(self) -> None:
        pass  # every picture is whole already

    def abandon(self) -> None:
        for path in self.made:
            path.unlink(missing_ok=True)


def check_pattern(pattern: PathName, alpha: bool, overwrite: bool, inputs: Sequence[PathName]) -> None:
    """Refuse a pattern before any work is done for it.

    Raises:
        OutputError: as ``photos.check_target``, for the first picture; pictures that fit are there already; no alpha.
    """
    path = Path(os.fsdecode(pattern))
    there = numbered(pattern)
    example = next(iter(there.values()), path.with_name(path.name % 1))
    sources = [file for each in inputs for file in (numbered(each).values() if is_pattern(each) else [each])]
    photos.check_target(example, overwrite=overwrite, inputs=sources)
    if alpha and path.suffix.lower() in (".jpg", ".jpeg", ".bmp"):
        raise OutputError(f"{called(pattern)} cannot hold transparency: write .png pictures.")
