"""How the matte is brought to full size, and how a photo without a person is told.

    python benchmarks/mattes.py DATA [--count 40]

DATA is laid out as docs/training.md says; only photos never trained on are used.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from cleanplate.film import soft_edges
from cleanplate.pixels.color import FloatArray, to_uint8
from cleanplate.pixels.resampling import resize
from cleanplate.stages import matting
from cleanplate.training.readers import datasets


def guided(small: FloatArray, picture: FloatArray, radius: int, epsilon: float = 1e-4) -> FloatArray:
    """He and Sun's fast guided filter with a gray guide, for comparison."""
    full = picture.mean(-1)
    guide = resize(full, small.shape)

    def mean(array: FloatArray) -> FloatArray:
        return np.asarray(cv2.blur(array, (2 * radius + 1, 2 * radius + 1)))

    slope = (mean(guide * small) - mean(guide) * mean(small)) / (mean(guide * guide) - mean(guide) ** 2 + epsilon)
    offset = mean(small) - slope * mean(guide)
    return np.clip(resize(mean(slope), full.shape) * full + resize(mean(offset), full.shape), 0, 1)


def enlarging(people: list[datasets.Photo]) -> None:
    """A full-size matte is shrunk by 2 and 4 and brought back; mean absolute error (x1000) where the true one is soft."""
    ways: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
        "bilinear": lambda small, picture: resize(small, picture.shape[:2]),
        "bicubic": lambda small, picture: np.clip(cv2.resize(small, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC), 0, 1),
    }
    for radius in (1, 4):
        ways[f"guided filter, radius {radius}"] = partial(guided, radius=radius)
    for epsilon in (0.003, 0.03, 0.3):
        ways[f"refine, epsilon {epsilon:g}"] = partial(matting.refine, epsilon=epsilon)
    ways["refine by luminance alone, as films"] = lambda small, picture: np.clip(soft_edges.refined(small, to_uint8(picture)), 0, 1)
    rows: dict[tuple[str, int], list[float]] = {}
    for photo in people:
        picture = datasets.load(photo)
        truth = resize(matting.predict(picture, min(picture.shape[:2])), picture.shape[:2])
        soft = (truth > 0.02) & (truth < 0.98)
        for factor in (2, 4):
            small = resize(truth, (truth.shape[0] // factor, truth.shape[1] // factor))
            for name, way in ways.items():
                rows.setdefault((name, factor), []).append(float(np.abs(way(small, picture) - truth)[soft].mean() * 1000))
    print(f"\nEnlarging a matte, {len(people)} photos: mean absolute error x1000 in the soft band\n")
    print("| way | from 1/2 | from 1/4 |\n|---|---:|---:|")
    for name in ways:
        print(f"| {name} | {np.mean(rows[name, 2]):.1f} | {np.mean(rows[name, 4]):.1f} |")


def presence(photos: list[datasets.Photo], scale: float = 1.0) -> list[bool]:
    """Whether a person is seen in each photo, shown at a part of a grey frame's size."""
    found = []
    for photo in photos:
        picture = datasets.load(photo)
        height, width = (round(side / scale) for side in picture.shape[:2])
        frame = np.full((height, width, 3), 0.5, np.float32)
        frame[-picture.shape[0] :, : picture.shape[1]] = picture
        found.append(matting.someone(matting.without_strays(matting.predict(frame, matting.PHOTO_SIDE))))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--count", type=int, default=40)
    given = parser.parse_args()
    chosen = datasets.select(datasets.read_tree(given.data), "validation")
    names = ("portraits", "fullbody", "scenes")
    kinds = {name: datasets.spread([each for each in chosen if each.kind == name], given.count) for name in names}
    enlarging(kinds["portraits"])
    print("\nIs somebody there?\n\n| photos | n | found |\n|---|---:|---:|")
    for name, photos, scale in (
        ("portraits", kinds["portraits"], 1.0),
        ("full bodies", kinds["fullbody"], 1.0),
        ("full bodies in a quarter of the frame", kinds["fullbody"], 0.5),
        ("scenes without people", kinds["scenes"], 1.0),
    ):
        print(f"| {name} | {len(photos)} | {np.mean(presence(photos, scale)):.0%} |")


if __name__ == "__main__":
    main()
