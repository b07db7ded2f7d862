"""How true the full-size picture is to what the network answered at its own size, and how much of the texture is kept.

    python benchmarks/lifted.py DATA [--split validation] [--limit 24]

Photos of people are recolored at their own size and harmonized. ``kept``: the lifted picture, shrunk to the network's size,
against the answer itself in the foreground (alpha of at least one half), in dB. ``texture``: SSIM of gradient magnitudes to the
picture before, inside the person, after matching mean and deviation. ``halo``: the largest change in the 8 pixels outside the
alpha, in levels.

The first row is the shipped network's own transform. The others take an answer as a picture, as the paper's network gives it, and
fit it: ``network`` is the shipped network's answer, ``uneven`` a light across the person that also depends on brightness, and
``noisy`` the first with noise of two levels, which must not be lifted.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

import cleanplate
from cleanplate.pixels import holes
from cleanplate.pixels.color import FloatArray, to_float, to_uint8
from cleanplate.pixels.resampling import squash
from cleanplate.stages import compositing, matting
from cleanplate.stages.compositing import Layer
from cleanplate.training.experiments import measures
from cleanplate.training.measure import evaluate, metrics
from cleanplate.training.readers import datasets
from cleanplate.training.samples.synthesis import Material
from cleanplate.transforms import applying, fitting
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box

HALO = 8  # pixels outside the alpha that are looked at
SETS = ("reinhard", "graded")
KINDS: tuple[fitting.Kind, ...] = ("affine", "bilateral-grid", "lut")


class Case(NamedTuple):
    """A composite at full size, its alpha, the network's transform, and the composite and alpha at the network's size."""

    pixels: np.ndarray
    alpha: FloatArray
    transform: Transform
    small: FloatArray
    covered: FloatArray


def material(photo: datasets.Photo) -> Material | None:
    """As ``evaluate.person_material`` at the photo's own size."""
    picture = datasets.load(photo)
    if photo.mask is None:
        alpha = matting.refine(matting.predict(picture, 512), picture)
    else:
        alpha = datasets.load_mask(photo, picture.shape[:2])
    alpha = np.clip(alpha, 0, 1)  # an average may be 1 and a rounding error
    return Material(picture, alpha, holes.fill(picture, alpha)) if 0.02 < alpha.mean() < 0.9 else None


def cases(photo: datasets.Photo, styles: list[FloatArray], compositor: cleanplate.Compositor) -> Iterator[Case]:
    made = material(photo)
    for name, sample in evaluate.harmonization_samples(photo, made, styles) if made else ():
        if name.endswith(SETS):
            pixels, side = to_uint8(sample.composite), compositor.harmonizer.side
            plate = cleanplate.Plate(cleanplate.Image(to_uint8(sample.plate)))
            found = compositor.harmonize(cleanplate.Image(pixels), sample.alpha, plate)
            assert found.transform is not None
            yield Case(pixels, sample.alpha, found.transform, to_float(squash(pixels, side)), squash(sample.alpha, side))


def answers(case: Case) -> dict[str, FloatArray]:
    """Pictures at the network's size that stand for answers in RGB."""
    side = len(case.small)
    answer = np.clip(applying.apply(case.transform, case.small, Box(0, 0, side, side), (side, side)), 0, 1)
    light = 1 + 0.3 * np.sin(np.linspace(0, 2 * np.pi, side, dtype=np.float32))[None, :, None]
    grey = cv2.cvtColor(case.small, cv2.COLOR_RGB2GRAY)[..., None]
    uneven = np.clip(case.small * light * (0.8 + 0.4 * grey), 0, 1)
    noise = np.random.default_rng(0).normal(0, 2 / 255, answer.shape).astype(np.float32)
    return {"network": answer, "uneven": np.asarray(uneven, np.float32), "noisy": np.clip(answer + noise, 0, 1)}


def measured(case: Case, transform: Transform, answer: FloatArray) -> tuple[float, float, float]:
    """The answer kept, the texture kept, the halo."""
    lifted, whole = case.pixels.copy(), Box(0, 0, *case.alpha.shape)
    compositing.compose(lifted, Layer(case.pixels, case.alpha, whole), transform)
    seen, wanted = squash(to_float(lifted), len(answer)), case.small + case.covered[..., None] * (answer - case.small)
    kept = metrics.psnr(metrics.mean_squared_error(seen, wanted, metrics.foreground(case.covered)), 1.0)
    area = measures.interior(case.alpha)
    texture = measures.content(to_float(lifted), to_float(case.pixels), area)
    near = cv2.dilate((case.alpha > 0).astype(np.uint8), np.ones((2 * HALO + 1,) * 2, np.uint8)) > 0
    outside = near & (case.alpha == 0)
    halo = np.abs(lifted[outside].astype(int) - case.pixels[outside])
    return kept, texture, float(halo.max()) if halo.size else 0.0


def row(name: str, figures: list[tuple[float, float, float]]) -> str:
    kept, texture, halo = np.array(figures).T
    kept_of, texture_of = (np.median(kept), np.quantile(kept, 0.05)), (np.median(texture), np.quantile(texture, 0.05))
    return f"| {name} | {kept_of[0]:.1f} | {kept_of[1]:.1f} | {texture_of[0]:.4f} | {texture_of[1]:.4f} | {halo.max():.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--split", default="validation")
    parser.add_argument("--limit", type=int, default=24)
    given = parser.parse_args()
    compositor = cleanplate.Compositor()
    chosen = datasets.select(datasets.read_tree(given.data), given.split)
    styles = [squash(datasets.load(each), 64) for each in chosen if each.kind in ("scenes", "styles")]
    people = datasets.spread([each for each in chosen if each.kind in ("portraits", "fullbody")], given.limit)
    own: list[tuple[float, float, float]] = []
    fitted: dict[str, list[tuple[float, float, float]]] = {}
    for case in (case for photo in people for case in cases(photo, styles, compositor)):
        pictures = answers(case)
        own.append(measured(case, case.transform, pictures["network"]))
        for kind in KINDS:
            for name, answer in pictures.items():
                transform = fitting.fit(case.small, answer, case.covered, kind)
                true = answer if name != "noisy" else pictures["network"]
                fitted.setdefault(f"{name}, {kind}", []).append(measured(case, transform, true))
    print(f"{len(own)} composites of {len(people)} photos\n")
    print("| answer | kept, median dB | worst 5 % | texture, median | worst 5 % | halo |\n|---|---:|---:|---:|---:|---:|")
    print(row("network's own transform", own))
    for name, figures in sorted(fitted.items(), key=lambda each: each[0].split(",")[0]):
        print(row(name, figures))


if __name__ == "__main__":
    main()
