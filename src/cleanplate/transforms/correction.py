"""All that is done to a person's colors, in order."""

from typing import NamedTuple

from cleanplate.pixels.color import FloatArray
from cleanplate.transforms.applying import apply
from cleanplate.transforms.forms import Transform
from cleanplate.transforms.gains import Gains
from cleanplate.values import Box, Size


class ColorCorrection(NamedTuple):
    """So much of a transform, then gains of their light; None for either not."""

    transform: Transform | None
    strength: float = 1.0
    gains: Gains | None = None

    @property
    def nothing(self) -> bool:
        return (self.transform is None or self.strength == 0) and self.gains is None

    def of(self, colors: FloatArray, box: Box, frame: Size) -> FloatArray:
        """What it makes of colors that lie in that box of a frame; see ``applying.apply``."""
        lifted = colors if self.transform is None else apply(self.transform, colors, box, frame, self.strength)
        return lifted if self.gains is None else self.gains.of(lifted)
