"""What a video gives when it is read: what it says of itself, its frames, and which part of its clock they are."""

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy.typing as npt

from cleanplate.files.atomic import PathName
from cleanplate.pixels.color import FloatArray
from cleanplate.video import yuv420
from cleanplate.video.coding import Coding
from cleanplate.video.decoding import Report, turned

Array = npt.NDArray[Any]  # uint8 or uint16


@dataclass(frozen=True)
class VideoInfo:
    """What a video file says of itself.

    Args:
        size: (height, width) of the upright picture.
        time_base: seconds of one unit of pts.
        rate: frames in a second, on average; None where unknown.
        frames, seconds: how much of it will be read, an estimate; None where unknown.
        depth: 8, 10, 12 or 16 bits of a channel.
        pixel_aspect: width over height of one upright pixel.
        rotation: degrees clockwise by which the stored picture was turned to be upright.
        range, matrix, primaries, transfer: FFmpeg's names of the color tags; None where the file does not say.
        sound: how many sound streams it has.
        name: what to call it in a message.
    """

    size: tuple[int, int]
    time_base: Fraction
    rate: Fraction | None
    frames: int | None
    seconds: float | None
    depth: int
    pixel_aspect: Fraction
    rotation: int
    range: str | None
    matrix: str | None
    primaries: str | None
    transfer: str | None
    sound: int
    name: str


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a video.

    Args:
        stored: what ``pixels`` are made of when they are asked for: themselves, or the frame as the file codes it.
        pts: when it is shown, in units of the file's time base.
        alpha: (height, width) float32, where the file has one.
        duration: how long it is shown, in the same units; 0 where unknown.
        turns, mirror: what makes a coded frame upright: quarter turns clockwise, then left and right swapped.
    """

    stored: Array | yuv420.Coded
    pts: int
    alpha: FloatArray | None = None
    duration: int = 0
    turns: int = 0
    mirror: bool = False

    @functools.cached_property
    def pixels(self) -> Array:
        """(height, width, 3) uint8, or uint16 where the file has more than 8 bits; RGB, upright."""
        return turned(self.stored.rgb(), self.turns, self.mirror) if isinstance(self.stored, yuv420.Coded) else self.stored

    def as_coded(self) -> yuv420.Coded | None:
        """The upright frame in the file's own coding, where that is of 8 bits in halved color."""
        return yuv420.upright(self.stored, self.turns, self.mirror) if isinstance(self.stored, yuv420.Coded) else None


@dataclass(frozen=True)
class Span:
    """Which part of a file's clock is read, in seconds; ``shift`` is taken off every time, of frames and of sound.
    With ``salvage`` damage ends the part early."""

    path: PathName
    start: Fraction | None
    end: Fraction | None
    shift: Fraction
    salvage: bool


class VideoReader:
    """Frames in order, once; made by ``videos.open_video``. Closed by leaving its ``with`` block.

    Args:
        info: what is known before the first frame.
        frames: where they come from.
        closing: what to close.
        report: where the frames' source writes what it finds.
        coding: the file's color tags; None for pictures.
        span: what to copy sound by; None where there is none.
        first_number: of a picture sequence.
    """

    def __init__(
        self,
        info: VideoInfo,
        frames: Iterator[Frame],
        closing: contextlib.ExitStack,
        report: Report,
        coding: Coding | None = None,
        span: Span | None = None,
        first_number: int = 1,
    ) -> None:
        self.info, self.coding, self.span, self.first_number = info, coding, span, first_number
        self._frames, self._closing, self._report = frames, closing, report

    @property
    def warnings(self) -> list[str]:
        """One sentence each on what was found wrong and got over."""
        return self._report.warnings

    @property
    def ended_at(self) -> float | None:
        """The second at which a damaged video ended, once it has been read to there."""
        return self._report.ended_at

    def __iter__(self) -> Iterator[Frame]:
        return self  # not the frames: who only iterates must hold the reader, which closes the file when nobody does

    def __next__(self) -> Frame:
        return next(self._frames)

    def __enter__(self) -> "VideoReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        close = getattr(self._frames, "close", None)
        if close is not None:
            close()
        self._closing.close()
