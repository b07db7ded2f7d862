"""What a training run depends on, where it is read from, and what changes along the run."""

import inspect
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np

from cleanplate.errors import InputError, why
from cleanplate.training.networks.blenders import FastBlender, PaperBlender
from cleanplate.training.networks.harmonizers import FastHarmonizer, PaperHarmonizer

Harmonizer = FastHarmonizer | PaperHarmonizer
Blender = FastBlender | PaperBlender
NETWORKS: dict[tuple[str, str], type[Harmonizer] | type[Blender]] = {  # by stage and size
    ("harmonize", "fast"): FastHarmonizer,
    ("harmonize", "paper"): PaperHarmonizer,
    ("blend", "fast"): FastBlender,
    ("blend", "paper"): PaperBlender,
}


@dataclass(frozen=True)
class Config:
    """Everything a run depends on. A file in ``configs/`` names only what differs."""

    stage: Literal["harmonize", "blend"] = "harmonize"
    model: Literal["fast", "paper"] = "fast"
    network: dict[str, Any] = field(default_factory=dict)  # what the network's constructor is given: its sizes and variants
    init: str = ""  # a checkpoint whose averaged weights a run starts from (fine-tuning)
    seed: int = 0
    steps: int = 12_000
    batch: int = 24  # of all processes together
    sizes: tuple[tuple[float, int], ...] = ((0.0, 96), (0.35, 128), (0.85, 256))  # from this share of the run on, this many pixels
    shares: tuple[float, ...] = (0.15, 0.12, 0.08)  # of harmonization samples, as harmonize_source.Shares names them
    clear: bool = False  # only photos whose sources have a clear and open license, see datasets.clearly_licensed
    every: int = 1  # of the people of a data folder that are learned from only each so-manieth: 4 is a quarter, for learning curves
    predicted: float = 0.0  # share of harmonization samples that are blended by a spoiled matte
    # optimization
    optimizer: Literal["adamw", "muon"] = "adamw"  # of kernels and matrices; all else is AdamW's, see optimizers
    rate: float = 1e-3  # annealed to zero: judged before that, a run looks worse than it is
    schedule: Literal["cosine", "linear", "constant"] = "cosine"  # linear: the first half at the full rate, as DoveNet
    warm_up: int = 200  # steps
    betas: tuple[float, float] = (0.9, 0.99)
    decay: float = 0.05  # AdamW's; the people are few and their colors are soon known by heart
    clip: float = 1.0  # norm of the gradient above which it is shortened; 0: never
    average: float = 0.999  # of the weights that are kept (exponential moving average)
    # harmonization's loss
    by_foreground: bool = True  # L1 as a mean over the foreground (iDIH), else over the whole picture as in the paper
    squared: float = 4.0  # weight of the squared error beside L1: fMSE is what is reported
    harm: float = 0.15  # weight of the excess over doing nothing
    place: float = 0.03  # weight of knowing what color skin has in a place (fast size)
    color: float = 0.0  # weight of the absolute error at the exposure that an answer would need
    eyesore: float = 0.0  # weight of what eyes forgive least: fog on darks, and lost color
    pull: float = 1.25  # how far natural people are taught to follow what two places alone say, see steps.taught
    odds: float = 0.03  # weight of the cross-entropy of its knowing whether it is better than nothing (fast size)
    adversarial: float = 0.01  # lambda: DoveNet's 1 : 100 beside an L1 of pictures in [-1, 1]; 0 makes no discriminator
    adversarial_from: float = 0.05  # before this share of the run L1 alone, for nothing can be judged yet
    verification: bool = True  # the discriminator's second head
    discriminator_width: int = 16  # 64 is DoveNet's, 17.8 million parameters: for the paper's size
    # blending's loss
    boundary_weight: float = 1.0  # of Eq. 1's second term
    epsilon: float = 0.03  # Charbonnier's; 0 is the paper's plain L1
    alpha_weight: float = 0.5  # of the corrected alpha's own L1
    # the machine
    validate_every: int = 500
    tensorboard: bool = False
    workers: int = 1  # processes that draw batches, for each process that trains
    prefetch: int = 4  # batches that each of them draws ahead
    threads: int = 0  # 0: what torch chooses
    bfloat16: bool = True  # where it is faster
    compiled: bool = False  # harmonization's network and loss as one program: faster once it is built, minutes of a C++ compiler


def checked(config: Config) -> Config:
    """The configuration, if its network can be built and its numbers mean something.

    Raises:
        InputError: there is no such network, it has no such switch, or a share lies outside 0 to 1.
    """
    if (config.stage, config.model) not in NETWORKS:
        known = ", ".join(" ".join(each) for each in NETWORKS)
        raise InputError(f"There is no network for stage {config.stage} and model {config.model}; there are {known}.")
    has = set(inspect.signature(NETWORKS[config.stage, config.model]).parameters)
    unknown = sorted(set(config.network) - has)
    if unknown:
        name = f"{config.stage} {config.model}"
        raise InputError(f"[network] sets {', '.join(unknown)}, which the network {name} has not: it has {', '.join(sorted(has))}.")
    for name in ("predicted", "adversarial_from", "average"):
        if not 0 <= getattr(config, name) <= 1:
            raise InputError(f"{name} is {getattr(config, name)} and must be a share from 0 to 1.")
    sums = sum(config.shares[:3]), sum(config.shares[3:6])
    if len(config.shares) not in (3, 6, 7, 8) or min(config.shares) < 0 or max(*sums, *config.shares) > 1:
        what = "three shares of regions, groups and unrelated, maybe three of natural, retoned and lit, and maybe painted and far"
        raise InputError(f"shares is {list(config.shares)} and must be {what}.")
    if config.every < 1:
        raise InputError(f"every is {config.every} and must be a whole number from 1 on: 4 learns from a quarter of the people.")
    if config.optimizer not in ("adamw", "muon"):
        raise InputError(f"There is no optimizer {config.optimizer}: give adamw or muon.")
    if config.schedule not in ("cosine", "linear", "constant"):
        raise InputError(f"There is no schedule {config.schedule}: give cosine, linear or constant.")
    return config


def from_table(given: dict[str, Any]) -> Config:
    """A configuration from what TOML or JSON holds: their lists become tuples."""
    given = dict(given)
    if "sizes" in given:
        given["sizes"] = tuple((float(start), int(size)) for start, size in given["sizes"])
    for name in ("betas", "shares"):
        if name in given:
            given[name] = tuple(given[name])
    given["network"] = {name: tuple(each) if isinstance(each, list) else each for name, each in given.get("network", {}).items()}
    return Config(**given)


def load_config(path: Path | None, **changes: Any) -> Config:
    """A TOML file over the defaults, then ``changes`` that are not None.

    Raises:
        InputError: no such file, a name that Config does not have, or see ``checked``.
    """
    given: dict[str, Any] = {}
    if path is not None:
        try:
            given = tomllib.loads(path.read_text())
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise InputError(f"The configuration {path} cannot be read ({why(error)}); see configs/ for examples.") from error
    unknown = set(given) - {each.name for each in fields(Config)}
    if unknown:
        raise InputError(f"{path} sets {', '.join(sorted(unknown))}, which no training run has; training/config.py names all.")
    return checked(from_table(given | {name: value for name, value in changes.items() if value is not None}))


def size_at(config: Config, step: int) -> int:
    """The picture size of a step."""
    return [size for start, size in config.sizes if step >= start * config.steps][-1]


def rate_at(config: Config, step: int) -> float:
    """The learning rate: up linearly in the warm-up, then along the schedule to zero at the last step, or for ever constant."""
    along = 0.0 if config.schedule == "constant" else min(1.0, step / config.steps)
    down = 0.5 * (1 + float(np.cos(np.pi * along))) if config.schedule == "cosine" else min(1.0, 2 * (1 - along))
    return config.rate * min(1.0, (step + 1) / config.warm_up) * down


def judged_at(config: Config, step: int) -> bool:
    """Whether the discriminator, where there is one, has a say in a step."""
    return step >= config.adversarial_from * config.steps
