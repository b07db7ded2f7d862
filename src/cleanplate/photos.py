"""Photo files <-> Image and alpha: the one door for reading and writing still pictures.

Reading: JPEG (of an MPO the first picture), PNG, WebP, TIFF, AVIF, BMP and GIF (first frame), recognized by content.
Only the decoder of that one format is tried, after its header has passed the pixel limit; nothing starts a child
process. What comes out is upright, straight and sRGB. 16-bit grey and RGB(A) of PNG and TIFF stay 16 bit; 16-bit pixels
with a profile other than sRGB, 16-bit CMYK, premultiplied or compressed planar TIFF and 10/12-bit AVIF become 8 bit.
A float TIFF must lie within [0, 1]. A PNG's gAMA and cICP are not applied.

Writing: a temporary file in the same folder, then a rename, so that a half-written picture never bears the final name.
The same picture gives the same bytes; nothing of the source's EXIF, GPS or XMP is carried over.
"""

import contextlib
import errno
import functools
import io
import os
import secrets
import stat
import struct
import sys
import threading
import warnings
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    ImageCms,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL import Image as pillow

from cleanplate.color import FloatArray, to_float, to_uint8, to_uint16
from cleanplate.errors import InputError, OutputError, PhotoError
from cleanplate.types import Image, check_alpha

PathName = str | os.PathLike[str]
Source = PathName | BinaryIO | bytes
Color = pillow.Image | npt.NDArray[Any]  # of mode L, RGB, CMYK or LAB; (height, width) or (height, width, 3)
Array = npt.NDArray[Any]  # uint8, uint16 or float32, the same out as in

PIXEL_LIMIT = 128_000_000  # four bytes each while decoding: 512 MB; the largest cameras give 100 to 150 million
STREAM_LIMIT = 1 << 30  # bytes taken from a pipe or file object, which has no size to look at first
WRITABLE = {
    ".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP",
    ".tif": "TIFF", ".tiff": "TIFF", ".avif": "AVIF", ".bmp": "BMP",
}  # fmt: skip

# Calling a reader's class leaves out Pillow's open(), and with it all other formats and its process-wide pixel limit.
_READERS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "GIF": GifImagePlugin.GifImageFile,
}
_SIGNATURES = (
    (0, b"\xff\xd8\xff", "JPEG"), (0, b"\x89PNG\r\n\x1a\n", "PNG"), (8, b"WEBP", "WebP"), (0, b"BM", "BMP"),
    (0, b"GIF87a", "GIF"), (0, b"GIF89a", "GIF"), (0, b"II*\0", "TIFF"), (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"), (0, b"MM\0+", "TIFF"),
    (0, b"%!PS", "EPS"), (0, b"\xc5\xd0\xd3\xc6", "EPS"), (0, b"%PDF", "PDF"), (0, b"8BPS", "PSD"),
    (4, b"jP  ", "JPEG 2000"), (0, b"\xff\x4f\xff\x51", "JPEG 2000"), (4, b"JXL ", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"), (0, b"DDS ", "DDS"), (0, b"\0\0\1\0", "ICO"), (0, b"<svg", "SVG"),
    (0, b"SIMPLE  =", "FITS"), (0, b"v/1\1", "OpenEXR"), (0, b"\x1aE\xdf\xa3", "Matroska video"), (0, b"PK\3\4", "ZIP"),
)  # fmt: skip
_ACCEPTED = "JPEG, PNG, WebP, TIFF, AVIF, BMP or GIF"
_CUT = ("truncat", "end of file", "unpack", "not enough")  # words of Pillow's messages on a file that stops early


@dataclass(eq=False)
class _Decoded:
    """One picture as its file has it: not yet turned, not yet sRGB.

    Args:
        color: a Pillow picture of mode L, RGB, CMYK or LAB; or (height, width) or (height, width, 3) uint16.
        alpha: (height, width) float32 in [0, 1], or None.
        profile: the embedded ICC profile if there is one.
        orientation: EXIF's number, 1 to 8.
    """

    color: Color
    alpha: FloatArray | None
    profile: bytes | None
    orientation: int


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
        decoded = _decode(file, name, pixel_limit)
        pixels = _upright(_to_srgb(decoded.color, decoded.profile, name), decoded.orientation)
        return Image(pixels, None if decoded.alpha is None else _upright(decoded.alpha, decoded.orientation))


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
        decoded = _decode(file, name, pixel_limit)
        alpha = decoded.alpha
        if alpha is None or alpha.min() == alpha.max():
            alpha = _luminance(decoded.color)
        return _upright(alpha, decoded.orientation)


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
    _check(target, overwrite, inputs)
    if image.alpha is not None and kind in ("JPEG", "BMP"):
        raise OutputError(f"{_name(target)} cannot hold the transparency that this picture has: write a .png instead.")
    deep = image.pixels.dtype == np.uint16 and kind in ("PNG", "TIFF")
    cast = to_uint16 if deep else to_uint8
    samples: Array = image.pixels if deep or image.pixels.dtype == np.uint8 else to_uint8(to_float(image.pixels))
    if image.alpha is not None:
        samples = np.dstack([samples, cast(image.alpha)])
    _deliver(_encode(samples, kind, quality, _name(target)), target)


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
    _check(target, overwrite, inputs)
    samples = to_uint16(alpha) if depth == 16 else to_uint8(alpha)
    _deliver(_encode(samples, kind, quality, _name(target)), target)


def check_target(target: PathName, *, overwrite: bool = False, inputs: Sequence[PathName] = ()) -> None:
    """Refuse a target before any work is done for it.

    Raises:
        OutputError: unknown suffix, one of the inputs (also by a link), exists and ``overwrite`` is False, a folder or
            device, folder missing or not writable, a name that the file system refuses.
    """
    _kind(target, None)
    _check(target, overwrite, inputs)


# Reading -------------------------------------------------------------------------------------------------------------


class _Strict:
    """While any thread reads: no warnings of Pillow's, and no half pictures even where the program around this one has
    told Pillow to make them. The last thread out puts both settings back."""

    def __init__(self) -> None:
        self.lock, self.readers, self.saved, self.lenient = threading.Lock(), 0, warnings.catch_warnings(), False

    def __enter__(self) -> None:
        with self.lock:
            if self.readers == 0:
                self.saved = warnings.catch_warnings()
                self.saved.__enter__()
                warnings.filterwarnings("ignore", module=r"PIL\.")
                self.lenient, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
            self.readers += 1

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.readers -= 1
            if self.readers == 0:
                ImageFile.LOAD_TRUNCATED_IMAGES = self.lenient
                self.saved.__exit__(None, None, None)


_strict = _Strict()


def _name(source: Source) -> str:
    """What to call a source or target in a one-line message."""
    if isinstance(source, bytes):
        return "The picture given as bytes"
    name = source if isinstance(source, str | os.PathLike) else getattr(source, "name", None)
    text = os.fspath(name) if isinstance(name, str | os.PathLike) else "The picture stream"
    return "".join(letter if letter.isprintable() else "?" for letter in text) or "The empty file name"


@contextlib.contextmanager
def _reading(source: Source, name: str) -> Iterator[BinaryIO]:
    """The source as a seekable file; whatever goes wrong inside becomes a PhotoError of one sentence."""
    try:
        with _strict, _opened(source, name) as file:
            yield file
    except PhotoError:
        raise
    except (MemoryError, pillow.DecompressionBombError) as error:
        raise PhotoError(f"{name} is too large to be decoded here: shrink it.", "too-large") from error
    except Exception as error:  # Pillow raises nine classes for damaged files, SyntaxError and struct.error among them
        if isinstance(error, OSError) and error.errno is not None:
            raise PhotoError(f"{name} could not be read ({_why(error)}): copy it elsewhere.", "unreadable") from error
        if any(word in str(error).lower() for word in _CUT):
            raise PhotoError(f"{name} is cut off before its end: fetch it again.", "truncated") from error
        message = f"{name} is damaged or of a kind that cannot be read ({_why(error)}): save it again as PNG or JPEG."
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
        raise PhotoError(f"{name} could not be opened ({_why(error)}): check the name.", "unreadable") from error


def _whole(stream: BinaryIO, name: str) -> BinaryIO:
    """All that a stream holds; a wrong format is refused off its first bytes, an endless stream at the limit."""
    head = _take(stream, 64)
    _recognize(head, name)
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


def _recognize(head: bytes, name: str) -> str:
    """The key in _READERS for a file that begins with these bytes.

    Raises:
        PhotoError: nothing there, or another format, which is named when it can be told.
    """
    if not head:
        raise PhotoError(f"{name} is empty: give a picture file.", "empty")
    found = next((kind for start, mark, kind in _SIGNATURES if head.startswith(mark, start)), None)
    if head[4:8] == b"ftyp":
        brands = head[8 : max(12, int.from_bytes(head[:4], "big"))]
        still = b"mif1" in brands or b"msf1" in brands or b"hei" in brands or b"hev" in brands
        found = "AVIF" if b"avif" in brands or b"avis" in brands else "HEIF" if still else "MP4 video"
    if found in _READERS:
        return found
    if found is None:
        found = "text" if all(byte in b"\t\n\f\r" or 32 <= byte < 127 for byte in head) else "no known kind of"
    raise PhotoError(f"{name} holds {found} data, not a picture that can be read: give {_ACCEPTED}.", "format")


def _start(file: BinaryIO, name: str, pixel_limit: int) -> ImageFile.ImageFile:
    """The picture with its header read and its size found to be within the limit, not yet decoded."""
    file.seek(0)
    kind = _recognize(file.read(64), name)
    _check_length(file, kind)
    file.seek(0)
    picture = _READERS[kind](file)
    width, height = picture.size
    if width * height > pixel_limit:
        raise PhotoError(
            f"{name} has {width}x{height} = {width * height / 1e6:.1f} million pixels and the limit is"
            f" {pixel_limit / 1e6:g} million: shrink it or raise the pixel limit.",
            "too-large",
        )
    return picture


def _check_length(file: BinaryIO, kind: str) -> None:
    """Raise EOFError for a WebP, AVIF or TIFF shorter than it says: their decoders do not tell cut from damaged."""
    size, end = file.seek(0, os.SEEK_END), 0
    file.seek(0)
    head = file.read(8)
    if kind == "WebP":
        end = 8 + int.from_bytes(head[4:], "little")
    elif kind == "TIFF" and head[2:4] in (b"*\0", b"\0*"):
        end = int.from_bytes(head[4:], "little" if head[:1] == b"I" else "big")
    while kind == "AVIF" and len(head) == 8 and int.from_bytes(head[:4], "big") >= 8:  # 0 and 1: last box, long box
        end += int.from_bytes(head[:4], "big")
        file.seek(end)
        head = file.read(8)
    if end > size:
        raise EOFError("truncated")


def _decode(file: BinaryIO, name: str, pixel_limit: int) -> _Decoded:
    picture, rawmode = _load(file, name, pixel_limit)
    color: Color
    if _other_byte(picture, rawmode):
        other, _ = _load(file, name, pixel_limit, other_byte=True)
        color, alpha = _join_bytes(np.array(picture), np.array(other), rawmode)
    elif picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        color, alpha = _deep_grey(picture, rawmode, name), None
    else:
        color, alpha = _split(picture)
    if alpha is None:
        alpha = _keyed(color, picture.info.get("transparency"), rawmode)
    return _Decoded(color, alpha, picture.info.get("icc_profile"), _orientation(picture))


def _load(file: BinaryIO, name: str, pixel_limit: int, *, other_byte: bool = False) -> tuple[ImageFile.ImageFile, str]:
    """The decoded picture and its raw mode, Pillow's name for how the samples lie in the file.

    Args:
        other_byte: for 16-bit RGB(A), of which Pillow keeps the high bytes: take the low ones. The same decoder runs
            under the same checks, told that the byte order is the other way round.
    """
    picture = _start(file, name, pixel_limit)
    if isinstance(picture, TiffImagePlugin.TiffImageFile):
        _mend_planes(picture)
        _check_strips(picture, file)
    rawmode = next((_tile_rawmode(tile) for tile in picture.tile), "")
    if other_byte:
        picture.tile = [_with_rawmode(tile, _other_byte(picture, _tile_rawmode(tile))) for tile in picture.tile]
    picture.load()
    return picture, rawmode


def _tile_rawmode(tile: ImageFile._Tile) -> str:
    first = tile.args if isinstance(tile.args, str) else tile.args[0] if tile.args else ""
    return first if isinstance(first, str) else ""


def _with_rawmode(tile: ImageFile._Tile, rawmode: str) -> ImageFile._Tile:
    return tile._replace(args=(rawmode, *tile.args[1:]) if isinstance(tile.args, tuple) else rawmode)


def _mend_planes(picture: TiffImagePlugin.TiffImageFile) -> None:
    """Correct the raw modes of uncompressed 16-bit planes, which Pillow takes for 8 bit and turns into noise."""
    tags = picture.tag_v2
    if tags.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2 and tags.get(TiffImagePlugin.BITSPERSAMPLE, (1,))[0] == 16:
        order = "L" if tags.prefix == b"II" else "B"
        planes = [(tile, _tile_rawmode(tile)) for tile in picture.tile]
        picture.tile = [_with_rawmode(tile, f"{band};16{order}") if len(band) == 1 else tile for tile, band in planes]


def _check_strips(picture: TiffImagePlugin.TiffImageFile, file: BinaryIO) -> None:
    """Raise EOFError when strips or tiles lie beyond the file, or end above the last row: Pillow leaves that black."""
    tags = picture.tag_v2
    for starts, counts in ((273, 279), (324, 325)):  # strips, tiles
        ends = [start + count for start, count in zip(tags.get(starts, ()), tags.get(counts, ()), strict=False)]
        if ends and max(ends) > file.seek(0, os.SEEK_END):
            raise EOFError("truncated")
    if max(tile.extents[3] for tile in picture.tile if tile.extents) < tags[TiffImagePlugin.IMAGELENGTH]:
        raise EOFError("truncated")


def _other_byte(picture: ImageFile.ImageFile, rawmode: str) -> str:
    """The raw mode under which the low bytes of 16-bit samples come out, or "" where there is no such way."""
    if rawmode == "LA;16B":
        return "RGBA"  # four bytes as they lie: both of grey, both of alpha
    kind, deep, order = rawmode.partition(";16")
    libtiff_planes = isinstance(picture, TiffImagePlugin.TiffImageFile) and (
        picture.use_load_libtiff and picture.tag_v2.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2
    )  # there libtiff's own layout decides and the raw mode is not looked at
    if not deep or kind not in ("RGB", "RGBA", "RGBX", "R", "G", "B", "A") or libtiff_planes:
        return ""
    little = order == "L" or (order == "N" and sys.byteorder == "little")
    return f"{kind};16{'B' if little else 'L'}"


def _join_bytes(
    high: npt.NDArray[np.uint8], low: npt.NDArray[np.uint8], rawmode: str
) -> tuple[npt.NDArray[np.uint16], FloatArray | None]:
    if rawmode == "LA;16B":
        high, low = low[..., ::2], low[..., 1::2]
    samples = high.astype(np.uint16) << np.uint16(8) | low
    if rawmode == "LA;16B":
        return np.ascontiguousarray(samples[..., 0]), to_float(samples[..., 1])
    return np.ascontiguousarray(samples[..., :3]), to_float(samples[..., 3]) if samples.shape[2] == 4 else None


def _deep_grey(picture: ImageFile.ImageFile, rawmode: str, name: str) -> npt.NDArray[np.uint16]:
    """Grey of 12, 16 or 32 bits or float -> (height, width) uint16; never the saturation of Pillow's convert."""
    samples, top = np.array(picture), 1 if picture.mode == "F" else 65535
    if not (samples.min() >= 0 and samples.max() <= top):  # also true for NaN
        reach = f"from {samples.min():g} to {samples.max():g}"
        raise PhotoError(f"{name} holds grey {reach}, which has no fixed white: scale it to 0 to {top}.", "format")
    grey = to_uint16(samples) if picture.mode == "F" else samples.astype(np.uint16)
    if rawmode == "I;12":
        grey = grey << np.uint16(4) | grey >> np.uint16(8)
    inverted = isinstance(picture, TiffImagePlugin.TiffImageFile) and picture.tag_v2.get(262) == 0  # white is zero
    return np.uint16(65535) - grey if inverted else grey


def _split(picture: pillow.Image) -> tuple[pillow.Image, FloatArray | None]:
    """Color of mode L, RGB, CMYK or LAB, and straight alpha if the mode or the palette has one."""
    if picture.mode in ("P", "PA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    elif picture.mode == "La":  # premultiplied; Pillow divides premultiplied RGB while it decodes
        picture = picture.convert("LA")
    if picture.mode in ("LA", "RGBA"):
        alpha = to_float(np.array(picture.getchannel("A")))
        return picture.convert(picture.mode[:-1]), alpha
    if picture.mode == "1":
        return picture.convert("L"), None
    return picture if picture.mode in ("L", "RGB", "CMYK", "LAB") else picture.convert("RGB"), None


def _keyed(color: Color, key: object, rawmode: str) -> FloatArray | None:
    """Alpha of a picture in which one grey or color stands for transparent (tRNS, GIF), else None."""
    if not isinstance(key, int | tuple):
        return None
    scale = {"L;2": 85, "L;4": 17}.get(rawmode, 1)  # Pillow scales such samples to 0-255 but not the key
    differs = np.asarray(color) != np.multiply(key, scale)
    return np.asarray(differs.any(axis=2) if differs.ndim == 3 else differs, np.float32)


def _orientation(picture: pillow.Image) -> int:
    try:
        value = picture.getexif().get(0x0112, 1)
    except Exception:  # noqa: BLE001 - a photo with damaged EXIF is whole: taken unturned, as viewers do
        return 1
    return value if value in range(1, 9) else 1


def _upright(array: Array, orientation: int) -> Array:
    """Apply EXIF's orientation to (height, width, ...): mirror along the diagonal for 5 to 8, then mirror the axes."""
    samples = array.swapaxes(0, 1) if orientation >= 5 else array
    step_y = -1 if orientation in (3, 4, 7, 8) else 1
    step_x = -1 if orientation in (2, 3, 6, 7) else 1
    return np.ascontiguousarray(samples[::step_y, ::step_x])


def _to_srgb(color: Color, profile: bytes | None, name: str) -> Array:
    """Color of any mode -> (height, width, 3) sRGB.

    A profile that changes no color by more than one level of 255 leaves the samples as they are, 16 bits included. Any
    other brings 16-bit samples to 8, since Pillow's littleCMS takes no more. A profile that cannot be opened counts as
    none, as in every viewer. One that can but does not fit is refused: the colors are known to mean something else.
    """
    mode = color.mode if isinstance(color, pillow.Image) else "L" if color.ndim == 2 else "RGB"
    source = _open_profile(profile, mode)
    if source is None:
        return _plain(color)
    if mode == "L" and source.profile.xcolor_space.strip() == "RGB":
        color, mode = _plain(color), "RGB"
    transform = _transform(source, mode, name)
    if _is_identity(transform):
        return _plain(color)
    if not isinstance(color, pillow.Image):
        color = pillow.fromarray(color if color.dtype == np.uint8 else to_uint8(to_float(color)))
    return np.array(transform.apply(color))


def _plain(color: Color) -> Array:
    """To (height, width, 3) without a profile; CMYK by Pillow's simple formula."""
    if isinstance(color, pillow.Image):
        return np.array(color if color.mode == "RGB" else color.convert("RGB"))
    return np.dstack([color] * 3) if color.ndim == 2 else color


def _open_profile(profile: bytes | None, mode: str) -> ImageCms.ImageCmsProfile | None:
    """The profile to convert from: CIE Lab for Lab pixels, whatever is embedded; None if none or a damaged one."""
    if mode == "LAB":
        return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else None
    except Exception:  # noqa: BLE001 - littleCMS's refusals come in several classes
        return None


def _transform(source: ImageCms.ImageCmsProfile, mode: str, name: str) -> ImageCms.ImageCmsTransform:
    """To sRGB by the photo editors' default, relative colorimetric with black point compensation: what sRGB can show
    stays exact, where the perceptual intent would shift all colors, with each profile maker in another way."""
    target = ImageCms.ImageCmsProfile(io.BytesIO(_srgb_profile()))
    intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
    try:
        return ImageCms.ImageCmsTransform(source, target, mode, "RGB", intent, flags=flags)
    except Exception as error:
        raise PhotoError(f"{name} has a color profile that does not fit: save it again as sRGB.", "profile") from error


def _is_identity(transform: ImageCms.ImageCmsTransform) -> bool:
    if transform.input_mode not in ("L", "RGB"):
        return False
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    probe = pillow.fromarray(cube if transform.input_mode == "RGB" else np.arange(256, dtype=np.uint8)[None])
    return bool(np.abs(np.array(transform.apply(probe), np.int16) - np.array(probe.convert("RGB"))).max() <= 1)


def _luminance(color: Color) -> FloatArray:
    """0.299 R + 0.587 G + 0.114 B of the encoded values (ITU-R BT.601), written so that grey comes out exactly."""
    if isinstance(color, pillow.Image) and color.mode == "LAB":
        return to_float(np.array(color.getchannel("L")))
    red, green, blue = np.moveaxis(to_float(_plain(color)), 2, 0)
    luminance = green + np.float32(0.299) * (red - green) + np.float32(0.114) * (blue - green)
    return np.asarray(np.clip(luminance, 0, 1), np.float32)


# Writing -------------------------------------------------------------------------------------------------------------


@functools.cache
def _srgb_profile() -> bytes:
    """littleCMS's sRGB profile with its creation date, bytes 24 to 35, set to one day: the same bytes each run."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + profile[36:]


def _encode(samples: Array, kind: str, quality: int, name: str) -> bytes:
    """(height, width) grey, or (height, width, 3 or 4) with a profile -> the file's bytes."""
    picture = samples.ndim == 3
    options: dict[str, object] = {"icc_profile": _srgb_profile()} if picture else {}
    if kind in ("JPEG", "WEBP", "AVIF"):
        options["quality"] = quality
    if kind == "WEBP":
        options |= {"exact": True, "lossless": not picture}  # exact: color stays where alpha is 0
    if kind == "AVIF":
        options["max_threads"] = 1  # the encoder's bytes depend on the number of threads
    if kind == "TIFF":
        options["compression"] = "tiff_adobe_deflate"
    if picture and kind in ("JPEG", "AVIF"):
        options["subsampling"] = "4:4:4"  # the edges of a composite are where halved color shows
    file = io.BytesIO()
    try:
        if picture and samples.dtype == np.uint16:  # Pillow writes no 16-bit color
            return _png_of_16_bits(samples) if kind == "PNG" else _tiff_of_16_bits(samples)
        pillow.fromarray(samples).save(file, kind, **options)
    except Exception as error:
        size = f"{samples.shape[1]}x{samples.shape[0]}"
        message = f"{name} cannot be written: {kind} does not take this picture of {size} ({_why(error)}); try .png."
        raise OutputError(message) from error
    return file.getvalue()


def _png_of_16_bits(samples: Array) -> bytes:
    """(height, width, 3 or 4) -> PNG (ISO/IEC 15948), each row as differences from the pixel to the left (filter 1)."""
    height, width, bands = samples.shape
    rows = samples.astype(">u2").view(np.uint8).reshape(height, -1)
    filtered = np.ones((height, 1 + rows.shape[1]), np.uint8)
    filtered[:, 1:] = rows
    filtered[:, 1 + 2 * bands :] -= rows[:, : -2 * bands]
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2 if bands == 3 else 6, 0, 0, 0)),
        (b"iCCP", b"sRGB\0\0" + zlib.compress(_srgb_profile())),
        (b"IDAT", zlib.compress(filtered.tobytes())),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + mark + data + struct.pack(">I", zlib.crc32(mark + data)) for mark, data in chunks
    )


def _tiff_of_16_bits(samples: Array) -> bytes:
    """(height, width, 3 or 4) -> TIFF 6.0, one deflated strip of differences from the left (predictor 2)."""
    height, width, bands = samples.shape
    strip = zlib.compress(np.diff(samples, axis=1, prepend=np.zeros_like(samples[:, :1])).astype("<u2").tobytes())
    tags = TiffImagePlugin.ImageFileDirectory_v2(b"II*\0\0\0\0\0")
    tags[256], tags[257], tags[258], tags[277] = width, height, (16,) * bands, bands
    tags[259], tags[262], tags[284], tags[317] = 8, 2, 1, 2  # deflate, RGB, interleaved, differences
    tags[273], tags[278], tags[279] = 0, height, len(strip)  # Pillow moves the strip's start behind the tags
    tags[34675] = _srgb_profile()
    if bands == 4:
        tags[338] = 2  # straight alpha
    file = io.BytesIO()
    tags.save(file)
    file.write(strip)
    return file.getvalue()


def _kind(target: PathName | BinaryIO, format: str | None) -> str:
    """Pillow's name of the format to write."""
    suffix = Path(target).suffix.lower() if isinstance(target, str | os.PathLike) else ""
    suffix = "." + format.lower().lstrip(".") if format else suffix
    if suffix not in WRITABLE:
        found = f"has the suffix {suffix}" if suffix else "names no format"
        raise OutputError(f"{_name(target)} {found}: give one of {', '.join(WRITABLE)}.")
    return WRITABLE[suffix]


def _check(target: PathName | BinaryIO, overwrite: bool, inputs: Sequence[PathName]) -> None:
    if not isinstance(target, str | os.PathLike):
        return
    name, found = _name(target), None
    try:
        path = os.path.realpath(target)
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        pass  # free, or its folder is missing
    except (OSError, ValueError) as error:
        raise OutputError(f"{name} is no usable file name ({_why(error)}): choose another.") from error
    if found and any(os.path.exists(other) and os.path.samestat(found, os.stat(other)) for other in inputs):
        raise OutputError(f"{name} is one of the inputs, which are never written over: choose another name.")
    if found and stat.S_ISDIR(found.st_mode):
        raise OutputError(f"{name} is a folder: give a file name in it.")
    if found and not stat.S_ISREG(found.st_mode):
        raise OutputError(f"{name} is a device or pipe, not a file: choose another name.")
    if found and not overwrite:
        raise OutputError(f"{name} exists already: choose another name or allow overwriting.")
    _check_folder(os.path.dirname(path), name)


def _check_folder(folder: str, name: str) -> None:
    shown = _name(folder)
    if not os.path.isdir(folder):
        raise OutputError(f"{name} cannot be written, there is no folder {shown}: make it first.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{name} cannot be written, the folder {shown} is read-only: choose another.")


def _deliver(data: bytes, target: PathName | BinaryIO) -> None:
    """Write all bytes or nothing: a temporary file in the target's folder, forced to disk, then renamed."""
    try:
        if isinstance(target, str | os.PathLike):
            _replace(data, os.path.realpath(target))  # behind a link the file is replaced and the link stays
        else:
            target.write(data)
    except OSError as error:
        advice = "free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "choose another folder"
        raise OutputError(f"{_name(target)} could not be written ({_why(error)}): {advice}.") from error


def _replace(data: bytes, path: str) -> None:
    folder = os.path.dirname(path)
    temporary = os.path.join(folder, f".cleanplate-{secrets.token_hex(8)}.part")
    try:
        with open(temporary, "xb") as file:  # not tempfile: its 0600 would outlive the rename
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
    if os.name == "posix":  # only there a folder can be opened, to force the rename itself to disk
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _why(error: BaseException) -> str:
    """A few words of one line from somebody else's error."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    line = "".join(letter if letter.isprintable() else " " for letter in text.strip())
    return line[:120].rstrip(". ")
