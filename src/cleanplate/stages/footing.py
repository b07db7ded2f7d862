"""Where a person stands: the line through their lowest points."""

from typing import NamedTuple

import numpy as np

from cleanplate.pixels.color import FloatArray
from cleanplate.values import Size

SOLID = 0.5  # alpha from which a pixel is the person's own when it is looked for where they end
SOLE = 0.03  # of the person's height: how far above the lowest point feet still touch the ground


class Footing(NamedTuple):
    """The line on which a person stands, ``row = at + slope * column``, and their height, in pixels."""

    at: float
    slope: float
    tall: float

    def above(self, size: Size) -> FloatArray:
        """How high each pixel lies above that line, over the person's height."""
        rows, columns = (np.arange(each, dtype=np.float32) + 0.5 for each in size)
        return np.asarray((self.at + self.slope * columns - rows[:, None]) / self.tall, np.float32)


def footing(alpha: FloatArray) -> Footing:
    """The line through the lowest points of a person: the nearer to the lowest, the more they count.

    Args:
        alpha: (rows, columns) float32, with anything at or above 1/2, or nothing.
    """
    solid = alpha >= SOLID
    there = np.flatnonzero(solid.any(0))
    rows = np.flatnonzero(solid.any(1))
    if not len(there):
        return Footing(float(alpha.shape[0]), 0.0, float(alpha.shape[0]))
    tall = float(rows[-1] + 1 - rows[0])
    low = alpha.shape[0] - solid[::-1, there].argmax(0)
    weight = np.exp((low - low.max()) / (SOLE * tall))
    across = there + 0.5
    middle, mean = np.average(across, weights=weight), np.average(low, weights=weight)
    spread = float(np.average((across - middle) ** 2, weights=weight)) + (SOLE * tall) ** 2
    slope = float(np.average((across - middle) * (low - mean), weights=weight)) / spread
    return Footing(float(mean - slope * middle), slope, tall)
