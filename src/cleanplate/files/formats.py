"""Which format a file is, by its content, and whether its size may be decoded: all that is known before a decoder runs."""

import os
from typing import BinaryIO, Literal

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from cleanplate.errors import PhotoError

# Calling a reader's class leaves out Pillow's open(), and with it all other formats and its process-wide pixel limit.
READERS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "GIF": GifImagePlugin.GifImageFile,
}
SIGNATURES = (
    (0, b"\xff\xd8\xff", "JPEG"), (0, b"\x89PNG\r\n\x1a\n", "PNG"), (8, b"WEBP", "WebP"), (0, b"BM", "BMP"),
    (0, b"GIF87a", "GIF"), (0, b"GIF89a", "GIF"), (0, b"II*\0", "TIFF"), (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"), (0, b"MM\0+", "TIFF"), (0, b"FUJIFILMCCD-RAW", "camera raw"), (0, b"IIRO", "camera raw"),
    (0, b"IIRS", "camera raw"), (0, b"MMOR", "camera raw"), (0, b"IIU\0", "camera raw"), (0, b"#?RADIANCE", "Radiance"),
    (0, b"#?RGBE", "Radiance"),
    (0, b"%!PS", "EPS"), (0, b"\xc5\xd0\xd3\xc6", "EPS"), (0, b"%PDF", "PDF"), (0, b"8BPS", "PSD"),
    (4, b"jP  ", "JPEG 2000"), (0, b"\xff\x4f\xff\x51", "JPEG 2000"), (4, b"JXL ", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"), (0, b"DDS ", "DDS"), (0, b"\0\0\1\0", "ICO"), (0, b"<svg", "SVG"),
    (0, b"SIMPLE  =", "FITS"), (0, b"v/1\1", "OpenEXR"), (0, b"\x1aE\xdf\xa3", "Matroska video"), (0, b"PK\3\4", "ZIP"),
)  # fmt: skip
FOREIGN = ("HEIF", "JPEG XL", "camera raw", "OpenEXR", "Radiance", "PSD")  # read apart from this process; see ``foreign``
BRANDS = {  # of ISO media files; all others are video
    "camera raw": (b"crx ",), "AVIF": (b"avif", b"avis"), "HEIF": (b"mif1", b"msf1", b"hei", b"hev"),
}  # fmt: skip
HEAD = 64  # bytes by which a format is told
LONGEST_SIDE = 65_500  # pixels; a JPEG holds no more, and what is longer is a mistake or an attack
ACCEPTED = "JPEG, PNG, WebP, TIFF, AVIF, HEIC, JPEG XL, camera raw, EXR, Radiance, PSD, BMP or GIF"


def recognize(head: bytes, name: str) -> str:
    """The key in READERS, or one of FOREIGN, for a file that begins with these bytes.

    Raises:
        PhotoError: nothing there, or another format, which is named when it can be told.
    """
    if not head:
        raise PhotoError(f"{name} is empty: give a picture file.", "empty")
    found = held(head)
    if found in READERS or found in FOREIGN:
        return found
    raise PhotoError(f"{name} holds {found} data, not a picture that can be read: give {ACCEPTED}.", "format")


def held(head: bytes) -> str:
    """What a file holds that begins with these bytes.

    >>> held(b"GIF89a..."), held(b"Dear Sir"), held(bytes(9))
    ('GIF', 'text', 'no known kind of')
    """
    if head[4:8] == b"ftyp":
        brands = head[8 : max(12, int.from_bytes(head[:4], "big"))]
        return next((kind for kind, marks in BRANDS.items() if any(mark in brands for mark in marks)), "MP4 video")
    for start, mark, kind in SIGNATURES:
        if head.startswith(mark, start):
            return kind
    return "text" if all(byte in b"\t\n\f\r" or 32 <= byte < 127 for byte in head) else "no known kind of"


def kind_of(file: BinaryIO, name: str) -> str:
    """As ``recognize``, of a whole file: of the TIFFs, those that are a camera's raw files are told from the others.

    Raises:
        PhotoError: as there.
    """
    file.seek(0)
    head = file.read(HEAD)
    found = recognize(head, name)
    return "camera raw" if found == "TIFF" and (head[8:10] == b"CR" or is_raw(first_directory(file, head))) else found


DNG, SUBFILE, PARTS, MAKER = 50706, 254, 330, 271  # TIFF's tags: a DNG's version; that a picture is a small copy; further ones


def is_raw(directory: dict[int, int]) -> bool:
    """Whether a TIFF is a camera's: its first picture is a DNG, or a small copy of others that stand behind it."""
    return DNG in directory or (directory.get(SUBFILE) == 1 and PARTS in directory and MAKER in directory)


def first_directory(file: BinaryIO, head: bytes) -> dict[int, int]:
    """Tags and short values of a TIFF's first directory (TIFF 6.0, section 2); empty for one of another build."""
    if head[2:4] not in (b"*\0", b"\0*"):
        return {}
    order: Literal["little", "big"] = "little" if head[:1] == b"I" else "big"
    file.seek(int.from_bytes(head[4:8], order))
    count = int.from_bytes(file.read(2), order)
    rows = file.read(12 * min(count, 512))
    entries = (rows[at : at + 12] for at in range(0, len(rows) - 11, 12))
    return {
        int.from_bytes(each[:2], order): int.from_bytes(each[8:10] if each[2:4] in (b"\3\0", b"\0\3") else each[8:12], order)
        for each in entries
    }


def read_header(file: BinaryIO, name: str, pixel_limit: int) -> ImageFile.ImageFile:
    """The picture with its header read and its size found to be within the limits, not yet decoded.

    Raises:
        PhotoError: another format, too many pixels, too long.
        EOFError: cut off.
    """
    file.seek(0)
    kind = recognize(file.read(HEAD), name)
    check_length(file, kind)
    file.seek(0)
    picture = READERS[kind](file)
    check_pixels(picture.size, name, pixel_limit)
    return picture


def is_deep_tiff(kind: str, error: SyntaxError) -> bool:
    """Whether a header was refused for samples that Pillow does not know, floats of color among others: ``foreign`` reads them."""
    return kind == "TIFF" and "pixel mode" in str(error)


def check_pixels(size: tuple[int, int], name: str, pixel_limit: int) -> None:
    """Raise PhotoError for more pixels, (width, height), than may be decoded."""
    width, height = size
    if width * height > pixel_limit:
        raise PhotoError(
            f"{name} has {width}x{height} = {width * height / 1e6:.1f} million pixels and the limit is"
            f" {pixel_limit / 1e6:g} million: shrink it or raise the pixel limit.",
            "too-large",
        )
    if max(width, height) > LONGEST_SIDE:
        raise PhotoError(
            f"{name} has {width}x{height} pixels and the limit is {LONGEST_SIDE} on a side: cut it into parts.", "too-large"
        )


def check_length(file: BinaryIO, kind: str) -> None:
    """Raise EOFError for a WebP, AVIF or TIFF shorter than it says: their decoders do not tell cut from damaged."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(8)
    end = 0
    if kind == "WebP":
        end = 8 + int.from_bytes(head[4:], "little")
    elif kind == "TIFF" and head[2:4] in (b"*\0", b"\0*"):
        end = int.from_bytes(head[4:], "little" if head[:1] == b"I" else "big")  # where its first directory begins
    elif kind == "AVIF":
        end = end_of_boxes(file)
    if end > size:
        raise EOFError("truncated")


def end_of_boxes(file: BinaryIO) -> int:
    """Where the last of an ISO media file's outermost boxes ends by its own length."""
    return max(boxes(file).values(), default=0)


def boxes(file: BinaryIO) -> dict[bytes, int]:
    """An ISO media file's outermost boxes by kind, and where each ends by its own length (ISO/IEC 14496-12, 4.2)."""
    end, found = 0, dict[bytes, int]()
    while True:
        file.seek(end)
        head = file.read(8)
        length = int.from_bytes(head[:4], "big")
        if len(head) < 8 or length < 8:  # 0 and 1: the last box, a long box
            return found | ({head[4:]: end} if length in (0, 1) and len(head) == 8 else {})
        end += length
        found[head[4:]] = end
