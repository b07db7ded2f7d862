"""The stages in order: START READING HERE.

    blend -> place -> harmonize -> lift and compose, in one pass

No arithmetic of its own: every step is a call into the room that knows it.
"""

import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast, get_args

from PIL import Image as pillow

from cleanplate import inputs
from cleanplate.errors import InputError, NoPersonError
from cleanplate.files import photos
from cleanplate.files.atomic import PathName
from cleanplate.film import takes
from cleanplate.film.pipeline import aside
from cleanplate.inputs import Picture
from cleanplate.models import devices
from cleanplate.models.blender import AnyBlender, Blender
from cleanplate.models.devices import DeviceName
from cleanplate.models.harmonizer import AnyHarmonizer, Cues, Harmonizer
from cleanplate.pixels.color import FloatArray, Pixels, as_float
from cleanplate.stages import blending, compositing, crops, framing, hair, light_wrap, matting, parts
from cleanplate.stages import horizon as horizons
from cleanplate.transforms import applying
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box, Cutout, Image, Keep, Placement, Settings, Size
from cleanplate.video.yuv420 import Coded, as_rgb

NATURAL, WHOLE_STRENGTH = Placement(), Settings()
WeightSet = Literal["fast", "open"]
WEIGHTS = get_args(WeightSet)  # the shipped sets
MASKS = {"alpha": "The matte", "keep_mask": "The area to keep", "drop_mask": "The area to drop"}  # in messages
IDLE_ALPHA = "The photo's alpha cuts nobody out ({:.2%} of it is transparent): the person was found by the network instead."


class Plate:
    """The complete new background, nobody in it. Its cues are computed once, as long as the same harmonizer asks.

    Args:
        image: the picture; its alpha, if any, is not looked at.

    Raises:
        InputError: it is wholly transparent: there is nothing to see.
    """

    def __init__(self, image: Image) -> None:
        if image.alpha is not None and not image.alpha.any():
            raise InputError("The plate is wholly transparent, and its colors mean nothing: give a picture that shows something.")
        self.image = image
        self._horizon: list[float | None] = []  # once it was looked for
        self._small: dict[int, FloatArray] = {}
        self._cues: dict[AnyHarmonizer, Cues] = {}  # of the latest: each call of the one-shot door has another

    @classmethod
    def open(cls, source: "Picture | Plate", size: Size | None = None) -> "Plate":
        """A plate from a file, an array, a Pillow picture or an ``Image``; with ``size`` (height, width) cut to fill exactly that.

        Raises:
            PhotoError: the file cannot be read.
            InputError: it is no picture, or ``size`` is none.
        """
        inputs.check_size(size)
        if isinstance(source, Plate) and size in (None, source.image.size):
            return source
        image = source.image if isinstance(source, Plate) else inputs.image(source, "The plate")
        return cls(framing.crop_to_fill(image, size) if size else image)

    def small(self, side: int) -> FloatArray:
        """The plate as a harmonizer sees it: (side, side, 3) float32."""
        if side not in self._small:
            self._small[side] = takes.shrink(self.image.pixels, side)
        return self._small[side]

    def horizon(self) -> float | None:
        """Its horizon's height from the top, as a share of its own; None where that is not plain."""
        if not self._horizon:
            self._horizon.append(horizons.horizon(self.image.pixels))
        return self._horizon[0]

    def cues(self, harmonizer: AnyHarmonizer) -> Cues:
        """What the harmonizer knows of this plate."""
        found = self._cues.get(harmonizer)
        if found is None:
            found = harmonizer.cues(self.small(harmonizer.side))
            self._cues = {harmonizer: found}
        return found


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
        warnings: one sentence each on what was got over, or is seen in the picture such as a cut of the photo's border.
    """

    image: Image
    alpha: FloatArray
    colors: compositing.Colors
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
        if self.transform is None:
            return colors
        return applying.apply(self.transform, colors, self.box, self.image.size, self.strength)

    def save(self, target: PathName, *, overwrite: bool = False) -> None:
        """Write the picture; see ``photos.write_image``."""
        photos.write_image(self.image, target, overwrite=overwrite)

    def to_array(self) -> Pixels:
        """A copy of the picture as an array, (height, width, 3) uint8 or uint16."""
        return self.image.to_array()

    def to_pil(self) -> pillow.Image:
        """A copy of the picture as Pillow's, RGB; see ``Image.to_pil``."""
        return self.image.to_pil()


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
        harmonizer, blender: others than the shipped ones; see ``AnyHarmonizer`` and ``AnyBlender``.
        device: what the shipped ones run on: ``auto``, ``cpu``, ``cuda``, ``tensorrt`` or ``openvino``.
        weights: whose edge: ``fast``, or ``open``, a blender trained on clearly licensed pictures alone (the harmonizer is anyway).

    Raises:
        InputError: there is no such set of weights.
        DeviceError: there is no such device; one that does not work here is refused when a network is first needed.
    """

    def __init__(
        self,
        harmonizer: AnyHarmonizer | None = None,
        blender: AnyBlender | None = None,
        device: DeviceName = "auto",
        weights: WeightSet = "fast",
    ) -> None:
        if weights not in WEIGHTS:
            raise InputError(f"There is no set of weights {weights}: give one of {', '.join(WEIGHTS)}.")
        self.weights: WeightSet = weights
        self._harmonizer, self._blender, self.device = harmonizer, blender, devices.chosen(device)

    @property
    def harmonizer(self) -> AnyHarmonizer:
        self._harmonizer = self._harmonizer or Harmonizer("harmonize-fast", device=self.device)
        return self._harmonizer

    @property
    def blender(self) -> AnyBlender:
        self._blender = self._blender or Blender(f"blend-{self.weights}", device=self.device)
        return self._blender

    def cutout(
        self, person: Picture | Cutout, alpha: Picture | None = None, *, keep: Keep = "main", keep_mask: Picture | None = None,
        drop_mask: Picture | None = None,
    ) -> Cutout:  # fmt: skip
        """The person of a photo: by the given alpha, by the photo's own where that cuts somebody out, or by the matting network.

        Args:
            keep: who of several is taken where the network looks; see ``Settings``.
            keep_mask, drop_mask: pictures painted by hand, or (height, width) alone: where they are white the person is, or is not,
                whatever the alpha says. Parts that ``keep_mask`` touches are kept.

        Raises:
            PhotoError: a file cannot be read.
            NoPersonError: the network found nobody.
            InputError: an alpha of another size, or painted areas of other proportions; what was given is no picture.
        """
        given = inputs.person(person)
        painted, unwanted = (
            None if each is None else parts.at_size(inputs.matte(each, MASKS[name]), given.size)
            for name, each in (("keep_mask", keep_mask), ("drop_mask", drop_mask))
        )
        if alpha is not None:
            found = Cutout(given.image if isinstance(given, Cutout) else given, inputs.matte(alpha))
        else:
            found = given if isinstance(given, Cutout) else self.found(given, keep, painted)
        cover = parts.touched_up(found.alpha, painted, unwanted)
        if found is given and cover is found.alpha:
            return found
        return replace(found, alpha=cover, cropped=crops.cropped(cover, trimmed=found.clean))

    def found(self, photo: Image, keep: Keep, painted: FloatArray | None) -> Cutout:
        """The person of a photo, by its own alpha or by the matting network."""
        if photo.alpha is not None and framing.cuts_out(photo.alpha):
            return Cutout(photo, photo.alpha, clean=True)
        said = list[str]()
        if photo.alpha is not None and photo.alpha.min() < 1:
            said.append(IDLE_ALPHA.format((photo.alpha < framing.SEEN).mean()))
        alpha = matting.matte(photo.pixels, device=self.device, keep=keep, painted=painted, warn=said.append)
        return Cutout(photo, alpha, warnings=tuple(said))

    def compose(
        self, person: Picture | Cutout, plate: Picture | Plate, placement: Placement = NATURAL, settings: Settings = WHOLE_STRENGTH
    ) -> Composite:
        """Put the person into the plate so that they look taken there.

        Raises:
            PhotoError: a file cannot be read.
            NoPersonError: a picture was given and nobody is in it.
            InputError: what was given is no picture; the placement puts the person outside the plate.
        """
        behind = Plate.open(plate)
        return self.composed(inputs.person(person), lambda: behind, placement, settings, inplace=False)

    def opened(self, source: Picture | Plate, size: Size | None, settings: Settings) -> Plate:
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
        if settings.clean_hair > 0 and not person.clean:
            with clock.stage("hair"):
                person = hair.cleaned(person, settings.clean_hair, inplace=inplace)
        if settings.blend and not person.clean:
            with clock.stage("blend"):
                person = blending.clean(self.blender, person, inplace=inplace)
        plate = opened()
        with clock.stage("place"):
            placed, box = framing.place(person, plate.image.size, placement, plate.horizon)
        colors, alpha, said = placed.image.pixels, placed.alpha, placed.warnings
        return self.finish(plate, plate.image, colors, alpha, box, settings, clock, inplace=inplace, warnings=said)

    def clean(self, cutout: Cutout, clean_hair: float = WHOLE_STRENGTH.clean_hair) -> Cutout:
        """The blend stage alone, to be done once for many plates: the cutout with the person's own colors along its soft edge.

        Args:
            clean_hair: as of ``Settings``; once made clean, a cutout's hair stays as it is.

        Raises:
            InputError: the alpha is empty.
        """
        return cutout if cutout.clean else blending.clean(self.blender, hair.cleaned(cutout, clean_hair))

    def blend(self, source: FloatArray, alpha: FloatArray, plate: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
        """Alpha and foreground corrected along the soft edge, of arrays; see ``blending.correct``."""
        return blending.correct(self.blender, source, alpha, plate)

    def harmonize(
        self, composite: Picture, alpha: Picture, plate: Picture | Plate | None = None, settings: Settings = WHOLE_STRENGTH
    ) -> Composite:
        """Match the colors of a composite's foreground to its plate.

        Args:
            alpha: where the foreground is: (height, width) in [0, 1], or a picture that is white there.
            plate: the complete plate; without one, the composite with its foreground filled in stands for it.

        Raises:
            PhotoError: a file cannot be read.
            InputError: alpha of another size or empty; what was given is no picture.
        """
        whole, clock = Cutout(inputs.image(composite, "The composite"), inputs.matte(alpha, "The mask")), Clock()
        box, under = framing.extent(whole.alpha, framing.TOUCHED), whole.image
        with clock.stage("fill"):
            behind = Plate(framing.filled(under, whole.alpha)) if plate is None else Plate.open(plate)
        return self.finish(behind, under, under.pixels[box.slices], whole.alpha[box.slices], box, settings, clock)

    def finish(
        self, plate: Plate, under: Image, foreground: compositing.Colors, alpha: FloatArray, box: Box, settings: Settings,
        clock: Clock, *, inplace: bool = False, warnings: tuple[str, ...] = (),
    ) -> Composite:  # fmt: skip
        """Harmonize, lift and compose a foreground over ``under`` (the plate, or the composite it already lies in)."""
        transform = None
        if settings.harmonize and settings.strength > 0:
            with clock.stage("harmonize"):
                transform = self.color_change(plate, under, foreground, alpha, box)
        with clock.stage("compose"):
            image = under.pixels if inplace else under.pixels.copy()
            light = light_wrap.spill(image, alpha, box, settings.wrap)
            compositing.finish(image, foreground, alpha, box, transform, settings.strength, light=light)
        return Composite(Image(image), alpha, foreground, box, transform, settings.strength, clock.seconds, warnings)

    def compose_frames(
        self,
        frames: Iterable[Picture] | Picture | Cutout,
        plate: Iterable[Picture] | Picture | Plate,
        placement: Placement = NATURAL,
        settings: Settings = WHOLE_STRENGTH,
        quality: takes.Quality = "balanced",
        *,
        size: Size | None = None,
        rate: float = 25.0,
    ) -> Iterator[Pixels]:
        """Put a filmed person into a plate, or a person into a filmed plate, frame by frame: lazily, a few frames at a time.

        A filmed person lies on the plate as in their own frame, which gives the size; a placement is found once and kept.

        Args:
            frames: (height, width, 3) arrays, uint8 or uint16, in order, or with a fourth channel, straight alpha, that says where
                the person is (floats within [0, 1] and Pillow pictures are taken too); or a photographed person in any form that
                ``compose`` takes, for a filmed plate.
            plate: a still one in any such form, or frames as above. The shorter of two films ends the result.
            quality: ``fast``, ``balanced`` or ``best``; see ``takes.QUALITIES``.
            size: (height, width) of the result instead: the plate, and a filmed person's frame, are cut to fill it.
            rate: frames in a second.

        Returns:
            an iterator over (height, width, 3) arrays of the plate's type.

        Raises:
            InputError: no such quality, size or rate; a frame that is none; neither is filmed; the placement puts the person
                outside the plate.
            NoPersonError: nobody in the first second (while iterating).
        """
        chosen = takes.effort(quality)
        inputs.check_size(size)
        if not 0 < rate < math.inf:
            raise InputError(f"rate is the frames in a second, above 0; {rate:g} was given.")
        actor: Cutout | Image | Iterator[Pixels] = (
            inputs.person(cast(Picture, frames)) if inputs.is_still(frames) else inputs.film(frames, "the person")
        )
        still = isinstance(plate, Plate) or inputs.is_still(plate)
        behind = Plate.open(cast(Picture, plate)) if still else inputs.film(plate, "the plate")
        made = self.take(actor, behind, placement, settings, chosen, size, rate)
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
            if settings.clean_hair > 0:
                raise InputError("`clean_hair` goes with a photographed person, and this one is filmed: leave it out.")
            size, person = takes.sized(person, size)
        if not isinstance(plate, Plate):
            size, plate = takes.sized(plate, size)
        if size is None:
            return iter(())  # no frames
        harmonizer, behind = self.harmonizer if settings.harmonize else None, None
        effort = effort if settings.blend else effort._replace(blend=False, edges=False)
        blender = self.blender if effort.blend else None
        if isinstance(plate, Plate):
            still = Plate(Image(framing.filling(plate.image.pixels, size)))
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
        freed = hair.cleaned(cutout, settings.clean_hair)
        placed, box = framing.place(self.clean(freed) if settings.blend else freed, size, placement)
        for sentence in placed.warnings:
            warn(sentence)
        return takes.Laid(placed.image.pixels, placed.alpha, box, False)

    def color_change(self, plate: Plate, under: Image, foreground: compositing.Colors, alpha: FloatArray, box: Box) -> Transform:
        """What the harmonizer answers to the composite, as a transform of the whole frame."""
        side = self.harmonizer.side
        pasted = under is not plate.image  # the foreground lies in it already
        small = takes.shrink(under.pixels, side) if pasted else plate.small(side)
        behind = takes.Behind(small, plate.cues(self.harmonizer))
        return takes.color_change(self.harmonizer, behind, under.pixels, None if pasted else foreground, alpha, box)


def compose(
    person: Picture | Cutout,
    plate: Picture | Plate,
    *,
    alpha: Picture | None = None,
    size: Size | None = None,
    placement: Placement = NATURAL,
    settings: Settings = WHOLE_STRENGTH,
    device: DeviceName = "auto",
    weights: WeightSet = "fast",
    keep_mask: Picture | None = None,
    drop_mask: Picture | None = None,
) -> Composite:
    """The one-shot door: two pictures in, a Composite out.

    A picture is a path, a binary file, its bytes, a Pillow picture, an array (height, width, 3 or 4) of uint8, uint16 or floats
    within [0, 1], or an ``Image``. What is given is never written into.

    Args:
        person: a photo of a person (or one whose alpha says where they are), or a ``Cutout``.
        plate: the new background, or a ``Plate``.
        alpha: a matte for the person: a picture, or (height, width) alone.
        keep_mask, drop_mask: likewise, white where the person is, or is not, whatever the matte says.
        size: (height, width) to which the plate is scaled and cut; its own size without it.
        device: what the networks run on; see ``Compositor``.
        weights: ``fast`` or ``open``; see ``Compositor``.

    Raises:
        PhotoError, NoPersonError, InputError, DeviceError, MissingExtra: with one sentence each.

    >>> cleanplate.compose("person.jpg", "beach.jpg").save("out.jpg")  # doctest: +SKIP
    """
    compositor = Compositor(device=device, weights=weights)
    masks = {"alpha": alpha, "keep_mask": keep_mask, "drop_mask": drop_mask}
    wanted = {name: each for name, each in masks.items() if each is not None}
    read = aside(lambda: {name: inputs.matte(each, MASKS[name]) for name, each in wanted.items()})

    def behind() -> Plate:
        read()  # one after the other: decoding keeps one core busy, and with the person's two are
        return compositor.opened(plate, size, settings)

    opened = aside(behind)
    try:
        if not inputs.is_file(plate) or any(hasattr(each, "read") for each in (plate, *wanted.values())):
            opened()  # read already; or a stream, which may be another's too
        given: list[Image | Cutout] = [inputs.person(person)]
        if wanted:
            given.append(compositor.cutout(given.pop(), **read(), keep=settings.keep))
        own = all(inputs.is_file(each) for each in (person, plate, *wanted.values()))  # then nobody else holds on to their pixels
        return compositor.composed(given.pop(), opened, placement, settings, inplace=own)
    except Exception:  # not of Ctrl-C: the other may be reading a pipe that nobody feeds
        with suppress(Exception):
            opened()  # a process that ends while a network loads aborts
        raise


def harmonize(
    composite: Picture,
    mask: Picture,
    plate: Picture | Plate | None = None,
    settings: Settings = WHOLE_STRENGTH,
    device: DeviceName = "auto",
    weights: WeightSet = "fast",
) -> Composite:
    """The one-shot door for an existing composite and the mask of its foreground; pictures as for ``compose``.

    Raises:
        PhotoError, InputError, DeviceError, MissingExtra: with one sentence each.
    """
    opened = None if plate is None else Plate.open(plate)
    return Compositor(device=device, weights=weights).harmonize(composite, mask, opened, settings)


def matte(
    person: Picture, device: DeviceName = "auto", *, keep: Keep = "main", keep_mask: Picture | None = None,
    drop_mask: Picture | None = None,
) -> Cutout:  # fmt: skip
    """The one-shot door that only finds the person: in the ``Cutout``, ``alpha`` is the matte, ``to_pil()`` the person cut out.

    A picture whose own alpha cuts somebody out gives that.

    Args:
        person: a photo; pictures as for ``compose``.
        keep, keep_mask, drop_mask: see ``Compositor.cutout``.

    Raises:
        PhotoError, NoPersonError, InputError, DeviceError, MissingExtra: with one sentence each.

    >>> cleanplate.write_alpha(cleanplate.matte("person.jpg").alpha, "alpha.png")  # doctest: +SKIP
    """
    try:
        return Compositor(device=device).cutout(person, keep=keep, keep_mask=keep_mask, drop_mask=drop_mask)
    except NoPersonError as error:  # the advice to give a matte is none to whom asks for one
        raise NoPersonError("No person was found in the photo: use one that shows a person clearly.") from error
