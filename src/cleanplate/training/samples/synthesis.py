"""Photos -> training and test pairs, with the runtime's own over() and fill(). Nothing here needs torch.

A harmonization sample starts from a photo whose person belongs there. The person is recolored, the untouched photo is the target.
The whole photo, plate and person together, is graded first, often strongly, and the person's start is taken from before the
grade: then nothing but the plate tells what the person should look like.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray, Pixels, to_float
from cleanplate.pixels.over import over
from cleanplate.training.samples.grades import Change, draw_grade, unchanged
from cleanplate.training.samples.recoloring import RECOLORINGS, named_recoloring

STRONG = 0.38  # share of strong grades: with a half of them a small network stayed too timid on everyday photos
NOTHING, NATURAL = 0.05, 0.25  # below the first there is nothing to do; below the other a strong grade is all there is to do
LARGE = (0.5, 0.85)  # foreground ratio of a large foreground
CLOSE = 48  # windows tried for one
FARTHER = (0.4, 2.0)  # times a photo's side that a wider one shows more, see ``draw_farther``


class Sample(NamedTuple):
    """One harmonization pair; pictures (size, size, 3) and alpha (size, size), float32 in [0, 1], sRGB-encoded."""

    composite: FloatArray
    alpha: FloatArray
    plate: FloatArray
    target: FloatArray


class Material(NamedTuple):
    """What samples are made of: a photo, its person's alpha and its complete plate, all of one size."""

    picture: FloatArray
    alpha: FloatArray
    plate: FloatArray


def harmonization_sample(start: FloatArray, material: Material, look: Change | None = None) -> Sample:
    """Put recolored foreground ``start`` into the photo; with ``look``, photo and plate (not the start) are graded by it first."""
    picture, plate = (material.picture, material.plate) if look is None else (look(material.picture), look(material.plate))
    return Sample(over(start, material.alpha, picture), material.alpha, plate, picture)


def regroup(person: FloatArray, alpha: FloatArray, other: FloatArray) -> Material:
    """The paper's recomposition: the person of one photo of a group on another photo of it, which is the complete plate."""
    return Material(over(person, alpha, other), alpha, other)


class Start(NamedTuple):
    """Where a sample starts: the recolored photo, the look that photo and plate are graded by, how it was recolored, and the look
    that did it where it was one; the same look of another place is the light that the start was taken in."""

    picture: FloatArray
    look: Change
    kind: str
    change: Change | None = None


def draw_start(
    rng: np.random.Generator, material: Material, draw_style: Callable[[], FloatArray], kinds: tuple[str, ...] = RECOLORINGS
) -> Start:
    """A start of a material; its kind is one of ``kinds``, ``nothing`` or ``natural``.

    Some photos are graded strongly and all others mildly before the person is recolored, because a photo that is the same every
    time is learned by heart.
    """
    strong, plain = rng.random() < STRONG, rng.random()
    look = draw_grade(rng, float(rng.uniform(1.0, 2.2) if strong else rng.uniform(0.0, 0.5)))
    if plain < NOTHING:  # the right answer is the input
        return Start(look(material.picture), look, "nothing", look)
    if strong and plain < NATURAL:  # a natural photo on a graded plate, the everyday case
        return Start(material.picture, look, "natural", unchanged)
    kind, start, change = named_recoloring(rng, kinds, material.picture, material.alpha, draw_style)
    return Start(start, look, kind, change)


# ---- regions and crops ---------------------------------------------------------------------------------------------


def draw_region(rng: np.random.Generator, alpha: Pixels) -> Pixels:
    """A person's outline turned, scaled and moved: the foreground of a scene without people. Square, its integer type kept."""
    side = alpha.shape[0]
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.uniform(-180, 180)), float(np.exp(rng.normal(0, 0.3))))
    matrix[:, 2] += rng.uniform(-0.25, 0.25, 2) * side
    moved: npt.NDArray[Any] = cv2.warpAffine(alpha, matrix, (side, side))
    return moved if moved.mean() > 0.02 * np.iinfo(alpha.dtype).max else alpha


def draw_close(rng: np.random.Generator, alpha: Pixels) -> tuple[slice, slice]:
    """A window, the larger the better, in which the foreground is large, of some drawn around the person; else the fullest.

    A person who is nowhere that large, a thin figure, stays below.
    """
    full, best, fullest = alpha.shape[0], (slice(0, alpha.shape[0]), slice(0, alpha.shape[0])), 0.0
    inside = np.argwhere(alpha > np.iinfo(alpha.dtype).max // 2)
    for at in range(CLOSE if len(inside) else 0):
        height, width = (max(8, int(full * (0.95 - 0.7 * at / (CLOSE - 1)) * rng.uniform(0.8, 1.05))) for _ in range(2))
        middle = inside[rng.integers(len(inside))]
        top, left = (int(np.clip(place - side // 2, 0, full - side)) for place, side in zip(middle, (height, width), strict=True))
        window = slice(top, top + height), slice(left, left + width)
        ratio = float(alpha[window].mean()) / np.iinfo(alpha.dtype).max
        if LARGE[0] < ratio < LARGE[1]:
            return window
        if fullest < ratio < LARGE[1]:
            best, fullest = window, ratio
    return best


def draw_cut(rng: np.random.Generator, alpha: Pixels, size: int, large: float = 0.0) -> Callable[[Pixels], FloatArray]:
    """A crop that keeps a good part of the person, maybe mirrored, squashed to (size, size), for picture, alpha and plate alike.

    Args:
        alpha: (side, side) integers.
        large: the share of crops that come so near that the foreground ratio is above one half; 0 draws nothing for it.
    """
    full = alpha.shape[0]
    near = bool(large) and rng.random() < large
    for _ in range(0 if near else 4):
        height, width = (int(full * rng.uniform(0.5, 1.0)) for _ in range(2))
        top, left = int(rng.integers(full - height + 1)), int(rng.integers(full - width + 1))
        window = slice(top, top + height), slice(left, left + width)
        if 0.02 < alpha[window].mean() / np.iinfo(alpha.dtype).max < 0.85:
            break
    else:
        window = draw_close(rng, alpha) if near else (slice(None), slice(None))
    step = -1 if rng.random() < 0.5 else 1

    def cut(pixels: Pixels) -> FloatArray:
        small: npt.NDArray[Any] = cv2.resize(pixels[window], (size, size), interpolation=cv2.INTER_AREA)
        return to_float(np.ascontiguousarray(small[:, ::step]))

    return cut


def draw_farther(rng: np.random.Generator, picture: Pixels, alpha: Pixels, plate: Pixels, skin: Pixels) -> tuple[Pixels, ...]:
    """A photo as if it had been taken from farther away: what it did not show is its own place, mirrored at its borders.

    Below nothing is added, for there most photos crop the person.

    Args:
        picture, alpha, plate, skin: (side, side, 3) and (side, side) integers.

    Returns:
        the same four, larger, squares.
    """
    side = alpha.shape[0]
    more = int(side * rng.uniform(*FARTHER))
    left = int(rng.integers(more + 1))
    around = more, 0, left, more - left
    place: Any = cv2.copyMakeBorder(plate, *around, cv2.BORDER_REFLECT_101)
    whole = place.copy()
    whole[more:, left : left + side] = picture
    cover, where = (np.asarray(cv2.copyMakeBorder(each, *around, cv2.BORDER_CONSTANT, value=0), np.uint8) for each in (alpha, skin))
    return whole, cover, place, where
