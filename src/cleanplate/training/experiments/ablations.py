"""The paper's choices, one changed at a time: small networks trained alike on one pack, measured on the same held-out samples.

Every variant and seed has a folder with its checkpoint and its ``result.json``; what is there is not trained again.
"""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray, to_uint8
from cleanplate.training.experiments import methods
from cleanplate.training.experiments.methods import Method
from cleanplate.training.experiments.variants import VARIANTS, Budget, Filled, Pool, config_of
from cleanplate.training.measure import metrics
from cleanplate.training.run import batches
from cleanplate.training.run.checkpoints import load_checkpoint
from cleanplate.training.run.train import train
from cleanplate.training.samples.synthesis import Sample

BINS = (0.0, 0.1, 0.25, 0.5, 1.0)  # of the foreground's share of the picture


def checkpoint(folder: Path) -> Path:
    return folder / "last.pt"


def harmonizer(name: str, folder: Path, size: int) -> Method:
    """The trained network of a variant's folder, at ``size`` pixels or the least that it takes."""
    network, _ = load_checkpoint(checkpoint(folder))
    return methods.trained(network, max(size, int(network.stride)), VARIANTS[name].plate_filled)


# ---- measuring -----------------------------------------------------------------------------------------------------


def foreground_error(answer: FloatArray, sample: Sample) -> float:
    return metrics.mean_squared_error(to_uint8(answer), to_uint8(sample.target), metrics.foreground(sample.alpha))


def measure_harmonizer(method: Method, sets: dict[str, list[Sample]]) -> list[dict[str, Any]]:
    """fMSE of each sample: doing nothing, the answer, and the answer with the plate of the next sample of its set."""
    records = []
    for name, samples in sets.items():
        place, kind = name.split("-")
        for index, sample in enumerate(samples):
            stranger = samples[(index + 1) % len(samples)].plate
            errors = {
                "nothing": foreground_error(sample.composite, sample),
                "fmse": foreground_error(method(sample.composite, sample.alpha, sample.plate), sample),
                "wrong_plate": foreground_error(method(sample.composite, sample.alpha, stranger), sample),
            }
            records.append({"place": place, "kind": kind, "sample": index, "ratio": float(sample.alpha.mean())} | errors)
    return records


def measure_blender(network: Any, source: batches.Source, size: int, count: int) -> list[dict[str, Any]]:
    """Band error and PSNR of each sample, and those of its estimated colors composited linearly."""
    import torch

    records = []
    for index in range(count):
        drawn = source.draw(np.random.default_rng((2, index)), 1, size)
        with torch.no_grad():
            alpha, colors = (each.numpy() for each in network(*(torch.from_numpy(drawn[name]) for name in network.inputs)))
        plate, truth, region = drawn["plate"], drawn["true_alpha"], metrics.band(drawn["true_alpha"][0, 0])
        target = to_uint8((plate + truth * (drawn["true_foreground"] - plate))[0].transpose(1, 2, 0))
        found = {}
        for name, matte, front in (("band", alpha, colors), ("linear_band", drawn["alpha"], drawn["foreground"])):
            pixels = to_uint8((plate + matte * (front - plate))[0].transpose(1, 2, 0))
            found[f"{name}_l1"] = metrics.mean_absolute_error(pixels, target, region)
            found[f"{name}_psnr"] = metrics.psnr(metrics.mean_squared_error(pixels, target, region))
        records.append({"sample": index} | found)
    return records


# ---- running -------------------------------------------------------------------------------------------------------


def kept(path: Path, budget: Budget) -> dict[str, Any] | None:
    """A finished result; None when there is none.

    Raises:
        InputError: it was made with another budget.
    """
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if found["budget"] != list(budget):
        asked = f"steps, batch, size, pool {found['budget']} and not {list(budget)}"
        raise InputError(f"{path} was made with {asked}: give another --out.")
    return found


def one(
    name: str, seed: int, given: tuple[batches.Source, batches.Source], out: Path, budget: Budget,
    sets: dict[str, list[Sample]], count: int,
) -> dict[str, Any]:  # fmt: skip
    """Train and measure one variant with one seed, unless that is done; the result comes back and is in ``result.json``."""
    variant, folder = VARIANTS[name], out / f"{name}-{seed}"
    done = kept(folder / "result.json", budget)
    if done is not None:
        return done
    print(f"ablations: {name}, seed {seed}", file=sys.stderr, flush=True)
    start, config = time.process_time(), config_of(variant, seed, budget)
    learned, held = (Filled(each) if variant.plate_filled else each for each in given)
    if not variant.pooled and isinstance(learned, Pool):
        learned = learned.source
    train(config, learned, held, folder)
    trained = time.process_time() - start
    if variant.stage == "blend":
        records = measure_blender(load_checkpoint(checkpoint(folder))[0], held, budget.size, count)
    else:
        records = measure_harmonizer(harmonizer(name, folder, budget.size), sets)
    result = {"variant": name, "stage": variant.stage, "seed": seed, "budget": list(budget), "config": asdict(config)}
    result |= {"cpu_seconds": trained, "records": [record | {"variant": name, "seed": seed} for record in records]}
    (folder / "result.part").write_text(json.dumps(result), encoding="utf-8")
    (folder / "result.part").replace(folder / "result.json")
    return result


def finished(folder: Path, budget: Budget) -> dict[tuple[str, int], dict[str, Any]]:
    """Every result of this budget by variant and seed, in the order of ``VARIANTS``."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*/result.json")]
    ours = {(each["variant"], each["seed"]): each for each in found if each["budget"] == list(budget)}
    return {key: ours[key] for key in sorted(ours, key=lambda key: (list(VARIANTS).index(key[0]), key[1]))}


# ---- what is told of them ------------------------------------------------------------------------------------------


def ratio_bin(ratio: float) -> str:
    """The bin of a foreground's share.

    >>> ratio_bin(0.3)
    '0.25-0.5'
    """
    at = min(int(np.searchsorted(BINS, ratio, side="right")), len(BINS) - 1)
    return f"{BINS[at - 1]:g}-{BINS[at]:g}"


def error_ratio(records: list[dict[str, Any]], metric: str = "fmse", to: str = "nothing") -> dict[int, float]:
    """For each seed: the sum of an error over the sum of another, as a share of doing nothing or of the right plate."""
    seeds: dict[int, list[dict[str, Any]]] = {}
    for record in records:
        seeds.setdefault(record["seed"], []).append(record)
    return {seed: sum(row[metric] for row in rows) / max(sum(row[to] for row in rows), 1e-9) for seed, rows in seeds.items()}
