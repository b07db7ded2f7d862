"""Sound, subtitles, chapters and titles: from one video file to another as they are."""

import contextlib
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cleanplate.errors import OutputError, VideoError
from cleanplate.files.atomic import called
from cleanplate.video.containers import pyav, silence
from cleanplate.video.frames import Span

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
TEXTS = {"mov_text": "counted", "subrip": "plain", "srt": "plain", "text": "plain"}  # how packets of words are laid out
TEXT_FORMS = {"mp4": "mov_text", "mov": "mov_text", "matroska": "subrip"}
STYLE = re.compile(rb"</?[a-zA-Z][^>]*>|\{\\an?\d+\}")  # SubRip's tags and places
INTERLEAVED = 10  # seconds by which streams in one file run apart, at most
NO_BASE = Fraction(1, 1_000_000)  # FFmpeg's own clock, for what has none


def retold(data: bytes, form: str, wanted: str) -> bytes:
    """A packet of words in another form: plain UTF-8 (SubRip), or counted by two bytes before it (3GPP TS 26.245); marks
    of style are left out. Empty when there are no words.

    >>> retold(b"<i>Good</i> day", "plain", "counted")
    b'\\x00\\x08Good day'
    >>> retold(b"\\x00\\x03Hi!...", "counted", "plain")
    b'Hi!'
    """
    if form == "counted":
        data = data[2 : 2 + int.from_bytes(data[:2], "big")]
    if wanted == "counted":
        data = STYLE.sub(b"", data)
        return len(data).to_bytes(2, "big") + data if data else b""
    return data


def like(packet: "Packet[Any]", data: bytes) -> "Packet[Any]":
    """A packet of the same times with other bytes."""
    made: Packet[Any] = pyav().Packet(data)
    made.pts, made.dts, made.duration, made.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    return made


def known(stream: "Stream") -> str:
    """FFmpeg's name of how a stream is coded; "" where this FFmpeg has no decoder for it, without which PyAV copies nothing."""
    return (stream.name or "") if stream.codec_context is not None else ""


def kind_of(stream: "Stream") -> str:
    """What to call that in a message."""
    return f"the kind {known(stream)}" if known(stream) else "a kind that no decoder here knows"


class Copies:
    """Sound and subtitles of another file, packet for packet; its chapters and titles.

    Args:
        span: the part to copy and by how much its times are shifted.
        source: the file.
    """

    def __init__(self, span: Span, source: "InputContainer") -> None:
        self.span, self.source = span, source
        self.streams: dict[int, Stream] = {}  # index there -> stream here
        self.texts: dict[int, tuple[str, str]] = {}  # index there -> (its form of text, the form here)
        self.end: Fraction | None = None  # of the new file, where what goes on is left out
        self.next: Packet[Any] | None = None
        self.packets: Iterator[Packet[Any]] = iter(())

    def clocks(self) -> list[int]:
        return [stream.codec_context.sample_rate for stream in self.source.streams.audio if stream.codec_context is not None]

    def add_to(self, file: "OutputContainer", name: str, warnings: list[str]) -> None:
        """Make the streams.

        Raises:
            OutputError: the container cannot hold the sound.
        """
        for stream in self.source.streams:
            if stream.type == "audio" and known(stream) not in REFUSED_LATE.get(file.format.name, ()):
                self.add(file, stream)
            elif stream.type == "subtitle":
                if not self.add_text(file, stream):
                    self.add(file, stream)
                if stream.index not in self.streams:
                    warnings.append(f"{name} cannot hold subtitles of {kind_of(stream)}; they were left out.")
            elif stream.type == "attachment" and file.format.name == "matroska":
                self.add(file, stream)  # fonts of subtitles
        self.check_sound(name, warnings)
        file.metadata.update({key: value for key, value in self.source.metadata.items() if key.lower() in TITLES})
        if chapters := self.chapters():
            file.set_chapters(chapters)
        silence(self.source, [stream for stream in self.source.streams if stream.index in self.streams])
        wanted = [stream for stream in self.source.streams if stream.index in self.streams and stream.type != "attachment"]
        if wanted:
            self.packets = self.source.demux(wanted)
        if wanted and self.span.start is not None:
            self.source.seek(int(self.span.start * 1_000_000))

    def check_sound(self, name: str, warnings: list[str]) -> None:
        """Sound that a decoder would be needed for, to copy it, is left out where there is other sound; all else is refused."""
        sounds = self.source.streams.audio
        for stream in sounds:
            if stream.index in self.streams:
                continue
            if known(stream) or all(other.index not in self.streams for other in sounds):
                coded = f"coded as {known(stream)}: write a .mkv, or take none for `sound`." if known(stream) else ""
                raise OutputError(f"{name} cannot hold sound {coded or f'of {kind_of(stream)}: take none for `sound`.'}")
            warnings.append(f"{name} cannot hold sound of {kind_of(stream)}; it was left out, and the other sound was kept.")

    def add(self, file: "OutputContainer", stream: "Stream") -> None:
        with contextlib.suppress(ValueError):  # PyAV: the container does not take this codec
            self.label(stream, file.add_stream_from_template(stream))

    def add_text(self, file: "OutputContainer", stream: "Stream") -> bool:
        """A stream for plain subtitles in the other container's form; whether that was called for."""
        kind = TEXT_FORMS.get(file.format.name)
        own = TEXTS.get(known(stream))
        if own is None or kind is None or own == TEXTS[kind]:
            return False
        made: Any = file.add_mux_stream(kind)
        made.time_base = stream.time_base
        self.texts[stream.index] = (own, TEXTS[kind])
        self.label(stream, made)
        return True

    def label(self, stream: "Stream", made: Any) -> None:
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
            packet, self.next = self.next or self.read(), None
            if packet is None:
                return
            if not self.wanted(packet):
                if self.over(packet):
                    return
                continue
            base = packet.time_base or NO_BASE
            shift, when = round(self.span.shift / base), packet.dts if packet.dts is not None else packet.pts
            if second is not None and when is not None and (when - shift) * base > second:
                self.next = packet
                return
            moved = self._moved(packet, shift)
            if moved is not None:
                file.mux(moved)

    def _moved(self, packet: "Packet[Any]", shift: int) -> "Packet[Any] | None":
        """A packet in its stream of the new file, so much earlier; None of a subtitle without words.

        MP4 fills the time between two with such ones.
        """
        packet.pts = None if packet.pts is None else packet.pts - shift
        packet.dts = None if packet.dts is None else packet.dts - shift
        here, told = self.streams[packet.stream_index], self.texts.get(packet.stream_index)
        if told is not None:
            text = retold(bytes(packet), *told)
            if not text:
                return None
            packet = like(packet, text)
        packet.stream = here
        return packet

    def read(self) -> "Packet[Any] | None":
        """The next packet, None at the end.

        Raises:
            VideoError: damaged, and that was not allowed.
        """
        try:
            return next(self.packets, None)
        except pyav().FFmpegError as error:
            if self.span.salvage:
                return None
            name = called(self.span.path)
            message = f"{name} is damaged in its sound: fetch it again, or allow salvaging what is there."
            raise VideoError(message, "broken") from error

    def wanted(self, packet: "Packet[Any]") -> bool:
        """Whether a packet belongs to the span: it is cut at the borders of packets, never inside one."""
        if packet.size == 0 or packet.is_corrupt or packet.stream_index not in self.streams:
            return False
        if packet.pts is None:
            return True
        second = packet.pts * (packet.time_base or NO_BASE)
        after = self.span.start is None or second >= self.span.start
        before = self.end is None or second - self.span.shift < self.end
        return after and before and (self.span.end is None or second < self.span.end)

    def over(self, packet: "Packet[Any]") -> bool:
        """Whether a packet lies so far beyond the new file's end that nothing for it follows: a long file need not be read on."""
        second = (packet.dts or packet.pts or 0) * (packet.time_base or NO_BASE)
        return self.end is not None and second - self.span.shift > self.end + INTERLEAVED
