"""The forms that a color change may have."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray

Form = Literal["affine-grid", "bilateral-grid", "curves", "lut"]
SHAPES: dict[Form, tuple[int, tuple[int, ...]]] = {  # number of axes of a transform's grid, and the last of them
    "affine-grid": (4, (3, 4)), "bilateral-grid": (5, (3, 4)), "curves": (2, (3,)), "lut": (4, (3,)),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Transform:
    """A color change in one of four forms, all on sRGB-encoded [0, 1] (see ``applying``).

    ``affine-grid``: (rows, columns, 3, 4), affine maps ``rgb' = map[:, :3] @ rgb + map[:, 3]`` interpolated over the frame; with
    one row and one column it is a single global map. ``bilateral-grid``: (rows, columns, depth, 3, 4), the same with a third axis
    for the color's luminance. ``curves``: (knots, 3), each channel's answer at even knots. ``lut``: (knots, knots, knots, 3), the
    answer at even knots of red, green and blue.

    Args:
        grid: float32 of the form's shape.
        kind: the form.
        tone: (knots, 3) float32, curves that the colors go through before the form: each channel's answer at even knots from 0 to
            1, none of them falling; None where they go as they are.
        confidence: how likely the network that found it holds it to be better than none, 0 to 1.

    Raises:
        InputError: another shape or type, a value that is not finite, or a confidence out of range.
    """

    grid: FloatArray
    kind: Form = field(default="affine-grid", repr=False)
    confidence: float = 1.0
    tone: FloatArray | None = None

    def __post_init__(self) -> None:
        axes, last = SHAPES[self.kind]
        if self.grid.ndim != axes or self.grid.shape[-len(last) :] != last or self.grid.dtype != np.float32:
            what = " x ".join(map(str, last))
            raise InputError(f"A transform ({self.kind}) is {axes} axes of float32 ending in {what}; this is {self.grid.shape}.")
        if self.kind in ("curves", "lut") and min(self.grid.shape[:-1]) < 2:
            raise InputError(f"A transform ({self.kind}) has two knots or more; this one has the shape {self.grid.shape}.")
        if not np.isfinite(self.grid).all() or not (self.tone is None or np.isfinite(self.tone).all()):
            raise InputError("A transform holds finite numbers; this one does not: make it again.")
        if self.tone is not None and (self.tone.ndim != 2 or self.tone.shape[1] != 3 or len(self.tone) < 2):
            raise InputError(f"The tone of a transform has the shape (knots, 3), 2 knots or more; this one has {self.tone.shape}.")
        if not 0 <= self.confidence <= 1:
            raise InputError(f"A transform's confidence lies between 0 and 1; {self.confidence:g} was given.")
