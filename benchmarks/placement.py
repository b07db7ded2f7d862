"""How often people put into a plate show a straight cut where their photo ended.

    python benchmarks/placement.py DATA [--people 40] [--sheet OUT.png]

Validation people of the training folders on plates of five aspect ratios, placed by default. Nothing of the placement's own
knowledge is used: the photo is replaced by its coordinates, so that every pixel of the result says where it comes from. A cut is a
straight edge of the placed alpha that comes from the photo's border on that side, or a longer one from so near to it that a frame
in the photo may have made it (``CUT``); a round head is not one: a few pixels deeper it is more than half as wide again. Counted
too is how often the plate's border takes eyes or mouth of the face that is seen in the photo, and how many people are enlarged
(``ENLARGED``). Prints the pairs of the first two kinds, and how many there are; exits with 1 if there is any. With --sheet what is
seen: a row for each person, those marked red.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

import cleanplate
from cleanplate.pixels import over
from cleanplate.pixels.color import to_float, to_uint8
from cleanplate.pixels.resampling import reduce
from cleanplate.stages import faces, framing, placing, silhouettes
from cleanplate.training.readers import datasets

SIZES = {"16:9": (360, 640), "3:2": (400, 600), "1:1": (480, 480), "4:5": (600, 480), "9:16": (640, 360)}
CUT = ((0.007, 0.03), (0.045, 0.2))  # so near to the photo's border, over its longer side, and so long, over the plate's height
STRAIGHT, DEEPER, ROUND = 1, 4, 1.5  # pixels that a straight edge may bend; at that depth a round shape is so many times as wide
EYES, MOUTH = 0.15, 0.78  # of a face as the detector frames it, from its top
ENLARGED = 1.25  # times the size at which their photo fills the plate's height
ROW = 200  # pixels of a row of the sheet


def coordinates(cutout: cleanplate.Cutout) -> cleanplate.Cutout:
    """The cutout with red and green for how far down and right each of its pixels lies."""
    height, width = cutout.size
    down, across = (np.linspace(0, 65535, side).astype(np.uint16) for side in (height, width))
    pixels = np.zeros((height, width, 3), np.uint16)
    pixels[..., 0], pixels[..., 1] = down[:, None], across
    return cleanplate.Cutout(cleanplate.Image(pixels), cutout.alpha, bled=True, **cropped(cutout))


def cropped(cutout: cleanplate.Cutout) -> dict:
    return {"cropped": cutout.cropped} if hasattr(cutout, "cropped") else {}


def cut(alpha: np.ndarray, near: np.ndarray) -> int:
    """The length of the longest straight upper edge that comes from near the photo's border; for other sides turn both."""
    solid = (alpha >= 0.5) & near
    tops = np.where((alpha >= 0.5).any(0), (alpha >= 0.5).argmax(0), -DEEPER - 1)  # of the highest parts only
    best = 0
    for top in np.unique(tops[tops > STRAIGHT]):  # none at the plate's own edge
        flat, deep = ((tops >= top) & (tops <= top + more) for more in (STRAIGHT, DEEPER))
        flat &= solid[tops, np.arange(len(tops))]
        for first, last in runs(flat):
            wide = next(end - start for start, end in runs(deep) if start <= first < end)
            if wide <= ROUND * (last - first):
                best = max(best, last - first)
    return best


def runs(line: np.ndarray) -> list[tuple[int, int]]:
    """Where a boolean array is true: from, to."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], line, [0]])))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def cuts(placed: cleanplate.Cutout, box: framing.Box, plate: tuple[int, int], longer: tuple[float, float]) -> dict[str, int]:
    """The length of the longest cut at each side.

    Args:
        longer: the photo's longer side, over its height and its width.
    """
    alpha, where = np.zeros(plate, np.float32), np.full((*plate, 2), 0.5, np.float32)
    alpha[box.slices], where[box.slices] = placed.alpha, to_float(placed.image.pixels)[..., :2]
    down, across = where[..., 0] / longer[0], where[..., 1] / longer[1]
    turned = {
        "top": (alpha, down), "bottom": (alpha[::-1], 1 / longer[0] - down[::-1]),
        "left": (alpha.T, across.T), "right": (alpha.T[::-1], 1 / longer[1] - across.T[::-1]),
    }  # fmt: skip
    found = {}
    for side, (cover, away) in turned.items():
        for near, least in CUT:
            length = cut(cover, away < near)
            if length >= least * plate[0]:
                found[side] = max(length, found.get(side, 0))
    return found


def by_default(cutout: cleanplate.Cutout, plate: tuple[int, int]) -> tuple[cleanplate.Placement, bool]:
    """The default placement in figures, since a person of coordinates has no face to be seen; and whether it enlarges them."""
    person = silhouettes.of(cutout, framing.extent(cutout.alpha, framing.SEEN))
    stand = placing.stand(person, plate, cleanplate.Placement())
    place = cleanplate.Placement(
        height=stand.scale * (person.bottom - person.top) / plate[0],
        x=(stand.left + stand.scale * person.foot) / plate[1], y=(stand.top + stand.scale * person.bottom) / plate[0],
    )  # fmt: skip
    return place, stand.scale > ENLARGED * placing.own_scale(person, plate)


def faceless(cutout: cleanplate.Cutout, placed: cleanplate.Cutout) -> bool:
    """Whether a face is seen in the photo of which the placed coordinates show the eyes or the mouth no more."""
    face = faces.face(cutout.image.pixels, cutout.alpha, framing.extent(cutout.alpha, framing.SEEN))
    if face is None:
        return False
    rows = to_float(placed.image.pixels)[..., 0] * (cutout.size[0] - 1)
    eyes, mouth = (face.top + share * (face.bottom - face.top) for share in (EYES, MOUTH))
    return bool(rows.min() > eyes or rows.max() < mouth)


def shown(cutout: cleanplate.Cutout, plate: np.ndarray, cut: bool) -> np.ndarray:
    placed, box = framing.place(cutout, plate.shape[:2], cleanplate.Placement())
    picture = to_float(plate)
    picture[box.slices] = over.over(to_float(placed.image.pixels), placed.alpha, picture[box.slices])
    small = reduce(to_uint8(picture), (ROW, round(ROW * plate.shape[1] / plate.shape[0])))
    small[:4] = (255, 0, 0) if cut else small[:4]
    return np.pad(small, ((2, 2), (2, 2), (0, 0)))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--sheet", type=Path)
    given = parser.parse_args()
    chosen = datasets.select(datasets.read_tree(given.data), "validation")
    people = datasets.spread([each for each in chosen if each.kind in ("portraits", "fullbody")], given.people)
    scenes = datasets.spread([each for each in chosen if each.kind == "scenes"], len(SIZES))
    compositor, rows, pairs, bad, lost, large = cleanplate.Compositor(), [], 0, 0, 0, 0
    pictures = [cleanplate.read_image(each.image) for each in scenes]
    plates = [framing.crop_to_fill(each, size) for each, size in zip(pictures, SIZES.values(), strict=True)]
    for person in people:
        try:
            cutout = compositor.clean(compositor.cutout(cleanplate.read_image(person.image)))
        except cleanplate.NoPersonError:
            continue
        told, row, longer = coordinates(cutout), [], (max(cutout.size) / cutout.size[0], max(cutout.size) / cutout.size[1])
        for (name, size), plate in zip(SIZES.items(), plates, strict=True):
            place, enlarged = by_default(cutout, size)
            placed, box = framing.place(told, size, place)
            found, gone = cuts(placed, box, size, longer), faceless(cutout, placed)
            pairs, bad, lost, large = pairs + 1, bad + bool(found), lost + gone, large + enlarged
            row += [shown(cutout, plate.pixels, bool(found) or gone)] if given.sheet else []
            if found or gone:
                said = [f"{side} {length}" for side, length in found.items()] + ["eyes or mouth beyond the plate"] * gone
                print(f"{person.name} on {name}: " + ", ".join(said), flush=True)
        rows.append(row)
    if given.sheet:
        whole = np.concatenate([np.concatenate(row, 1) for row in rows])
        cleanplate.write_image(cleanplate.Image(whole), given.sheet, overwrite=True)
    print(f"{bad} of {pairs} pairs show a cut, {lost} lack eyes or mouth, {large} are enlarged more than {ENLARGED} times")
    sys.exit(bool(bad or lost))


if __name__ == "__main__":
    main()
