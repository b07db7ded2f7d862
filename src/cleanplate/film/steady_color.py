"""The color change of a film's frames: the harmonizer looks now and then, and a temporal filter takes the steps out of its answers.

All filters leave a repeated frame exactly as it was.
"""

from collections.abc import Callable

import numpy as np

from cleanplate.film.cutting_out import Laid
from cleanplate.film.outlines import Outline
from cleanplate.models.harmonizer import AnyHarmonizer, Cues
from cleanplate.pixels.color import FloatArray, Pixels, as_float, moved_by, to_uint8
from cleanplate.pixels.resampling import resize
from cleanplate.stages import closeup, faded, harmonizing
from cleanplate.stages.closeup import WHOLE, Window
from cleanplate.stages.compositing import Layer
from cleanplate.stages.harmonizing import PlateSeen
from cleanplate.transforms.forms import Transform
from cleanplate.transforms.levels import Levels
from cleanplate.values import Image
from cleanplate.video.yuv420 import Coded, as_rgb, smaller

STEADY = 0.01  # change of a map's entry (its last column in shares of white) up to which an answer says nothing new
SETTLING = 0.006  # share of a new answer that is taken for each frame gone by: half of it within four seconds
GLIDE = 0.1  # of the way to what was learned that is gone in one frame, so that answers far apart in time make no steps


class StillPlate:
    """The same plate in every frame; ``seen`` tells what the harmonizer sees of its windows, and is asked once for each."""

    def __init__(self, seen: Callable[[Window], PlateSeen]) -> None:
        self._seen, self._known = seen, dict[Window, PlateSeen]()

    def start(self) -> None:
        """A new shot of it begins."""

    def seen(self, harmonizer: AnyHarmonizer, plate: Pixels | Coded, gone: int, window: Window) -> PlateSeen:
        """A window of the plate as the harmonizer sees it, ``gone`` frames after it looked last."""
        if window not in self._known:
            self._known[window] = self._seen(window)
        return self._known[window]


class MovingPlate:
    """A filmed plate, whose cues are averaged over time."""

    def __init__(self) -> None:
        self._cues = SteadyCues()

    def start(self) -> None:
        """As ``StillPlate.start``."""
        self._cues.reset()

    def seen(self, harmonizer: AnyHarmonizer, plate: Pixels | Coded, gone: int, window: Window) -> PlateSeen:
        """As ``StillPlate.seen``."""
        whole = half_size(plate)
        small = harmonizing.shrink(whole[window.box((whole.shape[0], whole.shape[1])).slices], harmonizer.side)
        return PlateSeen(small, self._cues(harmonizer.cues(small), gone))


def half_size(plate: Pixels | Coded) -> Pixels:
    """RGB of a coded frame at half the size; an array as it is."""
    return smaller(plate, (plate.shape[0] // 2, plate.shape[1] // 2)) if isinstance(plate, Coded) else plate


class SteadyColor:
    """The color change of every frame of a film.

    Args:
        plate: what the harmonizer sees of it.
        every: frames from one look of the harmonizer to the next, at most.
        one_map: whether the change is the same all over the person.
    """

    def __init__(self, harmonizer: AnyHarmonizer, plate: StillPlate | MovingPlate, every: int, one_map: bool) -> None:
        self._harmonizer, self._plate, self._one_map = harmonizer, plate, one_map
        self._change, self._turn, self._new_shot, self._window = SteadyTransform(), Turn(every), True, WHOLE
        self._levels: Levels | None = None

    def start(self) -> None:
        """A new shot of the plate begins, whether or not anybody stands before it."""
        self._plate.start()
        self._new_shot = True

    def __call__(self, person: Laid | Outline, plate: Pixels | Coded) -> Transform:
        """The change of the next frame with somebody in it."""
        new, self._new_shot = self._new_shot or person.cut, False
        if new:
            self._change.reset()
        if self._turn.due(new):
            self._look(person, plate, new)
        return self._change.step()

    def _look(self, person: Laid | Outline, plate: Pixels | Coded, new: bool) -> None:
        gone, (pixels, layer) = self._turn.since, shown(person, plate)
        under = Image(pixels)
        self._window = closeup.around(layer.box, under.size) if new else closeup.kept(self._window, layer.box, under.size)
        if new:
            self._levels = levels(layer, pixels)

        def seen(window: Window) -> PlateSeen:
            return self._plate.seen(self._harmonizer, plate, gone, window)

        answer = harmonizing.color_change(
            self._harmonizer, seen, under, layer, one_map=self._one_map, window=self._window, levels=self._levels
        )
        self._turn.done(self._change.learn(answer, gone))


def shown(person: Laid | Outline, plate: Pixels | Coded) -> tuple[Pixels, Layer]:
    """Plate and person for the harmonizer, of an outline in the shrunk frame."""
    if isinstance(person, Laid):
        return as_rgb(plate), person.layer
    small, change = person.small, person.change
    front = small.pixels if change is None else moved_by(small.pixels, change)
    under = smaller(plate, small.size) if isinstance(plate, Coded) else resize(plate, small.size)
    return under, Layer(front, small.alpha, small.box)


def levels(layer: Layer, plate: Pixels) -> Levels | None:
    """How a person whose blacks have faded is brought to those of the plate, from the first frame of a shot on, see ``faded``."""
    return faded.before(lambda: faded.black(plate), to_uint8(as_float(layer.foreground)), layer.alpha)


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


# ---- temporal filters ------------------------------------------------------------------------------------------------


def towards(held: FloatArray, new: FloatArray, share: float) -> FloatArray:
    """A share of the way from one to the other; exactly ``held`` where both are equal."""
    return np.asarray(held + np.float32(share) * (new - held), np.float32)


def share_of_answer(frames: int) -> float:
    """How much is taken of an answer ``frames`` after the one before: ``SETTLING`` a frame. A shot's first answer is taken whole.

    >>> round(share_of_answer(2), 4)
    0.012
    """
    return 1 - (1 - SETTLING) ** frames


class SteadyCues:
    """The cues of a moving plate, averaged over time; exactly the first ones where the plate stands still."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the shot so far."""
        self._held: Cues | None = None

    def __call__(self, cues: Cues, frames: int = 1) -> Cues:
        """Take in the newest cues, ``frames`` after the ones before."""
        held = cues if self._held is None else self._held
        self._held = Cues(towards(held.values, cues.values, share_of_answer(frames)), cues.model)
        return self._held


class SteadyTransform:
    """The harmonizer's color changes averaged over time: their numbers, and how sure the network is of them."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the shot so far."""
        self._learned: Transform | None = None
        self._applied: Transform | None = None

    def learn(self, answer: Transform, frames: int = 1) -> float:
        """Take in what the network says of a frame, ``frames`` after it spoke last; how far that moved any number of the change."""
        if self._learned is None:
            self._learned = answer
            return 1.0  # all of it is new
        before, self._learned = self._learned, part_way(self._learned, answer, share_of_answer(frames))
        return largest_difference(before, self._learned)

    def step(self) -> Transform:
        """The color change of the next frame.

        Raises:
            ValueError: nothing was learned yet.
        """
        if self._learned is None:
            raise ValueError("A color change has to be learned before it can be applied.")
        before = self._applied
        self._applied = self._learned if before is None else part_way(before, self._learned, GLIDE)
        return self._applied


def part_way(held: Transform, new: Transform, share: float) -> Transform:
    """A share of the way from one color change to another of the same form; exactly ``held`` where both are equal.

    Its cells are those of ``new``, which has others where the harmonizer looks from nearer or farther.
    """
    tone = None if held.tone is None or new.tone is None else towards(held.tone, new.tone, share)
    confidence = held.confidence + share * (new.confidence - held.confidence)
    return Transform(towards(closeup.of_cells(held.grid, *new.grid.shape[:2]), new.grid, share), held.kind, confidence, tone)


def largest_difference(one: Transform, other: Transform) -> float:
    """The largest difference between any two numbers of the grids, or of the tones, of two color changes of the same form."""
    tones = 0.0 if one.tone is None or other.tone is None else float(np.abs(one.tone - other.tone).max())
    grid = closeup.of_cells(one.grid, *other.grid.shape[:2])
    return max(float(np.abs(grid - other.grid).max()), tones)
