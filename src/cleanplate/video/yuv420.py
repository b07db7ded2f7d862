"""Frames as most films keep them: luma, and color at half the size both ways, in 8 bits (4:2:0). Looked at small and composed as
they are: what RGB at full size would cost is most of what a film costs beside its networks.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray, Pixels, moved_by
from cleanplate.pixels.resampling import resize
from cleanplate.transforms import applying
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box, Size
from cleanplate.video import primaries
from cleanplate.video.coding import RGB, Coding, tag
from cleanplate.video.decoding import turned
from cleanplate.video.ycbcr import from_ycbcr, levels, luma_matrix, narrowed, samples_of, to_ycbcr, widened

if TYPE_CHECKING:
    from av import VideoFrame

Plane = npt.NDArray[np.uint8]
KINDS = ("yuv420p", "yuvj420p")  # FFmpeg's names of it
KIND = KINDS[0]
BITS = 8


@dataclass(frozen=True, eq=False)
class Coded:
    """One frame; its height and width are even.

    Args:
        luma: (height, width).
        blue, red: (height / 2, width / 2), Cb and Cr.
        coding: what the code values mean, with range and matrix settled.
    """

    luma: Plane
    blue: Plane
    red: Plane
    coding: Coding

    @property
    def shape(self) -> tuple[int, int, int]:
        """That of the same picture in RGB."""
        return self.luma.shape[0], self.luma.shape[1], 3

    def copy(self) -> "Coded":
        return Coded(self.luma.copy(), self.blue.copy(), self.red.copy(), self.coding)

    def rgb(self) -> Pixels:
        """(height, width, 3) uint8."""
        return from_ycbcr([self.luma, self.blue, self.red], self.shape[:2], BITS, self.coding)


def as_rgb(picture: Pixels | Coded) -> Pixels:
    """RGB of a coded frame; an array as it is."""
    return picture.rgb() if isinstance(picture, Coded) else picture


def encoded(pixels: Pixels, coding: Coding) -> Coded:
    """RGB of an even size as a film keeps it."""
    planes = to_ycbcr(pixels, (pixels.shape[0] // 2, pixels.shape[1] // 2), BITS, coding)
    luma, blue, red = (np.asarray(plane, np.uint8) for plane in planes)  # of 16 bits they come in 16
    return Coded(luma, blue, red, coding)


def taken(frame: "VideoFrame", coding: Coding) -> Coded | None:
    """A decoded frame as it is, in its decoder's memory; None where it is not in this form or its primaries need converting."""
    plain = coding.matrix != RGB and not primaries.differ(coding.primaries)
    if frame.format.name not in KINDS or frame.width % 2 or frame.height % 2 or not plain:
        return None
    luma, blue, red = (samples_of(plane, False) for plane in frame.planes)
    return Coded(luma, blue, red, coding)


BESIDE = -0.25  # of a sample of color: how far right of the middle of its four pixels it lies (H.273 figure 1, type 0)


def upright(picture: Coded, turns: int, mirror: bool) -> Coded:
    """Turned by quarters clockwise, then left and right swapped, and the samples of color brought to their place beside luma's."""
    if not turns and not mirror:
        return picture
    right, down = ((BESIDE, 0.0), (0.0, BESIDE), (-BESIDE, 0.0), (0.0, -BESIDE))[turns]
    shift = np.array([[1, 0, BESIDE - (-right if mirror else right)], [0, 1, -down]])
    luma, *colors = (turned(each, turns, mirror) for each in (picture.luma, picture.blue, picture.red))
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    blue, red = (cv2.warpAffine(each, shift, each.shape[::-1], None, how, cv2.BORDER_REPLICATE) for each in colors)
    return Coded(luma, np.asarray(blue, np.uint8), np.asarray(red, np.uint8), picture.coding)


def to_frame(picture: Coded) -> "VideoFrame":
    """A frame for an encoder."""
    import av

    made = av.VideoFrame(picture.shape[1], picture.shape[0], KIND)
    for plane, values in zip(made.planes, (picture.luma, picture.blue, picture.red), strict=True):
        np.copyto(samples_of(plane, False), values)
    tag(made, picture.coding)
    return made


def smaller(picture: Coded, size: Size) -> Pixels:
    """RGB at a smaller size: the planes are shrunk, not their RGB, which is the same but for rounding.

    Halved as often as that goes, which processors do at once, and the rest linear: from twice the size down that still sees every
    pixel. The shrunk colors lie up to a quarter of a pixel beside the shrunk luma.
    """
    return from_ycbcr([shrunk(each, size) for each in (picture.luma, picture.blue, picture.red)], size, BITS, picture.coding)


def shrunk(plane: Plane, size: Size) -> Plane:
    while plane.shape[0] >= 2 * size[0] and plane.shape[1] >= 2 * size[1]:
        plane = resize(plane, (plane.shape[0] // 2, plane.shape[1] // 2))
    return np.asarray(cv2.resize(plane, size[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


STRIP = 1 << 17  # pixels of luma in a strip of rows: what is made of it stays in a core's own cache, and needs no fresh memory
MARGIN = 2  # pixels of the shrunk alpha around a piece that enlarging, and the color between two samples, reach into


def finish(
    under: Coded,
    person: Coded,
    alpha: FloatArray,
    change: FloatArray | None,
    box: Box,
    transform: Transform | None = None,
    strength: float = 1.0,
) -> None:
    """Lift a person and compose them over what ``under`` holds, in place: as ``compositing.finish`` with one map or none.

    An affine map of R'G'B' is one of Y'CbCr as well. So luma is scaled where it is, and what else the map and the change add to it
    comes from the halved planes.

    Args:
        person: the frame they were filmed in, of the same size and coding.
        alpha: (rows, columns) float32 in [0, 1], the box shrunk by whole pixels.
        change: (rows, columns, 3) float32, what is added to the person's RGB, in 8-bit levels; None for nothing.
        box: in pixels of the frame; begins and ends on even ones.
        transform: a single global affine map; without one the colors stay.
        strength: how much of it is applied.
    """
    mapping = in_code(person.coding, None if transform is None else applying.one_map(transform, strength, 255.0))
    added = None if change is None else np.asarray(cv2.transform(change, mapping.added), np.float32)
    front = Front(person, alpha, added, box, box.height // alpha.shape[0], mapping)
    count = max(2, STRIP // (front.step * box.width) // 2 * 2)
    for top in range(0, alpha.shape[0], count):
        inner = Span(top, min(top + count, alpha.shape[0]))
        down = inner.wider(alpha.shape[0])
        found = np.flatnonzero(alpha[slice(*down)].any(0))
        if len(found):
            across = Span(int(found[0]) // 2 * 2, int(found[-1]) + 1).wider(alpha.shape[1])
            front.compose(under, inner, down, across)


class Span(NamedTuple):
    """From one row or column to before another."""

    start: int
    stop: int

    def wider(self, whole: int) -> "Span":
        """With the margin."""
        return Span(max(0, self.start - MARGIN), min(whole, -(-self.stop // 2) * 2 + MARGIN))

    def times(self, step: int, begin: int = 0) -> slice:
        """The same of something ``step`` times as large, that begins there."""
        return slice(begin + step * self.start, begin + step * self.stop)


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


class Front(NamedTuple):
    """What is composed.

    Args:
        frame, alpha, box: as in ``finish``.
        added: its change in code values.
        step: how many times the box is as large as the alpha.
        mapping: of the colors.
    """

    frame: Coded
    alpha: FloatArray
    added: FloatArray | None
    box: Box
    step: int
    mapping: InCode

    def compose(self, under: Coded, inner: Span, down: Span, across: Span) -> None:
        """Write the rows ``inner``, of those and the columns that are looked at; all in pixels of the alpha."""
        whole = down.times(self.step, self.box.top), across.times(self.step, self.box.left)
        halved = tuple(slice(each.start // 2, each.stop // 2) for each in whole)
        size, few = ((rows.stop - rows.start, columns.stop - columns.start) for rows, columns in (whole, halved))
        part, luma = (slice(*down), slice(*across)), self.frame.luma[whole]
        inside = cv2.merge([narrowed(luma, few), self.frame.blue[halved], self.frame.red[halved]])
        new = np.asarray(cv2.transform(np.asarray(inside, np.float32), self.mapping.rest), np.float32)
        if self.added is not None:
            new = np.add(new, resize(self.added[part], few), out=new)
        more, blue, red = (np.asarray(each, np.float32) for each in cv2.split(new))
        bright = cv2.scaleAdd(np.asarray(luma, np.float32), self.mapping.scale, widened(more, size))
        clipped = np.asarray(np.clip(bright, self.mapping.lowest, self.mapping.highest), np.float32)
        cover = resize(self.alpha[part], size)
        kept = Span(inner.start - down.start, inner.stop - down.start).times(self.step)
        over(under.luma[whole][kept], clipped[kept], cover[kept])
        kept, cover = slice(kept.start // 2, kept.stop // 2), narrowed(cover, few)
        over(under.blue[halved][kept], blue[kept], cover[kept])
        over(under.red[halved][kept], red[kept], cover[kept])


def over(under: Plane, front: FloatArray, cover: FloatArray) -> None:
    """The over equation in place, ``P + alpha (F - P)``; what ``front`` holds is lost."""
    front -= under
    front *= cover
    under[...] = moved_by(under, front)
