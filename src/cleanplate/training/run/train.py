"""The training loop, straight down: data, steps, validation, checkpoints.

``cleanplate train harmonize --data DIR --out DIR`` runs it; it goes on from the last checkpoint in ``out`` when there is one. Under
``torchrun`` several processes share each batch.
"""

import io
import json
import time
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray
from cleanplate.training.readers import datasets
from cleanplate.training.run import batches, processes, steps
from cleanplate.training.run.checkpoints import Run, build, load_checkpoint
from cleanplate.training.run.config import Config, judged_at, load_config, rate_at, size_at
from cleanplate.training.run.harmonize_source import Shares
from cleanplate.training.run.logs import Log, Meter
from cleanplate.training.run.set_source import SetSource
from cleanplate.training.samples import pack, sets

__all__ = ["Config", "Run", "build", "load_checkpoint", "load_config", "lower_precision", "rate_at", "run", "size_at", "train"]

HELD = 8  # batches of validation


class Stream(IterableDataset[dict[str, np.ndarray]]):
    """This process's part of each batch from step ``first`` on.

    Each sample has a generator of its own, seeded by (seed, step, place in the batch): a batch is the same however many workers and
    processes draw it.
    """

    def __init__(self, source: batches.Source, config: Config, first: int) -> None:
        self.source, self.config, self.first = source, config, first
        self.part = processes.part(config.batch)  # here, for a worker does not know of the other processes

    def batch(self, step: int) -> dict[str, FloatArray]:
        """(samples of this process, channels, size, size) by name."""
        size = size_at(self.config, step)
        rngs = [np.random.default_rng((self.config.seed, step, place)) for place in self.part]
        samples = [self.source.draw(rng, 1, size) for rng in rngs]
        return {name: np.concatenate([each[name] for each in samples]) for name in samples[0]}

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        info = torch.utils.data.get_worker_info()
        offset, stride = (info.id, info.num_workers) if info else (0, 1)
        for step in range(self.first + offset, self.config.steps, stride):
            yield self.batch(step)


def loader(source: batches.Source, config: Config, first: int, device: torch.device) -> DataLoader[dict[str, Any]]:
    """The stream, drawn ahead by worker processes where the configuration has any."""
    ahead: dict[str, Any] = {"prefetch_factor": config.prefetch} if config.workers else {}
    if config.workers and getattr(source, "is_remote", False):
        ahead["multiprocessing_context"] = "spawn"  # a copy of this process would have an object store's threads without their life
    stream = Stream(source, config, first)
    return DataLoader(stream, batch_size=None, num_workers=config.workers, pin_memory=device.type == "cuda", **ahead)


def to_device(batch: dict[str, Any], device: torch.device) -> dict[str, Tensor]:
    return {name: torch.as_tensor(each).to(device, non_blocking=True) for name, each in batch.items()}


def lower_precision(device: torch.device) -> bool:
    """Whether bfloat16 is faster here: on a GPU, and on a CPU that multiplies it in hardware (elsewhere it is far slower)."""
    return device.type == "cuda" or bool(torch.cpu._is_avx512_bf16_supported())


def dropout_seed(config: Config, step: int) -> int:
    """What this process's dropout of a step is drawn from: a run that goes on from a checkpoint drops what it would have."""
    return int(np.random.default_rng((config.seed, step, processes.rank())).integers(2**62))


def advance(run: Run, batch: dict[str, Tensor], meter: Meter) -> None:
    """One step: the network's loss, the discriminator's turn, the descent."""
    config, half = run.config, run.config.bfloat16 and lower_precision(run.device)
    run.set_rate(rate_at(config, run.step))
    torch.manual_seed(dropout_seed(config, run.step))
    with torch.autocast(run.device.type, torch.bfloat16, enabled=half):
        loss, pictures = steps.STAGES[config.stage](run.network, batch, config, run.average)
    meter.add(loss=loss)
    if run.adversary and judged_at(config, run.step):
        judged, parts = steps.adversarial_turn(run, run.adversary, pictures, batch)
        loss = loss + judged
        meter.add(**parts)
    steps.descend(list(run.network.parameters()), run.optimizer, loss, config.clip)
    run.step += 1
    run.update_average()


def held_batches(held_out: batches.Source, run: Run) -> list[dict[str, Tensor]]:
    """What is validated on: the same in every run of these settings, whatever its seed."""
    side = min(run.config.sizes[-1][1], max(128, int(run.network.stride)))  # larger ones would cost more than they tell
    drawn = (held_out.draw(np.random.default_rng((10**6, index)), run.config.batch, side) for index in range(HELD))
    return [to_device(each, run.device) for each in drawn]


def keep(run: Run, measured: float, out: Path) -> None:
    """``best.pt`` where it is, then ``last.pt``."""
    if measured < run.best:
        run.best = measured
        run.save(out / "best.pt")
    run.save(out / "last.pt")


def validate(run: Run, held: list[dict[str, Tensor]], means: dict[str, float], log: Log, out: Path) -> None:
    """Measure, write down and keep what has been learned so far."""
    measured = steps.validation_loss(run, held)
    log.row(run.step, means, measured)
    log.pictures(run.step, steps.sheet(run, held[0]))
    keep(run, measured, out)


def train(config: Config, source: batches.Source, held_out: batches.Source, out: Path) -> Path:
    """Run the configuration to its last step, going on from ``out/last.pt``; the path of the best checkpoint comes back.

    ``out`` gets ``last.pt`` and ``best.pt`` (by validation), ``log.csv`` (see ``logs``) and ``config.json``. Of several processes
    only the first writes, and reads what is there.
    """
    out.mkdir(parents=True, exist_ok=True)
    if config.threads:
        torch.set_num_threads(config.threads)
    run, held, last = Run(config, processes.device()), [], out / "last.pt"
    if found := processes.of_first(lambda: last.read_bytes() if last.exists() else b""):
        run.load(io.BytesIO(found))
    if processes.rank() == 0:
        (out / "config.json").write_text(json.dumps(asdict(config), indent=1))
        held = held_batches(held_out, run)
    data, meter = iter(loader(source, config, run.step, run.device)), Meter()
    with closing(Log(out, config, run.step, run.adversary is not None)) if processes.rank() == 0 else nullcontext() as log:
        while run.step < config.steps:
            asked = time.monotonic()
            batch = to_device(next(data), run.device)
            meter.waited += time.monotonic() - asked
            advance(run, batch, meter)
            if run.step % config.validate_every and run.step != config.steps:
                continue
            means = meter.look(run.device)
            if log:
                validate(run, held, means, log, out)
                meter.clear()  # validating is not waiting
    return out / "best.pt"


def from_sets(stage: str, learned: str | Path, held_out: str | Path | None) -> tuple[batches.Source, batches.Source]:
    """Two written sets as sources.

    Raises:
        InputError: there is no second one, or one of them is of the other stage.
    """
    if held_out is None:
        raise InputError(f"{learned} is a written set and says nothing of what to validate on: give another with --held-out.")
    first, second = SetSource(learned), SetSource(held_out)
    for each in (first, second):
        if each.stage != stage:
            raise InputError(f"{each.folder} is a set for {each.stage}, not for {stage}: give one of that stage.")
    return first, second


def run(
    stage: str, data: str | Path, out: Path, config: Path | None = None, steps: int | None = None,
    held_out: str | Path | None = None, **changes: Any,
) -> Path:  # fmt: skip
    """Train on a data folder or on a written set; the path of the best checkpoint comes back.

    Of a data folder, packs of both splits are built in ``out`` where they are missing. Photos of which the shipped split knows none
    are split anew, once, into ``out/split.json``.

    Args:
        data, held_out: a folder; a written set, maybe in tar files, or its URL, which need another one to validate on.
        changes: further settings.

    Raises:
        InputError: a bad configuration, data folder or set.
    """
    settings = load_config(config, stage=stage, steps=steps, **changes)
    with processes.joined():
        if sets.is_set(data):
            learned, held = from_sets(stage, data, held_out)
            return train(settings, learned, held, out / stage)
        if processes.rank() == 0:
            found = datasets.read_tree(Path(data))
            names = datasets.names_for(found, out / "split.json")
            if settings.clear:
                found = [photo for photo in found if datasets.clearly_licensed(photo)]
            for split in ("train", "validation"):
                pack.ensure(datasets.select(found, split, names), out / f"pack-{split}", stage)
        processes.wait()
        packs = [pack.Pack(out / "pack-train", settings.every), pack.Pack(out / "pack-validation")]
        shares = Shares(*settings.shares)
        learned, held = (batches.source(stage, each, settings.predicted, shares) for each in packs)
        return train(settings, learned, held, out / stage)
