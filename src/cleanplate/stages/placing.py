"""Where a person goes in the plate: no side on which their photo cropped them may be seen there as a straight cut.

    crops.cropped(alpha) -> figure(alpha, ...) -> stand(figure, plate, placement)

All of it is geometry of a silhouette; nothing here touches colors.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray
from cleanplate.values import Box, Crop, Cropped, Placement, Size

SEEN = 0.05  # alpha from which a pixel counts as the person when their extent is measured
LOOKED_AT = 256  # pixels of a person's longer side by which their head, feet and width are found

# ---- the silhouette --------------------------------------------------------------------------------------------------

FEET = 0.05  # of a person's height: the lowest part, whose middle is the foot point
HEAD = 1.25  # height of a head, hair and all, over its width
LEAST_HEAD, MOST_HEAD = 0.12, 0.8  # of a person's height
SLIM = 0.6  # width of somebody who stands over their height, at most; of a bust it is more


@dataclass(frozen=True, eq=False)
class Figure:
    """A person's silhouette, in the pixels of their photo. On a cropped side its end is where the crop has stopped fading.

    Args:
        size: of the photo.
        top, left, bottom, right: where the person ends.
        head: the head's horizontal middle; ``chin``: the row below it, roughly.
        foot: the horizontal middle of the lowest part.
        rows, lefts, rights: from where to where the person goes in some rows.
    """

    size: Size
    top: float
    left: float
    bottom: float
    right: float
    head: float
    chin: float
    foot: float
    cropped: Cropped
    rows: npt.NDArray[Any]
    lefts: npt.NDArray[Any]
    rights: npt.NDArray[Any]

    @property
    def whole(self) -> bool:
        """Whether a whole person stands there: cropped nowhere, and slim."""
        return self.cropped == Cropped() and self.right - self.left < SLIM * (self.bottom - self.top)

    def across(self, bottom: float) -> tuple[float, float]:
        """From where to where the person goes above that row."""
        above = self.rows < bottom
        if not above.any():
            return self.left, self.right
        return max(self.left, float(self.lefts[above].min())), min(self.right, float(self.rights[above].max()))

    def scaled(self, size: Size) -> "Figure":
        """The same in a photo of another size."""
        down, across = size[0] / self.size[0], size[1] / self.size[1]
        return replace(
            self, size=size, top=self.top * down, bottom=self.bottom * down, chin=self.chin * down, rows=self.rows * down,
            left=self.left * across, right=self.right * across, head=self.head * across, foot=self.foot * across,
            lefts=self.lefts * across, rights=self.rights * across,
        )  # fmt: skip


def figure(alpha: FloatArray, person: Box, sides: Cropped) -> Figure:
    """The silhouette of the person whose extent is ``person``.

    Args:
        alpha: (height, width) float32.
        sides: where the photo cropped them.
    """
    size = alpha.shape[0], alpha.shape[1]
    step = max(1, max(person.height, person.width) // LOOKED_AT)
    some = alpha[person.slices][::step, ::step]
    inside = some >= SEEN
    kept = inside.any(1)
    inside, some, rows = inside[kept], some[kept], np.flatnonzero(kept) * step + person.top
    lefts = inside.argmax(1) * step + person.left
    rights = np.minimum((inside.shape[1] - inside[:, ::-1].argmax(1)) * step + person.left, person.left + person.width)
    weight = np.where(inside, some, 0)
    columns = (np.arange(inside.shape[1]) + 0.5) * step + person.left
    chin = chin_row(rows - person.top, weight.sum(1) * step, person.height)
    feet = max(1, round(FEET * len(rows)))
    edges = ends(person, sides, size)
    return Figure(
        size, *edges, middle(columns, weight[rows - person.top <= chin]), float(person.top + chin), middle(columns, weight[-feet:]),
        sides, rows, lefts, rights,
    )  # fmt: skip


def middle(columns: npt.NDArray[Any], weight: npt.NDArray[Any]) -> float:
    return float(np.average(columns, weights=weight.sum(0)))


def chin_row(down: npt.NDArray[Any], width: npt.NDArray[Any], height: float) -> float:
    """Where a silhouette has become so high as a head of its greatest width so far is, in pixels from its top."""
    found = np.flatnonzero(down >= HEAD * np.maximum.accumulate(width))
    at = float(down[found[0]]) if len(found) else math.inf
    return min(max(at, LEAST_HEAD * height), MOST_HEAD * height)


def ends(person: Box, sides: Cropped, size: Size) -> tuple[float, float, float, float]:
    """Top, left, bottom and right of a person, moved to where a cropped side has stopped fading."""
    top, left, bottom, right = person.top, person.left, person.top + person.height, person.left + person.width
    return (
        max(top, sides.top.inset * size[0]) if sides.top else top,
        max(left, sides.left.inset * size[1]) if sides.left else left,
        min(bottom, (1 - sides.bottom.inset) * size[0]) if sides.bottom else bottom,
        min(right, (1 - sides.right.inset) * size[1]) if sides.right else right,
    )


# ---- where it goes ---------------------------------------------------------------------------------------------------

FINE, LIMIT = 4.0, 3.5  # plate pixels for one of the photo's, or times their own size: nobody is enlarged beyond to hide a crop
GROUND = 2 / 3, 0.97  # of the plate's height: where feet stand
CAMERA, SMALLEST = 0.85, 0.3  # height of a camera over a person's: held at the chest; of the plate's height: the least
EYES = 0.45  # of the plate's height: where the middle of a head goes that is too large to be seen whole
LOST, FACELESS, LARGER, ASIDE = 1.0, 1.0, 0.3, 0.1  # cost of losing all of person or face, of a doubling in size, of lying aside
BROW = 0.3  # of a head's height, from its top: where the face begins
LEAST_SEEN = 0.25  # of the person's height: no more than the rest is given up


class Stand(NamedTuple):
    """How the photo lies in the plate: its scale, and its upper left corner in plate pixels.

    ``shown`` names the cropped sides of the person that are seen, and how long they are, in plate pixels.
    """

    scale: float
    top: float
    left: float
    shown: dict[str, float]
    cost: float = 0.0

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence on the crops that are seen.

        >>> Stand(1.0, 0.0, 0.0, {"left": 9.0}).warnings[0][:73]
        'The photo cropped the person at the left, and that cut is seen in the pla'
        """
        names = " and ".join(sorted(self.shown))
        advice = "leave `height`, `x` and `y` to be chosen, or give a photo that shows more"
        return (f"The photo cropped the person at the {names}, and that cut is seen in the plate: {advice}.",) if names else ()


def stand(figure: Figure, plate: Size, placement: Placement, horizon: Callable[[], float | None] = lambda: None) -> Stand:
    """The best way to put a person into a plate: first of all no crop is seen, then most of them, at about their own size.

    Args:
        horizon: asked for a whole person who stands: the plate's, as a share of its height from the top, None where unknown.

    Raises:
        InputError: they would be smaller than a pixel.
    """
    if placement.height is None and placement.y is None and placement.fit == "auto" and figure.whole:
        placement = replace(placement, height=standing(figure, plate, horizon()))
    found = min((tried(figure, plate, placement, bottom) for bottom in bottoms(figure, placement)), key=rank)
    if round((figure.bottom - figure.top) * found.scale) < 1 or round((figure.right - figure.left) * found.scale) < 1:
        raise InputError("At this height the person would be smaller than a pixel: ask for more by `height`.")
    return found


def standing(figure: Figure, plate: Size, horizon: float | None) -> float | None:
    """How high a whole person is on the ground under that horizon, as a share of the plate; None where only the frame tells.

    A camera looks at its horizon at its own height, and so does everybody on the same ground, near or far: their feet are as far
    below it, in the picture, as ``CAMERA`` of their height.
    """
    if horizon is None:
        return None
    wanted = (ground(figure) - horizon) / CAMERA
    return max(wanted, SMALLEST) if wanted * plate[0] < (figure.bottom - figure.top) * fitting(figure, plate) else None


def fitting(figure: Figure, plate: Size) -> float:
    """The scale at which the person's photo fills the plate's height, or they its width."""
    return min(plate[0] / figure.size[0], plate[1] / (figure.right - figure.left))


def ground(figure: Figure) -> float:
    """Where feet stand that their photo shows, as a share of the plate's height: as low as there, within bounds."""
    return min(max(figure.bottom / figure.size[0], GROUND[0]), GROUND[1])


def rank(one: Stand) -> tuple[float, float]:
    return sum(one.shown.values()), one.cost


def bottoms(figure: Figure, placement: Placement) -> Iterator[float]:
    """Rows of the photo that may lie on the plate's lower edge: the person's end, or where a side begins to be cropped."""
    yield figure.bottom
    if placement.fit == "auto" and placement.y is None:
        least = figure.top + LEAST_SEEN * (figure.bottom - figure.top)
        sides = (figure.cropped.left, figure.cropped.right)
        yield from (row for side in sides if side and least < (row := side.first * figure.size[0]) < figure.bottom)


def tried(figure: Figure, plate: Size, placement: Placement, bottom: float) -> Stand:
    """What comes of laying that row of the photo on the plate's lower edge, or of standing there if it is the person's end."""
    crop, free = figure.cropped, placement.fit == "auto"
    beyond = bottom < figure.bottom or crop.bottom is not None
    left, right = (side is not None and side.first * figure.size[0] < bottom for side in (crop.left, crop.right))
    start, end = figure.across(bottom)
    tall, own = bottom - figure.top, fitting(figure, plate)
    if placement.height is not None:
        scale = placement.height * plate[0] / tall
    elif not free:
        scale = own
    else:
        scale = min(plate[0] / (bottom if bottom < figure.bottom else figure.size[0]), plate[1] / (end - start))
        needed = max(plate[1] / (end - start) if left and right else 0, plate[0] / tall if crop.top and beyond else 0)
        scale = max(scale, needed if needed <= max(FINE, LIMIT * own) else 0)
    top = down(figure, plate, placement, bottom, beyond, scale)
    if placement.x is not None:
        at = placement.x * plate[1] - figure.foot * scale
    else:
        at = sideways(start * scale, end * scale, figure.head * scale, plate[1], left, right and (free or not left))
    brow, low, high = figure.top + BROW * (figure.chin - figure.top), -top / scale, (plate[0] - top) / scale
    lost, faceless = 1 - part_seen(figure.top, figure.bottom, low, high), 1 - part_seen(brow, figure.chin, low, high)
    cost = LOST * lost + FACELESS * faceless + LARGER * max(0.0, math.log2(scale / own)) + ASIDE * (left != right)
    return Stand(scale, top, at, shown(figure, plate, scale, top, at), cost)


def part_seen(start: float, end: float, low: float, high: float) -> float:
    """The share of a stretch that lies between two others' ends.

    >>> part_seen(0, 4, 1, 9)
    0.75
    """
    return max(0.0, min(end, high) - max(start, low)) / (end - start)


def down(figure: Figure, plate: Size, placement: Placement, bottom: float, beyond: bool, scale: float) -> float:
    """Where the photo's upper edge lies."""
    if placement.y is not None:
        return placement.y * plate[0] - bottom * scale
    share = figure.bottom / figure.size[0]
    if not beyond:
        return plate[0] * (ground(figure) if placement.fit == "auto" else share) - bottom * scale
    lowest = plate[0] - bottom * scale  # or higher up, and the plate shows no more of the person than to ``bottom``
    if placement.fit != "auto":
        return lowest
    top = max(lowest, figure.top * (plate[0] / figure.size[0] - scale))  # the head where the photo had it
    if figure.cropped.top:
        top = min(top, -figure.top * scale)
    if top + figure.chin * scale > plate[0]:
        top = min(top, max(lowest, EYES * plate[0] - scale * (figure.top + figure.chin) / 2))
    return top


def sideways(start: float, end: float, head: float, wide: int, left: bool, right: bool) -> float:
    """Where the photo's left edge lies, for a person from ``start`` to ``end`` at the plate's scale.

    At the side on which they are cropped; else in the middle; with the head there if the person is as wide as the plate.
    """
    if end - start > wide - 1 and (left == right or end - start > wide):
        return min(max(wide / 2 - head, wide - end), -start)
    if left or right:
        return -start if left else wide - end
    return (wide - start - end) / 2


def shown(figure: Figure, plate: Size, scale: float, top: float, left: float) -> dict[str, float]:
    """The cropped sides that are seen inside the plate, and the length of each that is, in plate pixels."""
    height, width = figure.size
    across, upright = (left, scale * width, plate[1]), (top, scale * height, plate[0])
    lines = {
        "top": (top + figure.top * scale, plate[0], across), "bottom": (top + figure.bottom * scale, plate[0], across),
        "left": (left + figure.left * scale, plate[1], upright), "right": (left + figure.right * scale, plate[1], upright),
    }  # fmt: skip
    answer = {}
    for name, (at, whole, (origin, length, limit)) in lines.items():
        side: Crop | None = getattr(figure.cropped, name)
        if side is not None and HIDDEN <= at <= whole - HIDDEN:
            seen = min(limit, origin + side.last * length) - max(0.0, origin + side.first * length)
            if seen > max(1.0, UNSEEN * plate[0]):
                answer[name] = seen
    return answer


HIDDEN = 0.75  # pixels: a line so near to the plate's edge lies on it
UNSEEN = 0.005  # of the plate's height: a cut so short is not seen


