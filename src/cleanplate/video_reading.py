"""Video files -> frames: upright, RGB, with their own times. The reading half of ``videos``."""

import contextlib
import itertools
import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate import video_color
from cleanplate.color import FloatArray
from cleanplate.errors import VideoError
from cleanplate.places import PathName, called
from cleanplate.video_boxes import is_cut
from cleanplate.video_files import (
    PIXEL_LIMIT,
    choose_stream,
    declared_seconds,
    encrypted,
    last_second,
    open_bytes,
    opened,
    pyav,
    tagged,
)

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

Array = npt.NDArray[Any]  # uint8 or uint16

SLACK = 0.5  # seconds by which a stream may end before its header says; encoders round, and count sound in
LEAD = 1  # seconds before the wanted start from which decoding begins: files are indexed by decoding time
WITHOUT_PTS = "avi"  # keeps decoding times only: the n-th picture shown has the n-th of them
ARBITRARY_CLOCK = ("mpegts", "mpeg")  # formats whose times start anywhere
ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # FFmpeg's own decoders drop the alpha


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
        pixels: (height, width, 3) uint8, or uint16 where the file has more than 8 bits; RGB, upright.
        pts: when it is shown, in units of the file's time base.
        alpha: (height, width) float32, where the file has one.
        duration: how long it is shown, in the same units; 0 where unknown.
    """

    pixels: Array
    pts: int
    alpha: FloatArray | None = None
    duration: int = 0


@dataclass(frozen=True)
class Span:
    """Which part of a file's clock is read, in seconds; ``shift`` is taken off every time, of frames and of sound."""

    path: PathName
    start: Fraction | None
    end: Fraction | None
    shift: Fraction


@dataclass
class Report:
    """What a reading found on its way.

    Args:
        warnings: one sentence each.
        ended_at: the second at which a damaged video ends; None for one that is whole or not read to its end yet.
    """

    warnings: list[str] = field(default_factory=list)
    ended_at: float | None = None


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
        coding: video_color.Coding | None = None,
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
        return self._frames

    def __enter__(self) -> "VideoReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        close = getattr(self._frames, "close", None)
        if close is not None:
            close()
        self._closing.close()


def orientation(frame: "VideoFrame") -> tuple[int, bool]:
    """(quarter turns clockwise, then mirrored left to right?) that make a frame upright, by its display matrix.

    The matrix maps (x, y) of the stored picture to the shown one (ISO/IEC 14496-12, 8.2.2); others than quarter turns
    and mirrors are left as they lie, as players do.
    """
    from av.sidedata.sidedata import Type

    kept: Any = frame.side_data
    data = kept.get(Type.DISPLAYMATRIX)
    if data is None:
        return 0, False
    a, b, _, c, d = np.frombuffer(data, np.int32)[:5]
    sign = (int(np.sign(a)), int(np.sign(b)), int(np.sign(c)), int(np.sign(d)))
    turns = {(1, 0, 0, 1): 0, (0, 1, -1, 0): 1, (-1, 0, 0, -1): 2, (0, -1, 1, 0): 3}
    mirrored = {(-1, 0, 0, 1): 0, (0, 1, 1, 0): 3, (1, 0, 0, -1): 2, (0, -1, -1, 0): 1}
    return (mirrored[sign], True) if sign in mirrored else (turns.get(sign, 0), False)


def turned(picture: Array, turns: int, mirror: bool) -> Array:
    """Quarter turns clockwise, then left and right swapped."""
    if turns:
        codes = (cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)
        picture = cv2.rotate(picture, codes[turns - 1])
    return np.ascontiguousarray(picture[:, ::-1]) if mirror else picture


# ---- decoding ------------------------------------------------------------------------------------------------------


class Decoding:
    """One file being decoded.

    Args:
        container, stream, name: where from.
        salvage: whether damage is a warning and not an error.
        report: where warnings go.
    """

    def __init__(
        self, container: "InputContainer", stream: "VideoStream", name: str, salvage: bool, report: Report
    ) -> None:
        self.container, self.stream, self.name, self.salvage, self.report = container, stream, name, salvage, report
        self.base = stream.time_base or Fraction(1, 1000)
        self.packets, self.begun = 0, False
        self.decoding_times: deque[int] | None = deque() if container.format.name == WITHOUT_PTS else None
        self.decoder = stream.codec_context
        if tagged(stream, "alpha_mode") == "1" and self.decoder.name in ALPHA_DECODERS:
            self.decoder = pyav().CodecContext.create(ALPHA_DECODERS[self.decoder.name], "r")
        self.decoder.options = {"max_pixels": str(PIXEL_LIMIT)}
        self.decoder.thread_type = "AUTO"

    def seek(self, pts: int) -> None:
        depth = self.stream.codec_context.reorder_depth
        self.container.seek(pts, stream=self.stream)
        self.decoder.flush_buffers()
        if self.decoding_times is not None:
            self.decoding_times.clear()
        self.stream.codec_context.reorder_depth = depth  # else the first frames after a seek may come out of order

    def frames(self) -> Iterator["VideoFrame"]:
        """Every frame from here on; damage stops it or is reported.

        Raises:
            VideoError: encrypted, damaged.
        """
        average = self.stream.average_rate
        step = math.ceil(1 / average / self.base) if average else 1
        latest: int | None = None
        for packet in self.packets_read():
            for frame in self.decoded(packet):
                if frame.is_corrupt:
                    self.damage(frame.pts)
                if self.decoding_times:
                    frame.pts = self.decoding_times.popleft()
                if frame.pts is None:
                    frame.pts = frame.dts if frame.dts is not None else (latest or 0) + step
                if latest is not None and frame.pts <= latest:
                    self.say(f"{self.name} has frame times that do not rise at {self.second(latest):.3f} s; they were pushed on.")
                    frame.pts = latest + 1
                latest, self.begun = frame.pts, True
                yield frame

    def packets_read(self) -> Iterator["Packet[VideoStream] | None"]:
        """Packets as they lie in the file, then None; one that cannot be read is damage."""
        error_class = pyav().FFmpegError
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except error_class:
                self.damage(None)
                break
            if packet is None:
                break
            if packet.has_sidedata("encryption_info"):
                raise encrypted(self.name)
            if packet.size:  # an empty one is a repeated frame of AVI, or PyAV's sign of the end
                self.packets += 1
                if self.decoding_times is not None and packet.dts is not None:
                    self.decoding_times.append(packet.dts)
                if packet.is_corrupt:
                    self.damage(packet.pts)
                yield packet
        yield None

    def decoded(self, packet: "Packet[VideoStream] | None") -> "list[VideoFrame]":
        try:
            return list(self.decoder.decode(packet))
        except pyav().FFmpegError as error:
            if packet is not None and not packet.is_keyframe and not self.begun:
                self.say(f"{self.name} begins between two key frames; what cannot be decoded is left out.")
            elif packet is not None or not isinstance(error, EOFError):
                self.damage(packet.pts if packet is not None else None)
            return []

    def second(self, pts: int | None) -> float:
        return float(((pts or 0) - (self.stream.start_time or 0)) * self.base)

    def damage(self, pts: int | None) -> None:
        where = "" if pts is None else f" at {self.second(pts):.2f} s"
        if not self.salvage:
            raise VideoError(f"{self.name} is damaged{where}: fetch it again, or allow salvaging what is there.", "broken")
        self.say(f"{self.name} is damaged{where}; what could be decoded was used.")

    def say(self, sentence: str) -> None:
        if len(self.report.warnings) < 100 and sentence not in self.report.warnings:
            self.report.warnings.append(sentence)


# ---- the whole reading ---------------------------------------------------------------------------------------------


def ends_early(name: str, end: float, declared: float | None) -> str:
    of = f" of {declared:.2f}" if declared else ""
    return f"{name} is cut off, it ends at {end:.2f}{of} seconds: fetch it again, or allow salvaging what is there."


def open_file(path: PathName, start: float, end: float | None, salvage: bool) -> VideoReader:
    """See ``videos.open_video``; for one video file."""
    name, report = called(path), Report()
    with contextlib.ExitStack() as closing:
        container = closing.enter_context(opened(path, name))
        stream = choose_stream(container, name)
        with open_bytes(path, name) as file:
            cut = is_cut(file)
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
        reading = Reading(path, decoding, first, start, end, cut, declared)
        return VideoReader(reading.info(), reading.frames(frames), closing.pop_all(), report, reading.coding, reading.span)
    raise AssertionError  # the block returns or raises


class Reading:
    """From decoded frames to the frames asked for: the span chosen, turned, in RGB, checked to the end."""

    def __init__(
        self,
        path: PathName,
        decoding: Decoding,
        first: "VideoFrame",
        start: float,
        end: float | None,
        cut: bool,
        declared: float | None,
    ) -> None:
        self.decoding, self.first, self.cut, self.declared = decoding, first, cut, declared
        self.start, self.end = start, end
        self.coding = video_color.read_coding(first, decoding.name)
        self.turns, self.mirror = orientation(first)
        base, opening = decoding.base, first.pts or 0
        self.from_pts = opening + math.ceil(Fraction(start).limit_denominator(10**6) / base)
        self.until = None if end is None else opening + math.ceil(Fraction(end).limit_denominator(10**6) / base)
        self.shift = self.clock() + self.from_pts - opening
        self.span = Span(
            path,
            self.from_pts * base if start > 0 else None,
            None if self.until is None else self.until * base,
            self.shift * base,
        )

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
        rate = stream.average_rate or stream.guessed_rate
        whole = stream.frames if self.start == 0 and self.end is None else 0
        frames = whole or (round(seconds * float(rate)) if seconds and rate else None)
        return VideoInfo(
            size=(size[1], size[0]) if sideways else size,
            time_base=self.decoding.base,
            rate=rate,
            frames=frames,
            seconds=seconds,
            depth=video_color.depth_of(frame),
            pixel_aspect=1 / aspect if sideways else aspect,
            rotation=90 * self.turns,
            sound=len(self.decoding.container.streams.audio),
            name=self.decoding.name,
            **self.coding.names(),
        )

    def frames(self, rest: Iterator["VideoFrame"]) -> Iterator[Frame]:
        """The frames asked for.

        Raises:
            VideoError: damaged, cut off, or its frames change size.
        """
        from av.video.reformatter import VideoReformatter

        converter = VideoReformatter()
        source: Iterator[VideoFrame] = itertools.chain([self.first], rest)
        if self.from_pts > (self.first.pts or 0):
            source = self.sought(source)
        size, settled = (self.first.height, self.first.width), self.settled()
        given, ended = 0, Fraction(0)
        for frame in source:
            pts = frame.pts or 0
            if self.until is not None and pts >= self.until:
                break
            ended = (pts + (frame.duration or 0) - (self.first.pts or 0)) * self.decoding.base
            if pts < self.from_pts:
                continue
            if (frame.height, frame.width) != size:
                raise VideoError(
                    f"{self.decoding.name} changes its size from {size[1]}x{size[0]} to {frame.width}x{frame.height} at"
                    f" {self.decoding.second(pts):.2f} s: cut it there, or convert it to one size.",
                    "size",
                )
            pixels, alpha = video_color.to_rgb(frame, settled, converter)
            given += 1
            yield Frame(
                turned(pixels, self.turns, self.mirror),
                pts - self.shift,
                None if alpha is None else turned(alpha, self.turns, self.mirror),
                frame.duration or 0,
            )
        else:
            self.check_end(float(ended))
        if not given:
            until = "its end" if self.end is None else f"{self.end:g} s"
            message = f"{self.decoding.name} has no frame between {self.start:g} s and {until}: choose another part."
            raise VideoError(message, "span")

    def settled(self) -> video_color.Coding:
        shape = self.first.format
        rgb = shape.is_rgb or shape.has_palette
        return self.coding.settled(self.first.width, self.first.height, rgb)

    def sought(self, source: Iterator["VideoFrame"]) -> Iterator["VideoFrame"]:
        """Frames from shortly before the wanted start; from the file's start where seeking does not get there."""
        ahead = math.ceil(LEAD / self.decoding.base)
        opening = self.first.pts or 0
        if self.from_pts - ahead <= opening:
            return source
        for target in (self.from_pts - ahead, opening):
            self.decoding.seek(target)
            frames = self.decoding.frames()
            frame = next(frames, None)
            if frame is not None and (frame.pts or 0) <= self.from_pts:
                return itertools.chain([frame], frames)
        return iter(())

    def check_end(self, ended: float) -> None:
        """Compare where the video ended with what the file said of it."""
        decoding, expected = self.decoding, self.decoding.stream.frames
        early = self.declared is not None and ended < self.declared - SLACK - float(self.first.duration * decoding.base)
        if self.start == 0 and expected and decoding.container.format.name.startswith("mov"):
            early = decoding.packets < expected
        if not (self.cut or early):
            return
        sentence = ends_early(decoding.name, ended, self.declared)
        if not decoding.salvage:
            raise VideoError(sentence, "truncated")
        decoding.report.ended_at = ended
        decoding.say(sentence.replace(": fetch it again, or allow salvaging what is there", "; what is there was used"))
