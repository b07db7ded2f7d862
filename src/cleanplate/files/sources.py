"""A path, a file object or bytes -> a seekable file, read strictly; whatever goes wrong becomes one sentence."""

import contextlib
import io
import os
import stat
import threading
import warnings
from collections.abc import Iterator
from typing import Any, BinaryIO

from PIL import Image as pillow
from PIL import ImageFile

from cleanplate.errors import CleanplateError, MemoryShort, PhotoError, is_memory_short, why
from cleanplate.files import decoding
from cleanplate.files.atomic import PathName, called
from cleanplate.files.formats import FOREIGN, HEAD, is_deep_tiff, kind_of, read_header, recognize
from cleanplate.files.samples import Decoded
from cleanplate.values import Size

Source = PathName | BinaryIO | bytes

STREAM_LIMIT = 1 << 30  # bytes taken from a pipe or file object, which has no size to look at first
CUT = ("truncat", "end of file", "unpack", "not enough")  # words of Pillow's messages on a file that stops early


def named(source: Source) -> str:
    """What to call a source or target in a one-line message."""
    if isinstance(source, bytes):
        return "The picture given as bytes"
    return called(source if isinstance(source, str | os.PathLike) else getattr(source, "name", None), "The picture stream")


@contextlib.contextmanager
def reading(source: Source, name: str) -> Iterator[BinaryIO]:
    """The source as a seekable file; whatever goes wrong inside becomes a PhotoError of one sentence."""
    try:
        with strictly, opened(source, name) as file:
            yield file
    except CleanplateError:
        raise
    except Exception as error:  # Pillow raises nine classes for damaged files, SyntaxError and struct.error among them
        raise MemoryShort if is_memory_short(error) else refusal(error, name) from error


def decoded(file: BinaryIO, name: str, pixel_limit: int) -> Decoded:
    """What a file that is being read holds, whole."""
    while True:
        found = decoding.decode(file, name, pixel_limit)
        if not strictly.loosened():
            return found


def refusal(error: Exception, name: str) -> PhotoError:
    """What a decoder or the file system raised, as one sentence."""
    if isinstance(error, pillow.DecompressionBombError):
        return PhotoError(f"{name} is too large to be decoded here: shrink it.", "too-large")
    if isinstance(error, OSError) and error.errno is not None:
        return PhotoError(f"{name} could not be read ({why(error)}): copy it elsewhere.", "unreadable")
    if any(word in str(error).lower() for word in CUT):
        return PhotoError(f"{name} is cut off before its end: fetch it again.", "truncated")
    return PhotoError(f"{name} is damaged or of a kind that cannot be read ({why(error)}): save it again as PNG or JPEG.", "broken")


@contextlib.contextmanager
def opened(source: Source, name: str) -> Iterator[BinaryIO]:
    if isinstance(source, bytes):
        yield io.BytesIO(source)
    elif isinstance(source, str | os.PathLike):
        with open_path(source, name) as file:  # Pillow leaves what it opened itself open after an error
            yield file if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else whole(file, name)
    else:
        yield whole(source, name)


def open_path(path: PathName, name: str) -> BinaryIO:
    try:
        if os.path.isdir(path):
            raise PhotoError(f"{name} is a folder: give a picture file.", "unreadable")
        return open(path, "rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PhotoError(f"{name} does not exist: check the name.", "missing") from error
    except PermissionError as error:
        raise PhotoError(f"{name} may not be read by this user: change its permissions.", "unreadable") from error
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise PhotoError(f"{name} could not be opened ({why(error)}): check the name.", "unreadable") from error


def whole(stream: BinaryIO, name: str) -> BinaryIO:
    """All that a stream holds; a wrong format is refused off its first bytes, an endless stream at the limit."""
    head = take(stream, HEAD)
    recognize(head, name)
    data = head + take(stream, STREAM_LIMIT)
    if len(data) > STREAM_LIMIT:
        raise PhotoError(f"{name} gives more than {STREAM_LIMIT >> 20} MB: give a smaller file.", "too-large")
    return io.BytesIO(data)


def take(stream: BinaryIO, count: int) -> bytes:
    """That many bytes, or all that are left; a raw pipe gives fewer at a time than it is asked for."""
    parts: list[bytes] = []
    while count > 0 and (part := stream.read(min(count, 1 << 20))):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


# ---- settings of the process that a read needs ---------------------------------------------------------------------


class Off(int):
    """A 0 that can be told from every other, the False of the program around this one among them."""


class Strict:
    """While any thread reads: no warnings of Pillow's, and no half pictures even where the program around this one has
    told Pillow to make them. Both are settings of the process: what that program changes meanwhile stays as it left it."""

    OFF: Any = Off()
    SILENT = r"(?#cleanplate)PIL\."  # the comment makes the filter ours alone

    def __init__(self) -> None:
        self.lock, self.readers, self.lenient = threading.Lock(), 0, False

    def __enter__(self) -> "Strict":
        with self.lock:
            if self.readers == 0:
                warnings.filterwarnings("ignore", module=self.SILENT)
                self.own = warnings.filters[0]
            self.take()
            self.readers += 1
        return self

    def take(self) -> bool:
        """Switch half pictures off; whether the program had switched them on."""
        if ImageFile.LOAD_TRUNCATED_IMAGES is self.OFF:
            return False
        self.lenient, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, self.OFF
        return self.lenient

    def loosened(self) -> bool:
        """Whether the program has switched half pictures on since a reader was here last: it may have got one."""
        with self.lock:
            return self.take()

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.readers -= 1
            if self.readers == 0:
                if ImageFile.LOAD_TRUNCATED_IMAGES is self.OFF:
                    ImageFile.LOAD_TRUNCATED_IMAGES = self.lenient
                with contextlib.suppress(ValueError):  # the program has set its filters anew
                    warnings.filters.remove(self.own)  # type: ignore[attr-defined]


strictly = Strict()


def size_of(picture: PathName, pixel_limit: int) -> Size | None:
    """(height, width) that a picture file says it has; None of those formats whose header is not read here.

    Raises:
        PhotoError: as ``photos.read_image``.
    """
    with reading(picture, called(picture)) as file:
        kind = kind_of(file, called(picture))
        if kind in FOREIGN:
            return None
        try:
            width, height = read_header(file, called(picture), pixel_limit).size
        except SyntaxError as error:
            if is_deep_tiff(kind, error):
                return None
            raise
    return height, width
