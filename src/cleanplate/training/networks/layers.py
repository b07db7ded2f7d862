"""The small parts that all networks are made of, and the statistics of their features."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Cue = tuple[Tensor, Tensor]
EPSILON = 1e-5  # RAIN's


def upsample(feature: Tensor) -> Tensor:
    return F.interpolate(feature, scale_factor=2.0, mode="bilinear", align_corners=False)


def double_conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1), nn.ReLU(), nn.Conv2d(outputs, outputs, 3, 1, 1), nn.ReLU()
    )


def shrink(picture: Tensor, factor: int) -> Tensor:
    """Smaller by a whole factor, by area."""
    return F.avg_pool2d(picture, factor) if factor > 1 else picture


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


def percentiles(values: Tensor, weight: Tensor, shares: tuple[float, ...]) -> Tensor:
    """Of each channel of (batch, channels, height, width) the values below which lie these shares of the weight.

    Args:
        weight: (batch, 1, height, width) >= 0.

    Returns:
        (batch, channels, len(shares)); the lowest of all where nothing has weight.
    """
    ordered, order = values.flatten(2).sort(2)
    risen = weight.float().flatten(2).expand_as(ordered).gather(2, order).cumsum(2)
    at = [(risen < share * risen[:, :, -1:]).sum(2, keepdim=True).clamp(max=ordered.shape[2] - 1) for share in shares]
    return torch.cat([ordered.gather(2, each) for each in at], 2)
