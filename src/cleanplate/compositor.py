"""The stages in order: START READING HERE.

    blend -> place -> harmonize -> lift and compose, in one pass

No arithmetic of its own: every step is a call into the room that knows it.
"""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cleanplate import blending, compositing, crops, devices, lifting, matting, networks, parts, photos, strips, takes, wrapping
from cleanplate.coded import Coded, as_rgb
from cleanplate.color import FloatArray, Pixels, as_float
from cleanplate.errors import InputError
from cleanplate.types import Box, Cues, Cutout, Image, Keep, Placement, Settings, Size, Transform

NATURAL, WHOLE_STRENGTH = Placement(), Settings()
WEIGHTS = ("fast", "open")  # the shipped sets


class Plate:
    """The complete new background, nobody in it. Its cues are computed once for each harmonizer.

    Args:
        image: the picture; its alpha, if any, is not looked at.

    Raises:
        InputError: it is wholly transparent: there is nothing to see.
    """

    def __init__(self, image: Image) -> None:
        if image.alpha is not None and not image.alpha.any():
            raise InputError("The plate is wholly transparent, and its colors mean nothing: give a picture that shows something.")
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
            self._small[side] = takes.shrink(self.image.pixels, side)
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
        warnings: one sentence on each thing that is not as it should be, such as a cut of the photo's border that is seen.
    """

    image: Image
    alpha: FloatArray
    colors: strips.Colors
    box: Box
    transform: Transform | None = None
    strength: float = 1.0
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def foreground(self) -> FloatArray:
        """The person's colors as composed: (box height, box width, 3) float32, sRGB-encoded, not clipped. Made at each call.

        Without the plate's light that spilled over them (``Settings.wrap``).
        """
        colors = as_float(self.colors)
        return colors if self.transform is None else lifting.apply(self.transform, colors, self.box, self.image.size, self.strength)

    def save(self, target: photos.PathName, *, overwrite: bool = False) -> None:
        """Write the picture; see ``photos.write_image``."""
        photos.write_image(self.image, target, overwrite=overwrite)


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
        weights: which of the shipped ones: ``fast``, or ``open``, trained on clearly licensed pictures alone.

    Raises:
        InputError: there is no such set of weights.
        DeviceError: there is no such device; one that does not work here is refused when a network is first needed.
    """

    def __init__(
        self,
        harmonizer: networks.Harmonizer | None = None,
        blender: networks.Blender | None = None,
        device: str = "auto",
        weights: str = "fast",
    ) -> None:
        if weights not in WEIGHTS:
            raise InputError(f"There is no set of weights {weights}: give one of {', '.join(WEIGHTS)}.")
        self.weights = weights
        self._harmonizer, self._blender, self.device = harmonizer, blender, devices.chosen(device)

    @property
    def harmonizer(self) -> networks.Harmonizer:
        self._harmonizer = self._harmonizer or networks.Harmonizer(f"harmonize-{self.weights}", device=self.device)
        return self._harmonizer

    @property
    def blender(self) -> networks.Blender:
        self._blender = self._blender or networks.Blender(f"blend-{self.weights}", device=self.device)
        return self._blender

    def cutout(
        self, image: Image, alpha: FloatArray | None = None, *, keep: Keep = "main", keep_mask: FloatArray | None = None,
        drop_mask: FloatArray | None = None,
    ) -> Cutout:  # fmt: skip
        """The person of a photo: by the given alpha, by the photo's own, or by the matting network.

        Args:
            keep: who of several is taken where the network looks; see ``Settings``.
            keep_mask, drop_mask: (height, width) float32 in [0, 1], painted by hand: there the person is, or is not, whatever the
                alpha says. Parts that ``keep_mask`` touches are kept.

        Raises:
            NoPersonError: the network found nobody.
            InputError: an alpha of another size, or painted areas of other proportions.
        """
        painted, unwanted = (parts.fitting(each, image.size) for each in (keep_mask, drop_mask))
        clean, said = alpha is None and image.alpha is not None and image.alpha.min() < 1, list[str]()
        if alpha is None:
            told = {"device": self.device, "keep": keep, "painted": painted, "warn": said.append}
            alpha = image.alpha if clean else matting.matte(image.pixels, **told)  # type: ignore[arg-type]
        alpha = parts.touched_up(alpha, painted, unwanted)  # type: ignore[arg-type]
        return Cutout(image, alpha, clean, False, crops.cropped(alpha, trimmed=clean), tuple(said))

    def compose(
        self, person: Cutout | Image, plate: Plate, placement: Placement = NATURAL, settings: Settings = WHOLE_STRENGTH
    ) -> Composite:
        """Put the person into the plate so that they look taken there.

        Raises:
            NoPersonError: an Image was given and nobody is in it.
            InputError: the placement puts the person outside the plate.
        """
        return self.composed(person, lambda: plate, placement, settings, inplace=False)

    def opened(self, source: photos.Source, size: Size | None, settings: Settings) -> Plate:
        """A plate from a file, its cues looked at already where they will be needed."""
        plate = Plate.open(source, size)
        if settings.harmonize and settings.strength > 0:
            plate.cues(self.harmonizer)
        return plate

    def composed(
        self, person: Cutout | Image, opened: Callable[[], Plate], placement: Placement, settings: Settings, *, inplace: bool
    ) -> Composite:
        """As ``compose``, with a plate that may still be on its way: it is asked for when the person is cut out and cleaned.

        Args:
            inplace: the person's and the plate's arrays may be written into: copies of large photos cost memory.
        """
        clock = Clock()
        if isinstance(person, Image):
            with clock.stage("matte"):
                person = self.cutout(person, keep=settings.keep)
        found = person.warnings
        if settings.blend and not person.clean:
            with clock.stage("blend"):
                person = blending.clean(self.blender, person, inplace=inplace)
        plate = opened()
        with clock.stage("place"):
            placed, box, warnings = compositing.placed(person, plate.image.size, placement)
        colors, alpha = placed.image.pixels, placed.alpha
        return self.finish(plate, plate.image, colors, alpha, box, settings, clock, inplace=inplace, warnings=found + warnings)

    def clean(self, cutout: Cutout) -> Cutout:
        """The blend stage alone, to be done once for many plates: the cutout with the person's own colors along its soft edge.

        Raises:
            InputError: the alpha is empty.
        """
        return cutout if cutout.clean else blending.clean(self.blender, cutout)

    def blend(self, source: FloatArray, alpha: FloatArray, plate: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
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
        self, plate: Plate, under: Image, foreground: strips.Colors, alpha: FloatArray, box: Box, settings: Settings, clock: Clock,
        *, inplace: bool = False, warnings: tuple[str, ...] = (),
    ) -> Composite:  # fmt: skip
        """Harmonize, lift and compose a foreground over ``under`` (the plate, or the composite it already lies in)."""
        transform = None
        if settings.harmonize and settings.strength > 0:
            with clock.stage("harmonize"):
                transform = self.color_change(plate, under, foreground, alpha, box)
        with clock.stage("compose"):
            image = under.pixels if inplace else under.pixels.copy()
            light = wrapping.spill(image, alpha, box, settings.wrap)
            strips.finish(image, foreground, alpha, box, transform, settings.strength, light=light)
        return Composite(Image(image), alpha, foreground, box, transform, settings.strength, clock.seconds, warnings)

    def compose_frames(
        self,
        frames: Iterable[Pixels] | Cutout | Image,
        plate: Plate | Iterable[Pixels],
        placement: Placement = NATURAL,
        settings: Settings = WHOLE_STRENGTH,
        quality: str = "balanced",
        *,
        size: Size | None = None,
        rate: float = 25.0,
    ) -> Iterator[Pixels]:
        """Put a filmed person into a plate, or a person into a filmed plate, frame by frame: lazily, a few frames at a time.

        A filmed person lies on the plate as in their own frame, which gives the size; a placement is found once and kept.

        Args:
            frames: (height, width, 3) arrays, uint8 or uint16, in order, or with a fourth channel, straight alpha, that says where
                the person is; or a photographed person, for a filmed plate.
            plate: a still one, or arrays as above. The shorter of two films ends the result.
            quality: ``fast``, ``balanced`` or ``best``; see ``takes.QUALITIES``.
            size: (height, width) of the result instead: the plate, and a filmed person's frame, are cut to fill it.
            rate: frames in a second.

        Returns:
            an iterator over (height, width, 3) arrays of the plate's type.

        Raises:
            InputError: no such quality; neither is filmed; the placement puts the person outside the plate.
            NoPersonError: nobody in the first second (while iterating).
        """
        chosen = takes.effort(quality)
        made = self.take(frames, plate, placement, settings, chosen, size, rate)
        return (as_rgb(each.pixels) for each in made)

    def take(
        self,
        person: Iterable[Pixels | Coded] | Cutout | Image,
        plate: Plate | Iterable[Pixels | Coded],
        placement: Placement,
        settings: Settings,
        effort: takes.Effort,
        size: Size | None,
        rate: float,
        alone: bool = False,
        ahead: Callable[[Iterator[Any]], Iterator[Any]] = iter,
        warn: Callable[[str], Any] = str,
    ) -> Iterator[takes.Composed]:
        """As ``compose_frames``; with ``alone`` the person with alpha, for a film of its own. See ``takes.take``."""
        if isinstance(person, Cutout | Image) and isinstance(plate, Plate):
            raise InputError("Neither the person nor the plate is a film: use compose for two pictures.")
        if not isinstance(person, Cutout | Image):
            size, person = takes.sized(person, size)
        if not isinstance(plate, Plate):
            size, plate = takes.sized(plate, size)
        if size is None:
            return iter(())  # no frames
        harmonizer, behind = self.harmonizer if settings.harmonize else None, None
        effort = effort if settings.blend else effort._replace(blend=False, edges=False)
        blender = self.blender if effort.blend else None
        if isinstance(plate, Plate):
            still = Plate(Image(compositing.filling(plate.image.pixels, size)))
            behind = takes.Behind(still.small(harmonizer.side), still.cues(harmonizer)) if harmonizer else None
            plate = itertools.repeat(still.image.pixels)
        actor = self.laid(person, size, placement, settings, warn) if isinstance(person, Cutout | Image) else person
        composer = takes.Composer(harmonizer, settings.strength, effort, behind, alone, settings.wrap)
        return takes.take(actor, plate, composer, effort, blender, size, placement, rate, ahead, self.device, warn)

    def laid(
        self, person: Cutout | Image, size: Size, placement: Placement, settings: Settings, warn: Callable[[str], Any]
    ) -> takes.Laid:
        """A photographed person brought into a frame of that size, their edge corrected once for all of its plates."""
        cutout = person if isinstance(person, Cutout) else self.cutout(person, keep=settings.keep)
        placed, box, warnings = compositing.placed(self.clean(cutout) if settings.blend else cutout, size, placement)
        for sentence in cutout.warnings + warnings:
            warn(sentence)
        return takes.Laid(placed.image.pixels, placed.alpha, box, False)

    def color_change(self, plate: Plate, under: Image, foreground: strips.Colors, alpha: FloatArray, box: Box) -> Transform:
        """What the harmonizer answers to the composite, as a transform of the whole frame."""
        side = self.harmonizer.side
        pasted = under is not plate.image  # the foreground lies in it already
        small = takes.shrink(under.pixels, side) if pasted else plate.small(side)
        behind = takes.Behind(small, plate.cues(self.harmonizer))
        return takes.color_change(self.harmonizer, behind, under.pixels, None if pasted else foreground, alpha, box)


def compose(
    person: photos.Source,
    plate: photos.Source,
    *,
    alpha: photos.Source | None = None,
    size: Size | None = None,
    placement: Placement = NATURAL,
    settings: Settings = WHOLE_STRENGTH,
    device: str = "auto",
    weights: str = "fast",
    keep_mask: photos.Source | None = None,
    drop_mask: photos.Source | None = None,
) -> Composite:
    """The one-shot door: two files in, a Composite out.

    Args:
        person: a photo of a person (or one whose alpha says where they are).
        plate: the new background.
        alpha: a matte file for the person.
        keep_mask, drop_mask: pictures that are white where the person is, or is not, whatever the matte says.
        size: (height, width) to which the plate is scaled and cut; its own size without it.
        device: what the networks run on; see ``Compositor``.
        weights: ``fast`` or ``open``; see ``Compositor``.

    Raises:
        PhotoError, NoPersonError, InputError, DeviceError, MissingExtra: with one sentence each.

    >>> cleanplate.compose("person.jpg", "beach.jpg").save("out.jpg")  # doctest: +SKIP
    """
    compositor = Compositor(device=device, weights=weights)
    with ThreadPoolExecutor(1) as aside:  # decoding keeps one core busy: two pictures at once on two
        mattes = {"alpha": alpha, "keep_mask": keep_mask, "drop_mask": drop_mask}
        read = {name: aside.submit(photos.read_alpha, each) for name, each in mattes.items() if each is not None}
        opened = aside.submit(compositor.opened, plate, size, settings)
        if hasattr(plate, "read") or any(hasattr(each, "read") for each in mattes.values()):  # a stream that may be another's too
            opened.result()
        given: list[Image | Cutout] = [photos.read_image(person)]
        if read:
            masks = {name: each.result() for name, each in read.items()}
            given.append(compositor.cutout(given.pop(), **masks, keep=settings.keep))  # type: ignore[arg-type]
        return compositor.composed(given.pop(), opened.result, placement, settings, inplace=True)  # nobody here holds on to it


def harmonize(
    composite: photos.Source,
    mask: photos.Source,
    plate: photos.Source | None = None,
    settings: Settings = WHOLE_STRENGTH,
    device: str = "auto",
    weights: str = "fast",
) -> Composite:
    """The one-shot door for an existing composite and the mask of its foreground.

    Raises:
        PhotoError, InputError, DeviceError, MissingExtra: with one sentence each.
    """
    opened = None if plate is None else Plate.open(plate)
    compositor = Compositor(device=device, weights=weights)
    return compositor.harmonize(photos.read_image(composite), photos.read_alpha(mask), opened, settings)
