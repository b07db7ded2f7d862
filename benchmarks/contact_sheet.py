"""Pictures to be looked at: people never trained on, put on plates never trained on.

    python benchmarks/contact_sheet.py DATA OUT_FOLDER [--count 12] [--zoom] [--faces] [--walls] [--weights FOLDER]

Writes one strip for each pair (photo, plate, cut and paste, cleanplate) and a sheet of all; with --zoom also the upper edge of the
person, twice enlarged: linear blend, linear with estimated colors, cleanplate's blend. With --faces instead 24 portraits of all
skin tones on a warm, a cold, a dark and a bright plate: photo, then of each plate cut and paste above cleanplate. With --walls
people taken before walls of pure hues, put on scenes: head in the photo, cut and paste, estimated colors, cleanplate's, truth.
"""

import argparse
import itertools
from pathlib import Path

import cv2
import numpy as np

import cleanplate
from cleanplate.pixels import over
from cleanplate.pixels.color import to_float, to_uint8
from cleanplate.pixels.resampling import enlarge_cubic, resize, squash
from cleanplate.stages import edge_colors, framing
from cleanplate.training.measure import boundaries, candidates
from cleanplate.training.readers import datasets
from cleanplate.training.samples import skin

HEIGHT = 360  # pixels of a strip
FACES, FACE = 24, 200  # portraits, and pixels of a face


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
    cutout, box = framing.place(compositor.cutout(photo), plate.image.size, cleanplate.Placement())
    source, behind = to_float(cutout.image.pixels), to_float(plate.image.pixels[box.slices])
    alpha, foreground = compositor.blend(source, cutout.alpha, behind)
    ways = (
        over.over(source, cutout.alpha, behind),
        over.over(edge_colors.estimate_colors(source, cutout.alpha)[0], cutout.alpha, behind),
        over.over(foreground, alpha, behind),
    )
    top, middle = max(0, int(np.argmax((cutout.alpha > 0.5).any(1))) - 30), box.width // 2
    cuts = [to_uint8(each[top : top + 240, max(0, middle - 160) : middle + 160]) for each in ways]
    return np.concatenate([enlarge_cubic(cut, (2 * cut.shape[0], 2 * cut.shape[1])) for cut in cuts], 1)


# ---- faces ---------------------------------------------------------------------------------------------------------


def extremes(scenes: list[datasets.Photo]) -> dict[str, datasets.Photo]:
    """Of these scenes the warmest, the coldest, the darkest and the brightest, by their mean in CIELAB."""
    means = np.array([cv2.cvtColor(squash(datasets.load(each), 64), cv2.COLOR_RGB2LAB).mean((0, 1)) for each in scenes])
    at = {"warm": means[:, 2].argmax(), "cold": means[:, 2].argmin(), "dark": means[:, 0].argmin(), "bright": means[:, 0].argmax()}
    return {name: scenes[int(index)] for name, index in at.items()}


def of_all_tones(people: list[datasets.Photo], count: int) -> list[tuple[str, datasets.Photo]]:
    """(tone, portrait): as evenly as there are, by turns from each tone."""
    by_tone: dict[str, list[datasets.Photo]] = {}
    for each in people:
        picture = datasets.load(each)
        by_tone.setdefault(skin.tone(picture, datasets.load_mask(each, picture.shape[:2])), []).append(each)
    queues = [(name, by_tone[name]) for name, _ in skin.TONES if name in by_tone]
    turns = ((name, queue[turn]) for turn in range(len(people)) for name, queue in queues if turn < len(queue))
    return sorted(itertools.islice(turns, count), key=lambda pair: [name for name, _ in skin.TONES].index(pair[0]))


def head(picture: np.ndarray, alpha: np.ndarray, wide: int = FACE) -> np.ndarray:
    """A square around the upper part of the person, ``wide`` pixels wide."""
    box = framing.extent(alpha, framing.SEEN)
    side = min(*picture.shape[:2], max(64, min(box.width, box.height)))
    middle = int(np.average(np.arange(alpha.shape[1]), weights=alpha[box.top : box.top + side // 2].sum(0) + 1e-6))
    left = int(np.clip(middle - side // 2, 0, picture.shape[1] - side))
    top = int(np.clip(box.top - side // 10, 0, picture.shape[0] - side))
    return resize(picture[top : top + side, left : left + side], (wide, wide))


def faces(person: datasets.Photo, plates: list[cleanplate.Plate], compositor: cleanplate.Compositor) -> np.ndarray:
    """The photo's head, and on every plate that of cut and paste above that of cleanplate."""
    photo = cleanplate.read_image(person.image)
    cutout = compositor.cutout(photo)
    plain = cleanplate.Settings(blend=False, harmonize=False)
    columns = [np.concatenate([head(photo.pixels, cutout.alpha), np.zeros((FACE, FACE, 3), np.uint8)])]
    for plate in plates:
        pasted, ours = compositor.compose(cutout, plate, settings=plain), compositor.compose(cutout, plate)
        alpha = np.zeros(plate.image.size, np.float32)
        alpha[ours.box.slices] = ours.alpha
        columns.append(np.concatenate([head(each.image.pixels, alpha) for each in (pasted, ours)]))
    return np.concatenate(columns, 1)


def padded(rows: list[np.ndarray]) -> cleanplate.Image:
    """Rows of any width under each other."""
    width = max(row.shape[1] for row in rows)
    return cleanplate.Image(np.concatenate([np.pad(row, ((0, 4), (0, width - row.shape[1]), (0, 0))) for row in rows]))


def face_sheet(chosen: list[datasets.Photo], out: Path, compositor: cleanplate.Compositor) -> None:
    """Four sheets of six portraits."""
    scenes = extremes([each for each in chosen if each.kind == "scenes"])
    print("plates:", ", ".join(f"{name} {each.name}" for name, each in scenes.items()))
    plates, rows = [cleanplate.Plate.open(each.image) for each in scenes.values()], []
    portraits = [each for each in chosen if each.kind == "portraits" and each.mask]
    for index, (tone, person) in enumerate(of_all_tones(portraits, FACES)):
        rows.append(faces(person, plates, compositor))
        print(f"{index + 1:02}: {tone}, {person.name}")
    for first in range(0, len(rows), 6):
        cleanplate.write_image(padded(rows[first : first + 6]), out / f"faces-{first // 6 + 1}.png", overwrite=True)


def wall_sheet(chosen: list[datasets.Photo], out: Path, compositor: cleanplate.Compositor, count: int) -> None:
    """``count`` people before walls of hues all around the circle; not harmonized, so that a fringe is the blend's own."""
    scenes = [each for each in chosen if each.kind == "scenes"]
    people = ((each, boundaries.trusted(each)) for each in chosen if each.kind == "portraits")
    rows = []
    for index, (photo, found) in enumerate(itertools.islice(((a, b) for a, b in people if b is not None), count)):
        case = boundaries.saturated_case(photo, index / count, boundaries.known(*found), scenes)
        alpha, foreground = compositor.blend(case.source, case.alpha, case.plate)
        estimated = edge_colors.estimate_colors(case.source, case.alpha)[0]
        ways = ((case.source, case.alpha), (estimated, case.alpha), (foreground, alpha))
        pictures = [to_uint8(case.source), *(to_uint8(over.over(*way, case.plate)) for way in ways), case.target]
        rows.append(np.concatenate([head(each, case.person.alpha, 2 * FACE) for each in pictures], 1))
        print(f"{index + 1:02}: {photo.name}")
    for first in range(0, len(rows), 3):
        cleanplate.write_image(padded(rows[first : first + 3]), out / f"walls-{first // 3 + 1}.png", overwrite=True)


def pair_sheet(chosen: list[datasets.Photo], out: Path, compositor: cleanplate.Compositor, count: int, zoom: bool) -> None:
    """A strip for each of ``count`` pairs, and all of them under each other."""
    people = datasets.spread([each for each in chosen if each.kind in ("portraits", "fullbody")], count)
    plates = datasets.spread([each for each in chosen if each.kind == "scenes"], count)
    rows, zooms = [], []
    for person, scene in zip(people, plates, strict=True):
        photo, plate = cleanplate.read_image(person.image), cleanplate.Plate.open(scene.image)
        try:
            rows.append(strip(photo, plate, compositor))
        except cleanplate.NoPersonError as error:
            print(f"{person.name}: {error}")
            continue
        cleanplate.write_image(cleanplate.Image(rows[-1]), out / f"{len(rows):02}.png", overwrite=True)
        print(f"{len(rows):02}: {person.name} on {scene.name}")
        if zoom:
            zooms.append(zoomed(photo, plate, compositor))
            cleanplate.write_image(cleanplate.Image(zooms[-1]), out / f"{len(rows):02}-edge.png", overwrite=True)
    cleanplate.write_image(padded(rows), out / "sheet.png", overwrite=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--zoom", action="store_true")
    parser.add_argument("--faces", action="store_true")
    parser.add_argument("--walls", action="store_true")
    parser.add_argument("--weights", type=Path)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    chosen = datasets.select(datasets.read_tree(given.data), "validation")
    compositor = candidates.compositor(given.weights) if given.weights else cleanplate.Compositor()
    if given.faces:
        face_sheet(chosen, given.out, compositor)
    elif given.walls:
        wall_sheet(chosen, given.out, compositor, given.count)
    else:
        pair_sheet(chosen, given.out, compositor, given.count, given.zoom)


if __name__ == "__main__":
    main()
