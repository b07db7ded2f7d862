"""Carry a color change found on a small picture to the full-size picture: only color moves, never texture."""

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate import forms
from cleanplate.color import FloatArray
from cleanplate.resampling import squash
from cleanplate.types import Box, Size, Transform

CELLS = 8  # rows and columns of a fitted grid
RIDGE = 1e-3  # of the one affine map, towards changing nothing; in shares of the foreground
LOCAL_RIDGE = 5e-3  # of a cell's map, towards that one
DoubleArray = npt.NDArray[np.float64]
STRIP = 1 << 16  # pixels at a time: bounds the memory


def solve(products: DoubleArray, results: DoubleArray, prior: DoubleArray, ridge: float) -> DoubleArray:
    """Ridge regression ``(X'X + ridge) M = X'Y + ridge * prior`` for (..., 4, 4), (..., 4, 3) and (..., 4, 3)."""
    weight = ridge * np.eye(4)
    return np.asarray(np.linalg.solve(products + weight, results + weight @ prior))


def fit(before: FloatArray, after: FloatArray, alpha: FloatArray) -> Transform:
    """The smooth color change that takes ``before`` to ``after`` in the foreground.

    One affine map for the whole foreground, then one for each of 8 x 8 cells, drawn to it where the cell says little: masked normal
    equations, as in bilateral guided upsampling (Chen et al. 2016) without the range axis.

    Args:
        before, after: (rows, columns, 3) float32, sRGB-encoded in [0, 1].
        alpha: (rows, columns) float32 in [0, 1], the weight.
    """
    colors = np.concatenate([before, np.ones_like(before[..., :1])], 2).astype(np.float64)
    weighted = colors * alpha[..., None]
    products = (weighted[..., :, None] * colors[..., None, :]).reshape(*alpha.shape, 16)
    results = (weighted[..., :, None] * after[..., None, :]).reshape(*alpha.shape, 12)
    share = max(float(alpha.mean()), 1e-6)
    identity = np.eye(4, 3)
    whole = solve(products.mean((0, 1)).reshape(4, 4) / share, results.mean((0, 1)).reshape(4, 3) / share, identity, RIDGE)
    cells = squash(np.concatenate([products, results], 2), CELLS)
    cells = np.asarray(cv2.GaussianBlur(cells, (0, 0), 1.0), np.float64) / share
    maps = solve(cells[..., :16].reshape(CELLS, CELLS, 4, 4), cells[..., 16:].reshape(CELLS, CELLS, 4, 3), whole, LOCAL_RIDGE)
    return Transform(np.ascontiguousarray(maps.swapaxes(2, 3), dtype=np.float32))


def apply(transform: Transform, colors: FloatArray, box: Box, frame: Size, strength: float = 1.0) -> FloatArray:
    """The colors changed by the transform of a frame: ``colors + strength * (T(colors) - colors)``.

    Args:
        colors: (box height, box width, 3) float32, sRGB-encoded.
        box: where they lie in the frame whose size is ``frame``.
        strength: how much of the change is applied, 0 to 1.

    Returns:
        the same shape, not clipped; exactly ``colors`` where the transform changes nothing or strength is 0.
    """
    change = forms.change(transform, box, frame, strength)
    answer = np.empty_like(colors)
    for top in range(0, box.height, rows := max(1, STRIP // box.width)):
        strip = slice(top, min(top + rows, box.height))
        planes = np.ones((strip.stop - top, 4, box.width), np.float32)
        planes[:, :3] = colors[strip].transpose(0, 2, 1)
        out = np.empty((strip.stop - top, 6, box.width), np.float32)
        change.into(planes, strip, slice(0, box.width), out)
        answer[strip] = (planes[:, :3] + out[:, :3]).transpose(0, 2, 1)
    return answer
