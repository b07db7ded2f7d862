"""The person of a matted frame at full size in the plate's frame; where a place is asked for, one for each shot."""

import dataclasses
import statistics
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from cleanplate.errors import InputError
from cleanplate.film import own_colors, soft_edges
from cleanplate.film.outlines import Outline, outline
from cleanplate.film.quality import Effort, FilmLook
from cleanplate.film.steady_hair import SteadyHair
from cleanplate.film.timing import Timed
from cleanplate.film.tracking import Matted
from cleanplate.models.blender import AnyBlender
from cleanplate.pixels.color import FloatArray, Pixels, to_pixels
from cleanplate.settings import Placement
from cleanplate.stages import blending, crops, edges, faces, framing, matting, placing, silhouettes
from cleanplate.stages.compositing import Layer
from cleanplate.values import Box, Size
from cleanplate.video.yuv420 import Coded

Warn = Callable[[str], Any]  # is told of something in a sentence

SETTLED_AFTER = 5  # frames whose middle decides where a filmed person stands when a placement is asked for


class Laid(NamedTuple):
    """The person at full size in the plate's frame, and whether a new shot begins there.

    The layer's colors are of the frames' own type, or float32 in [0, 1].
    """

    layer: Layer
    cut: bool = False


Person = Laid | Outline | None  # of a frame; None where nobody is


def cut_out(
    seen: Iterator[Timed[Matted]], look: FilmLook, blender: AnyBlender | None, warn: Warn = str
) -> Iterator[Timed[Person]]:
    """The person of every frame in the plate's frame; frames are of the plate's size, and lie on it as they are unless asked.

    Args:
        blender: the blending network, where the effort asks for it.
        warn: is told of a cut of the picture's border that is seen in the plate.

    Raises:
        InputError: the placement puts the person outside the plate.
    """
    cutter = Cutter(look.effort, blender, look.settings.clean_hair)
    if not look.placement.asked:
        return (each.of(edged(cutter(each.item), look)) for each in seen)
    placed = placed_by_shot(seen, look.size, look.placement, once(warn))
    return (each.of(edged(moved_into(cutter(each.item), each.item, place), look)) for each, place in placed)


def edged(person: Person, look: FilmLook) -> Person:
    """A person whose edge lies where it is asked to be; None where that leaves nothing of them."""
    if not isinstance(person, Laid) or look.settings.edge == 0:
        return person
    layer = edges.moved(person.layer, look.settings.edge, look.size)
    return person._replace(layer=layer) if layer.alpha.any() else None


class Cutter:
    """Cuts the person out of a matted frame at full size; of a coded one only their outline is found.

    Args:
        blender: the blending network, where the effort asks for it.
        clean_hair: as of ``Settings``; above 0 no frame is coded.
    """

    def __init__(self, effort: Effort, blender: AnyBlender | None, clean_hair: float = 0.0) -> None:
        self._effort, self._blender = effort, blender
        self._hair = SteadyHair(clean_hair) if clean_hair > 0 else None

    def __call__(self, seen: Matted) -> Person:
        """The next frame's; None where nobody is."""
        if self._hair is not None and (seen.cut or seen.alpha is None):
            self._hair.reset()
        if seen.alpha is None or not seen.alpha.max() > matting.PRESENT:
            return None
        if isinstance(seen.pixels, Coded):
            return outline(seen, seen.pixels, seen.alpha, self._effort.edge_side, self._effort.edges)
        if seen.own is not None:
            return Laid(by_own_alpha(seen.pixels, seen.own), seen.cut)
        return Laid(self._by_network(seen, seen.pixels, seen.alpha), seen.cut)

    def _by_network(self, seen: Matted, pixels: Pixels, cover: FloatArray) -> Layer:
        """By the matting network's alpha, which is made finer, and freed from the old background's color."""
        edge = soft_edges.full_alpha(pixels, cover, self._effort.edge_side)
        if self._hair is not None:
            pixels, edge = self._hair(pixels, edge)
        if not self._effort.edges:
            foreground = pixels[edge.box.slices]
        elif self._blender is None:
            foreground = own_colors.own_colors(seen, pixels, cover, edge)
        else:
            foreground = pixels[edge.box.slices].copy()
            blending.correct_in_place(self._blender, foreground, edge.alpha)
        return Layer(foreground, edge.alpha, edge.box)


def by_own_alpha(pixels: Pixels, own: FloatArray) -> Layer:
    """What a frame's own alpha cuts out."""
    box = framing.extent(own, framing.TOUCHED)
    return Layer(pixels[box.slices], np.ascontiguousarray(own[box.slices]), box)


# ---- a place for a whole shot ----------------------------------------------------------------------------------------


class ShotPlace(NamedTuple):
    """How the whole frames of a shot go into the plate's: this part of them, brought to this box; and whether feet are seen."""

    down: framing.AxisWindow
    across: framing.AxisWindow
    box: Box
    feet: bool


def placed_by_shot(
    seen: Iterator[Timed[Matted]], plate: Size, placement: Placement, warn: Warn
) -> Iterator[tuple[Timed[Matted], ShotPlace | None]]:
    """Every frame with how it goes into the plate, which stays the same for a shot; none before anybody was seen in it."""
    place, first = None, list[Timed[Matted]]()  # the shot's, and its frames while that is not decided
    for each in seen:
        if each.item.cut:
            yield from decided(first, plate, placement, warn)
            place, first = None, []
        if place is None and (first or each.item.alpha is not None):
            first.append(each)
            if len(first) == SETTLED_AFTER:
                yield from (pairs := decided(first, plate, placement, warn))
                place, first = pairs[0][1], []
        else:
            yield each, place
    yield from decided(first, plate, placement, warn)


def decided(
    first: list[Timed[Matted]], plate: Size, placement: Placement, warn: Warn
) -> list[tuple[Timed[Matted], ShotPlace | None]]:
    """The first frames of a shot, and how they go into the plate."""
    if not first:
        return []
    place = shot_place([each.item for each in first], plate, placement, warn)
    return [(each, place) for each in first]


def shot_place(seen: list[Matted], plate: Size, placement: Placement, warn: Warn) -> ShotPlace:
    """One place for a whole shot, so that the person does not swim: found from the middle of where they are in its first frames.

    A side on which the picture crops them in any of these counts as cropped; a warning tells which of them are seen in the plate.

    Raises:
        InputError: the person would lie wholly outside the plate.
    """
    size, alphas = (seen[0].pixels.shape[0], seen[0].pixels.shape[1]), [each.alpha for each in seen if each.alpha is not None]
    extents = [dataclasses.astuple(framing.extent(alpha, framing.SEEN)) for alpha in alphas]
    person, anywhere = Box(*(round(statistics.median(side)) for side in zip(*extents, strict=True))), np.max(alphas, axis=0)
    face = next((one for each in seen if (one := face_in(each)) is not None), None)
    silhouette = silhouettes.silhouette(anywhere, person, crops.cropped(anywhere), face).scaled(size)
    stand = placing.stand(silhouette, plate, placement, rounded=False)
    for sentence in stand.warnings:
        warn(sentence)
    down = framing.window(0, size[0], stand.top, stand.scale, plate[0])
    across = framing.window(0, size[1], stand.left, stand.scale, plate[1])
    if down is None or across is None:
        raise InputError(framing.OUTSIDE)
    box = Box(down.low, across.low, down.high - down.low, across.high - across.low)
    return ShotPlace(down, across, box, silhouette.cropped.bottom is None)


def face_in(seen: Matted) -> faces.Face | None:
    """The face of a frame's person, in pixels of the size that the network saw."""
    return None if seen.alpha is None else faces.face(seen.small, seen.alpha, framing.extent(seen.alpha, framing.SEEN))


def moved_into(person: Person, seen: Matted, place: ShotPlace | None) -> Person:
    """A person brought from the frame they were filmed in into the plate's; None where they left it."""
    if not isinstance(person, Laid) or place is None or isinstance(seen.pixels, Coded):
        return person
    own, alpha, box = person.layer[:3]
    whole, colors = np.zeros(seen.pixels.shape[:2], np.float32), seen.pixels.copy()
    whole[box.slices] = alpha
    colors[box.slices] = to_pixels(own, seen.pixels) if own.dtype == np.float32 else own  # type: ignore[arg-type]
    colors, whole = framing.brought(colors, whole, place.down, place.across, colored=False)
    return Laid(Layer(colors, np.ascontiguousarray(whole), place.box, place.feet), person.cut) if whole.any() else None


def once(warn: Warn) -> Warn:
    """Tells every sentence only once."""
    told = set[str]()

    def tell(sentence: str) -> None:
        if sentence not in told:
            told.add(sentence)
            warn(sentence)

    return tell
