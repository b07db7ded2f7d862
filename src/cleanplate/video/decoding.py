"""Packets -> decoded frames with rising times; how a frame lies. The inner room of ``reading``."""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.errors import MemoryShort, VideoError
from cleanplate.pixels import threads
from cleanplate.video.containers import PIXEL_LIMIT, encrypted, for_want_of_memory, pyav, tagged

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

Array = npt.NDArray[Any]  # uint8, uint16 or float32

WITHOUT_PTS = "avi"  # keeps decoding times only: the n-th picture shown has the n-th of them
ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # FFmpeg's own decoders drop the alpha
MOST_WARNINGS = 100  # of one file; the rest would say the same


@dataclass
class Report:
    """What a reading found on its way.

    Args:
        warnings: one sentence each.
        ended_at: the second at which a damaged video ends; None for one that is whole or not read to its end yet.
    """

    warnings: list[str] = field(default_factory=list)
    ended_at: float | None = None

    def say(self, sentence: str) -> None:
        """Once each, and not too many."""
        if len(self.warnings) < MOST_WARNINGS and sentence not in self.warnings:
            self.warnings.append(sentence)


class Decoding:
    """One file being decoded.

    Args:
        container, stream, name: where from.
        salvage: whether damage is a warning and not an error.
        report: where warnings go.
    """

    wanted: int | None

    def __init__(
        self, container: "InputContainer", stream: "VideoStream", name: str, salvage: bool, report: Report
    ) -> None:
        self.container, self.stream, self.name, self.salvage, self.report = container, stream, name, salvage, report
        self.base = stream.time_base or Fraction(1, 1000)
        self.packets, self.begun, self.wanted = 0, False, None
        self.decoding_times: deque[int] | None = deque() if container.format.name == WITHOUT_PTS else None
        self.decoder = stream.codec_context
        if tagged(stream, "alpha_mode") == "1" and self.decoder.name in ALPHA_DECODERS:
            self.decoder = pyav().CodecContext.create(ALPHA_DECODERS[self.decoder.name], "r")
        self.decoder.options = {"max_pixels": str(PIXEL_LIMIT)}
        self.decoder.thread_type, self.decoder.thread_count = "AUTO", threads.share()

    def seek(self, pts: int, wanted: int) -> None:
        """Go on from the key frame before ``pts``; damage before ``wanted`` does not count, as references may be missing."""
        self.wanted = wanted
        depth = self.stream.codec_context.reorder_depth
        self.container.seek(pts, stream=self.stream)
        self.decoder.flush_buffers()
        self.begun = False
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
                    when = f"{self.second(latest):.3f} s"
                    self.report.say(f"{self.name} has frame times that do not rise at {when}; they were pushed on.")
                    frame.pts = latest + 1
                if frame.interlaced_frame:
                    self.report.say(f"{self.name} is interlaced; its fields were not taken apart.")
                latest, self.begun = frame.pts, True
                yield frame

    def packets_read(self) -> Iterator["Packet[VideoStream] | None"]:
        """Packets as they lie in the file, then None; one that cannot be read is damage."""
        error_class = pyav().FFmpegError
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except error_class as error:
                self.check_memory(error)
                self.damage(None)
                break
            if packet is None:
                break
            if packet.has_sidedata("encryption_info"):
                raise encrypted(self.name)
            if packet.size:  # an empty one is a repeated frame of AVI, or PyAV's sign of the end
                self.packets += 1
                if packet.is_corrupt:
                    self.damage(packet.pts)
                    continue
                if self.decoding_times is not None and packet.dts is not None:
                    self.decoding_times.append(packet.dts)
                yield packet
        yield None

    def decoded(self, packet: "Packet[VideoStream] | None") -> "list[VideoFrame]":
        try:
            return list(self.decoder.decode(packet))
        except pyav().FFmpegError as error:
            self.check_memory(error)
            if packet is not None and not packet.is_keyframe and not self.begun:
                self.report.say(f"{self.name} begins between two key frames; what cannot be decoded is left out.")
            elif packet is not None or not isinstance(error, EOFError):
                self.damage(packet.pts if packet is not None else None)
            return []

    def check_memory(self, error: Exception) -> None:
        """Raise MemoryShort for what is no damage."""
        if for_want_of_memory(error, (self.stream.codec_context.height, self.stream.codec_context.width)):
            raise MemoryShort from error

    def second(self, pts: int | None) -> float:
        return float(((pts or 0) - (self.stream.start_time or 0)) * self.base)

    def damage(self, pts: int | None) -> None:
        if pts is not None and self.wanted is not None and pts < self.wanted:
            return
        where = "" if pts is None else f" at {self.second(pts):.2f} s"
        if not self.salvage:
            raise VideoError(f"{self.name} is damaged{where}: fetch it again, or allow salvaging what is there.", "broken")
        self.report.say(f"{self.name} is damaged{where}; what could be decoded was used.")



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
    mirrored = {(-1, 0, 0, 1): 0, (0, 1, 1, 0): 1, (1, 0, 0, -1): 2, (0, -1, -1, 0): 3}
    return (mirrored[sign], True) if sign in mirrored else (turns.get(sign, 0), False)


def turned(picture: Array, turns: int, mirror: bool) -> Array:
    """Quarter turns clockwise, then left and right swapped."""
    if turns:
        codes = (cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)
        picture = cv2.rotate(picture, codes[turns - 1])
    return np.ascontiguousarray(picture[:, ::-1]) if mirror else picture
