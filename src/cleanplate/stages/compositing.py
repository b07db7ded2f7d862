"""The whole full-size pixel path in one pass: lift and compose strip by strip, in place, on all cores."""

import bisect
import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels import threads
from cleanplate.pixels.color import FloatArray, Pixels, from_planes, to_planes, to_uint8, white
from cleanplate.pixels.resampling import reduce, shares, shrink_last
from cleanplate.stages import light_wrap
from cleanplate.transforms import applying
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box, Size

Alpha = FloatArray | npt.NDArray[np.uint8]
Colors = Pixels | FloatArray

STRIP = 1 << 17  # pixels worked on at a time: small for the cache, yet so many that threads seldom wait for Python's lock


def finish(
    image: Pixels,
    foreground: Colors,
    alpha: Alpha,
    box: Box,
    transform: Transform | None = None,
    strength: float = 1.0,
    strip: int = STRIP,
    light: light_wrap.Spill | None = None,
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
        strength: how much of it is applied, 0 to 1.5; of a tone first, then of the form.
        strip: about how many pixels are worked on at a time.
        light: of the plate, that spills over the lifted foreground.

    >>> image = np.zeros((1, 2, 3), np.uint8)
    >>> finish(image, np.full((1, 1, 3), 200, np.uint8), np.full((1, 1), 0.5, np.float32), Box(0, 1, 1, 1))
    >>> image[0].tolist()
    [[0, 0, 0], [100, 100, 100]]
    """
    size = image.shape[0], image.shape[1]
    top = white(image.dtype)
    change = applying.change(transform, box, size, strength, top) if transform is not None and strength > 0 else None
    levels = None if foreground.dtype == np.float32 else int(white(foreground.dtype)) + 1
    table = applying.tone_table(change.tone, levels, top) if change and change.tone is not None and levels else None
    todo = iter(list(strips(box, strip)))  # of a list: its next() may be called from several threads

    def work(desk: Desk) -> None:
        for rows in todo:
            columns = touched(alpha[rows], change.cuts if change else None)
            if columns.stop:
                part = rows, columns
                desk.compose(image[box.slices][part], foreground[part], alpha[part], top, change, part, table, light)

    on_all_cores(work, box, strip, image.dtype)


def finish_quickly(
    image: Pixels, foreground: Colors, alpha: FloatArray, box: Box, transform: Transform | None = None, strength: float = 1.0
) -> None:
    """``finish`` of 8 bits with one map or none, by OpenCV's integers: far less work, and within two levels of it.

    But for colors that the map takes beyond black or white: they are clipped before they are composed, not after it.

    Args:
        image, foreground, alpha, box, strength: as in ``finish``, the first two uint8, alpha float32.
        transform: a single global affine map; without one the colors stay.
    """
    one = None if transform is None else applying.one_map(transform, strength, white(image.dtype))
    curves = None if transform is None else applying.tone(transform, strength)
    table = None if curves is None else to_uint8(applying.tone_table(curves, 256, 1.0))[:, None]
    target = image[box.slices]

    def work(rows: slice) -> None:
        columns = touched(alpha[rows])
        if columns.stop:
            part = rows, columns
            front, cover = foreground[part] if table is None else cv2.LUT(foreground[part], table), alpha[part]
            front = front if one is None else cv2.transform(front, one)
            target[part] = cv2.blendLinear(front, target[part], cover, 1 - cover)

    threads.on_all_cores(work, list(strips(box, STRIP)))


def shrunk(
    under: Pixels, foreground: Colors | None, alpha: Alpha, box: Box, side: int, strip: int = STRIP, finer: int = 8
) -> tuple[FloatArray, FloatArray]:
    """What composing will change in a picture, and the alpha, both as the harmonizer sees them: shrunk by area to (side, side).

    Shrinking is linear, so ``shrink(over(F, alpha, P)) = shrink(P) + shrink(alpha * (F - P))``: the composite itself is not needed.

    Args:
        under, foreground, alpha, box: as in ``finish``; without a foreground (it lies in ``under`` already) nothing will change.
        finer: all three are halved first, F, alpha and P each by itself, while they stay this many times as large as the answer.

    Returns:
        the change (side, side, 3) and the alpha (side, side), float32 in [0, 1] units.
    """
    frame, step = (under.shape[0], under.shape[1]), 1
    while min(frame) >= 2 * finer * side * step:
        step *= 2
    answer = np.zeros((side, 1 if foreground is None else 4, side), np.float32)
    for part, fewer in halved(box, step):
        own = Box(part.top - box.top, part.left - box.left, part.height, part.width).slices
        inside, cover, front = under[part.slices], alpha[own], None if foreground is None else foreground[own]
        if fewer > 1:
            part = Box(part.top // fewer, part.left // fewer, part.height // fewer, part.width // fewer)
            few = part.height, part.width
            inside, cover, front = reduce(inside, few, 1), reduce(cover, few, 1), None if front is None else reduce(front, few, 1)
        add_shrunk(answer, inside, front, cover, part, [each / fewer for each in frame], strip)
    if foreground is None:
        return np.zeros((side, side, 3), np.float32), np.ascontiguousarray(answer[:, 0])
    return answer[:, :3].transpose(0, 2, 1) / np.float32(white(under.dtype)), np.ascontiguousarray(answer[:, 3])


def halved(box: Box, step: int) -> Iterator[tuple[Box, int]]:
    """A box in parts: its middle, which lies on multiples of ``step`` and may be shrunk so many times, and what is around that.

    >>> [(part.top, part.height, fewer) for part, fewer in halved(Box(3, 0, 10, 8), 4)]
    [(3, 1, 1), (4, 8, 4), (12, 1, 1)]
    """
    bottom, right = box.top + box.height, box.left + box.width
    rows, columns = (
        sorted({first, min(-(-first // step) * step, last), max(last // step * step, first), last})
        for first, last in ((box.top, bottom), (box.left, right))
    )
    for top, end in itertools.pairwise(rows):
        for left, stop in itertools.pairwise(columns):
            whole = all(at % step == 0 for at in (top, end, left, stop))
            yield Box(top, left, end - top, stop - left), step if whole else 1


def add_shrunk(
    answer: FloatArray, inside: Pixels, foreground: Colors | None, alpha: Alpha, box: Box, frame: Sequence[float], strip: int
) -> None:
    """Add ``alpha * (F - P)`` and alpha of a box, shrunk by area from a frame of that size, to ``answer``."""
    side, channels = answer.shape[0], answer.shape[1]
    down = shares(side, box.top, box.height, frame[0])
    cell = int(frame[0] // side)
    todo = iter(list(strips(box, max(strip, box.width * cell))))  # at least a cell high: few sums to keep
    sums: list[tuple[int, slice, FloatArray]] = []

    def work(desk: Desk) -> None:
        for chunk in todo:
            cells = reach(down[:, chunk])
            total = np.zeros((cells.stop - cells.start, channels, box.width), np.float32)
            for rows in strips(Box(chunk.start, 0, chunk.stop - chunk.start, box.width), strip):
                part = slice(rows.start + chunk.start, rows.stop + chunk.start), touched(alpha[chunk][rows])
                if part[1].stop:
                    planes = desk.difference(inside[part], None if foreground is None else foreground[part], alpha[part])
                    some = reach(down[:, part[0]])
                    share = np.einsum("cr,rpw->cpw", down[some, part[0]], planes)
                    total[some.start - cells.start : some.stop - cells.start, :, part[1]] += share
            sums.append((chunk.start, cells, total))

    on_all_cores(work, box, strip, inside.dtype)
    covered = reach(down)
    seen = np.zeros((covered.stop - covered.start, channels, box.width), np.float32)
    for _, cells, total in sorted(sums, key=lambda each: each[0]):  # in one order, so that sums come out the same each time
        seen[cells.start - covered.start : cells.stop - covered.start] += total
    answer[covered] += shrink_last(seen, side, box.left, frame[1])


def on_all_cores(work: Callable[["Desk"], None], box: Box, strip: int, kind: np.dtype[Any]) -> None:
    """Call ``work`` once in each of as many threads as there are cores, but no more than strips, each with its own desk."""
    pieces = list(strips(box, strip))
    shape, count = (pieces[0].stop, box.width), min(threads.cores(), len(pieces))
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


def touched(alpha: Alpha, cuts: list[int] | None = None) -> slice:
    """The columns in which any alpha is above 0, widened to the next cuts where it may not be cut anywhere; empty for none."""
    found = np.flatnonzero(alpha.any(0))
    if not len(found):
        return slice(0, 0)
    first, last = int(found[0]), int(found[-1]) + 1
    return slice(cuts[bisect.bisect_right(cuts, first) - 1], cuts[bisect.bisect_left(cuts, last)]) if cuts else slice(first, last)


def reach(weights: FloatArray) -> slice:
    """From the first to the last row that is not all 0."""
    found = np.flatnonzero(weights.any(1))
    return slice(int(found[0]), int(found[-1]) + 1)


class Desk:
    """One thread's own arrays: fresh ones for every strip would cost more than the arithmetic."""

    def __init__(self, shape: Size, kind: np.dtype[Any]) -> None:
        height, width = shape
        self.front, self.back = np.ones((height, 4, width), np.float32), np.empty((height, 3, width), np.float32)
        self.changed, self.alpha = np.empty((height, 6, width), np.float32), np.empty((height, width), np.float32)
        self.room = np.empty((3, height, width), kind)

    def compose(
        self, target: Pixels, foreground: Colors, alpha: Alpha, top: float, change: applying.Change | None,
        part: tuple[slice, slice], table: FloatArray | None = None, light: light_wrap.Spill | None = None,
    ) -> None:  # fmt: skip
        """``over`` on planes, from and to ``target``; where alpha is 0 its integers come back exactly: ``P + 0 * (F - P)``."""
        front, back, cover, room = self.take(target, foreground, alpha, top, table)
        if change is not None:
            if change.tone is not None and table is None:
                applying.toned(front, change.tone, top)
            changed = self.changed[: alpha.shape[0], :, : alpha.shape[1]]
            change.into(front, *part, changed)
            front[:, :3] += changed[:, :3]
        composed = front[:, :3]
        if light is not None:
            light.into(composed, *part, top)
        composed -= back
        composed *= cover[:, None]
        composed += back
        from_planes(composed, target, room)

    def difference(self, under: Pixels, foreground: Colors | None, alpha: Alpha) -> FloatArray:
        """``alpha * (F - P)``, in the units of P, and alpha as planes (height, 4, width); without a foreground alpha alone."""
        answer = self.front[: alpha.shape[0], :, : alpha.shape[1]]
        if foreground is None:
            answer = answer[:, 3:]
            np.multiply(alpha, np.float32(1 / white(alpha.dtype)), out=answer[:, 0])
            return answer
        front, back, cover, _ = self.take(under, foreground, alpha, white(under.dtype))
        changed = front[:, :3]
        changed -= back
        changed *= cover[:, None]
        answer[:, 3] = cover  # in the place of the ones, which no change of this desk needs
        return answer

    def take(
        self, under: Pixels, foreground: Colors, alpha: Alpha, top: float, table: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray, FloatArray, Pixels]:
        """The three as floats from 0 to ``top`` (alpha to 1), and room for the planes of ``under``."""
        part = np.s_[: alpha.shape[0], ..., : alpha.shape[1]]
        front, back, cover, room = self.front[part], self.back[part], self.alpha[part], self.room[:, *part]
        np.multiply(alpha, np.float32(1 / white(alpha.dtype)), out=cover)
        to_planes(foreground, top, front[:, :3], room if foreground.dtype == under.dtype else None, table)
        to_planes(under, top, back, room)
        return front, back, cover, room
