"""Frames -> video files, with the sound, subtitles, chapters and titles of another. The writing half of ``videos``.

Everything goes to a temporary file in the target's folder, which is renamed when it is whole.
"""

import contextlib
import math
import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from cleanplate.errors import InputError, MemoryShort, OutputError, is_memory_short
from cleanplate.files import atomic
from cleanplate.files.atomic import PathName, called
from cleanplate.pixels.color import FloatArray, to_uint8, to_uint16
from cleanplate.values import check_alpha
from cleanplate.video import scheduling, ycbcr, yuv420
from cleanplate.video.containers import opened, pyav, reason
from cleanplate.video.reading import VideoReader
from cleanplate.video.streams import Copies

if TYPE_CHECKING:
    from av import Packet
    from av.container import OutputContainer
    from av.stream import Stream

Array = npt.NDArray[Any]  # uint8 or uint16

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".webm": "webm", ".mkv": "matroska"}
RATE = Fraction(25)  # frames in a second where nothing says so, as FFmpeg has it for picture sequences


@dataclass(frozen=True)
class Codec:
    """How one kind of video is encoded.

    Args:
        encoder: FFmpeg's name.
        options: what makes its quality scale the usual one; ``crf`` is replaced by what the user gives.
        kinds: pixel formats for 8 bits, more than 8, 8 with odd sizes, more than 8 with odd sizes.
        alpha: pixel format with alpha; None where it has none.
        worst: the largest crf; None where it has no such scale.
    """

    encoder: str
    options: dict[str, str]
    kinds: tuple[str, str, str, str]
    alpha: str | None = None
    worst: int | None = None


YUV420 = ("yuv420p", "yuv420p10le", "yuv444p", "yuv444p10le")  # half the color, as players expect; odd sizes need all
CODECS = {
    # FFmpeg's own crf defaults, but for VP9, which has none; 31 is what its makers advise for 1080p
    "h264": Codec("libx264", {"crf": "23"}, ("yuv420p", "yuv420p", "yuv444p", "yuv444p"), worst=51),  # 10 bit plays nowhere
    "hevc": Codec("libx265", {"crf": "28", "x265-params": "log-level=error"}, YUV420, worst=51),
    "av1": Codec("libsvtav1", {"crf": "35"}, ("yuv420p", "yuv420p10le", "yuv420p", "yuv420p10le"), worst=63),
    "vp9": Codec("libvpx-vp9", {"crf": "31", "b": "0"}, ("yuv420p",) * 4, "yuva420p", worst=63),  # PyAV's knows 8 bits only
    "prores": Codec("prores_ks", {}, ("yuv422p10le", "yuv422p10le", "yuv444p10le", "yuv444p10le"), "yuva444p10le"),
    "ffv1": Codec("ffv1", {"level": "3"}, ("bgr0", "rgb48le", "bgr0", "rgb48le"), "bgra"),
}
DEFAULT_CODEC = {"mp4": "h264", "mov": "h264", "matroska": "h264", "webm": "vp9"}
ALPHA_CODEC = {"mov": "prores", "webm": "vp9", "matroska": "ffv1"}


class Sink(Protocol):
    """Where frames go: a video file or a sequence of pictures."""

    warnings: list[str]

    def open(self) -> None: ...
    def keeps(self, coding: ycbcr.Coding) -> bool: ...
    def write(self, pixels: Array | yuv420.Coded, pts: int, alpha: FloatArray | None, duration: int | None) -> None: ...
    def finish(self) -> None: ...
    def abandon(self) -> None: ...


class VideoWriter:
    """Takes frames in order; made by ``videos.create_video`` and used in a ``with`` block.

    Leaving the block normally finishes the file and gives it its name; an exception leaves nothing.
    """

    def __init__(self, sink: Sink, size: tuple[int, int], alpha: bool) -> None:
        self.size, self.alpha, self._sink, self._latest = size, alpha, sink, None

    _latest: int | None

    @property
    def warnings(self) -> list[str]:
        """One sentence each on what the container could not take."""
        return self._sink.warnings

    def __enter__(self) -> "VideoWriter":
        self._sink.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._sink.abandon()
            return
        if self._latest is None:
            self._sink.abandon()
            raise InputError("A video needs at least one frame; none was written.")
        self._sink.finish()

    def keeps(self, coding: ycbcr.Coding) -> bool:
        """Whether frames that are coded in halved color, with these tags, can be written as they are."""
        return not self.alpha and self._sink.keeps(coding)

    def write(
        self, pixels: Array | yuv420.Coded, pts: int, alpha: FloatArray | None = None, duration: int | None = None
    ) -> None:
        """Add a frame.

        Args:
            pixels: (height, width, 3) uint8 or uint16, RGB; or a coded frame, written as it is where the file ``keeps`` it.
            pts: when it is shown, in units of the time base; larger than the one before.
            alpha: (height, width) float32 in [0, 1]; needed if and only if the video has alpha.
            duration: how long it is shown; only the last frame's counts, the one before's stands for it.

        Raises:
            InputError: another size, type or order.
            OutputError: the disk is full, or the encoder fails.
        """
        kind = np.dtype(np.uint8) if isinstance(pixels, yuv420.Coded) else pixels.dtype
        if pixels.shape != (*self.size, 3) or kind not in (np.uint8, np.uint16):
            raise InputError(
                f"This video takes frames of the shape {(*self.size, 3)} in uint8 or uint16;"
                f" one of {pixels.shape} in {kind} was given."
            )
        if self._latest is not None and pts <= self._latest:
            raise InputError(f"Frames come in the order of their times; {pts} was given after {self._latest}.")
        if (alpha is not None) != self.alpha:
            has, came = ("an", "without") if self.alpha else ("no", "with")
            raise InputError(f"This video has {has} alpha, and a frame {came} one was given: tell create_video.")
        if alpha is not None:
            check_alpha(alpha, self.size)
        self._latest = pts
        self._sink.write(pixels, pts, alpha, duration)


# ---- what to write -------------------------------------------------------------------------------------------------


def container_of(target: PathName) -> str:
    suffix = Path(target).suffix.lower()
    if suffix not in CONTAINERS:
        found = f"has the suffix {suffix}" if suffix else "has no suffix"
        known = ", ".join(CONTAINERS)
        raise OutputError(f"{called(target)} {found}: give one of {known}, or a pattern such as out/%05d.png.")
    return CONTAINERS[suffix]


def choose_codec(container: str, codec: str | None, alpha: bool, name: str) -> Codec:
    """The codec asked for, or the container's usual one.

    Raises:
        OutputError: unknown, or it has no alpha.
    """
    if codec is None:
        if alpha and container not in ALPHA_CODEC:
            raise OutputError(f"{name} cannot hold transparency: write a .mov, .webm, .mkv or a sequence of .png.")
        codec = (ALPHA_CODEC if alpha else DEFAULT_CODEC)[container]
    if codec not in CODECS:
        raise OutputError(f"There is no codec {called(codec)}: choose one of {', '.join(CODECS)}.")
    if alpha and CODECS[codec].alpha is None:
        raise OutputError(f"{codec} has no alpha: choose prores (.mov), vp9 (.webm) or ffv1 (.mkv).")
    return CODECS[codec]


def choose_kind(codec: Codec, size: tuple[int, int], deep: bool, alpha: bool) -> str:
    """The pixel format: the exact size is always kept, so an odd one takes a format that can have it."""
    if alpha and codec.alpha:
        return codec.alpha
    odd = size[0] % 2 or size[1] % 2
    return codec.kinds[(2 if odd else 0) + (1 if deep else 0)]


def check_kind(kind: str, size: tuple[int, int], codec: Codec, alpha: bool) -> None:
    """Refuse a pixel format that the user asked for and that does not fit.

    Raises:
        OutputError: unknown, unknown to the encoder, without alpha, or for even sizes only.
    """
    av = pyav()
    try:
        known = [each.name for each in av.Codec(codec.encoder, "w").video_formats or []]
        shape = av.VideoFormat(kind, size[1], size[0])
    except ValueError as error:
        message = f"There is no pixel format {called(kind)} or no encoder {codec.encoder} here ({reason(error)}): choose another."
        raise OutputError(message) from error
    if known and kind not in known:
        raise OutputError(f"{codec.encoder} does not take the pixel format {kind}: choose one of {', '.join(known)}.")
    if alpha and not any(part.is_alpha for part in shape.components):
        raise OutputError(f"The pixel format {kind} has no alpha: choose {codec.alpha}.")
    halved = any(part.is_chroma and (part.width != size[1] or part.height != size[0]) for part in shape.components)
    if halved and codec.encoder in ("libx264", "libx265") and (size[0] % 2 or size[1] % 2):
        raise OutputError(
            f"The pixel format {kind} holds even sizes only and this video has {size[1]}x{size[0]}: choose yuv444p, or none."
        )


def encoder_options(codec: Codec, kind: str, crf: int | None, preset: str | None) -> dict[str, str]:
    """What the encoder is told.

    Raises:
        OutputError: a crf for an encoder without one, or beyond its scale.
    """
    options = dict(codec.options)
    if crf is not None and codec.worst is None:
        raise OutputError(f"{codec.encoder} has no `crf`: leave it out.")
    if crf is not None and codec.worst is not None and not 0 <= crf <= codec.worst:
        raise OutputError(f"The `crf` of {codec.encoder} lies between 0 and {codec.worst}; {crf} was given.")
    if crf is not None:
        options["crf"] = str(crf)
    if preset is not None:
        options["preset"] = preset
    if codec.encoder == "prores_ks":
        options["profile"] = "4444" if "444" in kind else "hq"
    return options


def choose_coding(like: VideoReader | None, size: tuple[int, int], kind: str) -> ycbcr.Coding:
    """The tags of ``like`` where the pixels still are what they say; BT.709 for all else."""
    coding = like.coding if like is not None else None
    if coding is None or coding.primaries in (ycbcr.BT2020, 11, 12):  # these were converted when read
        coding = ycbcr.Coding(ycbcr.LIMITED, ycbcr.BT709, ycbcr.BT709, ycbcr.BT709)
    if coding.matrix == ycbcr.RGB:
        coding = replace(coding, range=ycbcr.LIMITED)  # full range is how RGB is, and not a wish
    rgb = bool(pyav().VideoFormat(kind, 16, 16).is_rgb)
    return coding.settled(size[1], size[0], rgb)


# ---- a video file --------------------------------------------------------------------------------------------------


class FileSink:
    """One video file being written.

    Args:
        target, container: where to, FFmpeg's name of the format.
        codec, kind, options: the encoder, its pixel format and settings.
        size: (height, width).
        base, rate: seconds of one unit of pts; frames in a second, on average.
        coding: color tags.
        aspect: width over height of a pixel.
        sound_from: whose sound, subtitles, chapters and titles to copy.
        overwrite: whether a file of that name may be replaced.
        trim: whether what is copied ends with the picture.
    """

    def __init__(
        self,
        target: PathName,
        container: str,
        codec: Codec,
        kind: str,
        options: dict[str, str],
        size: tuple[int, int],
        base: Fraction,
        rate: Fraction,
        coding: ycbcr.Coding,
        aspect: Fraction,
        sound_from: VideoReader | None,
        overwrite: bool,
        trim: bool = False,
    ) -> None:
        self.overwrite = overwrite
        self.target, self.name, self.container, self.codec, self.kind = target, called(target), container, codec, kind
        self.options, self.size, self.base, self.rate, self.coding, self.aspect = options, size, base, rate, coding, aspect
        self.span, self.trim = sound_from.span if sound_from is not None else None, trim
        self.warnings: list[str] = []
        self.closing = contextlib.ExitStack()
        self.waiting: deque[Packet[Any]] = deque()  # until it is known how long their frames are shown
        self.shown: dict[int, int] = {}  # pts -> duration, both in ticks
        self.first: int | None = None
        self.latest: int | None = None
        self.picture_end = Fraction(0)  # seconds, known at the end
        self.copies: Copies | None = None

    def open(self) -> None:
        from av.video.reformatter import VideoReformatter

        atomic.sweep(Path(self.target).resolve().parent)
        self.converter = VideoReformatter()
        with contextlib.ExitStack() as closing, self.failures():
            self.temporary = closing.enter_context(atomic.whole_file(self.target, overwrite=self.overwrite))
            if self.span is not None:
                self.copies = Copies(self.span, closing.enter_context(opened(self.span.path, called(self.span.path))))
            self.file: OutputContainer = pyav().open(
                "file:" + self.temporary, "w", format=self.container, container_options=self.container_options()
            )
            closing.callback(self.file.close)
            self.stream = self.video_stream()
            if self.copies is not None:
                self.copies.add_to(self.file, self.name, self.warnings)
            with scheduling.kept():
                self.file.start_encoding()  # here encoders start their threads
            self.closing = closing.pop_all()

    def container_options(self) -> dict[str, str]:
        if self.container not in ("mp4", "mov"):
            return {}
        clocks = [self.base.denominator, *(self.copies.clocks() if self.copies else [])]
        return {
            "movflags": "+faststart",  # the index first: a browser can start before it has everything
            "video_track_timescale": str(self.base.denominator),
            "movie_timescale": str(common_clock(clocks)),  # offsets of tracks are written in it; 1/1000 would round them
        }

    def video_stream(self) -> "Stream":
        if self.codec.encoder == "libsvtav1":
            os.environ.setdefault("SVT_LOG", "0")  # it writes to the terminal past FFmpeg's log, also that a job was interrupted
        try:
            stream: Any = self.file.add_stream(self.codec.encoder, rate=self.rate, options=self.options)
        except ValueError as error:  # PyAV: no such encoder in this build, or the container does not take it
            message = f"{self.name} cannot be written with {self.codec.encoder} ({reason(error)}): choose another codec."
            raise OutputError(message) from error
        stream.height, stream.width = self.size
        stream.pix_fmt, stream.sample_aspect_ratio = self.kind, self.aspect
        context = stream.codec_context
        context.time_base = self.tick
        stream.time_base = self.tick
        context.color_range, context.colorspace = self.coding.range, self.coding.matrix
        context.color_primaries, context.color_trc = self.coding.primaries, self.coding.transfer
        context.thread_type = "AUTO"
        if self.codec.encoder == "libx265" and self.container in ("mp4", "mov"):
            context.codec_tag = "hvc1"  # what Apple's players want
        if self.kind == "yuva420p":
            stream.metadata["alpha_mode"] = "1"
        return stream  # type: ignore[no-any-return]

    @property
    def tick(self) -> Fraction:
        """MP4 and encoders want 1/N; a time base of M/N counts M ticks."""
        return Fraction(1, self.base.denominator)

    def keeps(self, coding: ycbcr.Coding) -> bool:
        return self.kind == yuv420.KIND and self.coding == coding

    def write(self, pixels: Array | yuv420.Coded, pts: int, alpha: FloatArray | None, duration: int | None) -> None:
        with self.failures():
            if isinstance(pixels, yuv420.Coded) and not self.keeps(pixels.coding):
                pixels = pixels.rgb()
            if isinstance(pixels, yuv420.Coded):
                frame = yuv420.to_frame(pixels)
            else:
                covered = None if alpha is None else to_uint16(alpha) if pixels.dtype == np.uint16 else to_uint8(alpha)
                frame = ycbcr.from_rgb(pixels, covered, self.kind, self.coding, self.converter)
            frame.pts, frame.time_base = pts * self.base.numerator, self.tick
            if self.latest is not None:
                self.shown[self.latest] = frame.pts - self.latest
            self.last_duration = (duration or 0) * self.base.numerator
            self.first, self.latest = frame.pts if self.first is None else self.first, frame.pts
            self.send(self.stream.encode(frame))  # type: ignore[attr-defined]

    def send(self, packets: "Sequence[Packet[Any]]") -> None:
        """Mux what is ready, and the sound up to there."""
        self.waiting.extend(packets)
        while self.waiting and self.waiting[0].pts in self.shown:
            packet = self.waiting.popleft()
            packet.duration = self.shown.pop(packet.pts or 0)
            if self.first == self.latest:
                packet.dts = packet.pts  # x265 gives a lone frame a time beyond all bounds
            if self.copies is not None:
                self.copies.mux_until((packet.dts or 0) * self.tick, self.file)
            self.file.mux(packet)

    def finish(self) -> None:
        try:
            with self.failures():
                if self.latest is not None:
                    usual = min(self.shown.values(), default=0) or max(1, round(1 / self.rate / self.tick))
                    self.shown[self.latest] = self.last_duration or usual
                    self.picture_end = (self.latest + self.shown[self.latest]) * self.tick
                self.send(self.stream.encode(None))  # type: ignore[attr-defined]
                if self.copies is not None:
                    self.copies.end = self.picture_end if self.trim else None
                    self.copies.mux_until(None, self.file)
                self.file.close()
        except BaseException:
            self.abandon()
            raise
        with self.failures():
            self.closing.close()

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
            if is_memory_short(error):
                raise MemoryShort from error
            message = f"{self.name} could not be encoded by {self.codec.encoder} ({reason(error)}): try another codec."
            raise OutputError(message) from error


def common_clock(clocks: Sequence[int]) -> int:
    """A clock in which all of these tick at whole numbers, if one below 2^31 exists; else the first.

    >>> common_clock([30000, 48000]), common_clock([2**30, 48001])
    (240000, 1073741824)
    """
    common = math.lcm(*clocks)
    return common if common < 2**31 else clocks[0]
