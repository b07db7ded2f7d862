"""Compose frames in 4:2:0 as they are coded: what RGB at full size would cost is most of what a film costs beside its networks.

An affine map of R'G'B' is one of Y'CbCr as well. So luma is scaled where it is, and what else the map and the change of the
person's own colors add to it comes from the halved planes.
"""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.film.outlines import Outline
from cleanplate.pixels import interpolation
from cleanplate.pixels.color import TOE, FloatArray, moved_by
from cleanplate.pixels.interpolation import enlarged_part, reached
from cleanplate.pixels.resampling import resize
from cleanplate.stages.grain import Grain
from cleanplate.transforms import applying
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box, Size
from cleanplate.video.coding import Coding
from cleanplate.video.ycbcr import levels, luma_matrix, narrowed, widened
from cleanplate.video.yuv420 import BITS, Coded, Plane

STRIP = 1 << 17  # pixels of luma in a strip of rows: what is made of it stays in a core's own cache, and needs no fresh memory
MARGIN = 2  # pixels of the shrunk alpha around a piece that enlarging, and the color between two samples, reach into

Part = tuple[slice, slice]


def compose_coded(
    image: Coded, person: Outline, transform: Transform | None = None, strength: float = 1.0, grain: Grain | None = None
) -> None:
    """Lift a person and compose them over what ``image`` holds, in place: as ``compositing.compose`` with one map or none.

    Args:
        image: of the size and coding of the person's frame.
        transform: a single global affine map; without one the colors stay.
        strength: how much of it is applied.
        grain: that is added to luma then.
    """
    mapping = in_code(person.frame.coding, None if transform is None else applying.one_map(transform, strength, 255.0))
    added = None if person.change is None else np.asarray(cv2.transform(person.change, mapping.added), np.float32)
    for piece in pieces(person):
        compose_piece(image, person, piece, lifted(person, piece, mapping, added, grain))


# ---- the map ---------------------------------------------------------------------------------------------------------


class InCode(NamedTuple):
    """A map of RGB in code values.

    Args:
        scale: what luma itself is scaled by.
        rest: (3, 4), what is added to that, and the whole of Cb and Cr, from (Y, Cb, Cr).
        added: (3, 3), what a change of the person's RGB before the map becomes.
        lowest, highest: the codes of black and white.
    """

    scale: float
    rest: npt.NDArray[np.float64]
    added: npt.NDArray[np.float64]
    lowest: np.float32
    highest: np.float32


def in_code(coding: Coding, one: FloatArray | None) -> InCode:
    """A map of RGB, (3, 4) in 8-bit levels, or none."""
    scales, offsets = levels(coding.range, BITS)
    forth = scales[:, None] * luma_matrix(coding.matrix) / 255
    linear, shift = (np.eye(3), np.zeros(3)) if one is None else (one[:, :3].astype(np.float64), one[:, 3])
    added = forth @ linear
    whole = added @ np.linalg.inv(forth)
    rest = np.column_stack([whole, forth @ shift + offsets - whole @ offsets])
    scale, rest[0, 0] = float(rest[0, 0]), 0.0
    return InCode(scale, rest, added, np.float32(offsets[0]), np.float32(offsets[0] + scales[0]))


# ---- pieces of the box -----------------------------------------------------------------------------------------------


class Interval(NamedTuple):
    """From one row or column of the alpha to before another."""

    start: int
    stop: int

    def wider(self, whole: int) -> "Interval":
        """With the margin, to even ones."""
        return Interval(max(0, self.start - MARGIN), min(whole, -(-self.stop // 2) * 2 + MARGIN))

    def times(self, step: int, begin: int = 0) -> slice:
        """The same of something ``step`` times as large, that begins there."""
        return slice(begin + step * self.start, begin + step * self.stop)


class Piece(NamedTuple):
    """What is worked on at once.

    Args:
        alpha, luma, color: rows and columns that are looked at, in the shrunk alpha and in the frame's planes.
        kept: rows of luma that are written, counted from the first.
    """

    alpha: Part
    luma: Part
    color: Part
    kept: slice

    @property
    def size(self) -> Size:
        """In pixels of luma."""
        return size_of(self.luma)

    @property
    def halved_size(self) -> Size:
        """In samples of color."""
        return size_of(self.color)


def size_of(part: Part) -> Size:
    return part[0].stop - part[0].start, part[1].stop - part[1].start


def in_color(pixels: slice) -> slice:
    """Samples of color in even rows or columns of luma."""
    return slice(pixels.start // 2, pixels.stop // 2)


def pieces(person: Outline) -> Iterator[Piece]:
    """The person's box in strips of rows, cut to the columns in which anything is."""
    alpha, box, step = person.small.alpha, person.box, person.step
    count = max(2, STRIP // (step * box.width) // 2 * 2)
    for top in range(0, alpha.shape[0], count):
        inner = Interval(top, min(top + count, alpha.shape[0]))
        down = inner.wider(alpha.shape[0])
        columns = np.flatnonzero(alpha[slice(*down)].any(0))
        if len(columns):
            across = Interval(int(columns[0]) // 2 * 2, int(columns[-1]) + 1).wider(alpha.shape[1])
            luma = down.times(step, box.top), across.times(step, box.left)
            kept = Interval(inner.start - down.start, inner.stop - down.start).times(step)
            yield Piece((slice(*down), slice(*across)), luma, (in_color(luma[0]), in_color(luma[1])), kept)


def lifted(
    person: Outline, piece: Piece, mapping: InCode, added: FloatArray | None, grain: Grain | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The person's luma, Cb and Cr in a piece, mapped.

    Args:
        added: (rows, columns, 3), the change of their own colors in code values, as large as the alpha; None for nothing.
    """
    luma = person.frame.luma[piece.luma]
    codes = cv2.merge([narrowed(luma, piece.halved_size), person.frame.blue[piece.color], person.frame.red[piece.color]])
    new = np.asarray(cv2.transform(np.asarray(codes, np.float32), mapping.rest), np.float32)
    if added is not None:
        new = np.add(new, resize(added[piece.alpha], piece.halved_size), out=new)
    more, blue, red = (np.asarray(each, np.float32) for each in cv2.split(new))
    bright = np.asarray(cv2.scaleAdd(np.asarray(luma, np.float32), mapping.scale, widened(more, piece.size)), np.float32)
    if grain is not None:
        weights = tuple(float(each) for each in luma_matrix(person.frame.coding.matrix)[0])
        rows, columns = (
            slice(each.start - start, each.stop - start)
            for each, start in zip(piece.luma, (person.box.top, person.box.left), strict=True)
        )
        grain.into_luma(bright, rows, columns, weights, float(mapping.lowest), float(mapping.highest))
    return np.asarray(np.clip(bright, mapping.lowest, mapping.highest), np.float32), blue, red


def compose_piece(image: Coded, person: Outline, piece: Piece, front: tuple[FloatArray, FloatArray, FloatArray]) -> None:
    """Write the rows that a piece keeps; ``front`` is what ``lifted`` gives."""
    luma, blue, red = front
    cover, kept = resize(person.small.alpha[piece.alpha], piece.size), piece.kept
    over_plane(image.luma[piece.luma][kept], luma[kept], cover[kept])
    cover, kept = narrowed(cover, piece.halved_size), in_color(kept)
    over_plane(image.blue[piece.color][kept], blue[kept], cover[kept])
    over_plane(image.red[piece.color][kept], red[kept], cover[kept])


def over_plane(under: Plane, front: FloatArray, cover: FloatArray) -> None:
    """The over equation in place, ``P + alpha (F - P)``; what ``front`` holds is lost."""
    front -= under
    front *= cover
    under[...] = moved_by(under, front)


# ---- shadow ----------------------------------------------------------------------------------------------------------


def darken(under: Coded, kept: FloatArray, box: Box) -> None:
    """Darken a frame in place, ``R' + TOE = k (R + TOE)`` and so on, as ``shadow.Shade.onto`` does with RGB.

    Luma is multiplied by the mean of the three k, as it is of their colors; what the difference of these adds to it, less than a
    level, is left out. Cb and Cr come from all three.

    Args:
        kept: (3, rows, columns) float32 from 0 to 1, k of red, green and blue in the box, made smaller.
        box: in pixels of the frame; begins and ends on even ones, or is taken to.
    """
    forth, (scales, offsets) = luma_matrix(under.coding.matrix), levels(under.coding.range, BITS)
    lost = np.asarray(np.tensordot(forth[0], kept - 1, 1), np.float32)[None]
    to_rgb = np.column_stack([(back := np.linalg.inv(forth)) / scales, TOE - back @ (offsets / scales)])
    to_color = np.column_stack([scales[1:, None] * forth[1:], offsets[1:]])
    lowest, black = np.float32(offsets[0] - TOE * scales[0]), np.uint8(offsets[0])
    for part in interpolation.pieces(reached(kept < 1), (box.height // 2, box.width // 2)):
        half = tuple(slice(at // 2 + each.start, at // 2 + each.stop) for at, each in zip((box.top, box.left), part, strict=True))
        luma, blue, red = under.luma[doubled(half)], under.blue[half], under.red[half]
        coded = np.asarray(cv2.merge([narrowed(luma, blue.shape), blue, red]), np.float32)
        colors = np.asarray(cv2.transform(coded, to_rgb), np.float32)
        colors *= cv2.merge(list(enlarged_part(kept, (box.height // 2, box.width // 2), part)))
        change = enlarged_part(lost, (box.height // 2 * 2, box.width // 2 * 2), doubled(part))[0]
        change *= np.subtract(luma, lowest, dtype=np.float32)
        luma[...] = np.maximum(moved_by(luma, change), np.minimum(luma, black))
        for plane, values in zip((blue, red), cv2.split(cv2.transform(colors, to_color)), strict=True):
            plane[...] = moved_by(np.zeros_like(plane), np.asarray(values, np.float32))


def doubled(part: tuple[slice, ...]) -> tuple[slice, slice]:
    """The same part of what is twice as large."""
    rows, columns = (slice(2 * each.start, 2 * each.stop) for each in part)
    return rows, columns
