"""Whether the device waits for data: samples a second of a source alone, of the network alone, and the time waited when both run.

    python benchmarks/loader.py PACK [--config configs/harmonize.toml] [--workers 0 1 2 4] [--steps 20]

PACK is a folder pack-train that `cleanplate train` has built. Everything runs at each size of the configuration. ``waiting`` is the
share of the wall clock in which the loop waits for a batch, the first ones included; below a few percent more workers gain nothing.
"""

import argparse
import itertools
import time
from dataclasses import replace
from pathlib import Path

import torch

from cleanplate.training.run import batches, processes, train
from cleanplate.training.run.config import Config, load_config
from cleanplate.training.run.logs import Meter
from cleanplate.training.samples import pack


def fixed(config: Config, size: int, workers: int) -> Config:
    """The configuration at one size without end, with the discriminator's turn from the start."""
    return replace(config, sizes=((0.0, size),), workers=workers, steps=10**6, adversarial_from=0.0, warm_up=1)


def drawing(source: batches.Source, config: Config, steps: int) -> float:
    """Samples a second of the source alone; what the workers draw ahead while they start is not counted."""
    data = iter(train.loader(source, config, 0, processes.device()))
    for _ in range(1 + config.workers * config.prefetch):
        next(data)
    start = time.perf_counter()
    for _ in itertools.islice(data, steps):
        pass
    return steps * config.batch / (time.perf_counter() - start)


def stepping(source: batches.Source, config: Config, steps: int) -> float:
    """Samples a second of the network alone, always on the same batch."""
    run, meter = train.Run(config, processes.device()), Meter()
    batch = train.to_device(train.Stream(source, config, 0).batch(0), run.device)
    for step in range(steps + 3):
        if step == 3:
            start = time.perf_counter()
        train.advance(run, batch, meter)
    return steps * config.batch / (time.perf_counter() - start)


def together(source: batches.Source, config: Config, steps: int) -> tuple[float, float]:
    """Samples a second of both as in a run, and the share of the time waited."""
    run, meter = train.Run(config, processes.device()), Meter()
    data = iter(train.loader(source, config, 0, run.device))
    start = time.perf_counter()
    for _ in range(steps):
        asked = time.monotonic()
        batch = train.to_device(next(data), run.device)
        meter.waited += time.monotonic() - asked
        train.advance(run, batch, meter)
    return steps * config.batch / (time.perf_counter() - start), meter.look(run.device)["waiting"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("pack", type=Path)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2, 4])
    parser.add_argument("--steps", type=int, default=20)
    given = parser.parse_args()
    settings = load_config(given.config)
    source = batches.source(settings.stage, pack.Pack(given.pack), settings.predicted)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    print(f"{settings.stage} {settings.model}, batches of {settings.batch}, {processes.device()}")
    print("\nSamples a second of drawing alone, of the network alone, of both together, and the share of the time waited:\n")
    print("| pixels | workers | drawing | network | together | waiting |\n|---:|---:|---:|---:|---:|---:|")
    for size in sorted({size for _, size in settings.sizes}):
        alone = stepping(source, fixed(settings, size, 0), given.steps)
        for workers in given.workers:
            config = fixed(settings, size, workers)
            both, waiting = together(source, config, given.steps)
            drawn = drawing(source, config, given.steps)
            print(f"| {size} | {workers} | {drawn:.0f} | {alone:.0f} | {both:.0f} | {waiting:.0%} |", flush=True)


if __name__ == "__main__":
    main()
