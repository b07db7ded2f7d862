"""Blending networks and classical ways side by side, on every kind of matte: band L1 and PSNR, as `cleanplate evaluate` has them.

    python -m benchmarks.blends DATA --weights NAME=FOLDER ... [--count 24]

FOLDER holds a `blend-NAME.onnx`, as `cleanplate export` writes it; `NAME=` is the shipped one. People are never trained on and have
a hand-made mask that the matte agrees with; fringes are taken off after each network, as in the product.
"""

import argparse
from pathlib import Path

from benchmarks import natural_pairs
from cleanplate.training.measure import boundaries
from cleanplate.training.readers import datasets

FIGURES = ("band_l1", "band_psnr")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--weights", action="append", default=[], metavar="NAME=FOLDER", required=True)
    parser.add_argument("--count", type=int, default=24)
    given = parser.parse_args()
    sets = natural_pairs.compositors(given.weights)
    chosen = datasets.select(datasets.read_tree(given.data), "validation")
    people = datasets.spread([each for each in chosen if each.kind == "portraits" and each.mask], given.count)
    scenes = [each for each in chosen if each.kind == "scenes"]
    first = next(iter(sets.values()))
    judged = boundaries.evaluate_blending(people, scenes, first, {name: each.blend for name, each in sets.items()})
    print(f"| mattes | method | {' | '.join(FIGURES)} |\n|---|---|---:|---:|")
    for kind, methods in judged.composites.means().items():
        for method, found in methods.items():
            if method != "ours":  # the first set once more
                print(f"| {kind} | {method} | {' | '.join(f'{found[name]:.2f}' for name in FIGURES)} |")


if __name__ == "__main__":
    main()
