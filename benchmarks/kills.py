"""Kill a command that writes a video, again and again, and look at what it leaves.

    python benchmarks/kills.py 20 out.mp4 -- cleanplate compose talk.mp4 office.jpg -o out.mp4 --overwrite

The command runs once to its end, which tells how long it takes; then it is started that many times and killed (SIGKILL)
at a random moment. After each, the output must be absent or play to its end. Exit 1 if it ever was neither.
"""

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from cleanplate.errors import CleanplateError
from cleanplate.video.videos import open_video


def state(path: Path, frames: int) -> str:
    """What lies under the final name."""
    if not path.exists():
        return "nothing"
    try:
        with open_video(path) as reader:
            return "whole" if sum(1 for _ in reader) == frames else "FAULT: fewer frames"
    except CleanplateError as error:
        return f"FAULT: {error}"


def main(kills: int, target: Path, command: list[str]) -> int:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.perf_counter() - start
    with open_video(target) as reader:
        frames = sum(1 for _ in reader)
    counts: Counter[str] = Counter()
    chance = random.Random(0)  # noqa: S311
    for _ in range(kills):
        target.unlink(missing_ok=True)
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, 1.1 * seconds))
        child.kill()
        child.wait()
        counts[state(target, frames)] += 1
    for what, count in sorted(counts.items()):
        print(f"{count:5d}  {what}")
    left = list(target.parent.glob(".cleanplate-*.part"))
    print(f"{frames} frames in {seconds:.1f} s; {len(left)} temporary files left, which the next start removes after a minute")
    return int(any(what.startswith("FAULT") for what in counts))


if __name__ == "__main__":
    if len(sys.argv) < 5 or sys.argv[3] != "--" or not sys.argv[1].isdigit():
        sys.exit(__doc__)
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2]).resolve(), sys.argv[4:]))
