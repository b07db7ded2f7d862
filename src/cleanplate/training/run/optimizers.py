"""How a network's parameters are moved, step by step: AdamW for all of them, or Muon for its kernels and matrices."""

from typing import Any

import torch
from torch import Tensor, nn

from cleanplate.training.run.config import Config

HEAD = 24  # outputs below which a map without a neighborhood is one of the network's answers, and AdamW's
TURNS, QUINTIC = 5, (3.4445, -4.7750, 2.0315)  # of the iteration, and its coefficients: Jordan et al., see Muon
AS_ADAM = 0.2  # root mean square of Adam's steps, about, in units of the rate


def decaying(network: nn.Module, decay: float) -> list[dict[str, Any]]:
    """The parameters in two groups: matrices and kernels decay, biases, scales and shifts do not."""
    groups: dict[bool, list[nn.Parameter]] = {True: [], False: []}
    for each in network.parameters():
        groups[each.squeeze().ndim > 1].append(each)
    return [{"params": groups[True], "weight_decay": decay}, {"params": groups[False], "weight_decay": 0.0}]


def orthogonalized(matrix: Tensor) -> Tensor:
    """Nearly ``U V^T`` of a matrix ``U S V^T``, (rows, columns): all its singular values brought to between about 0.7 and 1.2."""
    rows, columns = matrix.shape
    found = matrix.T if rows > columns else matrix
    found = found / (found.norm() + 1e-7)
    first, third, fifth = QUINTIC
    for _ in range(TURNS):
        square = found @ found.T
        found = first * found + (third * square + fifth * square @ square) @ found
    answer: Tensor = found.T if rows > columns else found
    return answer


class Muon(torch.optim.Optimizer):
    """Steps of the same size in all directions of a matrix: momentum whose singular values are all made about one.

    Jordan et al., *Muon: an optimizer for hidden layers in neural networks*, 2024, with the scale of Liu et al., *Muon is scalable
    for LLM training*, 2025, by which AdamW's rate and decay serve here too. torch's own (``torch.optim.Muon``) takes matrices
    alone, no kernels, and computes in bfloat16, which most CPUs do slowly.

    Args:
        parameters: matrices (out, in) and kernels (out, in, height, width).
        rate, decay, momentum: as AdamW's rate and decay, and of the gradients' running mean.
    """

    def __init__(self, parameters: list[nn.Parameter], rate: float, decay: float, momentum: float = 0.95) -> None:
        super().__init__(parameters, {"lr": rate, "weight_decay": decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for each in group["params"]:
                if each.grad is not None:
                    self.move(each, group["lr"], group["weight_decay"], group["momentum"])

    def move(self, parameter: nn.Parameter, rate: float, decay: float, momentum: float) -> None:
        """One parameter's step, which looks as far ahead as momentum reaches (Nesterov's)."""
        state = self.state[parameter]
        if not state:
            state["mean"] = torch.zeros_like(parameter)
        mean: Tensor = state["mean"]
        gradient: Tensor = parameter.grad  # type: ignore[assignment]
        mean.lerp_(gradient, 1 - momentum)
        ahead = gradient.lerp(mean, momentum).reshape(len(parameter), -1)
        size = AS_ADAM * max(ahead.shape) ** 0.5
        parameter.mul_(1 - rate * decay).add_(orthogonalized(ahead).reshape(parameter.shape), alpha=-rate * size)


class Together:
    """Several optimizers that step as one."""

    def __init__(self, *several: torch.optim.Optimizer) -> None:
        self.several = several

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        return [group for each in self.several for group in each.param_groups]

    def zero_grad(self) -> None:
        for each in self.several:
            each.zero_grad()

    def step(self) -> None:
        for each in self.several:
            each.step()

    def state_dict(self) -> dict[str, Any]:
        return {str(index): each.state_dict() for index, each in enumerate(self.several)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        for index, each in enumerate(self.several):
            each.load_state_dict(state[str(index)])


def is_inner(parameter: nn.Parameter) -> bool:
    """Whether it is a kernel, or a matrix to more numbers than an answer has."""
    return parameter.squeeze().ndim > 2 or (parameter.squeeze().ndim == 2 and len(parameter) >= HEAD)


def optimizer(network: nn.Module, config: Config) -> torch.optim.Optimizer | Together:
    """The configuration's optimizer of a network's parameters."""
    if config.optimizer == "adamw":
        return torch.optim.AdamW(decaying(network, config.decay), config.rate, config.betas)
    inner = [each for each in network.parameters() if is_inner(each)]
    groups = decaying(network, config.decay)
    for group in groups:
        group["params"] = [each for each in group["params"] if not is_inner(each)]
    groups = [group for group in groups if group["params"]]
    return Together(Muon(inner, config.rate, config.decay), torch.optim.AdamW(groups, config.rate, config.betas))
