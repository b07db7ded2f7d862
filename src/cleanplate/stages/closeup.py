"""How near a harmonizer looks at somebody: it sees the whole plate, or a window of it around who is small there.

The networks see 64 or 256 pixels, and have learned from photos of people. Of somebody a fifth as high as their plate they would
see a few pixels, and answer as if by chance. A window is 4 x 4 cells of a frame that has ``cells`` x ``cells`` of them, so that the
grid of its color change is a part of a grid of the whole frame's.
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
FINEST = 20  # cells along a frame's side at most
TOO_FAR = 1.5  # times as fine as now that a better window is for it to be taken
PLACED = ("affine-grid", "bilateral-grid")  # forms of a color change that are spread over the frame


class Window(NamedTuple):
    """Where a window lies: its first cell from the top and from the left, and how many cells along each side the frame has."""

    top: int = 0
    left: int = 0
    cells: int = CELLS

    def box(self, frame: Size) -> Box:
        """The window in pixels.

        >>> Window(1, 2, 8).box((80, 160))
        Box(top=10, left=40, height=40, width=80)
        """
        top, bottom = (round(at * frame[0] / self.cells) for at in (self.top, self.top + CELLS))
        left, right = (round(at * frame[1] / self.cells) for at in (self.left, self.left + CELLS))
        return Box(top, left, max(1, bottom - top), max(1, right - left))


WHOLE = Window()


def around(person: Box, frame: Size) -> Window:
    """The window of the frame's shape that somebody fills well, with them in its middle as far as the frame goes.

    >>> around(Box(10, 10, 60, 20), (100, 100)) == WHOLE, around(Box(40, 70, 30, 20), (100, 100))
    (True, Window(top=2, left=4, cells=8))
    """
    share = max(person.height / frame[0], person.width / frame[1])
    cells = min(max(CELLS, int(CELLS * FILLED / share)), FINEST)
    middle = (person.top + person.height / 2) / frame[0], (person.left + person.width / 2) / frame[1]
    top, left = (min(max(0, math.floor(at * cells - CELLS / 2 + 0.5)), cells - CELLS) for at in middle)
    return Window(top, left, cells)


def kept(window: Window, person: Box, frame: Size) -> Window:
    """The window of the frame before while somebody is inside and not far too small in it, else a better one."""
    box, better = window.box(frame), around(person, frame)
    inside = box.top <= person.top and person.top + person.height <= box.top + box.height
    inside = inside and box.left <= person.left and person.left + person.width <= box.left + box.width
    return window if inside and better.cells < TOO_FAR * window.cells else better


def over_frame(transform: Transform, window: Window) -> Transform:
    """A color change of a window as one of the whole frame: inside the same, around it as at its border."""
    grid = transform.grid
    if window.cells == CELLS or transform.kind not in PLACED or grid.shape[:2] == (1, 1):
        return transform
    rows, columns = (math.lcm(each, CELLS) for each in grid.shape[:2])
    down, across = rows // CELLS, columns // CELLS  # cells of the grid in one of the window's
    beyond = window.cells - CELLS
    sides = (window.top * down, (beyond - window.top) * down), (window.left * across, (beyond - window.left) * across)
    padded = np.pad(of_cells(grid, rows, columns), (*sides, *[(0, 0)] * (grid.ndim - 2)), "edge")
    return Transform(padded, transform.kind, transform.confidence, transform.tone)


def of_cells(grid: FloatArray, rows: int, columns: int) -> FloatArray:
    """A grid of color changes with other numbers of cells, interpolated linearly; itself where it has them."""
    if grid.shape[:2] == (rows, columns):
        return grid
    down, across = (interpolation(then, 0, now, now) for now, then in zip((rows, columns), grid.shape[:2], strict=True))
    return np.asarray(np.tensordot(down, np.tensordot(across, grid, (1, 1)), (1, 1)), np.float32)
