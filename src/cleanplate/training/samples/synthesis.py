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

from cleanplate.pixels.color import FloatArray, Pixels, to_float, to_linear, to_srgb
from cleanplate.pixels.over import over
from cleanplate.pixels.resampling import resize
from cleanplate.stages import matting
from cleanplate.training.samples import transfer
from cleanplate.training.samples.looks import Change, draw_curves, draw_lut
from cleanplate.values import Size

RECOLORINGS = ("reinhard", "covariance", "grade", "curves", "lut")  # trained on, each as often as the others
HELD_OUT = ("histogram", "idt")  # never trained on: kept for tests
CLIPPED = 0.05  # a recoloring that newly clips more of the foreground than this is drawn again


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


def draw_grade(rng: np.random.Generator, strength: float = 1.0) -> Change:
    """A random look as cameras and films have it: exposure and white balance in linear light, contrast, saturation, split tones.

    ``strength`` 1 is plainly visible, 2 is strong.
    """
    warm, green = rng.normal(0, 0.14 * strength, 2)
    gains = np.exp(np.array([warm, green * 0.4, -warm]) + rng.normal(0, 0.25 * strength)).astype(np.float32)
    gamma = float(np.exp(rng.normal(0, 0.16 * strength)))
    contrast = float(np.exp(rng.normal(0, 0.16 * strength)))
    saturation = float(np.exp(rng.normal(-0.05, 0.25 * strength)))
    shadows, lights = (rng.normal(0, 0.03 * strength, (2, 3))).astype(np.float32)
    pivot = float(rng.uniform(0.35, 0.6))

    def change(picture: FloatArray) -> FloatArray:
        graded = to_srgb(np.clip(to_linear(picture) * gains, 0, 1)) ** np.float32(gamma)
        graded = (graded - pivot) * np.float32(contrast) + np.float32(pivot)
        luma = graded @ np.array([0.299, 0.587, 0.114], np.float32)
        graded = luma[..., None] + (graded - luma[..., None]) * np.float32(saturation)
        tone = np.clip(luma, 0, 1)[..., None]
        return np.asarray(np.clip(graded + shadows * (1 - tone) + lights * tone, 0, 1), np.float32)

    return change


def clipped(before: FloatArray, after: FloatArray, alpha: FloatArray) -> float:
    """The share of the foreground that a recoloring pushed to the end of the range."""
    ends = ((after <= 0.002) | (after >= 0.998)) & (before > 0.01) & (before < 0.99)
    return float((ends.any(-1) * alpha).sum() / max(float(alpha.sum()), 1e-6))


LOOKS = {"grade": draw_grade, "curves": draw_curves, "lut": draw_lut}  # kinds that are one function of color, whatever the picture


class Recoloring(NamedTuple):
    """A recolored picture, the kind of its recoloring, and its look where that is one function of color."""

    kind: str
    picture: FloatArray
    change: Change | None = None


def recolored(rng: np.random.Generator, kind: str, picture: FloatArray, alpha: FloatArray, style: FloatArray) -> Recoloring:
    """The picture with the colors of its foreground moved: towards the colors of ``style``, or by a drawn look.

    Args:
        kind: one of ``RECOLORINGS`` or ``HELD_OUT``.
        style: (height, width, 3) float32, any scene; the drawn looks (``grade``, ``curves``, ``lut``) do not look at it.
    """
    if kind in LOOKS:
        change = LOOKS[kind](rng, float(rng.uniform(0.6, 1.8)))
        return Recoloring(kind, change(picture), change)
    if kind == "reinhard":
        own = transfer.statistics(transfer.to_lab(picture), alpha)
        return Recoloring(kind, transfer.reinhard(picture, own, transfer.statistics(transfer.to_lab(style))))
    if kind == "covariance":
        return Recoloring(kind, transfer.covariance(picture, transfer.statistics(picture, alpha), transfer.statistics(style)))
    if kind == "histogram":
        return Recoloring(kind, transfer.histogram(picture, alpha, style))
    if kind == "idt":
        return Recoloring(kind, transfer.idt(picture, alpha, style))
    raise ValueError(kind)


def recolor(rng: np.random.Generator, kind: str, picture: FloatArray, alpha: FloatArray, style: FloatArray) -> FloatArray:
    """As ``recolored``, the picture alone."""
    return recolored(rng, kind, picture, alpha, style).picture


def named_recoloring(
    rng: np.random.Generator, kinds: tuple[str, ...], picture: FloatArray, alpha: FloatArray, draw_style: Callable[[], FloatArray]
) -> Recoloring:
    """A recoloring of one of these kinds that does not clip; after five tries the mildest of them."""
    tries = []
    for _ in range(5):
        answer = recolored(rng, kinds[rng.integers(len(kinds))], picture, alpha, draw_style())
        loss = clipped(picture, answer.picture, alpha)
        tries.append((loss, answer))
        if loss <= CLIPPED:
            break
    return min(tries, key=lambda each: each[0])[1]


def draw_recoloring(
    rng: np.random.Generator, kinds: tuple[str, ...], picture: FloatArray, alpha: FloatArray, draw_style: Callable[[], FloatArray]
) -> FloatArray:
    """As ``named_recoloring``, the picture alone."""
    return named_recoloring(rng, kinds, picture, alpha, draw_style).picture


def harmonization_sample(start: FloatArray, material: Material, look: Change | None = None) -> Sample:
    """Put recolored foreground ``start`` into the photo; with ``look``, photo and plate (not the start) are graded by it first."""
    picture, plate = (material.picture, material.plate) if look is None else (look(material.picture), look(material.plate))
    return Sample(over(start, material.alpha, picture), material.alpha, plate, picture)


STRONG = 0.38  # share of strong grades: with a half of them a small network stayed too timid on everyday photos
NOTHING, NATURAL = 0.05, 0.25  # below the first there is nothing to do; below the other a strong grade is all there is to do


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


def unchanged(picture: FloatArray) -> FloatArray:
    """The look that is none."""
    return picture


def regroup(person: FloatArray, alpha: FloatArray, other: FloatArray) -> Material:
    """The paper's recomposition: the person of one photo of a group on another photo of it, which is the complete plate."""
    return Material(over(person, alpha, other), alpha, other)


def draw_region(rng: np.random.Generator, alpha: Pixels) -> Pixels:
    """A person's outline turned, scaled and moved: the foreground of a scene without people. Square, its integer type kept."""
    side = alpha.shape[0]
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.uniform(-180, 180)), float(np.exp(rng.normal(0, 0.3))))
    matrix[:, 2] += rng.uniform(-0.25, 0.25, 2) * side
    moved: npt.NDArray[Any] = cv2.warpAffine(alpha, matrix, (side, side))
    return moved if moved.mean() > 0.02 * np.iinfo(alpha.dtype).max else alpha


LARGE = (0.5, 0.85)  # foreground ratio of a large foreground
CLOSE = 48  # windows tried for one


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


# ---- blending ------------------------------------------------------------------------------------------------------


class Portrait(NamedTuple):
    """A person with pseudo-true alpha (height, width) and foreground (height, width, 3): what blending samples are made of."""

    foreground: FloatArray
    alpha: FloatArray


def agreement(matte: FloatArray, mask: FloatArray) -> float:
    """Intersection over union of the two, cut at one half."""
    ours, theirs = matte > 0.5, mask > 0.5
    return float((ours & theirs).sum() / max(int((ours | theirs).sum()), 1))


def cover(scene: FloatArray, size: Size, rng: np.random.Generator) -> FloatArray:
    """A random crop of a scene, enlarged where it must be, of that size."""
    scale = max(size[0] / scene.shape[0], size[1] / scene.shape[1]) * float(rng.uniform(1.0, 1.4))
    grown = resize(scene, (int(np.ceil(scene.shape[0] * scale)), int(np.ceil(scene.shape[1] * scale))))
    top, left = (int(rng.integers(have - want + 1)) for have, want in zip(grown.shape, size, strict=False))
    return grown[top : top + size[0], left : left + size[1]]


def corrupt(rng: np.random.Generator, alpha: FloatArray) -> FloatArray:
    """A matte spoiled as mattes are: moved, wobbling edge, blur, wrong softness, lost strands, coarse blocks, holes, islands."""
    height, width = alpha.shape
    reach = float(rng.uniform(0.3, 1.2)) * max(height, width) / 100
    wobble = resize(rng.normal(0, 1, (max(2, height // 24), max(2, width // 24), 2)).astype(np.float32), (height, width))
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    answer: npt.NDArray[Any] = cv2.remap(alpha, columns + reach * wobble[..., 0], rows + reach * wobble[..., 1], cv2.INTER_LINEAR)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * int(rng.integers(1, 4)) + 1,) * 2)
    moved = rng.random()
    if moved < 0.7:
        answer = (cv2.dilate if moved < 0.35 else cv2.erode)(answer, kernel)
    if rng.random() < 0.3:
        answer = resize(resize(answer, (max(1, height // 4), max(1, width // 4))), (height, width))
    if rng.random() < 0.6:
        answer = cv2.GaussianBlur(answer, (0, 0), float(rng.uniform(0.5, 3)))
    if rng.random() < 0.3:  # strands below a level are lost
        level = float(rng.uniform(0.1, 0.5))
        answer = np.clip((answer - level) / (1 - level), 0, 1)
    answer = np.clip(answer, 0, 1) ** float(rng.uniform(0.6, 1.6))
    for _ in range(int(rng.integers(3))):
        at = int(rng.integers(width)), int(rng.integers(height))
        cv2.circle(answer, at, int(rng.uniform(2, 10)), float(rng.integers(2)), -1, cv2.LINE_AA)
    return np.asarray(np.clip(answer, 0, 1), np.float32)


ALPHAS = ("modnet-256", "modnet-512", "corrupted")


def imperfect(rng: np.random.Generator, kind: str, source: FloatArray, alpha: FloatArray) -> FloatArray:
    """The alpha that a user would have for a source photo: predicted on it, or the true one spoiled."""
    if kind == "corrupted":
        return corrupt(rng, alpha)
    small = matting.predict(source, 256 if kind == "modnet-256" else 512)
    return matting.refine(small, source) if rng.random() < 0.5 else resize(small, source.shape[:2])


def source_photo(rng: np.random.Generator, kind: str, person: Portrait, scene: FloatArray) -> dict[str, FloatArray]:
    """A source photo with a known answer: the person composited over a scene, a little noise, and the alpha a user would have.

    Half of the time person and scene are graded, each by itself. Everything has the person's size.
    """
    size = person.alpha.shape[0], person.alpha.shape[1]
    foreground, behind = person.foreground, cover(scene, size, rng)
    if rng.random() < 0.5:
        foreground, behind = draw_grade(rng)(foreground), draw_grade(rng, 1.5)(behind)
    noise = rng.normal(0, float(rng.uniform(0, 0.012)), (*size, 3)).astype(np.float32)
    source = np.clip(over(foreground, person.alpha, behind) + noise, 0, 1)
    alpha = imperfect(rng, kind, source, person.alpha)
    return {"source": source, "alpha": alpha, "true_alpha": person.alpha, "true_foreground": foreground}
