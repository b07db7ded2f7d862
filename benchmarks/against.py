"""The processor time of `cleanplate compose` on two photos, here and at another commit, in turns, and where it goes.

    python -m benchmarks.against COMMIT PERSON PLATE [--pairs 15]

Each is a process of its own, from its start to its end, user and system together, so that other work on the machine counts little.
Both checkouts are compiled first, as an installed package is. The parts are told by processes of their own, in as many turns.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import timing

ROOT = Path(__file__).parents[1]
PARTS = """
import contextlib, json, sys, time
noted = [("Python", time.process_time())]
from cleanplate import cli
noted.append(("imports", time.process_time()))
from cleanplate import composites
true = composites.Clock.stage
@contextlib.contextmanager
def stage(self, name):
    noted.append(("words, opening", time.process_time()))
    with true(self, name):
        yield
    noted.append((name, time.process_time()))
composites.Clock.stage = stage
assert cli.main(sys.argv[1:]) == 0
noted.append(("writing", time.process_time()))
found, before = {}, 0.0
for name, now in noted:
    found[name], before = found.get(name, 0.0) + now - before, now
print(json.dumps(found))
"""


def environment(source: Path) -> dict[str, str]:
    """As the command has it that is installed: compiled, by that checkout's package."""
    given = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return given | {"PYTHONPATH": str(source / "src"), "ORT_DISABLE_TELEMETRY": "1"}


def used(source: Path, words: list[str]) -> float:
    """Seconds of processor time that the command takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "cleanplate", *words], env=environment(source), check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def parts(source: Path, words: list[str]) -> dict[str, float]:
    """Seconds of processor time of each part."""
    done = subprocess.run(
        [sys.executable, "-c", PARTS, *words], env=environment(source), check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


@contextmanager
def at(commit: str) -> Iterator[Path]:
    """That commit in a folder of its own."""
    git = [shutil.which("git") or "git", "worktree"]
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder, "other")
        subprocess.run([*git, "add", "--detach", other, commit], cwd=ROOT, check=True, capture_output=True)
        try:
            yield other
        finally:
            subprocess.run([*git, "remove", "--force", other], cwd=ROOT, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit")
    parser.add_argument("person", type=Path)
    parser.add_argument("plate", type=Path)
    parser.add_argument("--pairs", type=int, default=15)
    asked = parser.parse_args()
    with at(asked.commit) as other, tempfile.TemporaryDirectory() as folder:
        words = ["compose", str(asked.person), str(asked.plate), "-o", str(Path(folder, "out.jpg")), "--overwrite", "-q"]
        for each in (other, ROOT):
            subprocess.run([sys.executable, "-m", "compileall", "-q", each / "src"], env=environment(each), check=True)
        whole = timing.turns({"there": lambda: used(other, words), "here": lambda: used(ROOT, words)}, asked.pairs)
        split = [(parts(other, words), parts(ROOT, words)) for _ in range(asked.pairs)]
    there, here = (statistics.median(whole[side]) for side in ("there", "here"))
    shares = timing.ratios(whole, "here", "there")
    print(f"| milliseconds of processor time, medians of {asked.pairs} | at {asked.commit} | here |\n|---|---:|---:|")
    for name in split[0][1]:
        both = (1000 * statistics.median(each[side][name] for each in split) for side in (0, 1))
        print(f"| {name} | " + " | ".join(f"{each:.0f}" for each in both) + " |")
    print(f"| the command | {1000 * there:.0f} | {1000 * here:.0f} |")
    print(f"\nhere / there, turn by turn: median {statistics.median(shares):.3f}, spread {timing.spread(shares):.3f};", end=" ")
    print(f"of the medians {here / there:.3f}, of the least {min(whole['here']) / min(whole['there']):.3f}")


if __name__ == "__main__":
    main()
