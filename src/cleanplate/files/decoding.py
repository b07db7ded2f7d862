"""One format's bytes -> samples, at the depth that the file has them. The inner room of ``photos``.

Only the decoder of that one format is tried, after its header has passed the pixel limit; only what ``foreign`` reads
starts a process. Whatever a decoder raises goes up as it is; ``sources`` makes one sentence of it.
"""

import io
import os
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import ImageFile, TiffImagePlugin

from cleanplate.files import foreign, sixteen_bits
from cleanplate.files.formats import FOREIGN, HEAD, is_deep_tiff, kind_of, read_header, recognize
from cleanplate.files.samples import Decoded, taken, with_tags
from cleanplate.files.sixteen_bits import rawmode_of, with_rawmode

PACKETS = 1 << 17  # bytes of a JPEG in which its XMP and its list of further pictures lie
MANY, APPLE = b"MPF\0", b"HDRGainMap"  # a list of further pictures (CIPA DC-007), and the word in the XMP of such a one
BESIDE = {
    "a gain map (HDR)": (b"hdrgm:", b"urn:iso:std:iso:ts:21496"),
    "a depth map": (b"GDepth:", b'Semantic="Depth"', b'Semantic="GDEPTH"'),
    "a moving part": (b"MicroVideo=", b"MotionPhoto=", b'Semantic="MotionPhoto"'),
}
TEXTS = (b"tEXt", b"zTXt", b"iTXt")  # a PNG's chunks of words


def decode(file: BinaryIO, name: str, pixel_limit: int) -> Decoded:
    """A file's picture.

    Raises:
        PhotoError: another format, too large, grey without a fixed white.
        Exception: whatever the decoder raises.
    """
    try:
        return with_losses(decode_all(file, name, pixel_limit), file, name)
    except ValueError as error:  # Pillow refuses pictures for the words that they carry, when these are too many
        file.seek(0)
        if "text" not in str(error).lower() or recognize(file.read(HEAD), name) != "PNG":
            raise
        found = decode_all(without_text(file), name, pixel_limit)
        found.warnings = (f"{name} carries more text than a picture may; the text was left out.",)
        return found


def with_losses(found: Decoded, file: BinaryIO, name: str) -> Decoded:
    """A sentence on what a phone's JPEG holds beside its picture, which no composite can have."""
    file.seek(0)
    head = file.read(PACKETS)
    if head[:2] != b"\xff\xd8":
        return found
    held = [what for what, marks in BESIDE.items() if any(mark in head for mark in marks)]
    if MANY in head and "a gain map (HDR)" not in held:
        held += ["a gain map (HDR)"] if APPLE in file.read() else []
    if held:
        found.warnings += (f"{name} holds {' and '.join(held)} beside its picture, which the composite does not have.",)
    return found


def without_text(file: BinaryIO) -> BinaryIO:
    """A PNG without its chunks of words, which mean nothing for a composite (ISO/IEC 15948, 11.3.3)."""
    file.seek(0)
    kept = io.BytesIO()
    kept.write(file.read(8))
    while len(head := file.read(8)) == 8:
        length = int.from_bytes(head[:4], "big") + 4  # and the checksum
        if head[4:] in TEXTS:
            file.seek(length, os.SEEK_CUR)
        else:
            kept.write(head + file.read(length))
    kept.seek(0)
    return kept


def decode_all(file: BinaryIO, name: str, pixel_limit: int) -> Decoded:
    """Three ways: a JPEG without faults at twice the speed, color of 16 bits by two passes, all else by one."""
    kind = kind_of(file, name)
    if kind in FOREIGN:
        return foreign.decode(file, kind, name, pixel_limit)
    try:
        picture = read_header(file, name, pixel_limit)
    except SyntaxError as error:
        if is_deep_tiff(kind, error):
            return foreign.decode(file, "deep TIFF", name, pixel_limit)
        raise
    if picture.format == "JPEG" and picture.mode == "RGB" and (pixels := faultless_jpeg(file, picture.size)) is not None:
        return with_tags(picture, pixels, None)
    prepare(picture, file)
    rawmode = next(map(rawmode_of, picture.tile), "")
    deep = sixteen_bits.has_low_bytes(picture, rawmode)
    if not deep and kind == "TIFF" and foreign.keeps_deep_tiff(picture):
        return foreign.decode(file, "deep TIFF", name, pixel_limit)
    picture.load()
    if not deep:
        return taken(picture, name, rawmode)
    low = read_header(file, name, pixel_limit)
    prepare(low, file)
    sixteen_bits.ask_for_low_bytes(low)
    low.load()
    return with_tags(picture, *sixteen_bits.joined(picture, low, rawmode), rawmode)


def faultless_jpeg(file: BinaryIO, size: tuple[int, int]) -> npt.NDArray[np.uint8] | None:
    """The very pixels that Pillow gives, in half its time: (height, width, 3); None for a file with anything unusual in it.

    Args:
        size: (width, height) as Pillow reads them off the header; nothing larger is decoded.
    """
    file.seek(0)
    try:
        return np.asarray(simplejpeg.decode_jpeg(file.read(), buffer=np.empty((size[1], size[0], 3), np.uint8)), np.uint8)
    except ValueError:
        return None


# ---- TIFF: what Pillow would read wrong ----------------------------------------------------------------------------


def prepare(picture: ImageFile.ImageFile, file: BinaryIO) -> None:
    """Mend and check a started TIFF; others are fine.

    Raises:
        EOFError: cut off.
    """
    if isinstance(picture, TiffImagePlugin.TiffImageFile):
        mend_planes(picture)
        check_strips(picture, file)


def mend_planes(picture: TiffImagePlugin.TiffImageFile) -> None:
    """Correct the raw modes of uncompressed 16-bit planes, which Pillow takes for 8 bit and turns into noise."""
    tags = picture.tag_v2
    if tags.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2 and tags.get(TiffImagePlugin.BITSPERSAMPLE, (1,))[0] == 16:
        order = "L" if tags.prefix == b"II" else "B"
        planes = [(tile, rawmode_of(tile)) for tile in picture.tile]
        picture.tile = [with_rawmode(tile, f"{band};16{order}") if len(band) == 1 else tile for tile, band in planes]


def check_strips(picture: TiffImagePlugin.TiffImageFile, file: BinaryIO) -> None:
    """Raise EOFError when strips or tiles lie beyond the file, or end above the last row: Pillow leaves that black."""
    tags = picture.tag_v2
    for starts, counts in ((273, 279), (324, 325)):  # strips, tiles
        ends = [start + count for start, count in zip(tags.get(starts, ()), tags.get(counts, ()), strict=False)]
        if ends and max(ends) > file.seek(0, os.SEEK_END):
            raise EOFError("truncated")
    if max(tile.extents[3] for tile in picture.tile if tile.extents) < tags[TiffImagePlugin.IMAGELENGTH]:
        raise EOFError("truncated")
