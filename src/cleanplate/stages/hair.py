"""Clean hair: between strands and in holes the alpha follows the photo's colors, where the old background's color is known.

A matting network is unsure there, or sure of too much. Where what is surely background is plain, and far in color from what is
surely the person, how far a pixel lies from one to the other says more than the network does.
"""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import Array, FloatArray, as_float, channels_first, channels_last, moved_by, white
from cleanplate.pixels.interpolation import Part, enlarged_part, pieces
from cleanplate.pixels.resampling import limited_size, reduce, resize
from cleanplate.pixels.threads import on_all_cores
from cleanplate.stages import crops
from cleanplate.values import Cutout, Image

SIDE = 384  # long side at which what is known of both colors is gathered: it is smooth
CELL = 4  # pixels of that, the side of the finest cell over which a color is averaged
SURE = 0.01  # within it of 0 or 1 a pixel is background or person as long as none that is not lies within ``APART``
APART = 2  # pixels of ``SIDE``
SOFT = 0.02  # further from 0 and 1 than that is edge
AROUND = 0.015  # of the longer side: over what the share of soft pixels is told (a standard deviation); anything changes so far
HAIR = (0.08, 0.2)  # shares of soft pixels between which an edge becomes hair: a sleeve has less
HOLE, FEW = 0.03, 0.3  # less than this share of the person within so much of the longer side looks like the background: a hole
NOISE = 0.02  # standard deviation of a pixel by the camera's noise and JPEG, of white
DOUBT = 0.2  # standard deviation of the network's alpha along hair
SEPARATE = (3.0, 8.0)  # standard deviations between both colors from which their line is trusted, and wholly so
PLAIN = (0.05, 0.1)  # standard deviation of the background's color from which it is not trusted wholly, and not at all
GRAY = np.float32(3**-0.5)  # each channel of the unit vector of gray
OFF = 0.5  # share of what a color lies off the line (squared) that counts as its variance: it has two dimensions
CERTAIN = (0.9, 0.98)  # alpha from which the network is believed to be sure
LIKE = (2.0, 4.0)  # standard deviations from the background's color up to which such a pixel is lowered wholly, and at all
COLORED = (0.1, 0.3)  # share of the squared distance that is not along gray from which colors are moved, and wholly so
STEPS = 2  # of the fixed point in alpha; a third moves it by less than a hundredth

Found = tuple[FloatArray, FloatArray]  # what ``followed`` gives
Steadied = Callable[[Part, Found], Found]  # what a film makes of what was found in a part of the frame


def cleaned(cutout: Cutout, strength: float, *, inplace: bool = False) -> Cutout:
    """The cutout with clean hair: what ``cleared`` makes of it; the cutout itself at strength 0, or where its colors are its own.

    Args:
        inplace: in the cutout's own arrays, which nobody else holds.
    """
    if strength == 0 or cutout.clean:
        return cutout
    cropped = cutout.cropped or crops.cropped(cutout.alpha)
    pixels, alpha = cleared(cutout.image.pixels, cutout.alpha, strength, inplace=inplace)
    return replace(cutout, image=Image(pixels, profile=cutout.image.profile, tags=cutout.image.tags), alpha=alpha, cropped=cropped)


def cleared(
    pixels: Array, alpha: FloatArray, strength: float, *, inplace: bool = False, steadied: Steadied | None = None
) -> tuple[Array, FloatArray]:
    """Holes in hair opened, strands freed and colored as hair, where color says so.

    Args:
        pixels: (height, width, 3) integers, or float32 in [0, 1], the photo.
        alpha: (height, width) float32 in [0, 1].
        strength: above 0, to 1.
        inplace: in these arrays themselves.
        steadied: is given every part that changes; parts begin and end at the same pixels in all pictures of a size.

    Returns:
        pixels and alpha.
    """
    size, top = (alpha.shape[0], alpha.shape[1]), white(pixels.dtype)
    small = limited_size(size, SIDE)
    known = gathered(as_float(reduce(pixels, small)), reduce(alpha, small))
    if known is None:
        return pixels, alpha
    known[-1] *= np.float32(strength)
    if not inplace:
        pixels, alpha = pixels.copy(), alpha.copy()

    def work(part: Part) -> None:
        found = followed(channels_first(pixels[part]), alpha[part], enlarged_part(known, size, part))
        alpha[part], change = found if steadied is None else steadied(part, found)
        pixels[part] = moved_by(pixels[part], channels_last(change * np.float32(top)))

    on_all_cores(work, pieces(known[-1] > 0, size))
    return pixels, alpha


def gathered(picture: FloatArray, alpha: FloatArray) -> FloatArray | None:
    """What ``followed`` needs to know, smooth: (13, rows, columns) float32; None where nothing surely is person, or background.

    B (3), D = F - B (3), |D|^2, D along gray, the variances of F and of B (see ``carried``), and how far color is trusted, 0 to 1;
    F and B being the colors of person and background around.

    Args:
        picture: (rows, columns, 3) float32 in [0, 1].
        alpha: (rows, columns) float32 in [0, 1].
    """
    person, background = surely(alpha > 1 - SURE), surely(alpha < SURE)
    if not (person.any() and background.any()):
        return None
    back, of_back = carried(picture, background)
    front, of_front = carried(picture, person * (1 - holes(picture, person, back, of_back)))
    way = front - back
    far, gray = (way * way).sum(0), way.sum(0) * GRAY
    across, along = of_front + of_back
    seen = (far - along / (across + along + NOISE**2) * gray * gray) / (across + NOISE**2)
    trust = ramp(np.sqrt(np.maximum(seen, 0)), *SEPARATE) * (1 - ramp(np.sqrt(of_back.sum(0)), *PLAIN)) * hairlike(alpha)
    return np.asarray(np.concatenate([back, way, [far, gray], of_front, of_back, [trust]]), np.float32)


def holes(picture: FloatArray, person: FloatArray, back: FloatArray, of_back: FloatArray) -> FloatArray:
    """1.0 where what the network is sure of looks like the background while little around does: it says nothing of the person.

    Where much of the person does, as a white shirt before a white wall, it is theirs.
    """
    away = np.stack(cv2.split(picture)) - back
    distance = (away * away).sum(0) / (of_back.sum(0) + np.float32(3 * NOISE**2))
    like = person * (distance < LIKE[0] ** 2)
    around = max(1.0, HOLE * max(person.shape))
    share = cv2.GaussianBlur(like, (0, 0), around) / np.maximum(cv2.GaussianBlur(person, (0, 0), around), LEAST)
    return np.asarray(cv2.dilate(like * (share < FEW), np.ones((3, 3), np.uint8)), np.float32)


def ramp(values: FloatArray, low: float, high: float) -> FloatArray:
    """0 up to ``low``, 1 from ``high`` on, straight between.

    >>> ramp(np.float32([1, 3, 9]), 2, 4).tolist()
    [0.0, 0.5, 1.0]
    """
    return np.asarray(np.clip((values - low) / (high - low), 0, 1), np.float32)


def surely(which: npt.NDArray[np.bool_]) -> FloatArray:
    """1.0 where all within ``APART`` are marked, else 0.0."""
    element = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * APART + 1, 2 * APART + 1))
    return np.asarray(cv2.erode(which.view(np.uint8), element), np.float32)


def hairlike(alpha: FloatArray) -> FloatArray:
    """How much a small alpha's edge is like hair, 0 to 1, on and beside the edge: (rows, columns).

    Hair is soft over an area where a sleeve is soft along a line.
    """
    soft = ((alpha > SOFT) & (alpha < 1 - SOFT)).astype(np.float32)
    share = np.asarray(cv2.GaussianBlur(soft, (0, 0), max(0.3, AROUND * max(alpha.shape))), np.float32)
    return ramp(share, *HAIR)


def carried(picture: FloatArray, known: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A color's mean (3, rows, columns) and variances (2, rows, columns) carried from where it is known to everywhere.

    From cells of ``CELL`` pixels up, each level twice as coarse as the last, down to one cell; the finest that knows enough counts.
    Like pull-push (Gortler et al., *The Lumigraph*, 1996), but averaged where it is known too, and with second moments: a channel's
    variance across gray, and how much more it varies along gray, as shading and gloss make it.

    Args:
        picture: (rows, columns, 3) float32 in [0, 1].
        known: (rows, columns) float32, 1 where it counts and 0 where not.
    """
    size = known.shape[0], known.shape[1]
    red, green, blue = (np.asarray(each) for each in cv2.split(picture))
    parts = [red, green, blue, red * red + green * green + blue * blue, ((red + green + blue) * GRAY) ** 2]
    level = np.stack([part * known for part in parts] + [known])
    levels = list[FloatArray]()
    step = CELL
    while not levels or max(levels[-1].shape[1:]) > 1:
        level = np.stack([resize(plane, (max(1, size[0] // step), max(1, size[1] // step))) for plane in level])
        levels.append(np.stack([np.asarray(cv2.GaussianBlur(plane, (0, 0), 1)) for plane in level]))  # else a cell's border is seen
        step *= 2
    answer = levels[-1][:5] / np.maximum(levels[-1][5], LEAST)
    for level in levels[-2::-1]:
        enough, coarse = ramp(level[5], *ENOUGH), np.stack([resize(plane, level.shape[1:]) for plane in answer])
        answer = enough * level[:5] / np.maximum(level[5], LEAST) + (1 - enough) * coarse
    answer = np.stack([resize(plane, size) for plane in answer])
    mean, gray = answer[:3], answer[:3].sum(0) * GRAY
    total, along = np.maximum(answer[3] - (mean * mean).sum(0), 0), np.maximum(answer[4] - gray * gray, 0)
    across = np.maximum(total - along, 0) / 2
    return mean, np.stack([across, np.maximum(along - across, 0)])


ENOUGH = (0.02, 0.15)  # share of a cell that is known from which its average counts, and counts alone
LEAST = np.float32(1e-6)


def followed(seen: FloatArray, alpha: FloatArray, known: FloatArray) -> Found:
    """Alpha moved to where the color lies between background and person, as far as that is trusted, and a change of color.

    With X = I - B, D = F - B and V the covariance of what is seen, ``t = D'V^-1 X / D'V^-1 D`` is where a color lies on the line
    between both, with the variance ``r = 1 / D'V^-1 D``; the network's alpha a has the variance ``DOUBT^2``; the likeliest alpha is
    ``(t DOUBT^2 + a r) / (DOUBT^2 + r)``: Chuang et al., *A Bayesian Approach to Digital Matting*, CVPR 2001, with a network for
    the prior. V is what both colors vary, noise, and how far I lies off the line; V depends on alpha, so this is a fixed point.

    What the network is sure of is only lowered where it looks like the background. Where it is not, and color still says that some
    shines in, the color is moved towards the person's by that share: then it is as alpha says.

    Args:
        seen: (3, height, width) float32 in [0, 1].
        alpha: (height, width) float32 in [0, 1].
        known: (13, height, width), see ``gathered``.

    Returns:
        the alpha, (height, width) float32 in [0, 1], and the change of ``seen``, (3, height, width).
    """
    way, far, gray, spreads, trust = known[3:6], known[6], known[7], known[8:12], known[12]
    away = seen - known[:3]
    inner, own, own_gray = (away * way).sum(0), (away * away).sum(0), away.sum(0) * GRAY
    found = likeliest(alpha, far, gray, spreads, (inner, own, own_gray))
    change = found - alpha
    change = trust * np.where(change < 0, lowered(alpha, spreads, own, own_gray), 1) * change
    answer = np.asarray(alpha + change, np.float32)
    colored = ramp(1 - gray * gray / np.maximum(far, LEAST), *COLORED)  # else the person's own light and shade look the same
    return answer, way * np.maximum(trust * colored * (answer - found), 0)


def likeliest(
    alpha: FloatArray, far: FloatArray, gray: FloatArray, spreads: FloatArray, away: tuple[FloatArray, FloatArray, FloatArray]
) -> FloatArray:
    """The fixed point of ``followed``: where a color lies between background and person, with the network's alpha for a prior.

    Args:
        far, gray: |D|^2, and D along gray.
        spreads: (4, height, width), the variances of F and of B across gray and along it.
        away: D'X, |X|^2, and X along gray.
    """
    (inner, own, own_gray), prior, found, off = away, np.float32(DOUBT**2), alpha, np.float32(0)
    for step in range(STEPS):
        front, back = found * found, (1 - found) ** 2
        across = front * spreads[0] + back * spreads[2] + (off + np.float32(NOISE**2))
        along = front * spreads[1] + back * spreads[3]
        less = along / (across + along)  # Sherman and Morrison's: V^-1 = (1 - less g g') / across, g the unit vector of gray
        shade = less * gray
        near = np.maximum(far - shade * gray, LEAST)
        place = np.clip((inner - shade * own_gray) / near, 0, 1)
        doubt = across / near
        found = (place * prior + alpha * doubt) / (prior + doubt)
        if step + 1 < STEPS:
            rest = own - place * (2 * inner - place * far) - less * (own_gray - place * gray) ** 2
            off = np.maximum(rest, 0) * np.float32(OFF)
    return np.asarray(found, np.float32)


def lowered(alpha: FloatArray, spreads: FloatArray, own: FloatArray, own_gray: FloatArray) -> FloatArray:
    """How far alpha may be lowered, 0 to 1: where the network is sure, only what has the background's color, by Mahalanobis."""
    noise = spreads[2] + np.float32(NOISE**2)
    distance = np.maximum(own - spreads[3] / (noise + spreads[3]) * own_gray * own_gray, 0) / noise
    return np.maximum(1 - ramp(alpha, *CERTAIN), 1 - ramp(np.sqrt(distance), *LIKE))
