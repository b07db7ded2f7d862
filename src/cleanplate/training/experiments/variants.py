"""The small networks that the ablations compare: what differs in each, and what all of them learn from."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray, to_float, to_uint8
from cleanplate.pixels.holes import fill
from cleanplate.training.run import batches
from cleanplate.training.run.config import Config
from cleanplate.training.samples.pack import Pack


class Budget(NamedTuple):
    """What one training may cost."""

    steps: int = 3000
    batch: int = 16
    size: int = 64
    pool: int = 12_000  # samples, drawn once and shared by all variants


WIDTHS = (12, 20, 32, 48, 64)  # of the harmonizers compared: narrower than the shipped one, so that three seeds can be afforded


@dataclass(frozen=True)
class Variant:
    """What differs from the baseline of its stage: keywords of the network, settings of the run, what is given for the plate."""

    network: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    stage: Literal["harmonize", "blend"] = "harmonize"
    plate_filled: bool = False
    steps: float = 1.0  # share of the budget's steps
    pooled: bool = True  # learns from the pool that the others share; a network of another size draws its own samples


PAPER = {  # configs/harmonize-paper.toml without the discriminator, and as few pictures at a time as fit into minutes
    "model": "paper", "sizes": ((0.0, 256),), "batch": 4, "rate": 2e-4, "schedule": "linear", "betas": (0.5, 0.999), "decay": 0.0,
    "clip": 0.0, "by_foreground": False, "squared": 0.0, "harm": 0.0,
}  # fmt: skip
VARIANTS: dict[str, Variant] = {
    "complete": Variant(),  # the baseline
    "visible": Variant({"cues": "visible"}),
    "filled": Variant(plate_filled=True),
    "none": Variant({"cues": "none"}),
    "rain": Variant({"normalization": "rain"}),
    "no-gates": Variant({"gates": "none"}),
    "s2am-gates": Variant({"gates": "s2am"}),
    "last-three-scales": Variant({"modulated": "last3"}),
    "bottleneck-only": Variant({"modulated": "bottleneck"}),
    "printed-order": Variant({"order": "printed"}),
    "hard-mask": Variant({"mask": "hard"}),
    "adversarial": Variant(config={"adversarial": 0.01}),
    "no-verification": Variant(config={"adversarial": 0.01, "verification": False}),
    "paper-size": Variant(config=PAPER, steps=0.12, pooled=False),  # a step costs fifty times as much as one of the others
    "blend": Variant(stage="blend"),  # the baseline of its stage
    "blend-with-plate": Variant({"sees_plate": True}, stage="blend"),
    "blend-no-boundary": Variant(config={"boundary_weight": 0.0}, stage="blend"),
    "blend-boundary-4": Variant(config={"boundary_weight": 4.0}, stage="blend"),
}


def config_of(variant: Variant, seed: int, budget: Budget) -> Config:
    """The run of a variant. Without the discriminator unless the variant is about it: it doubles the time."""
    small = variant.stage == "harmonize" and "model" not in variant.config
    widths, steps = {"widths": WIDTHS} if small else {}, max(1, round(variant.steps * budget.steps))
    config = Config(
        stage=variant.stage, seed=seed, steps=steps, batch=budget.batch, sizes=((0.0, budget.size),), adversarial=0.0,
        network=widths | variant.network, workers=0, threads=1, validate_every=max(1, steps // 4),
        warm_up=min(200, max(1, steps // 10)),
    )  # fmt: skip
    return replace(config, **variant.config)


# ---- what they learn from ------------------------------------------------------------------------------------------


class Filled:
    """A source whose plates are the composites with their foreground filled in."""

    def __init__(self, source: batches.Source) -> None:
        self.source = source

    def draw(self, rng: np.random.Generator, batch: int, size: int) -> dict[str, FloatArray]:
        found = self.source.draw(rng, batch, size)
        pairs = zip(found["composite"], found["alpha"], strict=True)
        plates = [fill(np.ascontiguousarray(one.transpose(1, 2, 0)), area[0]).transpose(2, 0, 1) for one, area in pairs]
        return found | {"plate": np.ascontiguousarray(plates)}


class Pool:
    """A source whose samples are drawn once and then picked from: drawing one costs as much as learning from it.

    Args:
        source: what they are drawn from.
        size: pixels; the pool gives no other.
    """

    def __init__(self, source: batches.Source, size: int, count: int) -> None:
        drawn = [source.draw(np.random.default_rng((9, index)), 1, size) for index in range(count)]
        self.arrays = {name: np.concatenate([to_uint8(each[name]) for each in drawn]) for name in drawn[0]}
        self.source, self.size, self.count = source, size, count

    def draw(self, rng: np.random.Generator, batch: int, size: int) -> dict[str, FloatArray]:
        if size != self.size:
            raise InputError(f"A pool of {self.size} pixels was asked for {size}: make one of that size.")
        picks = rng.integers(self.count, size=batch)
        return {name: to_float(each[picks]) for name, each in self.arrays.items()}


def sources_of(stage: str, packs: tuple[Path, Path], budget: Budget) -> tuple[batches.Source, batches.Source]:
    """What all variants of a stage learn from, and what they are validated on."""
    learned, held = (batches.SOURCES[stage](Pack(each)) for each in packs)
    return Pool(learned, budget.size, budget.pool), held
