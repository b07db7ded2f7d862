"""Automatic alpha, its refinement to full size, and the colors under a soft edge."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.errors import NoPersonError
from cleanplate.models import graphs
from cleanplate.pixels.color import FloatArray, Pixels, as_float, to_planes
from cleanplate.pixels.over import fill
from cleanplate.pixels.resampling import Part, enlarged_part, limited_size, pieces, reduce, resize
from cleanplate.stages import parts
from cleanplate.values import Keep, Size

PHOTO_SIDE = 512  # short side at which the matting network sees a photo; MODNet's own
LONGEST = 2048  # long side beyond which it does not see one: 512 x 2048 takes 0.5 GB, and a strip of 8 x 3000 would take 40
STRIDE = 32
PRESENT = 0.5  # alpha of a pixel that is surely a person
DECIDED = 0.004  # within it of 0 or 1 a small alpha is taken for that; see ``undecided``
REGULARIZATION = 1e-5  # of the foreground estimation; Germer et al.'s values
GRADIENT_WEIGHT = 1.0


def predict(picture: FloatArray | Pixels, short_side: int, device: str = "auto") -> FloatArray:
    """MODNet's alpha at its working size.

    Args:
        picture: (height, width, 3) integers, or float32 in [0, 1]; sRGB-encoded.
        short_side: pixels to which the short side is brought (both sides to multiples of 32), or fewer where the long one would
            be more than ``LONGEST``.
        device: what the network runs on.

    Returns:
        (rows, columns) float32 in [0, 1], about ``short_side`` small.
    """
    scale = min(short_side / min(picture.shape[:2]), LONGEST / max(picture.shape[:2]))
    rows, columns = (max(STRIDE, round(side * scale / STRIDE) * STRIDE) for side in picture.shape[:2])
    small = as_float(reduce(picture, (rows, columns)))
    answer = graphs.graph("modnet", device).run(input=graphs.to_batch(small * 2 - 1))["output"]
    return np.asarray(np.clip(answer[0, 0], 0, 1), np.float32)


def refine(alpha: FloatArray, picture: FloatArray | Pixels, epsilon: float = 0.03, *, leveled: bool = False) -> FloatArray:
    """A small alpha brought to the picture's size along the picture's own edges.

    Bicubic enlarging, plus what the alpha does where the color moves: in every 3 x 3 window of the small picture alpha is fitted
    as an affine function of the color (the guided filter's slope, He et al. 2010), and that slope carries the detail which the
    picture has over its own enlargement. Unlike the guided filter proper it cannot smooth the alpha.

    Args:
        alpha: (rows, columns) float32 in [0, 1].
        picture: (height, width, 3) integers, or float32 in [0, 1]; sRGB-encoded. One smaller than alpha only has it shrunk.
        epsilon: how much color variance counts as flat.
        leveled: give ``levels`` of it; the full-size work is then done only where that can be neither 0 nor 1.

    Returns:
        (height, width) float32 in [0, 1].
    """
    size = (picture.shape[0], picture.shape[1])
    if size[0] * size[1] < alpha.size:
        answer = np.asarray(np.clip(resize(alpha, size), 0, 1), np.float32)
        return levels(answer) if leveled else answer
    guide: FloatArray = as_float(resize(picture, alpha.shape))
    smooth, slope = np.concatenate([planes(guide), alpha[None]]), planes(color_slope(guide, alpha, epsilon))
    answer = np.asarray(cv2.resize((alpha > PRESENT).astype(np.float32), size[::-1], interpolation=cv2.INTER_NEAREST), np.float32)
    answer = answer.reshape(size)

    def work(part: Part) -> None:
        detail = planes(picture[part])
        large = enlarged_part(smooth, size, part, cubic=True)
        detail -= large[:3]
        detail *= enlarged_part(slope, size, part)
        found = np.clip(large[3] + detail.sum(0), 0, 1)
        answer[part] = levels(found) if leveled else found

    graphs.on_all_cores(work, pieces(undecided(alpha) if leveled else np.ones(alpha.shape, np.bool_), size))
    return answer


def planes(picture: FloatArray | Pixels, top: float = 1.0) -> FloatArray:
    """(height, width, 3) -> (3, height, width) float32 from 0 to ``top``."""
    answer = np.empty((3, picture.shape[0], picture.shape[1]), np.float32)
    to_planes(picture, top, answer.swapaxes(0, 1))
    return answer


def undecided(alpha: FloatArray) -> npt.NDArray[np.bool_]:
    """Where a small alpha can still become other than 0 or 1 when it is refined and leveled.

    A hundredth is leveled (``levels``); with all within ``DECIDED`` of one end as far as the bicubic kernel and the slope's window
    reach, the kernel's overshoot and the slope, which is small where alpha hardly changes, do not come near that.
    """
    window = np.ones((7, 7), np.uint8)
    return np.asarray((cv2.dilate(alpha, window) > DECIDED) & (cv2.erode(alpha, window) < 1 - DECIDED))


def color_slope(guide: FloatArray, alpha: FloatArray, epsilon: float) -> FloatArray:
    """The guided filter's slope ``(Cov(I) + epsilon)^-1 Cov(I, alpha)`` over 3 x 3 windows, (rows, columns, 3)."""

    def mean(array: FloatArray) -> FloatArray:
        return np.asarray(cv2.blur(array, (3, 3)))

    r, g, b = cv2.split(guide)
    mean_r, mean_g, mean_b, mean_alpha = (mean(np.asarray(each)) for each in (r, g, b, alpha))
    rr, gg, bb = (mean(x * x) - m * m + np.float32(epsilon) for x, m in ((r, mean_r), (g, mean_g), (b, mean_b)))
    rg, rb, gb = mean(r * g) - mean_r * mean_g, mean(r * b) - mean_r * mean_b, mean(g * b) - mean_g * mean_b
    ra, ga, ba = (mean(x * alpha) - m * mean_alpha for x, m in ((r, mean_r), (g, mean_g), (b, mean_b)))
    c00, c01, c02 = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg  # cofactors of the symmetric 3 x 3
    c11, c12, c22 = rr * bb - rb * rb, rg * rb - rr * gb, rr * gg - rg * rg
    scale = 1 / (rr * c00 + rg * c01 + rb * c02)
    rows = (c00 * ra + c01 * ga + c02 * ba, c01 * ra + c11 * ga + c12 * ba, c02 * ra + c12 * ga + c22 * ba)
    return np.asarray(cv2.merge([row * scale for row in rows]))


# ---- the colors under a soft edge ----------------------------------------------------------------------------------


def estimate_colors(picture: FloatArray, alpha: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Foreground and background colors behind a soft alpha: Germer et al., *Fast Multi-Level Foreground Estimation*, ICPR 2020.

    From one pixel up to the full size, each level starts from the one below and takes a few Jacobi steps on
    ``|alpha F + (1 - alpha) B - I|^2`` plus a smoothness that gives way less where alpha changes.

    Args:
        picture: (height, width, 3) float32 in [0, 1].
        alpha: (height, width) float32 in [0, 1].

    Returns:
        foreground and background, (height, width, 3) float32 in [0, 1] each.
    """
    front, back = estimate_planes(picture, alpha)
    return merged(front), merged(back)


def estimate_planes(picture: FloatArray, alpha: FloatArray) -> FloatArray:
    """``estimate_colors`` as planes, (2, 3, height, width)."""
    height, width = alpha.shape
    levels = max(1, int(np.ceil(np.log2(max(height, width)))))
    sums = [(each, np.asarray(cv2.integral(each), np.float64)) for each in (picture, alpha)]
    both = np.empty((2, 3, 1, 1), np.float32)
    for colors, cover in zip(both, (alpha.ravel(), 1 - alpha.ravel()), strict=True):
        colors[:, 0, 0] = cover @ picture.reshape(-1, 3) / (cover.sum() + np.float32(1e-6))
    for level in range(levels):
        size = (max(1, round(height ** (level / levels))), max(1, round(width ** (level / levels))))
        few = 3 * max(size) < max(height, width)  # then OpenCV, which looks at every pixel again, is the slower way
        seen, cover = (np.asarray(means(table, size), np.float32) if few else resize(each, size) for each, table in sums)
        both = relax(both, seen, cover)
    return relax(both, picture, alpha)


def merged(planes: FloatArray) -> FloatArray:
    """(3, height, width) -> (height, width, 3)."""
    return np.asarray(cv2.merge(list(planes)))


def means(sums: npt.NDArray[np.float64], size: Size) -> npt.NDArray[np.float64]:
    """A picture shrunk by area to (rows, columns), from its summed-area table (Crow 1984) at whatever fractions of a pixel.

    >>> means(cv2.integral(np.array([[1, 3, 5]], np.float32)), (1, 2)).round(3).tolist()
    [[1.667, 4.333]]
    """
    for axis, count in enumerate(size):
        whole = sums.shape[axis] - 1
        at = np.linspace(0, whole, count + 1)
        below = np.minimum(at.astype(int), whole - 1)
        lower, upper = sums.take(below, axis), sums.take(below + 1, axis)
        share = (at - below).reshape((-1,) + (1,) * (sums.ndim - 1 - axis))
        sums = np.diff(lower + share * (upper - lower), axis=axis) * (count / whole)
    return sums


ROWS = 16384  # pixels in a strip of rows: with the strip's other planes they stay in a core's own cache


def relax(below: FloatArray, picture: FloatArray, alpha: FloatArray) -> FloatArray:
    """Jacobi steps of one level, begun with the colors of the level below: ten while the picture is tiny, then two.

    Args:
        below: (2, 3, rows, columns), foreground and background in planes.
        picture: (height, width, 3) float32.
        alpha: (height, width) float32.

    Returns:
        (2, 3, height, width) float32 in [0, 1].
    """
    height, width = alpha.shape
    both = np.empty((2, 3, height + 2, width + 2), np.float32)  # a pixel around it, in which the edges are repeated
    for old, new in zip((*below[0], *below[1]), (*both[0], *both[1]), strict=True):
        new[1:-1, 1:-1] = cv2.resize(old, (width, height), interpolation=cv2.INTER_NEAREST)
    after = np.empty_like(both)
    system, count = System(picture, alpha), max(1, ROWS // width)
    for _ in range(10 if max(height, width) <= 32 else 2):
        repeat_edges(both)
        for top in range(0, height, count):
            system.step(both, after, slice(top, min(top + count, height)))
        both, after = after, both
    return both[:, :, 1:-1, 1:-1]


def repeat_edges(both: FloatArray) -> None:
    """The outermost pixels filled with their neighbors."""
    both[:, :, 0], both[:, :, -1] = both[:, :, 1], both[:, :, -2]
    both[..., 0], both[..., -1] = both[..., 1], both[..., -2]


class System:
    """The linear equations of one level: for every pixel and channel two unknowns, solved together pixel by pixel."""

    def __init__(self, picture: FloatArray, alpha: FloatArray) -> None:
        height, width = alpha.shape
        self.down, self.across = (np.full(size, REGULARIZATION, np.float32) for size in ((height + 1, width), (height, width + 1)))
        self.down[1:-1] += np.float32(GRADIENT_WEIGHT) * np.abs(alpha[1:] - alpha[:-1])  # between a pixel and the one above it
        self.across[:, 1:-1] += np.float32(GRADIENT_WEIGHT) * np.abs(alpha[:, 1:] - alpha[:, :-1])
        rest, total = 1 - alpha, self.down[:-1] + self.down[1:] + self.across[:, :-1] + self.across[:, 1:]
        self.front, self.cross, self.back = alpha * alpha + total, alpha * rest, rest * rest + total
        scale = 1 / (self.front * self.back - self.cross * self.cross)
        for each in (self.front, self.cross, self.back):
            each *= scale
        self.cover, self.picture = np.stack([alpha, rest])[:, None], planes(picture)
        self.room = np.empty((2, 2, 3, min(height, max(1, ROWS // width)), width), np.float32)

    def step(self, both: FloatArray, after: FloatArray, rows: slice) -> None:
        """One Jacobi step of some rows, read from ``both`` and written into ``after``, (2, 3, height + 2, width + 2)."""
        top, end = rows.start, rows.stop
        right, part = self.room[..., : end - top, :]
        np.multiply(self.cover[:, :, rows], self.picture[:, rows], out=right)
        middle = both[:, :, top + 1 : end + 1]
        for weight, near in (
            (self.down[rows], both[:, :, top:end, 1:-1]), (self.down[top + 1 : end + 1], both[:, :, top + 2 : end + 2, 1:-1]),
            (self.across[rows, :-1], middle[..., :-2]), (self.across[rows, 1:], middle[..., 2:]),
        ):  # fmt: skip
            right += np.multiply(weight, near, out=part)
        answer, cross = after[:, :, top + 1 : end + 1, 1:-1], self.cross[rows]
        for which, own in ((0, self.back[rows]), (1, self.front[rows])):
            np.multiply(right[which], own, out=part[0])
            np.subtract(part[0], np.multiply(right[1 - which], cross, out=part[1]), out=answer[which])
        np.clip(answer, 0, 1, out=answer)


# ---- the whole way -------------------------------------------------------------------------------------------------

SURE, UNSURE = 0.975, 0.9  # mean alpha inside a small or a LARGE person; measured by benchmarks/mattes.py
LARGE = 0.25  # share of the photo from which hesitation is forgiven
LEAST_PERSON = 0.002  # share of the photo below which what was found is nobody


def without_strays(alpha: FloatArray) -> FloatArray:
    """The alpha without separate parts much smaller than the main one: specks that the network saw in the background."""
    return parts.kept(alpha, "all")


def matte(
    picture: FloatArray | Pixels, short_side: int = PHOTO_SIDE, device: str = "auto", keep: Keep = "main",
    painted: FloatArray | None = None, warn: Callable[[str], Any] = str,
) -> FloatArray:  # fmt: skip
    """The alpha of the person in a photo: predicted, freed of others, brought to full size along the photo's edges.

    Args:
        picture: (height, width, 3) integers, or float32 in [0, 1]; sRGB-encoded.
        keep, painted, warn: who of several; see ``parts.kept``. ``painted`` is (height, width).

    Returns:
        (height, width) float32 in [0, 1].

    Raises:
        NoPersonError: nobody was found.
    """
    small = predict(picture, short_side, device)
    small = parts.kept(small, keep, None if painted is None else reduce(painted, small.shape), warn)
    if not someone(small):
        raise NoPersonError("No person was found in the photo; use one that shows a person clearly, or give a matte (`alpha`).")
    return refine(small, picture, leveled=True)


def someone(alpha: FloatArray, before: FloatArray | None = None) -> bool:
    """Whether a predicted alpha shows a person: large enough, and sure of itself where it says so.

    On photos without people the network still marks something, but hesitantly.

    Args:
        before: the alpha of the same scene a moment ago, of the same shape: hesitation is forgiven where somebody was seen then.
    """
    where = alpha > PRESENT
    inside = alpha[where]
    if inside.size < LEAST_PERSON * alpha.size:
        return False
    known = before is not None and np.count_nonzero(before[where] > PRESENT) >= inside.size / 2
    return float(inside.mean()) >= (UNSURE if known or inside.size >= LARGE * alpha.size else SURE)


def levels(alpha: FloatArray) -> FloatArray:
    """The network's near-zeros and near-ones made exact: beyond a hundredth from either end, the alpha is that end."""
    return np.asarray(np.clip((alpha - 0.01) / 0.98, 0, 1), np.float32)


COLORS_SIDE = 640  # long side at which colors are estimated; the last step to full size is closed
CLOSED = 0.1  # how much that step trusts the estimate over the pixel


def limited(picture: FloatArray, alpha: FloatArray, side: int = COLORS_SIDE) -> tuple[FloatArray, FloatArray]:
    """Both shrunk to a long side of at most ``side``."""
    size = limited_size((alpha.shape[0], alpha.shape[1]), side)
    return resize(picture, size), resize(alpha, size)


SOLID = 0.98  # alpha from which a pixel is all foreground; below 1 - SOLID it is all background
FALL = 0.08  # alpha over which that fades
APART = 0.004  # of the longer side, between a pixel that is not sure and those that speak for it


def sure_colors(picture: FloatArray, alpha: FloatArray, side: int = COLORS_SIDE) -> tuple[FloatArray, FloatArray]:
    """Foreground and background colors carried from where the alpha is sure into where it is not (``over.fill``).

    Smooth, and free of what a wrong alpha does to ``estimate_colors``.

    Args:
        picture: (height, width, 3) float32 in [0, 1].
        alpha: (height, width) float32 in [0, 1].
        side: long side at which they are carried.
    """
    some, cover = limited(picture, alpha, side)
    front = fill(some, np.clip((SOLID - cover) / FALL, 0, 1), APART)
    behind = fill(some, np.clip((cover - (1 - SOLID)) / FALL, 0, 1), APART)
    return resize(front, alpha.shape), resize(behind, alpha.shape)


def full_size_colors(picture: FloatArray, alpha: FloatArray, both: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
    """``estimate_colors`` at limited size, brought to full size by one exact step of its data term in every pixel.

    With F0, B0 enlarged and r = I - alpha F0 - (1 - alpha) B0: ``F = F0 + alpha r / (alpha^2 + (1 - alpha)^2 + CLOSED)``, the
    least-squares answer that stays near them. Where alpha is 1 the foreground is the picture itself.

    Args:
        both: F0 and B0 at their limited size, (2, 3, rows, columns), where they are known already.
    """
    both = estimate_planes(*limited(picture, alpha)) if both is None else both
    front, back = (np.stack([resize(plane, alpha.shape) for plane in each]) for each in both)
    seen = planes(picture)
    rest = 1 - alpha
    step = (seen - alpha * front - rest * back) / (alpha * alpha + rest * rest + np.float32(CLOSED))
    behind = np.clip(back + rest * step, 0, 1)
    return merged(np.clip(seen + closed(seen, alpha, front, back), 0, 1)), merged(behind)


def closed(picture: FloatArray, alpha: FloatArray, front: FloatArray, back: FloatArray) -> FloatArray:
    """What that step changes in the picture, fading over the last fiftieth of alpha; planes (3, height, width), not clipped.

    Each pixel of it is a sum of the picture's, F0 and B0 by weights that depend on alpha alone, so it is in their units.

    Args:
        front, back: F0 and B0; what they hold is lost.
    """
    rest = 1 - alpha
    weight = alpha / (alpha * alpha + rest * rest + np.float32(CLOSED))
    fade = np.clip(50 * rest, 0, 1)
    front *= fade * (1 - weight * alpha)
    back *= fade * (weight * rest)
    front -= back
    front -= np.multiply(picture, fade * (1 - weight), out=back)
    return front


def edge_colors(
    picture: FloatArray, alpha: FloatArray, both: FloatArray | None = None, sure: tuple[FloatArray, FloatArray] | None = None
) -> dict[str, FloatArray]:
    """The four estimates that the blending network is given, by its names for them; see ``training.models.FastBlender``.

    Args:
        both: see ``full_size_colors``.
        sure: ``sure_colors``, where they are known already.
    """
    foreground, background = full_size_colors(picture, alpha, both)
    front, behind = sure or sure_colors(picture, alpha)
    return {"foreground": foreground, "background": background, "front": front, "behind": behind}
