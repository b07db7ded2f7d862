"""The stages in order: START READING HERE.

    matte -> blend -> place -> harmonize -> compose (lift and over in one pass)

No arithmetic of its own: every step is a call into the room that knows it.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from cleanplate import inputs, looks
from cleanplate.composites import Clock, Composite
from cleanplate.errors import InputError
from cleanplate.film.quality import FilmLook, Quality, check_quality
from cleanplate.inputs import Picture
from cleanplate.laying import laid_over
from cleanplate.looks import Look
from cleanplate.models.harmonizer import Cues
from cleanplate.models.networks import Networks
from cleanplate.pixels.color import FloatArray, Pixels
from cleanplate.plates import Plate
from cleanplate.settings import NATURAL, WHOLE_STRENGTH, Keep, Placement, Settings
from cleanplate.stages import blending, compositing, cutouts, faded, finishing, framing, hair, harmonizing, parts
from cleanplate.stages.compositing import Layer
from cleanplate.stages.finishing import in_srgb, ready_layer
from cleanplate.stages.texture import Texture
from cleanplate.transforms.forms import Transform
from cleanplate.transforms.levels import Levels
from cleanplate.values import Cutout, Image, Size

if TYPE_CHECKING:  # the rooms of films load where one is asked for: a photo does not wait for them
    from cleanplate.film.composing import Staged, Take
    from cleanplate.film.cutting_out import Warn


class Compositor(Networks):
    """Composes cutouts with plates, by the networks that it was made with."""

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
        painted = parts.at_size(inputs.mask("keep_mask", keep_mask), given.size)
        unwanted = parts.at_size(inputs.mask("drop_mask", drop_mask), given.size)
        if alpha is not None:
            photo = given.image if isinstance(given, Cutout) else given
            cutout = Cutout(photo, inputs.matte(alpha), warnings=photo.warnings)
        else:
            cutout = given if isinstance(given, Cutout) else cutouts.person_in(given, self.device, keep, painted)
        cover = parts.touched_up(cutout.alpha, painted, unwanted)
        return cutout if cutout is given and cover is cutout.alpha else cutouts.with_alpha(cutout, cover)

    def compose(
        self, person: Picture | Cutout, plate: Picture | Plate, placement: Placement = NATURAL, settings: Settings = WHOLE_STRENGTH,
        *, look: Look | None = None, lut_in: Transform | None = None, layers: bool = False,
    ) -> Composite:  # fmt: skip
        """Put the person into the plate so that they look taken there.

        Args:
            look: what the colors are matched to in the plate's stead: a picture, ``Cues``, a file of them, several with weights.
            lut_in: a table of colors, as ``read_cube`` gives it, in place of the harmonizer's answer.
            layers: the result has ``layers`` too, the sheets of an image editor that give it.

        Raises:
            PhotoError: a file cannot be read.
            NoPersonError: a picture was given and nobody is in it.
            InputError: what was given is no picture; the placement puts the person outside the plate.
        """
        opened, given = Plate.open(plate), inputs.person(person)
        cues = None if look is None or not settings.recolors else self.look(look)
        return self.composed(given, lambda: opened, placement, settings, inplace=False, instead=lut_in or cues, layers=layers)

    def look(self, look: Look, reference_mask: Picture | None = None) -> Cues:
        """What the harmonizer knows of a place, or of several by their weights: made once, it can be given again and again.

        Args:
            reference_mask: white where a single picture is the reference.

        Raises:
            PhotoError: a file cannot be read.
            InputError: what was given is no picture, cues of another network, or weights that are none.
        """
        return looks.mixed(self.harmonizer, look, reference_mask)

    def composed(
        self, person: Cutout | Image, opened: Callable[[], Plate], placement: Placement, settings: Settings, *, inplace: bool,
        instead: Cues | Transform | None = None, layers: bool = False,
    ) -> Composite:  # fmt: skip
        """As ``compose``, with a plate that may still be on its way: it is asked for when the person is cut out and cleaned.

        Args:
            inplace: the person's and the plate's arrays may be written into: copies of large photos cost memory.
            instead: what the colors are matched to in the plate's stead, or a table in place of the harmonizer's answer.
        """
        clock, tags = Clock(), (person if isinstance(person, Image) else person.image).tags
        person = self._cleaned(person, settings, clock, inplace=inplace)
        plate = opened()
        with clock.stage("place"):
            placed, box = framing.place(person, plate.image.size, placement, plate.horizon)
            layer = ready_layer(placed, box, plate.image.size, settings)
        if settings.soften > 0:
            with clock.stage("soften"):
                layer = finishing.as_soft_as(plate.texture, plate.image.size, layer, settings.soften)
        own = placed.image.profile
        plain = own == plate.image.profile and settings.leaves_colors  # then they are composed as they are
        layer = layer if plain else in_srgb(layer, own)
        transform = instead if settings.recolors and isinstance(instead, Transform) else None
        if settings.recolors and transform is None:
            with clock.stage("harmonize"):
                levels = faded.before(plate.black, person.image.pixels, person.alpha, person.image.profile)
                transform = self._color_change(plate, layer, instead if isinstance(instead, Cues) else None, levels)
        with clock.stage("compose"):
            made, stack, gains = laid_over(plate, layer, transform, settings, plain=plain, inplace=inplace, layers=layers)
        colors = in_srgb(layer, own if plain else None).foreground
        facts = settings.strength, clock.seconds, (*plate.image.warnings, *placed.warnings), (plate.image.tags, tags)
        return Composite(made, layer.alpha, colors, layer.box, transform, *facts, stack, gains)

    def _cleaned(self, person: Cutout | Image, settings: Settings, clock: Clock, *, inplace: bool) -> Cutout:
        """The person cut out, their hair and their edge cleaned where their colors are not their own already."""
        if isinstance(person, Image):
            with clock.stage("matte"):
                person = self.cutout(person, keep=settings.keep)
        if settings.clean_hair > 0 and not person.clean:
            with clock.stage("hair"):
                person = hair.cleaned(person, settings.clean_hair, inplace=inplace)
        if settings.blend and not person.clean:
            with clock.stage("blend"):
                person = blending.clean(self.blender, person, inplace=inplace)
        return person

    def _color_change(self, plate: Plate, layer: Layer, look: Cues | None, levels: Levels | None) -> Transform:
        """The harmonizer's answer for a layer before that plate, matched to a look in its stead if there is one."""
        known, around = plate.windows(self.harmonizer, look), None if look is None else look.small
        return harmonizing.color_change(self.harmonizer, known, plate.image, layer, look=around, levels=levels)

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
        whole, clock = Cutout(inputs.image(composite, "The composite", "keep"), inputs.matte(alpha, "The mask")), Clock()
        under, profile, box = whole.image.pixels, whole.image.profile, framing.extent(whole.alpha, framing.TOUCHED)
        transform, cover = None, whole.alpha[box.slices]
        with clock.stage("fill"):
            complete = Plate(framing.filled(whole.image, whole.alpha)) if plate is None else Plate.open(plate)
        if settings.recolors:
            with clock.stage("harmonize"):
                known = complete.windows(self.harmonizer)
                levels = faded.before(complete.black, under[box.slices], cover, profile)
                transform = harmonizing.color_change_of_pasted(self.harmonizer, known, whole.image, cover, box, levels)
        with clock.stage("compose"):
            kept, told = Layer(under[box.slices], cover, box), Texture(under, (cover, box))
            image, layer = under.copy(), in_srgb(kept, profile)
            laid, into = (kept, None) if settings.leaves_colors else (layer, profile)
            how = finishing.finish(laid, image, transform, settings, told, into)
            compositing.lay(image, laid, how)
        said = tuple(dict.fromkeys((*whole.image.warnings, *complete.image.warnings)))
        facts = settings.strength, clock.seconds, said, (whole.image.tags, complete.image.tags)
        return Composite(Image(image, profile=profile), cover, layer.foreground, box, transform, *facts, None, how.gains)

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

    def compose_frames(
        self,
        frames: Iterable[Picture] | Picture | Cutout,
        plate: Iterable[Picture] | Picture | Plate,
        placement: Placement = NATURAL,
        settings: Settings = WHOLE_STRENGTH,
        quality: Quality = "balanced",
        *,
        size: Size | None = None,
        rate: float = 25.0,
    ) -> Iterator[Pixels]:
        """Put a filmed person into a plate, or a person into a filmed plate, frame by frame: lazily, a few frames at a time.

        What is iterated over are (height, width, 3) arrays of the plate's type.
        A filmed person lies on the plate as in their own frame, which gives the size; a placement is found once and kept.

        Args:
            frames: (height, width, 3) arrays, uint8 or uint16, in order, or with a fourth channel, straight alpha, that says where
                the person is (floats within [0, 1] and Pillow pictures are taken too); or a photographed person in any form that
                ``compose`` takes, for a filmed plate.
            plate: a still one in any such form, or frames as above. The shorter of two films ends the result.
            quality: ``fast``, ``balanced`` or ``best``; see ``quality.QUALITIES``.
            size: (height, width) of the result instead: the plate, and a filmed person's frame, are cut to fill it.
            rate: frames in a second.

        Raises:
            InputError: no such quality, size or rate; a frame that is none; neither is filmed; they would stand outside the plate.
            NoPersonError: nobody in the first second (while iterating).
        """
        from cleanplate.film import from_arrays
        check_quality(quality)
        inputs.check_size(size)
        if not 0 < rate < math.inf:
            raise InputError(f"rate is the frames in a second, above 0; {rate:g} was given.")
        person, behind, size = from_arrays.sides(frames, plate, size)
        if size is None:  # no frames
            return iter(())
        look = FilmLook(placement, settings, quality, size, rate)
        return self.take(look).arrays(self.layer(person, look) if isinstance(person, Cutout | Image) else person, behind)

    def take(self, look: FilmLook, staged: "Staged" = iter, warn: "Warn" = str) -> "Take":
        """A film's take by this compositor's networks; see there."""
        from cleanplate.film.composing import Take, TakeNetworks
        harmonizer = self.harmonizer if look.settings.recolors else None
        return Take(look, TakeNetworks(harmonizer, self.blender if look.effort.blend else None, self.device), staged, warn)

    def layer(self, person: Cutout | Image, look: FilmLook, warn: "Warn" = str) -> Layer:
        """A photographed person brought into a film's frame, their edge corrected once for all of its plates."""
        srgb = inputs.person(person, space="srgb")
        cutout = srgb if isinstance(srgb, Cutout) else self.cutout(srgb, keep=look.settings.keep)
        freed = hair.cleaned(cutout, look.settings.clean_hair)
        placed, box = framing.place(self.clean(freed) if look.settings.blend else freed, look.size, look.placement)
        for each in placed.warnings:
            warn(each)
        return ready_layer(placed, box, look.size, look.settings)
