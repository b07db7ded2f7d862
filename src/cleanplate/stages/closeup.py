"""How near a harmonizer looks at somebody: it sees the whole plate, or a window of it around who is small there.

The networks see 64 or 256 pixels, and have learned from photos of people. Of somebody a fifth as high as their plate they would
see a few pixels, and answer as if by chance. A window is 4 x 4 cells of a frame that has ``rows`` x ``columns`` of them, so that
the grid of its color change is a part of a grid of the whole frame's.
"""

import math
from typing import NamedTuple

import numpy as np

from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.interpolation import interpolation
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box, Size

CELLS = 4  # along each side of a window
FILLED = 0.65  # of a window's height or width, that somebody who is small in their plate fills about
COVERED = 0.2  # of a window, by the box around somebody slim: a window is narrower than the frame's shape until they have as much,
NARROWEST = 0.75  # but as wide at least over its height
FINEST = 20  # cells along a frame's side at most
TOO_FAR = 1.5  # times as fine as now that a better window is for it to be taken
PLACED = ("affine-grid", "bilateral-grid")  # forms of a color change that are spread over the frame


class Window(NamedTuple):
    """Where a window lies: its first cell from the top and from the left, and how many rows and columns of cells the frame has."""

    top: int = 0
    left: int = 0
    rows: int = CELLS
    columns: int = CELLS

    def box(self, frame: Size) -> Box:
        """The window in pixels.

        >>> Window(1, 2, 8, 10).box((80, 160))
        Box(top=10, left=32, height=40, width=64)
        """
        top, bottom = (round(at * frame[0] / self.rows) for at in (self.top, self.top + CELLS))
        left, right = (round(at * frame[1] / self.columns) for at in (self.left, self.left + CELLS))
        return Box(top, left, max(1, bottom - top), max(1, right - left))


WHOLE = Window()


def around(person: Box, frame: Size) -> Window:
    """The window of the frame's shape, or narrower, that somebody fills well, with them in its middle as far as the frame goes.

    >>> around(Box(10, 10, 60, 40), (100, 100)) == WHOLE, around(Box(40, 70, 30, 20), (100, 100))
    (True, Window(top=2, left=4, rows=8, columns=8))
    >>> around(Box(40, 70, 30, 5), (100, 100))
    Window(top=2, left=5, rows=8, columns=10)
    """
    share = max(person.height / frame[0], person.width / frame[1])
    rows = min(max(CELLS, int(CELLS * FILLED / share)), FINEST)
    high = CELLS * frame[0] / rows
    wide = max(NARROWEST * high, person.width / FILLED, person.height * person.width / (COVERED * high))
    columns = min(max(rows, int(CELLS * frame[1] / wide)), FINEST)
    top = first(person.top + person.height / 2, frame[0], rows)
    return Window(top, first(person.left + person.width / 2, frame[1], columns), rows, columns)


def first(middle: float, side: int, cells: int) -> int:
    """The first cell of a window with that middle, in pixels, as far as a side of the frame with so many cells goes."""
    return min(max(0, math.floor(middle / side * cells - CELLS / 2 + 0.5)), cells - CELLS)


def kept(window: Window, person: Box, frame: Size) -> Window:
    """The window of the frame before while somebody is inside and not far too small in it, else a better one."""
    box, better = window.box(frame), around(person, frame)
    inside = box.top <= person.top and person.top + person.height <= box.top + box.height
    inside = inside and box.left <= person.left and person.left + person.width <= box.left + box.width
    fine = better.rows < TOO_FAR * window.rows and better.columns < TOO_FAR * window.columns
    return window if inside and fine else better


def over_frame(transform: Transform, window: Window) -> Transform:
    """A color change of a window as one of the whole frame: inside the same, around it as at its border."""
    grid = transform.grid
    if (window.rows, window.columns) == (CELLS, CELLS) or transform.kind not in PLACED or grid.shape[:2] == (1, 1):
        return transform
    rows, columns = (math.lcm(each, CELLS) for each in grid.shape[:2])
    down, across = rows // CELLS, columns // CELLS  # cells of the grid in one of the window's
    below, right = window.rows - CELLS - window.top, window.columns - CELLS - window.left
    sides = (window.top * down, below * down), (window.left * across, right * across)
    padded = np.pad(of_cells(grid, rows, columns), (*sides, *[(0, 0)] * (grid.ndim - 2)), "edge")
    return Transform(padded, transform.kind, transform.confidence, transform.tone)


def of_cells(grid: FloatArray, rows: int, columns: int) -> FloatArray:
    """A grid of color changes with other numbers of cells, interpolated linearly; itself where it has them."""
    if grid.shape[:2] == (rows, columns):
        return grid
    down, across = (interpolation(then, 0, now, now) for now, then in zip((rows, columns), grid.shape[:2], strict=True))
    return np.asarray(np.tensordot(down, np.tensordot(across, grid, (1, 1)), (1, 1)), np.float32)
