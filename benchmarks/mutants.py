"""How many small changes of the code the tests notice: a seeded sample of mutations of the runtime, each run on its tests.

    python -m benchmarks.mutants [--count 300] [--seed 0] [--jobs 1] [--folder runs/mutants] [--rooms NAME ...] [--again]

All happens in copies of the tree. First every test runs once on the unchanged code, and is seen to pass; which functions it enters
is noted. A mutation then runs on the tests that enter the changed function (or, outside functions, any of that file): those of its
own room, the room's doctests, then the others from the quickest on for as long as --budget says. Killed is what fails or hangs.

Results are kept in the folder, a line each: what was stopped goes on where it was. `--again` tries the survivors once more, when
tests have been added. Survivors are listed at the end with file, line, old and new code.
"""

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks import entered
from benchmarks.mutations import Mutation, digest, mutations

HERE = Path(__file__).resolve().parents[1]
LEFT_OUT = (".*", "runs", "demo", "dist", "build", "__pycache__", "*.egg-info", "training-logs")
APART = ("src/cleanplate/training", "tests/training", "tests/test_benchmarks.py")  # not the runtime, and what tests this room
MEMORY, FILE = 16 << 30, 1 << 30  # bytes: what one mutant may take and write, so that none takes the machine down
WHOLE = 1800.0  # seconds after which tests of one mutant are ended whatever they do
Tests = dict[str, dict[str, object]]
Given, Found = TypeVar("Given"), TypeVar("Found")


@dataclass(frozen=True)
class Trial:
    """What became of a mutation, and by which test."""

    killed: bool
    by: str


class Copy:
    """A copy of the tree, in which code is changed and tests are run."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root, self.scratch = folder / "tree", folder / "scratch"
        shutil.copytree(root, self.root, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        self.scratch.mkdir()

    def pytest(self, paths: Iterable[str], **told: str) -> tuple[int, str]:
        """Exit code and output. 5, nothing collected, is none failed."""
        found = [str(self.root / "src"), str(self.root), str(HERE)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(found), "HOME": str(self.scratch), "TMPDIR": str(self.scratch)} | told
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "benchmarks.entered", "--tb=no", *paths]
        child = subprocess.Popen(
            command, cwd=self.root, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", start_new_session=True, preexec_fn=bounded,  # noqa: PLW1509  one thread forks at a time
        )  # fmt: skip
        try:
            output, _ = child.communicate(timeout=WHOLE)
        except subprocess.TimeoutExpired:
            output = "hung"
        finally:
            ended(child)
        return child.returncode, output

    def recorded(self, paths: list[str]) -> Tests:
        """What each test entered, on the unchanged code; all have to pass."""
        target = self.scratch / "recorded.json"
        code, output = self.pytest(paths, **{entered.RECORD: str(target)})
        if code not in (0, 5):
            raise SystemExit(f"mutants: tests fail on the unchanged code; mend them first:\n{output}")
        return dict(json.loads(target.read_text()))

    def tried(self, mutation: Mutation, tests: list[tuple[str, float]]) -> Trial:
        if not tests:
            return Trial(killed=False, by="no test enters it")
        path, chosen = self.root / mutation.file, self.scratch / "chosen.json"
        source = path.read_bytes()
        chosen.write_text(json.dumps(tests))
        try:
            written(path, mutation.applied(source))
            files = list(dict.fromkeys(test.split("::")[0] for test, _ in tests))
            code, output = self.pytest(["-x", *files], **{entered.RUN: str(chosen)})
        finally:
            written(path, source)
        by = re.search(r"^(?:FAILED|ERROR) (\S+)", output, re.MULTILINE)
        return Trial(code not in (0, 5), by[1] if by else "" if code in (0, 5) else "it ended or hung")


def written(path: Path, source: bytes) -> None:
    """Without what was compiled of it: that is told by second and size, which may be the same."""
    path.write_bytes(source)
    for old in path.parent.glob(f"__pycache__/{path.stem}.*"):
        old.unlink()


def bounded() -> None:
    """In the child."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def ended(child: subprocess.Popen[str]) -> None:
    """Whatever it started, too: it leads a session of its own."""
    try:
        os.killpg(child.pid, 9)
    except ProcessLookupError:
        pass
    child.wait()


def sampled(root: Path, count: int, seed: int, rooms: list[str]) -> list[Mutation]:
    """The same for the same code and seed; a change of one place changes the sample there only."""
    found = []
    for path in sorted((root / "src").rglob("*.py")):
        file = path.relative_to(root).as_posix()
        if not file.startswith(APART) and (not rooms or any(room in file for room in rooms)):
            found += mutations(file, path.read_bytes())
    return sorted(found, key=lambda mutation: digest(str(seed), mutation.key))[:count]


def recordings(root: Path, kept: Path, copies: "Pool") -> Tests:
    """All tests by name; a file of tests that has not changed since, nor any code, is not run again."""
    code = [path for path in sorted((root / "src").rglob("*.py")) if not path.relative_to(root).as_posix().startswith(APART)]
    doctests = [path.relative_to(root).as_posix() for path in code if b">>>" in path.read_bytes()]
    files = {path.relative_to(root).as_posix() for path in (root / "tests").rglob("test_*.py")}
    groups = {file: [file] for file in sorted(files) if not file.startswith(APART)} | ({"doctests": doctests} if doctests else {})
    shared = [path.read_text() for path in (*code, *sorted((root / "tests").rglob("conftest.py")))]
    old = json.loads(kept.read_text()) if kept.exists() else {}

    def recorded(group: str) -> tuple[str, dict[str, object]]:
        state = digest(*shared, *((root / file).read_text() for file in groups[group]))
        if old.get(group, {}).get("state") == state:
            return group, old[group]
        print(f"on the unchanged code: {group}", flush=True)
        return group, {"state": state, "tests": copies.lent(lambda each: each.recorded(groups[group]))}

    found = dict(copies.mapped(recorded, groups))
    kept.write_text(json.dumps(found))
    return {test: facts for group in found.values() for test, facts in group["tests"].items()}


def chosen(mutation: Mutation, tests: Tests, budget: float) -> list[tuple[str, float]]:
    """(test, seconds) of a mutation, in their order."""
    room = Path(mutation.file).stem if Path(mutation.file).stem != "__init__" else Path(mutation.file).parent.name
    inside = bool(mutation.function) and not mutation.function.endswith(".")
    place = f"{mutation.file}:{mutation.function}" if inside else f"{mutation.file}:"
    spread = {name for name, facts in tests.items() if "::" not in name and touches(facts, place, inside)}  # fixtures of files
    own, others = [], []
    for name, facts in tests.items():
        file, _, test = name.partition("::")
        if not test or not (touches(facts, place, inside) or facts["processes"] or file in spread):
            continue
        ours = file == mutation.file or Path(file).stem == f"test_{room}"
        (own if ours else others).append((not touches(facts, place, inside), float(facts["seconds"]), name))  # type: ignore[arg-type]
    left, found = budget, [(name, took) for _, took, name in sorted(own)]
    for _, took, name in sorted(others):
        left -= took
        if left >= 0:
            found.append((name, took))
    return found


def touches(facts: dict[str, object], place: str, inside: bool) -> bool:
    return any(each == place if inside else each.startswith(place) for each in facts["entered"])  # type: ignore[attr-defined]


class Pool:
    """Copies of the tree, lent to as many threads."""

    def __init__(self, root: Path, jobs: int, folder: Path) -> None:
        self.free = [Copy(root, folder / str(number)) for number in range(jobs)]
        self.jobs = jobs

    def lent(self, job: Callable[[Copy], Found]) -> Found:
        each = self.free.pop()
        try:
            return job(each)
        finally:
            self.free.append(each)

    def mapped(self, job: Callable[[Given], Found], given: Iterable[Given]) -> Iterable[Found]:
        with ThreadPoolExecutor(self.jobs) as threads:
            yield from threads.map(job, given)


def report(sample: list[Mutation], told: dict[str, dict[str, object]]) -> str:
    """The survivors, each with its place, and the score."""
    alive = [each for each in sample if not told[each.key]["killed"]]
    lines = [f"{each.file}:{each.line}: {each.function}: {told[each.key]['by'] or 'survived'}\n    - {each.old}\n    + {each.new}" for each in alive]
    killed = len(sample) - len(alive)
    return "\n".join([*lines, f"{killed} of {len(sample)} killed, {100 * killed / max(len(sample), 1):.1f} %"])


def run(root: Path, folder: Path, count: int, seed: int, jobs: int = 1, rooms: Iterable[str] = (), again: bool = False, budget: float = 60) -> str:
    """Try what has not been tried yet."""
    folder.mkdir(parents=True, exist_ok=True)
    sample, results, lock = sampled(root, count, seed, list(rooms)), folder / "results.jsonl", threading.Lock()
    lines = results.read_text().splitlines() if results.exists() else []
    told = {line["key"]: line for line in map(json.loads, lines)}
    todo = [each for each in sample if each.key not in told or (again and not told[each.key]["killed"])]
    with tempfile.TemporaryDirectory(prefix="cleanplate-mutants-") as temporary:
        copies = Pool(root, jobs, Path(temporary))
        tests = recordings(root, folder / "entered.json", copies) if todo else {}

        def tried(mutation: Mutation) -> None:
            trial = copies.lent(lambda each: each.tried(mutation, chosen(mutation, tests, budget)))
            line = {"key": mutation.key, "killed": trial.killed, "by": trial.by, "file": mutation.file, "line": mutation.line,
                    "function": mutation.function, "old": mutation.old, "new": mutation.new}  # fmt: skip
            with lock, results.open("a") as stream:
                told[mutation.key] = line
                print(json.dumps(line), file=stream, flush=True)
                print("killed  " if trial.killed else "SURVIVED", f"{mutation.file}:{mutation.line}", trial.by, flush=True)

        for _ in copies.mapped(tried, todo):
            pass
    return report(sample, told)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=300, help="mutations to try")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="mutations tried at the same time")
    parser.add_argument("--folder", type=Path, default=HERE / "runs" / "mutants", help="where results are kept")
    parser.add_argument("--rooms", nargs="*", default=[], help="parts of the paths of modules; all if none is given")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds for tests of other rooms")
    parser.add_argument("--again", action="store_true", help="try the survivors once more")
    print(run(HERE, **vars(parser.parse_args())))


if __name__ == "__main__":
    main()
