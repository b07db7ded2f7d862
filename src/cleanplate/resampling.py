"""Bring arrays to another size. The integer or float type is kept; sizes are (height, width) in pixels."""

from typing import Any, TypeVar

import cv2
import numpy.typing as npt

Array = TypeVar("Array", bound=npt.NDArray[Any])


def resize(array: Array, size: tuple[int, int], enlarge: int = cv2.INTER_LINEAR) -> Array:
    """By area when the picture shrinks, bilinear (or as ``enlarge`` says) when it grows.

    Args:
        array: (height, width) or (height, width, channels), any type that OpenCV resizes.

    >>> import numpy as np
    >>> resize(np.array([[1, 3], [5, 7]], np.float32), (1, 1)).tolist()
    [[4.0]]
    """
    method = cv2.INTER_AREA if size[0] * size[1] < array.shape[0] * array.shape[1] else enlarge
    answer: Array = cv2.resize(array, size[::-1], interpolation=method).reshape(*size, *array.shape[2:])  # type: ignore[assignment]
    return answer


def enlarge_cubic(array: Array, size: tuple[int, int]) -> Array:
    """As ``resize``, bicubic when it grows: sharper, and may overshoot by a little."""
    return resize(array, size, cv2.INTER_CUBIC)


def squash(array: Array, side: int) -> Array:
    """To (side, side), the aspect ratio given up as the paper does."""
    return resize(array, (side, side))
