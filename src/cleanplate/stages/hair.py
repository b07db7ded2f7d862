"""Clean hair: between strands and in holes the alpha follows the photo's colors, where the old background's color is known.

A matting network is unsure there, or sure of too much. Where what is surely background is plain, and far in color from what is
surely the person, how far a pixel lies from one to the other says more than the network does.
"""

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.models.graphs import on_all_cores
from cleanplate.pixels.color import FloatArray, Pixels, as_float
from cleanplate.pixels.resampling import Part, enlarged_part, limited_size, pieces, reduce, resize
from cleanplate.stages.matting import planes

SIDE = 384  # long side at which what is known of both colors is gathered: it is smooth
CELL = 4  # pixels of that, the side of the finest cell over which a color is averaged
SURE = 0.01  # within it of 0 or 1 a pixel is background or person as long as none that is not lies within ``APART``
APART = 2  # pixels of ``SIDE``
SOFT = 0.02  # further from 0 and 1 than that is edge
REACH = 0.012  # of the longer side: how far around the edge alpha may change; curls' holes lie within
AROUND = 0.008  # of the longer side: over what the share of soft pixels is told (a standard deviation)
HAIR = (0.1, 0.2)  # shares of soft pixels between which an edge becomes hair: a sleeve has less
NOISE = 0.02  # standard deviation of a pixel by the camera's noise and JPEG, of white
DOUBT = 0.2  # standard deviation of the network's alpha along hair
SEPARATE = (3.0, 8.0)  # standard deviations between both colors from which their line is trusted, and wholly so
PLAIN = (0.04, 0.08)  # standard deviation of the background's color from which it is not trusted wholly, and not at all
LEAST_APART = 0.01  # squared distance of the colors below which nothing is divided by it; it is not trusted anyway
CERTAIN = (0.9, 0.98)  # alpha from which the network is believed to be sure
LIKE = (2.0, 4.0)  # standard deviations from the background's color up to which such a pixel is lowered wholly, and at all
STEPS = 3  # of the fixed point in alpha; the third moves it by less than a hundredth


def cleared(pixels: Pixels | FloatArray, alpha: FloatArray, strength: float) -> FloatArray:
    """The alpha with holes in hair opened and strands freed, where color says so; the alpha itself at strength 0.

    Args:
        pixels: (height, width, 3), the photo.
        alpha: (height, width) float32 in [0, 1]; not written into.
        strength: 0 to 1.

    Returns:
        (height, width) float32 in [0, 1].
    """
    if strength == 0:
        return alpha
    size = alpha.shape[0], alpha.shape[1]
    small = limited_size(size, SIDE)
    known = gathered(as_float(reduce(pixels, small)), reduce(alpha, small))
    known[-1] *= np.float32(strength)
    answer = alpha.copy()

    def work(part: Part) -> None:
        answer[part] = followed(planes(pixels[part]), alpha[part], enlarged_part(known, size, part))

    on_all_cores(work, pieces(known[-1] > 0, size))
    return answer


def gathered(picture: FloatArray, alpha: FloatArray) -> FloatArray:
    """What ``followed`` needs to know, smooth: (10, rows, columns) float32.

    With F and B the colors of person and background around, D = F - B, and v their variances (of one channel, on average): B (3),
    D / |D|^2 (3), 1 / |D|^2, v_F / |D|^2, v_B / |D|^2, and how far color is trusted, 0 to 1.

    Args:
        picture: (rows, columns, 3) float32 in [0, 1].
        alpha: (rows, columns) float32 in [0, 1].
    """
    front, front_spread = spread(picture, surely(alpha > 1 - SURE))
    back, back_spread = spread(picture, surely(alpha < SURE))
    way = front - back
    scale = 1 / np.maximum((way * way).sum(0), np.float32(LEAST_APART))
    of_front, of_back, noise = front_spread * scale, back_spread * scale, np.float32(NOISE**2) * scale
    trust = ramp(1 / np.sqrt(of_front + of_back + noise), *SEPARATE) * (1 - ramp(np.sqrt(back_spread), *PLAIN)) * hairlike(alpha)
    return np.concatenate([back, way * scale, [scale, of_front, of_back, trust]]).astype(np.float32)


def ramp(values: FloatArray, low: float, high: float) -> FloatArray:
    """0 up to ``low``, 1 from ``high`` on, straight between.

    >>> ramp(np.float32([1, 3, 9]), 2, 4).tolist()
    [0.0, 0.5, 1.0]
    """
    return np.asarray(np.clip((values - low) / (high - low), 0, 1), np.float32)


def disc(radius: int) -> npt.NDArray[np.uint8]:
    """A round structuring element."""
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)), np.uint8)


def surely(which: npt.NDArray[np.bool_]) -> FloatArray:
    """1.0 where all within ``APART`` are marked, else 0.0."""
    return np.asarray(cv2.erode(which.astype(np.uint8), disc(APART)), np.float32)


def hairlike(alpha: FloatArray) -> FloatArray:
    """How much a small alpha's edge is like hair, 0 to 1, around the edge and 0 elsewhere: (rows, columns).

    Hair is soft over an area where a sleeve is soft along a line.
    """
    longer = max(alpha.shape)
    soft = ((alpha > SOFT) & (alpha < 1 - SOFT)).astype(np.float32)
    share = np.asarray(cv2.GaussianBlur(soft, (0, 0), max(0.3, AROUND * longer)), np.float32)
    near = cv2.GaussianBlur(np.asarray(cv2.dilate(soft, disc(max(1, round(REACH * longer))))), (0, 0), 1)
    return np.asarray(ramp(share, *HAIR) * near, np.float32)


def spread(picture: FloatArray, known: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A color's mean (3, rows, columns) and variance (rows, columns) carried from where it is known to everywhere.

    From cells of ``CELL`` pixels up, each level twice as coarse as the last, down to one cell; the finest that knows enough counts.
    Like pull-push (Gortler et al., *The Lumigraph*, 1996), but averaged where it is known too, and with second moments.

    Args:
        picture: (rows, columns, 3) float32 in [0, 1].
        known: (rows, columns) float32, 1 where it counts and 0 where not.
    """
    size = known.shape[0], known.shape[1]
    parts = [*cv2.split(picture), (picture * picture).sum(2)]
    level = np.dstack([np.asarray(part) * known for part in parts] + [known]).astype(np.float32)
    levels = list[FloatArray]()
    step = CELL
    while not levels or max(levels[-1].shape[:2]) > 1:
        few = max(1, size[0] // step), max(1, size[1] // step)
        level = five(level, few)
        levels.append(blurred(level))
        step *= 2
    answer = levels[-1][..., :4] / np.maximum(levels[-1][..., 4:], np.float32(1e-6))
    for level in levels[-2::-1]:
        weight = level[..., 4:]
        enough = ramp(weight, *ENOUGH)
        answer = enough * level[..., :4] / np.maximum(weight, np.float32(1e-6)) + (1 - enough) * resize(answer, level.shape[:2])
    mean, square = resize(answer, size)[..., :3], resize(answer[..., 3], size)
    return mean.transpose(2, 0, 1), np.maximum(square - (mean * mean).sum(2), 0) / 3


ENOUGH = (0.02, 0.15)  # share of a cell that is known from which its average counts, and counts alone


def five(array: FloatArray, size: tuple[int, int]) -> FloatArray:
    """``resize`` of five channels, one more than OpenCV takes."""
    return np.dstack([resize(array[..., :4], size).reshape(*size, 4), resize(array[..., 4], size)])


def blurred(array: FloatArray) -> FloatArray:
    """Over about the cells beside: without it a cell's border would be seen."""
    return np.dstack([cv2.GaussianBlur(np.ascontiguousarray(array[..., each]), (0, 0), 1) for each in range(array.shape[2])])


def followed(seen: FloatArray, alpha: FloatArray, known: FloatArray) -> FloatArray:
    """Alpha moved to where the color lies between background and person, as far as that is trusted.

    ``t = (I - B) . (F - B) / |F - B|^2`` on the line between both, with the variance r that t has by what both colors vary and by
    noise, and by how far I lies off the line; the network's alpha a, with the variance ``DOUBT^2``; and the likeliest alpha of both,
    ``(t DOUBT^2 + a r) / (DOUBT^2 + r)``. Chuang et al., *A Bayesian Approach to Digital Matting*, CVPR 2001, with a network for
    the prior. r depends on alpha, so it is a fixed point.

    Args:
        seen: (3, height, width) float32 in [0, 1].
        alpha: (height, width) float32 in [0, 1].
        known: (10, height, width), see ``gathered``.

    Returns:
        (height, width) float32 in [0, 1].
    """
    scale, of_front, of_back, trust = known[6:]
    away = seen - known[:3]
    along = (away * known[3:6]).sum(0)
    distance = (away * away).sum(0) * scale
    noise = np.float32(NOISE**2) * scale
    place, fixed = np.clip(along, 0, 1), np.maximum(distance - along * along, 0) + noise
    found = alpha
    for _ in range(STEPS):
        rest = 1 - found
        doubt = found * found * of_front + rest * rest * of_back + fixed
        found = (place * np.float32(DOUBT**2) + alpha * doubt) / (np.float32(DOUBT**2) + doubt)
    like = 1 - ramp(np.sqrt(distance / (of_back + noise)), *LIKE)
    lowered = np.maximum(1 - ramp(alpha, *CERTAIN), like)
    change = found - alpha
    return np.asarray(alpha + trust * np.where(change < 0, lowered, 1) * change, np.float32)
