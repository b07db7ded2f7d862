"""Colors from one profile to another by tables of what littleCMS gives, where tables can: in a tenth of its time.

Most RGB profiles are three curves and a matrix (ICC.1:2010, annex F.3): ``encode(M decode(color))``. What both are is asked of
littleCMS itself, color by color along each primary, so that no second reading of profiles has to agree with it; where a product of
tables does not give its answers for colors in between, as with profiles that are tables themselves, there is no shaper.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.icc import SRGB, matrix_profile

Convert = Callable[[FloatArray, bytes | None, bytes | None], FloatArray]  # (height, width, 3) from one profile to another

LIGHT = matrix_profile(SRGB._replace(title="sRGB, linear", curve=(1.0,)))
KNOTS = 4096  # of a table from 0 to 1: a curve that is straight between them is off by 1e-7 of white
ENCODED, ROOTS = (-0.5, 1.5), (-1.5, 2.0)  # what tables reach: encoded colors, and roots of their light
AT_ONCE = 1 << 14  # colors: what is worked on stays in the cache
NEAR = 1.5e-5  # of white, a level of 16 bits, that a shaper may be from littleCMS
TRIED = np.random.default_rng(0).uniform(-0.1, 1.1, (1, 4000, 3)).astype(np.float32)


class Shaper(NamedTuple):
    """Curves, a matrix and curves again.

    Args:
        decode: from encoded colors to light, a ``Curve`` for each channel.
        matrix: from the one profile's light to the other's.
        encode: from roots of light to encoded colors; of light itself a curve would be too steep near black.
    """

    decode: tuple["Curve", ...]
    matrix: npt.NDArray[np.float64]
    encode: tuple["Curve", ...]

    def of(self, colors: FloatArray) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
        """(count, 3) colors, and which of them lie farther out than the tables reach: those mean nothing."""
        answer, beyond = np.empty_like(colors), np.zeros(len(colors), bool)
        for start in range(0, len(colors), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            planes = cv2.split(colors[None, part])
            light = [curve.of(plane[0], beyond[part]) for curve, plane in zip(self.decode, planes, strict=True)]
            for channel, (row, curve) in enumerate(zip(self.matrix.astype(np.float32), self.encode, strict=True)):
                mixed = row[0] * light[0] + row[1] * light[1] + row[2] * light[2]
                answer[part, channel] = curve.of(rooted(mixed), beyond[part])
        return answer, beyond


class Curve(NamedTuple):
    """A table with even knots.

    Args:
        first: where its first knot lies.
        values, rises: at each knot but the last, and from there to the next.
    """

    first: float
    values: FloatArray
    rises: FloatArray

    def of(self, at: FloatArray, beyond: npt.NDArray[np.bool_]) -> FloatArray:
        """The curve there, and ``beyond`` is set where it ends before."""
        place = (at - np.float32(self.first)) * np.float32(KNOTS)
        inside = (place >= 0) & (place < len(self.values))  # not so of what is no number
        if not inside.all():
            beyond |= ~inside
            place[~inside] = 0
        below = place.astype(np.int32)
        place -= below
        place *= np.take(self.rises, below, mode="clip")  # by far the fastest of numpy's ways
        place += np.take(self.values, below, mode="clip")
        return place


def rooted(light: FloatArray) -> FloatArray:
    """The root of light, with the sign of what lies below 0.

    >>> rooted(np.float32([-0.25, 0, 4])).tolist()
    [-0.5, 0.0, 2.0]
    """
    return np.copysign(np.sqrt(np.abs(light)), light)


def shaper(convert: Convert, source: bytes | None, target: bytes | None) -> Shaper | None:
    """The shaper from one profile to another; None where it would not give what ``convert`` gives.

    Raises:
        Exception: of ``convert`` or numpy, where a profile is not made of such curves and a matrix at all.
    """
    primaries = np.eye(3, dtype=np.float32)[None]
    own, other = (np.asarray(convert(primaries, each, LIGHT)[0].T, float) for each in (source, target))  # columns
    decode, encode = [], []
    for channel in range(3):
        ramp = knots(*ENCODED)[:, None].astype(np.float32) * primaries[:, channel]
        light = convert(ramp[None], source, LIGHT)[0].astype(float)
        decode.append(curve(ENCODED[0], light @ own[:, channel] / (own[:, channel] @ own[:, channel])))
        roots = knots(*ROOTS)
        lit = (np.abs(roots) * roots)[:, None] * other[:, channel]
        encode.append(curve(ROOTS[0], convert(lit[None].astype(np.float32), LIGHT, target)[0, :, channel]))
    made = Shaper(tuple(decode), np.linalg.solve(other, own), tuple(encode))
    found, beyond = made.of(TRIED[0])
    wrong = np.abs(found - convert(TRIED, source, target)[0])[~beyond]
    return made if wrong.max() <= NEAR else None


def knots(first: float, last: float) -> npt.NDArray[np.float64]:
    """Even knots, of which 0 and 1 are two."""
    return np.arange(round(first * KNOTS), round(last * KNOTS) + 1) / KNOTS


def curve(first: float, values: npt.NDArray[Any]) -> Curve:
    return Curve(first, values[:-1].astype(np.float32), np.diff(values.astype(float)).astype(np.float32))
