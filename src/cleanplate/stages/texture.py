"""A plate's texture, and what it asks of a person: softness first, then grain. Both only add what is missing."""

import functools

from cleanplate.pixels.color import FloatArray, Pixels
from cleanplate.settings import Settings
from cleanplate.stages import noise, noise_blocks, softness
from cleanplate.stages.compositing import Layer
from cleanplate.stages.grain import Grain, missing
from cleanplate.transforms.correction import ColorCorrection
from cleanplate.transforms.forms import Transform
from cleanplate.transforms.gains import gains
from cleanplate.values import Box, Size


class Texture:
    """The noise of a plate and how soft it is, found when they are first asked for.

    Args:
        plate: (height, width, 3) integers.
        person: alpha and box of somebody who is in that picture already, and whose texture is not the plate's.
    """

    def __init__(self, plate: Pixels, person: tuple[FloatArray, Box] | None = None) -> None:
        self._plate, self._person = plate, person

    @functools.cached_property
    def noise(self) -> noise.Noise | None:
        return noise.of_plate(self._plate, self._person)

    @functools.cached_property
    def softness(self) -> float | None:
        return softness.of_picture(self._plate, noise=self.noise.deviation if self.noise else 0.0)

    def blur(self, layer: Layer, strength: float) -> float:
        """Deviation in pixels by which a person has to be softened; 0 for not at all."""
        if strength == 0 or self.softness is None or self.softness <= softness.SHARP:
            return 0.0
        return softness.lacking(self.softness, softness.of_picture(layer.foreground, layer.alpha), strength)

    def grain(self, layer: Layer, frame: Size, settings: Settings, transform: Transform | None = None) -> Grain | None:
        """What a person lacks of the plate's noise, of which ``settings.grain`` is taken; None for nothing to be seen.

        Args:
            transform: the color change that ``settings.strength`` of is made to them before it.
        """
        if settings.grain == 0 or self.noise is None or self.noise.deviation == 0:
            return None
        done = ColorCorrection(transform, settings.strength, gains(settings.exposure, settings.warmth))
        change = None if done.nothing else functools.partial(changed_means, done, layer.box, frame)
        return missing(self.noise, noise.of_person(layer.foreground, layer.alpha, change), settings.grain)


def changed_means(done: ColorCorrection, box: Box, frame: Size, means: FloatArray) -> FloatArray:
    """What a color change makes of the mean colors of a box's blocks, (rows, columns, 3)."""
    small = Box(box.top // noise_blocks.BLOCK, box.left // noise_blocks.BLOCK, means.shape[0], means.shape[1])
    return done.of(means, small, (frame[0] // noise_blocks.BLOCK + 1, frame[1] // noise_blocks.BLOCK + 1))
