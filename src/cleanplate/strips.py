"""The whole full-size pixel path in one pass: lift and compose strip by strip, in place, on all cores."""

import bisect
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from cleanplate import forms, networks
from cleanplate.color import FloatArray, Pixels, from_planes, to_planes, white
from cleanplate.types import Box, Size, Transform

Alpha = FloatArray | npt.NDArray[np.uint8]
Colors = Pixels | FloatArray

STRIP = 32768  # pixels worked on at a time: their float copies stay in a core's own cache


def finish(
    image: Pixels,
    foreground: Colors,
    alpha: Alpha,
    box: Box,
    transform: Transform | None = None,
    strength: float = 1.0,
    strip: int = STRIP,
) -> None:
    """Lift the foreground and compose it over what ``image`` holds, in place: ``over(F + strength * (T(F) - F), alpha, image)``.

    One read and one write of the box, in strips of rows on all cores, float32 inside. Pixels with alpha 0 are left bit for bit, and
    strips without anything else are not even read. The answer does not depend on the strips.

    Args:
        image: (height, width, 3) uint8 or uint16, sRGB-encoded: the plate's pixels when called, the composite's after it.
        foreground: (box height, box width, 3), uint8, uint16 or float32 in [0, 1], straight; it may be the view of the box in
            ``image``.
        alpha: (box height, box width) float32 in [0, 1], or uint8.
        box: where the two lie in ``image``.
        transform: a color change over the whole frame of ``image``; without one, or with strength 0, the colors stay.
        strength: how much of it is applied, 0 to 1.
        strip: about how many pixels are worked on at a time.

    >>> image = np.zeros((1, 2, 3), np.uint8)
    >>> finish(image, np.full((1, 1, 3), 200, np.uint8), np.full((1, 1), 0.5, np.float32), Box(0, 1, 1, 1))
    >>> image[0].tolist()
    [[0, 0, 0], [100, 100, 100]]
    """
    size = image.shape[0], image.shape[1]
    top = white(image.dtype)
    change = forms.change(transform, box, size, strength, top) if transform is not None and strength > 0 else None
    todo = iter(list(strips(box, strip)))  # of a list: its next() may be called from several threads

    def work(desk: Desk) -> None:
        for rows in todo:
            columns = touched(alpha[rows], change.cuts if change else [0, box.width])
            if columns.stop:
                part = rows, columns
                desk.compose(image[box.slices][part], foreground[part], alpha[part], top, change, part)

    on_all_cores(work, box, strip, image.dtype)


def shrunk(
    under: Pixels, foreground: Colors | None, alpha: Alpha, box: Box, side: int, strip: int = STRIP
) -> tuple[FloatArray, FloatArray]:
    """What composing will change in a picture, and the alpha, both as the harmonizer sees them: shrunk by area to (side, side).

    Shrinking is linear, so ``shrink(over(F, alpha, P)) = shrink(P) + shrink(alpha * (F - P))``: the composite itself is not needed.

    Args:
        under, foreground, alpha, box: as in ``finish``; without a foreground (it lies in ``under`` already) nothing will change.

    Returns:
        the change (side, side, 3) and the alpha (side, side), float32 in [0, 1] units.
    """
    down, across = (
        shares(side, start, count, whole)
        for start, count, whole in ((box.top, box.height, under.shape[0]), (box.left, box.width, under.shape[1]))
    )
    todo = iter(list(strips(box, strip)))
    sums: list[tuple[int, slice, FloatArray]] = []

    def work(desk: Desk) -> None:
        for rows in todo:
            if alpha[rows].any():
                planes = desk.difference(under[box.slices][rows], None if foreground is None else foreground[rows], alpha[rows])
                cells = np.flatnonzero(down[:, rows].any(1))
                some = slice(int(cells[0]), int(cells[-1]) + 1)
                sums.append((rows.start, some, np.einsum("cr,rpw->cpw", down[some, rows], planes)))

    on_all_cores(work, box, strip, under.dtype)
    seen = np.zeros((side, 4, box.width), np.float32)
    for _, some, part in sorted(sums, key=lambda each: each[0]):  # in one order, so that sums come out the same each time
        seen[some] += part
    answer = seen @ across.T
    return np.ascontiguousarray(answer[:, :3].transpose(0, 2, 1)), np.ascontiguousarray(answer[:, 3])


def shares(cells: int, start: int, count: int, whole: int) -> FloatArray:
    """(cells, count): which share of each cell pixels ``start ...`` of ``whole`` make up; linear interpolation when it grows."""
    if whole < cells:
        return forms.interpolation(whole, 0, cells, cells)[:, start : start + count]
    edges = np.arange(cells + 1)[:, None] * (whole / cells)
    first = np.arange(start, start + count)
    overlap = np.minimum(edges[1:], first + 1) - np.maximum(edges[:-1], first)
    return np.asarray(np.maximum(overlap, 0) * (cells / whole), np.float32)


def on_all_cores(work: Callable[["Desk"], None], box: Box, strip: int, kind: np.dtype[Any]) -> None:
    """Call ``work`` once in each of as many threads as there are cores, but no more than strips, each with its own desk."""
    pieces = list(strips(box, strip))
    shape, count = (pieces[0].stop, box.width), min(networks.threads(), len(pieces))
    if count == 1:
        work(Desk(shape, kind))
        return
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(work, (Desk(shape, kind) for _ in range(count))))


def strips(box: Box, pixels: int) -> Iterator[slice]:
    """Rows of a box in pieces of about that many pixels."""
    rows = min(box.height, max(1, pixels // box.width))
    for top in range(0, box.height, rows):
        yield slice(top, min(top + rows, box.height))


def touched(alpha: Alpha, cuts: list[int]) -> slice:
    """The columns, from cut to cut, in which any alpha is above 0; empty for none."""
    found = np.flatnonzero(alpha.any(0))
    if not len(found):
        return slice(0, 0)
    first, last = bisect.bisect_right(cuts, found[0]) - 1, bisect.bisect_left(cuts, found[-1] + 1)
    return slice(cuts[first], cuts[last])


class Desk:
    """One thread's own arrays: fresh ones for every strip would cost more than the arithmetic."""

    def __init__(self, shape: Size, kind: np.dtype[Any]) -> None:
        height, width = shape
        self.front, self.back = np.ones((height, 4, width), np.float32), np.empty((height, 3, width), np.float32)
        self.changed, self.alpha = np.empty((height, 6, width), np.float32), np.empty((height, width), np.float32)
        self.room = [np.empty((height, width), kind) for _ in range(3)]

    def compose(
        self, target: Pixels, foreground: Colors, alpha: Alpha, top: float, change: forms.Change | None, part: tuple[slice, slice]
    ) -> None:
        """``over`` on planes, from and to ``target``; where alpha is 0 its integers come back exactly: ``P + 0 * (F - P)``."""
        front, back, cover, room = self.take(target, foreground, alpha, top)
        if change is not None:
            changed = self.changed[: alpha.shape[0], :, : alpha.shape[1]]
            change.into(front, *part, changed)
            front[:, :3] += changed[:, :3]
        composed = front[:, :3]
        composed -= back
        composed *= cover[:, None]
        composed += back
        from_planes(composed, target, room)

    def difference(self, under: Pixels, foreground: Colors | None, alpha: Alpha) -> FloatArray:
        """``alpha * (F - P)`` and alpha as planes (height, 4, width), in [0, 1] units; 0 for no foreground."""
        front, back, cover, _ = self.take(under, under if foreground is None else foreground, alpha, 1.0)
        changed = front[:, :3]
        changed -= back
        changed *= cover[:, None]
        answer = self.changed[: alpha.shape[0], :4, : alpha.shape[1]]
        answer[:, :3], answer[:, 3] = changed, cover
        return answer

    def take(
        self, under: Pixels, foreground: Colors, alpha: Alpha, top: float
    ) -> tuple[FloatArray, FloatArray, FloatArray, list[Pixels]]:
        """The three as floats from 0 to ``top`` (alpha to 1), and room for the planes of ``under``."""
        part = np.s_[: alpha.shape[0], ..., : alpha.shape[1]]
        front, back, cover, room = self.front[part], self.back[part], self.alpha[part], [each[part] for each in self.room]
        np.multiply(alpha, np.float32(1 / white(alpha.dtype)), out=cover)
        to_planes(foreground, top, front[:, :3], room if foreground.dtype == under.dtype else None)
        to_planes(under, top, back, room)
        return front, back, cover, room
