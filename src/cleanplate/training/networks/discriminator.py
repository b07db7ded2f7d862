"""DoveNet's discriminator, complete, and the player that trains it against a harmonizer. Only training needs it.

Cong et al., *DoveNet: Deep Image Harmonization via Domain Verification*, CVPR 2020: a global head that tells harmonized
pictures from real ones, and a verification head that tells whether foreground and background are of one domain. The networks in
here see pictures in [-1, 1].
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from cleanplate.errors import InputError
from cleanplate.training.networks import losses

FACTORS = (1, 2, 4, 8, 8, 8, 8)  # channels of the seven layers, times the width
SHALLOWEST = 4  # layers after which the channels no longer grow: a smaller picture may stop here
PENALTY = 10.0  # weight of the gradient penalty
EMPTY = 1e-6  # a window that holds less of the mask than this holds nothing


class PartialConv(nn.Module):
    """Liu et al. 2018, 3x3 without padding: ``conv(x * m) * 9 / sum(m)`` over each window, plus the bias; 0 where no mask is.

    The mask (batch, 1, height, width) in [0, 1] may be soft; the new one is the window's sum, at most 1.
    """

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3) * 0.02)  # DoveNet's N(0, 0.02)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, feature: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        held = F.avg_pool2d(mask, 3, self.stride) * 9
        seen = (held > EMPTY).to(feature.dtype)
        answer = F.conv2d(feature * mask, self.weight, None, self.stride) * (seen * 9 / held.clamp(min=EMPTY))
        return answer + self.bias[:, None, None] * seen, held.clamp(max=1)


class Stack(nn.Module):
    """Seven partial convolutions: 256 pixels become 127, 63, 31, 15, 7, 3, 1. One vector for each picture, (batch, 8 * width).

    Instance norm after layers 2 to 6, leaky ReLU after all but the last. A smaller picture is a single pixel (or has no 3x3 window)
    earlier and stops there: 128 pixels use six layers, 64 five, 32 four; what then still has an extent is averaged.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        counts = [3, *(width * factor for factor in FACTORS)]
        strides = (2, 2, 2, 2, 2, 2, 1)
        self.layers = nn.ModuleList(
            spectral_norm(PartialConv(a, b, stride)) for a, b, stride in zip(counts, counts[1:], strides, strict=False)
        )

    def forward(self, picture: Tensor, mask: Tensor) -> Tensor:
        feature = picture
        for index, layer in enumerate(self.layers):
            if min(feature.shape[2:]) < 3 and index >= SHALLOWEST:
                break
            if index:
                single = feature.shape[2] == feature.shape[3] == 1
                feature = F.leaky_relu(F.instance_norm(feature) if index > 1 and not single else feature, 0.2)
            feature, mask = layer(feature, mask)
        return feature.mean((2, 3))


class Discriminator(nn.Module):
    """(picture in [-1, 1], alpha) -> scores (batch, heads): global, and with ``verification`` that both sides are of one domain.

    Sides of at least 32 pixels. ``width`` 64 is DoveNet's: 17.79 million parameters.
    """

    def __init__(self, width: int = 64, verification: bool = True) -> None:
        super().__init__()
        top = width * FACTORS[-1]
        self.everywhere = Stack(width)
        self.overall = nn.Linear(top, 1)
        self.sided = Stack(width) if verification else None
        first, second = (spectral_norm(nn.Linear(top, top)) for _ in range(2))
        self.alike = nn.Sequential(first, nn.LeakyReLU(0.2), second, nn.LeakyReLU(0.2), nn.Linear(top, 1)) if verification else None

    def forward(self, picture: Tensor, alpha: Tensor) -> Tensor:
        if min(picture.shape[2:]) < 32:
            found = "The discriminator was given {2} x {3} pixels and needs 32 x 32".format(*picture.shape)
            raise InputError(f"{found}: train at larger sizes, or with adversarial = 0.")
        scores = [self.overall(self.everywhere(picture, torch.ones_like(alpha)))]
        if self.sided is not None and self.alike is not None:
            scores.append(self.alike(self.sided(picture, alpha) * self.sided(picture, 1 - alpha)))
        return torch.cat(scores, 1)


class Adversary:
    """A discriminator and its optimizer: learns to tell answers from truth, and tells the harmonizer how well it does.

    Both run in float32 under any autocast: spectral norm and the gradient's norm lose too much in bfloat16.
    """

    def __init__(self, width: int, verification: bool, rate: float, betas: tuple[float, float], device: torch.device) -> None:
        self.network = Discriminator(width, verification).to(device)
        self.optimizer = torch.optim.Adam(self.network.parameters(), rate, betas)

    def loss(self, answer: Tensor, target: Tensor, alpha: Tensor, shares: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """What the discriminator minimizes: the hinge on every head and the gradient penalty; and its parts by name.

        Pictures in [0, 1]; ``shares`` (batch, 1, 1, 1) in [0, 1] say where between truth and answer the penalty is taken.
        """
        with torch.autocast(answer.device.type, enabled=False):
            self.network.requires_grad_(True)
            fake, real, alpha = answer.detach().float() * 2 - 1, target.float() * 2 - 1, alpha.float()
            hinge = losses.hinge_loss(self.network(real, alpha), self.network(fake, alpha))
            between = shares * real + (1 - shares) * fake
            penalty = losses.gradient_penalty(lambda picture: self.network(picture, alpha).mean(1), between)
            return hinge + PENALTY * penalty, {"discriminator": hinge.detach(), "penalty": penalty.detach()}

    def judge(self, answer: Tensor, alpha: Tensor) -> Tensor:
        """What the harmonizer minimizes, its answer in [0, 1]; no gradient goes to the discriminator."""
        with torch.autocast(answer.device.type, enabled=False):
            self.network.requires_grad_(False)
            return losses.adversarial_loss(self.network(answer.float() * 2 - 1, alpha.float()))

    def state_dict(self) -> dict[str, Any]:
        return {"network": self.network.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
