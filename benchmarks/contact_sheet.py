"""Pictures to be looked at: people never trained on, put on plates never trained on.

    python benchmarks/contact_sheet.py DATA OUT_FOLDER [--count 12] [--zoom]

Writes one strip for each pair (photo, plate, cut and paste, cleanplate) and a sheet of all; with --zoom also the upper edge of the
person, twice enlarged: linear blend, linear with estimated colors, cleanplate's blend.
"""

import argparse
from pathlib import Path

import numpy as np

import cleanplate
from cleanplate import compositing, matting
from cleanplate.color import to_float, to_uint8
from cleanplate.resampling import enlarge_cubic, resize
from cleanplate.training import datasets, evaluate

HEIGHT = 360  # pixels of a strip


def fit(pixels: np.ndarray) -> np.ndarray:
    return resize(pixels, (HEIGHT, round(HEIGHT * pixels.shape[1] / pixels.shape[0])))


def strip(photo: cleanplate.Image, plate: cleanplate.Plate, compositor: cleanplate.Compositor) -> np.ndarray:
    """Photo, plate, cut and paste, the whole way."""
    cutout = compositor.cutout(photo)
    pasted = compositor.compose(cutout, plate, settings=cleanplate.Settings(blend=False, harmonize=False))
    ours = compositor.compose(cutout, plate)
    return np.concatenate([fit(each.pixels) for each in (photo, plate.image, pasted.image, ours.image)], 1)


def zoomed(photo: cleanplate.Image, plate: cleanplate.Plate, compositor: cleanplate.Compositor) -> np.ndarray:
    """The top of the person at twice the size, by three ways to blend, not harmonized."""
    cutout, box = compositing.place(compositor.cutout(photo), plate.image.size, cleanplate.Placement())
    source, behind = to_float(cutout.image.pixels), to_float(plate.image.pixels[box.slices])
    alpha, foreground = compositor.blend(source, cutout.alpha, behind)
    ways = (
        compositing.over(source, cutout.alpha, behind),
        compositing.over(matting.estimate_colors(source, cutout.alpha)[0], cutout.alpha, behind),
        compositing.over(foreground, alpha, behind),
    )
    top, middle = max(0, int(np.argmax((cutout.alpha > 0.5).any(1))) - 30), box.width // 2
    cuts = [to_uint8(each[top : top + 240, max(0, middle - 160) : middle + 160]) for each in ways]
    return np.concatenate([enlarge_cubic(cut, (2 * cut.shape[0], 2 * cut.shape[1])) for cut in cuts], 1)


def padded(rows: list[np.ndarray]) -> cleanplate.Image:
    """Rows of any width under each other."""
    width = max(row.shape[1] for row in rows)
    return cleanplate.Image(np.concatenate([np.pad(row, ((0, 4), (0, width - row.shape[1]), (0, 0))) for row in rows]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--zoom", action="store_true")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    chosen = datasets.select(datasets.read_tree(given.data), "validation")
    people = evaluate.spread([each for each in chosen if each.kind in ("portraits", "fullbody")], given.count)
    plates = evaluate.spread([each for each in chosen if each.kind == "scenes"], given.count)
    compositor, rows, zooms = cleanplate.Compositor(), [], []
    for person, scene in zip(people, plates, strict=True):
        photo, plate = cleanplate.read_image(person.image), cleanplate.Plate.open(scene.image)
        try:
            rows.append(strip(photo, plate, compositor))
        except cleanplate.NoPersonError as error:
            print(f"{person.name}: {error}")
            continue
        cleanplate.write_image(cleanplate.Image(rows[-1]), given.out / f"{len(rows):02}.png", overwrite=True)
        print(f"{len(rows):02}: {person.name} on {scene.name}")
        if given.zoom:
            zooms.append(zoomed(photo, plate, compositor))
            cleanplate.write_image(cleanplate.Image(zooms[-1]), given.out / f"{len(rows):02}-edge.png", overwrite=True)
    cleanplate.write_image(padded(rows), given.out / "sheet.png", overwrite=True)


if __name__ == "__main__":
    main()
