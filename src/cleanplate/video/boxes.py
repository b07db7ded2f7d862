"""What the bytes of a video file say before FFmpeg reads them: whether it is one, whole, and not encrypted.

ISO/IEC 14496-12 (MP4, MOV), RFC 8794 and 9559 (Matroska, WebM), AVI, MPEG-TS and MPEG-PS.
"""

import itertools
import os
from collections.abc import Iterator
from typing import BinaryIO

HEAD = 400  # bytes that ``is_container`` wants to see: two packets of a transport stream
STILL_BRANDS = (b"avif", b"avis", b"mif1", b"msf1", b"heic", b"heix", b"hevc", b"hevx")
FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp", b"sidx", b"moof", b"pnot")
EBML, SEGMENT = b"\x1aE\xdf\xa3", b"\x18S\x80g"
MOST_BOXES = 1_000_000  # looked at for one answer; a film in fragments of a frame each has that many after five hours
PROGRAM_STREAM = b"\0\0\1\xba"
TRANSPORT_PACKETS = ((0, 188), (4, 192))  # (start, length); cameras put a time of 4 bytes before each


class TooManyBoxes(Exception):
    """More than ``MOST_BOXES``: a file made to keep its reader busy."""


def is_container(head: bytes) -> bool:
    """Whether a file that begins with these bytes is a container of the kinds that are read; not of still pictures."""
    if head[4:8] in FIRST_BOXES:
        return not (head[4:8] == b"ftyp" and head[8:12] in STILL_BRANDS)
    transport = any(head[at : at + 1] == head[at + step : at + step + 1] == b"G" for at, step in TRANSPORT_PACKETS)
    return transport or head.startswith((EBML, PROGRAM_STREAM)) or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")


def is_cut(file: BinaryIO) -> bool | None:
    """Whether an MP4, Matroska or AVI file is shorter than its outermost boxes say; None where they do not say."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head, end = file.read(12), 0
    if head[:4] == EBML:
        end = matroska_end(file)
    elif head[:4] == b"RIFF":
        end = 7 + int.from_bytes(head[4:8], "little")  # 8, and some writers count a padding byte that they leave out
    elif head[4:8] in FIRST_BOXES:  # others at the end may be a maker's own trailer, not boxes at all
        end = max((end for kind, _, end in boxes(file, 0, size) if kind in FIRST_BOXES), default=0)
    return end > size if end else None


def is_encrypted(file: BinaryIO) -> bool:
    """Whether an MP4 file has an encrypted video track (``encv``, ISO/IEC 23001-7), of which decoders may make noise.

    Raises:
        TooManyBoxes: it is not to be found out in reasonable time.
    """
    size = file.seek(0, os.SEEK_END)
    tables, counter = [(0, size)], itertools.count(1)
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"):
        tables = [(start, end) for table in tables for found, start, end in boxes(file, *table, counter) if found == kind]
    entries = (found for start, end in tables for found, _, _ in boxes(file, start + 8, end, counter))
    return any(found == b"encv" for found in entries)


def boxes(file: BinaryIO, start: int, end: int, counter: Iterator[int] | None = None) -> Iterator[tuple[bytes, int, int]]:
    """(kind, where its content starts, where it ends) of the boxes that begin in a part of a file.

    Args:
        counter: from 1; one for all parts that are looked at.

    Raises:
        TooManyBoxes: it came to more than ``MOST_BOXES``.
    """
    counter = counter or itertools.count(1)
    while start + 8 <= end:
        if next(counter) > MOST_BOXES:
            raise TooManyBoxes
        file.seek(start)
        head = file.read(16)
        length, kind, content = int.from_bytes(head[:4], "big"), head[4:8], start + 8
        if length == 1:
            length, content = int.from_bytes(head[8:16], "big"), start + 16
        elif length == 0:  # to the end
            length = end - start
        if not kind.strip().isalnum() or length < content - start:  # no box
            return
        yield kind, content, start + length
        start += length


def matroska_end(file: BinaryIO) -> int:
    """Where the segment of a Matroska file ends by its own length; 0 when it does not say, as in live recordings."""
    end, size = 0, file.seek(0, os.SEEK_END)
    for mark in (EBML, SEGMENT):
        if end > size:  # by its head alone; and no file can be sought as far as 2^56
            return end
        file.seek(end)
        head = file.read(12)
        if head[:4] != mark or len(head) < 12 or head[4] == 0:
            return 0
        width = 9 - head[4].bit_length()  # leading zeros tell how many bytes the length has
        length = int.from_bytes(head[4 : 4 + width], "big") - (1 << 7 * width)
        if length == (1 << 7 * width) - 1:  # all ones: unknown
            return 0
        end += 4 + width + length
    return end
