"""A photo's black moved to another level, as the levels dialog of an editor does it."""

from typing import NamedTuple

import numpy as np

from cleanplate.pixels.color import FloatArray
from cleanplate.transforms.forms import Transform

KNOTS = 129  # of the curves that levels become, at least


class Levels(NamedTuple):
    """sRGB-encoded values in [0, 1]: all channels' ``black`` goes to ``target``, white stays, what is darker is cut off at 0.

    >>> levels = Levels(0.25, 0.0625)
    >>> [float(each) for each in levels.of(np.float32([0.1, 0.25, 1]))]
    [0.0, 0.0625, 1.0]
    """

    black: float
    target: float

    @property
    def slope(self) -> float:
        return (1 - self.target) / (1 - self.black)

    @property
    def offset(self) -> float:
        return self.target - self.slope * self.black

    def of(self, colors: FloatArray) -> FloatArray:
        """Colors at these levels."""
        return np.asarray(np.clip(np.float32(self.slope) * colors + np.float32(self.offset), 0, 1))

    def added(self, colors: FloatArray, alpha: FloatArray) -> FloatArray:
        """What they add to premultiplied colors (height, width, 3) of that alpha (height, width), where nothing is cut off."""
        return np.float32(self.slope - 1) * colors + np.float32(self.offset) * alpha[..., None]

    def before(self, transform: Transform) -> Transform:
        """A color change of colors that are brought to these levels first.

        Maps alone stay maps alone, which is all that films take that are not decoded to RGB; then black is cut off behind them.
        """
        if transform.tone is None and transform.kind == "affine-grid":
            grid = transform.grid.copy()
            grid[..., 3] += np.float32(self.offset) * grid[..., :3].sum(-1)
            grid[..., :3] *= np.float32(self.slope)
            return Transform(grid, transform.kind, transform.confidence)
        even = np.linspace(0, 1, max(KNOTS, 0 if transform.tone is None else len(transform.tone)), dtype=np.float32)
        moved = np.repeat(self.of(even)[:, None], 3, 1)
        if transform.tone is not None:
            knots = np.linspace(0, 1, len(transform.tone))
            moved = np.stack([np.interp(moved[:, each], knots, transform.tone[:, each]) for each in range(3)], 1)
        return Transform(transform.grid, transform.kind, transform.confidence, np.asarray(moved, np.float32))
