"""The paper's two networks against the usual chain: every blend with every harmonization, at alphas from true to bad.

A recolored person stands before a source background; the alpha is what a user would have. After blending, the truth is the same
person composited with the true alpha and colors; after harmonizing, the untouched photo.
"""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np

from cleanplate.compositor import Compositor
from cleanplate.pixels.color import FloatArray, to_uint8
from cleanplate.pixels.over import over
from cleanplate.pixels.resampling import resize
from cleanplate.stages import edge_colors, matting
from cleanplate.training.experiments import measures
from cleanplate.training.experiments.methods import Method, Methods
from cleanplate.training.measure import baselines, metrics
from cleanplate.training.measure.baselines import Blend
from cleanplate.training.samples import portraits, synthesis

LEVELS = (0.33, 0.67, 1.0)  # how far a corrupted alpha is from the true one on its way to a thoroughly bad one


class Case(NamedTuple):
    """One person: what is given (``source``, ``plate``) and what both stages should have made of it."""

    source: FloatArray
    alpha: FloatArray
    plate: FloatArray
    source_background: FloatArray
    blended: FloatArray
    target: FloatArray


def case(sample: synthesis.Sample, background: FloatArray) -> Case:
    """From a harmonization pair: its recolored person, put before another background, is the source photo."""
    foreground = edge_colors.estimate_colors(sample.composite, sample.alpha)[0]
    source = over(foreground, sample.alpha, background)
    wanted = edge_colors.estimate_colors(sample.target, sample.alpha)[0]
    blended, target = (over(each, sample.alpha, sample.plate) for each in (foreground, wanted))
    return Case(source, sample.alpha, sample.plate, background, blended, target)


def predicted(found: Case) -> FloatArray:
    """What the matting network makes of the source at 256 pixels."""
    return np.asarray(np.clip(resize(matting.predict(found.source, 256), found.alpha.shape), 0, 1), np.float32)


def alphas(found: Case, seed: int) -> dict[str, FloatArray]:
    """The true alpha, the one predicted on the source, and three on the way to a corrupted one."""
    bad = portraits.corrupt(np.random.default_rng(seed), found.alpha)
    levels = {f"corrupted-{i + 1}": found.alpha + np.float32(level) * (bad - found.alpha) for i, level in enumerate(LEVELS)}
    return {"true": found.alpha, "predicted": predicted(found)} | levels


def blends(compositor: Compositor) -> dict[str, Blend]:
    """Four ways to put a source into a plate."""
    return {
        "linear": baselines.linear,
        "linear-blur-fusion": baselines.blur_fusion,
        "linear-multilevel": baselines.linear_foreground,
        "learned": lambda source, alpha, plate: compositor.blend(source, np.ascontiguousarray(alpha), plate),
    }


# ---- measuring -----------------------------------------------------------------------------------------------------


def blend_quality(answer: FloatArray, found: Case) -> dict[str, float]:
    """What the edge looks like after blending."""
    region, pixels, truth = metrics.band(found.alpha), to_uint8(answer), to_uint8(found.blended)
    edges = np.abs(measures.gradients(answer) - measures.gradients(found.blended))
    return {
        "band_psnr": metrics.psnr(metrics.mean_squared_error(pixels, truth, region)),
        "band_l1": metrics.mean_absolute_error(pixels, truth, region),
        "band_gradient": float(edges[region > 0].mean()) * 255,
        "contamination": abs(metrics.contamination(pixels, truth, found.alpha, found.source_background, found.plate)),
    }


def whole_quality(answer: FloatArray, found: Case) -> dict[str, float]:
    """What the picture looks like after harmonizing."""
    pixels, truth = to_uint8(answer), to_uint8(found.target)
    gray, wanted = (np.asarray(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), np.float32) for each in (answer, found.target))
    whole, region = metrics.mean_squared_error(pixels, truth), metrics.band(found.alpha)
    return {
        "fmse": metrics.mean_squared_error(pixels, truth, metrics.foreground(found.alpha)),
        "psnr": metrics.psnr(whole),
        "fssim": measures.similarity(gray, wanted, found.alpha >= 0.5),
        "final_band_l1": metrics.mean_absolute_error(pixels, truth, region),
    }


def harmonized_first(method: Method, blend: Blend, found: Case, alpha: FloatArray) -> FloatArray:
    """The two stages the other way round: the change that harmonizing makes of the linear composite goes into the source first."""
    linear = over(found.source, alpha, found.plate)
    moved = np.asarray(np.clip(found.source + method(linear, alpha, found.plate) - linear, 0, 1), np.float32)
    corrected, foreground = blend(moved, alpha, found.plate)
    return over(foreground, corrected, found.plate)


def run(methods: Methods, ways: dict[str, Blend], cases: list[Case]) -> list[dict[str, Any]]:
    """One record for each case, alpha, blend, method and seed; times in milliseconds of this process.

    The last blend is also run after harmonizing, as ``NAME-last``.
    """
    records = []
    for index, found in enumerate(cases):
        region = metrics.band(found.alpha) > 0
        for quality, alpha in alphas(found, index).items():
            error = float(np.abs(alpha - found.alpha)[region].mean())
            for way, blend in ways.items():
                start = time.process_time()
                corrected, foreground = blend(found.source, alpha, found.plate)
                composite = over(foreground, corrected, found.plate)
                given = {"sample": index, "alpha": quality, "alpha_error": error, "blend": way}
                given |= {"blend_ms": 1000 * (time.process_time() - start)} | blend_quality(composite, found)
                for name, seed, method in each_of(methods):
                    start = time.process_time()
                    answer = method(composite, corrected, found.plate)
                    spent = 1000 * (time.process_time() - start)
                    records.append(given | {"method": name, "seed": seed, "harmonize_ms": spent} | whole_quality(answer, found))
            for name, seed, method in each_of(methods):  # of the last blend
                given = {"sample": index, "alpha": quality, "alpha_error": error, "blend": f"{way}-last"}
                answer = harmonized_first(method, blend, found, alpha)
                records.append(given | {"method": name, "seed": seed} | whole_quality(answer, found))
    return records


def each_of(methods: Methods) -> Iterator[tuple[str, int, Method]]:
    """(name, seed, method)"""
    return ((name, seed, method) for name, seeds in methods.items() for seed, method in seeds.items())


def degradation(records: list[dict[str, Any]], metric: str) -> float:
    """How many levels of an error come with each hundredth of alpha error: the least-squares slope over all samples and alphas."""
    return measures.slope([100 * record["alpha_error"] for record in records], [record[metric] for record in records])
