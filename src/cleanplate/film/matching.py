"""What a plate's texture asks of a filmed person: decided once for a shot, grain drawn afresh for every frame."""

import numpy as np

from cleanplate.film.outlines import Outline
from cleanplate.pixels.color import Pixels
from cleanplate.pixels.resampling import resize
from cleanplate.settings import Settings
from cleanplate.stages import softness
from cleanplate.stages.compositing import Layer
from cleanplate.stages.grain import Grain
from cleanplate.stages.texture import Texture
from cleanplate.transforms.forms import Transform
from cleanplate.video.yuv420 import Coded, as_rgb


class Matching:
    """Softens a person and finds their grain, frame by frame; of a moving plate the first frame of a shot counts."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._texture: Texture | None = None
        self._blur: float | None = None
        self._grain: Grain | None = None
        self._found, self._frame = False, 0

    def start(self, *, same_plate: bool) -> None:
        """A new shot begins, of a moving plate or, before the same still one, of the person."""
        self._blur, self._found = None, False
        self._texture = self._texture if same_plate else None

    def softened(self, layer: Layer, plate: Pixels | Coded) -> Layer:
        """The person as soft as the plate asks."""
        if self._settings.soften == 0:
            return layer
        if self._blur is None:
            self._blur = self._of(plate).blur(layer, self._settings.soften)
        return softness.softened(layer, (plate.shape[0], plate.shape[1]), self._blur) if self._blur > 0 else layer

    def grain(self, person: Layer | Outline, plate: Pixels | Coded, transform: Transform | None) -> Grain | None:
        """The next frame's grain; None for none.

        Args:
            transform: the color change made to the person.
        """
        if self._settings.grain == 0:
            return None
        if not self._found:
            layer, size = whole(person) if isinstance(person, Outline) else person, (plate.shape[0], plate.shape[1])
            self._grain, self._found = self._of(plate).grain(layer, size, self._settings, transform), True
        self._frame += 1
        return None if self._grain is None else self._grain.fresh(self._frame)

    def _of(self, plate: Pixels | Coded) -> Texture:
        if self._texture is None:
            self._texture = Texture(as_rgb(plate))
        return self._texture


def whole(outline: Outline) -> Layer:
    """The person of a coded frame at full size, their colors as they were filmed."""
    alpha = resize(outline.small.alpha, (outline.box.height, outline.box.width))
    return Layer(as_rgb(outline.frame)[outline.box.slices], np.asarray(alpha, np.float32), outline.box)
