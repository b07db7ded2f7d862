"""What colors a picture is made of, part by part: soft parts that a network finds (skin, hair, cloth; sky, wall, leaves, or what
else it has learned to tell apart), and of each its mean color, its spread and its share.

A grade moves such colors just as it moves the picture, while what the parts are stays: that is what the transform is read from.
"""

import torch
from torch import Tensor, nn

from cleanplate.training.networks.layers import shrink

FACTS = 7  # of each part: three means, three deviations, its share
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
