"""How many small changes of the code the tests notice: a seeded sample of mutations of the runtime, each run on its tests.

    python -m benchmarks.mutants [--count 300] [--seed 0] [--jobs 1] [--folder runs/mutants] [--rooms NAME ...] [--again]

All happens in copies of the tree. First every test runs once on the unchanged code, and is seen to pass; which functions it enters
is noted. A mutation then runs on the tests that enter the changed function (or, outside functions, any of that file): those of its
own room, the room's doctests, then the others from the quickest on for as long as --budget says. Killed is what fails or hangs.
`--budget 0` runs, and records, the rooms' own tests alone: minutes in place of an hour, and never more killed than otherwise.

Results are kept in the folder, a line each: what was stopped goes on where it was. `--again` tries the survivors once more, when
tests have been added. Survivors are listed at the end with file, line, old and new code.
"""

import argparse
import itertools
import json
import re
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.mutations import Mutation, digest, mutations
from benchmarks.trees import Facts, Pool, Tests

HERE = Path(__file__).resolve().parents[1]
APART = (  # not the runtime, and what tests this room
    "src/cleanplate/training", "src/cleanplate/cli/training.py", "tests/training", "tests/test_benchmarks.py",
    "tests/test_mutants.py", "tests/cli/test_training.py",
)  # fmt: skip
BUDGET = 20.0  # seconds for tests of other rooms


def sampled(root: Path, count: int, seed: int, rooms: list[str]) -> list[tuple[Mutation, bytes]]:
    """Mutations and their new source. A change of one place of the code changes the sample there only."""
    found, sources = [], {}
    for path in code(root):
        file = path.relative_to(root).as_posix()
        if not rooms or any(room in file for room in rooms):
            sources[file] = path.read_bytes()
            found += mutations(file, sources[file])
    ranked = sorted(found, key=lambda mutation: digest(str(seed), mutation.key))
    return list(itertools.islice(((each, new) for each in ranked if (new := each.applied(sources[each.file]))), count))


def code(root: Path) -> list[Path]:
    return [path for path in sorted((root / "src").rglob("*.py")) if not path.relative_to(root).as_posix().startswith(APART)]


def recordings(root: Path, kept: Path, copies: Pool, rooms: set[str] | None) -> Tests:
    """Tests by name; a file of tests that has not changed since, nor any code, is not run again.

    Args:
        rooms: files of code whose own tests are enough; None for all tests.
    """
    doctests = [path.relative_to(root).as_posix() for path in code(root) if b">>>" in path.read_bytes()]
    files = files_of_tests(root)
    groups = {file: [file] for file in sorted(files) if not file.startswith(APART)} | ({"doctests": doctests} if doctests else {})
    if rooms is not None:
        own = set[str]().union(*(homes(file, files) for file in rooms))
        groups = {group: given for group, given in groups.items() if own & {group, *given}}
    shared = [path.read_text() for path in (*code(root), *sorted((root / "tests").rglob("conftest.py")))]
    found, lock = json.loads(kept.read_text()) if kept.exists() else {}, threading.Lock()

    def recorded(group: str) -> None:
        state = digest(*shared, *((root / file).read_text() for file in groups[group]))
        if found.get(group, {}).get("state") == state:
            return
        tests = copies.lent(lambda each: each.recorded(groups[group]))
        with lock:
            print(f"passes on the unchanged code: {group}", flush=True)
            found[group] = {"state": state, "tests": tests}
            kept.write_text(json.dumps(found))

    if rooms is None:
        copies.each(recorded, groups)
    else:
        for group in groups:
            recorded(group)
    return {test: facts for group in groups for test, facts in found[group]["tests"].items()}


def chosen(mutation: Mutation, tests: Tests, files: Mapping[str, set[str]], budget: float) -> list[tuple[str, float]]:
    """(test, seconds) of a mutation: its room's, then the others while the budget lasts.

    Args:
        files: see ``files_of_tests``.
    """
    inside = bool(mutation.function) and not mutation.function.endswith(".")
    place = f"{mutation.file}:{mutation.function if inside else ''}"
    touching = {name for name, facts in tests.items() if touches(facts, place, inside)}
    able = touching | {name for name, facts in tests.items() if facts["processes"]}
    rooms, ranked = homes(mutation.file, files), []
    for name, facts in tests.items():
        file, _, test = name.partition("::")
        if test and (name in able or file in able):  # a file touches by a fixture of its own, such as a server
            ranked.append((file not in rooms, name not in touching, facts["seconds"], name))
    left, found = budget, []
    for elsewhere, _, took, name in sorted(ranked):
        left -= took if elsewhere else 0
        if left >= 0:
            found.append((name, took))
    return found


def touches(facts: Facts, place: str, inside: bool) -> bool:
    return any(each == place if inside else each.startswith(place) for each in facts["entered"])


def files_of_tests(root: Path) -> dict[str, set[str]]:
    """Each file of tests, with the words before the colon of its first line: the rooms that it names, if it does."""
    found = {}
    for path in (root / "tests").rglob("test_*.py"):
        named = re.match(r'"""([\w., ]+): ', path.read_text())
        found[path.relative_to(root).as_posix()] = set(re.findall(r"\w+", named[1])) if named else set()
    return found


def homes(file: str, known: Mapping[str, set[str]]) -> set[str]:
    """A room's files of tests; doctests. Of a/b.py those in tests/a/: test_b.py, test_b_*.py, b/, or who name b; else all."""
    _, _, *folders, room = Path(file).with_suffix("").parts
    stem = "/".join(["tests", *folders, ""])
    begins = tuple(stem + each for each in (f"test_{room.strip('_')}.py", f"test_{room.strip('_')}_", f"{room}/"))
    own = {each for each in known if each.startswith(begins)} | ({f"tests/test_{folder}.py" for folder in folders} & known.keys())
    own |= {each for each, words in known.items() if room in words and each.startswith(stem) and "/" not in each[len(stem) :]}
    beside = {each for each in known if folders and each.startswith(stem)}
    return {file, *(own or beside)}


def report(sample: list[Mutation], told: dict[str, Facts]) -> str:
    """The survivors, each with its place, and the score."""
    alive = [each for each in sample if not told[each.key]["killed"]]
    lines = []
    for each in alive:
        lines += [f"{each.file}:{each.line}: {each.function}: {told[each.key]['by'] or 'survived'}"]
        lines += [f"    - {each.old}", f"    + {each.new}"]
    killed = len(sample) - len(alive)
    return "\n".join([*lines, f"{killed} of {len(sample)} killed, {100 * killed / max(len(sample), 1):.1f} %"])


def run(
    root: Path, folder: Path, count: int, seed: int = 0, *, jobs: int = 1, rooms: Iterable[str] = (), again: bool = False,
    budget: float = BUDGET,
) -> str:  # fmt: skip
    """Try what has not been tried yet; the report."""
    folder.mkdir(parents=True, exist_ok=True)
    files, kept, asking = files_of_tests(root), folder / "entered.json", threading.Lock()
    sample, results, lock = sampled(root, count, seed, list(rooms)), folder / "results.jsonl", threading.Lock()
    lines = results.read_text().splitlines() if results.exists() else []
    told = {line["key"]: line for line in map(json.loads, lines)}
    todo = [(each, new) for each, new in sample if each.key not in told or (again and not told[each.key]["killed"])]
    with tempfile.TemporaryDirectory(prefix="cleanplate-mutants-", ignore_cleanup_errors=True) as temporary:
        copies = Pool(root, jobs, Path(temporary)) if todo else None
        every = recordings(root, kept, copies, None) if copies and budget else {}

        def tried(given: tuple[Mutation, bytes]) -> None:
            mutation, start = given[0], time.monotonic()
            with asking:
                tests = every or recordings(root, kept, copies, {mutation.file})
            line = vars(mutation) | copies.lent(lambda each: each.tried(*given, chosen(mutation, tests, files, budget)))
            with lock, results.open("a") as stream:
                told[mutation.key] = line
                print(json.dumps({"key": mutation.key} | line), file=stream, flush=True)
                print(f"{'killed' if line['killed'] else 'SURVIVED':8} {time.monotonic() - start:4.0f} s", end=" ")
                print(f"{mutation.file}:{mutation.line} {line['by']}", flush=True)

        if copies:
            copies.each(tried, todo)
    return report([each for each, _ in sample], told)


def main() -> None:
    form = argparse.RawTextHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__, formatter_class=form)
    parser.add_argument("--count", type=int, default=300, help="mutations to try")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="mutations tried at the same time")
    parser.add_argument("--folder", type=Path, default=HERE / "runs" / "mutants", help="where results are kept")
    parser.add_argument("--rooms", nargs="*", default=[], help="parts of the paths of modules; all if none is given")
    parser.add_argument("--budget", type=float, default=BUDGET, help="seconds for tests of other rooms")
    parser.add_argument("--again", action="store_true", help="try the survivors once more")
    print(run(HERE, **vars(parser.parse_args())))


if __name__ == "__main__":
    main()
