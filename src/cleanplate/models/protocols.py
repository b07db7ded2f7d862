"""What may stand in the place of the shipped networks: anything with these members, of whatever class."""

from typing import Protocol

from cleanplate.pixels.color import FloatArray
from cleanplate.values import Cues, Transform


class AnyHarmonizer(Protocol):
    """Moves the colors of a composite's foreground to its plate. Both calls may come from several threads.

    ``side``: pixels of the square that it looks at; ``graphs.Harmonizer`` says what it is given and answers.
    """

    @property
    def side(self) -> int: ...

    def cues(self, plate: FloatArray, /) -> Cues:
        """What it needs to know of a plate, (side, side, 3) float32 in [0, 1]; asked for once."""

    def answer(self, composite: FloatArray, alpha: FloatArray, cues: Cues, /) -> Transform | FloatArray:
        """A color change, or the harmonized picture of (side, side, 3) to which one is fitted."""


class AnyBlender(Protocol):
    """Corrects alpha and foreground along a soft edge. Calls may come from several threads.

    ``inputs``: names of the pictures that it is given; ``stride``: what sides are multiples of; ``halo``: pixels around a tile that
    have a say in it.
    """

    @property
    def inputs(self) -> tuple[str, ...]: ...

    @property
    def stride(self) -> int: ...

    @property
    def halo(self) -> int: ...

    def answer(self, **pictures: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(alpha, foreground), of the size that was given; see ``graphs.Blender``."""
