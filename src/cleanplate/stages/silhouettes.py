"""The outline of a person in their photo: its ends, head and foot point, and how wide it is down to any row."""

import math
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray
from cleanplate.stages import crops, faces
from cleanplate.values import Box, Cropped, Cutout, Size

SEEN = 0.05  # alpha from which a pixel counts as the person when their extent is measured
LOOKED_AT = 256  # pixels of a person's longer side by which their head, feet and width are found
FEET = 0.05  # of a person's height: the lowest part, whose middle is the foot point
HEAD = 1.25  # height of a head, hair and all, over its width
LEAST_HEAD, MOST_HEAD = 0.12, 0.8  # of a person's height
BROW = 0.3  # of a head's height, from its top: where the face begins
SLIM = 0.6  # width of somebody who stands over their height, at most; of a bust it is more


@dataclass(frozen=True, eq=False)
class Silhouette:
    """A person's silhouette, in the pixels of their photo. On a cropped side its end is where the crop has stopped fading.

    Args:
        size: of the photo.
        top, left, bottom, right: where the person ends.
        head: the head's horizontal middle.
        brow, chin: rows between which the face lies; roughly, unless it was ``seen``.
        foot: the horizontal middle of the lowest part.
        rows, lefts, rights: from where to where the person goes in some rows.
        trimmed: their picture is a cutout file that ends where they do, at every side: nothing there need be a crop of a photo.
    """

    size: Size
    top: float
    left: float
    bottom: float
    right: float
    head: float
    brow: float
    chin: float
    seen: bool
    foot: float
    cropped: Cropped
    rows: npt.NDArray[Any]
    lefts: npt.NDArray[Any]
    rights: npt.NDArray[Any]
    trimmed: bool = False

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

    def scaled(self, size: Size) -> "Silhouette":
        """The same in a photo of another size."""
        down, across = size[0] / self.size[0], size[1] / self.size[1]
        return replace(
            self, size=size, top=self.top * down, bottom=self.bottom * down, rows=self.rows * down,
            brow=self.brow * down, chin=self.chin * down,
            left=self.left * across, right=self.right * across, head=self.head * across, foot=self.foot * across,
            lefts=self.lefts * across, rights=self.rights * across,
        )  # fmt: skip


_known = WeakKeyDictionary[Cutout, tuple[Box, Silhouette]]()  # of cutouts that are placed again and again, as on the page


def of(cutout: Cutout, person: Box) -> Silhouette:
    """The silhouette of a cutout, with the face that is seen in its photo."""
    before, found = _known.get(cutout, (None, None))
    if found is None or before != person:
        sides = cutout.cropped or crops.cropped(cutout.alpha, trimmed=not cutout.colored)
        found = silhouette(cutout.alpha, person, sides, faces.face(cutout.image.pixels, cutout.alpha, person))
        found = replace(found, trimmed=not cutout.colored and person == Box(0, 0, *cutout.size))
        _known[cutout] = person, found
    return found


def silhouette(alpha: FloatArray, person: Box, sides: Cropped, face: faces.Face | None = None) -> Silhouette:
    """The silhouette of the person whose extent is ``person``.

    Args:
        alpha: (height, width) float32.
        sides: where the photo cropped them.
        face: where their face was seen; else it is guessed from their width.
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
    feet = max(1, round(FEET * len(rows)))
    edges = ends(person, sides, size)
    chin = person.top + chin_row(rows - person.top, weight.sum(1) * step, person.height)
    head, brow = middle(columns, weight[rows <= chin]), edges[0] + BROW * (chin - edges[0])
    if face is not None:
        head, brow, chin = (face.left + face.right) / 2, face.top, face.bottom
    foot = middle(columns, weight[-feet:])
    return Silhouette(size, *edges, head, brow, chin, face is not None, foot, sides, rows, lefts, rights)


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
