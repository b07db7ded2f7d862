"""What a batch adds to the bare work, and what a second process brings: portraits of 2 megapixels on one plate.

    python -m benchmarks.batch_speed [COUNT] [TURNS] [FOLDER]

In turns: a plain loop over the Python calls in one process with one thread (read, cut out, compose, write), ``cleanplate
batch`` with one process, and with two. Wall time says what two cores bring where nobody else uses them; processor time (of all
processes, parents and children) says what the batch costs beyond the loop, also on a busy machine. With a FOLDER, what was
measured is kept there (``takenCOUNT.jsonl``), and the same command goes on where it was stopped.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image as pillow

from benchmarks.timing import deliver, ratios, say, summary, turns

EXAMPLES = Path(__file__).parents[1] / "examples"
SIZE = (1155, 1732)  # (width, height), 2 megapixels
LOOP = """
import sys
from pathlib import Path
import cleanplate
from cleanplate.pixels import threads
threads.use(1)
compositor, plate = cleanplate.Compositor(), cleanplate.Plate.open(sys.argv[2])
for path in sorted(Path(sys.argv[1]).iterdir()):
    cutout = compositor.clean(compositor.cutout(cleanplate.read_image(path)))
    compositor.compose(cutout, plate).save(Path(sys.argv[3]) / (path.stem + ".jpg"))
"""


def people(folder: Path, count: int) -> Path:
    """The package's own portrait, a little brighter or darker each time, as JPEG."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = np.asarray(pillow.open(EXAMPLES / "portrait.png").convert("RGB").resize(SIZE), np.int16)
    for number in range(count):
        pixels = np.clip(whole + np.array((number % 16 - 8, number // 16 % 16 - 8, 0)), 0, 255)
        pillow.fromarray(pixels.astype(np.uint8)).save(folder / f"{number:04d}.jpg", quality=92)
    return folder


class Jobs:
    """The commands, and the processor time and largest process of each, which are taken beside the wall time."""

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.crowd, self.turn = folder, people(folder / f"people{count}", count), 0
        self.taken, self.peak = folder / f"taken{count}.jsonl", 0.0
        self.plate = folder / "plate.jpg"
        pillow.open(EXAMPLES / "plate.jpg").convert("RGB").resize(SIZE[::-1]).save(self.plate, quality=92)
        self.processor: dict[str, list[float]] = {}

    def timed(self, name: str, *command: str) -> float:
        """Wall seconds of a command, now or when it was measured before."""
        self.turn += 1
        lines = self.taken.read_text().splitlines() if self.taken.exists() else []
        if len(lines) < self.turn:
            lines.append(json.dumps(self.measured(command)))
            self.taken.write_text("".join(f"{line}\n" for line in lines))
        found = json.loads(lines[self.turn - 1])
        self.processor.setdefault(name, []).append(found["processor"])
        self.peak = max(self.peak, found["peak"])
        say(f"{name}: {found['wall']:.0f} s, load {found['load']:.1f}")
        return float(found["wall"])

    def measured(self, command: Sequence[str]) -> dict[str, float]:
        """A command, with one thread to a process, into an empty folder."""
        out = self.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        one = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        arguments = [str(out) if each == "OUT" else each for each in command]
        begin, before = time.perf_counter(), used()
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True, env=os.environ | one)
        wall, peak = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        return {"wall": wall, "processor": used() - before, "peak": peak, "load": os.getloadavg()[0]}

    def loop(self) -> float:
        return self.timed("loop", "-c", LOOP, str(self.crowd), str(self.plate), "OUT")

    def batch(self, workers: int) -> float:
        given = ["-m", "cleanplate", "batch", str(self.crowd), str(self.plate), "-o", "OUT", "--workers", str(workers), "-q"]
        return self.timed(f"batch {workers}", *given)


def used() -> float:
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


def main(count: int, repeats: int, folder: Path) -> None:
    jobs = Jobs(folder, count)
    say(f"{count} portraits of {SIZE[0] * SIZE[1] / 1e6:.1f} megapixels, load {os.getloadavg()[0]:.1f}")
    found = turns({"loop": jobs.loop, "batch 1": lambda: jobs.batch(1), "batch 2": lambda: jobs.batch(2)}, repeats, warm=False)
    cpu = jobs.processor
    rows = {f"{name}: wall, a picture": summary([each / count for each in taken], "s") for name, taken in found.items()}
    rows |= {f"{name}: processor, a picture": summary([each / count for each in taken], "s") for name, taken in cpu.items()}
    rows["two processes over one: wall"] = summary(
        [1 / each for each in ratios(found, "batch 2", "batch 1")], "x", note="1.85 or more is asked"
    )
    rows["two processes over the loop: wall"] = summary([1 / each for each in ratios(found, "batch 2", "loop")], "x")
    rows["one process over the loop: processor"] = summary(ratios(cpu, "batch 1", "loop"), "x", 1.05)
    rows["two processes over the loop: processor"] = summary(ratios(cpu, "batch 2", "loop"), "x", 1.05)
    rows["largest process"] = summary([jobs.peak], "MB", note="resident, of all of the above")
    deliver(rows, None)
    say(f"load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    given = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        where = Path(given[2]) if len(given) > 2 else Path(scratch) / "speed"
        main(int(given[0]) if given else 400, int(given[1]) if len(given) > 1 else 1, where)
