"""Pictures as bytes, saved whole or built by hand so that their headers may say anything."""

import io
import os
import struct
import zlib

import numpy as np
from PIL import Image as pillow

SMOOTH = np.add.outer(np.arange(64) * 2, np.arange(96)).astype(np.uint8)[..., None] + np.array([0, 10, 20], np.uint8)
NOISE = np.random.default_rng(3).integers(0, 256, (64, 96, 3)).astype(np.uint8)
WINDOWS = os.name == "nt"


def saved(pixels: np.ndarray | pillow.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture = pixels if isinstance(pixels, pillow.Image) else pillow.fromarray(pixels)
    picture.save(file, kind, **options)
    return file.getvalue()


def png(width: int, height: int, *chunks: tuple[bytes, bytes], depth: int = 8, kind: int = 2) -> bytes:
    """A hand-built PNG whose header may say anything."""
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)), *chunks, (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(d)) + m + d + struct.pack(">I", zlib.crc32(m + d)) for m, d in parts)
    return b"\x89PNG\r\n\x1a\n" + body


def bmp(width: int, height: int, bits: int, rows: bytes, palette: bytes = b"") -> bytes:
    """A hand-built BMP with the 40-byte header."""
    start = 54 + len(palette)
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, 0, len(rows), 2835, 2835, len(palette) // 4, 0)
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + header + palette + rows


def tiff(picture: np.ndarray, tags: dict[int, object]) -> bytes:
    """An uncompressed little-endian TIFF in one strip, with any tags."""
    from PIL import TiffImagePlugin

    directory = TiffImagePlugin.ImageFileDirectory_v2(b"II*\0\0\0\0\0")
    data = picture.tobytes()
    size = {256: picture.shape[1], 257: picture.shape[0], 259: 1, 273: 0, 278: picture.shape[0], 279: len(data)}
    for tag, value in (size | tags).items():
        directory[tag] = value
    file = io.BytesIO()
    directory.save(file)
    return file.getvalue() + data


def sentence(error: Exception, name: str) -> None:
    text = str(error)
    assert text.isprintable()
    assert name in text
    assert text.endswith(".")
    assert len(text) < 1000
