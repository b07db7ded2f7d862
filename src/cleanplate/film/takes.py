"""One take: a person before a plate, either of them filmed, composed frame by frame; nothing here reads or writes files.

    frames -> matted -> cut out -> composed        each a generator that takes from the one before it, and holds a frame or two

The stages do not share state, so that each may run in a thread of its own (``video_job``).
"""

import dataclasses
import itertools
import statistics
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np

from cleanplate.errors import InputError
from cleanplate.film import soft_edges
from cleanplate.film.soft_edges import Outline
from cleanplate.film.steadying import Cuts, SteadyCues, SteadyTransform
from cleanplate.film.tracking import Matted, glance, matted
from cleanplate.models.blender import AnyBlender
from cleanplate.models.harmonizer import AnyHarmonizer, Cues
from cleanplate.pixels.color import FloatArray, Pixels, moved_by, to_float, to_pixels
from cleanplate.pixels.resampling import reduce, resize
from cleanplate.stages import blending, compositing, crops, framing, light_wrap, matting, placing, silhouettes
from cleanplate.transforms import fitting
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box, Placement, Size
from cleanplate.video import yuv420
from cleanplate.video.yuv420 import Coded, as_rgb, smaller

Shown = TypeVar("Shown", Pixels, Pixels | Coded)  # what frames are


class Effort(NamedTuple):
    """What is done for each frame; ``QUALITIES`` has the three that are measured.

    Args:
        matte_every: frames from one look of the matting network to the next; between them the alpha moves with the picture.
        answer_every: frames from one look of the harmonizer, or at a moving plate, to the next.
        edge_side: long side up to which the alpha follows the picture's own edges.
        blend: whether the blending network corrects the edge; else its colors come from the sure ones around it.
        one_map: whether the color change is the same all over the person, which is far faster to apply.
        edges: whether the edge is freed from the old background's color at all.
    """

    matte_every: int
    answer_every: int
    edge_side: int
    blend: bool
    one_map: bool = False
    edges: bool = True


QUALITIES = {
    "fast": Effort(15, 12, 640, False, one_map=True),
    "balanced": Effort(2, 6, 960, False, one_map=True),
    "best": Effort(1, 1, 1 << 16, True),
}


Quality = Literal["fast", "balanced", "best"]  # names of QUALITIES


def effort(quality: str) -> Effort:
    """The effort of that name.

    Raises:
        InputError: there is none.
    """
    if quality not in QUALITIES:
        raise InputError(f"There is no quality {quality} of a video: give one of {', '.join(QUALITIES)}.")
    return QUALITIES[quality]


# ---- the person at full size ---------------------------------------------------------------------------------------

SETTLED_AFTER = 5  # frames whose middle decides where a filmed person stands when a placement is asked for


class Laid(NamedTuple):
    """The person at full size in the plate's frame; ``foreground`` is of the frames' own type, or float32 in [0, 1]."""

    foreground: compositing.Colors
    alpha: FloatArray
    box: Box
    cut: bool


class Mapping(NamedTuple):
    """How a whole frame goes into the plate's: this part of it, brought to this box."""

    down: framing.Window
    across: framing.Window
    box: Box


def mapping(seen: list[Matted], plate: Size, placement: Placement, warn: Callable[[str], Any]) -> Mapping:
    """One place for a whole shot, so that the person does not swim: found from the middle of where they are in its first frames.

    A side on which the picture crops them in any of these counts as cropped; a warning tells which of them are seen in the plate.

    Raises:
        InputError: the person would lie wholly outside the plate.
    """
    size, alphas = (seen[0].pixels.shape[0], seen[0].pixels.shape[1]), [each.alpha for each in seen if each.alpha is not None]
    extents = [dataclasses.astuple(framing.extent(alpha, framing.SEEN)) for alpha in alphas]
    person, anywhere = Box(*(round(statistics.median(side)) for side in zip(*extents, strict=True))), np.max(alphas, axis=0)
    silhouette = silhouettes.silhouette(anywhere, person, crops.cropped(anywhere)).scaled(size)
    stand = placing.stand(silhouette, plate, placement)
    for sentence in stand.warnings:
        warn(sentence)
    down = framing.window(0, size[0], stand.top, stand.scale, plate[0])
    across = framing.window(0, size[1], stand.left, stand.scale, plate[1])
    if down is None or across is None:
        raise InputError(framing.OUTSIDE)
    return Mapping(down, across, Box(down.low, across.low, down.high - down.low, across.high - across.low))


class Cutter:
    """Brings the person of a matted frame into the plate's frame at full size; of a coded one only their outline is found.

    Args:
        blender: the blending network, where the effort asks for it.
        place: how frames go into the plate's frame; None where they are of its size and lie on it as they are.
    """

    def __init__(self, effort: Effort, blender: AnyBlender | None, place: Mapping | None) -> None:
        self._effort, self._blender, self._place = effort, blender, place

    def __call__(self, seen: Matted) -> Laid | Outline | None:
        """None where nobody is."""
        if seen.alpha is None or not seen.alpha.max() > matting.PRESENT:
            return None
        if isinstance(seen.pixels, Coded):
            return soft_edges.outline(seen, seen.pixels, seen.alpha, self._effort.edge_side, self._effort.edges)
        if seen.own is not None:
            box = framing.extent(seen.own, framing.TOUCHED)
            laid = Laid(seen.pixels[box.slices], np.ascontiguousarray(seen.own[box.slices]), box, seen.cut)
        else:
            laid = self._cut(seen, seen.pixels, seen.alpha)
        return laid if self._place is None else moved_into(laid, seen.pixels, self._place)

    def _cut(self, seen: Matted, pixels: Pixels, cover: FloatArray) -> Laid:
        """By the matting network's alpha, which is made finer, and freed from the old background's color."""
        edge = soft_edges.full_alpha(seen, pixels, cover, self._effort.edge_side)
        alpha, box = edge.alpha, edge.box
        if not self._effort.edges:
            foreground = pixels[box.slices]
        elif self._blender is None:
            foreground = soft_edges.own_colors(seen, pixels, cover, edge)
        else:
            foreground = pixels[box.slices].copy()
            blending.settle(self._blender, foreground, alpha)
        return Laid(foreground, alpha, box, seen.cut)


def moved_into(laid: Laid, pixels: Pixels, place: Mapping) -> Laid | None:
    """A person brought from the frame they were filmed in (``pixels``) into the plate's; None where they left it."""
    whole, colors = np.zeros(pixels.shape[:2], np.float32), pixels.copy()
    whole[laid.box.slices] = laid.alpha
    own = laid.foreground
    colors[laid.box.slices] = to_pixels(own, pixels) if own.dtype == np.float32 else own  # type: ignore[arg-type]
    colors, alpha = framing.brought(colors, whole, place.down, place.across, colored=False)
    return Laid(colors, np.ascontiguousarray(alpha), place.box, laid.cut) if alpha.any() else None


def cut_out(
    seen: Iterator[Matted], effort: Effort, blender: AnyBlender | None, plate: Size, placement: Placement,
    warn: Callable[[str], Any] = str,
) -> Iterator[Laid | Outline | None]:  # fmt: skip
    """The person of every frame in the plate's frame; frames are of the plate's size, and lie on it as they are unless asked."""
    if not placement.asked:
        yield from map(Cutter(effort, blender, None), seen)
        return
    for each, place in settled(seen, plate, placement, warn):
        yield Cutter(effort, blender, place)(each)


def settled(
    seen: Iterator[Matted], plate: Size, placement: Placement, warn: Callable[[str], Any]
) -> Iterator[tuple[Matted, Mapping | None]]:
    """Every frame with how it goes into the plate, which stays the same for a shot; none before anybody was seen in it."""
    place, first, told = None, list[Matted](), set[str]()

    def once(sentence: str) -> None:
        if sentence not in told:
            told.add(sentence)
            warn(sentence)

    for each in seen:
        if each.cut:
            yield from found(first, plate, placement, once)
            place, first = None, []
        if place is None and (first or each.alpha is not None):
            first.append(each)
            if len(first) == SETTLED_AFTER:
                yield from (pairs := list(found(first, plate, placement, once)))
                place, first = pairs[0][1], []
        else:
            yield each, place
    yield from found(first, plate, placement, once)


def found(
    first: list[Matted], plate: Size, placement: Placement, warn: Callable[[str], Any]
) -> Iterator[tuple[Matted, Mapping | None]]:
    """The first frames of a shot, and how they go into the plate."""
    place = mapping(first, plate, placement, warn) if first else None
    return zip(first, itertools.repeat(place), strict=False)


# ---- the composite -------------------------------------------------------------------------------------------------

STEADY = 0.01  # change of a map's entry (its last column in shares of white) up to which an answer says nothing new


def shrink(pixels: Pixels | Coded, side: int) -> FloatArray:
    """A picture of integers as the harmonizer sees it: (side, side, 3) float32, squashed by area."""
    if isinstance(pixels, Coded):
        pixels = smaller(pixels, (pixels.shape[0] // 2, pixels.shape[1] // 2))
    return to_float(reduce(pixels, (side, side), finer=8))


class Behind(NamedTuple):
    """A plate as the harmonizer sees it, (side, side, 3) float32, and its cues."""

    small: FloatArray
    cues: Cues


def color_change(
    harmonizer: AnyHarmonizer, behind: Behind, under: Pixels, foreground: compositing.Colors | None, alpha: FloatArray, box: Box,
    *, one_map: bool = False,
) -> Transform:  # fmt: skip
    """What the harmonizer answers to a composite, as a transform of the whole frame.

    Args:
        under: what lies under the foreground at full size; ``behind.small`` is its shrunk copy.
        foreground: None where it lies in ``under`` already.
        one_map: the same all over the foreground.
    """
    changed, covered = compositing.shrunk(under, foreground, alpha, box, harmonizer.side)
    small = changed + behind.small
    answer = harmonizer.answer(small, covered, behind.cues)
    if isinstance(answer, Transform):
        return fitting.recast(answer, small, covered, "affine") if one_map else answer
    return fitting.fit(small, answer, covered, "affine" if one_map else "bilateral-grid")


class Turn:
    """When a network has to look again: often while its answers change, seldom while they do not, at once after a cut."""

    def __init__(self, every: int) -> None:
        self._every, self._apart, self.since = every, 1, 0

    def due(self, at_once: bool) -> bool:
        """Whether it is its turn in this frame."""
        self.since += 1
        if at_once:
            self._apart = 1
        return at_once or self.since >= self._apart

    def done(self, moved: float) -> None:
        """It looked, and its answer moved so far."""
        self.since = 0
        self._apart = min(2 * self._apart, self._every) if moved <= STEADY else max(1, self._apart // 2)


class Composed(NamedTuple):
    """A finished frame; the alpha only where the person alone is asked for. Coded where the person's frame was."""

    pixels: Pixels | Coded
    alpha: FloatArray | None


class Composer:
    """Composes a person, laid frame by frame, over a plate and in its colors.

    Args:
        harmonizer: None to leave the colors as they are.
        strength: how much of its color change is applied.
        effort: what is done for each frame.
        still: a still plate as the harmonizer sees it; None for a moving one, whose cues are averaged over time.
        alone: the person alone is wanted, with alpha, in the plate's colors but not over it.
        wrap: how much of the plate's light spills over the person; where it is asked for, frames are not coded.
    """

    def __init__(
        self, harmonizer: AnyHarmonizer | None, strength: float, effort: Effort, still: Behind | None, alone: bool = False,
        wrap: float = 0.0,
    ) -> None:  # fmt: skip
        self._harmonizer, self._strength, self._still = harmonizer if strength > 0 else None, strength, still
        self._alone, self._wrap = alone, wrap
        self._cuts, self._cues, self._change = Cuts(), SteadyCues(), SteadyTransform()
        self._turn, self._new, self._one_map = Turn(effort.answer_every), True, effort.one_map
        self._encoded: tuple[Pixels | Coded, Coded] | None = None  # the latest plate

    def __call__(self, laid: Laid | Outline | None, plate: Pixels | Coded) -> Composed:
        """The next composite, in arrays of its own: the plate alone where nobody is."""
        if self._still is None and self._cuts(glance(plate)):
            self._new = True
            self._cues.reset()
        if isinstance(laid, Outline):
            return Composed(self._coded(laid, plate), None)
        image: Pixels = plate.rgb() if isinstance(plate, Coded) else plate.copy()
        if laid is None:
            return Composed(np.zeros_like(image) if self._alone else image, self._spread(laid, image))
        transform = None if self._harmonizer is None else self._color_change(self._harmonizer, laid, image)
        alpha = laid.alpha
        light = light_wrap.spill(image, alpha, laid.box, self._wrap)
        if self._alone:
            image[...], alpha = 0, (alpha > 0).astype(np.float32)
        if light is None and self._one_map and image.dtype == laid.foreground.dtype == np.uint8:
            compositing.finish_quickly(image, laid.foreground, alpha, laid.box, transform, self._strength)
        else:
            compositing.finish(image, laid.foreground, alpha, laid.box, transform, self._strength, light=light)
        return Composed(image, self._spread(laid, image))

    def _coded(self, laid: Outline, plate: Pixels | Coded) -> Coded:
        """The composite of a coded frame, coded like it."""
        transform = None if self._harmonizer is None else self._color_change(self._harmonizer, laid, plate)
        if self._encoded is None or self._encoded[0] is not plate:
            self._encoded = plate, plate if isinstance(plate, Coded) else yuv420.encoded(plate, laid.frame.coding)
        image = self._encoded[1].copy()
        yuv420.finish(image, laid.frame, laid.small.alpha, laid.change, laid.box, transform, self._strength)
        return image

    def _spread(self, laid: Laid | None, image: Pixels) -> FloatArray | None:
        """The alpha over the whole frame, where it is asked for."""
        if not self._alone:
            return None
        whole = np.zeros(image.shape[:2], np.float32)
        if laid is not None:
            whole[laid.box.slices] = laid.alpha
        return whole

    def _color_change(self, harmonizer: AnyHarmonizer, laid: Laid | Outline, plate: Pixels | Coded) -> Transform:
        new, self._new = self._new or laid.cut, False
        if new:
            self._change.reset()
        if self._turn.due(new):
            gone = self._turn.since
            behind = self._behind(harmonizer, plate, gone)
            answer = color_change(harmonizer, behind, *layers(laid, plate), one_map=self._one_map)
            self._turn.done(self._change.learn(answer, gone))
        return self._change.step()

    def _behind(self, harmonizer: AnyHarmonizer, plate: Pixels | Coded, gone: int) -> Behind:
        if self._still is not None:
            return self._still
        small = shrink(plate, harmonizer.side)
        return Behind(small, self._cues(harmonizer.cues(small), gone))


def layers(laid: Laid | Outline, plate: Pixels | Coded) -> tuple[Pixels, compositing.Colors, FloatArray, Box]:
    """Plate, foreground, alpha and box for the harmonizer, of an outline in the shrunk frame."""
    if isinstance(laid, Laid):
        return as_rgb(plate), laid.foreground, laid.alpha, laid.box
    small, change = laid.small, laid.change
    front = small.pixels if change is None else moved_by(small.pixels, change)
    under = smaller(plate, small.size) if isinstance(plate, Coded) else resize(plate, small.size)
    return under, front, small.alpha, small.box


def take(
    person: Iterable[Pixels | Coded] | Laid,
    plates: Iterable[Pixels | Coded],
    composer: Composer,
    effort: Effort,
    blender: AnyBlender | None,
    size: Size,
    placement: Placement,
    rate: float,
    ahead: Callable[[Iterator[Any]], Iterator[Any]] = iter,
    device: str = "auto",
    warn: Callable[[str], Any] = str,
) -> Iterator[Composed]:
    """The whole take, until the person or the plate ends.

    Args:
        person: frames, those with a fourth channel cut out by it, coded ones composed as they are; or a still person laid into the
            plate's frame already. Coded frames have the plate's size, there are ``soft_edges.steps`` for them, and neither a
            placement nor the blending network nor the person alone is asked for.
        plates: frames; a still plate is repeated.
        size: (height, width) of the plate's frame; frames of other sizes are scaled and cut to fill it.
        rate: frames of the person in a second.
        ahead: what runs a stage; ``video_job`` gives each a thread.
        device: what the matting network runs on.
        warn: is told what is not as it should be, in a sentence.

    Raises:
        NoPersonError: nobody in the first second.
        InputError: the placement puts the person outside the plate.
    """
    laid: Iterable[Laid | Outline | None]
    if isinstance(person, Laid):
        laid = itertools.repeat(person)
    else:
        seen = ahead(matted((filling(each, size) for each in person), effort.matte_every, rate, device))
        laid = ahead(cut_out(seen, effort, blender, size, placement, warn))
    for each, plate in zip(laid, plates, strict=False):
        yield composer(each, filling(plate, size))


def filling(frame: Pixels | Coded, size: Size) -> Pixels | Coded:
    """``framing.filling``; a coded frame has that size."""
    return frame if isinstance(frame, Coded) else framing.filling(frame, size)


def sized(frames: Iterable[Shown], size: Size | None) -> tuple[Size | None, Iterator[Shown]]:
    """The size, or that of the first frame where none is asked for, and the frames with that one still among them."""
    rest = iter(frames)
    first = next(rest, None)
    if first is None:
        return size, iter(())
    return size or (first.shape[0], first.shape[1]), itertools.chain([first], rest)
