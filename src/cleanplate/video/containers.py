"""A video file on the disk -> FFmpeg's container and its stream of pictures. The inner room of the others.

The file is opened here and handed to FFmpeg's demuxers as bytes: no protocol and no second file can be reached, and
only a few container formats are tried, whatever the file is called.
"""

import contextlib
import math
import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from types import ModuleType
from typing import TYPE_CHECKING, Any, BinaryIO

from cleanplate.errors import MemoryShort, MissingExtra, SetupError, VideoError, is_memory_left, is_memory_short, why
from cleanplate.files.atomic import PathName
from cleanplate.values import Size
from cleanplate.video import boxes

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg"  # no playlists, nothing that names other files
READ_AT_ONCE = 1 << 20  # bytes; each read takes Python's lock
PIXEL_LIMIT = 64_000_000  # of one frame; 8K has 33 million, and a job holds about ten frames
CODEC_THREADS = 1 << 28  # bytes that a codec may need for its threads
CODEC_FRAMES = 100  # bytes for each pixel that it may need for the frames that it looks ahead, some 60
ATTACHED_PICTURE = 0x400  # the cover of a song looks like a video of one frame


def pyav() -> ModuleType:
    """PyAV.

    Raises:
        MissingExtra: it is not installed.
        SetupError: it is, and does not load.
    """
    try:
        import av
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name == "av":
            raise MissingExtra("PyAV, which reads and writes video,", "video") from error
        if is_memory_short(error):
            raise MemoryShort from error
        raise SetupError(f"PyAV, which reads and writes video, does not load here ({why(error)}): reinstall it.") from error
    return av


def lenient(av: Any) -> dict[str, Any]:
    """What makes PyAV take titles that are no UTF-8; since its version 19 it does so by itself, and refuses to be told."""
    return {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}


@contextlib.contextmanager
def opened(path: PathName, name: str) -> Iterator["InputContainer"]:
    """A file's container.

    Raises:
        VideoError: it cannot be opened, or is none of the known containers.
    """
    av = pyav()
    with open_bytes(path, name) as file:
        cut = check(file, name)
        options = {"format_whitelist": DEMUXERS, "protocol_whitelist": "none"}
        try:
            container = av.open(file, options=options, buffer_size=READ_AT_ONCE, **lenient(av))
        except Exception as error:  # PyAV raises a class for each of FFmpeg's codes, ValueError and plain OSError
            if is_memory_short(error):
                raise MemoryShort from error
            if cut:
                raise VideoError(f"{name} is cut off before the index of its frames: fetch it again.", "truncated") from error
            raise VideoError(f"{name} is damaged ({reason(error)}): fetch it again.", "broken") from error
        with container:
            yield container


def check(file: BinaryIO, name: str) -> bool | None:
    """Refuse what is no video or encrypted; whether it is cut off, if that can be told.

    Raises:
        VideoError: empty, another format, encrypted, of too many parts.
    """
    head = file.read(boxes.HEAD)
    if not head:
        raise VideoError(f"{name} is empty: give a video file.", "empty")
    if not boxes.is_container(head):
        raise VideoError(f"{name} is no video that can be read: give an MP4, MOV, MKV, WebM, AVI or MPEG file.", "format")
    try:
        if boxes.is_encrypted(file):
            raise encrypted(name)
        cut = boxes.is_cut(file)
    except boxes.TooManyBoxes as error:
        raise VideoError(f"{name} is cut into more than {boxes.MOST_BOXES} boxes: convert it.", "broken") from error
    file.seek(0)
    return cut


def encrypted(name: str) -> VideoError:
    return VideoError(f"{name} is encrypted: give a file without copy protection.", "encrypted")


def reason(error: BaseException) -> str:
    """FFmpeg's words alone, without PyAV's numbers."""
    return why(Exception(getattr(error, "strerror", None) or str(error)))


def for_want_of_memory(error: BaseException, size: Size) -> bool:
    """Whether FFmpeg failed for want of memory: some codecs say so, others say of all their failures the same.

    Args:
        size: (height, width) of the frames that it works on.
    """
    return is_memory_short(error) or not is_memory_left(CODEC_THREADS + CODEC_FRAMES * math.prod(size))


def open_bytes(path: PathName, name: str) -> BinaryIO:
    try:
        if os.path.isdir(path):
            raise VideoError(f"{name} is a folder: give a video file.", "unreadable")
        return open(os.open(path, os.O_RDONLY), "rb")  # by number: FFmpeg gets no name to draw conclusions from
    except (FileNotFoundError, NotADirectoryError) as error:
        raise VideoError(f"{name} does not exist: check the name.", "missing") from error
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise VideoError(f"{name} could not be opened ({why(error)}): check its name and permissions.", "unreadable") from error


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
    if tagged(stream, "enc_key_id"):  # Matroska's way to say it
        raise encrypted(name)
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


def tagged(stream: "Stream", key: str) -> str:
    """A stream's tag, whose name writers spell in small or capital letters."""
    return next((value for name, value in stream.metadata.items() if name.lower() == key), "")


def declared_seconds(container: "InputContainer", stream: "VideoStream") -> float | None:
    """How long the video stream is by the file's own headers; None where they do not say."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    told = tagged(stream, "duration")  # Matroska writers leave it in a tag: 00:00:10.400000000
    with contextlib.suppress(ValueError):
        hours, minutes, seconds = (float(part) for part in told.split(":"))
        return hours * 3600 + minutes * 60 + seconds
    if container.duration and len(container.streams) == 1:
        return container.duration / 1e6
    return None


def is_indexed(container: "InputContainer", size: int) -> bool:
    """Whether all that an MP4's index names lies within its first ``size`` bytes, whatever the lengths of its boxes say.

    A file in fragments has no index of the whole, and none is believed that names fewer samples than its stream has.
    """
    if not container.format.name.startswith("mov"):
        return False
    media = [stream for stream in container.streams if stream.type in ("video", "audio")]
    whole = all(0 < stream.frames <= len(stream.index_entries) for stream in media)
    return whole and all(entry.pos + entry.size <= size for stream in media for entry in stream.index_entries)


def last_second(container: "InputContainer", stream: "VideoStream") -> float:
    """Where the last whole packet of the stream ends, in seconds from its start."""
    last, base = Fraction(0), stream.time_base or Fraction(1, 1000)
    with contextlib.suppress(pyav().FFmpegError):
        for packet in container.demux(stream):
            if packet.size and packet.pts is not None and not packet.is_corrupt:
                last = max(last, (packet.pts + (packet.duration or 0) - (stream.start_time or 0)) * base)
    return float(last)
