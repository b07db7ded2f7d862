"""The colors that a place has, beyond which nobody who stands in it has any.

What all of a place lacks is not in its light, or its picture was graded so: where nothing is as blue as gray, no shirt is white
(Forsyth, *A Novel Algorithm for Color Constancy*, IJCV 1990). A network that learns by its errors leaves such a doubt half way. So
the answer that is used (``FastHarmonizer.settled``; what is learned is not) gets a gain of each channel behind it that takes who is
still outside a part of the way in. Of green a smaller part is taken, and where all is green and not cold, that is leaves or grass,
which are so in any light; where all is blue by day, that is mostly sky and water. A backdrop, smooth or out of focus, has the color
of paint, and of 1,641 real people hardly one before such has it too: there nothing is taken.

And where a photograph has one color for each brightness, as one in black and white has, whoever stands in it is *toned* by the same
line. A backdrop without color is no such photograph, nor is a drawn pattern, with hardly any tones between two.

Chroma is the natural logarithm of blue over red and that of green over the mean of these, of sRGB-encoded values. A place is
(batch, ``NUMBERS``): for each of the two its low and its high end, and what part of the way up to the one and down to the other is
taken; how far at most; how far it is toned; and of the line three offsets and three slopes over luma.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from cleanplate.training.networks.layers import percentiles
from cleanplate.training.networks.light import LUMA, luma

SIZES = [4, 4, 1, 1, 3, 3]  # of what is known of a place, in the order of the sentence above
NUMBERS = sum(SIZES)
ENDS = (0.05, 0.95)  # of what is seen; a lamp or a sign tells nothing of the rest
FINE, COARSE = 32, 16  # pixels of a place's side that are looked at, for one line and for the ends
EVERY = 2  # row and column of a person that is looked at
BLACK, SEEN = 0.04, 0.25  # encoded values: added before the logarithm; whose brightest channel is above the second counts whole
SHARE, GREEN = 0.7, 0.3  # of the way in; where that makes somebody greener
GRASS, COLD = 0.1, 0.2  # median logarithm of green over red from which on a place is leaves or grass; low end of blue where none is
DUSK, DAY = 0.35, 0.45  # mean luma up to which blue is the light, from which on it is sky and water
FARTHEST, BY_DAY = 0.8, 0.15  # of a chroma at most, in a place as dark as the first of these and as bright as the second
OFF = 0.995  # share of a place's pixels that lie off one line by less than is said of it
LINE, COLORS = 0.008, 0.012  # so far off, a place is toned; so far, it is not
SMOOTH, ROUGH = 0.012, 0.025  # texture of a backdrop, of a scene
TONES, FEW, MANY = (0.1, 0.5, 0.9), 0.03, 0.08  # percentiles of luma; so near to each other in a pattern, so far in a photograph
FLAT = 1e-3  # deviation of luma below which a line has no slope


def chroma(picture: Tensor) -> Tensor:
    """(batch, 3, ...) in [0, 1] -> (batch, 2, ...).

    >>> [round(float(each), 2) for each in chroma(torch.tensor([[0.21, 0.26, 0.46]]))[0]]
    [0.69, -0.16]
    """
    red, green, blue = torch.log(picture.clamp(min=0) + BLACK).chunk(3, 1)
    return torch.cat([blue - red, green - (red + blue) / 2], 1)


def seen(picture: Tensor) -> Tensor:
    """How far the color of pixels can be told, (batch, 1, ...) in [0, 1]: black has none."""
    return (picture.amax(1, keepdim=True) / SEEN).clamp(0.0, 1.0)


def ends(picture: Tensor, weight: Tensor) -> Tensor:
    """Low and high end of both chromas where ``weight`` (batch, 1, height, width) counts, (batch, 2, 2)."""
    return percentiles(chroma(picture), weight * seen(picture) + 1e-6, ENDS)


def line(picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The line over luma on which a picture's colors lie most nearly, and how far ``OFF`` of them lie off a parabola at most.

    Returns:
        Offsets and slopes (batch, 3) of a color's difference from gray, and (batch, 1).

    >>> gray = torch.linspace(0.1, 0.9, 64).reshape(1, 1, 8, 8)
    >>> offset, slope, off = line(torch.cat([gray * 0.9 + 0.1, gray * 0.951 + 0.01, gray * 1.2], 1))
    >>> [[round(float(each), 2) for each in part[0]] for part in (offset, slope, off)]
    [[0.07, -0.03, -0.04], [-0.07, -0.01, 0.24], [0.0]]
    """
    gray = luma(picture).flatten(2)
    apart = picture.flatten(2) - gray
    mean, middle = gray.mean(2, keepdim=True), apart.mean(2, keepdim=True)
    along = gray - mean
    variance = along.square().mean(2, keepdim=True) + FLAT * FLAT
    slope = (apart * along).mean(2, keepdim=True) / variance
    left = apart - middle - slope * along
    bent = along.square() - along.square().mean(2, keepdim=True)
    bent = bent - (bent * along).mean(2, keepdim=True) / variance * along
    left = left - (left * bent).mean(2, keepdim=True) / (bent.square().mean(2, keepdim=True) + FLAT * FLAT) * bent
    off = left.abs().amax(1).sort(1).values
    return (middle - slope * mean)[:, :, 0], slope[:, :, 0], off[:, round(OFF * (off.shape[1] - 1))][:, None]


def texture(gray: Tensor) -> Tensor:
    """Mean difference of luma, (batch, 1, height, width), from that around each pixel, over mean luma, (batch, 1)."""
    around = F.avg_pool2d(F.pad(gray, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return (gray - around).abs().mean((2, 3)) / (gray.mean((2, 3)) + BLACK)


def many_tones(gray: Tensor) -> Tensor:
    """How far there are tones between the darkest and the brightest, as a photograph has and a pattern has not, (batch, 1)."""
    low, middle, high = percentiles(gray, torch.ones_like(gray), TONES).unbind(2)
    return between(torch.minimum(middle - low, high - middle), FEW, MANY)


def between(value: Tensor, none: float, whole: float) -> Tensor:
    """0 at ``none``, 1 at ``whole``, rising between, also where that is the smaller."""
    return ((value - none) / (whole - none)).clamp(0.0, 1.0)


def place(plate: Tensor) -> Tensor:
    """What is known of the colors of a plate, (batch, 3, side, side) in [0, 1], the side a multiple of 32: (batch, ``NUMBERS``)."""
    side, gray = int(plate.shape[2]), luma(plate)
    coarse, fine = F.avg_pool2d(plate, side // COARSE), F.avg_pool2d(plate, side // FINE)
    scene, (offset, slope, off) = between(texture(gray), SMOOTH, ROUGH), line(fine)
    found, (blue, green) = ends(coarse, torch.ones_like(coarse[:, :1])), chroma(coarse).chunk(2, 1)
    over_red = percentiles(green + blue / 2, seen(coarse), (0.5,))[:, :, 0]
    grass = between(over_red, 0.0, GRASS) * between(found[:, 0, :1], COLD, 0.0)
    toned = scene * many_tones(gray) * between(off, COLORS, LINE)
    bright = gray.mean((2, 3))
    taken, most = (scene - toned) * shares(grass, bright), BY_DAY + (FARTHEST - BY_DAY) * between(bright, DAY, DUSK)
    return torch.cat([found.flatten(1), taken, most, toned, offset, slope], 1)


def shares(grass: Tensor, bright: Tensor) -> Tensor:
    """What part of the way up to the low end of both chromas is taken, and down to the high one, (batch, 4).

    Args:
        grass: how far that is what a place is, (batch, 1) in [0, 1].
        bright: mean luma of the place, (batch, 1).

    >>> grass, bright = torch.tensor([[0.0], [1.0], [0.0]]), torch.tensor([[0.3], [0.3], [0.425]])
    >>> shares(grass, bright).mul(100).round().int().tolist()
    [[70, 70, 30, 70], [70, 0, 0, 70], [17, 70, 30, 70]]
    """
    lit = 1 - grass
    return torch.cat([SHARE * between(bright, DAY, DUSK), SHARE * lit, GREEN * lit, SHARE * torch.ones_like(lit)], 1)


def shift(place: Tensor, person: Tensor) -> Tensor:
    """How far both chromas of somebody are to be moved, (batch, 2).

    Args:
        place: as ``place`` gives it.
        person: their ``ends``, under the answer. Who has no gray in them is measured from the nearest to it that they have.

    >>> blue = (-1.0, -0.5), (-1.0, 0.1), (0.4, 0.9)
    >>> rest = [-0.1, 0.1, 0.7, 0.7, 0.7, 0.7, 0.5] + [0.0] * 7
    >>> warm, wide, cold = (torch.tensor([[*each, *rest]]) for each in blue)
    >>> gray, skin = (torch.tensor([[[-0.5, high], [-0.1, 0.0]]]) for high in (0.3, -0.3))
    >>> [round(float(shift(*each)[0, 0]), 2) for each in ((warm, gray), (warm, skin), (wide, gray), (cold, gray))]
    [-0.35, -0.14, 0.0, 0.28]
    """
    bounds, taken, farthest = torch.split(place, SIZES, 1)[:3]
    (low, high), (up, down) = (each.reshape(-1, 2, 2).unbind(2) for each in (bounds, taken))
    least, most = person.unbind(2)
    risen, fallen = torch.relu(low - least.clamp(min=0.0)), torch.relu(most.clamp(max=0.0) - high)
    return torch.maximum(torch.minimum(up * risen - down * fallen, farthest), -farthest)


def gains(moved: Tensor, white: Tensor) -> Tensor:
    """A gain of each channel, (batch, 3), that moves the chromas so and leaves luma, as far as white stays white.

    Args:
        moved: (batch, 2).
        white: what the answer makes of white, (batch, 3).

    >>> [round(float(each), 2) for each in gains(torch.tensor([[-0.3, 0.0]]), torch.full((1, 3), 0.5))[0]]
    [1.13, 0.97, 0.83]
    >>> [round(float(each), 2) for each in gains(torch.tensor([[-0.3, 0.0]]), torch.ones(1, 3))[0]]
    [1.0, 0.86, 0.74]
    """
    across, green = moved.unbind(1)
    found = torch.exp(torch.stack([-across / 2 - green / 3, 2 * green / 3, across / 2 - green / 3], 1))
    return found / torch.maximum(luma(found), (found * white).amax(1, keepdim=True))


def toning(place: Tensor) -> tuple[Tensor, Tensor]:
    """How far a place is toned, (batch, 1), and the affine map by which it tones whoever stands in it, (batch, 3, 4)."""
    share, offset, slope = torch.split(place, SIZES, 1)[3:]
    rows = (1 + slope)[:, :, None] * torch.tensor(LUMA, device=place.device)
    return share, torch.cat([rows, offset[:, :, None]], 2)


def within(grid: Tensor, answered: Tensor, weight: Tensor, place: Tensor, white: Tensor) -> Tensor:
    """The affine maps behind an answer's curves, (batch, 12, rows, columns), such that the person has the colors of the place.

    Args:
        grid: the maps before.
        answered: (batch, 3, height, width), the answer everywhere.
        weight: (batch, 1, height, width), the person.
        place: see ``place``.
        white: what the answer makes of white, (batch, 3).
    """
    person = ends(answered[:, :, ::EVERY, ::EVERY], torch.relu(weight[:, :, ::EVERY, ::EVERY] - 0.5))
    factors = gains(shift(place, person), white)
    rows = grid.reshape(len(grid), 3, -1) * factors[:, :, None]
    cells, (share, line) = rows.reshape(len(grid), 3, 4, -1), toning(place)
    tones = (line[:, :, :3] @ rows).reshape(cells.shape) + F.pad(line[:, :, 3:], (3, 0))[:, :, :, None]
    return (cells + share[:, :, None, None] * (tones - cells)).reshape(grid.shape)
