"""Clean hair of filmed people, off and on: error and shake of the alpha and of composites.

    python -m benchmarks.film_hair DATA OUT [--quality best] [--frames 20] [--people 6]

Drawn films (``drawn_hair``) of people of DATA whom nothing was trained on, where the truth is known, and the clips of DATA/videos.
Given for each, without -> with the step, in hundredths of alpha:

    error   mean |alpha - truth| along the soft edge
    jitter  mean second difference in time of alpha - truth there: what moves and should not, or not so
    shake   mean second difference in time of alpha where the step changes anything: what truly moves counts too
    still   the same, only where three frames show the same color (``steadying.changed``): there nothing should move

and the same of composites before a bright and a dark plate (``bright``, ``dark``: error and jitter, or shake, in levels of 255),
and the processor time that the step adds to a frame, in ms. OUT gets sheets of six frames in a row: the film, and the head before
both plates, without and with the step.
"""

import argparse
import itertools
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as pillow

from benchmarks import drawn_hair, natural_pairs
from benchmarks.drawn_hair import Shown
from benchmarks.finishing_pairs import BRIGHT, DARK, around
from benchmarks.video_stability import RATE, read
from cleanplate.compositor import NATURAL, Compositor
from cleanplate.files.photos import read_image
from cleanplate.film import steadying
from cleanplate.film.quality import QUALITIES, FilmLook
from cleanplate.film.timing import counted
from cleanplate.pixels.color import as_float, to_uint8
from cleanplate.settings import Settings

ACTS = 0.01  # of alpha: less is not counted as a change
SHOWN = 6  # frames of a sheet
LEVELS = {"bright": BRIGHT, "dark": DARK}
Row = dict[str, tuple[float, float]]


def filmed(compositor: Compositor, frames: list[np.ndarray], quality: str, strength: float) -> tuple[list[Shown], float]:
    """The person of every frame, and milliseconds of processor time a frame."""
    settings = Settings(harmonize=False, clean_hair=strength)
    take, begun = compositor.take(FilmLook(NATURAL, settings, quality, frames[0].shape[:2], RATE)), time.process_time()
    people = [each.item for each in take.filmed(counted(frames, RATE))]
    spent, answer = 1000 * (time.process_time() - begun) / len(frames), []
    for person in people:
        alpha, colors = np.zeros(frames[0].shape[:2], np.float32), np.zeros(frames[0].shape, np.float32)
        if person is not None:
            part = person.layer.box.slices
            alpha[part], colors[part] = person.layer.alpha, as_float(person.layer.foreground) * person.layer.alpha[..., None]
        answer.append(Shown(alpha, colors))
    return answer, spent


def second(values: np.ndarray) -> np.ndarray:
    """Second differences in time, without their sign."""
    return np.abs(values[2:] - 2 * values[1:-1] + values[:-2])


def edge(alphas: np.ndarray) -> np.ndarray:
    """Where any of these is soft, and a pixel around: (frames, height, width) each."""
    soft = ((alphas > 0.01) & (alphas < 0.99)).astype(np.uint8)
    return np.stack([cv2.dilate(each, np.ones((3, 3), np.uint8)) for each in soft]) > 0


def measured(frames: list[np.ndarray], ways: tuple[list[Shown], list[Shown]], truth: list[Shown] | None) -> Row:
    """Every measure without and with the step; none of what it changes where it changes nothing."""
    alphas = [np.stack([each.alpha for each in way]) for way in ways]
    acts = np.abs(alphas[0] - alphas[1]) > ACTS
    acts = acts[1:-1] | acts[:-2] | acts[2:]
    same = np.stack([steadying.changed(*pair) == 0 for pair in itertools.pairwise(frames)])
    still = acts & same[1:] & same[:-1]
    if not still.any():
        return {}
    row = {name: both(second(each)[where].mean() for each in alphas) for name, where in (("shake", acts), ("still", still))}
    band = acts
    if truth is not None:
        known = np.stack([each.alpha for each in truth])
        wide = edge(known) | edge(alphas[0])
        band = wide[1:-1]
        row["error"] = both(np.abs(each - known)[wide].mean() for each in alphas)
        row["jitter"] = both(second(each - known)[band].mean() for each in alphas)
    for name, level in LEVELS.items():
        right = 0 if truth is None else np.stack([each.over(level / 255) for each in truth])
        off = [np.stack([each.over(level / 255) for each in way]) - right for way in ways]
        row[f"{name} shake"] = both((second(each)[band].mean() for each in off), 255)
        if truth is not None:
            row[f"{name} error"] = both((np.abs(each)[wide].mean() for each in off), 255)
    return row


def both(values, scale: float = 100) -> tuple[float, float]:
    without, with_it = (scale * float(each) for each in values)
    return without, with_it


def sheet(frames: list[np.ndarray], ways: tuple[list[Shown], list[Shown]]) -> np.ndarray:
    """Six frames in a row: as filmed, then without and with the step before each plate."""
    chosen, alpha = range(max(0, len(frames) - SHOWN), len(frames)), ways[0][-1].alpha
    rows = [[frames[at] for at in chosen]]
    for level in LEVELS.values():
        rows += [[to_uint8(np.clip(way[at].over(level / 255), 0, 1)) for at in chosen] for way in ways]
    return np.vstack([np.hstack([around(each, alpha) for each in row]) for row in rows])


def told(name: str, row: Row) -> None:
    print(f"{name:28}", ", ".join(f"{key} {a:.2f} -> {b:.2f} ({b / a - 1:+.0%})" for key, (a, b) in row.items()), flush=True)


def summary(name: str, rows: list[Row]) -> None:
    """Geometric means of with over without, and in how many films it is above 1."""
    for key in rows[0] if rows else ():
        ratios = np.array([row[key][1] / row[key][0] for row in rows])
        print(f"{name} {key:13} {np.exp(np.log(ratios).mean()) - 1:+.0%}, worse in {(ratios > 1).sum()} of {len(rows)}")


def films(data: Path, compositor: Compositor, people: int, count: int):
    """(name, frames, what is true of them or None), one after the other."""
    portraits = [each for each in natural_pairs.people(data) if each.name.startswith("portraits_pfcn")]
    for number, photo in enumerate(portraits[:people]):
        kind = list(drawn_hair.BACKGROUNDS)[number % len(drawn_hair.BACKGROUNDS)]
        cutout = compositor.clean(compositor.cutout(read_image(photo.image)))
        yield f"{photo.image.stem}, {kind}", *drawn_hair.film(cutout, kind, count, number)
    for clip in sorted((data / "videos").glob("*.mp4")):
        yield clip.stem, read(clip, count), None


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--quality", choices=list(QUALITIES), default="best")
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--people", type=int, default=6)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    compositor, rows = Compositor(), {"drawn": list[Row](), "clips": list[Row]()}
    for name, frames, truth in films(given.data, compositor, given.people, given.frames):
        (plain, less), (clean, more) = (filmed(compositor, frames, given.quality, strength) for strength in (0, 1))
        row = measured(frames, (plain, clean), truth)
        if not row:
            print(f"{name:28} nothing changes; {more - less:+.0f} ms a frame", flush=True)
            continue
        told(name, row | {"ms": (less, more)})
        rows["clips" if truth is None else "drawn"].append(row)
        pillow.fromarray(sheet(frames, (plain, clean))).save(given.out / f"{name.replace(', ', '-')}-{given.quality}.png")
    for kind, found in rows.items():
        summary(kind, found)


if __name__ == "__main__":
    main()
