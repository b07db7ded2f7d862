"""The harmonization numbers as published code computes them: the same names, other peaks, masks and resizing.

| convention | peak of PSNR | mask | pictures to 256 | MSE and PSNR count | SSIM |
|---|---|---|---|---|---|
| ours | 255 | shrunk by area, at least 0.5 | by area | everything | L = 255 |
| dovenet (DoveNet, CO2Net) | max - min of the answer | 1 bit, grays dithered, nearest | bicubic (Pillow) | everything | L = 1 |
| idih (iDIH, iSSAM) | max of the target | soft | bilinear | everything | L = 255 |
| rainnet (RainNet, zhenglab) | 255 | 1 bit, grays dithered, nearest | bicubic (Pillow) | everything | L = 1 |
| pctnet (PCT-Net) | 255 | soft | bilinear | errors inside the mask only, over the whole area | L = 255 |

All answers are 8 bits when they are measured, also where the published code measures floats.
"""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image as pillow

from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray, to_uint8
from cleanplate.pixels.resampling import resize
from cleanplate.training.measure import metrics
from cleanplate.training.measure.metrics import Picture
from cleanplate.values import Size


def by_area(picture: Picture, size: Size) -> Picture:
    return resize(picture, size)


def bilinear(picture: Picture, size: Size) -> Picture:
    """OpenCV's own, which does not average what it skips; what albumentations does."""
    return np.asarray(cv2.resize(picture, size[::-1], interpolation=cv2.INTER_LINEAR))


def bicubic(picture: Picture, size: Size) -> Picture:
    """Pillow's, which does average. uint8."""
    return np.asarray(pillow.fromarray(picture).resize(size[::-1], pillow.Resampling.BICUBIC))


def at_half(alpha: FloatArray, size: Size) -> FloatArray:
    return metrics.foreground(resize(alpha, size))


def soft(alpha: FloatArray, size: Size) -> FloatArray:
    return np.asarray(bilinear(alpha, size), np.float32)


def dithered(alpha: FloatArray, size: Size) -> FloatArray:
    """Pillow's ``convert('1')``, which dithers grays by Floyd and Steinberg's error diffusion; resized by the nearest pixel."""
    small = pillow.fromarray(to_uint8(alpha)).convert("1").resize(size[::-1], pillow.Resampling.NEAREST)
    return np.asarray(small, np.float32)


def full(answer: Picture, target: Picture) -> float:
    return 255.0


def spread(answer: Picture, target: Picture) -> float:
    return float(int(answer.max()) - int(answer.min())) or 1.0  # the published code divides by nothing for a flat answer


def brightest(answer: Picture, target: Picture) -> float:
    return float(target.max()) or 1.0


class Convention(NamedTuple):
    """How a code base measures.

    Args:
        mask: alpha of any size -> the weight of fMSE at that size.
        shrink: picture (uint8), size -> picture.
        peak: answer, target -> PSNR's peak.
        inside: whether MSE and PSNR leave out errors outside the mask (and still divide by the whole area).
        compat: see ``metrics.similarity_map``.
    """

    mask: Callable[[FloatArray, Size], FloatArray]
    shrink: Callable[[Picture, Size], Picture]
    peak: Callable[[Picture, Picture], float]
    inside: bool = False
    compat: bool = False


CONVENTIONS = {
    "ours": Convention(at_half, by_area, full),
    "dovenet": Convention(dithered, bicubic, spread, compat=True),
    "idih": Convention(soft, bilinear, brightest),
    "rainnet": Convention(dithered, bicubic, full, compat=True),
    "pctnet": Convention(soft, bilinear, full, inside=True),
}


def named(name: str) -> Convention:
    """The convention of that name.

    Raises:
        InputError: there is none.
    """
    if name not in CONVENTIONS:
        raise InputError(f"There is no convention {name}; give one of {', '.join(CONVENTIONS)}.")
    return CONVENTIONS[name]


def whole_error(answer: Picture, target: Picture, weight: FloatArray, rule: Convention) -> float:
    """MSE of the whole picture; where only the inside counts, ``fMSE * mean of the mask``, the same sum over the same area."""
    if rule.inside:
        return metrics.mean_squared_error(answer, target, weight) * float(weight.mean())
    return metrics.mean_squared_error(answer, target)


def measure(answer: Picture, target: Picture, alpha: FloatArray, rule: Convention = CONVENTIONS["ours"]) -> dict[str, float]:
    """mse, psnr, fmse, fpsnr, ssim, fssim and detail of an answer.

    Args:
        answer, target: (height, width, 3) uint8.
        alpha: where the foreground is, (height, width) float32 in [0, 1].
    """
    weight, peak = rule.mask(alpha, alpha.shape), rule.peak(answer, target)
    whole, inside = whole_error(answer, target, weight, rule), metrics.mean_squared_error(answer, target, weight)
    structure = metrics.similarity_map(answer, target, rule.compat)
    return {
        "mse": whole,
        "psnr": metrics.psnr(whole, peak),
        "fmse": inside,
        "fpsnr": metrics.psnr(inside, peak),
        "ssim": metrics.similarity(structure, margin=0 if rule.compat else 5),
        "fssim": metrics.similarity(structure, weight),
        "detail": metrics.detail(answer, target, weight),
    }
