"""What colors a picture is made of, part by part: soft parts that a network finds (skin, hair, cloth; sky, wall, leaves, or what
else it has learned to tell apart), and of each its mean color, its spread and its share.

A grade moves such colors just as it moves the picture, while what the parts are stays: that is what the transform is read from.
Beside it the percentiles of its tones, which tell how it was exposed.
"""

import torch
from torch import Tensor, nn

from cleanplate.training.networks.layers import percentiles, shrink
from cleanplate.training.networks.light import luma

FACTS = 7  # of each part: three means, three deviations, its share
TONES = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.995)  # of what counts is darker
MANY = 64  # rows
LEAST = 1e-3  # pixels below which a part has no color: its mean goes to 0


def palette(scores: Tensor, picture: Tensor, weight: Tensor) -> Tensor:
    """The colors of soft parts, (batch, parts * 7) float32.

    Args:
        scores: (batch, parts, height, width); their softmax shares each pixel out among the parts.
        picture: (batch, 3, height, width), sRGB-encoded in [0, 1].
        weight: (batch, 1, height, width) >= 0, how much a pixel counts.

    >>> found = palette(torch.zeros(1, 2, 4, 4), torch.full((1, 3, 4, 4), 0.25), torch.ones(1, 1, 4, 4))
    >>> found.reshape(1, 2, 7)[0, 0, :3].mul(4).round(decimals=2).tolist(), round(float(found[0, 6]), 2)
    ([1.0, 1.0, 1.0], 0.5)
    """
    parts = (torch.softmax(scores.float(), 1) * weight).flatten(2)
    colors = picture.float().flatten(2).transpose(1, 2)
    area = parts.sum(2, keepdim=True)
    mean = torch.bmm(parts, colors) / (area + LEAST)
    variance = torch.bmm(parts, colors * colors) / (area + LEAST) - mean * mean
    deviation = (variance.clamp(min=0) + 1e-5).sqrt()
    return torch.cat([mean, deviation, area / (area.sum(1, keepdim=True) + LEAST)], 2).flatten(1)


class Finder(nn.Module):
    """A small network of its own that tells the parts of a plate apart, at a quarter of its size, and gives their palette."""

    def __init__(self, parts: int) -> None:
        super().__init__()
        self.scores = nn.Sequential(
            nn.Conv2d(3, 16, 3, 1, 1), nn.ReLU(), nn.Conv2d(16, 24, 3, 2, 1), nn.ReLU(), nn.Conv2d(24, 32, 3, 2, 1), nn.ReLU(),
            nn.Conv2d(32, 32, 3, 1, 1), nn.ReLU(), nn.Conv2d(32, parts, 1),
        )  # fmt: skip

    def forward(self, plate: Tensor, weight: Tensor) -> Tensor:
        """The palette of a small plate, where ``weight`` (batch, 1, height, width) counts it."""
        return palette(self.scores(plate * 2 - 1), shrink(plate, 4), shrink(weight, 4))


def tones(picture: Tensor, weight: Tensor) -> Tensor:
    """Percentiles of luma, of each channel, of a pixel's largest and of its smallest, (batch, 66) float32 in [0, 1].

    Means and deviations do not say whether whites are gray or blacks are lifted: how a person was exposed is read from the ends.

    Args:
        picture: (batch, 3, height, width), sRGB-encoded in [0, 1].
        weight: (batch, 1, height, width) >= 0, how much a pixel counts; the lowest of all where none does. From ``MANY`` rows on
            every other row and column is read: as good, in a third of the time.

    >>> found = tones(torch.linspace(0, 1, 101).expand(1, 3, 1, 101), torch.ones(1, 1, 1, 101))
    >>> [round(float(each), 2) for each in found[0, :11]]
    [0.0, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 1.0]
    """
    every = 2 if picture.shape[2] >= MANY else 1
    picture, weight = picture[:, :, ::every, ::every], weight[:, :, ::every, ::every]
    kinds = [luma(picture), picture, picture.amax(1, keepdim=True), picture.amin(1, keepdim=True)]
    return percentiles(torch.cat(kinds, 1).float(), weight, TONES).flatten(1)
