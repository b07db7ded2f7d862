"""Linear light <-> what a display shows of it: sRGB's curve (IEC 61966-2-1), white at 1, no exposure and no shoulder.

Both ways are unbounded: what lies below black or above white comes back.
"""

import numpy as np

from cleanplate.pixels import icc
from cleanplate.pixels.color import FloatArray, to_linear, to_srgb

Primaries = tuple[float, ...] | None  # CIE 1931 x and y of red, green, blue and white; None for sRGB's


def shown(light: FloatArray, primaries: Primaries = None) -> FloatArray:
    """Linear light of some primaries, (..., 3), sRGB-encoded.

    >>> [round(float(each), 2) for each in shown(np.float32([0.214, 1, 4]))]
    [0.5, 1.0, 1.82]
    """
    return to_srgb(light if primaries is None else light @ to_srgb_primaries(primaries).T)


def light_of(encoded: FloatArray, primaries: Primaries = None) -> FloatArray:
    """The way back: sRGB-encoded colors as linear light of some primaries."""
    light = to_linear(encoded)
    return light if primaries is None else np.asarray(light @ np.linalg.inv(to_srgb_primaries(primaries)).T, np.float32)


def to_srgb_primaries(primaries: tuple[float, ...]) -> FloatArray:
    """From linear light of some primaries and white to those of sRGB, (3, 3), by XYZ under D50 (``icc.to_d50``)."""
    return np.asarray(np.linalg.solve(icc.to_d50(icc.SRGB), icc.to_d50(space(primaries))), np.float32)


def finite(values: FloatArray) -> FloatArray:
    """Floats in whose place numbers can be put to use: what is none is black, what has no end very bright."""
    return np.nan_to_num(values, posinf=1e9, neginf=0)


def space(primaries: Primaries) -> icc.Space:
    """Linear light of some primaries as a space, of which ``icc.matrix_profile`` makes a profile."""
    if primaries is None:
        return icc.Space("Linear sRGB", icc.SRGB.primaries, icc.SRGB.white, (1.0,))
    red, green, blue, white = zip(primaries[::2], primaries[1::2], strict=True)
    return icc.Space("Linear light", (red, green, blue), white, (1.0,))
