"""What it costs to leave a picture alone when the harmonizer is unsure: error and share made worse, by the confidence asked for.

    python benchmarks/confidence.py DATA [--weights FOLDER] [--split validation]

The shipped bounds are ``networks.UNSURE`` and ``SURE``; here every bound is tried on whole answers.
"""

import argparse
from pathlib import Path

import numpy as np

import cleanplate
from cleanplate import networks
from cleanplate.color import to_uint8
from cleanplate.resampling import squash
from cleanplate.training import candidates, datasets, evaluate, metrics
from cleanplate.training.synthesis import Sample

BOUNDS = (0.0, 0.66, 0.68, 0.70, 0.72, 0.74, 0.76, 0.78, 0.80, 0.85, 0.90)


def measured(sample: Sample, compositor: cleanplate.Compositor) -> tuple[float, float, float]:
    """fMSE of doing nothing and of the answer, and the confidence."""
    composite = cleanplate.Image(to_uint8(sample.composite))
    target, mask = to_uint8(sample.target), metrics.foreground(sample.alpha)
    answer = compositor.harmonize(composite, sample.alpha, cleanplate.Plate(cleanplate.Image(to_uint8(sample.plate))))
    confidence = answer.transform.confidence if answer.transform else 1.0
    nothing, ours = (metrics.mean_squared_error(each, target, mask) for each in (composite.pixels, answer.image.pixels))
    return nothing, ours, confidence


def row(rows: np.ndarray, bound: float) -> str:
    """Share left alone, error over that of doing nothing, share made worse."""
    nothing, ours, confidence = rows.T
    taken = np.where(confidence >= bound, ours, nothing)
    return f"{(confidence < bound).mean():.2f} / {taken.mean() / nothing.mean():.3f} / {(taken > nothing).mean():.3f}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--split", default="validation")
    given = parser.parse_args()
    networks.UNSURE = networks.SURE = 0.0  # all of every answer
    compositor = candidates.compositor(given.weights) if given.weights else cleanplate.Compositor()
    chosen = datasets.select(datasets.read_tree(given.data), given.split)
    styles = [squash(datasets.load(each), 64) for each in chosen if each.kind in ("scenes", "styles")]
    sets: dict[str, list[tuple[float, float, float]]] = {}
    for photo in (each for each in chosen if each.kind in ("portraits", "fullbody")):
        material = evaluate.person_material(photo)
        for name, sample in evaluate.harmonization_samples(photo, material, styles) if material else ():
            sets.setdefault(name, []).append(measured(sample, compositor))
    sets["all"] = [each for rows in sets.values() for each in rows]
    print("left alone / error over that of doing nothing / made worse\n")
    print("| set | " + " | ".join(f"{bound:.2f}" for bound in BOUNDS) + " |\n|---|" + "---:|" * len(BOUNDS))
    for name, rows in sets.items():
        print(f"| {name} | " + " | ".join(row(np.array(rows), bound) for bound in BOUNDS) + " |")


if __name__ == "__main__":
    main()
