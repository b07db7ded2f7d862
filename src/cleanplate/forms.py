"""What a color change does to rows of pixels, form by form: the inner loops of ``lifting`` and ``strips``.

Colors travel as *planes*, (height, 4, width) float32: red, green, blue and a plane of ones, row by row, so that an affine map of
a row is one small matrix product. Every form answers with the change alone, so that no change is exactly none.
"""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from cleanplate.color import FloatArray
from cleanplate.types import Box, Size, Transform

IDENTITY = np.eye(3, 4, dtype=np.float32)


class Change:
    """A transform made ready for a box of a frame.

    Args:
        cuts: columns at which the work may be cut: 0 ... width.
        into: writes the change of planes (rows of the box, columns between two cuts) into the first three planes of an array with
            six, (height, 6, width); the rest is room to work in.
    """

    def __init__(self, cuts: list[int], into: Callable[[FloatArray, slice, slice, FloatArray], None]) -> None:
        self.cuts, self.into = cuts, into


def change(transform: Transform, box: Box, frame: Size, strength: float = 1.0, top: float = 1.0) -> Change:
    """The change that ``strength`` of a transform makes in a box of its frame, of colors from 0 to ``top``."""
    return MAKERS[transform.kind](transform.grid, box, frame, np.float32(strength), np.float32(top))


def interpolation(cells: int, start: int, count: int, whole: int) -> FloatArray:
    """(count, cells) weights of linear interpolation from cell centers to pixels ``start ...`` of ``whole``, flat at both ends."""
    at = positions(cells, start, count, whole)
    return np.asarray(np.maximum(0, 1 - np.abs(at[:, None] - np.arange(cells))), np.float32)


def positions(cells: int, start: int, count: int, whole: int) -> Any:
    """Where pixels ``start ...`` of ``whole`` lie among the centers of the cells, in float64 from 0 to cells - 1."""
    return np.clip((np.arange(start, start + count) + 0.5) * cells / whole - 0.5, 0, cells - 1)


def affine_grid(grid: FloatArray, box: Box, frame: Size, strength: np.float32, top: np.float32) -> Change:
    """A grid of affine maps, interpolated linearly: in a row, between two centers, the map is ``A + u B`` with u the place across.

    So a row takes one product of six rows (A over B) with the planes, and one multiplication by u. The products are the same
    whatever rows are taken together, hence the same bits.
    """
    grid = strength * (grid - IDENTITY)
    grid[..., 3] *= top
    if grid.shape[1] == 1:
        grid = np.repeat(grid, 2, 1)  # two equal columns stand for one
    down = interpolation(grid.shape[0], box.top, box.height, frame[0])
    left = np.tensordot(down, grid[:, :-1], 1)  # (height, columns - 1, 3, 4)
    pairs = np.concatenate([left, np.tensordot(down, np.diff(grid, axis=1), 1)], 2)  # A over B
    at = positions(grid.shape[1], box.left, box.width, frame[1])
    cell = np.minimum(at.astype(int), grid.shape[1] - 2)
    across = np.asarray(at - cell, np.float32)
    cuts = [0, *(np.flatnonzero(np.diff(cell)) + 1).tolist(), box.width]

    def into(planes: FloatArray, rows: slice, columns: slice, out: FloatArray) -> None:
        for first, last in itertools.pairwise(cuts):
            if columns.start <= first < columns.stop:
                part = slice(first - columns.start, last - columns.start)
                np.matmul(pairs[rows, cell[first]], planes[..., part], out=out[..., part])
        out[:, 3:] *= across[columns]
        out[:, :3] += out[:, 3:]

    return Change(cuts, into)


MAKERS = {"affine-grid": affine_grid}
