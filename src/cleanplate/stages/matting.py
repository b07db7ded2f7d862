"""Finding the person: the network's small alpha, freed of others, brought to full size along the photo's edges."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.errors import NoPersonError
from cleanplate.models import graphs
from cleanplate.pixels.color import FloatArray, Pixels, as_float, channels_first
from cleanplate.pixels.interpolation import Part, enlarged_part, pieces
from cleanplate.pixels.resampling import reduce, resize
from cleanplate.pixels.threads import on_all_cores
from cleanplate.settings import Keep
from cleanplate.stages import mending, parts

PHOTO_SIDE = 512  # short side at which the matting network sees a photo; MODNet's own
AGAIN = 256  # and once more: of hats, coats and legs that it loses from near it sees some from afar
LONGEST = 2048  # long side beyond which it does not see one: 512 x 2048 takes 0.5 GB, and a strip of 8 x 3000 would take 40
STRIDE = 32
PRESENT = 0.5  # alpha of a pixel that is surely a person
DECIDED = 0.004  # within it of 0 or 1 a small alpha is taken for that; see ``undecided``


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


def refine(alpha: FloatArray, picture: FloatArray | Pixels, epsilon: float = 0.03, *, snap: bool = False) -> FloatArray:
    """A small alpha brought to the picture's size along the picture's own edges.

    Bicubic enlarging, plus what the alpha does where the color moves: in every 3 x 3 window of the small picture alpha is fitted
    as an affine function of the color (the guided filter's slope, He et al. 2010), and that slope carries the detail which the
    picture has over its own enlargement. Unlike the guided filter proper it cannot smooth the alpha.

    Args:
        alpha: (rows, columns) float32 in [0, 1].
        picture: (height, width, 3) integers, or float32 in [0, 1]; sRGB-encoded. One smaller than alpha only has it shrunk.
        epsilon: how much color variance counts as flat.
        snap: give it ``snapped``; the full-size work is then done only where that can be neither 0 nor 1.

    Returns:
        (height, width) float32 in [0, 1].
    """
    size = (picture.shape[0], picture.shape[1])
    if size[0] * size[1] < alpha.size:
        answer = np.asarray(np.clip(resize(alpha, size), 0, 1), np.float32)
        return snapped(answer) if snap else answer
    guide: FloatArray = as_float(resize(picture, alpha.shape))
    smooth, slope = np.concatenate([channels_first(guide), alpha[None]]), channels_first(color_slope(guide, alpha, epsilon))
    answer = np.asarray(cv2.resize((alpha > PRESENT).astype(np.float32), size[::-1], interpolation=cv2.INTER_NEAREST), np.float32)
    answer = answer.reshape(size)

    def work(part: Part) -> None:
        detail = channels_first(picture[part])
        large = enlarged_part(smooth, size, part, cubic=True)
        detail -= large[:3]
        detail *= enlarged_part(slope, size, part)
        found = np.clip(large[3] + detail.sum(0), 0, 1)
        answer[part] = snapped(found) if snap else found

    on_all_cores(work, pieces(undecided(alpha) if snap else np.ones(alpha.shape, np.bool_), size))
    return answer


def undecided(alpha: FloatArray) -> npt.NDArray[np.bool_]:
    """Where a small alpha can still become other than 0 or 1 when it is refined and snapped.

    A hundredth is snapped (``snapped``); with all within ``DECIDED`` of one end as far as the bicubic kernel and the slope's window
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
    """The alpha of the person in a photo: predicted, mended, freed of others, brought to full size along the photo's edges.

    Args:
        picture: (height, width, 3) integers, or float32 in [0, 1]; sRGB-encoded.
        keep, painted, warn: who of several; see ``parts.kept``. ``painted`` is (height, width).

    Returns:
        (height, width) float32 in [0, 1].

    Raises:
        NoPersonError: nobody was found.
    """
    again = predict(picture, AGAIN, device)
    small = mending.mended(predict(picture, short_side, device), picture, device, keep, again)
    small = parts.kept(small, keep, None if painted is None else reduce(painted, small.shape), warn)
    if not someone(small):
        raise NoPersonError("No person was found in the photo; use one that shows a person clearly, or give a matte (`alpha`).")
    return refine(small, picture, snap=True)


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


def snapped(alpha: FloatArray) -> FloatArray:
    """The network's near-zeros and near-ones made exact: beyond a hundredth from either end, the alpha is that end."""
    return np.asarray(np.clip((alpha - 0.01) / 0.98, 0, 1), np.float32)
