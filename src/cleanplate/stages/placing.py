"""Where a person goes in the plate: no side on which their photo cropped them is seen there, unless that would cost their face.

    silhouettes.of(cutout, person) -> stand(silhouette, plate, placement)

All of it is geometry of a silhouette; nothing here touches colors.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from cleanplate.errors import InputError
from cleanplate.settings import Placement
from cleanplate.stages.silhouettes import Silhouette
from cleanplate.values import Box, Crop, Size

FINE, LIMIT = 4.0, 3.5  # plate pixels for one of the photo's, or times their own size: nobody is enlarged beyond to hide a crop
GROUND = 2 / 3, 0.97  # of the plate's height: where feet stand
CAMERA, SMALLEST = 0.85, 0.3  # height of a camera over a person's: held at the chest; of the plate's height: the least
NOSE = 0.5  # of the plate's height: where the middle of a face goes whose head is too large to be seen whole
LOST, FACELESS, LARGER, ASIDE = 1.0, 3.0, 0.3, 0.1  # cost of losing all of person or face, of a doubling in size, of lying aside
SHOWN = 0.3, 4.0, 1  # cost of crops that are seen at all, and of that power of their length, 1 for the plate's height
SHOWN_ROUNDED = 0.12, 1.2, 2  # the same where their ends are rounded
LEAST_SEEN = 0.25  # of the person's height: no more than the rest is given up
HIDDEN = 0.75  # pixels: a line so near to the plate's edge lies on it
UNSEEN = 0.005  # of the plate's height: a cut so short is not seen


class Stand(NamedTuple):
    """How the photo lies in the plate: its scale, and its upper left corner in plate pixels.

    ``shown`` names the cropped sides of the person that are seen, and how long they are, in plate pixels; ``rounded`` says whether
    their ends at the sides and the top are to be.
    """

    scale: float
    top: float
    left: float
    shown: dict[str, float]
    cost: float = 0.0
    rounded: bool = False

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence on the crops that are seen.

        >>> Stand(1.0, 0.0, 0.0, {"left": 9.0}).warnings[0][:73]
        'The photo cropped the person at the left, and that cut is seen in the pla'
        """
        names = " and ".join(sorted(self.shown))
        advice = "leave `height`, `x` and `y` to be chosen, or give a photo that shows more"
        return (f"The photo cropped the person at the {names}, and that cut is seen in the plate: {advice}.",) if names else ()

    def ends(self, silhouette: Silhouette, box: Box) -> dict[str, float]:
        """How far from the borders of a box in the plate those ends of the person lie that are shown, in plate pixels."""
        far = {
            "top": self.top + self.scale * silhouette.top - box.top,
            "bottom": box.top + box.height - self.top - self.scale * silhouette.bottom,
            "left": self.left + self.scale * silhouette.left - box.left,
            "right": box.left + box.width - self.left - self.scale * silhouette.right,
        }
        return {name: far[name] for name in self.shown}


def stand(
    silhouette: Silhouette, plate: Size, placement: Placement, horizon: Callable[[], float | None] = lambda: None,
    rounded: bool = True,
) -> Stand:  # fmt: skip
    """The best way to put a person into a plate: first of all no crop is seen, then most of them, at about their own size.

    Args:
        horizon: asked for a whole person who stands: the plate's, as a share of its height from the top, None where unknown.
        rounded: whether ends that are seen will be; else they are worth more to hide.

    Raises:
        InputError: they would be smaller than a pixel.
    """
    if placement.height is None and placement.y is None and placement.fit == "auto" and silhouette.whole:
        placement = replace(placement, height=height_on_ground(silhouette, plate, horizon()))
    rounded = rounded and placement.fit == "auto" and not silhouette.trimmed
    tries = (Try(silhouette, plate, placement, *way, rounded).stand() for way in ways(silhouette, placement))
    found = min(tries, key=lambda one: one.cost)
    height, width = silhouette.bottom - silhouette.top, silhouette.right - silhouette.left
    if round(height * found.scale) < 1 or round(width * found.scale) < 1:
        raise InputError("At this height the person would be smaller than a pixel: ask for more by `height`.")
    return found


def height_on_ground(silhouette: Silhouette, plate: Size, horizon: float | None) -> float | None:
    """How high a whole person is on the ground under that horizon, as a share of the plate; None where only the frame tells.

    A camera looks at its horizon at its own height, and so does everybody on the same ground, near or far: their feet are as far
    below it, in the picture, as ``CAMERA`` of their height.
    """
    if horizon is None:
        return None
    wanted = (ground(silhouette) - horizon) / CAMERA
    smaller = wanted * plate[0] < (silhouette.bottom - silhouette.top) * own_scale(silhouette, plate)
    return max(wanted, SMALLEST) if smaller else None


def own_scale(silhouette: Silhouette, plate: Size) -> float:
    """The scale at which the person's photo fills the plate's height, or they its width."""
    return min(plate[0] / silhouette.size[0], plate[1] / (silhouette.right - silhouette.left))


def ground(silhouette: Silhouette) -> float:
    """Where feet stand that their photo shows, as a share of the plate's height: as low as there, within bounds."""
    return min(max(silhouette.bottom / silhouette.size[0], GROUND[0]), GROUND[1])


def ways(silhouette: Silhouette, placement: Placement) -> Iterator[tuple[float, str | None]]:
    """Rows of the photo that may lie on the plate's lower edge, and which of two crops at the sides is hidden; None for both.

    The rows are the person's end, or where a side begins to be cropped.
    """
    yield silhouette.bottom, None
    if placement.fit == "auto" and placement.y is None:
        least = silhouette.top + LEAST_SEEN * (silhouette.bottom - silhouette.top)
        sides = (silhouette.cropped.left, silhouette.cropped.right)
        yield from ((row, None) for side in sides if side and least < (row := side.first * silhouette.size[0]) < silhouette.bottom)
    if placement.fit == "auto" and silhouette.seen:
        yield from ((silhouette.bottom, side) for side in ("left", "right"))


@dataclass(frozen=True, eq=False)
class Try:
    """What comes of laying the row ``bottom`` of the photo on the plate's lower edge, or of standing there if it is their end."""

    person: Silhouette
    plate: Size
    placement: Placement
    bottom: float
    hidden: str | None = None
    rounded: bool = True

    @property
    def free(self) -> bool:
        return self.placement.fit == "auto"

    @property
    def beyond(self) -> bool:
        """Whether the person goes on below the plate's lower edge."""
        return self.bottom < self.person.bottom or self.person.cropped.bottom is not None

    @property
    def aside(self) -> tuple[bool, bool]:
        """Whether the photo crops them at the left, and at the right, above that row, and they lie there so that it is not seen."""
        left, right = self.person.cropped.left, self.person.cropped.right
        first, second = (side is not None and side.first * self.person.size[0] < self.bottom for side in (left, right))
        return (first, second) if self.hidden is None or not (first and second) else (self.hidden == "left", self.hidden == "right")

    @property
    def own(self) -> float:
        return own_scale(self.person, self.plate)

    def stand(self) -> Stand:
        scale = self.scale()
        top, left = self.top(scale), self.left(scale)
        seen = cuts_seen(self.person, self.plate, scale, top, left)
        some, whole, power = SHOWN_ROUNDED if self.rounded else SHOWN
        ugly = some + whole * (sum(seen.values()) / self.plate[0]) ** power if seen else 0.0
        return Stand(scale, top, left, seen, self.cost(scale, top) + ugly, self.rounded)

    def scale(self) -> float:
        """As asked for, or as in their own photo, or large enough to hide what it crops."""
        if self.placement.height is not None:
            return self.placement.height * self.plate[0] / (self.bottom - self.person.top)
        return self.hiding() if self.free else self.own

    def hiding(self) -> float:
        """The scale that shows no crop, or, where that would be too large, about their own."""
        start, end = self.person.across(self.bottom)
        fills = self.plate[1] / (end - start)
        kept = self.bottom if self.bottom < self.person.bottom else self.person.size[0]
        needed = fills if all(self.aside) else 0
        if self.person.cropped.top and self.beyond:
            needed = max(needed, self.plate[0] / (self.bottom - self.person.top))
        return max(min(self.plate[0] / kept, fills), needed if needed <= max(FINE, LIMIT * self.own) else 0)

    def top(self, scale: float) -> float:
        """Where the photo's upper edge lies."""
        if self.placement.y is not None:
            return self.placement.y * self.plate[0] - self.bottom * scale
        if self.beyond:
            return self.sunk(scale)
        share = ground(self.person) if self.free else self.person.bottom / self.person.size[0]
        return self.plate[0] * share - self.bottom * scale

    def sunk(self, scale: float) -> float:
        """The same of a person who goes on below the plate's lower edge: as low as ``bottom`` allows, or lower for the head."""
        person, high = self.person, self.plate[0]
        lowest = high - self.bottom * scale  # or higher up, and the plate shows no more of the person than to ``bottom``
        if not self.free:
            return lowest
        top = max(lowest, person.top * (high / person.size[0] - scale))  # the head where the photo had it
        if person.cropped.top:
            top = min(top, -person.top * scale)
        if top + person.chin * scale > high:
            top = min(top, max(lowest, NOSE * high - scale * (person.brow + person.chin) / 2))
        return top

    def left(self, scale: float) -> float:
        """Where the photo's left edge lies."""
        if self.placement.x is not None:
            return self.placement.x * self.plate[1] - self.person.foot * scale
        start, end = (each * scale for each in self.person.across(self.bottom))
        left, right = self.aside
        return sideways(start, end, self.person.head * scale, self.plate[1], left, right and (self.free or not left))

    def cost(self, scale: float, top: float) -> float:
        """What is lost of the person and of their face, how much larger than their own size they are, whether they lie aside."""
        person, low, high = self.person, -top / scale, (self.plate[0] - top) / scale
        lost = 1 - part_seen(person.top, person.bottom, low, high)
        faceless = 1 - part_seen(person.brow, person.chin, low, high)
        left, right = self.aside
        return LOST * lost + FACELESS * faceless + LARGER * max(0.0, math.log2(scale / self.own)) + ASIDE * (left != right)


def part_seen(start: float, end: float, low: float, high: float) -> float:
    """The share of a stretch that lies between two others' ends.

    >>> part_seen(0, 4, 1, 9)
    0.75
    """
    return max(0.0, min(end, high) - max(start, low)) / (end - start)


def sideways(start: float, end: float, head: float, wide: int, left: bool, right: bool) -> float:
    """Where the photo's left edge lies, for a person from ``start`` to ``end`` at the plate's scale.

    At the side on which they are cropped; else in the middle; with the head there if the person is as wide as the plate.
    """
    if end - start > wide - 1 and (left == right or end - start > wide):
        return min(max(wide / 2 - head, wide - end), -start)
    if left or right:
        return -start if left else wide - end
    return (wide - start - end) / 2


def cuts_seen(silhouette: Silhouette, plate: Size, scale: float, top: float, left: float) -> dict[str, float]:
    """The cropped sides that are seen inside the plate, and the length of each that is, in plate pixels."""
    height, width = silhouette.size
    across, upright = (left, scale * width, plate[1]), (top, scale * height, plate[0])
    lines = {
        "top": (top + silhouette.top * scale, plate[0], across), "bottom": (top + silhouette.bottom * scale, plate[0], across),
        "left": (left + silhouette.left * scale, plate[1], upright), "right": (left + silhouette.right * scale, plate[1], upright),
    }  # fmt: skip
    answer = {}
    for name, (at, whole, (origin, length, limit)) in lines.items():
        side: Crop | None = getattr(silhouette.cropped, name)
        if side is not None and HIDDEN <= at <= whole - HIDDEN:
            seen = min(limit, origin + side.last * length) - max(0.0, origin + side.first * length)
            if seen > max(1.0, UNSEEN * plate[0]):
                answer[name] = seen
    return answer
