"""Light wrap: the plate's light spills over the person's edge, as it does into a lens and around hair.

The spill is smooth, so it is found small and enlarged in the parts where it is added.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from cleanplate.pixels.color import FloatArray, Pixels, as_float
from cleanplate.pixels.interpolation import enlarged_part
from cleanplate.pixels.resampling import limited_size, reduce
from cleanplate.values import Box, Size

RADIUS = 0.007  # of the person's height: how far the light reaches (the blur's standard deviation)
SIDE = 384  # pixels of the longer side at which it is found
LEVEL = 0.5  # of the plate's light, at strength 1
FAINT = 1 / 1024  # of white, in linear light: less is not added


@dataclass(frozen=True, eq=False)
class Spill:
    """What spills over a person, (3, rows, columns) float32 in linear light from 0 to 1, over a box of that size."""

    light: FloatArray
    size: Size

    def into(self, front: FloatArray, rows: slice, columns: slice, top: float) -> None:
        """Screened over colors in place, in linear light: ``F + s (1 - F)``.

        With gamma 2 for the transfer curve, whose root is one instruction where sRGB's own costs more than all the rest.

        Args:
            front: (height, 3, width) float32, sRGB-encoded, from 0 to ``top`` or somewhat beyond.
            rows, columns: where it lies in the box.
        """
        for part in self.lit(rows, columns):
            light = enlarged_part(self.light, self.size, (slice(rows.start, min(rows.stop, self.size[0])), part)).transpose(1, 0, 2)
            colors = front[..., part.start - columns.start : part.stop - columns.start]
            inside = np.clip(colors, 0, top)
            linear = inside * inside
            linear += light * (np.float32(top * top) - linear)
            colors += np.sqrt(linear, out=linear) - inside

    def lit(self, rows: slice, columns: slice) -> Iterator[slice]:
        """The columns of some rows on which any light falls, in runs: most of a person lies in the dark."""
        down, across = self.light.shape[1] / self.size[0], self.size[1] / self.light.shape[2]
        low, high = max(0, int(rows.start * down) - 1), int(np.ceil(rows.stop * down)) + 1
        edges = np.flatnonzero(np.diff(np.concatenate([[0], self.light[:, low:high].any((0, 1)), [0]])))
        at = columns.start
        for first, last in edges.reshape(-1, 2):  # as far as the neighbors between which is interpolated
            start, stop = max(at, int((first - 0.5) * across)), min(columns.stop, int(np.ceil((last + 0.5) * across)))
            if start < stop:
                yield slice(start, stop)
                at = stop


def spill(under: Pixels, alpha: FloatArray, box: Box, strength: float) -> Spill | None:
    """What of the plate's light spills over a person; None at strength 0.

    The plate where the person does not cover it, blurred, in linear light: bright behind the edge, nothing deep inside them, and
    nothing from a black plate.

    Args:
        under: (height, width, 3) integers, the plate.
        alpha: (box height, box width) float32.
        strength: 0 to 1.
    """
    if strength == 0:
        return None
    sigma = RADIUS * box.height
    around = box.grown(int(np.ceil(3 * sigma)), (under.shape[0], under.shape[1]))
    small = limited_size((around.height, around.width), SIDE)
    down, across = small[0] / around.height, small[1] / around.width
    own = max(1, round(box.height * down)), max(1, round(box.width * across))
    top = min(round((box.top - around.top) * down), small[0] - own[0])
    left = min(round((box.left - around.left) * across), small[1] - own[1])
    light = as_float(reduce(under[around.slices], small)) ** 2
    light[top : top + own[0], left : left + own[1]] *= 1 - reduce(alpha, own)[..., None]
    blurred = np.asarray(cv2.GaussianBlur(light, (0, 0), max(0.3, sigma * down)), np.float32)
    part = blurred[top : top + own[0], left : left + own[1]].transpose(2, 0, 1) * np.float32(strength * LEVEL)
    return Spill(np.ascontiguousarray(np.where(part < FAINT, 0, part), np.float32), (box.height, box.width))
