"""The over equation: a foreground before a plate."""

from cleanplate.pixels.color import FloatArray


def over(foreground: FloatArray, alpha: FloatArray, plate: FloatArray) -> FloatArray:
    """Porter and Duff's over, straight colors: ``alpha * foreground + (1 - alpha) * plate``.

    Args:
        foreground, plate: (height, width, 3) float32, any range.
        alpha: (height, width) float32 in [0, 1].

    Where alpha is 0 the plate comes back bit for bit, where it is 1 the foreground.

    >>> import numpy as np
    >>> float(over(np.ones((1, 1, 3), np.float32), np.full((1, 1), 0.25, np.float32), np.zeros((1, 1, 3), np.float32))[0, 0, 0])
    0.25
    """
    weight = alpha[..., None]
    return weight * foreground + (1 - weight) * plate
