"""The stages in order: START READING HERE.

    blend -> place -> harmonize -> lift -> compose

No arithmetic of its own: every step is a call into the room that knows it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cleanplate import blending, compositing, devices, lifting, matting, networks, photos, strips
from cleanplate.color import FloatArray, as_float, to_float
from cleanplate.resampling import squash
from cleanplate.types import Box, Cues, Cutout, Image, Placement, Settings, Size, Transform

NATURAL, WHOLE_STRENGTH = Placement(), Settings()


class Plate:
    """The complete new background, nobody in it. Its cues are computed once for each harmonizer.

    Args:
        image: the picture; its alpha, if any, is not looked at.
    """

    def __init__(self, image: Image) -> None:
        self.image = image
        self._small: dict[int, FloatArray] = {}
        self._cues: dict[networks.Harmonizer, Cues] = {}

    @classmethod
    def open(cls, source: photos.Source, size: Size | None = None) -> "Plate":
        """Read a plate; with ``size`` (height, width) it is scaled and cut to fill exactly that.

        Raises:
            PhotoError: the file cannot be read.
        """
        image = photos.read_image(source)
        return cls(compositing.crop_to_fill(image, size) if size else image)

    def small(self, side: int) -> FloatArray:
        """The plate as a harmonizer sees it: (side, side, 3) float32."""
        if side not in self._small:
            self._small[side] = shrink(self.image.pixels, side)
        return self._small[side]

    def cues(self, harmonizer: networks.Harmonizer) -> Cues:
        """What the harmonizer knows of this plate."""
        if harmonizer not in self._cues:
            self._cues[harmonizer] = harmonizer.cues(self.small(harmonizer.side))
        return self._cues[harmonizer]


@dataclass(frozen=True, eq=False)
class Composite:
    """The result, and what it was made of.

    Args:
        image: the finished picture, of the plate's size and depth.
        alpha: (box height, box width) float32, the corrected alpha.
        colors: (box height, box width, 3), the person's colors before harmonization, sRGB-encoded integers or float32.
        box: where the two lie in the picture.
        transform: the color change that harmonization made; None without it.
        strength: how much of it was applied.
        seconds: how long each stage took.
    """

    image: Image
    alpha: FloatArray
    colors: strips.Colors
    box: Box
    transform: Transform | None = None
    strength: float = 1.0
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def foreground(self) -> FloatArray:
        """The person's colors as composed: (box height, box width, 3) float32, sRGB-encoded, not clipped. Made at each call."""
        colors = as_float(self.colors)
        return colors if self.transform is None else lifting.apply(self.transform, colors, self.box, self.image.size, self.strength)

    def save(self, target: photos.PathName, *, overwrite: bool = False) -> None:
        """Write the picture; see ``photos.write_image``."""
        photos.write_image(self.image, target, overwrite=overwrite)


def shrink(pixels: Any, side: int) -> FloatArray:
    """A picture of integers as the harmonizer sees it: (side, side, 3) float32, squashed by area."""
    return to_float(squash(pixels, side))


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


class Compositor:
    """Composes cutouts with plates. The networks are loaded when they are first needed, once in a process.

    Args:
        harmonizer, blender: others than the shipped ones.
        device: what the shipped ones run on: ``auto``, ``cpu``, ``cuda``, ``tensorrt`` or ``openvino``.

    Raises:
        DeviceError: there is no such device; one that does not work here is refused when a network is first needed.
    """

    def __init__(
        self, harmonizer: networks.Harmonizer | None = None, blender: networks.Blender | None = None, device: str = "auto"
    ) -> None:
        self._harmonizer, self._blender, self.device = harmonizer, blender, devices.chosen(device)

    @property
    def harmonizer(self) -> networks.Harmonizer:
        self._harmonizer = self._harmonizer or networks.Harmonizer(device=self.device)
        return self._harmonizer

    @property
    def blender(self) -> networks.Blender:
        self._blender = self._blender or networks.Blender(device=self.device)
        return self._blender

    def cutout(self, image: Image, alpha: FloatArray | None = None) -> Cutout:
        """The person of a photo: by the given alpha, by the photo's own, or by the matting network.

        Raises:
            NoPersonError: the network found nobody.
            InputError: an alpha of another size.
        """
        if alpha is not None:
            return Cutout(image, alpha)
        if image.alpha is not None and image.alpha.min() < 1:
            return Cutout(image, image.alpha, clean=True)
        return Cutout(image, matting.matte(to_float(image.pixels), device=self.device))

    def compose(
        self, person: Cutout | Image, plate: Plate, placement: Placement = NATURAL, settings: Settings = WHOLE_STRENGTH
    ) -> Composite:
        """Put the person into the plate so that they look taken there.

        Raises:
            NoPersonError: an Image was given and nobody is in it.
            InputError: the placement puts the person outside the plate.
        """
        clock = Clock()
        if isinstance(person, Image):
            with clock.stage("matte"):
                person = self.cutout(person)
        if settings.blend and not person.clean:
            with clock.stage("blend"):
                person = self.clean(person)
        with clock.stage("place"):
            placed, box = compositing.place(person, plate.image.size, placement)
        return self.finish(plate, plate.image, placed.image.pixels, placed.alpha, box, settings, clock)

    def clean(self, cutout: Cutout) -> Cutout:
        """The blend stage alone, to be done once for many plates: the cutout with the person's own colors along its soft edge.

        Raises:
            InputError: the alpha is empty.
        """
        return cutout if cutout.clean else blending.clean(self.blender, cutout)

    def blend(
        self, source: blending.Colors, alpha: FloatArray, plate: FloatArray | None = None
    ) -> tuple[FloatArray, blending.Colors]:
        """Alpha and foreground corrected along the soft edge, of arrays; see ``blending.correct``."""
        return blending.correct(self.blender, source, alpha, plate)

    def harmonize(
        self, composite: Image, alpha: FloatArray, plate: Plate | None = None, settings: Settings = WHOLE_STRENGTH
    ) -> Composite:
        """Match the colors of a composite's foreground to its plate.

        Args:
            alpha: (height, width) float32 in [0, 1], where the foreground is.
            plate: the complete plate; without one, the composite with its foreground filled in stands for it.

        Raises:
            InputError: alpha of another size or empty.
        """
        whole, clock = Cutout(composite, alpha), Clock()
        box = compositing.extent(whole.alpha, compositing.TOUCHED)
        with clock.stage("fill"):
            plate = plate or Plate(compositing.filled(composite, alpha))
        foreground = composite.pixels[box.slices]
        return self.finish(plate, composite, foreground, alpha[box.slices], box, settings, clock)

    def finish(
        self, plate: Plate, under: Image, foreground: strips.Colors, alpha: FloatArray, box: Box, settings: Settings, clock: Clock
    ) -> Composite:
        """Harmonize, lift and compose a foreground over ``under`` (the plate, or the composite it already lies in)."""
        transform = None
        if settings.harmonize and settings.strength > 0:
            with clock.stage("harmonize"):
                transform = self.color_change(plate, under, foreground, alpha, box)
        with clock.stage("compose"):
            image = under.pixels.copy()
            strips.finish(image, foreground, alpha, box, transform, settings.strength)
        return Composite(Image(image), alpha, foreground, box, transform, settings.strength, clock.seconds)

    def color_change(self, plate: Plate, under: Image, foreground: strips.Colors, alpha: FloatArray, box: Box) -> Transform:
        """What the harmonizer answers to the composite, as a transform of the whole frame."""
        side = self.harmonizer.side
        changed, covered = strips.shrunk(under.pixels, foreground, alpha, box, side)
        small = changed + (plate.small(side) if under is plate.image else shrink(under.pixels, side))
        answer = self.harmonizer.answer(small, covered, plate.cues(self.harmonizer))
        return answer if isinstance(answer, Transform) else lifting.fit(small, answer, covered)


def compose(
    person: photos.Source,
    plate: photos.Source,
    *,
    alpha: photos.Source | None = None,
    size: Size | None = None,
    placement: Placement = NATURAL,
    settings: Settings = WHOLE_STRENGTH,
    device: str = "auto",
) -> Composite:
    """The one-shot door: two files in, a Composite out.

    Args:
        person: a photo of a person (or one whose alpha says where they are).
        plate: the new background.
        alpha: a matte file for the person.
        size: (height, width) to which the plate is scaled and cut; its own size without it.
        device: what the networks run on; see ``Compositor``.

    Raises:
        PhotoError, NoPersonError, InputError, DeviceError, MissingExtra: with one sentence each.

    >>> cleanplate.compose("person.jpg", "beach.jpg").save("out.jpg")  # doctest: +SKIP
    """
    compositor = Compositor(device=device)
    image = photos.read_image(person)
    matte = None if alpha is None else photos.read_alpha(alpha)
    opened = Plate.open(plate, size)
    return compositor.compose(image if matte is None else compositor.cutout(image, matte), opened, placement, settings)


def harmonize(
    composite: photos.Source,
    mask: photos.Source,
    plate: photos.Source | None = None,
    settings: Settings = WHOLE_STRENGTH,
    device: str = "auto",
) -> Composite:
    """The one-shot door for an existing composite and the mask of its foreground.

    Raises:
        PhotoError, InputError, DeviceError, MissingExtra: with one sentence each.
    """
    opened = None if plate is None else Plate.open(plate)
    return Compositor(device=device).harmonize(photos.read_image(composite), photos.read_alpha(mask), opened, settings)
