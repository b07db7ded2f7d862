"""The answer of the fast harmonizer in the form of light: what it may do to a person's colors, and what it cannot do.

A channel's *curve* is, in this order, a soft toe that deepens the dark end, a gain (in linear light a factor, which in encoded
values is very nearly one too), a contrast about the person's mean, a shoulder, what white is spared, and haze. Behind the curves
stands a small matrix with rows that sum to one, times a gain that varies over the frame and is nowhere above one. Whatever the
network answers,

- a curve rises from 0 to at most 1: no order of brightness is turned round, and white does not clip where it did not;
- the person's dark end rises to half of the plate's own dark end at most, unless it is there already: no fog on dark clothes;
- white, and skin that is nearly white, hardly turns cyan, blue, green or pink;
- skin is not turned gray or orange: what a change of color would take or give beyond a share of its color is taken back from that
  change. Who stood in a warm light, so that their skin has more color than skin has elsewhere, may lose what is more;
- a gain is at most one stop, more only as far as the person's bright end is dark;
- grays stay gray but for the gains of the channels, which are bounded.

Colors are sRGB-encoded in [0, 1]; tensors of one number a picture are (batch, 1, 1), of one a channel (batch, 3, 1).
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from cleanplate.training.networks.layers import percentiles

NUMBERS = 21  # that the network answers for a whole picture, see ``bounded``
STEPS = 65  # of a curve as the runtime takes it
ENCODING = 2.2  # a factor g of linear light is a factor g^(1/2.2) of encoded values, but for the darkest 4 %
DARKER, BRIGHTER = 2.5, 1.0  # stops of a gain at most
CAST = 0.6  # natural logarithm of a channel's own gain in linear light at most
CONTRAST, SPLIT = 0.5, 0.15  # natural logarithm of the exponent at most, of all channels and of one
LEAST_COLOR, MOST_COLOR = 0.35, 1.3  # saturation
CROSSTALK = 0.08  # of an entry beside the matrix's diagonal at most
HAZE = 0.8  # of the plate's dark end at most
NEAR = 0.5  # share of the plate's dark end that somebody near the camera has: haze lies between, and they are in front of it
WHITE, NEAR_WHITE = 0.7, 8.0  # share of a cold or pink tint that white is spared; the larger the second, the less else is
DEEPENED = 1.5  # of the person's dark end at most
LOCAL = 0.35  # natural logarithm (of encoded values) by which the gain varies over the frame at most, either way
SHARP = 3.0  # of the shoulder: the larger, the less the middle is touched
FADES = 0.15  # encoded value above the dark end at which holding it down has faded to a third
END = 0.02  # encoded value: an end is the mean of what lies about so near to it
SKINS = ((0.87, 0.72, 0.63), (0.68, 0.49, 0.38), (0.42, 0.28, 0.21))  # sRGB of light, tan and brown skin
COLORED, RICHEST = 0.75, 1.6  # share of their color that these keep, and have at most
HUE = 0.8, 0.9  # cosine of the angle between a color and that of skin from which on it counts as skin's a little, wholly
ORDINARY, BY_LUMA, PALEST = 0.65, 0.52, 0.2  # color of skin, away from gray over luma: at no luma, less at whole luma, at least
RICHER = 0.25  # share of what has skin's hue that has less color than somebody counts for: orange cloth is richer than skin
REACH = 2.0  # times the color of skin elsewhere that somebody counts for at most
TRIES = 3  # steps in which as much of a change as leaves that is found
LUMA = (0.299, 0.587, 0.114)  # of encoded values (ITU-R BT.601)


class Light(NamedTuple):
    """A bounded answer; see ``bounded``. ``dark`` and ``floor`` are dark ends: the person's before, and the highest allowed.

    ``settled``, where there is one, is the factor and the exponent that go behind the curves (``gamma.py``).
    """

    toe: Tensor
    gain: Tensor
    exponent: Tensor
    pivot: Tensor
    haze: Tensor
    dark: Tensor
    floor: Tensor
    matrix: Tensor
    settled: tuple[Tensor, Tensor] | None = None


def to_linear(picture: Tensor) -> Tensor:
    """sRGB-encoded [0, 1] -> linear light [0, 1] (IEC 61966-2-1)."""
    return torch.where(picture <= 0.04045, picture / 12.92, ((picture.clamp(min=0) + 0.055) / 1.055) ** 2.4)


def lit(picture: Tensor, gains: Tensor) -> Tensor:
    """A picture under gains in linear light (nearly: see ``ENCODING``); what goes beyond white is bent back softly."""
    factors = gains ** (1 / ENCODING)
    return shoulder(picture * factors, 1 - factors.clamp(min=1) ** -SHARP)


def luma(picture: Tensor) -> Tensor:
    """(batch, 3, ...) -> (batch, 1, ...)."""
    return sum(weight * picture[:, channel : channel + 1] for channel, weight in enumerate(LUMA))  # type: ignore[return-value]


def end(picture: Tensor, weight: Tensor, *, bright: bool = False) -> Tensor:
    """The dark (or bright) end of each channel, (batch, channels, 1): a mean that counts a value by how near it is to the end.

    Args:
        picture: (batch, channels, height, width) in [0, 1].
        weight: (batch, 1, height, width) >= 0.

    >>> shown = torch.tensor([[[[0.1, 0.6, 0.6, 0.9]]]])
    >>> [round(float(end(shown, torch.ones(1, 1, 1, 4), bright=each)), 3) for each in (False, True)]
    [0.1, 0.9]
    """
    values, weight = picture.float().flatten(2), weight.float().flatten(2)
    away = 1 - values if bright else values
    nearest = torch.where(weight > 0.5, away, torch.ones_like(away)).amin(2, keepdim=True)  # so that no weight underflows
    share = weight * torch.exp(-(away - nearest).clamp(min=0) / END)
    return (share * values).sum(2, keepdim=True) / (share.sum(2, keepdim=True) + 1e-6)


def bounded(numbers: Tensor, composite: Tensor, alpha: Tensor, plate_dark: Tensor) -> Light:
    """The network's numbers, any size, brought into their bounds for this person and this plate.

    Args:
        numbers: (batch, 21): exposure, three gains, contrast, three of its own, saturation, six entries of the matrix, three of
            haze, three of the toe.
        composite, alpha: (batch, 3 and 1, height, width).
        plate_dark: (batch, 3, 1), the ``end`` of the plate.
    """
    exposure, gains, contrast, own, color, entries, haze, toe = torch.split(
        numbers.float()[:, :, None], [1, 3, 1, 3, 1, 6, 3, 3], 1
    )
    dark, bright = end(composite, alpha), end(luma(composite), alpha, bright=True)
    area = alpha.float().sum((2, 3)) + 1e-6
    pivot = ((luma(composite).float() * alpha).sum((2, 3)) / area)[:, :, None].clamp(0.1, 0.8)
    most = BRIGHTER + torch.relu(-1 - ENCODING * torch.log2(bright.clamp(min=0.05)))  # up to half of white in linear light
    stops = torch.where(exposure > 0, most * torch.tanh(exposure / most), DARKER * torch.tanh(exposure / DARKER))
    least = dark.amin(1, keepdim=True)
    plate_dark, rich = NEAR * plate_dark, richness(composite.float(), alpha)

    def colored(share: Tensor) -> Light:
        return Light(
            toe=DEEPENED * least * torch.sigmoid(toe - 3),
            gain=torch.exp2(stops / ENCODING) * torch.exp(share * CAST * torch.tanh(gains) / ENCODING),
            exponent=torch.exp(CONTRAST * torch.tanh(contrast) + share * SPLIT * torch.tanh(own)),
            pivot=pivot,
            haze=HAZE * plate_dark * torch.sigmoid(haze - 3),
            dark=dark,
            floor=torch.maximum(dark, plate_dark),
            matrix=color_matrix(share * color, share * entries),
        )

    return colored(most_colored(colored, torch.ones_like(pivot), rich))


def richness(picture: Tensor, weight: Tensor) -> Tensor:
    """How much more color than skin has elsewhere somebody's has, (batch, 1, 1) from 1 to ``REACH``: who stood in a warm light.

    Args:
        picture: (batch, 3, height, width) in [0, 1].
        weight: (batch, 1, height, width), the person.

    >>> shown = torch.tensor([[0.68, 0.49, 0.38], [0.74, 0.46, 0.21], [0.85, 0.4, 0.05], [0.1, 0.4, 0.9]])[..., None, None]
    >>> [round(float(each), 2) for each in richness(shown, torch.ones(4, 1, 1, 1))]
    [1.09, 1.92, 2.0, 1.0]
    """
    gray, skins = luma(picture), torch.tensor(SKINS, device=picture.device).T[None]
    apart = picture / gray.clamp(min=0.01) - 1
    along = (apart * F.normalize(skins / luma(skins) - 1, dim=1).mean(2)[:, :, None, None]).sum(1, keepdim=True)
    low, high = HUE
    alike = ((along / (apart.square().sum(1, keepdim=True).sqrt() + 0.01) - low) / (high - low)).clamp(0.0, 1.0)
    color = along / (ORDINARY - BY_LUMA * gray).clamp(min=PALEST)
    return percentiles(color, weight * gray * (alike + 0.01), (RICHER,)).clamp(1.0, REACH)[:, 0, :, None]


def most_colored(colored: Callable[[Tensor], Light], whole: Tensor, rich: Tensor) -> Tensor:
    """The share of a color change, (batch, 1, 1), that leaves skin ``COLORED`` to ``RICHEST`` of its color: all, or by bisection.

    None of it where brightness alone takes more. The last step is along the chord, so that the share never jumps.

    Args:
        rich: see ``richness``; whose skin has more than its color keeps that once at least.
    """
    least = (1 / rich).clamp(max=COLORED)

    def within(kept: Tensor) -> Tensor:
        return (kept >= least) & (kept <= RICHEST)

    low, high = torch.zeros_like(whole), whole
    for _ in range(TRIES):
        middle = (low + high) / 2
        enough = within(color_kept(colored(middle), rich))
        low, high = torch.where(enough, middle, low), torch.where(enough, high, middle)
    over, kept = color_kept(colored(high), rich), color_kept(colored(low), rich)
    paler = (kept - least) / (kept - over).clamp(min=1e-4)
    richer = (RICHEST - kept) / (over - kept).clamp(min=1e-4)
    found = low + (high - low) * torch.minimum(paler, richer).clamp(0.0, 1.0)
    return torch.where(within(color_kept(colored(whole), rich)), whole, found)


def color_kept(light: Light, rich: Tensor | float = 1.0) -> Tensor:
    """How much of its color skin keeps in the mean of ``SKINS``, each ``rich`` times as far from gray, (batch, 1, 1).

    1 is all, 0 gray, less another color.
    """
    skins = torch.tensor(SKINS, device=light.dark.device).T[None]
    skins = luma(skins) + rich * (skins - luma(skins))
    after = light.matrix @ curve(light, skins)
    first, then = (each / luma(each).clamp(min=1e-3) - 1 for each in (skins, after))
    return ((first * then).sum(1) / first.square().sum(1)).mean(1)[:, None, None]


def saturation_matrix(factor: Tensor) -> Tensor:
    """The matrices, (batch, 3, 3), that multiply what lies apart from luma, by (batch, 1, 1)."""
    gray = torch.tensor(LUMA, device=factor.device).expand(3, 3)
    return gray + factor * (torch.eye(3, device=factor.device) - gray)


def color_matrix(color: Tensor, entries: Tensor) -> Tensor:
    """(batch, 3, 3) with rows that sum to 1: saturation about luma, and a little of each channel in the others."""
    middle = (MOST_COLOR + LEAST_COLOR) / 2
    saturation = middle + (MOST_COLOR - middle) * torch.tanh(color + 0.3866)  # 1 where the number is 0
    beside = CROSSTALK * torch.tanh(entries[:, :, 0])
    rows = []
    for row in range(3):
        first, second = beside[:, 2 * row], beside[:, 2 * row + 1]
        cells = [first, second]
        cells.insert(row, -(first + second))
        rows.append(torch.stack(cells, 1))
    return saturation_matrix(saturation) + torch.stack(rows, 1)


def curve(light: Light, values: Tensor) -> Tensor:
    """What the curves make of values, (batch, 3, n), each channel's own."""
    values = values.float()
    top = raised(light, torch.ones_like(light.dark))
    over = 1 - top.clamp(min=1) ** -SHARP
    spared = whites(shoulder(top, over))
    hazed = (1 - light.haze) * (shoulder(raised(light, values), over) + spared * values**NEAR_WHITE) + light.haze
    lifted = (1 - light.haze) * (shoulder(raised(light, light.dark), over) + spared * light.dark**NEAR_WHITE) + light.haze
    held = torch.relu(1 - light.floor / lifted.clamp(min=1e-3))
    found = hazed * (1 - held * torch.exp(-torch.relu(values - light.dark) / FADES))
    return found if light.settled is None else (light.settled[0] * found + 1e-6) ** light.settled[1]


def whites(top: Tensor) -> Tensor:
    """What is given back to white, (batch, 3, 1), that a gain of each channel has made ``top``.

    The brightest of skin is clipped and as good as white; where the rest of a red face is brought back to skin, it would turn cyan.
    A warm tint stays: lamps and low suns give it to all that is white.
    """
    red, green, blue = top.unbind(1)
    less_red, less_green = torch.relu(luma(top)[:, 0] - red), torch.relu((red + blue) / 2 - green)
    return WHITE * torch.stack([less_red, less_green, torch.zeros_like(blue)], 1)


def raised(light: Light, values: Tensor) -> Tensor:
    """Toe, gain and contrast: ``gain * pivot * (t / pivot)^exponent`` with ``t = v^2 (1 + toe) / (v + toe)``."""
    deep = values * values * (1 + light.toe) / (values + light.toe + 1e-4)
    return light.gain * light.pivot * ((deep + 1e-4) / light.pivot) ** light.exponent


def shoulder(values: Tensor, over: Tensor) -> Tensor:
    """``v (1 + over v^3)^(-1/3)``: rising, slope 1 at 0; with ``over = 1 - top^-3`` it takes ``top`` to 1, with 0 it is none."""
    return values * (1 + over * values.clamp(min=0) ** SHARP) ** (-1 / SHARP)


def local_gains(maps: Tensor, weight: Tensor) -> Tensor:
    """The network's map of gains, (batch, 3, rows, columns) any size, as factors of at most one, one somewhere on the person.

    ``weight`` is (batch, 1, rows, columns), the person's share of each cell.
    """
    bent = LOCAL * torch.tanh(maps.float())
    highest = torch.where(weight > 0.02, bent, torch.full_like(bent, -LOCAL)).amax((1, 2, 3), keepdim=True)
    return torch.exp(torch.minimum(bent - highest, torch.zeros_like(bent)))


def grid(light: Light, gains: Tensor) -> Tensor:
    """The affine maps behind the curves, as ``harmonizers.apply_grid`` takes them, (batch, 12, rows, columns); last column 0."""
    rows = light.matrix[:, :, :, None, None] * gains[:, :, None]
    return torch.cat([rows, torch.zeros_like(rows[:, :, :1])], 2).flatten(1, 2)


def table(light: Light) -> Tensor:
    """The curves at even steps, (batch, 3, STEPS)."""
    even = torch.linspace(0, 1, STEPS, device=light.dark.device).expand(light.dark.shape[0], 3, STEPS)
    return curve(light, even)
