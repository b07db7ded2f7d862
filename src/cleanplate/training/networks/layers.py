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
