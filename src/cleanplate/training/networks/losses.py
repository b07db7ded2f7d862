"""One function for each loss. Pictures (batch, 3, height, width) and alphas (batch, 1, height, width) in [0, 1], scalars back."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from cleanplate.training.networks.light import luma

SMALLEST = 0.01  # share of the picture below which a foreground does not weigh more
DARK = 0.5  # encoded value from which on nothing is fog
FOG, GRAY = 2.0, 0.5  # weights of darks too near the middle, and of lost color, beside an L1


def boundary(alpha: Tensor, kernel: int) -> Tensor:
    """m_d of Eq. 1 as MODNet makes it: 1 where dilating [alpha > 0] and eroding [alpha >= 0.9] by a square kernel differ.

    ``kernel`` is odd; MODNet uses about 15 pixels at 256.
    """

    def dilate(area: Tensor) -> Tensor:  # one axis after the other: a square is separable, and this is far cheaper
        return F.max_pool2d(F.max_pool2d(area, (kernel, 1), 1, (kernel // 2, 0)), (1, kernel), 1, (0, kernel // 2))

    return dilate((alpha > 0).float()) - 1 + dilate((alpha < 0.9).float())


def charbonnier(difference: Tensor, epsilon: float) -> Tensor:
    """A smooth L1; with ``epsilon`` 0 the L1 itself. Plain L1 was found not to leave the linear blend."""
    return (difference.square() + epsilon**2).sqrt() - epsilon if epsilon else difference.abs()


def blend_loss(composite: Tensor, target: Tensor, band: Tensor, weight: float = 1.0, epsilon: float = 0.0) -> Tensor:
    """Eq. 1: ``||C' - C||_1 + m_d ||C' - C||_1``, both as means over the picture; ``weight`` multiplies the second term."""
    error = charbonnier(composite - target, epsilon)
    return error.mean() + weight * (error * band).mean()


def per_picture(error: Tensor, alpha: Tensor) -> Tensor:
    """Mean of an error over the foreground of each picture (iDIH's normalization), (batch,)."""
    area = alpha.sum((1, 2, 3)).clamp(min=SMALLEST * alpha[0].numel())
    return (error.mean(1, keepdim=True) * alpha).sum((1, 2, 3)) / area


def reconstruction_loss(harmonized: Tensor, target: Tensor, normalize: Tensor | None = None) -> Tensor:
    """L_rec of the paper, ``||H' - H||_1`` as a mean; with an alpha, as a mean over the foreground instead."""
    error = (harmonized - target).abs()
    return error.mean() if normalize is None else per_picture(error, normalize).mean()


def color_loss(harmonized: Tensor, target: Tensor, alpha: Tensor) -> Tensor:
    """What is left of the absolute error once the answer was made as bright as the target by a factor, mean over pictures.

    How bright somebody was no place tells, what color their light is it does: here only color and contrast count. The factor is
    between a half and 2, of encoded values.
    """
    wanted, shown = (per_picture(luma(each), alpha) for each in (target, harmonized))
    factor = (wanted / shown.clamp(min=1e-3)).clamp(0.5, 2.0)[:, None, None, None]
    return reconstruction_loss(factor * harmonized, target, alpha)


def harm_loss(harmonized: Tensor, composite: Tensor, target: Tensor, alpha: Tensor) -> Tensor:
    """How much worse than doing nothing, mean over pictures: the excess of the squared error over the sum of both, 0 to 1.

    0 where the answer is better. Bounded, so that pictures with nothing to do do not drown the others.
    """
    ours = per_picture((harmonized - target).square(), alpha)
    nothing = per_picture((composite - target).square(), alpha)
    return torch.relu(ours - nothing).div(nothing + ours + 1e-3).mean()


def eyesore_loss(harmonized: Tensor, composite: Tensor, target: Tensor, alpha: Tensor) -> Tensor:
    """What eyes forgive least, one-sided: fog on what was dark, and gray where color should be; mean over pictures.

    Fog is what is not as far below the person's mean as it should be, so that brightness itself is free. Beside an error that
    counts both sides alike this moves an unsure answer off the middle of what it may be: to contrast and to color.
    """
    dark = torch.relu(1 - luma(composite) / DARK)
    risen = below(luma(target), alpha) - below(luma(harmonized), alpha)
    gray = torch.relu(chroma(target) - chroma(harmonized))
    return per_picture(FOG * dark * torch.relu(risen) + GRAY * gray, alpha).mean()


def below(values: Tensor, alpha: Tensor) -> Tensor:
    """How far values lie below their mean over the foreground, (batch, 1, height, width) both."""
    return per_picture(values, alpha)[:, None, None, None] - values


def chroma(picture: Tensor) -> Tensor:
    """How far from gray, (batch, 3, ...) -> (batch, 1, ...): deviation of the channels of encoded values, 0 to about 0.47.

    >>> [round(float(chroma(torch.tensor(each)[None, :, None])), 3) for each in ([0.5, 0.5, 0.5], [1.0, 0.0, 0.0])]
    [0.001, 0.471]
    """
    return ((picture - picture.mean(1, keepdim=True)).square().mean(1, keepdim=True) + 1e-6).sqrt()


# ---- adversarial (DoveNet; scores are (batch, heads), any range) ---------------------------------------------------


def hinge_loss(real: Tensor, fake: Tensor) -> Tensor:
    """``relu(1 - D(real)) + relu(1 + D(fake))``, means over pictures, summed over heads.

    >>> float(hinge_loss(torch.tensor([[0.5, 2.0]]), torch.tensor([[-1.0, 0.25]])))
    1.75
    """
    return (torch.relu(1 - real) + torch.relu(1 + fake)).mean(0).sum()


def adversarial_loss(fake: Tensor) -> Tensor:
    """L_adv of the network whose answers are judged: ``-D(fake)``, mean over pictures, summed over heads.

    >>> float(adversarial_loss(torch.tensor([[0.5, 2.0], [1.5, -1.0]])))
    -1.5
    """
    return -fake.mean(0).sum()


def gradient_penalty(critic: Callable[[Tensor], Tensor], between: Tensor) -> Tensor:
    """Gulrajani et al. 2017: ``(|gradient of critic| - 1)^2`` at ``between``, mean over pictures; ``critic`` gives (batch,)."""
    pictures = between.detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(pictures).sum(), pictures, create_graph=True)
    return ((slope.flatten(1).square().sum(1) + 1e-16).sqrt() - 1).square().mean()  # the root has no slope at 0


def odds_loss(odds: Tensor, harmonized: Tensor, composite: Tensor, target: Tensor, alpha: Tensor) -> Tensor:
    """Cross-entropy of the logits ``odds``, (batch,), against whether the answer is nearer to the truth than the composite is."""
    ours = per_picture((harmonized.detach() - target).square(), alpha)
    nothing = per_picture((composite - target).square(), alpha)
    return F.binary_cross_entropy_with_logits(odds.float(), (ours < nothing).float())
