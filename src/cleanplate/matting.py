"""Automatic alpha, its refinement to full size, and the colors under a soft edge."""

from collections.abc import Callable

import cv2
import numpy as np

from cleanplate import networks
from cleanplate.color import FloatArray
from cleanplate.compositing import fill
from cleanplate.errors import NoPersonError
from cleanplate.resampling import enlarge_cubic, resize

PHOTO_SIDE = 512  # short side at which the matting network sees a photo; MODNet's own
STRIDE = 32
REGULARIZATION = 1e-5  # of the foreground estimation; Germer et al.'s values
GRADIENT_WEIGHT = 1.0


def predict(picture: FloatArray, short_side: int, device: str = "auto") -> FloatArray:
    """MODNet's alpha at its working size.

    Args:
        picture: (height, width, 3) float32, sRGB-encoded in [0, 1].
        short_side: pixels to which the short side is brought (both sides to multiples of 32).
        device: what the network runs on.

    Returns:
        (rows, columns) float32 in [0, 1], about ``short_side`` small.
    """
    scale = short_side / min(picture.shape[:2])
    rows, columns = (max(STRIDE, round(side * scale / STRIDE) * STRIDE) for side in picture.shape[:2])
    small = resize(picture, (rows, columns))
    answer = networks.graph("modnet", device).run(input=networks.to_batch(small * 2 - 1))["output"]
    return np.asarray(np.clip(answer[0, 0], 0, 1), np.float32)


def refine(alpha: FloatArray, picture: FloatArray, epsilon: float = 0.03) -> FloatArray:
    """A small alpha brought to the picture's size along the picture's own edges.

    Bicubic enlarging, plus what the alpha does where the color moves: in every 3 x 3 window of the small picture alpha is fitted
    as an affine function of the color (the guided filter's slope, He et al. 2010), and that slope carries the detail which the
    picture has over its own enlargement. Unlike the guided filter proper it cannot smooth the alpha.

    Args:
        alpha: (rows, columns) float32 in [0, 1].
        picture: (height, width, 3) float32, sRGB-encoded in [0, 1].
        epsilon: how much color variance counts as flat.

    Returns:
        (height, width) float32 in [0, 1].
    """
    guide, size = resize(picture, alpha.shape), picture.shape[:2]
    detail = picture - enlarge_cubic(guide, size)
    slope = resize(color_slope(guide, alpha, epsilon), size)
    return np.asarray(np.clip(enlarge_cubic(alpha, size) + np.einsum("hwc,hwc->hw", slope, detail), 0, 1), np.float32)


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
    height, width = alpha.shape
    levels = max(1, int(np.ceil(np.log2(max(height, width)))))
    both = np.concatenate([np.full(3, (picture * alpha[..., None]).sum((0, 1)) / (alpha.sum() + 1e-6), np.float32),
                           np.full(3, (picture * (1 - alpha)[..., None]).sum((0, 1)) / ((1 - alpha).sum() + 1e-6), np.float32)])
    both = both.reshape(1, 1, 6)
    for level in range(levels + 1):
        size = (max(1, round(height ** (level / levels))), max(1, round(width ** (level / levels))))
        start = np.asarray(cv2.resize(both, size[::-1], interpolation=cv2.INTER_NEAREST), np.float32).reshape(*size, 6)
        both = relax(start, resize(picture, size), resize(alpha, size), 10 if max(size) <= 32 else 2)
    return np.ascontiguousarray(both[..., :3]), np.ascontiguousarray(both[..., 3:])


def relax(both: FloatArray, picture: FloatArray, alpha: FloatArray, steps: int) -> FloatArray:
    """Jacobi steps of one level on foreground and background side by side, (height, width, 6)."""
    weights = [np.float32(REGULARIZATION) + np.float32(GRADIENT_WEIGHT) * np.abs(alpha - near) for near in neighbors(alpha)]
    total = sum(weights[1:], weights[0])
    rest = 1 - alpha
    front, cross, back = alpha * alpha + total, alpha * rest, rest * rest + total
    scale = 1 / (front * back - cross * cross)
    own = np.concatenate([picture * alpha[..., None], picture * rest[..., None]], 2)
    for _ in range(steps):
        right = own.copy()
        for weight, near in zip(weights, neighbors(both), strict=True):
            right += weight[..., None] * near
        first, second = right[..., :3], right[..., 3:]
        both = np.concatenate(
            [
                (first * back[..., None] - second * cross[..., None]) * scale[..., None],
                (second * front[..., None] - first * cross[..., None]) * scale[..., None],
            ],
            2,
        )
        np.clip(both, 0, 1, out=both)
    return both


def neighbors(array: FloatArray) -> list[FloatArray]:
    """The array shifted by a pixel in four directions, edges repeated."""
    padding = [(1, 1), (1, 1)] + [(0, 0)] * (array.ndim - 2)
    padded = np.pad(array, padding, mode="edge")
    return [padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]]


# ---- the whole way -------------------------------------------------------------------------------------------------

PRESENT = 0.5  # alpha of a pixel that is surely a person
SURE, UNSURE = 0.975, 0.9  # mean alpha inside a small or a LARGE person; measured by benchmarks/mattes.py
LARGE = 0.25  # share of the photo from which hesitation is forgiven
LEAST_PERSON = 0.002  # share of the photo below which what was found is nobody
LEAST_PART = 0.05  # a separate part smaller than this share of the largest is a stray


def without_strays(alpha: FloatArray) -> FloatArray:
    """The alpha without separate parts much smaller than the largest: specks that the network saw in the background."""
    count, labels, found, _ = cv2.connectedComponentsWithStats((alpha > 0.05).view(np.uint8), connectivity=8)
    areas = found[1:, cv2.CC_STAT_AREA]
    if count <= 2:
        return alpha
    kept = np.concatenate([[True], areas >= LEAST_PART * areas.max()])  # label 0 is what lies below the threshold
    return np.where(kept[labels], alpha, 0).astype(np.float32)


def matte(picture: FloatArray, short_side: int = PHOTO_SIDE, device: str = "auto") -> FloatArray:
    """The alpha of the person or people in a photo: predicted, freed of strays, brought to full size along the photo's edges.

    Args:
        picture: (height, width, 3) float32, sRGB-encoded in [0, 1].

    Returns:
        (height, width) float32 in [0, 1].

    Raises:
        NoPersonError: nobody was found.
    """
    small = without_strays(predict(picture, short_side, device))
    if not someone(small):
        raise NoPersonError("No person was found in the photo; use one that shows a person clearly, or give a matte with --alpha.")
    return levels(refine(small, picture))


def someone(alpha: FloatArray) -> bool:
    """Whether a predicted alpha shows a person: large enough, and sure of itself where it says so.

    On photos without people the network still marks something, but hesitantly.
    """
    inside = alpha[alpha > PRESENT]
    if inside.size < LEAST_PERSON * alpha.size:
        return False
    return float(inside.mean()) >= (UNSURE if inside.size >= LARGE * alpha.size else SURE)


def levels(alpha: FloatArray) -> FloatArray:
    """The network's near-zeros and near-ones made exact: beyond a hundredth from either end, the alpha is that end."""
    return np.asarray(np.clip((alpha - 0.01) / 0.98, 0, 1), np.float32)


COLORS_SIDE = 640  # long side at which colors are estimated; the last step to full size is closed
CLOSED = 0.1  # how much that step trusts the estimate over the pixel


def at_limited_size(
    estimate: Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]], picture: FloatArray, alpha: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """An estimate of two pictures made at a long side of at most ``COLORS_SIDE`` and brought to full size."""
    scale = min(1.0, COLORS_SIDE / max(alpha.shape))
    size = (max(1, round(alpha.shape[0] * scale)), max(1, round(alpha.shape[1] * scale)))
    first, second = estimate(resize(picture, size), resize(alpha, size))
    return resize(first, alpha.shape), resize(second, alpha.shape)


SOLID = 0.98  # alpha from which a pixel is all foreground; below 1 - SOLID it is all background
FALL = 0.08  # alpha over which that fades
APART = 0.004  # of the longer side, between a pixel that is not sure and those that speak for it


def sure_colors(picture: FloatArray, alpha: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Foreground and background colors carried from where the alpha is sure into where it is not (``compositing.fill``).

    Smooth, and free of what a wrong alpha does to ``estimate_colors``.

    Args:
        picture: (height, width, 3) float32 in [0, 1].
        alpha: (height, width) float32 in [0, 1].
    """

    def carry(some: FloatArray, cover: FloatArray) -> tuple[FloatArray, FloatArray]:
        front = fill(some, np.clip((SOLID - cover) / FALL, 0, 1), APART)
        return front, fill(some, np.clip((cover - (1 - SOLID)) / FALL, 0, 1), APART)

    return at_limited_size(carry, picture, alpha)


def full_size_colors(picture: FloatArray, alpha: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``estimate_colors`` at limited size, brought to full size by one exact step of its data term in every pixel.

    With F0, B0 enlarged and r = I - alpha F0 - (1 - alpha) B0: ``F = F0 + alpha r / (alpha^2 + (1 - alpha)^2 + CLOSED)``, the
    least-squares answer that stays near them. Where alpha is 1 the foreground is the picture itself.
    """
    front, back = at_limited_size(estimate_colors, picture, alpha)
    weight = alpha[..., None]
    residual = picture - weight * front - (1 - weight) * back
    residual /= weight**2 + (1 - weight) ** 2 + np.float32(CLOSED)
    front, back = np.clip(front + weight * residual, 0, 1), np.clip(back + (1 - weight) * residual, 0, 1)
    solid = np.clip(50 * weight - 49, 0, 1)  # fades to the picture over the last fiftieth
    return picture + (1 - solid) * (front - picture), back


def edge_colors(picture: FloatArray, alpha: FloatArray) -> dict[str, FloatArray]:
    """The four estimates that the blending network is given, by its names for them; see ``training.models.FastBlender``."""
    foreground, background = full_size_colors(picture, alpha)
    front, behind = sure_colors(picture, alpha)
    return {"foreground": foreground, "background": background, "front": front, "behind": behind}
