"""One take: a person before a plate, either of them filmed, composed frame by frame; nothing here reads or writes files.

    frames -> matted -> cut out -> composed        each a generator that takes from the one before it, and holds a frame or two

The stages do not share state, so that each may run in a thread of its own (``video_job``). A frame's time goes with it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np

from cleanplate.errors import InputError
from cleanplate.film.coded import compose_coded, darken
from cleanplate.film.cuts import Cuts
from cleanplate.film.cutting_out import Laid, Person, Warn, cut_out
from cleanplate.film.matching import Matching
from cleanplate.film.outlines import Outline
from cleanplate.film.quality import FilmLook
from cleanplate.film.soft_edges import times
from cleanplate.film.steady_color import MovingPlate, SteadyColor, StillPlate
from cleanplate.film.timing import Timed, counted
from cleanplate.film.tracking import glance, matted
from cleanplate.models.blender import AnyBlender
from cleanplate.models.harmonizer import AnyHarmonizer
from cleanplate.pixels.color import FloatArray, Pixels
from cleanplate.plates import Plate
from cleanplate.stages import backdrop, compositing, framing, light_wrap
from cleanplate.stages.compositing import Layer
from cleanplate.stages.grain import Grain
from cleanplate.transforms.forms import Transform
from cleanplate.transforms.gains import gains
from cleanplate.video import yuv420
from cleanplate.video.yuv420 import Coded, as_rgb, smaller

Staged = Callable[[Iterator[Any]], Iterator[Any]]  # runs a stage: as it is, or in a thread of its own


class TakeNetworks(NamedTuple):
    """What a take is composed with.

    Args:
        harmonizer: None to leave the colors as they are.
        blender: None where the effort asks for no blending network.
        device: what the matting network runs on.
    """

    harmonizer: AnyHarmonizer | None
    blender: AnyBlender | None
    device: str = "auto"


class Composed(NamedTuple):
    """A finished frame; the alpha only where the person alone is asked for. Coded where the person's frame was."""

    pixels: Pixels | Coded
    alpha: FloatArray | None


@dataclass(frozen=True)
class Take:
    """How one take is composed: a film of a person is ``filmed``, and then laid ``before_still`` or ``before_moving``.

    Args:
        staged: runs a stage; ``video_job`` gives each a thread.
        warn: is told what is not as it should be, in a sentence.
    """

    look: FilmLook
    networks: TakeNetworks
    staged: Staged = iter
    warn: Warn = str

    def filmed(self, frames: Iterable[Timed[Pixels | Coded]]) -> Iterator[Timed[Person]]:
        """The person of every frame, cut out at the look's size.

        Args:
            frames: those with a fourth channel are cut out by it; coded ones are those of ``outlines.staying_coded``.

        Raises:
            NoPersonError: nobody in the first second.
            InputError: the placement puts the person outside the plate; something is asked for that goes with photos alone.
        """
        look, networks = self.look, self.networks
        if look.placement.rotate or look.placement.flip:
            name = "rotate" if look.placement.rotate else "flip"
            raise InputError(f"`{name}` goes with a photographed person, and this one is filmed: leave it out.")
        sized_frames = (each.of(sized(each.item, look)) for each in frames)
        seen = self.staged(matted(sized_frames, look.effort.matte_every, look.rate, networks.device))
        return self.staged(cut_out(seen, look, networks.blender, self.warn))

    def before_still(self, people: Iterable[Timed[Person]], plate: Plate) -> Iterator[Timed[Composed]]:
        """Every frame over the same plate, cut to the look's size."""
        harmonizer, behind = self.networks.harmonizer, plate.filling(self.look.size)
        color = None if harmonizer is None else self._steady(harmonizer, StillPlate(behind.windows(harmonizer)))
        compose = Composer(self.look, color)
        return (each.of(compose(each.item, behind.image.pixels)) for each in people)

    def before_moving(self, pairs: Iterable[tuple[Timed[Person], Pixels | Coded]]) -> Iterator[Timed[Composed]]:
        """Every frame over its own of the plate."""
        harmonizer = self.networks.harmonizer
        color = None if harmonizer is None else self._steady(harmonizer, MovingPlate())
        compose = Composer(self.look, color, Cuts())
        return (each.of(compose(each.item, sized(plate, self.look))) for each, plate in pairs)

    def photographed(self, layer: Layer, plates: Iterable[Timed[Pixels]]) -> Iterator[Timed[Composed]]:
        """A photographed person, laid into the plate's frame already, before every frame of the plate."""
        person = Laid(layer)
        return self.before_moving((plate.of(person), plate.item) for plate in plates)

    def arrays(self, person: Layer | Iterable[Pixels], plate: Plate | Iterable[Pixels]) -> Iterator[Pixels]:
        """Frames without times, at least of one side: so many in a second, and one of a moving plate for each of the person."""
        rate = self.look.rate
        if isinstance(person, Layer):
            made = self.photographed(person, counted(cast(Iterable[Pixels], plate), rate))
        elif isinstance(plate, Plate):
            made = self.before_still(self.filmed(counted(person, rate)), plate)
        else:
            made = self.before_moving(zip(self.filmed(counted(person, rate)), plate, strict=False))
        return (as_rgb(each.item.pixels) for each in made)

    def _steady(self, harmonizer: AnyHarmonizer, plate: StillPlate | MovingPlate) -> SteadyColor:
        return SteadyColor(harmonizer, plate, self.look.effort.answer_every, self.look.effort.one_map)


def sized(frame: Pixels | Coded, look: FilmLook) -> Pixels | Coded:
    """A frame scaled and cut to the look's size, which a coded one has."""
    return frame if isinstance(frame, Coded) else framing.filling(frame, look.size)


class Composer:
    """Composes a person, cut out frame by frame, over a plate and in its colors.

    Args:
        color: the color change of each frame; None to leave the colors as they are.
        cuts: sees where shots of a moving plate begin; None for a still one.
    """

    def __init__(self, look: FilmLook, color: SteadyColor | None, cuts: Cuts | None = None) -> None:
        self._settings, self._alone, self._one_map, self._color = look.settings, look.alone, look.effort.one_map, color
        self._backdrop, self._matching, self._cuts = backdrop.Backdrop(look.settings), Matching(look.settings), cuts
        self._gains = gains(look.settings.exposure, look.settings.warmth)
        self._encoded: tuple[Pixels | Coded, Coded] | None = None  # the latest plate, and that coded as the person's frame

    def __call__(self, person: Person, plate: Pixels | Coded) -> Composed:
        """The next composite, in arrays of its own: the plate alone where nobody is."""
        self._watch(person, plate)
        if isinstance(person, Outline):
            return Composed(self._coded(person, plate), None)
        under: Pixels = plate.rgb() if isinstance(plate, Coded) else plate
        if person is None:
            return self._nobody(self._backdrop.blurred(under, None).copy())
        person = person._replace(layer=self._matching.softened(person.layer, plate))
        transform = None if self._color is None else self._color(person, under)
        grain = self._matching.grain(person.layer, plate, transform)
        if self._alone:
            return self._alone_on_black(under.copy(), person.layer, transform, grain)
        image = self._backdrop.ready(under, backdrop.standing(person.layer, under))
        return self._over(image, person.layer, transform, grain)

    def _watch(self, person: Person, plate: Pixels | Coded) -> None:
        """What is decided once for a shot is decided anew where one of the plate begins, or of the person."""
        plate_cut = self._cuts is not None and self._cuts(glance(plate))
        if plate_cut and self._color is not None:
            self._color.start()
        if plate_cut or (person is not None and person.cut):
            self._backdrop.start()
            self._matching.start(same_plate=self._cuts is None)

    def _coded(self, person: Outline, plate: Pixels | Coded) -> Coded:
        """The composite of a coded frame, coded like it."""
        transform = None if self._color is None else self._color(person, plate)
        if self._encoded is None or self._encoded[0] is not plate:
            self._encoded = plate, plate if isinstance(plate, Coded) else yuv420.encoded(plate, person.frame.coding)
        image, small = self._encoded[1].copy(), person.small
        standing = backdrop.Standing(small.alpha, small.box, small.size, True)
        shade = self._backdrop.shade(lambda: as_rgb(smaller(plate, small.size) if isinstance(plate, Coded) else plate), standing)
        if shade is not None:
            darken(image, shade.kept, times(shade.box, person.step))
        compose_coded(image, person, transform, self._settings.strength, self._matching.grain(person, plate, transform))
        return image

    def _over(self, image: Pixels, layer: Layer, transform: Transform | None, grain: Grain | None) -> Composed:
        """A layer over the plate in ``image``, in place."""
        light = light_wrap.spill(image, layer.alpha, layer.box, self._settings.wrap)
        self._compose(image, layer, transform, light, grain)
        return Composed(image, None)

    def _alone_on_black(self, image: Pixels, layer: Layer, transform: Transform | None, grain: Grain | None) -> Composed:
        """The person's colors wherever they are at all, black elsewhere, and their alpha."""
        whole = np.zeros(image.shape[:2], np.float32)
        light = light_wrap.spill(image, layer.alpha, layer.box, self._settings.wrap)
        image[...], whole[layer.box.slices] = 0, layer.alpha
        self._compose(image, layer._replace(alpha=(layer.alpha > 0).astype(np.float32)), transform, light, grain)
        return Composed(image, whole)

    def _nobody(self, image: Pixels) -> Composed:
        return Composed(np.zeros_like(image), np.zeros(image.shape[:2], np.float32)) if self._alone else Composed(image, None)

    def _compose(
        self, image: Pixels, layer: Layer, transform: Transform | None, light: light_wrap.Spill | None, grain: Grain | None
    ) -> None:
        if light is None and self._gains is None and self._one_map and image.dtype == layer.foreground.dtype == np.uint8:
            compositing.compose_quickly(image, layer, transform, self._settings.strength, grain)
        else:
            strength, gained = self._settings.strength, self._gains
            compositing.compose(image, layer, transform, strength, gains=gained, light=light, grain=grain)
