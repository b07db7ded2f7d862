"""A composite as the sheets of an image editor, one over the other, and what they give together.

Words and equations are those of editors (ISO 32000-1, 11.3.5: normal, multiply and screen): a sheet is what they call a layer; a
``Layer`` here is a person.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cleanplate.pixels.color import FloatArray, Pixels, to_float, to_pixels
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

    Args:
        image: the composite; its floats, of a plate of linear light, are composed in that.
        light: of such a plate what lies under the person, in floats: without their shadow, and with it.
    """

    image: Image
    sheets: tuple[Sheet, ...]
    light: tuple[FloatArray, FloatArray] | None = None

    @property
    def size(self) -> Size:
        return self.image.size

    @property
    def base(self) -> Sheet:
        """The person's own sheet, which has the mask."""
        return next(each for each in self.sheets if each.mask is not None)

    @property
    def mask(self) -> Pixels:
        """Where the person is, in ``base.box``."""
        return next(each.mask for each in self.sheets if each.mask is not None)

    def finished(self, rows: slice) -> FloatArray:
        """Some rows of the person's colors as they are laid over the plate: straight (rows, box width, 3) float32."""
        colors = to_float(self.base.pixels[rows])
        for each in self.sheets:
            if each.clipped:
                blend(colors, each, rows)
        return colors

    def cutout(self) -> Image:
        """The person alone as they are laid over the plate, with alpha: of the frame's size, black where nobody is."""
        box, pixels, alpha = self.base.box, np.zeros_like(self.image.pixels), np.zeros(self.size, np.float32)
        for rows in strips(box, STRIP):
            cover = to_float(self.mask[rows])
            part = slice(box.top + rows.start, box.top + rows.stop), box.slices[1]
            alpha[part], pixels[part] = cover, to_pixels(self.finished(rows) * (cover > 0)[..., None], pixels)
        return Image(pixels, alpha, profile=self.image.profile)

    def behind(self, rows: slice, *groups: Group) -> FloatArray:
        """Some rows of what lies under the person, by the sheets of those groups: (rows, width, 3) float32."""
        answer = np.zeros((rows.stop - rows.start, self.size[1], 3), np.float32)
        for each in self.sheets:
            top, bottom = max(rows.start, each.box.top), min(rows.stop, each.box.top + each.box.height)
            if each.group in groups and top < bottom:
                part = answer[top - rows.start : bottom - rows.start, each.box.slices[1]]
                blend(part, each, slice(top - each.box.top, bottom - each.box.top))
        return answer

    def stacked(self, rows: slice) -> FloatArray:
        """Some rows of what all sheets give together: (rows, width, 3) float32. By the equations alone, to compare with."""
        answer, box = self.behind(rows, "plate", "shadow"), self.base.box
        top, bottom = max(rows.start, box.top), min(rows.stop, box.top + box.height)
        if top < bottom:
            part, own = answer[top - rows.start : bottom - rows.start, box.slices[1]], slice(top - box.top, bottom - box.top)
            part[...] = over(self.finished(own), to_float(self.mask[own]), part)
        return answer


def blend(below: FloatArray, sheet: Sheet, rows: slice) -> None:
    """Some rows of a sheet onto what lies under them, in place.

    Args:
        below: (rows, box width, 3) float32 in [0, 1], opaque.
    """
    cover = np.float32(sheet.opacity) * (1 if sheet.alpha is None else to_float(sheet.alpha[rows])[..., None])
    below += cover * (MODES[sheet.mode](below, to_float(sheet.pixels[rows])) - below)


MODES = {
    "normal": lambda below, colors: colors,
    "multiply": lambda below, colors: below * colors,
    "screen": lambda below, colors: below + colors - below * colors,
}
