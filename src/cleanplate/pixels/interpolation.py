"""Resizing as weights: for a part of an enlarged picture without the rest, and for what is summed strip by strip."""

import functools
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray

Part = tuple[slice, slice]  # rows and columns of a picture
PIECE = 96  # pixels, about, of each side of a piece: what is made of it stays in a core's own cache


def pieces(wanted: npt.NDArray[np.bool_], size: tuple[int, int]) -> list[Part]:
    """A picture of that size cut into pieces, of which only those are given that have anything wanted in them.

    Args:
        wanted: (rows, columns), the picture made smaller.

    >>> pieces(np.array([[True, False]]), (1, 200))
    [(slice(0, 1, None), slice(0, 100, None))]
    """
    rows, columns = (bounds(small, whole) for small, whole in zip(wanted.shape, size, strict=True))
    return [
        (slice(top[1], end[1]), slice(left[1], right[1]))
        for top, end in pairwise(rows)
        for left, right in pairwise(columns)
        if wanted[top[0] : end[0], left[0] : right[0]].any()
    ]


def reached(there: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Where anything is there in some plane of a small picture, or beside it: what enlarging that reaches into.

    >>> reached(np.array([[[True, False, False]]])).tolist()
    [[True, True, False]]
    """
    some = np.asarray(there.any(0), np.uint8)
    return np.asarray(cv2.dilate(some, np.ones((3, 3), np.uint8)), np.bool_)


def bounds(small: int, whole: int) -> list[tuple[int, int]]:
    """Where pieces begin and end along one axis, in pixels of the small picture and of the whole one."""
    step = max(1, round(PIECE * small / whole))
    return [(at, round(at * whole / small)) for at in (*range(0, small, step), small)]


def enlarged_part(array: FloatArray, size: tuple[int, int], part: Part, *, cubic: bool = False) -> FloatArray:
    """What ``resize`` (or ``enlarge_cubic``) to a larger ``size`` would give in ``part``, as two small matrix products.

    Args:
        array: (planes, rows, columns) float32.
        size: (height, width) of the whole, no smaller than the array.
        part: rows and columns of that.

    Returns:
        (planes, part's height, part's width) float32.

    >>> enlarged_part(np.array([[[0, 1]]], np.float32), (1, 4), (slice(0, 1), slice(1, 3))).tolist()
    [[[0.25, 0.75]]]
    """
    axes = zip(array.shape[1:], size, part, strict=True)
    (rows, down), (columns, across) = (taps(small, whole, each.start, each.stop, cubic) for small, whole, each in axes)
    return product(down, product(array[:, rows, columns], across.T))


ALONE = 1 << 18  # multiplications up to which OpenBLAS stays in the calling thread (its interface/gemm.c)


def product(first: FloatArray, second: FloatArray) -> FloatArray:
    """``first @ second``, in blocks so small that no BLAS wakes threads, which would then keep other cores busy waiting."""
    step = max(1, ALONE // (first.shape[-2] * first.shape[-1]))
    count = second.shape[-1]
    if count <= step:
        return np.asarray(first @ second, np.float32)
    parts = [first @ second[..., at : at + step] for at in range(0, count, step)]
    return np.asarray(np.concatenate(parts, -1), np.float32)


@functools.lru_cache(512)  # the pieces of a picture share their rows and columns
def taps(small: int, whole: int, start: int, stop: int, cubic: bool) -> tuple[slice, FloatArray]:
    """Which of ``small`` samples the pixels ``start`` to ``stop`` of ``whole`` are made of, and their weights, (pixels, samples).

    Pixel i lies at ``(i + 1/2) small / whole - 1/2``; beyond the ends the end repeats. Cubic is Keys' kernel, OpenCV's a = -0.75.
    """
    at = (np.arange(start, stop) + 0.5) * (small / whole) - 0.5
    reach = 2 if cubic else 1
    samples = np.floor(at).astype(int)[:, None] + np.arange(1 - reach, reach + 1)
    away = np.abs(at[:, None] - samples)
    if cubic:
        near = (1.25 * away - 2.25) * away * away + 1
        far = -0.75 * (((away - 5) * away + 8) * away - 4)
        weights = np.where(away <= 1, near, far)
    else:
        weights = 1 - away
    samples = np.clip(samples, 0, small - 1)
    first = int(samples[0, 0])
    matrix = np.zeros((len(at), int(samples[-1, -1]) + 1 - first), np.float32)
    np.add.at(matrix, (np.arange(len(at))[:, None], samples - first), weights)
    return slice(first, first + matrix.shape[1]), matrix


# ---- resizing as weights, for what is summed strip by strip or has more channels than OpenCV takes ------------------


def positions(cells: int, start: int, count: int, whole: int) -> Any:
    """Where pixels ``start ...`` of ``whole`` lie among the centers of the cells, in float64 from 0 to cells - 1."""
    return np.clip((np.arange(start, start + count) + 0.5) * cells / whole - 0.5, 0, cells - 1)


def interpolation(cells: int, start: int, count: int, whole: int) -> npt.NDArray[np.float32]:
    """(count, cells) weights of linear interpolation from cell centers to pixels ``start ...`` of ``whole``, flat at both ends."""
    at = positions(cells, start, count, whole)
    return np.asarray(np.maximum(0, 1 - np.abs(at[:, None] - np.arange(cells))), np.float32)


def shares(cells: int, start: int, count: int, whole: float) -> npt.NDArray[np.float32]:
    """(cells, count): which share of each cell pixels ``start ...`` of ``whole`` make up; linear interpolation when it grows.

    >>> shares(1, 0, 2, 4).tolist()
    [[0.25, 0.25]]
    """
    if whole < cells:
        return interpolation(int(whole), 0, cells, cells)[:, start : start + count]
    cell, inside = cells_of(cells, start, count, whole)
    answer = np.zeros((cells + 1, count), np.float32)
    answer[cell, np.arange(count)] = inside
    answer[cell + 1, np.arange(count)] = np.float32(cells / whole) - inside
    return answer[:cells]


def cells_of(cells: int, start: int, count: int, whole: float) -> tuple[Any, npt.NDArray[np.float32]]:
    """The cell in which each pixel begins, and what share of it the pixel makes up; the pixel's rest lies in the next cell."""
    pixels = np.arange(start, start + count)
    cell = (pixels * cells / whole).astype(int)
    return cell, np.asarray(np.minimum(1, (cell + 1) * (whole / cells) - pixels) * (cells / whole), np.float32)


def shrink_first(planes: FloatArray, weights: FloatArray) -> FloatArray:
    """(height, channels, width) -> (cells, channels, width): the sum of a few neighboring rows for each cell.

    Args:
        weights: (cells, height), how much of each row goes into each cell. Rows without any are not even read: nearly all of them.

    >>> shrink_first(np.float32([[[1]], [[2]], [[4]]]), np.float32([[0.5, 0.5, 0], [0, 0, 1]])).ravel().tolist()
    [1.5, 4.0]
    """
    answer = np.zeros((len(weights), *planes.shape[1:]), np.float32)
    reached = weights != 0
    for cell, (first, count) in enumerate(zip(reached.argmax(1).tolist(), reached.sum(1).tolist(), strict=True)):
        some = slice(first, first + count)
        np.einsum("r,rpw->pw", weights[cell, some], planes[some], out=answer[cell])
    return answer


def shrink_last(array: npt.NDArray[np.float32], cells: int, start: int, whole: float) -> npt.NDArray[np.float32]:
    """``array @ shares(...).T``: the last axis, pixels ``start ...`` of ``whole``, summed into cells.

    Sums of a few neighbors, not a matrix product, for which a BLAS would wake threads that then keep the cores busy for a while.
    """
    count = array.shape[-1]
    if whole < cells:
        return array @ shares(cells, start, count, whole).T
    cell, inside = cells_of(cells, start, count, whole)
    first = np.flatnonzero(np.diff(cell, prepend=-1))
    answer = np.zeros((*array.shape[:-1], cells + 1), np.float32)
    answer[..., cell[first]] = np.add.reduceat(array * inside, first, -1)
    rest = np.float32(cells / whole) - inside[first[1:] - 1]  # of the last pixel that begins in a cell
    answer[..., cell[first[:-1]] + 1] += array[..., first[1:] - 1] * rest
    answer[..., cell[-1] + 1] += array[..., -1] * (np.float32(cells / whole) - inside[-1])
    return answer[..., :cells]
