"""The blending networks, in both sizes.

Pictures are (batch, 3, height, width) sRGB-encoded in [0, 1], alphas (batch, 1, height, width) in [0, 1]; height and width are
multiples of the network's ``stride``.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cleanplate.training.networks.layers import double_conv, upsample


class FastBlender(nn.Module):
    """A shallow U-Net that corrects alpha and foreground colors, which then are composed with the plate; it runs on any tile.

    It is given two classical estimates of the colors on either side of the edge (see ``stages.matting``): ``foreground`` and
    ``background`` as multi-level estimation finds them under the given alpha, and ``front`` and ``behind``, carried over from
    where the alpha is sure. From the latter follows an alpha by projection, ``<I - behind, front - behind> / |front - behind|^2``.
    It answers with a change of alpha, with how far to go from the first estimates to the second, with how exactly the colors
    shall explain the photo, ``F + s a r / (a^2 + (1 - a)^2 + 0.1)`` with ``r = I - a F - (1 - a) B``, and with a change of the
    foreground. No normalization: a tile gives what the whole frame gives.
    """

    stride = 8
    halo = 56  # pixels around a tile on which its answer can depend

    def __init__(self, widths: tuple[int, int, int] = (24, 36, 48), *, sees_plate: bool = False) -> None:
        super().__init__()
        a, b, c = widths
        names = ("source", "alpha", "foreground", "background", "front", "behind")
        self.inputs = (*names, "plate") if sees_plate else names
        self.stages = nn.ModuleList([double_conv((21 if sees_plate else 18) * 4, a), double_conv(a, b), double_conv(b, c)])
        self.decoder = nn.ModuleList([double_conv(c + b, b), double_conv(b + a, a)])
        self.head = nn.Conv2d(a, 4 * 7, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(module.bias)  # type: ignore[arg-type]
        nn.init.normal_(self.head.weight, std=0.01)

    def answer(self, shown: Tensor) -> Tensor:
        """The seven maps of the head for what is shown."""
        first = self.stages[0](F.pixel_unshuffle(shown * 2 - 1, 2))
        second = self.stages[1](F.max_pool2d(first, 2))
        feature = self.stages[2](F.max_pool2d(second, 2))
        feature = self.decoder[0](torch.cat([second, upsample(feature)], 1))
        feature = self.decoder[1](torch.cat([first, upsample(feature)], 1))
        return F.pixel_shuffle(self.head(feature), 2).float()

    def forward(
        self, source: Tensor, alpha: Tensor, foreground: Tensor, background: Tensor, front: Tensor, behind: Tensor,
        plate: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """The corrected alpha and foreground. Where the alpha is 0 it stays 0: the plate is never touched there."""
        across = front - behind
        distance = across.square().sum(1, keepdim=True)
        projected = ((source - behind) * across).sum(1, keepdim=True) / (distance + 0.01)
        shown = [source, alpha, foreground, background, front, behind, projected.clamp(-0.5, 1.5), distance / (distance + 0.03)]
        maps = self.answer(torch.cat(shown if plate is None else [*shown, plate], 1))
        corrected = (alpha + maps[:, :1] * (alpha * 64).clamp(max=1)).clamp(0, 1)
        shares = torch.sigmoid(maps[:, 1:4] - 2)
        colors, rest = foreground + shares[:, :1] * (front - foreground), background + shares[:, 1:2] * (behind - background)
        residual = source - corrected * colors - (1 - corrected) * rest
        step = shares[:, 2:] * corrected / (corrected.square() + (1 - corrected).square() + 0.1)
        return corrected, (colors + step * residual + maps[:, 4:]).clamp(0, 1)


class PaperBlender(nn.Module):
    """The paper's blending network: a U-Net on source, alpha and plate that answers in RGB, residual to the linear blend."""

    stride = 8
    halo = 64
    inputs = ("source", "alpha", "plate")  # without ``sees_plate`` the plate is only what the answer is residual to

    def __init__(self, widths: tuple[int, int, int, int] = (32, 64, 128, 256), *, sees_plate: bool = True) -> None:
        super().__init__()
        a, b, c, d = widths
        self.sees_plate = sees_plate
        inputs = 7 if sees_plate else 4
        self.stages = nn.ModuleList([double_conv(inputs, a), double_conv(a, b), double_conv(b, c), double_conv(c, d)])
        self.decoder = nn.ModuleList([double_conv(d + c, c), double_conv(c + b, b), double_conv(b + a, a)])
        self.head = nn.Conv2d(a, 3, 1)

    def forward(self, source: Tensor, alpha: Tensor, plate: Tensor) -> Tensor:
        """The composite."""
        feature = torch.cat([source, alpha, *([plate] if self.sees_plate else [])], 1) * 2 - 1
        skips = []
        for index, stage in enumerate(self.stages):
            feature = stage(F.max_pool2d(feature, 2) if index else feature)
            skips.append(feature)
        skips.pop()
        for stage in self.decoder:
            feature = stage(torch.cat([skips.pop(), upsample(feature)], 1))
        linear = plate + alpha * (source - plate)
        answer: Tensor = linear + self.head(feature) * (alpha * 64).clamp(max=1)
        return answer
