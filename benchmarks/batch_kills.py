"""Kill a batch at random moments, go on, and compare with one that nobody killed.

    python -m benchmarks.batch_kills [KILLS] [FILES] [FOLDER]

FILES people (200) stand on one plate. The batch is started again and again and killed (SIGKILL) at a random moment, KILLS times
(20); then it runs to its end, and once more. Looked at: that every result is whole at all times, that no finished result is
written again, that the results are those of a batch that ran through, and that the last run finds nothing to do. Exit code 1 if
any of it is not so.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image as pillow

EXAMPLES = Path(__file__).parents[1] / "examples"
SIZE = (320, 480)  # of a person, (width, height)


def people(folder: Path, count: int) -> Path:
    """The package's own portrait, a little different each time."""
    folder.mkdir(parents=True)
    whole = pillow.open(EXAMPLES / "portrait.png").convert("RGB").resize(SIZE)
    for number in range(count):
        pixels = np.clip(np.asarray(whole, np.int16) + np.array((number % 16 - 8, number // 16 % 16 - 8, number // 256)), 0, 255)
        pillow.fromarray(pixels.astype(np.uint8)).save(folder / f"{number:04d}.png")
    return folder


def command(crowd: Path, out: Path) -> list[str]:
    plate = str(EXAMPLES / "plate.jpg")
    return [sys.executable, "-m", "cleanplate", "batch", str(crowd), plate, "-o", str(out), "--size", "480x320", "--json"]


def events(text: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines() if line.endswith(b"}")]


def results(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.jpg"))}


def main(kills: int, count: int, folder: Path) -> int:
    crowd = people(folder / "people", count)
    begin = time.monotonic()
    subprocess.run(command(crowd, folder / "whole"), check=True, capture_output=True)
    seconds, whole = time.monotonic() - begin, results(folder / "whole")
    print(f"{len(whole)} results in {seconds:.1f} s, run through", flush=True)
    chance, faults, written, out = random.Random(0), [], dict[str, int](), folder / "out"  # noqa: S311
    for number in range(kills):
        child = subprocess.Popen(command(crowd, out), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, 2.2 * seconds / kills))
        child.kill()
        child.communicate()
        found = {path.name: path.stat().st_mtime_ns for path in out.glob("*.jpg")}
        faults += [f"{name} was written again" for name, when in written.items() if found.get(name) != when]
        faults += [f"{name} differs" for name, data in results(out).items() if data != whole[name]]
        written = found
        print(f"kill {number + 1:2d}: {len(found)} results", flush=True)
    again = events(subprocess.run(command(crowd, out), check=True, capture_output=True).stdout)
    third = events(subprocess.run(command(crowd, out), check=True, capture_output=True).stdout)
    faults += [] if results(out) == whole else ["the results are not those of a batch that ran through"]
    faults += [] if third[0]["todo"] == 0 else [f"the last run found {third[0]['todo']} to do"]
    print(f"the next run made {again[0]['todo']}, the last {third[0]['todo']}; {len(faults)} faults", *faults[:9], sep="\n")
    return int(bool(faults))


if __name__ == "__main__":
    given = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        where = Path(given[2]) if len(given) > 2 else Path(scratch) / "kills"
        sys.exit(main(int(given[0]) if given else 20, int(given[1]) if len(given) > 1 else 200, where))
