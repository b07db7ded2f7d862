"""What a color change does to rows of pixels, form by form: the inner loops of ``apply`` and of ``stages.compositing``.

Colors travel as *planes*, (height, 4, width) float32: red, green, blue and a plane of ones, row by row, so that an affine map of
a row is one small matrix product. Every form answers with the change alone, so that no change is exactly none.
"""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.interpolation import positions
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box, Size

IDENTITY = np.eye(3, 4, dtype=np.float32)
STRIP = 1 << 15  # pixels at a time: bounds the memory


class Change:
    """A transform made ready for a box of a frame.

    Args:
        cuts: columns at which the work may be cut, 0 ... width; None for anywhere.
        into: writes the change of planes (rows of the box, columns between two cuts) into the first three planes of an array with
            six, (height, 6, width); the rest is room to work in.
        tone: curves that the planes have to go through before (``toned``), see ``tone``; None for none.
    """

    def __init__(
        self, cuts: list[int] | None, into: Callable[[FloatArray, slice, slice, FloatArray], None], tone: FloatArray | None = None
    ) -> None:
        self.cuts, self.into, self.tone = cuts, into, tone


def change(transform: Transform, box: Box, frame: Size, strength: float = 1.0, top: float = 1.0) -> Change:
    """The change that ``strength`` of a transform makes in a box of its frame, of colors from 0 to ``top``."""
    made = MAKERS[transform.kind](transform.grid, box, frame, np.float32(strength), np.float32(top))
    return Change(made.cuts, made.into, tone(transform, strength))


# ---- tone: curves before a form ------------------------------------------------------------------------------------


def tone(transform: Transform, strength: float) -> FloatArray | None:
    """The curves that ``strength`` of a transform's tone is, (knots, 3) from 0 to 1, none of them falling; None without any."""
    if transform.tone is None:
        return None
    even = np.linspace(0, 1, len(transform.tone), dtype=np.float32)[:, None]
    moved = even + np.float32(strength) * (transform.tone - even)
    return np.asarray(np.maximum.accumulate(np.clip(moved, 0, 1)), np.float32)


def tone_table(curves: FloatArray, levels: int, top: float) -> FloatArray:
    """What curves make of each of so many levels, (levels, 3), from 0 to ``top``."""
    at, even = np.linspace(0, 1, levels), np.linspace(0, 1, len(curves))
    return np.stack([np.interp(at, even, curves[:, channel] * top) for channel in range(3)], 1).astype(np.float32)


def toned(planes: FloatArray, curves: FloatArray, top: float = 1.0) -> None:
    """Send the first three planes of (height, 3 or 4, width), from 0 to ``top``, through curves, in place.

    >>> planes = np.array([[[0.25], [0.5], [1]]], np.float32)
    >>> toned(planes, np.array([[0, 0, 0], [0.6, 0.5, 0.4]], np.float32))
    >>> planes.round(3).ravel().tolist()
    [0.15000000596046448, 0.25, 0.4000000059604645]
    """
    table = tone_table(curves, len(curves), top)
    rising = np.diff(table, axis=0)
    for channel in range(3):
        below, beyond = knot_below(planes[:, channel], len(table), np.float32(top))
        beyond *= looked_up(rising[:, channel].copy(), below)
        np.add(beyond, looked_up(table[:, channel].copy(), below), out=planes[:, channel])


def affine_grid(grid: FloatArray, box: Box, frame: Size, strength: np.float32, top: np.float32) -> Change:
    """A grid of affine maps, interpolated linearly: in a row, between two centers, the map is ``A + u B`` with u the place across.

    So a row takes one product of six rows (A over B) with the planes, and one multiplication by u. The products are the same
    whatever rows are taken together, hence the same bits.
    """
    grid = strength * (grid - IDENTITY)
    grid[..., 3] *= top
    for axis in (0, 1):
        if grid.shape[axis] == 1:
            grid = np.repeat(grid, 2, axis)  # two equal rows or columns stand for one
    low, down = cell_before(grid.shape[0], box.top, box.height, frame[0])
    cell, across = cell_before(grid.shape[1], box.left, box.width, frame[1])
    pairs = np.concatenate([grid[:, :-1], np.diff(grid, axis=1)], 2)  # A over B, (rows, columns - 1, 6, 4)
    pairs = pairs[low] + down[:, None, None, None] * np.diff(pairs, axis=0)[low]  # (height, columns - 1, 6, 4)
    cuts = [0, *(np.flatnonzero(np.diff(cell)) + 1).tolist(), box.width]

    def into(planes: FloatArray, rows: slice, columns: slice, out: FloatArray) -> None:
        for first, last in itertools.pairwise(cuts):
            if columns.start <= first < columns.stop:
                part = slice(first - columns.start, last - columns.start)
                np.matmul(pairs[rows, cell[first]], planes[..., part], out=out[..., part])
        out[:, 3:] *= across[columns]
        out[:, :3] += out[:, 3:]

    return Change(cuts, into)


def one_map(transform: Transform, strength: float, top: float) -> FloatArray:
    """The map (3, 4) that ``strength`` of a global affine transform is, of colors from 0 to ``top``."""
    answer = IDENTITY + np.float32(strength) * (transform.grid[0, 0] - IDENTITY)
    answer[:, 3] *= top
    return np.asarray(answer, np.float32)


def cell_before(cells: int, start: int, count: int, whole: int) -> tuple[Any, FloatArray]:
    """The cell whose center lies before each pixel (not the last cell), and how far beyond it the pixel lies, 0 to 1."""
    at = positions(cells, start, count, whole)
    cell = np.minimum(at.astype(int), cells - 2)
    return cell, np.asarray(at - cell, np.float32)


def bilateral_grid(grid: FloatArray, box: Box, frame: Size, strength: np.float32, top: np.float32) -> Change:
    """A grid of affine maps over place and luminance (Chen et al., *Bilateral Guided Upsampling*, 2016).

    Each layer of the third axis is an affine grid, and a pixel takes the two layers next to its own luminance.
    """
    depth = grid.shape[2]
    layers = [affine_grid(np.ascontiguousarray(grid[:, :, each]), box, frame, strength, top) for each in range(depth)]

    def into(planes: FloatArray, rows: slice, columns: slice, out: FloatArray) -> None:
        at = luminance(planes) * np.float32(depth / top) - np.float32(0.5)
        np.clip(at, 0, depth - 1, out=at)
        total, weight, some = np.zeros(out[:, :3].shape, np.float32), np.empty_like(at), out[:, :3]
        for each, layer in enumerate(layers):
            np.abs(np.subtract(at, np.float32(each), out=weight), out=weight)
            np.maximum(np.subtract(1, weight, out=weight), 0, out=weight)
            if weight.any():
                layer.into(planes, rows, columns, out)
                some *= weight[:, None]
                total += some
        some[...] = total

    return Change(layers[0].cuts, into)


def luminance(planes: FloatArray) -> FloatArray:
    """0.299 R + 0.587 G + 0.114 B of the encoded values (ITU-R BT.601): (height, 3 or 4, width) -> (height, width)."""
    red, green, blue = (planes[:, channel] for channel in range(3))
    return np.asarray(np.float32(0.299) * red + np.float32(0.587) * green + np.float32(0.114) * blue, np.float32)


def knot_below(values: FloatArray, count: int, top: np.float32) -> tuple[Any, FloatArray]:
    """Of so many even knots from 0 to ``top`` the one below each value (not the last), and how far beyond it that lies, 0 to 1."""
    at = values * np.float32((count - 1) / top)
    np.clip(at, 0, count - 1, out=at)
    below = np.minimum(at.astype(np.int32), count - 2)
    return below, np.subtract(at, below, out=at)


def looked_up(table: FloatArray, index: Any) -> FloatArray:
    """``table[index]`` for indexes known to lie in it: by far the fastest of numpy's ways."""
    return np.asarray(np.take(table, index, mode="clip"), np.float32)


def curves(grid: FloatArray, box: Box, frame: Size, strength: np.float32, top: np.float32) -> Change:
    """One curve for each channel, linear between its knots; beyond black and white the change stays what it is there."""
    count = len(grid)
    moved = (strength * top * (grid - np.linspace(0, 1, count, dtype=np.float32)[:, None])).T.copy()
    rising = np.diff(moved, axis=1)

    def into(planes: FloatArray, rows: slice, columns: slice, out: FloatArray) -> None:
        for channel in range(3):
            below, beyond = knot_below(planes[:, channel], count, top)
            beyond *= looked_up(rising[channel], below)
            np.add(beyond, looked_up(moved[channel], below), out=out[:, channel])

    return Change(None, into)


def lut(grid: FloatArray, box: Box, frame: Size, strength: np.float32, top: np.float32) -> Change:
    """A cube of colors, trilinear between its corners; outside it the change stays what it is at its faces."""
    count = len(grid)
    moved = np.ascontiguousarray((strength * top * (grid - identity_lut(count))).reshape(-1, 3).T)

    def into(planes: FloatArray, rows: slice, columns: slice, out: FloatArray) -> None:
        red, green, blue = (knot_below(planes[:, channel], count, top) for channel in range(3))
        corner = (red[0] * count + green[0]) * count + blue[0]
        out[:, :3] = 0
        for r, g, b in itertools.product((0, 1), repeat=3):
            near = [beyond if far else 1 - beyond for far, (_, beyond) in zip((r, g, b), (red, green, blue), strict=True)]
            weight, at = near[0] * near[1] * near[2], corner + ((r * count + g) * count + b)
            for channel in range(3):
                out[:, channel] += weight * looked_up(moved[channel], at)

    return Change(None, into)


def identity_lut(count: int) -> FloatArray:
    """The cube that changes nothing: (count, count, count, 3), red along the first axis.

    >>> identity_lut(2)[1, 0, 1].tolist()
    [1.0, 0.0, 1.0]
    """
    even = np.linspace(0, 1, count, dtype=np.float32)
    return np.stack(np.meshgrid(even, even, even, indexing="ij"), -1)


MAKERS = {"affine-grid": affine_grid, "bilateral-grid": bilateral_grid, "curves": curves, "lut": lut}


# ---- a whole picture ------------------------------------------------------------------------------------------------


def apply(transform: Transform, colors: FloatArray, box: Box, frame: Size, strength: float = 1.0) -> FloatArray:
    """The colors changed by the transform of a frame: ``colors + strength * (T(colors) - colors)``, of its tone, then its form.

    Args:
        colors: (box height, box width, 3) float32, sRGB-encoded.
        box: where they lie in the frame whose size is ``frame``.
        strength: how much of the change is applied, 0 to 1.5.

    Returns:
        the same shape, not clipped; exactly ``colors`` where the transform changes nothing or strength is 0.
    """
    if strength == 0:
        return colors.copy()
    made = change(transform, box, frame, strength)
    answer = np.empty_like(colors)
    for top in range(0, box.height, rows := max(1, STRIP // box.width)):
        strip = slice(top, min(top + rows, box.height))
        planes = np.ones((strip.stop - top, 4, box.width), np.float32)
        planes[:, :3] = colors[strip].transpose(0, 2, 1)
        if made.tone is not None:
            toned(planes, made.tone)
        out = np.empty((strip.stop - top, 6, box.width), np.float32)
        made.into(planes, strip, slice(0, box.width), out)
        answer[strip] = (planes[:, :3] + out[:, :3]).transpose(0, 2, 1)
    return answer
