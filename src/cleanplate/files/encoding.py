"""Samples -> one format's bytes. The inner room of ``photos``.

The same samples give the same bytes, on another day and on another number of processors.
"""

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as pillow
from PIL.PngImagePlugin import PngInfo

from cleanplate.errors import CleanplateError, InputError, MemoryShort, OutputError, is_memory_short, why
from cleanplate.files import codecs
from cleanplate.files.credentials import Credentials
from cleanplate.files.labels import NOTHING, Labels
from cleanplate.files.tiffs import COMPRESSIONS, tiff
from cleanplate.pixels.color import srgb_profile
from cleanplate.values import Depth, check_depth

Array = npt.NDArray[Any]  # uint8 or uint16; of a TIFF float32 too
LARGEST = {"JPEG": 65_500, "WEBP": 16_383}  # pixels on a side that a format holds (OpenCV's limit for JPEG)
ICC_ROOM = 65_519  # bytes of a profile that one segment of a JPEG holds
SEGMENT = 65_000  # bytes of EXIF or XMP that one segment of a JPEG holds; they are a few hundred
JFIF_LENGTH = 20  # bytes of a JPEG's start and JFIF header


@dataclass(frozen=True)
class Form:
    """How a picture is written.

    Args:
        quality: 1 to 100, of JPEG, WebP, AVIF, HEIC and JPEG XL.
        depth: 8 or 16 bits, or ``float``; None for those that the picture has, as far as its format can.
        compression: of TIFF: ``deflate``, ``lzw`` or ``none``.
        labels: what is said of it.
        credentials: who signs what it is made of; None for nobody.

    Raises:
        InputError: anything out of range.
    """

    quality: int = 95
    depth: Depth | None = None
    compression: str = "deflate"
    labels: Labels = NOTHING
    credentials: Credentials | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise InputError(f"quality lies between 1 and 100; {self.quality} was given.")
        check_depth(self.depth)
        if self.compression not in COMPRESSIONS:
            raise InputError(f"`compression` is one of {', '.join(COMPRESSIONS)}; {self.compression} was given.")


PLAIN = Form()


def encode(samples: Array, kind: str, name: str, form: Form = PLAIN, profile: bytes | None = None) -> bytes:
    """(height, width) grey, or (height, width, 3 or 4) with a profile, sRGB's without one -> the file's bytes."""
    check_size(kind, (samples.shape[0], samples.shape[1]), name)
    try:
        return ENCODERS.get(kind, by_pillow)(samples, kind, form, (profile or srgb_profile()) if samples.ndim == 3 else None)
    except CleanplateError:
        raise
    except Exception as error:
        if is_memory_short(error):
            raise MemoryShort from error
        size = f"{samples.shape[1]}x{samples.shape[0]}"
        message = f"{name} cannot be written: {kind} does not take this picture of {size} ({why(error)}); try .png."
        raise OutputError(message) from error


def by_pillow(samples: Array, kind: str, form: Form, profile: bytes | None) -> bytes:
    """WebP, AVIF, BMP, and a JPEG of grey."""
    options: dict[str, Any] = {} if profile is None else {"icc_profile": profile}
    if kind != "BMP":
        options |= {"quality": form.quality} | embedded(form.labels)
    if kind == "WEBP":
        options |= {"exact": True, "lossless": profile is None}  # exact: color stays where alpha is 0
    if kind == "AVIF":
        options["max_threads"] = 1  # the encoder's bytes depend on the number of threads
        options["subsampling"] = "4:4:4" if profile else "4:2:0"  # the edges of a composite are where halved color shows
    file = io.BytesIO()
    pillow.fromarray(samples).save(file, kind, **options)
    return file.getvalue()


def embedded(labels: Labels) -> dict[str, bytes]:
    """Labels as Pillow's encoders take them."""
    return {name: data for name, data in (("exif", labels.exif_block()), ("xmp", labels.packet())) if data}


def check_size(kind: str, size: tuple[int, int], name: str) -> None:
    """Refuse a picture that its format is too small for.

    Raises:
        OutputError: a side of (height, width) is too long.
    """
    if max(size) > LARGEST.get(kind, max(size)):
        raise OutputError(
            f"{name} cannot be written: {kind} holds {LARGEST[kind]} pixels on a side and this picture has {size[1]}x{size[0]}; try"
            " .png."
        )


def jpeg(samples: Array, kind: str, form: Form, profile: bytes | None) -> bytes:
    """(height, width, 3) -> the very bytes that Pillow makes, by the same library at half the time and a third of the memory."""
    if profile is None:
        return by_pillow(samples, kind, form, profile)
    ratio = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    options = [cv2.IMWRITE_JPEG_QUALITY, form.quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, ratio]
    done, data = cv2.imencode(".jpg", cv2.cvtColor(samples, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise ValueError("the encoder refused")
    said = [segment(1, mark + each) for mark, each in labelled(form.labels) if len(each) < SEGMENT]
    return b"".join([data[:JFIF_LENGTH].data, *said, *icc_segments(profile), data[JFIF_LENGTH:].data])


def labelled(labels: Labels) -> list[tuple[bytes, bytes]]:
    """What a JPEG's segments APP1 begin with, and what they hold (CIPA DC-008, 4.7.2; ISO 16684-3, 2)."""
    both = ((b"Exif\0\0", labels.exif_block()), (b"http://ns.adobe.com/xap/1.0/\0", labels.packet()))
    return [(mark, data) for mark, data in both if data]


def segment(number: int, data: bytes) -> bytes:
    """A JPEG's segment for applications (ITU-T T.81, B.2.4.6)."""
    return struct.pack(">BBH", 0xFF, 0xE0 + number, 2 + len(data)) + data


def icc_segments(profile: bytes) -> list[bytes]:
    """A JPEG's segments that hold a profile, numbered from 1 (ICC.1:2010, annex B.4)."""
    parts = [profile[start : start + ICC_ROOM] for start in range(0, len(profile), ICC_ROOM)]
    return [segment(2, b"ICC_PROFILE\0" + bytes([number, len(parts)]) + part) for number, part in enumerate(parts, 1)]


def png(samples: Array, kind: str, form: Form, profile: bytes | None) -> bytes:
    """8 bits and grey by Pillow, 16 bits of color by hand: Pillow writes none."""
    if profile is not None and samples.dtype == np.uint16:
        return png_of_16_bits(samples, profile, form.labels)
    options: dict[str, Any] = {} if profile is None else {"icc_profile": profile}
    options |= embedded(form.labels)
    if packet := options.pop("xmp", None):
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", packet.decode())
    file = io.BytesIO()
    pillow.fromarray(samples).save(file, kind, **options)
    return file.getvalue()


def png_of_16_bits(samples: Array, profile: bytes, labels: Labels = NOTHING) -> bytes:
    """(height, width, 3 or 4) -> PNG (ISO/IEC 15948), each row as differences from the pixel to the left (filter 1)."""
    height, width, bands = samples.shape
    rows = samples.astype(">u2").view(np.uint8).reshape(height, -1)
    filtered = np.ones((height, 1 + rows.shape[1]), np.uint8)
    filtered[:, 1:] = rows
    filtered[:, 1 + 2 * bands :] -= rows[:, : -2 * bands]
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2 if bands == 3 else 6, 0, 0, 0)),
        (b"iCCP", b"ICC\0\0" + zlib.compress(profile)),
        *((mark, data) for mark, data in in_chunks(labels)),
        (b"IDAT", zlib.compress(filtered.tobytes())),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + mark + data + struct.pack(">I", zlib.crc32(mark + data)) for mark, data in chunks
    )


def in_chunks(labels: Labels) -> list[tuple[bytes, bytes]]:
    """A PNG's chunks eXIf and iTXt (ISO/IEC 15948, 11.3.3.4)."""
    both = ((b"eXIf", b"", labels.exif_block()), (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0", labels.packet()))
    return [(mark, start + data) for mark, start, data in both if data]


def by_tiff(samples: Array, kind: str, form: Form, profile: bytes | None) -> bytes:
    return tiff(samples, form.compression, profile, form.labels)


def heif(samples: Array, kind: str, form: Form, profile: bytes | None) -> bytes:
    """HEIC of 8 bits, by x265."""
    picture, file = pillow.fromarray(samples), io.BytesIO()
    if profile is not None:
        picture.info["icc_profile"] = profile
    codecs.library("HEIF").from_pillow(picture).save(file, quality=form.quality, chroma=444, **embedded(form.labels))
    return file.getvalue()


def jxl(samples: Array, kind: str, form: Form, profile: bytes | None) -> bytes:
    """JPEG XL of 8 bits by libjxl; 100 is without loss."""
    options: dict[str, Any] = {} if profile is None else {"icc": profile}
    lossless = form.quality == 100
    data = bytes(codecs.library("JXL").encode(samples, distance=distance(form.quality), lossless=lossless, **options))
    both = ((b"Exif", bytes(4), form.labels.exif_block()), (b"xml ", b"", form.labels.packet()))
    said = b"".join(box(kind, start + block) for kind, start, block in both if block)  # the library packs them: few unpack them
    held = data if data.startswith(JXL_START) or not said else JXL_START + box(b"jxlc", data)
    return held + said


JXL_START = b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl "  # ISO/IEC 18181-2, 9


def box(kind: bytes, data: bytes) -> bytes:
    """A box of an ISO media file (ISO/IEC 14496-12, 4.2)."""
    return struct.pack(">I", 8 + len(data)) + kind + data


def distance(quality: int) -> float:
    """How far from what was given a JPEG XL may look, as libjxl has it for JPEG's scale (its ``JxlEncoderDistanceFromQuality``).

    >>> distance(100), round(distance(95), 2), round(distance(10), 2)
    (0.0, 0.55, 15.27)
    """
    if quality >= 30:
        return 0.0 if quality == 100 else 0.1 + (100 - quality) * 0.09
    return 53 / 3000 * quality**2 - 23 / 20 * quality + 25


ENCODERS = {"JPEG": jpeg, "PNG": png, "TIFF": by_tiff, "HEIF": heif, "JXL": jxl}
