"""The training loop, straight down: configuration, data, steps, validation, checkpoints.

``cleanplate train harmonize --data DIR --out DIR`` runs it; it goes on from the last checkpoint in ``out`` when there is one.
"""

import csv
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from cleanplate.errors import InputError, why
from cleanplate.training import batches, datasets, losses, pack
from cleanplate.training.models import NETWORKS


@dataclass(frozen=True)
class Config:
    """Everything a run depends on. A file in ``configs/`` names only what differs."""

    stage: Literal["harmonize", "blend"] = "harmonize"
    model: Literal["fast", "paper"] = "fast"
    seed: int = 0
    steps: int = 12_000
    batch: int = 24
    rate: float = 1e-3  # Adam's, annealed to zero along a cosine: judged before that, a run looks worse than it is
    warm_up: int = 200  # steps
    sizes: tuple[tuple[float, int], ...] = ((0.0, 96), (0.35, 128), (0.85, 256))  # from this share of the run on, this many pixels
    squared: float = 4.0  # weight of the squared error beside L1: fMSE is what is reported
    harm: float = 0.15  # weight of the excess over doing nothing
    boundary_weight: float = 1.0  # of Eq. 1's second term
    epsilon: float = 0.03  # Charbonnier's; 0 is the paper's plain L1
    alpha_weight: float = 0.5  # of the corrected alpha's own L1
    decay: float = 0.05  # AdamW's; the people are few and their colors are soon known by heart
    average: float = 0.999  # of the weights that are kept (exponential moving average)
    validate_every: int = 500
    workers: int = 1
    threads: int = 0  # 0: what torch chooses


def load_config(path: Path | None, **changes: Any) -> Config:
    """A TOML file over the defaults, then ``changes`` that are not None.

    Raises:
        InputError: no such file, a name that Config does not have, or a network that is not there.
    """
    import tomllib

    given: dict[str, Any] = {}
    if path is not None:
        try:
            given = tomllib.loads(path.read_text())
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise InputError(f"The configuration {path} cannot be read ({why(error)}); see configs/ for examples.") from error
    unknown = set(given) - {each.name for each in fields(Config)}
    if unknown:
        raise InputError(f"{path} sets {', '.join(sorted(unknown))}, which no training run has; training/train.py names all.")
    given |= {name: value for name, value in changes.items() if value is not None}
    if "sizes" in given:
        given["sizes"] = tuple((float(start), int(size)) for start, size in given["sizes"])
    config = Config(**given)
    if (config.stage, config.model) not in NETWORKS:
        known = ", ".join(" ".join(each) for each in NETWORKS)
        raise InputError(f"There is no network for stage {config.stage} and model {config.model}; there are {known}.")
    return config


def size_at(config: Config, step: int) -> int:
    """The picture size of a step."""
    return [size for start, size in config.sizes if step >= start * config.steps][-1]


def rate_at(config: Config, step: int) -> float:
    """Cosine to zero after a linear warm-up."""
    along = min(1.0, step / config.steps)
    return config.rate * min(1.0, (step + 1) / config.warm_up) * 0.5 * (1 + float(np.cos(np.pi * along)))


class Stream(IterableDataset[dict[str, np.ndarray]]):
    """Batches without end from ``batches``; the same seed and step give the same batch, however many workers draw them."""

    def __init__(self, source: batches.Source, config: Config, first: int) -> None:
        self.source, self.config, self.first = source, config, first

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        info = torch.utils.data.get_worker_info()
        offset, stride = (info.id, info.num_workers) if info else (0, 1)
        for step in range(self.first + offset, self.config.steps, stride):
            rng = np.random.default_rng((self.config.seed, step))
            yield self.source.draw(rng, self.config.batch, size_at(self.config, step))


def harmonize_step(network: Any, batch: dict[str, Tensor], config: Config) -> Tensor:
    """Loss of one batch of harmonization samples."""
    composite, alpha, target = batch["composite"], batch["alpha"], batch["target"]
    answer = network(composite, alpha, network.cues(batch["plate"])).float()
    loss = losses.reconstruction_loss(answer, target, alpha)
    loss = loss + config.squared * losses.per_picture((answer - target).square(), alpha).mean()
    return loss + config.harm * losses.harm_loss(answer, composite, target, alpha)


def blend_step(network: Any, batch: dict[str, Tensor], config: Config) -> Tensor:
    """Loss of one batch of blending samples: Eq. 1, and for a network that corrects the alpha, that alpha's L1 in the band."""
    composite, alpha, _ = network(*(batch[name] for name in network.inputs))
    band = losses.boundary(batch["true_alpha"], 15)
    loss = losses.blend_loss(composite, batch["target"], band, config.boundary_weight, config.epsilon)
    if alpha is not batch["alpha"]:
        loss = loss + config.alpha_weight * losses.charbonnier(alpha - batch["true_alpha"], config.epsilon).mean()
    return loss


STEPS = {"harmonize": harmonize_step, "blend": blend_step}


class Run:
    """What a checkpoint holds: the network, its averaged copy, the optimizer, the step, the best validation so far."""

    def __init__(self, config: Config, device: torch.device) -> None:
        torch.manual_seed(config.seed)
        random.seed(config.seed)
        self.config, self.device = config, device
        build = NETWORKS[config.stage, config.model]
        self.network: nn.Module = build().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average: nn.Module = build().to(device)
        self.average.load_state_dict(self.network.state_dict())
        self.optimizer = torch.optim.AdamW(self.network.parameters(), config.rate, betas=(0.9, 0.99), weight_decay=config.decay)
        self.step, self.best = 0, float("inf")

    def update_average(self) -> None:
        keep = min(self.config.average, (self.step + 1) / (self.step + 10))
        with torch.no_grad():
            for kept, now in zip(self.average.parameters(), self.network.parameters(), strict=True):
                kept.lerp_(now, 1 - keep)

    def save(self, path: Path) -> None:
        """To a temporary file and then renamed, so that a kill leaves the last whole one."""
        state = {
            "config": json.dumps(asdict(self.config)),
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "best": self.best,
        }
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def load(self, path: Path) -> None:
        state = torch.load(path, map_location=self.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.best = state["step"], state["best"]


def to_device(batch: dict[str, np.ndarray], device: torch.device) -> dict[str, Tensor]:
    return {name: torch.as_tensor(each).to(device, non_blocking=True) for name, each in batch.items()}


@torch.no_grad()
def validate(run: Run, held: list[dict[str, np.ndarray]]) -> float:
    """Mean loss of the averaged weights over the held-out batches."""
    run.average.eval()
    found = [float(STEPS[run.config.stage](run.average, to_device(batch, run.device), run.config)) for batch in held]
    return float(np.mean(found))


def lower_precision(device: torch.device) -> bool:
    """Whether bfloat16 is faster here: on a GPU, and on a CPU that multiplies it in hardware (elsewhere it is far slower)."""
    return device.type == "cuda" or bool(torch.cpu._is_avx512_bf16_supported())


def forget_later(log: Path, step: int) -> None:
    """Take out what a run wrote into its log after its last whole checkpoint; it is about to do those steps again."""
    if log.exists():
        whole = [row for row in log.read_bytes().splitlines(keepends=True) if row.endswith(b"\n")]
        log.write_bytes(b"".join(row for row in whole if int(row.split(b",")[0]) <= step))


def train(config: Config, source: batches.Source, held_out: batches.Source, out: Path) -> Path:
    """Run the configuration to its last step, going on from ``out/last.pt``; the path of the best checkpoint comes back.

    ``out`` gets ``last.pt`` and ``best.pt`` (by validation), ``log.csv`` (step, size, rate, loss, validation, seconds) and
    ``config.json``.
    """
    out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if config.threads:
        torch.set_num_threads(config.threads)
    run = Run(config, device)
    if (out / "last.pt").exists():
        run.load(out / "last.pt")
    (out / "config.json").write_text(json.dumps(asdict(config), indent=1))
    forget_later(out / "log.csv", run.step)
    side = min(config.sizes[-1][1], 128)
    held = [held_out.draw(np.random.default_rng((10**6, index)), config.batch, side) for index in range(8)]
    loader = DataLoader(Stream(source, config, run.step), batch_size=None, num_workers=config.workers)
    started, first, recent = time.monotonic(), run.step, []
    half = lower_precision(device)
    with open(out / "log.csv", "a", newline="") as file:
        log = csv.writer(file)
        for batch in loader:
            for group in run.optimizer.param_groups:
                group["lr"] = rate_at(config, run.step)
            with torch.autocast(device.type, torch.bfloat16, enabled=half):
                loss = STEPS[config.stage](run.network, to_device(batch, device), config)
            run.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(run.network.parameters(), 1.0)
            run.optimizer.step()
            run.step += 1
            run.update_average()
            recent.append(float(loss.detach()))
            if run.step % config.validate_every and run.step != config.steps:
                continue
            measured = validate(run, held)
            seconds = time.monotonic() - started
            size, rate = size_at(config, run.step - 1), rate_at(config, run.step)
            log.writerow([run.step, size, rate, np.mean(recent), measured, round(seconds)])
            file.flush()
            left = seconds / (run.step - first) * (config.steps - run.step) / 60
            words = f"step {run.step}/{config.steps}  loss {np.mean(recent):.5f}  validation {measured:.5f}  {left:.0f} min left"
            print(words, file=sys.stderr, flush=True)
            recent.clear()
            if measured < run.best:
                run.best = measured
                run.save(out / "best.pt")
            run.save(out / "last.pt")
    return out / "best.pt"


def run(stage: str, data: Path, out: Path, config: Path | None = None, steps: int | None = None) -> Path:
    """Build the packs of both splits in ``out`` where they are missing, then train; the path of the best checkpoint comes back.

    Photos of which the shipped split knows none are split anew, once, into ``out/split.json``.

    Raises:
        InputError: a bad configuration or data folder.
    """
    settings = load_config(config, stage=stage, steps=steps)
    found = datasets.read_tree(data)
    names = datasets.names_for(found, out / "split.json")
    sources = {}
    for split in ("train", "validation"):
        folder = out / f"pack-{split}"
        pack.ensure(datasets.select(found, split, names), folder, stage)
        sources[split] = batches.SOURCES[stage](pack.Pack(folder))
    return train(settings, sources["train"], sources["validation"], out / stage)
