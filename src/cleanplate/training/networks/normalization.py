"""What gives a foreground's features a background's statistics: Eq. 2, RAIN, plain normalization.

Features are (batch, channels, height, width), alphas (batch, 1, height, width) in [0, 1] of the feature's size. A *cue* is a mean
and a deviation for each channel, (batch, channels, 1, 1) each; see ``cues``.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from cleanplate.training.networks.layers import Cue, both_sides, statistics

Order = Literal["adain", "printed"]
Mask = Literal["soft", "hard"]
Seen = Literal["complete", "visible", "none"]
Kind = Literal["plate", "rain"]
Modulated = Literal["all", "last3", "bottleneck"]


def masked(alpha: Tensor, mask: Mask) -> Tensor:
    """The alpha as it is, or cut at one half into 0 and 1."""
    return alpha if mask == "soft" else (alpha > 0.5).to(alpha.dtype)


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
