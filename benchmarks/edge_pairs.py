"""Edges of natural portraits, twice as large, to be judged blind: each blending network's on a bright and on a dark plate.

    python -m benchmarks.edge_pairs DATA OUT_FOLDER --weights NAME=FOLDER ... [--count 24] [--skip 0] [--shuffle SEED]

FOLDER holds a `blend-NAME.onnx`, as `cleanplate export` writes it; `NAME=` is the shipped one. People are never
trained on. Of each the window is shown in which the old place shines most through the matte, beside the photo's own. Writes sheets
of four people and key.json, which says what is in which column: with --shuffle in another order in every row.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

import cleanplate
from benchmarks import natural_pairs
from cleanplate.compositor import Compositor
from cleanplate.pixels.color import FloatArray, as_float, to_uint8
from cleanplate.pixels.resampling import limited_size, reduce
from cleanplate.stages import edge_colors

LONG, SIDE = 720, 150  # pixels of a photo's long side, and of a window
BRIGHT, DARK = 0.92, 0.09  # of the plates


def small(cutout: cleanplate.Cutout) -> cleanplate.Cutout:
    """The cutout at the size at which it is judged."""
    size = limited_size(cutout.image.size, LONG)
    return cleanplate.Cutout(cleanplate.Image(reduce(cutout.image.pixels, size)), np.clip(reduce(cutout.alpha, size), 0, 1))


def window(picture: FloatArray, alpha: FloatArray) -> tuple[slice, slice]:
    """Where the old place shows most: how far its color is from the person's, summed over what is soft."""
    front, behind = edge_colors.sure_colors(picture, alpha)
    fault = cv2.boxFilter(np.abs(front - behind).mean(2) * alpha * (1 - alpha), -1, (SIDE, SIDE), normalize=False)
    row, column = np.unravel_index(int(fault.argmax()), fault.shape)
    top, left = (int(np.clip(at - SIDE // 2, 0, max(0, side - SIDE))) for at, side in zip((row, column), alpha.shape, strict=True))
    return slice(top, top + SIDE), slice(left, left + SIDE)


def large(picture: np.ndarray) -> np.ndarray:
    padded = np.pad(picture, [(0, SIDE - side) for side in picture.shape[:2]] + [(0, 0)])
    return cv2.resize(padded, (2 * SIDE, 2 * SIDE), interpolation=cv2.INTER_NEAREST)


def on_plates(cutout: cleanplate.Cutout, compositor: Compositor, part: tuple[slice, slice]) -> np.ndarray:
    """The window, the person cleaned by a compositor's network, on both plates."""
    found = compositor.clean(cutout)
    colors, alpha = as_float(found.image.pixels[part]), found.alpha[part][..., None]
    return np.concatenate([large(to_uint8(alpha * colors + (1 - alpha) * np.float32(level))) for level in (BRIGHT, DARK)], 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", action="append", default=[], metavar="NAME=FOLDER", required=True)
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--skip", type=int, default=0, help="people, so that others are judged than before")
    parser.add_argument("--shuffle", type=int)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    sets = natural_pairs.compositors(given.weights)
    rng, key, rows = np.random.default_rng(given.shuffle), [], []
    for photo in natural_pairs.people(given.data)[given.skip :]:
        try:
            cutout = small(next(iter(sets.values())).cutout(cleanplate.read_image(photo.image)))
        except cleanplate.NoPersonError:
            continue
        part, names = window(as_float(cutout.image.pixels), cutout.alpha), list(sets)
        names = [names[int(at)] for at in rng.permutation(len(names))] if given.shuffle is not None else names
        key.append({"row": len(rows), "photo": photo.name, "columns": names})
        row = np.concatenate([large(cutout.image.pixels[part]), *(on_plates(cutout, sets[name], part) for name in names)], 1)
        cv2.putText(row, str(len(rows)), (4, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 0), 1, cv2.LINE_AA)
        rows.append(row)
        if len(rows) == given.count:
            break
    natural_pairs.write_sheets(rows, key, given.out)


if __name__ == "__main__":
    main()
