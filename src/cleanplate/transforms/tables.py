"""A color change as one table for the whole person: what editors take as a .cube, and how far that is from what was done."""

from typing import NamedTuple

import numpy as np

from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.resampling import resize
from cleanplate.transforms import applying
from cleanplate.transforms.correction import ColorCorrection
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box, Size

KNOTS = (17, 33, 65)  # along each side, as editors expect them
USUAL = 33


class Table(NamedTuple):
    """A table, and how far the change that it stands for departs from it where the person is, in shares of white.

    Args:
        transform: of the form ``lut``.
        mean, most: the mean of all differences, and that which one in a hundred exceeds.
    """

    transform: Transform
    mean: float
    most: float

    @property
    def said(self) -> str:
        """How far the local part departs from the table, in a sentence.

        >>> Table(Transform(applying.identity_lut(2), "lut"), 0.02, 0.04).said
        'The table is one for all of the person: what was done here is 5.1 of 255 off it on average, 10.2 and more in 1 %.'
        """
        what = f"{255 * self.mean:.1f} of 255 off it on average, {255 * self.most:.1f} and more in 1 %."
        return f"The table is one for all of the person: what was done here is {what}"


def everywhere(transform: Transform, alpha: FloatArray) -> Transform:
    """The change that is the same all over the frame: the mean of all maps where the foreground is.

    Args:
        alpha: (rows, columns) float32, of the whole frame at any size.
    """
    if transform.kind not in ("affine-grid", "bilateral-grid"):
        return transform
    weight = resize(alpha, transform.grid.shape[:2]) + np.float32(1e-6)
    mean = np.tensordot(weight / weight.sum(), transform.grid, 2).astype(np.float32)
    return Transform(mean[None, None], transform.kind, transform.confidence, transform.tone)


def tabled(change: ColorCorrection, knots: int) -> Transform:
    """What a change that is the same everywhere makes of every color: the form ``lut``."""
    if knots not in KNOTS:
        raise InputError(f"`lut_size` is one of {', '.join(map(str, KNOTS))}; {knots} was given.")
    colors = applying.identity_lut(knots).reshape(knots * knots, knots, 3)
    size = knots * knots, knots
    return Transform(change.of(colors, Box(0, 0, *size), size).reshape(knots, knots, knots, 3), "lut")


def table(change: ColorCorrection, colors: FloatArray, alpha: FloatArray, box: Box, frame: Size, knots: int) -> Table:
    """A change's table, and how far it departs from it.

    Args:
        change: as it was made; the table holds all of it.
        colors, alpha: (box height, box width, 3) and (box height, box width) float32 of the person, before the change.
        box: where they lie in ``frame``; all three may be small copies.
    """
    whole = np.zeros(frame, np.float32)
    whole[box.slices] = alpha
    same = None if change.transform is None else everywhere(change.transform, whole)
    found = tabled(change._replace(transform=same), knots)
    done, told = change.of(colors, box, frame), applying.apply(found, colors, box, frame)
    off = np.abs(np.clip(done, 0, 1) - np.clip(told, 0, 1))[alpha > 0.5]
    return Table(found, float(off.mean()), float(np.quantile(off, 0.99))) if off.size else Table(found, 0.0, 0.0)
