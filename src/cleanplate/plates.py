"""The plate as a value: a picture, and that picture as a harmonizer sees it."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from cleanplate import inputs
from cleanplate.errors import InputError
from cleanplate.inputs import Picture
from cleanplate.models.harmonizer import AnyHarmonizer, Cues
from cleanplate.pixels.color import FloatArray, to_float, to_uint8, to_uint16
from cleanplate.stages import faded, framing, harmonizing
from cleanplate.stages import horizon as horizons
from cleanplate.stages.closeup import WHOLE, Window
from cleanplate.stages.harmonizing import PlateSeen
from cleanplate.stages.texture import Texture
from cleanplate.values import Depth, Floats, Image, Size, check_depth


class Plate:
    """The complete new background, nobody in it. Its cues are computed once, as long as the same harmonizer asks.

    Args:
        image: the picture, in whose profile and depth what is composed with it comes; its alpha, if any, is not looked at.

    Raises:
        InputError: it is wholly transparent: there is nothing to see.
    """

    def __init__(self, image: Image) -> None:
        if image.alpha is not None and not image.alpha.any():
            raise InputError("The plate is wholly transparent, and its colors mean nothing: give a picture that shows something.")
        self.image, self.texture = image, Texture(image.pixels)
        self._empty: Plate | None = None  # the same without the people that are in it already
        self._horizon: list[float | None] = []  # once it was looked for
        self._black: list[float] = []  # likewise
        self._small: dict[int, FloatArray] = {}
        self._cues: dict[AnyHarmonizer, Cues] = {}  # of the latest: each call of the one-shot door has another

    @classmethod
    def open(cls, source: "Picture | Plate", size: Size | None = None, space: str = "keep") -> "Plate":
        """A plate from a file, an array, a Pillow picture or an ``Image``; with ``size`` (height, width) cut to fill exactly that.

        Args:
            space: what its colors come in, and those of what is composed with it: its own (``keep``), or another of
                ``read_image``'s.

        Raises:
            PhotoError: the file cannot be read.
            InputError: it is no picture, or ``size`` or ``space`` is none.
        """
        inputs.check_size(size)
        seen = inputs.image(source.image if isinstance(source, Plate) else source, "The plate", space)
        plate = source if isinstance(source, Plate) and seen is source.image else cls(seen)
        return plate if size is None else plate.filling(size)

    def filling(self, size: Size) -> "Plate":
        """The plate scaled and cut to fill exactly (height, width); itself where it has that size."""
        return self if size == self.image.size else Plate(framing.crop_to_fill(self.image, size))

    def with_people(self, image: Image) -> "Plate":
        """The same plate with people in it, for the next one: what is known of its light and texture stays that of the empty one.

        Args:
            image: this plate's picture, with people laid over it.
        """
        after = Plate(image)
        after._empty, after.texture = self._empty or self, self.texture
        return after

    def of_depth(self, depth: Depth | None) -> "Plate":
        """The plate in 8 or 16 bits, or in ``float``; itself where it has them, and for None.

        Linear light stays beside its integers, since what is laid over it goes into that.

        Raises:
            InputError: another depth.
        """
        check_depth(depth)
        pixels, floats = self.image.pixels, self.image.floats
        wide = floats is not None and not floats.linear
        if depth is None or (depth == "float" and floats is not None and not floats.half):
            return self
        if depth == pixels.itemsize * 8 and not wide:
            return self
        integers = pixels if pixels.itemsize * 8 == depth else (to_uint8 if depth == 8 else to_uint16)(to_float(pixels))
        if depth == "float":
            floats = Floats(to_float(pixels)) if floats is None else replace(floats, half=False)
        return Plate(replace(self.image, pixels=integers, floats=None if wide and depth != "float" else floats))

    def small(self, side: int) -> FloatArray:
        """The plate shrunk as a harmonizer sees it: (side, side, 3) float32."""
        if side not in self._small:
            self._small[side] = harmonizing.shrink(self.image.pixels, side, self.image.profile)
        return self._small[side]

    def horizon(self) -> float | None:
        """Its horizon's height from the top, as a share of its own; None where nothing tells it."""
        if self._empty is not None:
            return self._empty.horizon()
        if not self._horizon:
            self._horizon.append(horizons.horizon(self.image.pixels))
        return self._horizon[0]

    def black(self) -> float:
        """How deep its blacks are, see ``faded.black``."""
        if self._empty is not None:
            return self._empty.black()
        if not self._black:
            self._black.append(faded.black(self.image.pixels, profile=self.image.profile))
        return self._black[0]

    def cues(self, harmonizer: AnyHarmonizer) -> Cues:
        """What the harmonizer knows of this plate."""
        if self._empty is not None:
            return self._empty.cues(harmonizer)
        if harmonizer not in self._cues:
            self._cues = {harmonizer: harmonizer.cues(self.small(harmonizer.side))}
        return self._cues[harmonizer]

    def seen(self, harmonizer: AnyHarmonizer, window: Window = WHOLE) -> PlateSeen:
        """The plate, or a window of it, as the harmonizer sees it."""
        small = self.part(harmonizer.side, window)
        if window == WHOLE:
            return PlateSeen(small, self.cues(harmonizer))
        known = small if self._empty is None else self._empty.part(harmonizer.side, window)
        return PlateSeen(small, harmonizer.cues(known))

    def windows(self, harmonizer: AnyHarmonizer, look: Cues | None = None) -> Callable[[Window], PlateSeen]:
        """What a harmonizer sees of windows of the plate, and knows: of them, or of a look in their stead."""
        if look is None:
            return partial(self.seen, harmonizer)
        return lambda window: PlateSeen(self.part(harmonizer.side, window), look)

    def part(self, side: int, window: Window) -> FloatArray:
        """A window of the plate, shrunk as a harmonizer sees it: (side, side, 3) float32."""
        if window == WHOLE:
            return self.small(side)
        return harmonizing.shrink(self.image.pixels[window.box(self.image.size).slices], side, self.image.profile)
