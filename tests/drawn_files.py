"""Picture files made by hand or by Pillow, for the tests."""

import io
import struct
import zlib

import numpy as np
from PIL import Image as pillow

from cleanplate.pixels.color import to_float

RANDOM = np.random.default_rng(7)

PIXELS8 = RANDOM.integers(0, 256, (13, 17, 3)).astype(np.uint8)

PIXELS16 = RANDOM.integers(0, 65536, (13, 17, 3)).astype(np.uint16)

ALPHA = to_float(RANDOM.integers(0, 256, (13, 17)).astype(np.uint8))

SMOOTH = np.add.outer(np.arange(32) * 4, np.arange(48) * 2).astype(np.uint8)[..., None] + np.array(
    [0, 10, 20], np.uint8
)

# Display P3 to XYZ at D50 (the columns of its ICC profile), and XYZ at D50 to linear sRGB (B. Lindbloom).
P3_TO_XYZ = np.array([[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]])

XYZ_TO_SRGB = np.array(
    [[3.1338561, -1.6168667, -0.4906146], [-0.9787684, 1.9161415, 0.0334540], [0.0719453, -0.2289914, 1.4052427]]
)


def icc(space: bytes, tags: dict[bytes, bytes], kind: bytes = b"mntr", pcs: bytes = b"XYZ ") -> bytes:
    """A small version-2 ICC profile, made by hand (ICC.1:2001-04)."""
    white = b"XYZ " + bytes(4) + fixed(0.9642, 1.0, 0.8249)
    tags = {b"wtpt": white, b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78), **tags}
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table, body = table + name + struct.pack(">II", start + len(body), len(data)), body + data
    header = struct.pack(">I4sI4s4s4s", start + len(body), b"test", 0x02100000, kind, space, pcs)
    header += bytes(12) + b"acsp" + bytes(28)
    header += fixed(0.9642, 1.0, 0.8249) + bytes(48)
    return header + struct.pack(">I", len(tags)) + table + body


def fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def gamma(value: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256)) + bytes(2)


def p3_profile() -> bytes:
    """Display P3's primaries with the plain gamma 2.2, so that the test can do the arithmetic itself."""
    columns = {mark: b"XYZ " + bytes(4) + fixed(*P3_TO_XYZ[:, i]) for i, mark in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    return icc(b"RGB ", columns | {mark: gamma(2.2) for mark in (b"rTRC", b"gTRC", b"bTRC")})


def grey_profile(value: float) -> bytes:
    return icc(b"GRAY", {b"kTRC": gamma(value)})


def cmyk_profile() -> bytes:
    """A printer of 16 measured corners, each given in Lab: a table for littleCMS to interpolate (lut8Type)."""
    corners = [
        (240 * (1 - 0.4 * c) * (1 - 0.5 * m) * (1 - 0.1 * y) * (1 - k), 128 - 40 * c + 70 * m, 128 - 40 * c + 80 * y)
        for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)
    ]  # fmt: skip
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table += (
        bytes(range(256)) * 4 + bytes(round(value) for corner in corners for value in corner) + bytes(range(256)) * 3
    )
    return icc(b"CMYK", {b"A2B0": table}, b"prtr", b"Lab ")


def saved(picture: pillow.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int, height: int, depth: int, kind: int, rows: bytes, stride: int, *chunks: tuple[bytes, bytes]
) -> bytes:
    """A PNG put together by hand, unfiltered."""
    import zlib

    lines = b"".join(b"\0" + rows[i : i + stride] for i in range(0, len(rows), stride))
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    parts = ((b"IHDR", header), *chunks, (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(d)) + m + d + struct.pack(">I", zlib.crc32(m + d)) for m, d in parts)
    return b"\x89PNG\r\n\x1a\n" + body
