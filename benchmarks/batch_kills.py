"""Kill a batch at random moments, go on, and compare with one that nobody killed.

    python -m benchmarks.batch_kills [KILLS] [FILES] [--plain]

FILES people (200) stand on one plate. The batch is started again and again and killed (SIGKILL) a random moment after a random
number of pictures, KILLS times (20); then it runs to its end, and once more. Looked at: that every result is whole at all
times, that no finished result is written again, that the results are those of a batch that ran through, and that the last run
finds nothing to do. Exit code 1 if any of it is not so. ``--plain``: without the networks, for busy machines.
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
from PIL import ImageDraw

EXAMPLES = Path(__file__).parents[1] / "examples"
SIZE = (320, 480)  # of a person, (width, height)


PLAIN = ("--no-blend", "--no-harmonize")


def people(folder: Path, count: int) -> Path:
    """The package's own portrait, a little different each time, cut out by an oval: no network need look for the person."""
    folder.mkdir(parents=True)
    whole = pillow.open(EXAMPLES / "portrait.png").convert("RGB").resize(SIZE)
    oval = pillow.new("L", SIZE)
    ImageDraw.Draw(oval).ellipse((40, 40, SIZE[0] - 40, SIZE[1] + 200), fill=255)
    for number in range(count):
        pixels = np.clip(np.asarray(whole, np.int16) + np.array((number % 16 - 8, number // 16 % 16 - 8, number // 256)), 0, 255)
        person = pillow.fromarray(pixels.astype(np.uint8))
        person.putalpha(oval)
        person.save(folder / f"{number:04d}.png", compress_level=1)
    return folder


def command(crowd: Path, out: Path, more: tuple[str, ...]) -> list[str]:
    plate = str(EXAMPLES / "plate.jpg")
    return [sys.executable, "-m", "cleanplate", "batch", str(crowd), plate, "-o", str(out), "--size", "480x320", "--json", *more]


def events(text: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines() if line.endswith(b"}")]


def results(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.jpg"))}


def killed(child: "subprocess.Popen[bytes]", items: int, seconds: float) -> None:
    """Kill a batch so long after so many pictures."""
    assert child.stdout is not None
    for _ in range(1 + items):  # the first line is of the beginning
        child.stdout.readline()
    time.sleep(seconds)
    child.kill()
    child.communicate()


def main(kills: int, count: int, folder: Path, more: tuple[str, ...]) -> int:
    crowd, out = people(folder / "people", count), folder / "out"
    begin = time.monotonic()
    subprocess.run(command(crowd, folder / "whole", more), check=True, capture_output=True)
    whole = results(folder / "whole")
    print(f"{len(whole)} results in {time.monotonic() - begin:.1f} s, run through", flush=True)
    chance, faults, written = random.Random(0), list[str](), dict[str, int]()  # noqa: S311
    for number in range(kills):
        child = subprocess.Popen(command(crowd, out, more), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        killed(child, chance.randrange(max(1, count // kills)), chance.uniform(0, 0.2))
        found = {path.name: path.stat().st_mtime_ns for path in out.glob("*.jpg")}
        faults += [f"{name} was written again" for name, when in written.items() if found.get(name) != when]
        faults += [f"{name} differs" for name, data in results(out).items() if data != whole[name]]
        written = found
        print(f"kill {number + 1:2d}: {len(found)} results", flush=True)
    again = events(subprocess.run(command(crowd, out, more), check=True, capture_output=True).stdout)
    third = events(subprocess.run(command(crowd, out, more), check=True, capture_output=True).stdout)
    faults += [] if results(out) == whole else ["the results are not those of a batch that ran through"]
    faults += [] if third[0]["todo"] == 0 else [f"the last run found {third[0]['todo']} to do"]
    print(f"the next run made {again[0]['todo']}, the last {third[0]['todo']}; {len(faults)} faults", *faults[:9], sep="\n")
    return int(bool(faults))


if __name__ == "__main__":
    given = [each for each in sys.argv[1:] if each != "--plain"]
    with tempfile.TemporaryDirectory() as scratch:
        plain = PLAIN if "--plain" in sys.argv else ()
        sys.exit(main(int(given[0]) if given else 20, int(given[1]) if len(given) > 1 else 200, Path(scratch) / "kills", plain))
