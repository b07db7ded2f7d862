"""Samples -> a TIFF 6.0: 8 or 16 bits or floats, grey or color, deflated or by LZW, integers as differences from the left; in tiles
if large."""

import io
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import TiffImagePlugin

from cleanplate.files import tags as names
from cleanplate.files.labels import Labels, as_bytes
from cleanplate.pixels import profiles
from cleanplate.pixels.threads import on_all_cores

Array = npt.NDArray[Any]  # uint8, uint16 or float32

COMPRESSIONS = {"deflate": 8, "lzw": 5, "none": 1}  # TIFF's numbers
LARGE = 16_000_000  # pixels from which on a file comes in tiles: editors need not read all of it to show a part
TILE = 512  # pixels of a side
ROWS = 1 << 20  # samples of a strip


def tiff(samples: Array, compression: str, profile: bytes | None, labels: Labels) -> bytes:
    """(height, width) grey, or (height, width, 3 or 4) with straight alpha -> the file's bytes."""
    height, width = samples.shape[:2]
    bands = samples.reshape(height, width, -1).shape[2]
    packed = compressor(compression)
    cut = tiles(height, width) if height * width >= LARGE else strips(height, width, bands)
    pieces: list[bytes] = [b""] * len(cut)
    tiled, differs = height * width >= LARGE, compression != "none" and samples.dtype.kind == "u"

    def work(number: int) -> None:
        part = np.ascontiguousarray(samples[cut[number]]).reshape(*samples[cut[number]].shape[:2], bands)
        if tiled:  # all of one size: the last ones go on as their edge does
            part = np.pad(part, ((0, TILE - part.shape[0]), (0, TILE - part.shape[1]), (0, 0)), "edge")
        pieces[number] = packed(differences(part) if differs else part)

    on_all_cores(work, range(len(cut)))
    wide = samples.dtype.itemsize * 8
    ifd: dict[int, Any] = {
        256: width, 257: height, 258: (wide,) * bands, 259: COMPRESSIONS[compression],
        262: 2 if bands > 2 else 1, 277: bands, 284: 1,
    }  # fmt: skip
    ifd |= ({317: 2} if differs else {}) | ({339: (3,) * bands} if samples.dtype.kind == "f" else {})  # IEEE floats
    ifd |= {322: TILE, 323: TILE} if tiled else {278: cut[0][0].stop}
    ifd |= {338: 2} if bands in (2, 4) else {}  # straight alpha
    ifd |= {} if profile is None else {34675: profile}
    ifd |= as_bytes(labels.main) | ({700: labels.packet()} if labels.words else {})
    ifd |= {names.EXIF_PART: as_bytes(labels.exif)} if labels.exif else {}
    return joined(ifd, pieces, (324, 325) if tiled else (273, 279))


def joined(ifd: dict[int, Any], pieces: list[bytes], where: tuple[int, int]) -> bytes:
    """The directory, and behind it the pieces, whose places and lengths stand in it under the two tags."""
    lengths = tuple(len(each) for each in pieces)
    starts = tuple(np.cumsum([0, *lengths])[:-1].tolist())
    if where[0] != 273:  # those of strips Pillow counts from the directory's end by itself
        head = len(directory(ifd | {where[0]: starts, where[1]: lengths}, where))
        starts = tuple(head + each for each in starts)
    return b"".join([directory(ifd | {where[0]: starts, where[1]: lengths}, where), *pieces])


def directory(ifd: dict[int, Any], where: tuple[int, int]) -> bytes:
    """A TIFF's header and directory; as long whatever the places in it are."""
    made, file = TiffImagePlugin.ImageFileDirectory_v2(b"II*\0\0\0\0\0"), io.BytesIO()
    made.tagtype |= {700: 1, where[0]: 4, where[1]: 4}  # bytes, and numbers of 32 bits
    for tag, value in ifd.items():
        made[tag] = value
    made.save(file)
    return file.getvalue()


def strips(height: int, width: int, bands: int) -> list[tuple[slice, slice]]:
    rows = min(height, max(1, ROWS // (width * bands)))
    return [(slice(top, min(top + rows, height)), slice(0, width)) for top in range(0, height, rows)]


def tiles(height: int, width: int) -> list[tuple[slice, slice]]:
    rows, columns = range(0, height, TILE), range(0, width, TILE)
    return [(slice(top, min(top + TILE, height)), slice(left, min(left + TILE, width))) for top in rows for left in columns]


def differences(part: Array) -> Array:
    """Each sample less the one to its left (predictor 2).

    >>> differences(np.uint8([[[7], [9], [4]]])).ravel().tolist()
    [7, 2, 251]
    """
    answer = part.copy()
    answer[:, 1:] -= part[:, :-1]
    return answer


def compressor(compression: str) -> Callable[[Array], bytes]:
    """How samples of one piece become bytes, little end first.

    Raises:
        MissingExtra: LZW, and imagecodecs is not installed.
    """
    if compression == "lzw":
        encode = profiles.codecs().lzw_encode
        return lambda part: bytes(encode(ordered(part)))
    if compression == "none":
        return ordered
    deflate = deflater()
    return lambda part: deflate(ordered(part))


def deflater() -> Callable[[bytes | memoryview], bytes]:
    """Deflate, by libdeflate where imagecodecs brings it: the same size in a third of the time; else by zlib."""
    if not profiles.available():
        return zlib.compress
    encode = profiles.codecs().deflate_encode
    return lambda data: bytes(encode(data))


def ordered(part: Array) -> bytes:
    return part.astype(part.dtype.newbyteorder("<"), copy=False).tobytes()
