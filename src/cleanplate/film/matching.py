"""What a plate's texture asks of a filmed person: decided once for a shot, grain drawn afresh for every frame."""

import numpy as np

from cleanplate.film.soft_edges import Outline
from cleanplate.pixels.color import FloatArray, Pixels
from cleanplate.pixels.resampling import resize
from cleanplate.stages import softness
from cleanplate.stages.compositing import Colors
from cleanplate.stages.grain import Grain
from cleanplate.stages.texture import Texture
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box
from cleanplate.video.yuv420 import Coded, as_rgb


class Matching:
    """Softens a person and finds their grain, frame by frame; of a moving plate the first frame of a shot counts.

    Args:
        grain, soften: as in ``Settings``.
    """

    def __init__(self, grain: float, soften: float) -> None:
        self._share, self._soften = grain, soften
        self._plate: Pixels | Coded | None = None
        self._texture: Texture | None = None
        self._blur: float | None = None
        self._grain: Grain | None = None
        self._found, self._frame = False, 0

    def cut(self) -> None:
        """A new shot begins."""
        self._blur, self._found = None, False

    def softened(
        self, foreground: Colors, alpha: FloatArray, box: Box, plate: Pixels | Coded
    ) -> tuple[Colors, FloatArray, Box]:
        """The person as soft as the plate asks."""
        if self._soften == 0:
            return foreground, alpha, box
        if self._blur is None:
            self._blur = self._of(plate).blur(foreground, alpha, self._soften)
        size = plate.shape[0], plate.shape[1]
        return softness.softened(foreground, alpha, box, size, self._blur) if self._blur > 0 else (foreground, alpha, box)

    def grain(
        self, person: Outline | tuple[Colors, FloatArray, Box], plate: Pixels | Coded, transform: Transform | None, share: float
    ) -> Grain | None:
        """The next frame's grain; None for none.

        Args:
            transform, share: the color change made to the person, and how much of it.
        """
        if self._share == 0:
            return None
        if not self._found:
            size = plate.shape[0], plate.shape[1]
            foreground, alpha, box = whole(person) if isinstance(person, Outline) else person
            self._grain, self._found = self._of(plate).grain(foreground, alpha, box, size, self._share, transform, share), True
        self._frame += 1
        return None if self._grain is None else self._grain.fresh(self._frame)

    def _of(self, plate: Pixels | Coded) -> Texture:
        if self._texture is None or self._plate is not plate:
            self._texture, self._plate = Texture(as_rgb(plate)), plate
        return self._texture


def whole(outline: Outline) -> tuple[Colors, FloatArray, Box]:
    """The person of a coded frame at full size, their colors as they were filmed."""
    alpha = resize(outline.small.alpha, (outline.box.height, outline.box.width))
    return as_rgb(outline.frame)[outline.box.slices], np.asarray(alpha, np.float32), outline.box
