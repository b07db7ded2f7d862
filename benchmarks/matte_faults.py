"""How often the matte loses a part of somebody or adds one, before and after it is mended; and a sheet to judge it by.

    python benchmarks/matte_faults.py DATA OUT_FOLDER [--count 300] [--shuffle SEED] [--change taken] [--alphas FOLDER] [--but FILE]

DATA is laid out as docs/training.md says; the people are picked evenly from all of it (no network that is measured here was trained
on it). Against hand-drawn masks: who lost more than 1 and 3 % of themselves, counted well inside the mask; how much was added well
outside it; IoU and the sum of absolute differences over the mask's area; and how much of what was taken away was the person's.
Of everybody whose matte changes by more than ``SEEN`` of the person a row is drawn: photo, then the mattes before and after over a
plain color, shuffled with --shuffle; key.json says which. What the rows compare is --change: ``mended``, all of it, or a step:
``given`` back by the second network, ``again`` by the matting network's look at a smaller photo, ``taken`` away.
--alphas keeps what the matting network says of each photo, which is the slow part, for another run; --but leaves out the people
named in a JSON list, those a rule was fitted to.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

from cleanplate.files import photos
from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.resampling import resize
from cleanplate.stages import matting, mending, parts
from cleanplate.training.readers import datasets

SIDES = matting.PHOTO_SIDE, matting.AGAIN  # of the matting network's two looks
SEEN = 0.003  # share of the person from which a change gets a row
MARGIN = 0.02  # of the root of the mask's area: hand-drawn outlines are not to be trusted nearer
HEIGHT, ROWS, ACROSS = 200, 8, 2  # pixels of a picture; rows of a sheet, and people in a row
MAGENTA = np.float32((255, 0, 255))
WRONG = 0.005  # share of the person from which taking away was wrong
STEPS = {
    "given": ("as predicted", "lost given back"),
    "again": ("lost given back", "seen again"),
    "taken": ("seen again", "mended"),
    "mended": ("as predicted", "mended"),
}


def against(alpha: FloatArray, mask: np.ndarray) -> list[float]:
    """(lost, added) shares of the mask's area, IoU, and the sum of absolute differences over that area."""
    reach = max(2, round(MARGIN * mask.sum() ** 0.5))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    wide = np.pad(mask.astype(np.uint8), reach, mode="edge")  # what the photo crops goes on beyond it
    inner, outer = (each[reach:-reach, reach:-reach] > 0 for each in (cv2.erode(wide, kernel), cv2.dilate(wide, kernel)))
    area, found = mask.sum(), alpha > 0.5
    errors = (1 - alpha)[inner].sum(), alpha[~outer].sum(), np.abs(alpha - mask).sum()
    lost, added, sad = (float(each / area) for each in errors)
    return [lost, added, float((found & mask).sum() / (found | mask).sum()), sad]


def over_magenta(pixels: np.ndarray, alpha: FloatArray) -> np.ndarray:
    """The person over a color that nobody wears, ``HEIGHT`` high."""
    size = HEIGHT, max(1, round(HEIGHT * pixels.shape[1] / pixels.shape[0]))
    small, cover = resize(pixels, size).astype(np.float32), np.clip(resize(alpha, size), 0, 1)[..., None]
    return np.clip(small * cover + MAGENTA * (1 - cover), 0, 255).astype(np.uint8)


def row(pixels: np.ndarray, alphas: list[FloatArray], label: str) -> np.ndarray:
    pictures = [over_magenta(pixels, each) for each in (np.ones_like(alphas[0]), *alphas)]
    cv2.putText(pictures[0], label, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 0), 1, cv2.LINE_AA)
    return np.concatenate([np.pad(each[:, :HEIGHT], ((0, 3), (0, max(0, HEIGHT - each.shape[1])), (0, 0))) for each in pictures], 1)


def write_sheets(rows: list[np.ndarray], out: Path) -> None:
    for first in range(0, len(rows), ROWS * ACROSS):
        part = rows[first : first + ROWS * ACROSS]
        part += [np.zeros_like(part[0])] * (-len(part) % ACROSS)
        lines = [np.concatenate(part[at : at + ACROSS], 1) for at in range(0, len(part), ACROSS)]
        cv2.imwrite(str(out / f"sheet-{first // (ROWS * ACROSS):02d}.png"), np.concatenate(lines)[..., ::-1])


def predicted(name: str, pixels: np.ndarray, folder: Path | None, side: int) -> FloatArray:
    """The matting network's alpha at a size, out of the folder if it is there."""
    if folder is None:
        return matting.predict(pixels, side)
    path = folder / f"{name.replace('/', '__')}{'' if side == matting.PHOTO_SIDE else f'__{side}'}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        np.save(path, matting.predict(pixels, side).astype(np.float16))
    return np.load(path).astype(np.float32)


def mattes(alpha: FloatArray, again: FloatArray, pixels: np.ndarray) -> dict[str, FloatArray]:
    """Before mending, and with one step after the other."""
    ways = {
        "as predicted": alpha,
        "lost given back": mending.mended(alpha, pixels, keep="all"),
        "seen again": mending.mended(alpha, pixels, keep="all", again=again),
        "mended": mending.mended(alpha, pixels, again=again),
    }
    return {name: parts.kept(each) for name, each in ways.items()}


def taken(alphas: dict[str, FloatArray], mask: np.ndarray) -> list[float]:
    """What was taken away, of the place and of the person, as shares of the mask's area."""
    gone = np.clip(alphas["seen again"] - alphas["mended"], 0, 1)
    return [float(gone[where].sum() / mask.sum()) for where in (~mask, mask)]


def table(name: str, figures: list[list[float]]) -> None:
    """One line of Markdown for a kind of matte."""
    lost, added, iou, sad = np.array(figures).T
    shares = [float((errors > most).mean()) for errors in (lost, added) for most in (0.01, 0.03)]
    print(f"| {name} | {len(lost)} | " + " | ".join(f"{each:.1%}" for each in shares) + f" | {iou.mean():.4f} | {sad.mean():.4f} |")


def print_taken(gone: np.ndarray) -> None:
    """How right it was to take away what was: over all who have masks."""
    some, wrong = np.count_nonzero(gone.sum(1) > SEEN), np.count_nonzero(gone[:, 1] > WRONG)
    share = gone[:, 0].sum() / max(gone.sum(), 1e-9)
    print(f"\nTaken from {some} of {len(gone)} with masks; {share:.1%} of it was the place's; over {WRONG:.1%} of {wrong} people.")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--shuffle", type=int)
    parser.add_argument("--change", choices=STEPS, default="mended")
    parser.add_argument("--alphas", type=Path)
    parser.add_argument("--but", type=Path)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    left_out = set(json.loads(given.but.read_text())) if given.but else set()
    people = [
        each for each in datasets.read_tree(given.data) if each.kind in ("portraits", "fullbody") and each.name not in left_out
    ]
    rng, rows, key = np.random.default_rng(given.shuffle), [], []
    figures: dict[str, list[list[float]]] = {}
    gone: list[list[float]] = []
    for photo in datasets.spread(people, given.count):
        pixels = photos.read_image(photo.image).pixels
        alphas = mattes(*(predicted(photo.name, pixels, given.alphas, side) for side in SIDES), pixels)
        if photo.mask:
            mask = datasets.load_mask(photo, alphas["mended"].shape) > 0.5
            gone.append(taken(alphas, mask))
            for name, alpha in alphas.items():
                figures.setdefault(f"{photo.name.split('/')[0]}, {name}", []).append(against(alpha, mask))
        before, after = (alphas[name] for name in STEPS[given.change])
        change = float(np.abs(after - before).sum() / max(1, np.count_nonzero(after > 0.5)))
        if change > SEEN:
            names = [STEPS[given.change][int(at)] for at in (rng.permutation(2) if given.shuffle is not None else range(2))]
            key.append({"row": len(rows), "photo": photo.name, "change": round(change, 4), "columns": names})
            rows.append(row(pixels, [alphas[name] for name in names], f"{len(rows)} {change:.3f}"))
    print(f"{len(rows)} of {min(given.count, len(people))} change by more than {SEEN:.1%} of the person.\n")
    print("| mattes | n | lost > 1 % | lost > 3 % | added > 1 % | added > 3 % | IoU | SAD / area |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, each in figures.items():
        table(name, each)
    if gone:
        print_taken(np.array(gone))
    write_sheets(rows, given.out)
    (given.out / "key.json").write_text(json.dumps(key, indent=1))


if __name__ == "__main__":
    main()
