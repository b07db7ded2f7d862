"""Video files -> frames: upright, RGB, with their own times. The reading half of ``videos``."""

import contextlib
import functools
import itertools
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from cleanplate.errors import VideoError
from cleanplate.files.atomic import PathName, called
from cleanplate.pixels.color import FloatArray
from cleanplate.video import ycbcr, yuv420
from cleanplate.video.boxes import is_cut
from cleanplate.video.containers import choose_stream, declared_seconds, is_indexed, last_second, open_bytes, opened
from cleanplate.video.decoding import Decoding, Report, orientation, turned

if TYPE_CHECKING:
    from av import VideoFrame

Array = npt.NDArray[Any]  # uint8 or uint16

SLACK = 0.5  # seconds by which a stream may end before its header says; encoders round, and count sound in
LEAD = 1  # seconds before the wanted start from which decoding begins: files are indexed by decoding time
FASTEST = 1000  # frames in a second; remuxed files name the clock of another container as their rate
ARBITRARY_CLOCK = ("mpegts", "mpeg")  # formats whose times start anywhere


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
        coding: ycbcr.Coding | None = None,
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


def ends_early(name: str, end: float, declared: float | None) -> str:
    of = f" of {declared:.2f}" if declared and declared > end else ""  # a cut index tells less
    return f"{name} is cut off, it ends at {end:.2f}{of} seconds: fetch it again, or allow salvaging what is there."


def open_file(path: PathName, start: float, end: float | None, salvage: bool) -> VideoReader:
    """See ``videos.open_video``; for one video file."""
    name, report = called(path), Report()
    with contextlib.ExitStack() as closing:
        container = closing.enter_context(opened(path, name))
        stream = choose_stream(container, name)
        with open_bytes(path, name) as file:
            cut = is_cut(file)
            if cut and is_indexed(container, file.seek(0, os.SEEK_END)):
                cut = False
        declared = declared_seconds(container, stream)
        if cut and not salvage:
            raise VideoError(ends_early(name, last_second(container, stream), declared), "truncated")
        decoding = Decoding(container, stream, name, salvage, report)
        frames = decoding.frames()
        first = next(frames, None)
        if cut and first is None:
            raise VideoError(f"{name} is cut off before its first whole frame: fetch it again.", "truncated")
        if first is None or first.pts is None:
            raise VideoError(f"{name} has a video stream without a single frame that can be decoded: give another.", "no-video")
        reading = Reading(path, decoding, first, frames, start, end, cut, declared)
        return VideoReader(reading.info(), reading.frames(), closing.pop_all(), report, reading.coding, reading.span)
    raise AssertionError  # the block returns or raises


class Reading:
    """From decoded frames to the frames asked for: the span chosen, turned, in RGB, checked to the end.

    Args:
        path, decoding, first, rest: the file, its decoding, the first frame and those after it.
        start, end: seconds.
        cut, declared: whether the file lacks its end, None if it does not say; how long it is by its own headers.
    """

    def __init__(
        self,
        path: PathName,
        decoding: Decoding,
        first: "VideoFrame",
        rest: Iterator["VideoFrame"],
        start: float,
        end: float | None,
        cut: bool | None,
        declared: float | None,
    ) -> None:
        self.decoding, self.first, self.cut, self.declared = decoding, first, cut, declared
        self.start, self.end = start, end
        self.coding = ycbcr.read_coding(first, decoding.name)
        if first.format.is_rgb or first.format.has_palette:
            self.coding = replace(self.coding, range=ycbcr.FULL, matrix=ycbcr.RGB)
        self.turns, self.mirror = orientation(first)
        base, self.opening = decoding.base, first.pts or 0
        begin = self.ticks(start)
        self.until = None if end is None else self.ticks(end)
        self.source: Iterator[VideoFrame] = itertools.chain([first], rest)
        if start > 0:
            self.source = itertools.dropwhile(lambda frame: (frame.pts or 0) < begin, self.sought(begin))
        self.head = next(self.source, None)
        if self.head is None or (self.until is not None and (self.head.pts or 0) >= self.until):
            until = "its end" if end is None else f"{end:g} s"
            message = f"{decoding.name} has no frame between {start:g} s and {until}: choose another part."
            raise VideoError(message, "span")
        begin = self.head.pts or 0
        self.shift = self.clock() + begin - self.opening
        until_second = None if self.until is None else self.until * base
        self.span = Span(path, begin * base if start > 0 else None, until_second, self.shift * base, decoding.salvage)

    def ticks(self, second: float) -> int:
        """The first pts at or after a second of the video."""
        return self.opening + math.ceil(Fraction(second).limit_denominator(10**6) / self.decoding.base)

    def sought(self, begin: int) -> Iterator["VideoFrame"]:
        """Frames from shortly before the wanted start; from the file's start where seeking does not get there."""
        ahead = math.ceil(LEAD / self.decoding.base)
        if begin - ahead <= self.opening:
            return self.source
        for target in (begin - ahead, self.opening):
            self.decoding.seek(target, begin)
            frames = self.decoding.frames()
            frame = next(frames, None)
            if frame is not None and (frame.pts or 0) <= begin:
                return itertools.chain([frame], frames)
        return iter(())

    def clock(self) -> int:
        """What is taken off all times where the format's clock starts anywhere."""
        container = self.decoding.container
        if container.format.name not in ARBITRARY_CLOCK or not container.start_time:
            return 0
        return round(Fraction(container.start_time, 10**6) / self.decoding.base)

    def info(self) -> VideoInfo:
        stream, frame = self.decoding.stream, self.first
        size, aspect = (frame.height, frame.width), stream.sample_aspect_ratio or Fraction(1)
        sideways = self.turns % 2 == 1
        seconds = self.declared
        if seconds is not None:
            seconds = max(0.0, (seconds if self.end is None else min(self.end, seconds)) - self.start)
        rate = next((each for each in (stream.average_rate, stream.guessed_rate) if each and each <= FASTEST), None)
        frames = round(seconds * float(rate)) if seconds and rate else stream.frames or None
        return VideoInfo(
            size=(size[1], size[0]) if sideways else size,
            time_base=self.decoding.base,
            rate=rate,
            frames=frames,
            seconds=seconds,
            depth=ycbcr.depth_of(frame),
            pixel_aspect=1 / aspect if sideways else aspect,
            rotation=90 * self.turns,
            sound=len(self.decoding.container.streams.audio),
            name=self.decoding.name,
            **self.coding.names(),
        )

    def frames(self) -> Iterator[Frame]:
        """The frames asked for.

        Raises:
            VideoError: damaged, cut off, or its frames change size.
        """
        from av.video.reformatter import VideoReformatter

        converter, ended = VideoReformatter(), Fraction(0)
        settled = self.coding.settled(self.first.width, self.first.height, self.coding.matrix == ycbcr.RGB)
        for frame in itertools.chain([self.head] if self.head is not None else [], self.source):
            pts, duration = frame.pts or 0, frame.duration or 0
            if self.until is not None and pts >= self.until:
                return
            self.check_size(frame)
            ended = (pts + duration - self.opening) * self.decoding.base
            kept = yuv420.taken(frame, settled)
            if kept is not None:
                yield Frame(kept, pts - self.shift, None, duration, self.turns, self.mirror)
                continue
            pixels, alpha = ycbcr.to_rgb(frame, settled, converter)
            opacity = None if alpha is None else turned(alpha, self.turns, self.mirror)
            yield Frame(turned(pixels, self.turns, self.mirror), pts - self.shift, opacity, duration)
        self.check_end(float(ended))

    def check_size(self, frame: "VideoFrame") -> None:
        size, found = (f"{each.width}x{each.height}" for each in (self.first, frame))
        if size != found:
            where = f"from {size} to {found} at {self.decoding.second(frame.pts):.2f} s"
            raise VideoError(f"{self.decoding.name} changes its size {where}: cut it there, or convert it to one size.", "size")

    def check_end(self, ended: float) -> None:
        """Compare where the video ended with what the file said of it."""
        decoding, expected = self.decoding, len(self.decoding.stream.index_entries)  # what edit lists leave of the frames
        early = False
        if self.cut is None and decoding.container.format.name.startswith("matroska") and self.declared:
            early = ended < self.declared - SLACK
        elif self.start == 0 and expected and decoding.container.format.name.startswith("mov"):
            early = decoding.packets < expected
        if not (self.cut or early):
            return
        sentence = ends_early(decoding.name, ended, self.declared)
        if not decoding.salvage:
            raise VideoError(sentence, "truncated")
        decoding.report.ended_at = ended
        decoding.say(sentence.replace(": fetch it again, or allow salvaging what is there", "; what is there was used"))
