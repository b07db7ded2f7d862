"""Tensors and networks for tests."""

import torch


def random(seed: int, *shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def lively(network: torch.nn.Module, seed: int = 0) -> torch.nn.Module:
    """The network with heads that do something: as they are made, their answers are nearly the input."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator, dtype=parameter.dtype) * 0.05)
    return network.eval()
