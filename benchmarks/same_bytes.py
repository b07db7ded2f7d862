"""Do two commits make the same pictures? Composes with both, compares hashes, and exits with 1 where any differs.

    python benchmarks/same_bytes.py COMMIT DATA [--pairs 24] [--seconds 1.0]

The demo, pairs of people and places of DATA in turn with all kinds of settings, and films: every quality, before still and moving
plates, in 8 and 10 bits. COMMIT is checked out in a folder of its own; the other side is the checkout as it is.
"""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
PEOPLE = ("portraits_pfcn", "portraits_18f_cc0", "fullbody_ccp", "portraits_ropensci_ccby")
FILMS = (  # quality, whether the plate moves, pixel format of the person's film
    ("fast", False, "yuv420p"), ("balanced", False, "yuv420p"), ("best", False, "yuv420p"),
    ("fast", True, "yuv420p"), ("balanced", True, "yuv420p10le"), ("best", True, "yuv420p10le"),
)  # fmt: skip


def spread(paths: list[Path], count: int) -> list[Path]:
    """That many of them, evenly."""
    return [paths[index * len(paths) // count] for index in range(count)]


def pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in {".jpg", ".png", ".webp"} and "alpha" not in path.name)


def photos(data: Path, count: int) -> Iterator[tuple[str, str]]:
    """Names and hashes of composed photos. What a placement makes impossible is told by its sentence, which is compared too."""
    import cleanplate

    places = spread(pictures(data / "backgrounds"), count)
    people = spread([path for folder in PEOPLE for path in spread(pictures(data / folder), count)], count)
    ways = (
        {}, {"settings": cleanplate.Settings(strength=1.5)}, {"size": (480, 640)}, {"settings": cleanplate.Settings(blend=False)},
        {"placement": cleanplate.Placement(height=0.7, x=0.4)}, {"settings": cleanplate.Settings(wrap=0.6)},
        {"settings": cleanplate.Settings(harmonize=False)}, {"settings": cleanplate.Settings(keep="all")},
    )  # fmt: skip
    demo = ROOT / "examples" / "portrait.png", ROOT / "examples" / "plate.jpg"
    for number, (person, plate) in enumerate([demo, *zip(people, places, strict=True)]):
        try:
            done = cleanplate.compose(person, plate, **ways[number % len(ways)])
            found = hashlib.sha256(done.image.pixels.tobytes() + done.alpha.tobytes()).hexdigest()
        except cleanplate.CleanplateError as error:
            found = str(error)
        yield f"{number:02d} {person.name} before {plate.name}", found


def films(data: Path, seconds: float, out: Path) -> Iterator[tuple[str, str]]:
    """Names and hashes of composed films, frame by frame with their times."""
    import cleanplate

    clips, plate = sorted((data / "videos").glob("*.mp4")), pictures(data / "backgrounds")[7]
    for number, (quality, moves, pix_fmt) in enumerate(FILMS):
        person, behind = clips[2 * number % len(clips)], clips[-1 - number] if moves else plate
        deep = out / f"{number}-person.mp4"
        if pix_fmt != "yuv420p":
            asked = cleanplate.VideoOptions(quality="fast", end=seconds, pix_fmt=pix_fmt, codec="hevc")
            cleanplate.compose_video(person, plate, deep, options=asked)
            person = deep
        target = out / f"{number}.mp4"
        asked = cleanplate.VideoOptions(quality=quality, end=seconds, pix_fmt=pix_fmt)
        with handed_over() as found:
            cleanplate.compose_video(person, behind, target, options=asked)
        yield f"{quality}, {'moving' if moves else 'still'} plate, {pix_fmt}", found.hexdigest()


@contextlib.contextmanager
def handed_over() -> Iterator[Any]:
    """The hash of all that is handed to a film's encoder meanwhile: on a busy machine x264 codes the same frames in other bytes."""
    from cleanplate.video import videos

    found, write = hashlib.sha256(), videos.VideoWriter.write

    def noted(self, pixels, pts, alpha=None, duration=None):
        planes = [pixels] if isinstance(pixels, np.ndarray) else [pixels.luma, pixels.blue, pixels.red]
        for each in planes if alpha is None else [*planes, alpha]:
            found.update(np.ascontiguousarray(each))
        found.update(repr((pts, duration)).encode())
        return write(self, pixels, pts, alpha, duration)

    videos.VideoWriter.write = noted
    try:
        yield found
    finally:
        videos.VideoWriter.write = write


def hashes(source: Path, given: argparse.Namespace) -> dict[str, str]:
    """What the package in that folder makes, in a process of its own."""
    asked = [given.commit, str(given.data), f"--pairs={given.pairs}", f"--seconds={given.seconds}", "--tell"]
    command = [sys.executable, __file__, *asked]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(source / "src")}, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit")
    parser.add_argument("data", type=Path)
    parser.add_argument("--pairs", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=1.0, help="of every film")
    parser.add_argument("--tell", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.tell:
            print(json.dumps(dict([*photos(given.data, given.pairs), *films(given.data, given.seconds, Path(folder))])))
            return 0
        git = [shutil.which("git") or "git", "worktree"]
        subprocess.run([*git, "add", "--detach", folder + "/old", given.commit], cwd=ROOT, check=True, capture_output=True)
        try:
            before, after = hashes(Path(folder, "old"), given), hashes(ROOT, given)
        finally:
            subprocess.run([*git, "remove", "--force", folder + "/old"], cwd=ROOT, check=True)
    for name in before:
        print(f"{'same' if before[name] == after[name] else 'DIFFERS'}  {name}")
    return int(before != after)


if __name__ == "__main__":
    sys.exit(main())
