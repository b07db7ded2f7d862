"""One video file being written: frames are encoded, and what other streams a film has is copied beside them.

Everything goes to a temporary file in the target's folder, which is renamed when it is whole.
"""

import contextlib
import math
import os
from collections import deque
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cleanplate.errors import MemoryShort, OutputError
from cleanplate.files import atomic, temporary
from cleanplate.files.atomic import PathName, called
from cleanplate.pixels import threads
from cleanplate.pixels.color import FloatArray, to_uint8, to_uint16
from cleanplate.video import scheduling, ycbcr, yuv420
from cleanplate.video.codecs import StreamSettings
from cleanplate.video.coding import Coding
from cleanplate.video.containers import for_want_of_memory, opened, pyav, reason
from cleanplate.video.frames import Span
from cleanplate.video.streams import Copies

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.container import OutputContainer
    from av.stream import Stream

Array = npt.NDArray[Any]  # uint8 or uint16


class FileSink:
    """One video file being written.

    Args:
        target: where to.
        settings: how its pictures are coded.
        copied: whose sound, subtitles, chapters and titles to copy, and which part of them.
        overwrite: whether a file of that name may be replaced.
        trim: whether what is copied ends with the picture.
    """

    def __init__(
        self, target: PathName, settings: StreamSettings, copied: Span | None, *, overwrite: bool, trim: bool = False
    ) -> None:
        self.target, self.name, self.settings, self.overwrite = target, called(target), settings, overwrite
        self.copied, self.trim = copied, trim
        self.warnings: list[str] = []
        self.closing = contextlib.ExitStack()
        self.waiting: deque[Packet[Any]] = deque()  # until it is known how long their frames are shown
        self.shown: dict[int, int] = {}  # pts -> duration, both in ticks
        self.first: int | None = None
        self.latest: int | None = None
        self.last_duration = 0  # what was said of the latest frame's, in ticks
        self.copies: Copies | None = None

    # ---- the file and its streams

    def open(self) -> None:
        from av.video.reformatter import VideoReformatter

        temporary.sweep(Path(self.target).resolve().parent)
        self.converter = VideoReformatter()
        with contextlib.ExitStack() as closing, self.failures():
            beside = closing.enter_context(atomic.whole_file(self.target, overwrite=self.overwrite))
            if self.copied is not None:
                self.copies = Copies(self.copied, closing.enter_context(opened(self.copied.path, called(self.copied.path))))
            self.file: OutputContainer = pyav().open(
                "file:" + beside, "w", format=self.settings.container, container_options=self.container_options()
            )
            closing.callback(self.file.close)
            self.stream = self.video_stream()
            if self.copies is not None:
                self.copies.add_to(self.file, self.name, self.warnings)
            with scheduling.kept():
                self.file.start_encoding()  # here encoders start their threads
            self.closing = closing.pop_all()

    def container_options(self) -> dict[str, str]:
        if self.settings.container not in ("mp4", "mov"):
            return {}
        clock = self.settings.base.denominator
        return {
            "movflags": "+faststart",  # the index first: a browser can start before it has everything
            "video_track_timescale": str(clock),
            # offsets of tracks are written in it; 1/1000 would round them
            "movie_timescale": str(common_clock([clock, *(self.copies.clocks() if self.copies else [])])),
        }

    def video_stream(self) -> "Stream":
        given = self.settings
        encoder = given.codec.encoder
        if encoder == "libsvtav1":
            os.environ.setdefault("SVT_LOG", "0")  # it writes to the terminal past FFmpeg's log, also that a job was interrupted
        try:
            stream: Any = self.file.add_stream(encoder, rate=given.rate, options=given.options)
        except ValueError as error:  # PyAV: no such encoder in this build, or the container does not take it
            message = f"{self.name} cannot be written with {encoder} ({reason(error)}): choose another codec."
            raise OutputError(message) from error
        stream.height, stream.width = given.size
        stream.pix_fmt, stream.sample_aspect_ratio = given.pix_fmt, given.pixel_aspect
        context = stream.codec_context
        context.time_base = stream.time_base = given.tick
        context.color_range, context.colorspace = given.coding.range, given.coding.matrix
        context.color_primaries, context.color_trc = given.coding.primaries, given.coding.transfer
        context.thread_type, context.thread_count = "AUTO", threads.share()
        if encoder == "libx265" and given.container in ("mp4", "mov"):
            context.codec_tag = "hvc1"  # what Apple's players want
        if given.pix_fmt == "yuva420p":
            stream.metadata["alpha_mode"] = "1"
        return stream  # type: ignore[no-any-return]

    # ---- frames

    def keeps(self, coding: Coding) -> bool:
        return self.settings.pix_fmt == yuv420.KIND and self.settings.coding == coding

    def write(self, pixels: Array | yuv420.Coded, pts: int, alpha: FloatArray | None, duration: int | None) -> None:
        with self.failures():
            frame = self.coded(pixels, alpha)
            ticks = self.settings.base.numerator
            frame.pts, frame.time_base = pts * ticks, self.settings.tick
            if self.latest is not None:
                self.shown[self.latest] = frame.pts - self.latest
            self.last_duration = (duration or 0) * ticks
            self.first, self.latest = frame.pts if self.first is None else self.first, frame.pts
            self.send(self.stream.encode(frame))  # type: ignore[attr-defined]

    def coded(self, pixels: Array | yuv420.Coded, alpha: FloatArray | None) -> "VideoFrame":
        """A frame in the stream's pixel format: as it is where the stream keeps it, else by way of RGB."""
        if isinstance(pixels, yuv420.Coded) and self.keeps(pixels.coding):
            return yuv420.to_frame(pixels)
        pixels = yuv420.as_rgb(pixels)
        covered = None if alpha is None else to_uint16(alpha) if pixels.dtype == np.uint16 else to_uint8(alpha)
        return ycbcr.from_rgb(pixels, covered, self.settings.pix_fmt, self.settings.coding, self.converter)

    def send(self, packets: "Sequence[Packet[Any]]") -> None:
        """Mux what is ready, and the sound up to there."""
        self.waiting.extend(packets)
        while self.waiting and self.waiting[0].pts in self.shown:
            packet = self.waiting.popleft()
            packet.duration = self.shown.pop(packet.pts or 0)
            if self.first == self.latest:
                packet.dts = packet.pts  # x265 gives a lone frame a time beyond all bounds
            if self.copies is not None:
                self.copies.mux_until((packet.dts or 0) * self.settings.tick, self.file)
            self.file.mux(packet)

    # ---- the end

    def finish(self) -> None:
        try:
            with self.failures():
                end = self.end_last()
                self.send(self.stream.encode(None))  # type: ignore[attr-defined]
                if self.copies is not None:
                    self.copies.end = end if self.trim else None
                    self.copies.mux_until(None, self.file)
                self.file.close()
        except BaseException:
            self.abandon()
            raise
        with self.failures():
            self.closing.close()

    def end_last(self) -> Fraction:
        """Settle how long the last frame is shown; the second at which it ends."""
        if self.latest is None:
            return Fraction(0)
        tick = self.settings.tick
        usual = min(self.shown.values(), default=0) or max(1, round(1 / self.settings.rate / tick))
        self.shown[self.latest] = self.last_duration or usual
        return (self.latest + self.shown[self.latest]) * tick

    def abandon(self) -> None:
        """Close everything and leave nothing behind."""
        stop = InterruptedError("abandoned")
        with contextlib.suppress(Exception):
            self.closing.__exit__(type(stop), stop, None)

    @contextlib.contextmanager
    def failures(self) -> Iterator[None]:
        """What the disk or FFmpeg refuses, as one sentence."""
        av = pyav()
        try:
            with atomic.refusals(self.name):
                yield
        except av.FFmpegError as error:
            if for_want_of_memory(error, self.settings.size):
                raise MemoryShort from error
            message = f"{self.name} could not be encoded by {self.settings.codec.encoder} ({reason(error)}): try another codec."
            raise OutputError(message) from error


def common_clock(clocks: Sequence[int]) -> int:
    """A clock in which all of these tick at whole numbers, if one below 2^31 exists; else the first.

    >>> common_clock([30000, 48000]), common_clock([2**30, 48001])
    (240000, 1073741824)
    """
    common = math.lcm(*clocks)
    return common if common < 2**31 else clocks[0]
