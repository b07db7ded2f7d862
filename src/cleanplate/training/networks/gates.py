"""The gates between an encoder's features and a decoder's: DoveNet's, S2AM's, or none.

Features are (batch, channels, height, width), alphas (batch, 1, height, width) in [0, 1] of the feature's size.
"""

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GateKind = Literal["dove", "s2am", "none"]


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
