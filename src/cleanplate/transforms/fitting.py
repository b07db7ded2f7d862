"""The color change that takes one small picture to another, as a transform that then moves the full-size picture's colors.

A network that answers with colors is fitted so; and a transform is recast in another form.
"""

from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.interpolation import shares
from cleanplate.pixels.resampling import resize
from cleanplate.transforms import applying
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box

DoubleArray = npt.NDArray[np.float64]
Kind = Literal["affine", "bilateral-grid", "lut"]  # "affine" is an affine grid of one cell

UNCHANGED = np.eye(4, 3)  # the affine map that changes nothing
RIDGE = 1e-3  # of the one affine map, towards changing nothing; in shares of the foreground
CELLS = 8  # rows and columns of a fitted grid of affine maps
LOCAL_RIDGE = 5e-3  # of a cell's map, towards the one map
FINE_CELLS, DEPTH = 16, 8  # rows and columns, and layers of luminance, of a fitted bilateral grid (Chen et al.'s)
FINE_RIDGE = 5e-5  # of its cells, towards the coarse grid
SOFT = 0.7  # cells; with 1.0 an answer was kept 2 dB less well (benchmarks/lifted.py)
LUT_KNOTS = 33  # along each side of a fitted cube: what editors expect of a .cube file
SPREADS = (4.0, 2.0, 1.0)  # knots over which a color speaks for its neighbors in the cube, coarse to fine
LEAST_SAY = 1e-4  # of the foreground's share in a cube's corner, below which the affine map speaks


def fit(before: FloatArray, after: FloatArray, alpha: FloatArray, kind: Kind = "bilateral-grid") -> Transform:
    """The color change that takes ``before`` to ``after`` in the foreground, in the form that is asked for.

    Args:
        before, after: (rows, columns, 3) float32, sRGB-encoded in [0, 1].
        alpha: (rows, columns) float32 in [0, 1], the weight.
    """
    return FITS[kind](before, after, alpha)


def recast(transform: Transform, before: FloatArray, alpha: FloatArray, kind: Kind) -> Transform:
    """A transform in another form: the one that does most nearly the same to a foreground.

    Args:
        before: (rows, columns, 3) float32, the whole frame's colors, at any size.
        alpha: (rows, columns) float32 in [0, 1], where the foreground is.
    """
    size = alpha.shape[0], alpha.shape[1]
    after = applying.apply(transform, before, Box(0, 0, *size), size)
    one = kind == "affine"
    found = fit_affine(before, after, alpha, usual_map(transform, alpha)) if one else fit(before, after, alpha, kind)
    return Transform(found.grid, found.kind, transform.confidence)


def usual_map(transform: Transform, alpha: FloatArray) -> DoubleArray:
    """The mean (4, 3) of a grid's affine maps over the foreground; of another form, the map that changes nothing."""
    if transform.kind != "affine-grid":
        return UNCHANGED
    weight = resize(alpha, transform.grid.shape[:2]) + np.float32(1e-6)
    return np.asarray(np.tensordot(weight / weight.sum(), transform.grid, 2).T, np.float64)


# ---- affine maps: weighted least squares ---------------------------------------------------------------------------


def solve(products: DoubleArray, results: DoubleArray, prior: DoubleArray, ridge: float) -> DoubleArray:
    """Ridge regression ``(X'X + ridge) M = X'Y + ridge * prior`` for (..., 4, 4), (..., 4, 3) and (..., 4, 3)."""
    weight = ridge * np.eye(4)
    return np.asarray(np.linalg.solve(products + weight, results + weight @ prior))


def equations(before: FloatArray, after: FloatArray, alpha: FloatArray) -> DoubleArray:
    """Each pixel's ``alpha X'X`` (16 numbers) and ``alpha X'Y`` (12), X the color and 1, over the foreground's share."""
    colors = np.concatenate([before, np.ones_like(before[..., :1])], 2).astype(np.float64)
    weighted = colors * (alpha / max(float(alpha.mean()), 1e-6))[..., None]
    products = (weighted[..., :, None] * colors[..., None, :]).reshape(*alpha.shape, 16)
    results = (weighted[..., :, None] * after[..., None, :]).reshape(*alpha.shape, 12)
    return np.concatenate([products, results], 2)


def pooled(each: DoubleArray, cells: int) -> DoubleArray:
    """The means over cells x cells, each softened by its neighbors (a Gaussian of ``SOFT`` cells), so that there are no seams."""
    down, across = (shares(cells, 0, length, length) for length in each.shape[:2])
    means = np.tensordot(down, np.tensordot(across, each, (1, 1)), (1, 1))
    return np.asarray(cv2.GaussianBlur(means, (0, 0), SOFT), np.float64)


def solved(sums: DoubleArray, prior: DoubleArray, ridge: float) -> DoubleArray:
    """(..., 28) equations -> (..., 4, 3) maps."""
    return solve(sums[..., :16].reshape(*sums.shape[:-1], 4, 4), sums[..., 16:].reshape(*sums.shape[:-1], 4, 3), prior, ridge)


def as_grid(maps: DoubleArray) -> FloatArray:
    return np.ascontiguousarray(maps.swapaxes(-1, -2), dtype=np.float32)


def global_map(each: DoubleArray, prior: DoubleArray = UNCHANGED) -> DoubleArray:
    """The one affine map (4, 3) of a foreground, drawn to ``prior``, which changes nothing unless given."""
    return solved(each.mean((0, 1)), prior, RIDGE)


def coarse_maps(each: DoubleArray) -> DoubleArray:
    """(8, 8, 4, 3): one map for the whole foreground, then one for each cell, drawn to it where the cell says little."""
    return solved(pooled(each, CELLS), global_map(each), LOCAL_RIDGE)


def fit_affine(before: FloatArray, after: FloatArray, alpha: FloatArray, prior: DoubleArray = UNCHANGED) -> Transform:
    """One affine map for the whole foreground."""
    return Transform(as_grid(global_map(equations(before, after, alpha), prior))[None, None])


def fit_bilateral_grid(before: FloatArray, after: FloatArray, alpha: FloatArray) -> Transform:
    """16 x 16 x 8 affine maps over place and luminance (Chen et al., *Bilateral Guided Upsampling*, 2016).

    Masked normal equations for each cell, blurred over the cells next to it, drawn to the coarse grid where a cell says little.
    """
    each = equations(before, after, alpha)
    prior = np.asarray(cv2.resize(coarse_maps(each).reshape(CELLS, CELLS, 12), (FINE_CELLS, FINE_CELLS)), np.float64)
    at = np.clip(applying.luminance(before.transpose(0, 2, 1)) * DEPTH - 0.5, 0, DEPTH - 1)
    weights = [np.maximum(0, 1 - np.abs(at - layer))[..., None] for layer in range(DEPTH)]
    layers = np.stack([pooled(each * weight, FINE_CELLS) for weight in weights])
    padded = np.pad(layers, [(1, 1)] + [(0, 0)] * 3)
    blurred = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    maps = solved(np.moveaxis(blurred, 0, 2), prior.reshape(FINE_CELLS, FINE_CELLS, 1, 4, 3), FINE_RIDGE)
    return Transform(as_grid(maps), "bilateral-grid")


# ---- the cube --------------------------------------------------------------------------------------------------------


def fit_lut(before: FloatArray, after: FloatArray, alpha: FloatArray) -> Transform:
    """A cube of 33 knots a side: the one affine map, and what that leaves splatted onto the corners, coarse to fine."""
    chosen = alpha > 0
    colors, wanted, weight = before[chosen], after[chosen], alpha[chosen] / max(float(alpha.sum()), 1e-6)
    one = fit_affine(before, after, alpha).grid[0, 0]
    cube = applying.identity_lut(LUT_KNOTS) @ one[:, :3].T + one[:, 3]
    where, shares = corners(colors)
    for spread in SPREADS:
        left = wanted - (shares[..., None] * cube.reshape(-1, 3)[where]).sum(0)
        told = np.concatenate([left, np.ones_like(left[:, :1])], 1) * weight[:, None]
        flat = [np.bincount(where.ravel(), (shares * told[:, c]).ravel(), LUT_KNOTS**3) for c in range(4)]
        sums = spread_out(np.asarray(flat, np.float64).T.reshape(LUT_KNOTS, LUT_KNOTS, LUT_KNOTS, 4), spread)
        cube = cube + sums[..., :3] / (sums[..., 3:] + LEAST_SAY / LUT_KNOTS)
    return Transform(np.ascontiguousarray(cube, dtype=np.float32), "lut")


def corners(colors: FloatArray) -> tuple[Any, FloatArray]:
    """(8, n) indexes into a flat cube of 33 knots a side, and what share each of a color's eight corners has in it."""
    below, beyond = applying.knot_below(colors, LUT_KNOTS, np.float32(1))
    where, shares = [], []
    for far in np.ndindex(2, 2, 2):
        at = below + np.array(far)
        where.append((at[:, 0] * LUT_KNOTS + at[:, 1]) * LUT_KNOTS + at[:, 2])
        shares.append(np.where(far, beyond, 1 - beyond).prod(1))
    return np.stack(where), np.stack(shares)


def spread_out(cube: DoubleArray, spread: float) -> DoubleArray:
    """Gaussian blur along the first three axes."""
    apart = np.subtract.outer(np.arange(len(cube)), np.arange(len(cube)))
    kernel = np.exp(-0.5 * (apart / spread) ** 2)
    kernel /= kernel.sum(0).max()
    for axis in range(3):
        cube = np.moveaxis(np.tensordot(kernel, cube, (1, axis)), 0, axis)
    return cube


FITS = {"affine": fit_affine, "bilateral-grid": fit_bilateral_grid, "lut": fit_lut}
