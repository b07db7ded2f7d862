"""Bring arrays to another size. The integer or float type is kept; sizes are (height, width) in pixels."""

from collections.abc import Callable
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
