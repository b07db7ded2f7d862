"""Clean hair of a filmed person: what color says of every frame, held where the picture stands still.

A frame at a time, nothing ahead of time. A repeated frame is left exactly as it was.
"""

import numpy as np
import numpy.typing as npt

from cleanplate.film.soft_edges import Edge, around
from cleanplate.film.steadying import HOLD, changed
from cleanplate.pixels.color import FloatArray, Pixels, to_float, to_uint8
from cleanplate.pixels.interpolation import Part
from cleanplate.stages import hair

FAINT = (0.1, 0.3)  # alpha where the network sees nobody: up to which it counts as none, and from which as found
QUIET, LOUD = 8, 20  # as of ``steadying``: a frame's own pixels are noisier than the means that the network sees


class SteadyHair:
    """``hair.cleared`` frame by frame, without its flicker.

    Where a pixel is what it was a frame ago, most of what was found there then is held: of the alpha and of the change of color.
    Elsewhere the new one counts alone, so nothing smears. Not along a flow: that is not as exact as a strand is thin.
    A film's alpha is softer than a photo's, so more of its edge counts as hair: what is faint beyond it is left out.

    Args:
        strength: above 0, to 1.
    """

    def __init__(self, strength: float) -> None:
        self._strength = strength
        self._before: dict[tuple[int, int], tuple[npt.NDArray[np.uint8], hair.Found]] = {}  # by where a part of the frame begins

    def reset(self) -> None:
        """Forget the shot so far."""
        self._before = {}

    def __call__(self, pixels: Pixels, edge: Edge) -> tuple[Pixels, Edge]:
        """The next frame of a shot with clean hair; the same arrays where no color is to be trusted.

        Args:
            pixels: (height, width, 3), the frame; all of a shot are of one size.
            edge: where its person is.
        """
        whole = np.zeros(pixels.shape[:2], np.float32)
        whole[edge.box.slices] = edge.alpha
        colors, alpha = self._cleared(pixels, whole)
        if not self._before:
            return pixels, edge
        box = around(alpha)
        return colors, Edge(np.ascontiguousarray(alpha[box.slices]), box, None)

    def _cleared(self, pixels: Pixels, alpha: FloatArray) -> tuple[Pixels, FloatArray]:
        """``hair.cleared`` with what it finds held."""
        before, self._before = self._before, {}

        def steadied(part: Part, found: hair.Found) -> hair.Found:
            at, seen = (part[0].start, part[1].start), in_eight_bits(pixels[part])
            found = np.where(alpha[part] == 0, found[0] * hair.ramp(found[0], *FAINT), found[0]), found[1]
            if at in before:
                stays = np.float32(HOLD) * (1 - changed(before[at][0], seen, QUIET, LOUD))
                cover, change = (new + stays * (old - new) for new, old in zip(found, before[at][1], strict=True))
                found = cover, change
            self._before[at] = seen, found
            return found

        return hair.cleared(pixels, alpha, self._strength, steadied=steadied)


def in_eight_bits(pixels: Pixels) -> npt.NDArray[np.uint8]:
    """A copy."""
    return to_uint8(to_float(pixels)) if pixels.dtype == np.uint16 else np.array(pixels, np.uint8)
