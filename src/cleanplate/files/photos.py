"""Photo files <-> Image and alpha: the one door for reading and writing still pictures.

Reading: JPEG (of an MPO the first picture), PNG, WebP, TIFF, AVIF, BMP and GIF (first frame), recognized by content.
What comes out is upright, straight and sRGB. 16-bit grey and RGB(A) of PNG and TIFF stay 16 bit; 16-bit pixels with a
profile other than sRGB, 16-bit CMYK, premultiplied or compressed planar TIFF and 10/12-bit AVIF become 8 bit. A float
TIFF must lie within [0, 1]. A PNG's gAMA and cICP are not applied.

Writing: a temporary file in the same folder, then a rename, so that a half-written picture never bears the final name.
The same picture gives the same bytes; nothing of the source's EXIF, GPS or XMP is carried over.
"""

import contextlib
import io
import os
import stat
import threading
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image as pillow
from PIL import ImageFile

from cleanplate.errors import InputError, MemoryShort, OutputError, PhotoError, is_memory_short, why
from cleanplate.files import atomic, decoding
from cleanplate.files.atomic import called, check_place, deliver
from cleanplate.files.encoding import Array, check_size, encode
from cleanplate.pixels.color import FloatArray, to_float, to_uint8, to_uint16
from cleanplate.values import Image, Size, check_alpha

PathName = atomic.PathName
Source = PathName | BinaryIO | bytes

PIXEL_LIMIT = 128_000_000  # four bytes each while decoding: 512 MB; the largest cameras give 100 to 150 million
STREAM_LIMIT = 1 << 30  # bytes taken from a pipe or file object, which has no size to look at first
WRITABLE = {
    ".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP",
    ".tif": "TIFF", ".tiff": "TIFF", ".avif": "AVIF", ".bmp": "BMP",
}  # fmt: skip
_CUT = ("truncat", "end of file", "unpack", "not enough")  # words of Pillow's messages on a file that stops early


def read_image(source: Source, *, pixel_limit: int = PIXEL_LIMIT) -> Image:
    """Read a photo: upright, sRGB, straight alpha, 8 or 16 bits as the file has them (see above for the exceptions).

    Args:
        source: a path, a binary file object or the file's bytes.
        pixel_limit: the most pixels (width times height) that are decoded; read off the header first.

    Raises:
        PhotoError: with the reason ``missing``, ``unreadable``, ``empty``, ``format``, ``truncated``, ``broken``,
            ``too-large`` or ``profile``.
    """
    name = _name(source)
    with _reading(source, name) as file:
        decoded = _decoded(file, name, pixel_limit)
        decoded.color = decoding.to_srgb(decoded.color, decoded.profile, name)  # Pillow's own copy is let go before it is turned
        pixels = decoding.upright(decoded.color, decoded.orientation)
        return Image(pixels, None if decoded.alpha is None else decoding.upright(decoded.alpha, decoded.orientation))


def read_alpha(source: Source, *, pixel_limit: int = PIXEL_LIMIT) -> FloatArray:
    """Read a matte: the file's alpha channel unless that is constant, else its luminance (ITU-R BT.601).

    Values are data: no ICC profile is applied.

    Args:
        source: a path, a binary file object or the file's bytes.
        pixel_limit: as in ``read_image``.

    Returns:
        (height, width) float32 in [0, 1], upright.

    Raises:
        PhotoError: as ``read_image``.
    """
    name = _name(source)
    with _reading(source, name) as file:
        decoded = _decoded(file, name, pixel_limit)
        return decoding.upright(decoding.matte(decoded), decoded.orientation)


def write_image(
    image: Image,
    target: PathName | BinaryIO,
    *,
    overwrite: bool = False,
    inputs: Sequence[PathName] = (),
    format: str | None = None,
    quality: int = 95,
) -> None:
    """Write a picture with an sRGB profile (BMP has no room for one); PNG and TIFF keep 16 bits, the others take 8.

    Args:
        target: a path, whose suffix tells the format, or a binary file object, which needs ``format``.
        overwrite: whether an existing file may be replaced.
        inputs: files that must not be written over, however they are named.
        format: a suffix such as "png", instead of the target's own.
        quality: 1 to 100 for JPEG, WebP and AVIF; color is never subsampled in JPEG and AVIF.

    Raises:
        OutputError: the target is refused (see ``check_target``), JPEG or BMP would lose an alpha, the disk is full.
        InputError: quality outside 1 to 100.
    """
    if not 1 <= quality <= 100:
        raise InputError(f"quality lies between 1 and 100; {quality} was given.")
    kind = _kind(target, format)
    if isinstance(target, str | os.PathLike):
        check_place(target, overwrite, inputs)
    deliver(encoded(image, kind, quality, _name(target)), target, _name(target), overwrite=overwrite)


def encoded(image: Image, kind: str, quality: int, name: str) -> bytes:
    """A picture as the bytes of a file of that kind (Pillow's name of a format); see ``write_image``."""
    if image.alpha is not None and kind in ("JPEG", "BMP"):
        raise OutputError(f"{name} cannot hold the transparency that this picture has: write a .png instead.")
    deep = image.pixels.dtype == np.uint16 and kind in ("PNG", "TIFF")
    cast = to_uint16 if deep else to_uint8
    samples: Array = image.pixels if deep or image.pixels.dtype == np.uint8 else to_uint8(to_float(image.pixels))
    if image.alpha is not None:
        samples = np.dstack([samples, cast(image.alpha)])
    return encode(samples, kind, quality, name)


def write_alpha(
    alpha: FloatArray,
    target: PathName | BinaryIO,
    *,
    depth: int = 8,
    overwrite: bool = False,
    inputs: Sequence[PathName] = (),
    format: str | None = None,
    quality: int = 95,
) -> None:
    """Write a matte as grey, without a profile: its values are data.

    Args:
        alpha: (height, width) float32 in [0, 1].
        depth: 8 or 16 bits; 16 for PNG and TIFF only.
        target, overwrite, inputs, format, quality: as in ``write_image``.

    Raises:
        InputError: alpha of another shape, type or range, depth or quality out of range.
        OutputError: as ``write_image``, and 16 bits into a format of 8.
    """
    if alpha.ndim != 2 or 0 in alpha.shape:
        raise InputError(f"An alpha has the shape (height, width); this one has {alpha.shape}.")
    check_alpha(alpha, (alpha.shape[0], alpha.shape[1]))
    if depth not in (8, 16) or not 1 <= quality <= 100:
        raise InputError(f"depth is 8 or 16 and quality 1 to 100; {depth} and {quality} were given.")
    kind = _kind(target, format)
    if depth == 16 and kind not in ("PNG", "TIFF"):
        raise OutputError(f"{_name(target)} cannot hold 16 bits: write a .png or .tif, or ask for a depth of 8.")
    if isinstance(target, str | os.PathLike):
        check_place(target, overwrite, inputs)
    samples = to_uint16(alpha) if depth == 16 else to_uint8(alpha)
    deliver(encode(samples, kind, quality, _name(target)), target, _name(target), overwrite=overwrite)


def check_target(target: PathName, *, overwrite: bool = False, inputs: Sequence[PathName] = ()) -> None:
    """Refuse a target before any work is done for it.

    Raises:
        OutputError: unknown suffix, one of the inputs (also by a link), exists and ``overwrite`` is False, a folder or
            device, folder missing or not writable, a name that the file system refuses.
    """
    _kind(target, None)
    check_place(target, overwrite, inputs)


def check_room(target: PathName | BinaryIO, format: str | None, picture: Source | Size | None) -> None:
    """Refuse a format that cannot hold a picture of that size, or of that file's, before any work is done for it.

    Raises:
        OutputError: a side is too long.
        PhotoError: as ``read_image``.
    """
    kind, name = _kind(target, format), _name(target)
    if isinstance(picture, str | os.PathLike):
        with _reading(picture, called(picture)) as file:
            width, height = decoding.start(file, called(picture), PIXEL_LIMIT).size
            picture = height, width
    if isinstance(picture, tuple):
        check_size(kind, picture, name)


# ---- reading -------------------------------------------------------------------------------------------------------


class _Off(int):
    """A 0 that can be told from every other, the False of the program around this one among them."""


class _Strict:
    """While any thread reads: no warnings of Pillow's, and no half pictures even where the program around this one has
    told Pillow to make them. Both are settings of the process: what that program changes meanwhile stays as it left it."""

    OFF: Any = _Off()
    SILENT = r"(?#cleanplate)PIL\."  # the comment makes the filter ours alone

    def __init__(self) -> None:
        self.lock, self.readers, self.lenient = threading.Lock(), 0, False

    def __enter__(self) -> "_Strict":
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


_strict = _Strict()


def _decoded(file: BinaryIO, name: str, pixel_limit: int) -> decoding.Decoded:
    """What a file being read holds, whole."""
    while True:
        found = decoding.decode(file, name, pixel_limit)
        if not _strict.loosened():
            return found


def _name(source: Source) -> str:
    """What to call a source or target in a one-line message."""
    if isinstance(source, bytes):
        return "The picture given as bytes"
    return called(source if isinstance(source, str | os.PathLike) else getattr(source, "name", None), "The picture stream")


@contextlib.contextmanager
def _reading(source: Source, name: str) -> Iterator[BinaryIO]:
    """The source as a seekable file; whatever goes wrong inside becomes a PhotoError of one sentence."""
    try:
        with _strict, _opened(source, name) as file:
            yield file
    except PhotoError:
        raise
    except pillow.DecompressionBombError as error:
        raise PhotoError(f"{name} is too large to be decoded here: shrink it.", "too-large") from error
    except Exception as error:  # Pillow raises nine classes for damaged files, SyntaxError and struct.error among them
        if is_memory_short(error):
            raise MemoryShort from error
        if isinstance(error, OSError) and error.errno is not None:
            raise PhotoError(f"{name} could not be read ({why(error)}): copy it elsewhere.", "unreadable") from error
        if any(word in str(error).lower() for word in _CUT):
            raise PhotoError(f"{name} is cut off before its end: fetch it again.", "truncated") from error
        message = f"{name} is damaged or of a kind that cannot be read ({why(error)}): save it again as PNG or JPEG."
        raise PhotoError(message, "broken") from error


@contextlib.contextmanager
def _opened(source: Source, name: str) -> Iterator[BinaryIO]:
    if isinstance(source, bytes):
        yield io.BytesIO(source)
    elif isinstance(source, str | os.PathLike):
        with _open_path(source, name) as file:  # Pillow leaves what it opened itself open after an error
            yield file if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else _whole(file, name)
    else:
        yield _whole(source, name)


def _open_path(path: PathName, name: str) -> BinaryIO:
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


def _whole(stream: BinaryIO, name: str) -> BinaryIO:
    """All that a stream holds; a wrong format is refused off its first bytes, an endless stream at the limit."""
    head = _take(stream, 64)
    decoding.recognize(head, name)
    data = head + _take(stream, STREAM_LIMIT)
    if len(data) > STREAM_LIMIT:
        raise PhotoError(f"{name} gives more than {STREAM_LIMIT >> 20} MB: give a smaller file.", "too-large")
    return io.BytesIO(data)


def _take(stream: BinaryIO, count: int) -> bytes:
    """That many bytes, or all that are left; a raw pipe gives fewer at a time than it is asked for."""
    parts: list[bytes] = []
    while count > 0 and (part := stream.read(min(count, 1 << 20))):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


# ---- writing -------------------------------------------------------------------------------------------------------


def _kind(target: PathName | BinaryIO, format: str | None) -> str:
    """Pillow's name of the format to write."""
    suffix = Path(target).suffix.lower() if isinstance(target, str | os.PathLike) else ""
    suffix = "." + format.lower().lstrip(".") if format else suffix
    if suffix not in WRITABLE:
        found = f"has the suffix {suffix}" if suffix else "names no format"
        raise OutputError(f"{_name(target)} {found}: give one of {', '.join(WRITABLE)}.")
    return WRITABLE[suffix]
