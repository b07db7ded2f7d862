"""A composite as the sheets of an image editor, one over the other, and what they give together.

Words and equations are those of editors (ISO 32000-1, 11.3.5: normal, multiply and screen): a sheet is what they call a layer; a
``Layer`` here is a person.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cleanplate.pixels.color import FloatArray, Pixels, as_float, to_float
from cleanplate.pixels.over import over
from cleanplate.stages.strips import STRIP, strips
from cleanplate.values import Box, Image, Size

Mode = Literal["normal", "multiply", "screen"]
Group = Literal["plate", "shadow", "person"]


@dataclass(frozen=True, eq=False)
class Sheet:
    """One sheet.

    Args:
        name: what an editor lists it by.
        group: the folder in which it lies.
        pixels: (box height, box width, 3) of the composite's type, straight.
        box: where it lies in the frame.
        mode: how it goes onto what lies under it.
        opacity: how much of it does, in steps of 1/255.
        alpha: (box height, box width) of the same type, its own transparency.
        mask: likewise, but a mask beside the colors, which an editor can paint on.
        clipped: it is seen only on the next sheet below that is not clipped, and changes that one's colors alone.
    """

    name: str
    group: Group
    pixels: Pixels
    box: Box
    mode: Mode = "normal"
    opacity: float = 1.0
    alpha: Pixels | None = None
    mask: Pixels | None = None
    clipped: bool = False


@dataclass(frozen=True, eq=False)
class Layers:
    """A composite and the sheets that give it, from the lowest to the highest: the plate's, the shadow, the person's.

    Stacked they are within 1/255 of ``image`` in 8 bits and 4/65535 in 16, wherever the arithmetic in between is exact.
    """

    image: Image
    sheets: tuple[Sheet, ...]

    @property
    def size(self) -> Size:
        return self.image.size

    def person(self) -> tuple[FloatArray, Pixels, Box]:
        """The person as they are laid over the plate: straight colors (box height, box width, 3) float32, alpha, and their box."""
        base = next(each for each in self.sheets if each.mask is not None)
        if base.mask is None:
            raise ValueError("A person has a mask.")
        colors = as_float(base.pixels).copy()
        for each in self.sheets:
            if each.clipped:
                onto(colors, each)
        return colors, base.mask, base.box

    def stacked(self) -> FloatArray:
        """What all sheets give together: (height, width, 3) float32. By the equations alone, to compare with."""
        answer = np.zeros((*self.size, 3), np.float32)
        for each in self.sheets:
            if each.mask is None and not each.clipped:
                onto(answer[each.box.slices], each)
        colors, cover, box = self.person()
        for rows in strips(box, STRIP):
            part = answer[box.slices][rows]
            part[...] = over(colors[rows], to_float(cover[rows]), part)
        return answer


def onto(under: FloatArray, sheet: Sheet) -> None:
    """Blend a sheet with what lies under it, in place, in strips.

    Args:
        under: (box height, box width, 3) float32 in [0, 1], opaque.
    """
    for rows in strips(sheet.box, STRIP):
        cover = np.float32(sheet.opacity) * (1 if sheet.alpha is None else to_float(sheet.alpha[rows])[..., None])
        below, colors = under[rows], to_float(sheet.pixels[rows])
        below += cover * (MODES[sheet.mode](below, colors) - below)


MODES = {
    "normal": lambda below, colors: colors,
    "multiply": lambda below, colors: below * colors,
    "screen": lambda below, colors: below + colors - below * colors,
}
