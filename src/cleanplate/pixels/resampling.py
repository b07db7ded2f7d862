"""Bring arrays to another size. The integer or float type is kept; sizes are (height, width) in pixels."""

import functools
from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import premultiplied, to_float, to_pixels

Array = TypeVar("Array", bound=npt.NDArray[Any])
Resizing = Callable[[Any, tuple[int, int]], Any]
FloatArray = npt.NDArray[np.float32]
LEAST_ALPHA = 0.001  # a quarter of a level of 8 bits, below which premultiplied 16 bits tell no color


def resize(array: Array, size: tuple[int, int], enlarge: int = cv2.INTER_LINEAR) -> Array:
    """By area when the picture shrinks, bilinear (or as ``enlarge`` says) when it grows.

    Args:
        array: (height, width) or (height, width, channels), any type that OpenCV resizes.

    >>> resize(np.array([[1, 3], [5, 7]], np.float32), (1, 1)).tolist()
    [[4.0]]
    """
    method = cv2.INTER_AREA if size[0] * size[1] < array.shape[0] * array.shape[1] else enlarge
    answer: Array = cv2.resize(array, size[::-1], interpolation=method).reshape(*size, *array.shape[2:])  # type: ignore[assignment]
    return answer


def enlarge_cubic(array: Array, size: tuple[int, int]) -> Array:
    """As ``resize``, bicubic when it grows: sharper, and may overshoot by a little."""
    return resize(array, size, cv2.INTER_CUBIC)


def reduce(array: Array, size: tuple[int, int], finer: int = 2) -> Array:
    """As ``resize``, three times as fast for a large picture: halved first, which processors do at once, sides even or not.

    ``finer`` is how many times as large as ``size`` it stays at least until the last step: the more, the nearer to ``resize``.

    >>> reduce(np.arange(8, dtype=np.float32)[None].repeat(8, 0), (1, 1)).tolist()
    [[3.5]]
    """
    while array.shape[0] >= 2 * finer * size[0] and array.shape[1] >= 2 * finer * size[1]:
        array = resize(array, (array.shape[0] // 2, array.shape[1] // 2))
    return resize(array, size)


def straight(
    colors: Array, alpha: FloatArray, size: tuple[int, int], how: Resizing = enlarge_cubic, *, colored: bool = False
) -> tuple[Array, FloatArray]:
    """Straight colors and their alpha at another size: a pixel has as much say in the colors beside it as it is opaque.

    Where not all is opaque, premultiplied colors are brought there and divided by what becomes of alpha (Porter and Duff,
    *Compositing Digital Images*, 1984, on why pictures are filtered so); elsewhere both come to the same.

    Args:
        colors: (height, width, 3) uint8 or uint16.
        alpha: (height, width) float32 in [0, 1].
        how: ``enlarge_cubic``, ``resize`` or ``reduce``.
        colored: what is transparent has colors that mean something: all are resized as they are.

    Returns:
        both at the new size, alpha in [0, 1].

    >>> straight(np.uint8([[[90, 60, 30], [0, 0, 0]]]), np.float32([[1, 0]]), (1, 1))[0].tolist()
    [[[90, 60, 30]]]
    """
    answer, cover = how(colors, size), how(alpha, size)
    np.clip(cover, 0, 1, out=cover)
    soft: Any = None if colored else cv2.compare(alpha, 1, cv2.CMP_LT)  # type: ignore[call-overload]
    if soft is None or not soft.any():
        return answer, cover
    if cover.size < alpha.size:
        touched, weight, brought = how(soft, size) > 0, cover, how
    else:  # bicubic goes beyond black and white beside what is transparent, where bilinear stands in
        touched, weight, brought = how(np.asarray(soft, np.float32), size) != 0, resize(alpha, size), resize
    touched &= weight >= LEAST_ALPHA
    cover[weight < LEAST_ALPHA] = 0
    for channel in range(colors.shape[2]):
        shown = brought(premultiplied(np.ascontiguousarray(colors[..., channel]), alpha), size)
        divide(shown, weight, touched, answer[..., channel])
    return answer, cover


BAND = 1 << 18  # pixels that are divided at a time: more of them would only take memory


def divide(premultiplied: npt.NDArray[np.uint16], alpha: FloatArray, where: npt.NDArray[np.bool_], into: Array) -> None:
    """Straight colors from premultiplied ones, ``F = (alpha F) / alpha``, of one channel and where that is asked for.

    Args:
        premultiplied, alpha, where: (height, width); alpha above 0 where it counts.
        into: (height, width) uint8 or uint16, changed in place.
    """
    rows = max(1, BAND // into.shape[1])
    for top in range(0, len(into), rows):
        part = slice(top, top + rows)
        chosen = where[part]
        parts = np.asarray(1 / alpha[part][chosen], np.float32)
        into[part][chosen] = to_pixels(to_float(premultiplied[part][chosen]) * parts, into)


def limited_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The size scaled so that its long side is at most ``side``.

    >>> limited_size((3000, 4000), 640), limited_size((5, 6), 640)
    ((480, 640), (5, 6))
    """
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def squash(array: Array, side: int) -> Array:
    """To (side, side), the aspect ratio given up as the paper does."""
    return resize(array, (side, side))


# ---- a part of an enlarged picture, without the rest of it ---------------------------------------------------------

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
