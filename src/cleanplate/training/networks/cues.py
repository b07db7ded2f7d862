"""What is known of a plate: S of Eq. 2, its brightness, its palette; and how each scale gets its part of that.

A *cue* is a mean and a deviation for each channel, (batch, channels, 1, 1) each; a vector of cues, (batch, n), holds those of all
scales, each scale's means before its deviations.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cleanplate.training.networks.layers import EPSILON, Cue, shrink, statistics
from cleanplate.training.networks.light import end, luma
from cleanplate.training.networks.normalization import Rain
from cleanplate.training.networks.palette import FACTS, Finder

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


def mean_color(cues: Tensor) -> Tensor:
    """The mean color of the place, (batch, 3) in [0, 1], of a vector of cues that has its ``brightness`` and its dark end last."""
    return cues[:, -3 - 3 * ROUGH**2 : -3].reshape(-1, 3, ROUGH**2).mean(2)


def split(cues: Tensor, channels: Sequence[int]) -> list[Cue]:
    """A vector of cues as (mean, deviation) for each scale."""
    pieces = torch.split(cues[:, :, None, None], [2 * count for count in channels], 1)
    return [(piece[:, :count], piece[:, count:]) for piece, count in zip(pieces, channels, strict=True)]


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


def cue_counts(modulations: nn.ModuleList) -> list[int]:
    """How many channels of each scale take cues."""
    return [int(each.takes) for each in modulations]  # type: ignore[arg-type]


def plate_cues(modulations: nn.ModuleList, hidden: int, parts: int = 0) -> PlateCues:
    """S for the scales that take the plate's cues (RAIN's take their own), and behind it the palette of ``parts`` parts of it."""
    counts = zip(modulations, cue_counts(modulations), strict=True)
    channels = tuple(count for each, count in counts if count and not isinstance(each, Rain))
    return PlateCues(channels, hidden, Finder(parts) if parts and channels else None, parts * FACTS)


def with_cues(modulations: nn.ModuleList, cues: Tensor) -> list[tuple[nn.Module, Cue | None]]:
    """Each scale with its part of the vector; with None where the vector is empty."""
    counts = cue_counts(modulations)
    parts: list[Cue | None] = [*split(cues[:, : 2 * sum(counts)], counts)] if cues.shape[1] else [None] * len(modulations)
    return list(zip(modulations, parts, strict=True))
