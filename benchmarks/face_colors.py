"""How much of their color faces keep in foreign places, and a sheet of the pairs in which two sets of weights differ most.

    python -m benchmarks.face_colors DATA OUT --pack FOLDER [--limit 25] [--weights NAME=FOLDER ...] [--shuffle SEED]

Each of the people that nothing was trained on, in whom a face is seen, before two places drawn for them, at 256 pixels. Chroma is
that of CIELAB, the median over the middle of the face. With two --weights the 24 pairs that differ most are drawn, cut and paste
beside both; with --shuffle the columns are in another order in each pair, and key.json says which.
"""

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from cleanplate.models.harmonizer import Harmonizer
from cleanplate.pixels.color import FloatArray, to_float, to_uint8
from cleanplate.pixels.over import over
from cleanplate.stages import faces, framing
from cleanplate.training.measure import candidates, real_use
from cleanplate.training.measure.pairs import Pair, Person, by

PLACES, SHOWN, ACROSS = 2, 24, 2  # places for each person; pairs on the sheet, and in a row of it
INNER = (0.25, 0.2, 0.2, 0.2)  # of a face's height and width, left out at its top, bottom, left and right
GRAY = 10.0  # chroma below which a face is gray


class Seen(NamedTuple):
    """One pair: its pictures by name, cut and paste first, the chroma of the face in each, and how far the last two differ."""

    pictures: dict[str, FloatArray]
    chroma: list[float]
    differs: float


def middle_of_face(person: Person) -> tuple[slice, slice] | None:
    """Where skin is; None where no face is seen."""
    alpha = to_float(person.alpha)
    face = faces.face(person.picture, alpha, framing.extent(alpha, framing.SEEN))
    if face is None:
        return None
    tall, wide, (above, below, left, right) = face.bottom - face.top, face.right - face.left, INNER
    rows = max(0, round(face.top + above * tall)), round(face.bottom - below * tall)
    columns = max(0, round(face.left + left * wide)), round(face.right - right * wide)
    return slice(*rows), slice(*columns)


def chroma(picture: FloatArray) -> float:
    lab = np.median(cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2LAB).reshape(-1, 3), 0)
    return float(np.hypot(lab[1], lab[2]))


def pairs(held: real_use.Held, weights: dict[str, Harmonizer]) -> list[Seen]:
    rng, found = np.random.default_rng(0), []
    for person in held.people:
        where = middle_of_face(person)
        for at in rng.permutation(len(held.scenes))[:PLACES] if where is not None else ():
            front, alpha, _ = person.material
            pair = Pair(over(front, alpha, held.scenes[at]), alpha, held.scenes[at])
            pictures = {"cut and paste": pair.composite} | {name: by(each)(pair) for name, each in weights.items()}
            other, last = list(pictures.values())[-2:]
            differs = float(np.abs(last - other)[alpha > 0.5].mean())
            found.append(Seen(pictures, [chroma(each[where]) for each in pictures.values()], differs))
    return found


def sheet(seen: list[Seen], out: Path, seed: int | None) -> None:
    """The pairs that differ most, and which column is which."""
    rng, key, rows = np.random.default_rng(seed), [], []
    for at, each in enumerate(sorted(seen, key=lambda one: -one.differs)[:SHOWN]):
        names = list(each.pictures)
        names = names if seed is None else [names[int(place)] for place in rng.permutation(len(names))]
        row = np.ascontiguousarray(to_uint8(np.concatenate([each.pictures[name] for name in names], 1))[..., ::-1])
        rows.append(cv2.putText(row, str(at), (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 255, 255), 1, cv2.LINE_AA))
        key.append({"pair": at, "columns": names})
    lines = [np.concatenate(rows[at : at + ACROSS], 1) for at in range(0, len(rows) - ACROSS + 1, ACROSS)]
    out.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(out / "sheet.png"), np.concatenate(lines))
    (out / "key.json").write_text(json.dumps(key, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pack", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=25)
    parser.add_argument("--weights", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--shuffle", type=int)
    given = parser.parse_args()
    folders = dict(each.split("=", 1) for each in given.weights)
    weights = {name: candidates.compositor(Path(folder)).harmonizer for name, folder in folders.items()}
    seen = pairs(real_use.held_out(given.data, given.limit, given.pack), weights or {"shipped": Harmonizer()})
    found = np.array([each.chroma for each in seen])
    print(f"{len(seen)} pairs; chroma of the face\n\n| | median | below {GRAY:g} | kept, lowest 5 % |\n|---|---:|---:|---:|")
    for at, name in enumerate(seen[0].pictures):
        kept = np.percentile(found[:, at] / found[:, 0], 5)
        print(f"| {name} | {np.median(found[:, at]):.1f} | {(found[:, at] < GRAY).mean():.1%} | {kept:.2f} |")
    if len(weights) > 1:
        share = np.mean([each.differs > 1 / 255 for each in seen])
        print(f"\n{share:.1%} of the pairs differ by more than a level of 255, in the mean over the person")
        sheet(seen, given.out, given.shuffle)


if __name__ == "__main__":
    main()
