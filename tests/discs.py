"""People to be put into a plate by the dozen: drawn cutouts, which no network need look at."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image as pillow

from cleanplate.batch.items import Job, Outcome, Unit
from cleanplate.batch.work import Worker
from cleanplate.recipes import Recipe
from cleanplate.settings import Settings

PLAIN = Recipe(settings=Settings(blend=False, harmonize=False))  # a matter of milliseconds
FLAGS = ("--no-blend", "--no-harmonize")
QUICK = (*FLAGS, "--workers", "1")


def disc(number: int) -> np.ndarray:
    """A soft disc with alpha, of another color for each number."""
    down, across = np.mgrid[0:60, 0:60] - 29.5
    alpha = np.clip(25 - np.hypot(down, across), 0, 4) / 4
    color = (number * 37 % 256, number * 91 % 256, 200)
    return np.dstack([np.full((60, 60, 3), color), alpha * 255]).astype(np.uint8)


def draw(folder: Path, *names: str) -> Path:
    """A folder of discs of these names."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pillow.fromarray(disc(number)).save(path)
    return folder


class Here:
    """An engine without processes, and what it was asked to do."""

    def __init__(self, job: Job) -> None:
        self.worker, self.asked = Worker(job), list[str]()

    def run(self, units: Iterator[Unit]) -> Iterator[Outcome]:
        items = [item for unit in units for item in unit]
        self.asked += [each.out for each in items]
        return self.worker.run(items)


def report(out: Path, name: str = "report.jsonl") -> list[dict[str, object]]:
    return [json.loads(line) for line in (out / name).read_text().splitlines()]


def results(out: Path) -> dict[str, bytes]:
    """All results by name."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*.[jp][pn]g"))
        if ".cleanplate" not in path.parts
    }
