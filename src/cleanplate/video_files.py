"""A video file on the disk -> FFmpeg's container and its stream of pictures. The inner room of the others.

The file is opened here and handed to FFmpeg's demuxers as bytes: no protocol and no second file can be reached, and
only a few container formats are tried, whatever the file is called.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from types import ModuleType
from typing import TYPE_CHECKING, BinaryIO

from cleanplate.errors import MissingExtra, VideoError, why
from cleanplate.places import PathName

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg"  # no playlists, nothing that names other files
READ_AT_ONCE = 1 << 20  # bytes; each read takes Python's lock
PIXEL_LIMIT = 64_000_000  # of one frame; 8K has 33 million, and a job holds about ten frames
ATTACHED_PICTURE = 0x400  # the cover of a song looks like a video of one frame


def pyav() -> ModuleType:
    """PyAV.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise MissingExtra("PyAV, which reads and writes video,", "video") from error
    return av


@contextlib.contextmanager
def opened(path: PathName, name: str) -> Iterator["InputContainer"]:
    """A file's container.

    Raises:
        VideoError: it cannot be opened, or is none of the known containers.
    """
    av = pyav()
    with open_bytes(path, name) as file:
        if not file.read(1):
            raise VideoError(f"{name} is empty: give a video file.", "empty")
        cut = cut_off(file)
        file.seek(0)
        options = {"format_whitelist": DEMUXERS, "protocol_whitelist": "none"}
        try:
            container = av.open(file, options=options, metadata_errors="replace", buffer_size=READ_AT_ONCE)
        except Exception as error:  # PyAV raises a class for each of FFmpeg's codes, ValueError and plain OSError
            if cut:
                raise VideoError(f"{name} is cut off before the index of its frames: fetch it again.", "truncated") from error
            message = f"{name} is damaged, or no video that can be read ({why(error)}): give an MP4, MOV, MKV, WebM, AVI or MPEG."
            raise VideoError(message, "format") from error
        with container:
            yield container


def open_bytes(path: PathName, name: str) -> BinaryIO:
    try:
        if os.path.isdir(path):
            raise VideoError(f"{name} is a folder: give a video file.", "unreadable")
        return open(os.open(path, os.O_RDONLY), "rb")  # by number: FFmpeg gets no name to draw conclusions from
    except (FileNotFoundError, NotADirectoryError) as error:
        raise VideoError(f"{name} does not exist: check the name.", "missing") from error
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise VideoError(f"{name} could not be opened ({why(error)}): check its name and permissions.", "unreadable") from error


def cut_off(file: BinaryIO) -> bool:
    """Whether an MP4, Matroska or AVI file is shorter than its outermost boxes say."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if head[:4] == b"\x1aE\xdf\xa3":
        return matroska_end(file) > size
    if head[:4] == b"RIFF":
        return 8 + int.from_bytes(head[4:8], "little") > size
    end = 0
    while head[4:8].isalnum() or head[4:8].strip(b" ").isalpha():  # ISO/IEC 14496-12: length, four letters
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            file.seek(end + 8)
            length = int.from_bytes(file.read(8), "big")
        if length < 8:  # 0: to the end of the file
            break
        end += length
        file.seek(end)
        head = file.read(12)
    return end > size


def matroska_end(file: BinaryIO) -> int:
    """Where the segment of a Matroska file ends by its own length (RFC 8794); 0 when it does not say."""
    end = 0
    for _ in range(2):  # the EBML header, the segment
        file.seek(end)
        head = file.read(16)
        mark = 4 if head[:4] in (b"\x1aE\xdf\xa3", b"\x18S\x80g") else 0
        if not mark or len(head) < 5 or head[4] == 0:
            return 0
        width = 9 - head[4].bit_length()
        length = int.from_bytes(head[4 : 4 + width], "big") - (1 << 7 * width)
        if length == (1 << 7 * width) - 1:  # all ones: unknown, as live recordings have it
            return 0
        end += mark + width + length
    return end


def choose_stream(container: "InputContainer", name: str) -> "VideoStream":
    """The stream of moving pictures.

    Raises:
        VideoError: there is none, no decoder knows it, or its frames are too large.
    """
    streams = [stream for stream in container.streams.video if not stream.disposition.value & ATTACHED_PICTURE]
    if not streams:
        found = "sound only" if container.streams.audio else "no pictures"
        raise VideoError(f"{name} holds {found}: give a file with a video stream.", "no-video")
    best = container.streams.best("video")
    stream = next((stream for stream in streams if stream is best), streams[0])
    if stream.codec_context is None:
        raise VideoError(f"{name} is coded in a way that no decoder here knows: convert it to H.264.", "codec")
    context = stream.codec_context
    if context.width * context.height > PIXEL_LIMIT:
        raise VideoError(
            f"{name} has frames of {context.width}x{context.height} and the limit is {PIXEL_LIMIT // 10**6} million pixels:"
            " shrink it.",
            "too-large",
        )
    silence(container, [stream])
    return stream


def silence(container: "InputContainer", but: "Sequence[Stream]") -> None:
    """Have the demuxer skip all other streams."""
    from av.stream import Discard

    for stream in container.streams:
        if all(stream is not other for other in but):
            stream.discard = Discard.all


def declared_seconds(container: "InputContainer", stream: "VideoStream") -> float | None:
    """How long the video stream is by the file's own headers; None where they do not say."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    told = stream.metadata.get("DURATION", "")  # Matroska writers leave it in a tag: 00:00:10.400000000
    with contextlib.suppress(ValueError):
        hours, minutes, seconds = (float(part) for part in told.split(":"))
        return hours * 3600 + minutes * 60 + seconds
    if container.duration and len(container.streams) == 1:
        return container.duration / 1e6
    return None


def last_second(container: "InputContainer", stream: "VideoStream") -> float:
    """Where the last whole packet of the stream ends, in seconds from its start."""
    last, base = Fraction(0), stream.time_base or Fraction(1, 1000)
    with contextlib.suppress(pyav().FFmpegError):
        for packet in container.demux(stream):
            if packet.size and packet.pts is not None and not packet.is_corrupt:
                last = max(last, (packet.pts + (packet.duration or 0) - (stream.start_time or 0)) * base)
    return float(last)
