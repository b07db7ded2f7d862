"""The plate made ready for somebody to be laid over it: out of focus behind them, and in their shadow."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from cleanplate.pixels.color import FloatArray, Pixels
from cleanplate.settings import MOST_DEFOCUS, Settings
from cleanplate.stages import defocus, faces, footing, framing, shadow, silhouettes, surroundings
from cleanplate.stages import horizon as horizons
from cleanplate.stages.compositing import Layer
from cleanplate.stages.surroundings import Light
from cleanplate.values import Box, Cropped, Size


class Standing(NamedTuple):
    """Somebody in the plate's frame.

    Args:
        alpha: (box height, box width) float32.
        box: where it lies in a plate of that size.
        size: of the plate, or of a smaller copy in which they were found.
        feet: whether their photo shows where they end below; where it crops them there is nothing to stand on.
        face: gives how high their face is from brow to chin, as a fraction of the plate's height.
    """

    alpha: FloatArray
    box: Box
    size: Size
    feet: bool
    face: Callable[[], float] = lambda: 0.0

    @property
    def foot(self) -> float | None:
        """The lowest row of theirs, as a fraction of the plate's height; None where no feet are seen."""
        if not self.feet or shadow.stands(self.alpha, self.box, self.size) == 0:
            return None
        solid = np.flatnonzero(self.alpha.max(1) >= footing.SOLID)
        return (self.box.top + int(solid[-1]) + 1) / self.size[0] if len(solid) else None


def standing(layer: Layer, plate: Pixels) -> Standing:
    """The person of a layer in that plate."""
    size = plate.shape[0], plate.shape[1]
    return Standing(layer.alpha, layer.box, size, layer.feet, lambda: face_height(layer) / size[0])


def face_height(layer: Layer) -> float:
    """How high somebody's face is, in pixels: as it is seen, or, turned away, as their outline tells; 0 where nobody is."""
    if layer.alpha.max() < framing.SEEN:
        return 0.0
    person = framing.extent(layer.alpha, framing.SEEN)
    seen = faces.face(layer.foreground, layer.alpha, person)
    found = silhouettes.silhouette(layer.alpha, person, Cropped(), seen)
    return found.chin - found.brow


class Focus(NamedTuple):
    """The row that is in focus, as a fraction of the plate's height, None for none; and a far point's disc, in percent of it."""

    foot: float | None
    disc: float


class Backdrop:
    """The plate of one picture, or of a film's shot: what is in focus, and where its light comes from, is decided once.

    Args:
        horizon: gives the plate's, where that is known; else it is looked for.
    """

    def __init__(self, settings: Settings, horizon: Callable[[], float | None] | None = None) -> None:
        self._given = horizon
        self._shadow, self._angle = settings.shadow, settings.light
        self._defocus, self._aperture = settings.defocus, settings.aperture
        self._latest: tuple[Pixels, Focus, Pixels] | None = None
        self._horizon: float | None = None
        self.start()

    def start(self) -> None:
        """Another shot begins."""
        self._light: Light | None = None
        self._focus: Focus | None = None
        self._latest, self._horizon = None, None

    def ready(self, plate: Pixels, who: Standing | None, *, inplace: bool = False) -> Pixels:
        """The plate as it is laid under them, in an array of its own; as it is where nobody is laid over it.

        Args:
            inplace: the plate may be written into.
        """
        behind = plate if who is None else self.blurred(plate, who)
        image = plate if behind is plate and inplace else behind.copy()
        shade = None if who is None else self.shade(lambda: image, who)
        if shade is not None:
            shade.onto(image)
        return image

    def blurred(self, plate: Pixels, who: Standing | None) -> Pixels:
        """The plate out of focus, to be read only; the plate itself where that is not asked for.

        Args:
            who: is in focus, and what they stand on; nobody: all of the plate is as far away, also when they come later. A lens
                that is focused on them blurs nothing before they come.
        """
        if self._defocus == self._aperture == 0:
            return plate
        focus = self._focus or self._focused(who)
        if who is not None or self._aperture == 0:
            self._focus = focus
        if self._latest is None or self._latest[0] is not plate or self._latest[1] != focus:  # a still one is blurred once
            self._latest = plate, focus, defocus.defocused(plate, focus.disc, *self._ground(plate, focus))
        return self._latest[2]

    def blurred_light(self, light: FloatArray, plate: Pixels, who: Standing | None) -> FloatArray:
        """Linear light out of focus as ``plate`` is by ``blurred``; itself where that is not asked for."""
        if self.blurred(plate, who) is plate or self._latest is None:
            return light
        focus = self._latest[1]
        return defocus.defocused(light, focus.disc, *self._ground(plate, focus))

    def _focused(self, who: Standing | None) -> Focus:
        if who is None:
            return Focus(None, self._defocus)
        lens = defocus.through(self._aperture, who.face()) if self._aperture else 0.0
        return Focus(who.foot, min(MOST_DEFOCUS, self._defocus + lens))

    def _ground(self, plate: Pixels, focus: Focus) -> tuple[float | None, float]:
        """The row that is in focus, and where the horizon lies, as a share of the plate's height."""
        level = surroundings.HORIZON if focus.foot is None else self._level(lambda: plate)
        return None if focus.foot is None else focus.foot * plate.shape[0], level

    def shade(self, plate: Callable[[], Pixels], who: Standing) -> shadow.Shade | None:
        """Their shadow, in a plate of ``who.size``; None where none is asked for and where no feet are seen.

        Args:
            plate: gives the one whose light it is, at any size, when that is looked for.
        """
        if not self._shadow or not who.feet:
            return None
        if self._light is None:
            self._light = surroundings.light(plate(), (who.box.left + who.box.width / 2) / who.size[1], self._angle)
        return shadow.shade(who.size, who.alpha, who.box, self._shadow, self._light, self._level(plate))

    def _level(self, plate: Callable[[], Pixels]) -> float:
        """Where the horizon lies, as a share of the plate's height."""
        if self._horizon is None:
            found = self._given() if self._given else horizons.horizon(plate())
            self._horizon = surroundings.HORIZON if found is None else found
        return self._horizon
