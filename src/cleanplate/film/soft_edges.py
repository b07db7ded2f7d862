"""The soft edge of a filmed person: the alpha at full size, and the person's own colors along it.

What is found on a shrunk frame stays there as long as it can: only the finished alpha and the change of the colors are enlarged.
"""

import math
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.film.tracking import Matted
from cleanplate.pixels import holes
from cleanplate.pixels.color import FloatArray, Pixels, moved_by, to_float, to_pixels, to_steps, white
from cleanplate.pixels.resampling import enlarge_cubic, resize
from cleanplate.stages import edge_colors, framing, matting
from cleanplate.values import Box, Size
from cleanplate.video.yuv420 import Coded, smaller

# ---- the alpha -----------------------------------------------------------------------------------------------------


class Shrunk(NamedTuple):
    """The box around the person in a frame shrunk by whole pixels: its pixels, its alpha, and the size of that frame."""

    pixels: Pixels
    alpha: FloatArray
    box: Box
    size: Size


class Edge(NamedTuple):
    """The alpha of a box of the frame, (box height, box width), and what it was enlarged from, where it was by whole pixels."""

    alpha: FloatArray
    box: Box
    small: Shrunk | None


class Outline(NamedTuple):
    """The person of a coded frame: where they are, and what their own colors are more than the frame's, in that frame shrunk.

    ``change`` is (box height, box width, 3) in 8-bit levels of RGB; None for nothing.
    """

    frame: Coded
    small: Shrunk
    change: FloatArray | None
    cut: bool

    @property
    def box(self) -> Box:
        """In the frame itself; begins and ends on even pixels."""
        return times(self.small.box, self.frame.shape[0] // self.small.size[0])


def steps(size: Size, edge_side: int) -> int | None:
    """By how many whole pixels a frame is shrunk to have ``edge_side``, or a little more; None where that would be twice as many.

    >>> steps((1080, 1920), 640), steps((768, 1366), 640), steps((1081, 1920), 640)
    (3, 2, None)
    """
    wanted = range(1, -(-max(size) // edge_side) + 1)
    step = max(each for each in wanted if size[0] % each == size[1] % each == 0)
    return step if max(size) <= 2 * edge_side * step else None


def times(box: Box, step: int) -> Box:
    """A box of a shrunk frame in the frame itself."""
    return Box(step * box.top, step * box.left, step * box.height, step * box.width)


def outline(seen: Matted, frame: Coded, cover: FloatArray, edge_side: int, edges: bool) -> Outline:
    """Where the person of a frame is, along the picture's edges as far as ``edge_side``, for which there are ``steps``, shows them.

    Args:
        frame: the frame that ``seen`` shows.
        cover: the alpha of ``seen.small``.
        edges: whether the edge is freed from the old background's color.

    Raises:
        InputError: nothing is left of the alpha.
    """
    step = steps(frame.shape[:2], edge_side) or 1
    size = frame.shape[0] // step, frame.shape[1] // step
    work, fine = smaller(frame, size), np.zeros(size, np.float32)
    if size[0] < cover.shape[0] or size[1] < cover.shape[1]:
        fine = matting.refine(cover, work, snap=True)
    else:
        (few, rows), (some, columns) = reached(cover, size)
        part = refined(np.ascontiguousarray(cover[few, some]), work[rows, columns], seen.small[few, some])
        fine[rows, columns] = matting.snapped(part)
    box = around(fine, 1 + step % 2)
    small = Shrunk(work[box.slices], np.ascontiguousarray(fine[box.slices]), box, size)
    change = own_change(small, sure_colors(seen, cover)) if edges else None
    return Outline(frame, small, change, seen.cut)


def full_alpha(seen: Matted, pixels: Pixels, alpha: FloatArray, edge_side: int) -> Edge:
    """The alpha at the frame's own size, along the picture's edges as far as ``edge_side`` shows them, and the box around it.

    Args:
        pixels: the frame that ``seen`` shows.
        alpha: that of ``seen.small``.

    Raises:
        InputError: nothing is left of it.
    """
    size, step = (pixels.shape[0], pixels.shape[1]), steps((pixels.shape[0], pixels.shape[1]), edge_side)
    if step is None or step == 1:
        step = -(-max(size) // edge_side)
        work = resize(pixels, (max(1, size[0] // step), max(1, size[1] // step)))
        fine = matting.refine(alpha, work, snap=True)
        fine = fine if fine.shape == size else resize(fine, size)
        box = around(fine)
        return Edge(np.ascontiguousarray(fine[box.slices]), box, None)
    small = shrunk(pixels, alpha, step)
    box = times(small.box, step)
    return Edge(resize(small.alpha, (box.height, box.width)), box, small)


def around(alpha: FloatArray, unit: int = 1) -> Box:
    """The box of everything above 0, and a pixel more, which enlarging reaches into, from and to multiples of ``unit``."""
    person = framing.extent(alpha, framing.TOUCHED)
    top, left = (max(0, first - 1) // unit * unit for first in (person.top, person.left))
    bottom, right = (
        min(whole, -(-(first + count + 1) // unit) * unit)
        for whole, first, count in zip(alpha.shape, (person.top, person.left), (person.height, person.width), strict=True)
    )
    return Box(top, left, bottom - top, right - left)


def shrunk(pixels: Pixels, alpha: FloatArray, step: int) -> Shrunk:
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
    return Shrunk(work[box.slices], np.ascontiguousarray(fine[box.slices]), place, size)


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


# ---- the person's own colors ---------------------------------------------------------------------------------------


def own_colors(seen: Matted, whole: Pixels, cover: FloatArray, edge: Edge) -> Pixels:
    """The person's own colors in the edge's box: along the soft edge by one step from the sure colors around it (``unmixed``).

    Found at the size of ``edge.small`` where there is one, and the change enlarged: it is smooth, and texture stays the frame's.

    Args:
        whole: the frame that ``seen`` shows.
        cover: the alpha of ``seen.small``.
    """
    around = sure_colors(seen, cover)
    if edge.small is None:
        pixels = whole[edge.box.slices].copy()
        soft, colors = unmixed(pixels, edge.alpha, around, edge.box, (whole.shape[0], whole.shape[1]))
        pixels.reshape(-1, 3)[soft] = to_pixels(colors, pixels)
        return pixels
    change = own_change(edge.small, around)
    if whole.dtype == np.uint8:
        return moved_by(whole[edge.box.slices], resize(to_steps(change), edge.alpha.shape))
    return moved_by(whole[edge.box.slices], resize(change, edge.alpha.shape))


def own_change(small: Shrunk, around: FloatArray) -> FloatArray:
    """What the person's own colors are more than a shrunk frame's, in its units: (box height, box width, 3), not rounded."""
    soft, colors = unmixed(small.pixels, small.alpha, around, small.box, small.size)
    change = np.zeros(small.pixels.shape, np.float32)
    change.reshape(-1, 3)[soft] = colors - to_float(small.pixels.reshape(-1, 3)[soft])
    change *= np.float32(white(small.pixels.dtype))
    return change


def sure_colors(seen: Matted, cover: FloatArray) -> FloatArray:
    """Foreground and background colors carried from where the small alpha is sure to everywhere: (rows, columns, 6), smooth."""
    size = max(1, seen.small.shape[0] // 2), max(1, seen.small.shape[1] // 2)
    picture, cover = to_float(resize(seen.small, size)), resize(cover, size)
    front = holes.fill(picture, np.clip((edge_colors.SOLID - cover) / edge_colors.FALL, 0, 1), edge_colors.APART)
    back = holes.fill(picture, np.clip((cover - (1 - edge_colors.SOLID)) / edge_colors.FALL, 0, 1), edge_colors.APART)
    return np.dstack([front, back])


def unmixed(pixels: Pixels, alpha: FloatArray, around: FloatArray, box: Box, frame: Size) -> tuple[npt.NDArray[Any], FloatArray]:
    """Where a box of a frame is soft (flat indexes), and the foreground's colors there, (points, 3) float32, not clipped.

    With F0 and B0 from ``around`` and r = I - alpha F0 - (1 - alpha) B0:
    ``F = F0 + alpha r / (alpha^2 + (1 - alpha)^2 + CLOSED)``, as ``edge_colors.full_size_colors``. Soft: 1 - SOLID to SOLID.
    """
    soft = np.flatnonzero(cv2.inRange(alpha, 1 - edge_colors.SOLID, edge_colors.SOLID))
    if not len(soft):
        return soft, np.zeros((0, 3), np.float32)
    rows, columns = np.divmod(soft.astype(np.int32), np.int32(box.width))
    both = sampled(around, rows + box.top, columns + box.left, frame)
    weight, own = alpha.ravel()[soft][:, None], to_float(pixels.reshape(-1, 3)[soft])
    residual = own - weight * both[:, :3] - (1 - weight) * both[:, 3:]
    return soft, both[:, :3] + weight * residual / (weight**2 + (1 - weight) ** 2 + np.float32(edge_colors.CLOSED))


LINE = 256  # points to a row: OpenCV's maps have at most 32767 rows and columns


def sampled(small: FloatArray, rows: npt.NDArray[Any], columns: npt.NDArray[Any], frame: Size) -> FloatArray:
    """(points, channels): a small picture of a frame, bilinear, at pixels of that frame."""
    count = len(rows)
    at = []
    for places, have, whole in ((columns, small.shape[1], frame[1]), (rows, small.shape[0], frame[0])):
        line = (places.astype(np.float32) + np.float32(0.5)) * np.float32(have / whole) - np.float32(0.5)
        at.append(np.pad(line, (0, -count % LINE)).reshape(-1, LINE))
    parts = (small[..., :3], small[..., 3:])  # OpenCV takes at most four channels here
    found = [cv2.remap(np.ascontiguousarray(part), at[0], at[1], cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE) for part in parts]
    return np.concatenate([np.asarray(each, np.float32).reshape(-1, 3)[:count] for each in found], 1)
