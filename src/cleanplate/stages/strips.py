"""A box of a picture worked on in strips of rows, on all cores, by each thread on a desk of its own."""

import bisect
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from cleanplate.pixels import threads
from cleanplate.pixels.color import FloatArray, Pixels, to_planes, white
from cleanplate.values import Box, Size

Alpha = FloatArray | npt.NDArray[np.uint8]
Colors = Pixels | FloatArray
Part = tuple[slice, slice]  # rows and columns of a box

STRIP = 1 << 17  # pixels worked on at a time: small for the cache, yet so many that threads seldom wait for Python's lock


class Desk:
    """One thread's own arrays: fresh ones for every strip would cost more than the arithmetic.

    Args:
        shape: (height, width) of the largest strip.
        kind: the type of the picture's pixels.
    """

    def __init__(self, shape: Size, kind: np.dtype[Any]) -> None:
        height, width = shape
        self.front, self.back = np.ones((height, 4, width), np.float32), np.empty((height, 3, width), np.float32)
        self.changed, self.alpha = np.empty((height, 6, width), np.float32), np.empty((height, width), np.float32)
        self.room = np.empty((3, height, width), kind)

    def load(
        self, under: Pixels, foreground: Colors, alpha: Alpha, top: float, table: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray, FloatArray, Pixels]:
        """Foreground (its fourth plane is of ones), what lies under it and alpha as floats, and room for the planes of ``under``.

        Args:
            top: to which the colors go; alpha goes to 1.
            table: what the foreground's integers are turned into on the way.
        """
        part = np.s_[: alpha.shape[0], ..., : alpha.shape[1]]
        front, back, cover, room = self.front[part], self.back[part], self.alpha[part], self.room[:, *part]
        np.multiply(alpha, np.float32(1 / white(alpha.dtype)), out=cover)
        to_planes(foreground, top, front[:, :3], room if foreground.dtype == under.dtype else None, table)
        to_planes(under, top, back, room)
        return front, back, cover, room


def with_desks(work: Callable[[Desk], None], box: Box, strip: int, kind: np.dtype[Any]) -> None:
    """Call ``work`` once in each of as many threads as there are cores, but no more than strips, each with its own desk.

    ``work`` takes strips that no other has taken.
    """
    pieces = list(strips(box, strip))
    shape, count = (pieces[0].stop, box.width), min(threads.cores(), len(pieces))
    if count == 1:
        work(Desk(shape, kind))
        return
    with ThreadPoolExecutor(count - 1) as pool:
        others = [pool.submit(work, Desk(shape, kind)) for _ in range(count - 1)]
        work(Desk(shape, kind))  # this thread too: one fewer to start, which small pictures would wait for
        for each in others:
            each.result()


def strips(box: Box, pixels: int) -> Iterator[slice]:
    """Rows of a box in pieces of about that many pixels."""
    rows = min(box.height, max(1, pixels // box.width))
    for top in range(0, box.height, rows):
        yield slice(top, min(top + rows, box.height))


def touched(alpha: Alpha, cuts: list[int] | None = None) -> slice:
    """The columns in which any alpha is above 0, widened to the next cuts where it may not be cut anywhere; empty for none.

    >>> touched(np.float32([[0, 1, 0, 1, 0]])), touched(np.float32([[0, 1, 0, 0]]), [0, 2, 4])
    (slice(1, 4, None), slice(0, 2, None))
    """
    columns = np.flatnonzero(alpha.any(0))
    if not len(columns):
        return slice(0, 0)
    first, last = int(columns[0]), int(columns[-1]) + 1
    return slice(cuts[bisect.bisect_right(cuts, first) - 1], cuts[bisect.bisect_left(cuts, last)]) if cuts else slice(first, last)
