"""Color profiles of the spaces that a composite can be asked for in, made from their published numbers: the same bytes each run."""

import functools
import struct
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import srgb_profile

Point = tuple[float, float]  # CIE 1931 x and y

D50 = np.array([0.9642, 1.0, 0.8249])  # XYZ of the white that ICC profiles are about (ICC.1:2010, 7.2.16)
D65: Point = (0.3127, 0.3290)
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])  # ICC.1:2010, annex E


class Space(NamedTuple):
    """An RGB space.

    Args:
        title: what editors show.
        primaries: of red, green and blue.
        white: its white.
        curve: from encoded to linear, ``g`` or ``g a b c d``: ``(a x + b)^g`` from d on, ``c x`` below (ICC.1:2010, 10.16).
    """

    title: str
    primaries: tuple[Point, Point, Point]
    white: Point
    curve: tuple[float, ...]


SRGB = Space(  # IEC 61966-2-1
    "sRGB", ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)), D65, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
)
SPACES = {
    "display-p3": Space(  # SMPTE EG 432-1 with the white and curve of sRGB
        "Display P3", ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), D65, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    ),
    "adobe-rgb": Space(  # Adobe RGB (1998) Color Image Encoding, 2005
        "Compatible with Adobe RGB (1998)", ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), D65, (563 / 256,)
    ),
    "prophoto": Space(  # ISO 22028-2, ROMM RGB
        "ProPhoto RGB", ((0.734699, 0.265301), (0.159597, 0.840403), (0.036598, 0.000105)), (0.345704, 0.358540),
        (1.8, 1.0, 0.0, 1 / 16, 0.03125),
    ),
}  # fmt: skip


@functools.cache
def profile(name: str) -> bytes:
    """The profile of a space in ``SPACES``, or of sRGB."""
    return srgb_profile() if name == "srgb" else matrix_profile(SPACES[name])


def xyz(point: Point) -> npt.NDArray[np.float64]:
    """XYZ of a chromaticity at Y = 1.

    >>> xyz((0.25, 0.5)).tolist()
    [0.5, 1.0, 0.5]
    """
    return np.array([point[0] / point[1], 1, (1 - point[0] - point[1]) / point[1]])


def to_d50(space: Space) -> npt.NDArray[np.float64]:
    """From linear RGB to XYZ under D50, (3, 3): primaries that sum up to the white (SMPTE RP 177), adapted by Bradford's cones."""
    columns = np.stack([xyz(each) for each in space.primaries], 1)
    own = columns * np.linalg.solve(columns, xyz(space.white))
    return adaptation(space.white) @ own


def adaptation(white: Point) -> npt.NDArray[np.float64]:
    """From XYZ under that white to XYZ under D50, (3, 3) (ICC.1:2010, annex E)."""
    return np.asarray(np.linalg.solve(BRADFORD, np.diag(BRADFORD @ D50 / (BRADFORD @ xyz(white))) @ BRADFORD))


def matrix_profile(space: Space) -> bytes:
    """An ICC profile, version 4.3, of a display of that space (ICC.1:2010, 8.3)."""
    columns = to_d50(space)
    curve = b"para" + bytes(4) + struct.pack(">HH", 0 if len(space.curve) == 1 else 3, 0) + fixed(*space.curve)
    tags = {
        b"desc": words(space.title), b"cprt": words("No copyright, use freely"), b"wtpt": b"XYZ " + bytes(4) + fixed(*D50),
        b"chad": b"sf32" + bytes(4) + fixed(*adaptation(space.white).ravel()),
        **{mark: b"XYZ " + bytes(4) + fixed(*columns[:, at]) for at, mark in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }  # fmt: skip
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for mark, data in tags.items():
        table, body = table + mark + struct.pack(">II", start + len(body), len(data)), body + data + bytes(-len(data) % 4)
    head = struct.pack(">I4sI4s4s4s6H", start + len(body), bytes(4), 0x04300000, b"mntr", b"RGB ", b"XYZ ", 2000, 1, 1, 0, 0, 0)
    head += b"acsp" + bytes(28) + fixed(*D50) + bytes(48)
    return head + struct.pack(">I", len(tags)) + table + body


def fixed(*values: float) -> bytes:
    """Numbers as s15Fixed16 (ICC.1:2010, 4.6)."""
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def words(text: str) -> bytes:
    """A text in English (ICC.1:2010, 10.13)."""
    coded = text.encode("utf-16-be")
    return b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(coded), 28) + coded
