"""What a process that a test starts runs: in a room of its own, found by a name that nobody else has."""

import torch

from cleanplate.training.run import processes


def mean_in_a_process(rank: int, meeting: str) -> None:
    torch.distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2)
    first, second = torch.tensor([[1.0, 2.0]]) * (rank + 1), torch.tensor([10.0 * rank])
    processes.average([first, second])
    assert first.tolist() == [[1.5, 3.0]]
    assert second.tolist() == [5.0]
    assert processes.of_first(lambda: f"read by {rank}") == "read by 0"
    torch.distributed.destroy_process_group()
