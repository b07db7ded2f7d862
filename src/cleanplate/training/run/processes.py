"""Several processes that train one network together, as `torchrun` starts them; with one process nothing here does anything.

Every process draws its own part of each batch and computes on it; then the gradients are averaged. torch's wrapper for this
(DistributedDataParallel) is not used: it does not go with the gradient penalty, which differentiates a gradient.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed

from cleanplate.errors import InputError

Value = TypeVar("Value")
PATIENCE = timedelta(hours=12)  # the first process may build a pack meanwhile


def rank() -> int:
    """Which of the processes this is; the first, 0, alone writes, speaks and validates."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def count() -> int:
    return distributed.get_world_size() if distributed.is_initialized() else 1


def device() -> torch.device:
    """This process's GPU where there are any, else the CPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())


@contextmanager
def joined() -> Iterator[None]:
    """Inside, this process knows the others that `torchrun` started with it (its variables RANK, WORLD_SIZE, ... tell)."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or distributed.is_initialized():
        yield
        return
    gpu = device().type == "cuda"
    if gpu:
        torch.cuda.set_device(device())
    distributed.init_process_group("nccl" if gpu else "gloo", timeout=PATIENCE)
    try:
        yield
    finally:
        distributed.destroy_process_group()


def wait() -> None:
    """Until all processes are here."""
    if count() > 1:
        distributed.barrier()


def of_first(read: Callable[[], Value]) -> Value:
    """What the first process reads, in all of them: what lies on its machine may not lie on theirs."""
    if count() == 1:
        return read()
    found: list[Any] = [read() if rank() == 0 else None]
    distributed.broadcast_object_list(found, device=device())
    value: Value = found[0]
    return value


def part(batch: int) -> range:
    """Which samples of a batch this process draws.

    Raises:
        InputError: they cannot be shared evenly; then an average over processes would not be one over samples.
    """
    if batch % count():
        raise InputError(f"A batch of {batch} cannot be shared by {count()} processes: give a multiple of {count()}.")
    share = batch // count()
    return range(rank() * share, (rank() + 1) * share)


def average(tensors: Iterable[Tensor]) -> None:
    """Replace each by its mean over all processes, in one exchange."""
    found = list(tensors)
    if count() == 1 or not found:
        return
    flat = torch.cat([each.detach().flatten().float() for each in found])
    distributed.all_reduce(flat)
    flat /= count()
    for each, mean in zip(found, torch.split(flat, [each.numel() for each in found]), strict=True):
        each.copy_(mean.view_as(each))


def average_gradients(parameters: Iterable[torch.nn.Parameter]) -> None:
    """Over processes; a layer that a small picture did not reach has none in any of them."""
    average([each.grad for each in parameters if each.grad is not None])
