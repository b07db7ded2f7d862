"""Sound, subtitles, chapters and titles: from one video file to another as they are."""

import contextlib
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cleanplate.errors import OutputError
from cleanplate.video_files import silence
from cleanplate.video_reading import Span

if TYPE_CHECKING:
    from av import Packet
    from av.container import InputContainer, OutputContainer
    from av.stream import Stream

TITLES = (  # of a file's metadata what is copied; places, devices and people's names in comments are not
    "title", "artist", "album", "genre", "date", "copyright", "language", "description", "show", "episode_id",
)  # fmt: skip
KEPT_DISPOSITIONS = 0x3FF  # default, forced, original, ...: all but attached pictures and what follows
REFUSED_LATE = {"mov": ("opus", "flac", "vorbis")}  # sound that FFmpeg lets in and refuses with the file's first bytes
LABELS = ("language", "title", "filename", "mimetype")  # of a stream's metadata what is copied
NO_BASE = Fraction(1, 1_000_000)  # FFmpeg's own clock, for what has none


class Copies:
    """Sound and subtitles of another file, packet for packet; its chapters and titles.

    Args:
        span: the part to copy and by how much its times are shifted.
        source: the file.
    """

    def __init__(self, span: Span, source: "InputContainer") -> None:
        self.span, self.source = span, source
        self.streams: dict[int, Stream] = {}  # index there -> stream here
        self.next: Packet[Any] | None = None

    def clocks(self) -> list[int]:
        return [stream.codec_context.sample_rate for stream in self.source.streams.audio if stream.codec_context is not None]

    def add_to(self, file: "OutputContainer", name: str, warnings: list[str]) -> None:
        """Make the streams.

        Raises:
            OutputError: the container cannot hold the sound.
        """
        for stream in self.source.streams:
            if stream.type == "audio":
                if stream.name not in REFUSED_LATE.get(file.format.name, ()):
                    self.add(file, stream)
                if stream.index not in self.streams:
                    raise OutputError(f"{name} cannot hold sound coded as {stream.name}: write a .mkv, or leave the sound out.")
            elif stream.type == "subtitle":
                self.add(file, stream)
                if stream.index not in self.streams:
                    warnings.append(f"{name} cannot hold subtitles of the kind {stream.name}; they were left out.")
            elif stream.type == "attachment" and file.format.name == "matroska":
                self.add(file, stream)  # fonts of subtitles
        file.metadata.update({key: value for key, value in self.source.metadata.items() if key.lower() in TITLES})
        if chapters := self.chapters():
            file.set_chapters(chapters)
        silence(self.source, [stream for stream in self.source.streams if stream.index in self.streams])
        wanted = [stream for stream in self.source.streams if stream.index in self.streams and stream.type != "attachment"]
        self.packets = self.source.demux(wanted) if wanted else iter(())
        if wanted and self.span.start is not None:
            self.source.seek(int(self.span.start * 1_000_000))

    def add(self, file: "OutputContainer", stream: "Stream") -> None:
        with contextlib.suppress(ValueError):  # PyAV: the container does not take this codec
            made: Any = file.add_stream_from_template(stream)
            made.disposition = stream.disposition.value & KEPT_DISPOSITIONS
            made.metadata.update({key: value for key, value in stream.metadata.items() if key in LABELS})
            self.streams[stream.index] = made

    def chapters(self) -> list[Any]:
        """Those within the span, at their new times."""
        kept = []
        for chapter in self.source.chapters():
            base: Fraction = chapter["time_base"] or NO_BASE
            start, end = Fraction(chapter["start"]) * base, Fraction(chapter["end"]) * base
            if self.span.start is not None:
                start = max(start, self.span.start)
            if self.span.end is not None:
                end = min(end, self.span.end)
            if start < end:
                shifted = {"start": round((start - self.span.shift) / base), "end": round((end - self.span.shift) / base)}
                kept.append({**chapter, **shifted})
        return kept

    def mux_until(self, second: Fraction | None, file: "OutputContainer") -> None:
        """Copy packets up to a time of the new file; all that are left with None."""
        while True:
            packet = self.next or next(self.packets, None)
            self.next = None
            if packet is None:
                return
            if not self.wanted(packet):
                continue
            base = packet.time_base or NO_BASE
            shift = round(self.span.shift / base)
            when = packet.dts if packet.dts is not None else packet.pts
            if second is not None and when is not None and (when - shift) * base > second:
                self.next = packet
                return
            packet.pts = None if packet.pts is None else packet.pts - shift
            packet.dts = None if packet.dts is None else packet.dts - shift
            packet.stream = self.streams[packet.stream_index]
            file.mux(packet)

    def wanted(self, packet: "Packet[Any]") -> bool:
        """Whether a packet belongs to the span: it is cut at the borders of packets, never inside one."""
        if packet.size == 0 or packet.stream_index not in self.streams:
            return False
        if packet.pts is None:
            return True
        second = packet.pts * (packet.time_base or NO_BASE)
        after = self.span.start is None or second >= self.span.start
        return after and (self.span.end is None or second < self.span.end)
