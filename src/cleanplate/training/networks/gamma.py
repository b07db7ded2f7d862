"""The gamma by which somebody falls back into a place that they outshine.

A network that learns by its errors leaves a doubtful brightness alone, and how bright somebody was is nearly always in doubt. But a
picture looks pasted where a person is brighter than a dark place, or was brightened because a place is bright; and who is darkened
by a factor looks dull, for their whites go gray. So the answer that is used (``FastHarmonizer.settled``; what is learned is not)
gets back what a factor took, as far as white stays white, and one exponent takes all the brightness that is to go; in the dark,
where nothing is white, a factor takes a part. An exponent of each channel makes colors richer, orange faces of brown ones; what it
adds to saturation is taken off behind it.

Brightness is mean luma of sRGB-encoded values in [0, 1], (batch, 1, 1); that of skin where it is less than the whole person's, for
a dark face is not to pay for white clothes.
"""

import math

import torch
from torch import Tensor

from cleanplate.training.networks.light import end, luma

MOST = 1.5  # of the exponent
BY_FACTOR = 1.4  # of the exponent that stands in the place of a factor
SHARE = 0.8  # of what somebody is brighter than the place is taken back
BEYOND = 0.2  # above the place's mean brighter counts no more
VISIBLE = 0.2  # nobody falls back below this
NIGHT, DAY = 0.05, 0.45  # mean luma of places: whites are dimmed by all of the next below the first, not above the second
DIMMED = 0.7  # of what white was
SKIN_CB, SKIN_CR = (0.302, 0.498), (0.522, 0.678)  # Chai and Ngan, *Face Segmentation Using Skin-Color Map*, 1999
SOFT = 0.02  # about which these limits are soft, so that a film does not jump
ELSEWHERE = 0.05  # weight of what is not of skin's color
DIM, LIT = 0.5, 0.8  # bright ends of a person: whose is above the second is not underexposed, whose is below the first is


def skin_colored(picture: Tensor) -> Tensor:
    """How far pixels have skin's color, from ``ELSEWHERE`` up, (batch, 1, height, width), by Cb and Cr of ITU-R BT.601.

    >>> shown = torch.tensor([[0.8, 0.6, 0.5], [0.25, 0.22, 0.2], [0.9, 0.9, 0.9], [0.6, 0.4, 0.7]]).T[None, :, None]
    >>> [round(each, 2) for each in skin_colored(shown).flatten().tolist()]
    [1.05, 0.28, 0.05, 0.05]
    """
    gray = luma(picture)
    found = torch.ones_like(gray)
    for channel, scale, (low, high) in ((2, 0.564, SKIN_CB), (0, 0.713, SKIN_CR)):
        value = 0.5 + scale * (picture[:, channel : channel + 1] - gray)
        found = found * (torch.minimum(value - low, high - value) / SOFT + 0.5).clamp(0.0, 1.0)
    return found + ELSEWHERE


def mean_luma(picture: Tensor, weight: Tensor, most: Tensor | None = None) -> Tensor:
    """Of a picture where ``weight`` (batch, 1, height, width) counts it; a pixel counts as ``most`` (batch, 1, 1) at most."""
    shown, weight = luma(picture).flatten(2), weight.flatten(2)
    shown = shown if most is None else torch.minimum(shown, most)
    return (shown * weight).sum(2, keepdim=True) / (weight.sum(2, keepdim=True) + 1e-6)


def underexposed(picture: Tensor, weight: Tensor) -> Tensor:
    """How far nothing of a person is bright, (batch, 1, 1): 1 who may be brightened, 0 who may not."""
    return ((LIT - end(luma(picture), weight, bright=True)) / (LIT - DIM)).clamp(0.0, 1.0)


def undulled(before: Tensor, after: Tensor, top: Tensor, most: Tensor) -> tuple[Tensor, Tensor]:
    """Factor and exponent, both from 1 up, by which who was darkened stays as dark and is less gray.

    Args:
        before, after: brightness in the composite, and under the answer.
        top: what the curves make of white, of the channel that keeps most; ``factor * top`` is 1 at most.
        most: the exponent at most.

    >>> a, b, c = (torch.tensor(each) for each in (0.4, 0.5, 0.8))
    >>> [[round(float(each), 2) for each in undulled(b, a, *bounds)] for bounds in ((c, c + c), (c / c, c + c), (c, c / c))]
    [[1.25, 1.32], [1.0, 1.0], [1.0, 1.0]]
    """
    after = after.clamp(0.02, 0.98)
    highest = torch.minimum(1 / top.clamp(0.05, 1.0), after ** (1 / most - 1))
    factor = torch.minimum(highest, (before / after).clamp(min=1.0))
    return factor, torch.log(after) / torch.log((factor * after).clamp(max=0.99))


def falling_back(before: Tensor, after: Tensor, place: Tensor, brighten: Tensor) -> Tensor:
    """The exponent, from 1 to ``MOST``, of who outshines the place or was brightened.

    Args:
        before, after: brightness in the composite, and under the answer.
        place: the plate's.
        brighten: the share of a brightening that stays.

    >>> a, b, c = (torch.tensor(each) for each in (0.4, 0.5, 0.6))
    >>> [round(float(falling_back(*each)), 2) for each in ((b, b, c, a), (b, b, a, a), (a, b, c, c * 0), (b, a, c, c))]
    [1.0, 1.25, 1.32, 1.0]
    """
    kept = after - (1 - brighten) * torch.relu(after - before)
    wanted = kept - SHARE * torch.relu(kept - place)
    return (torch.log(wanted.clamp(0.02, 0.98)) / torch.log(after.clamp(0.02, 0.98))).clamp(1.0, MOST)


def dimmed(shown: Tensor, exponent: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
    """Factor and exponent that bring brightness ``shown`` to where the exponent alone brings it, and whites down in a dark place.

    >>> a, b, c = (torch.tensor(each) for each in (0.05, 0.15, 0.5))
    >>> [[round(float(each), 2) for each in dimmed(c, 2 * c / c, place)] for place in (a, b, c)]
    [[0.7, 1.32], [0.77, 1.46], [1.0, 2.0]]
    >>> [round(float(each), 2) for each in dimmed(c, c / c, a)]
    [1.0, 1.0]
    """
    goal = shown**exponent
    dim = 1 - (1 - DIMMED) * ((DAY - place) / (DAY - NIGHT)).clamp(0.0, 1.0)
    dim = torch.maximum(dim, goal / shown)
    return dim, torch.log(goal) / torch.log(dim * shown)


def factor_and_exponent(composite: Tensor, answered: Tensor, weight: Tensor, place: Tensor, top: Tensor) -> tuple[Tensor, Tensor]:
    """What goes behind an answer's curves, ``(factor * v)^exponent``, (batch, 1, 1) each.

    Args:
        composite, answered: (batch, 3, height, width), without and with the answer everywhere.
        weight: (batch, 1, height, width), the person.
        place: brightness of the plate, (batch, 1, 1).
        top: see ``undulled``.
    """
    skin = weight * skin_colored(composite)

    def brightness(picture: Tensor, most: Tensor | None = None) -> Tensor:
        return torch.minimum(mean_luma(picture, weight, most), mean_luma(picture, skin, most))

    before, after = (brightness(each, place + BEYOND) for each in (composite, answered))
    falls = falling_back(before, after, place, underexposed(composite, weight))
    before, after = brightness(composite), brightness(answered)
    falls = torch.minimum(falls, math.log(VISIBLE) / torch.log(after.clamp(VISIBLE, 0.98)))
    factor, exponent = undulled(before, after, top, (MOST / falls).clamp(max=BY_FACTOR))
    dim, exponent = dimmed((factor * after).clamp(0.02, 0.98), exponent * falls, place)
    return factor * dim, exponent
