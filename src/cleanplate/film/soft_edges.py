"""The soft edge of a filmed person: the alpha along the edges of a frame that is shrunk by whole pixels, enlarged from there."""

import math
from typing import NamedTuple

import cv2
import numpy as np

from cleanplate.pixels.color import FloatArray, Pixels, to_float
from cleanplate.pixels.resampling import enlarge_cubic, resize
from cleanplate.stages import framing, matting
from cleanplate.values import Box, Size


class SmallPerson(NamedTuple):
    """The box around the person in a frame shrunk by whole pixels: its pixels, its alpha, and the size of that frame."""

    pixels: Pixels
    alpha: FloatArray
    box: Box
    size: Size


class Edge(NamedTuple):
    """The alpha of a box of the frame, (box height, box width), and what it was enlarged from, where it was by whole pixels."""

    alpha: FloatArray
    box: Box
    small: SmallPerson | None


def shrink_factor(size: Size, edge_side: int) -> int | None:
    """By how many whole pixels a frame is shrunk to have ``edge_side``, or a little more; None where that would be twice as many.

    >>> shrink_factor((1080, 1920), 640), shrink_factor((768, 1366), 640), shrink_factor((1081, 1920), 640)
    (3, 2, None)
    """
    wanted = range(1, -(-max(size) // edge_side) + 1)
    step = max(each for each in wanted if size[0] % each == size[1] % each == 0)
    return step if max(size) <= 2 * edge_side * step else None


def times(box: Box, step: int) -> Box:
    """A box of a shrunk frame in the frame itself."""
    return Box(step * box.top, step * box.left, step * box.height, step * box.width)


def full_alpha(pixels: Pixels, alpha: FloatArray, edge_side: int) -> Edge:
    """The alpha at a frame's own size, along the picture's edges as far as ``edge_side`` shows them, and the box around it.

    Args:
        pixels: the frame.
        alpha: of the same frame at the size that the matting network saw.

    Raises:
        InputError: nothing is left of it.
    """
    size = pixels.shape[0], pixels.shape[1]
    step = shrink_factor(size, edge_side)
    if step is None or step == 1:
        return Edge(*whole_alpha(pixels, alpha, -(-max(size) // edge_side)), None)
    small = small_person(pixels, alpha, step)
    box = times(small.box, step)
    return Edge(resize(small.alpha, (box.height, box.width)), box, small)


def whole_alpha(pixels: Pixels, alpha: FloatArray, step: int) -> tuple[FloatArray, Box]:
    """The same where no whole step divides the frame: found on all of it, shrunk about ``step`` times."""
    size = pixels.shape[0], pixels.shape[1]
    fine = matting.refine(alpha, resize(pixels, (max(1, size[0] // step), max(1, size[1] // step))), snap=True)
    fine = fine if fine.shape == size else resize(fine, size)
    box = around(fine)
    return np.ascontiguousarray(fine[box.slices]), box


def around(alpha: FloatArray, unit: int = 1) -> Box:
    """The box of everything above 0, and a pixel more, which enlarging reaches into, from and to multiples of ``unit``."""
    person = framing.extent(alpha, framing.TOUCHED)
    top, left = (max(0, first - 1) // unit * unit for first in (person.top, person.left))
    bottom, right = (
        min(whole, -(-(first + count + 1) // unit) * unit)
        for whole, first, count in zip(alpha.shape, (person.top, person.left), (person.height, person.width), strict=True)
    )
    return Box(top, left, bottom - top, right - left)


def small_person(pixels: Pixels, alpha: FloatArray, step: int) -> SmallPerson:
    """A frame shrunk ``step`` times, and the alpha along its edges, both where somebody can be.

    Raises:
        InputError: nothing is left of the alpha.
    """
    size = pixels.shape[0] // step, pixels.shape[1] // step
    if size[0] < alpha.shape[0] or size[1] < alpha.shape[1]:
        rows, columns = (slice(0, side) for side in size)
        work = resize(pixels, size)
        fine = matting.refine(alpha, work, snap=True)
    else:
        (few, rows), (some, columns) = reached(alpha, size)
        part = pixels[step * rows.start : step * rows.stop, step * columns.start : step * columns.stop]
        work = resize(part, (rows.stop - rows.start, columns.stop - columns.start))
        fine = matting.snapped(refined(np.ascontiguousarray(alpha[few, some]), work))
    box = around(fine)
    place = Box(rows.start + box.top, columns.start + box.left, box.height, box.width)
    return SmallPerson(work[box.slices], np.ascontiguousarray(fine[box.slices]), place, size)


REACH = 6  # pixels of the small alpha around what is not 0: the bicubic kernel, the slope's window, and its own enlarging


def reached(alpha: FloatArray, size: Size) -> list[tuple[slice, slice]]:
    """By axis the part of a small alpha that is not 0 or near that, and the same part of a picture of ``size``.

    Both begin and end on whole pixels, so that enlarging the part gives the same pixels as enlarging the whole.

    >>> reached(np.pad(np.ones((2, 2), np.float32), 20), (63, 42))[0]
    (slice(14, 28, None), slice(21, 42, None))
    """
    person = framing.extent(alpha, matting.DECIDED)
    answer = []
    for start, count, small, whole in zip((person.top, person.left), (person.height, person.width), alpha.shape, size, strict=True):
        parts = math.gcd(small, whole)
        unit, large = small // parts, whole // parts
        first, last = max(0, start - REACH) // unit, -(-min(small, start + count + REACH) // unit)
        answer.append((slice(first * unit, last * unit), slice(first * large, last * large)))
    return answer


GRAY_REGULARIZATION = 0.01  # how much variance of luminance counts as flat; benchmarks/mattes.py


def refined(alpha: FloatArray, picture: Pixels, small: Pixels | None = None) -> FloatArray:
    """``matting.refine`` by luminance alone: as near, at a third of the work, which is done all over.

    Args:
        alpha: (rows, columns) float32 in [0, 1].
        picture: (height, width, 3) integers, no smaller.
        small: the picture at the alpha's size, where it is at hand.

    Returns:
        (height, width) float32, not clipped.
    """
    guide, gray = (gray_of(each) for each in (resize(picture, alpha.shape) if small is None else small, picture))
    large = enlarge_cubic(np.dstack([guide, alpha]), gray.shape)
    detail = gray - large[..., 0]
    detail *= resize(gray_slope(guide, alpha), gray.shape)
    detail += large[..., 1]
    return np.asarray(detail, np.float32)


def gray_of(picture: Pixels) -> FloatArray:
    """BT.601 luma, (height, width) float32 in [0, 1]."""
    gray: Pixels = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)  # type: ignore[assignment]
    return to_float(gray)


def gray_slope(guide: FloatArray, alpha: FloatArray) -> FloatArray:
    """The guided filter's slope for a gray guide, ``Cov(I, alpha) / (Var(I) + epsilon)``, over 3 x 3 windows."""
    products = (guide, alpha, guide * alpha, guide * guide)
    mean, mean_alpha, both, square = (cv2.blur(each, (3, 3)) for each in products)
    return np.asarray((both - mean * mean_alpha) / (square - mean * mean + np.float32(GRAY_REGULARIZATION)), np.float32)
