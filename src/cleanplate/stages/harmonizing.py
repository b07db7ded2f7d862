"""The harmonize stage: what a harmonizer is shown of plate and composite, and its answer as a color change.

The composite itself is not made for it: shrinking is linear, so ``shrink(over(F, alpha, P)) = shrink(P) + shrink(alpha (F - P))``.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from cleanplate.errors import InputError
from cleanplate.models.harmonizer import AnyHarmonizer, Cues
from cleanplate.pixels import profiles
from cleanplate.pixels.color import FloatArray, Pixels, to_float, white
from cleanplate.pixels.interpolation import shares, shrink_first, shrink_last
from cleanplate.pixels.profiles import Profile
from cleanplate.pixels.resampling import reduce
from cleanplate.stages import closeup
from cleanplate.stages.closeup import Window
from cleanplate.stages.compositing import Layer
from cleanplate.stages.strips import STRIP, Alpha, Colors, Desk, Part, strips, touched, with_desks
from cleanplate.transforms import fitting
from cleanplate.transforms.forms import Transform
from cleanplate.transforms.levels import Levels
from cleanplate.values import Box, Image, Size

FINER = 8  # times as large as what a harmonizer sees a picture stays until the last step of shrinking it


class PlateSeen(NamedTuple):
    """A plate, or a window of it, as a harmonizer sees it: (side, side, 3) float32 in [0, 1], and what it knows of it by that."""

    small: FloatArray
    cues: Cues


def shrink(pixels: Pixels, side: int, profile: Profile = None) -> FloatArray:
    """A picture of that profile as a harmonizer sees it: (side, side, 3) float32, sRGB, squashed by area; of another profile by way
    of a size of which every small pixel still is made of several, since all of a large plate would take a second."""
    if profile is not None:
        pixels = reduce(pixels, (min(pixels.shape[0], FINER * side), min(pixels.shape[1], FINER * side)))
    return to_float(reduce(profiles.shown(pixels, profile), (side, side), finer=FINER))


def color_change(
    harmonizer: AnyHarmonizer, seen: Callable[[Window], PlateSeen], under: Image, layer: Layer, *, one_map: bool = False,
    look: FloatArray | None = None, window: Window | None = None, levels: Levels | None = None,
) -> Transform:  # fmt: skip
    """What the harmonizer answers to a layer over its plate.

    Args:
        seen: a window of the plate as the harmonizer sees it.
        under: the plate at full size.
        one_map: the same change all over the layer.
        look: (side, side, 3), another place before which the harmonizer is shown the layer.
        window: where it looks; of itself, as near as the layer is small.
        levels: what the layer's colors are brought to first, see ``faded``.

    Returns:
        a transform of the whole frame, the levels before it.
    """
    frame = under.size
    window = closeup.around(layer.box, frame) if window is None else window
    plate = seen(window)
    added, covered = added_by(*cut_to(layer, under, window.box(frame)), harmonizer.side)
    composite = added + plate.small
    if look is not None:
        if look.shape != plate.small.shape:
            raise InputError("These cues were made by another harmonizer; make them again from the plate.")
        composite += (1 - covered[..., None]) * (look - plate.small)
    if levels is not None:
        composite += levels.added(added + covered[..., None] * plate.small, covered)
    inside = np.clip(composite, 0, 1)  # colors beyond sRGB are none that a network has seen
    found = closeup.over_frame(answer(harmonizer, inside, covered, plate.cues, one_map=one_map), window)
    return found if levels is None else levels.before(found)


def color_change_of_pasted(
    harmonizer: AnyHarmonizer, seen: Callable[[Window], PlateSeen], composite: Image, alpha: FloatArray, box: Box,
    levels: Levels | None = None,
) -> Transform:  # fmt: skip
    """The same where the foreground lies in the picture already.

    Args:
        seen: a window of the complete plate as the harmonizer sees it.
        alpha: (box height, box width).
    """
    side, frame = harmonizer.side, composite.size
    window = closeup.around(box, frame)
    part = window.box(frame)
    inside, there = cut_to(Layer(composite.pixels[box.slices], alpha, box), composite, part)
    covered = np.ascontiguousarray(shrunk_patch(Patch(inside.alpha), inside.box, (part.height, part.width), side)[:, 0])
    shown = shrink(there.pixels, side, there.profile)
    if levels is not None:
        shown = np.clip(shown + levels.added(covered[..., None] * shown, covered), 0, 1)
    found = closeup.over_frame(answer(harmonizer, shown, covered, seen(window).cues), window)
    return found if levels is None else levels.before(found)


def cut_to(layer: Layer, under: Image, part: Box) -> tuple[Layer, Image]:
    """What of a layer lies in a part of its frame, and that part of the frame."""
    box = layer.box
    top, left = max(box.top, part.top), max(box.left, part.left)
    bottom, right = min(box.top + box.height, part.top + part.height), min(box.left + box.width, part.left + part.width)
    inside = slice(top - box.top, max(top, bottom) - box.top), slice(left - box.left, max(left, right) - box.left)
    there = Box(top - part.top, left - part.left, max(0, bottom - top), max(0, right - left))
    cut = Image(under.pixels[part.slices], profile=under.profile)
    return layer._replace(foreground=layer.foreground[inside], alpha=layer.alpha[inside], box=there), cut


def answer(
    harmonizer: AnyHarmonizer, composite: FloatArray, alpha: FloatArray, cues: Cues, *, one_map: bool = False
) -> Transform:
    """A harmonizer's answer as a transform; to one in RGB a transform is fitted."""
    given = harmonizer.answer(composite, alpha, cues)
    if isinstance(given, Transform):
        return fitting.recast(given, composite, alpha, "affine") if one_map else given
    return fitting.fit(composite, given, alpha, "affine" if one_map else "bilateral-grid")


# ---- what composing adds to a picture, shrunk ------------------------------------------------------------------------


def added_by(layer: Layer, under: Image, side: int, *, finer: int = FINER, strip: int = STRIP) -> tuple[FloatArray, FloatArray]:
    """What composing a layer adds to a picture, and its alpha, shrunk by area to (side, side).

    Args:
        finer: F, alpha and P are halved first, each by itself, while they stay this many times as large as the answer.
        strip: about how many pixels are worked on at a time.

    Returns:
        ``alpha (F - P)`` (side, side, 3) and alpha (side, side), float32 in [0, 1] units.
    """
    foreground, alpha, box = layer[:3]
    whole = Patch(alpha, under.pixels[box.slices], foreground, under.profile)
    planes = shrunk_patch(whole, box, under.size, side, finer=finer, strip=strip)
    return planes[:, :3].transpose(0, 2, 1) / np.float32(white(under.pixels.dtype)), np.ascontiguousarray(planes[:, 3])


class Patch(NamedTuple):
    """The same part of alpha, of a picture of that profile and of what is composed over it; the pictures None where alpha alone
    counts."""

    alpha: Alpha
    under: Pixels | None = None
    foreground: Colors | None = None
    profile: Profile = None

    @property
    def channels(self) -> int:
        """Of ``planes``."""
        return 1 if self.under is None else 4

    def each(self, made: Callable[[Any], Any]) -> "Patch":
        under, foreground = (None if each is None else made(each) for each in (self.under, self.foreground))
        return Patch(made(self.alpha), under, foreground, self.profile)

    def part(self, part: Part) -> "Patch":
        return self.each(lambda each: each[part])

    def reduced(self, size: Size) -> "Patch":
        return self.each(lambda each: reduce(each, size, 1))

    def shown(self) -> "Patch":
        """The picture as sRGB, in which what is composed over it is."""
        return self if self.under is None else self._replace(under=profiles.shown(self.under, self.profile), profile=None)

    def planes(self, desk: Desk) -> FloatArray:
        """``alpha (F - P)``, in the units of P, and alpha: (height, 4, width); or alpha alone, (height, 1, width)."""
        planes = desk.front[: self.alpha.shape[0], :, : self.alpha.shape[1]]
        if self.under is None or self.foreground is None:
            np.multiply(self.alpha, np.float32(1 / white(self.alpha.dtype)), out=planes[:, 3])
            return planes[:, 3:]
        front, back, cover, _ = desk.load(self.under, self.foreground, self.alpha, white(self.under.dtype))
        difference = front[:, :3]
        difference -= back
        difference *= cover[:, None]
        planes[:, 3] = cover  # in the place of the ones, which no change of this desk needs
        return planes


def shrunk_patch(patch: Patch, box: Box, frame: Size, side: int, *, finer: int = FINER, strip: int = STRIP) -> FloatArray:
    """The planes of a patch that lies in that box of a frame, shrunk by area with it: (side, channels, side).

    Of a picture of another profile sRGB is made when it is shrunk: littleCMS takes longer than all else together.
    """
    step = 1
    while min(frame) >= 2 * finer * side * step:
        step *= 2
    total = np.zeros((side, patch.channels, side), np.float32)
    for part, fewer in in_whole_steps(box, step):
        some = patch.part(Box(part.top - box.top, part.left - box.left, part.height, part.width).slices)
        if fewer > 1:
            part = Box(part.top // fewer, part.left // fewer, part.height // fewer, part.width // fewer)
            some = some.reduced((part.height, part.width))
        add_shrunk(total, some.shown(), part, [each / fewer for each in frame], strip)
    return total


def in_whole_steps(box: Box, step: int) -> Iterator[tuple[Box, int]]:
    """A box in parts: its middle, which lies on multiples of ``step`` and may be shrunk so many times, and what is around that.

    >>> [(part.top, part.height, fewer) for part, fewer in in_whole_steps(Box(3, 0, 10, 8), 4)]
    [(3, 1, 1), (4, 8, 4), (12, 1, 1)]
    """
    bottom, right = box.top + box.height, box.left + box.width
    rows, columns = (
        sorted({first, min(-(-first // step) * step, last), max(last // step * step, first), last})
        for first, last in ((box.top, bottom), (box.left, right))
    )
    for top, end in itertools.pairwise(rows):
        for left, stop in itertools.pairwise(columns):
            whole = all(at % step == 0 for at in (top, end, left, stop))
            yield Box(top, left, end - top, stop - left), step if whole else 1


def add_shrunk(total: FloatArray, patch: Patch, box: Box, frame: Sequence[float], strip: int) -> None:
    """Add a patch, shrunk from that box of a frame of that size, to ``total``: rows are summed first, then columns."""
    side = total.shape[0]
    down = shares(side, box.top, box.height, frame[0])
    cell = int(frame[0] // side)
    todo = iter(list(strips(box, max(strip, box.width * cell))))  # at least a cell high: few sums to keep
    sums: list[tuple[int, slice, FloatArray]] = []

    def work(desk: Desk) -> None:
        for rows in todo:
            sums.append((rows.start, *row_sums(desk, patch, down, rows, strip)))

    with_desks(work, box, strip, (patch.alpha if patch.under is None else patch.under).dtype)
    covered = filled_rows(down)
    seen = np.zeros((covered.stop - covered.start, patch.channels, box.width), np.float32)
    for _, cells, some in sorted(sums, key=lambda each: each[0]):  # in one order, so that sums come out the same each time
        seen[cells.start - covered.start : cells.stop - covered.start] += some
    total[covered] += shrink_last(seen, side, box.left, frame[1])


def row_sums(desk: Desk, patch: Patch, down: FloatArray, rows: slice, strip: int) -> tuple[slice, FloatArray]:
    """The sums of some rows of a patch by cell, and which cells these are: (cells, channels, box width).

    Args:
        down: (side, box height), how much of each row goes into each cell.
    """
    width = patch.alpha.shape[1]
    cells = filled_rows(down[:, rows])
    total = np.zeros((cells.stop - cells.start, patch.channels, width), np.float32)
    for piece in strips(Box(rows.start, 0, rows.stop - rows.start, width), strip):
        part = slice(rows.start + piece.start, rows.start + piece.stop), touched(patch.alpha[rows][piece])
        if part[1].stop:
            some = filled_rows(down[:, part[0]])
            share = shrink_first(patch.part(part).planes(desk), down[some, part[0]])
            total[some.start - cells.start : some.stop - cells.start, :, part[1]] += share
    return cells, total


def filled_rows(weights: FloatArray) -> slice:
    """From the first to the last row that is not all 0."""
    rows = np.flatnonzero(weights.any(1))
    return slice(int(rows[0]), int(rows[-1]) + 1)
