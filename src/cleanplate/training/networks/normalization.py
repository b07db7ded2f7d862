"""What gives a foreground's features a background's statistics (Eq. 2, RAIN, plain normalization), and the gates beside them.

Features are (batch, channels, height, width), alphas (batch, 1, height, width) in [0, 1] of the feature's size. A *cue* is a mean
and a deviation for each channel, (batch, channels, 1, 1) each; a vector of cues, (batch, n), holds those of all scales, each
scale's means before its deviations.
"""

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cleanplate.training.networks.light import end, luma

Order = Literal["adain", "printed"]
Mask = Literal["soft", "hard"]
Seen = Literal["complete", "visible", "none"]
Kind = Literal["plate", "rain"]
Modulated = Literal["all", "last3", "bottleneck"]
GateKind = Literal["dove", "s2am", "none"]
Cue = tuple[Tensor, Tensor]
EPSILON = 1e-5  # RAIN's


def statistics(feature: Tensor, weights: Tensor) -> Cue:
    """Weighted mean and standard deviation of each channel, in float32.

    ``weights`` is (batch, kinds, height, width) >= 0, so a soft alpha counts softly; the answers are (batch, channels, kinds).
    """
    feature, weights = feature.float().flatten(2), weights.float().flatten(2).transpose(1, 2)
    total = weights.sum(1, keepdim=True) + EPSILON
    mean = torch.bmm(feature, weights) / total
    variance = torch.bmm(feature * feature, weights) / total - mean * mean
    return mean, (variance.clamp(min=0) + EPSILON).sqrt()


def both_sides(alpha: Tensor) -> Tensor:
    """Weights of the foreground and of the rest, (batch, 2, height, width)."""
    return torch.cat([alpha, 1 - alpha], 1)


def shrink(picture: Tensor, factor: int) -> Tensor:
    """Smaller by a whole factor, by area."""
    return F.avg_pool2d(picture, factor) if factor > 1 else picture


def masked(alpha: Tensor, mask: Mask) -> Tensor:
    """The alpha as it is, or cut at one half into 0 and 1."""
    return alpha if mask == "soft" else (alpha > 0.5).to(alpha.dtype)


def split(cues: Tensor, channels: Sequence[int]) -> list[Cue]:
    """A vector of cues as (mean, deviation) for each scale."""
    pieces = torch.split(cues[:, :, None, None], [2 * count for count in channels], 1)
    return [(piece[:, :count], piece[:, count:]) for piece, count in zip(pieces, channels, strict=True)]


# ---- what normalizes a feature -------------------------------------------------------------------------------------


class Modulation(nn.Module):
    """Eq. 2: the foreground of a feature takes the plate's statistics; the rest is normalized with its own.

    ``adain`` is ``deviation * (feature - own mean) / own deviation + mean``; ``printed`` has mean and deviation swapped, as the
    equation stands in the paper.
    """

    def __init__(self, channels: int, order: Order = "adain", mask: Mask = "soft") -> None:
        super().__init__()
        self.order, self.mask, self.takes = order, mask, channels
        self.scale = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.shift = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, feature: Tensor, alpha: Tensor, cue: Cue) -> Tensor:
        alpha = masked(alpha, self.mask)
        mean, deviation = cue if self.order == "adain" else cue[::-1]
        means, deviations = (found[..., None] for found in statistics(feature, both_sides(alpha)))
        inside = deviation / deviations[:, :, :1]
        outside = self.scale / deviations[:, :, 1:]
        foreground = feature * inside + (mean - means[:, :, :1] * inside)
        rest = feature * outside + (self.shift - means[:, :, 1:] * outside)
        return (rest + alpha * (foreground - rest)).to(feature.dtype)


class Rain(nn.Module):
    """RAIN (Ling et al., *Region-aware Adaptive Instance Normalization*, CVPR 2021): the foreground takes the statistics that the
    background of the same feature has, no plate being looked at.

    ``(1 + gamma_f) [(x - mu_f) / sigma_f * sigma_b + mu_b] + beta_f`` inside, ``(1 + gamma_b) (x - mu_b) / sigma_b + beta_b``
    outside; gammas and betas begin at 0. RAIN cuts its mask; here the alpha counts softly unless ``mask`` is ``hard``. Another cue
    in place of (mu_b, sigma_b) is the swap of the style experiment.
    """

    def __init__(self, channels: int, mask: Mask = "soft") -> None:
        super().__init__()
        self.mask, self.takes = mask, channels
        self.gamma = nn.Parameter(torch.zeros(2, channels, 1, 1))  # of the foreground, of the background
        self.beta = nn.Parameter(torch.zeros(2, channels, 1, 1))

    def background(self, feature: Tensor, alpha: Tensor) -> Cue:
        """(mu_b, sigma_b) of the feature, what the foreground is given."""
        mean, deviation = statistics(feature, 1 - masked(alpha, self.mask))
        return mean[..., None], deviation[..., None]

    def forward(self, feature: Tensor, alpha: Tensor, cue: Cue) -> Tensor:
        alpha = masked(alpha, self.mask)
        means, deviations = (found[..., None] for found in statistics(feature, both_sides(alpha)))
        own, behind = ((feature - means[:, :, i : i + 1]) / deviations[:, :, i : i + 1] for i in range(2))
        foreground = (1 + self.gamma[0]) * (own * cue[1] + cue[0]) + self.beta[0]
        rest = (1 + self.gamma[1]) * behind + self.beta[1]
        return (rest + alpha * (foreground - rest)).to(feature.dtype)


class Plain(nn.Module):
    """Foreground and rest each normalized with their own statistics, then a learned scale and shift: Eq. 2 without a plate."""

    takes = 0

    def __init__(self, channels: int, mask: Mask = "soft") -> None:
        super().__init__()
        self.mask = mask
        self.scale = nn.Parameter(torch.ones(2, channels, 1, 1))  # of the foreground, of the rest
        self.shift = nn.Parameter(torch.zeros(2, channels, 1, 1))

    def forward(self, feature: Tensor, alpha: Tensor, cue: Cue | None = None) -> Tensor:
        alpha = masked(alpha, self.mask)
        means, deviations = (found[..., None] for found in statistics(feature, both_sides(alpha)))
        foreground, rest = (
            self.scale[i] * (feature - means[:, :, i : i + 1]) / deviations[:, :, i : i + 1] + self.shift[i] for i in range(2)
        )
        return (rest + alpha * (foreground - rest)).to(feature.dtype)


def scales(kind: Kind, cues: Seen, modulated: Modulated, channels: tuple[int, ...], order: Order, mask: Mask) -> nn.ModuleList:
    """One normalization for each decoder scale, deepest first. ``modulated`` says which take cues; the others are plain."""
    first = {"all": 0, "last3": len(channels) - 3, "bottleneck": 0}[modulated]
    last = 1 if modulated == "bottleneck" else len(channels)

    def build(at: int, count: int) -> nn.Module:
        if not first <= at < last or (kind == "plate" and cues == "none"):
            return Plain(count, mask)
        return Rain(count, mask) if kind == "rain" else Modulation(count, order, mask)

    return nn.ModuleList(build(at, count) for at, count in enumerate(channels))


# ---- where cues come from ------------------------------------------------------------------------------------------

SHARES = (0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98)  # of pixels that are darker
ROUGH = 4  # rows and columns of a plate's rough picture
BRIGHTNESS = 4 * len(SHARES) + 3 * ROUGH**2


def brightness(plate: Tensor, weight: Tensor) -> Tensor:
    """How bright a plate is, and where: percentiles of luma and of each channel, and a picture of 4 x 4, (batch, 84).

    Means and deviations of features say little of it: trees on such figures know how bright people are in a place, S does not.

    Args:
        plate: (batch, 3, height, width) in [0, 1].
        weight: (batch, 1, height, width); what it leaves out counts as the mean of the rest.
    """
    mean = (plate * weight).mean((2, 3), keepdim=True) / (weight.mean((2, 3), keepdim=True) + EPSILON)
    seen = mean + weight * (plate - mean)
    ordered = torch.cat([luma(seen), seen], 1).flatten(2).float().sort(2).values
    at = [round(share * (ordered.shape[2] - 1)) for share in SHARES]
    rough = F.avg_pool2d(seen, int(seen.shape[2]) // ROUGH).flatten(1)
    return torch.cat([ordered[:, :, at].flatten(1), rough], 1)


class PlateCues(nn.Module):
    """S of Eq. 2: for each decoder scale, two convolutions with ReLU on the complete plate, then mean and deviation per channel.

    The plate is shrunk to ``size`` squared first. The answer depends on the plate alone: (batch, 2 * sum(channels)), for each scale
    its means then its deviations, behind them what ``more`` says of the plate, its ``brightness``, and its dark end. With a
    ``weight``, (batch, 1, height, width), only what it covers counts.

    Args:
        more: takes the small plate and a weight, gives (batch, extra).
    """

    def __init__(
        self, channels: tuple[int, ...], hidden: int, more: nn.Module | None = None, extra: int = 0, size: int = 32
    ) -> None:
        super().__init__()
        self.channels, self.size, self.extra = channels, size, extra if more is not None else 0
        self.length = 2 * sum(channels) + self.extra + BRIGHTNESS + 3 if channels else 0
        self.more = more
        self.branches = nn.ModuleList(
            nn.Sequential(nn.Conv2d(3, hidden, 3, 1, 1), nn.ReLU(), nn.Conv2d(hidden, count, 3, 1, 1), nn.ReLU())
            for count in channels
        )

    def forward(self, plate: Tensor, weight: Tensor | None = None) -> Tensor:
        if not self.channels:
            return plate.new_zeros(plate.shape[0], 0)
        factor = int(plate.shape[2]) // self.size
        dark = end(plate, torch.ones_like(plate[:, :1]) if weight is None else weight).flatten(1)
        plate = shrink(plate, factor)
        counted = torch.ones_like(plate[:, :1]) if weight is None else shrink(weight, factor)
        found = [torch.cat(statistics(branch(plate * 2 - 1), counted), 1).flatten(1) for branch in self.branches]
        found += [] if self.more is None else [self.more(plate, counted)]
        return torch.cat([*found, brightness(plate, counted), dark], 1)

    def split(self, cues: Tensor) -> list[Cue]:
        """The vector as (mean, deviation) for each scale, (batch, channels, 1, 1) each."""
        return split(cues[:, : 2 * sum(self.channels)], self.channels)


# ---- gates ---------------------------------------------------------------------------------------------------------


class Open(nn.Module):
    """No gate."""

    def forward(self, feature: Tensor, alpha: Tensor | None = None) -> Tensor:
        return feature


class Gate(nn.Module):
    """DoveNet's attention gate: the concatenation of skip and decoder features times the sigmoid of a 1x1 convolution of it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weigh = nn.Conv2d(channels, channels, 1)

    def forward(self, feature: Tensor, alpha: Tensor | None = None) -> Tensor:
        return feature * torch.sigmoid(self.weigh(feature))


class ChannelGate(nn.Module):
    """A weight in (0, 1) for each channel from its average and its maximum: Woo et al., *CBAM*, ECCV 2018, as S2AM uses it."""

    def __init__(self, channels: int, reduction: int = 16) -> None:
        super().__init__()
        inner = max(channels // reduction, 1)
        self.weigh = nn.Sequential(nn.Linear(channels, inner), nn.ReLU(), nn.Linear(inner, channels))

    def forward(self, feature: Tensor) -> Tensor:
        found = self.weigh(feature.mean((2, 3))) + self.weigh(feature.amax((2, 3)))
        return feature * torch.sigmoid(found)[:, :, None, None]


def soften(alpha: Tensor) -> Tensor:
    """Blurred by 5 x 5 pixels of a Gaussian with deviation 1, the borders repeated."""
    taps = torch.exp(-0.5 * torch.arange(-2.0, 3.0, device=alpha.device).square()).to(alpha.dtype)
    kernel = torch.outer(taps, taps)
    return F.conv2d(F.pad(alpha, (2, 2, 2, 2), mode="replicate"), (kernel / kernel.sum())[None, None])


class S2amGate(nn.Module):
    """S2AM: Cun and Pun, *Improving the Harmony of the Composite Image by Spatial-Separated Attention Module*, TIP 2020.

    ``bg * (1 - M) + (learn(spliced) + mixed) * M``: three channel gates for the background, the mixed and the spliced path, two
    convolutions on the spliced one, a blurred mask M. Its batch normalization is left out: an averaged network has no running
    statistics of its own.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.background, self.mixed, self.spliced = (ChannelGate(channels) for _ in range(3))
        self.learn = nn.Sequential(
            nn.Conv2d(channels, 2 * channels, 3, 1, 1), nn.ELU(), nn.Conv2d(2 * channels, channels, 3, 1, 1), nn.ELU()
        )

    def forward(self, feature: Tensor, alpha: Tensor) -> Tensor:
        mask = soften(alpha)
        inside = self.learn(self.spliced(feature)) + self.mixed(feature)
        answer: Tensor = self.background(feature) * (1 - mask) + inside * mask
        return answer


def attention(kind: GateKind, channels: Sequence[int], gated: int = 3) -> nn.ModuleList:
    """One gate for each decoder scale, deepest first; only the last three do anything."""

    def build(count: int) -> nn.Module:
        return {"dove": Gate, "s2am": S2amGate}[kind](count) if kind != "none" else Open()

    return nn.ModuleList([*(Open() for _ in channels[:-gated]), *(build(count) for count in channels[-gated:])])
