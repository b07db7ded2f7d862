"""Carry a color change found on a small picture to the full-size picture: only color moves, never texture.

A network that answers with colors is fitted with a transform in one of the forms of ``values.Transform``; all are applied by
``apply`` (and by ``compositing.finish``, which composes in the same pass).
"""

from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.resampling import resize, shares
from cleanplate.transforms import applying
from cleanplate.values import Box, Size, Transform

DoubleArray = npt.NDArray[np.float64]
Kind = Literal["affine", "affine-grid", "bilateral-grid", "curves", "lut"]  # "affine" is an affine grid of one cell
STRIP = 1 << 15  # pixels at a time: bounds the memory

UNCHANGED = np.eye(4, 3)  # the affine map that changes nothing
RIDGE = 1e-3  # of the one affine map, towards changing nothing; in shares of the foreground
CELLS = 8  # rows and columns of a fitted grid of affine maps
LOCAL_RIDGE = 5e-3  # of a cell's map, towards the one map
FINE_CELLS, DEPTH = 16, 8  # rows and columns, and layers of luminance, of a fitted bilateral grid (Chen et al.'s)
FINE_RIDGE = 5e-5  # of its cells, towards the coarse grid
SOFT = 0.7  # cells; with 1.0 an answer was kept 2 dB less well (benchmarks/lifted.py)
CURVE_STEPS = 33  # of a fitted curve
STIFF = 1e-3  # how much a curve is held straight, in shares of the foreground
LUT_STEPS = 33  # of a fitted cube: what editors expect of a .cube file
SPREADS = (4.0, 2.0, 1.0)  # steps over which a color speaks for its neighbors in the cube, coarse to fine
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
    after = apply(transform, before, Box(0, 0, *size), size)
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


def fit_affine_grid(before: FloatArray, after: FloatArray, alpha: FloatArray) -> Transform:
    """8 x 8 affine maps by masked normal equations: bilateral guided upsampling without the range axis."""
    return Transform(as_grid(coarse_maps(equations(before, after, alpha))))


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


# ---- curves and the cube -------------------------------------------------------------------------------------------


def fit_curves(before: FloatArray, after: FloatArray, alpha: FloatArray) -> Transform:
    """One curve for each channel that never falls: straight-held least squares at even steps, then made monotone."""
    each = [fit_curve(*(array[alpha > 0].astype(np.float64) for array in (before[..., c], after[..., c], alpha))) for c in range(3)]
    return Transform(np.stack(each, 1).astype(np.float32), "curves")


def fit_curve(before: DoubleArray, after: DoubleArray, weight: DoubleArray) -> DoubleArray:
    """(33,) values at even steps from 0 to 1 for which the curve takes ``before`` most nearly to ``after``, never falling."""
    below, beyond = applying.steps(np.asarray(before, np.float32), CURVE_STEPS, np.float32(1))
    basis = np.zeros((len(before), CURVE_STEPS))
    basis[np.arange(len(before)), below], basis[np.arange(len(before)), below + 1] = 1 - beyond, beyond
    share = weight[:, None] / max(weight.sum(), 1e-6)
    bend, even = np.diff(np.eye(CURVE_STEPS), 2, 0), np.linspace(0, 1, CURVE_STEPS)
    matrix = basis.T @ (share * basis) + STIFF * bend.T @ bend + 1e-6 * np.eye(CURVE_STEPS)
    moved = np.linalg.solve(matrix, basis.T @ (share[:, 0] * (after - before)))
    return monotone(even + moved, (share * basis).sum(0) + 1e-6)


def monotone(values: DoubleArray, weights: DoubleArray) -> DoubleArray:
    """The nearest values that never fall: pool adjacent violators (Ayer et al. 1955).

    >>> monotone(np.array([1.0, 3.0, 2.0]), np.ones(3)).tolist()
    [1.0, 2.5, 2.5]
    """
    blocks: list[tuple[float, float, int]] = []  # mean, weight, count
    for value, weight in zip(values, weights, strict=True):
        blocks.append((float(value), float(weight), 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (first, one, some), (second, other, more) = blocks[-2:]
            blocks[-2:] = [((first * one + second * other) / (one + other), one + other, some + more)]
    return np.repeat([mean for mean, _, _ in blocks], [count for _, _, count in blocks])


def fit_lut(before: FloatArray, after: FloatArray, alpha: FloatArray) -> Transform:
    """A cube of 33 steps: the one affine map, and what that leaves splatted onto the corners, coarse to fine."""
    chosen = alpha > 0
    colors, wanted, weight = before[chosen], after[chosen], alpha[chosen] / max(float(alpha.sum()), 1e-6)
    one = fit_affine(before, after, alpha).grid[0, 0]
    cube = applying.identity_lut(LUT_STEPS) @ one[:, :3].T + one[:, 3]
    where, shares = corners(colors)
    for spread in SPREADS:
        left = wanted - (shares[..., None] * cube.reshape(-1, 3)[where]).sum(0)
        told = np.concatenate([left, np.ones_like(left[:, :1])], 1) * weight[:, None]
        flat = [np.bincount(where.ravel(), (shares * told[:, c]).ravel(), LUT_STEPS**3) for c in range(4)]
        sums = spread_out(np.asarray(flat, np.float64).T.reshape(LUT_STEPS, LUT_STEPS, LUT_STEPS, 4), spread)
        cube = cube + sums[..., :3] / (sums[..., 3:] + LEAST_SAY / LUT_STEPS)
    return Transform(np.ascontiguousarray(cube, dtype=np.float32), "lut")


def corners(colors: FloatArray) -> tuple[Any, FloatArray]:
    """(8, n) indexes into a flat cube of 33 steps, and what share each of a color's eight corners has in it."""
    below, beyond = applying.steps(colors, LUT_STEPS, np.float32(1))
    where, shares = [], []
    for far in np.ndindex(2, 2, 2):
        at = below + np.array(far)
        where.append((at[:, 0] * LUT_STEPS + at[:, 1]) * LUT_STEPS + at[:, 2])
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


FITS = {
    "affine": fit_affine, "affine-grid": fit_affine_grid, "bilateral-grid": fit_bilateral_grid,
    "curves": fit_curves, "lut": fit_lut,
}  # fmt: skip


# ---- apply ---------------------------------------------------------------------------------------------------------


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
    change = applying.change(transform, box, frame, strength)
    answer = np.empty_like(colors)
    for top in range(0, box.height, rows := max(1, STRIP // box.width)):
        strip = slice(top, min(top + rows, box.height))
        planes = np.ones((strip.stop - top, 4, box.width), np.float32)
        planes[:, :3] = colors[strip].transpose(0, 2, 1)
        if change.tone is not None:
            applying.toned(planes, change.tone)
        out = np.empty((strip.stop - top, 6, box.width), np.float32)
        change.into(planes, strip, slice(0, box.width), out)
        answer[strip] = (planes[:, :3] + out[:, :3]).transpose(0, 2, 1)
    return answer
