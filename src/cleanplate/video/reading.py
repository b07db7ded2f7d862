"""Video files -> frames: upright, RGB, with their own times. The reading half of ``videos``."""

import contextlib
import itertools
import math
import os
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from cleanplate.errors import VideoError
from cleanplate.files.atomic import PathName, called
from cleanplate.video import ycbcr, yuv420
from cleanplate.video.boxes import is_cut
from cleanplate.video.coding import FULL, RGB, Coding, depth_of, read_coding
from cleanplate.video.containers import choose_stream, declared_seconds, is_indexed, last_second, open_bytes, opened
from cleanplate.video.decoding import Decoding, Report, orientation, turned
from cleanplate.video.frames import Frame, Span, VideoInfo, VideoReader

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.reformatter import VideoReformatter
    from av.video.stream import VideoStream

SLACK = 0.5  # seconds by which a stream may end before its header says; encoders round, and count sound in
LEAD = 1  # seconds before the wanted start from which decoding begins: files are indexed by decoding time
FASTEST = 1000  # frames in a second; remuxed files name the clock of another container as their rate
ARBITRARY_CLOCK = ("mpegts", "mpeg")  # formats whose times start anywhere


class Part(NamedTuple):
    """What is asked for, in seconds from the first frame; without an end all that follows."""

    start: float
    end: float | None


class Claims(NamedTuple):
    """What a file says of its own length: whether it lacks its end, None if it does not say; and how many seconds it has."""

    cut: bool | None
    seconds: float | None


def open_file(path: PathName, part: Part, salvage: bool) -> VideoReader:
    """See ``videos.open_video``; for one video file."""
    name, report = called(path), Report()
    with contextlib.ExitStack() as closing:
        container = closing.enter_context(opened(path, name))
        stream = choose_stream(container, name)
        claims = read_claims(path, container, stream)
        if claims.cut and not salvage:
            raise VideoError(ends_early(name, last_second(container, stream), claims.seconds), "truncated")
        reading = Reading(Decoding(container, stream, name, salvage, report), claims, part)
        span = reading.span(path)
        return VideoReader(reading.info(), reading.frames(), closing.pop_all(), report, reading.coding, span)
    raise AssertionError  # the block returns or raises


def read_claims(path: PathName, container: "InputContainer", stream: "VideoStream") -> Claims:
    with open_bytes(path, called(path)) as file:
        cut = is_cut(file)
        if cut and is_indexed(container, file.seek(0, os.SEEK_END)):
            cut = False
    return Claims(cut, declared_seconds(container, stream))


def ends_early(name: str, end: float, declared: float | None) -> str:
    of = f" of {declared:.2f}" if declared and declared > end else ""  # a cut index tells less
    return f"{name} is cut off, it ends at {end:.2f}{of} seconds: fetch it again, or allow salvaging what is there."


class Reading:
    """From decoded frames to the frames asked for: the part chosen, turned, in RGB, checked to the end.

    Times are counted in ticks of the file's time base, on the file's own clock; ``opening`` is where its first frame lies on that.

    Args:
        decoding: of the file, from its start.
        claims: what the file says of its length.
        part: seconds.
    """

    def __init__(self, decoding: Decoding, claims: Claims, part: Part) -> None:
        self.decoding, self.claims, self.part = decoding, claims, part
        frames = decoding.frames()
        self.first = self.first_of(frames)
        self.coding = coding_of(self.first, decoding.name)
        self.turns, self.mirror = orientation(self.first)
        self.opening = self.first.pts or 0
        self.begin = self.ticks(part.start)
        self.until = None if part.end is None else self.ticks(part.end)
        self.wanted = self.from_start(itertools.chain([self.first], frames))
        self.head = self.head_of(self.wanted)
        self.shift = self.clock() + (self.head.pts or 0) - self.opening

    # ---- where it begins

    def first_of(self, frames: Iterator["VideoFrame"]) -> "VideoFrame":
        """The file's first frame, after which all others are judged."""
        name, first = self.decoding.name, next(frames, None)
        if first is None and self.claims.cut:
            raise VideoError(f"{name} is cut off before its first whole frame: fetch it again.", "truncated")
        if first is None or first.pts is None:
            raise VideoError(f"{name} has a video stream without a single frame that can be decoded: give another.", "no-video")
        return first

    def head_of(self, frames: Iterator["VideoFrame"]) -> "VideoFrame":
        """The first frame asked for."""
        head, (start, end) = next(frames, None), self.part
        if head is None or (self.until is not None and (head.pts or 0) >= self.until):
            until = "its end" if end is None else f"{end:g} s"
            message = f"{self.decoding.name} has no frame between {start:g} s and {until}: choose another part."
            raise VideoError(message, "span")
        return head

    def ticks(self, second: float) -> int:
        """The first pts at or after a second of the video."""
        return self.opening + math.ceil(Fraction(second).limit_denominator(10**6) / self.decoding.base)

    def from_start(self, frames: Iterator["VideoFrame"]) -> Iterator["VideoFrame"]:
        """Frames from the wanted start on, of all from the file's start: what is near is decoded up to, what is far is sought."""
        if self.part.start == 0:
            return frames
        ahead = math.ceil(LEAD / self.decoding.base)
        far = self.begin - ahead > self.opening
        return itertools.dropwhile(lambda frame: (frame.pts or 0) < self.begin, self.sought(ahead) if far else frames)

    def sought(self, ahead: int) -> Iterator["VideoFrame"]:
        """Frames from shortly before the wanted start; from the file's start where seeking does not get there."""
        for target in (self.begin - ahead, self.opening):
            self.decoding.seek(target, self.begin)
            frames = self.decoding.frames()
            frame = next(frames, None)
            if frame is not None and (frame.pts or 0) <= self.begin:
                return itertools.chain([frame], frames)
        return iter(())

    def clock(self) -> int:
        """What is taken off all times where the format's clock starts anywhere."""
        container = self.decoding.container
        if container.format.name not in ARBITRARY_CLOCK or not container.start_time:
            return 0
        return round(Fraction(container.start_time, 10**6) / self.decoding.base)

    # ---- what is known before the frames

    def span(self, path: PathName) -> Span:
        """The part on the file's own clock."""
        base = self.decoding.base
        start = (self.head.pts or 0) * base if self.part.start > 0 else None
        end = None if self.until is None else self.until * base
        return Span(path, start, end, self.shift * base, self.decoding.salvage)

    def info(self) -> VideoInfo:
        stream, frame = self.decoding.stream, self.first
        size, aspect = (frame.height, frame.width), stream.sample_aspect_ratio or Fraction(1)
        sideways = self.turns % 2 == 1
        seconds = self.seconds()
        rate = next((each for each in (stream.average_rate, stream.guessed_rate) if each and each <= FASTEST), None)
        return VideoInfo(
            size=(size[1], size[0]) if sideways else size,
            time_base=self.decoding.base,
            rate=rate,
            frames=round(seconds * float(rate)) if seconds and rate else stream.frames or None,
            seconds=seconds,
            depth=depth_of(frame),
            pixel_aspect=1 / aspect if sideways else aspect,
            rotation=90 * self.turns,
            sound=len(self.decoding.container.streams.audio),
            name=self.decoding.name,
            **self.coding.names(),
        )

    def seconds(self) -> float | None:
        """How long the part is, by the file's own word."""
        whole, (start, end) = self.claims.seconds, self.part
        return None if whole is None else max(0.0, (whole if end is None else min(end, whole)) - start)

    # ---- the frames

    def frames(self) -> Iterator[Frame]:
        """The frames asked for.

        Raises:
            VideoError: damaged, cut off, or its frames change size.
        """
        from av.video.reformatter import VideoReformatter

        converter, ended = VideoReformatter(), Fraction(0)
        settled = self.coding.settled(self.first.width, self.first.height, self.coding.matrix == RGB)
        for frame in itertools.chain([self.head], self.wanted):
            pts = frame.pts or 0
            if self.until is not None and pts >= self.until:
                return
            self.check_size(frame)
            ended = (pts + (frame.duration or 0) - self.opening) * self.decoding.base
            yield self.upright(frame, settled, converter)
        self.check_end(float(ended))

    def upright(self, frame: "VideoFrame", settled: Coding, converter: "VideoReformatter") -> Frame:
        """A decoded frame: as it is coded where that can be kept, else in RGB."""
        pts, duration = (frame.pts or 0) - self.shift, frame.duration or 0
        if (kept := yuv420.taken(frame, settled)) is not None:
            return Frame(kept, pts, None, duration, self.turns, self.mirror)
        pixels, alpha = ycbcr.to_rgb(frame, settled, converter)
        opacity = None if alpha is None else turned(alpha, self.turns, self.mirror)
        return Frame(turned(pixels, self.turns, self.mirror), pts, opacity, duration)

    def check_size(self, frame: "VideoFrame") -> None:
        size, found = (f"{each.width}x{each.height}" for each in (self.first, frame))
        if size != found:
            where = f"from {size} to {found} at {self.decoding.second(frame.pts):.2f} s"
            raise VideoError(f"{self.decoding.name} changes its size {where}: cut it there, or convert it to one size.", "size")

    def check_end(self, ended: float) -> None:
        """Compare where the video ended with what the file said of it."""
        if not self.is_short(ended):
            return
        sentence = ends_early(self.decoding.name, ended, self.claims.seconds)
        if not self.decoding.salvage:
            raise VideoError(sentence, "truncated")
        self.decoding.report.ended_at = ended
        self.decoding.say(sentence.replace(": fetch it again, or allow salvaging what is there", "; what is there was used"))

    def is_short(self, ended: float) -> bool:
        """Whether frames are missing: by the file's bytes; by a Matroska's seconds where these do not tell; by an MP4's index."""
        cut, declared = self.claims
        container = self.decoding.container.format.name
        if cut is None and declared and container.startswith("matroska"):
            return ended < declared - SLACK
        expected = len(self.decoding.stream.index_entries)  # what edit lists leave of the frames
        if self.part.start == 0 and expected and container.startswith("mov") and self.decoding.packets < expected:
            return True
        return bool(cut)


def coding_of(frame: "VideoFrame", name: str) -> Coding:
    """The tags of a frame; RGB needs none."""
    coding = read_coding(frame, name)
    return replace(coding, range=FULL, matrix=RGB) if frame.format.is_rgb or frame.format.has_palette else coding
