"""local and child: items done by processes that die, fall silent or run out of memory on the way."""

import dataclasses
import sys
import time
from pathlib import Path

import pytest
from discs import PLAIN, Here, draw, results

from cleanplate.batch.items import Item
from cleanplate.batch.local import Local
from cleanplate.errors import SetupError

POISONED = """
import os, signal, sys, time
from pathlib import Path
from cleanplate.batch import child, work
from cleanplate.files import atomic
from cleanplate.errors import MemoryShort

make, put = work.Worker.make, atomic.put

def spoiled(self, read):
    name, seen = Path(read.item.out).stem, Path(self.job.out + "-seen", read.item.out)
    again = seen.exists()
    seen.parent.mkdir(parents=True, exist_ok=True)
    seen.touch()
    if name.startswith("killed") or (name.startswith("once") and not again):
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("crash"):
        os.abort()
    if name.startswith("silent"):
        time.sleep(60)
    if name.startswith("memory") or (name.startswith("short") and not again):
        raise MemoryShort
    if name.startswith("wanes"):
        if not again:
            raise MemoryShort
        os.abort()
    if name.startswith("mistake"):
        raise RuntimeError("a mistake of ours")
    return make(self, read)

def slow(temporary, path, *more):
    if Path(path).name.startswith("slow"):
        time.sleep(child.GRACE * 1.5)
    put(temporary, path, *more)

work.Worker.make, atomic.put = spoiled, slow
child.main()
"""


@pytest.fixture
def items(people, plate):
    def named(*names: str) -> list[Item]:
        return [Item(str(people / "anna.png"), str(plate), f"{name}.png", PLAIN) for name in names]

    return named


def run(job, items, workers=2, timeout=60.0, command=None, units=None):
    engine = Local(job, "owner", workers, timeout, ())
    engine.command = command or engine.command
    return {each.out: each for each in engine.run(iter(units or [(each,) for each in items]))}


def poisoned(tmp_path: Path) -> tuple[str, ...]:
    script = tmp_path / "poisoned.py"
    script.write_text(POISONED)
    return sys.executable, str(script)


def test_processes_give_the_bytes_of_one_worker_here(tmp_path, job, people, plate):
    names = draw(people, *(f"{number}.png" for number in range(20)))
    items = [Item(str(path), str(plate), path.name, PLAIN) for path in sorted(names.glob("*.png"))]
    outcomes = run(job, items)
    assert {each.status for each in outcomes.values()} == {"done"}
    other = dataclasses.replace(job, out=str(tmp_path / "other"))
    assert all(each.status == "done" for each in Here(other).run(iter([tuple(items)])))
    assert results(Path(job.out)) == results(Path(other.out))
    assert len(results(Path(job.out))) == len(items)


def test_nothing_is_started_for_nothing(job):
    assert run(job, [], command=("/nowhere",)) == {}


def test_whoever_ends_a_worker_twice_is_set_aside_and_the_rest_goes_on(tmp_path, job, items):
    names = ("a", "killed", "b", "crash", "once", "mistake", "c", "d", "e")
    outcomes = run(job, items(*names), command=poisoned(tmp_path))
    assert {Path(out).stem: each.status for out, each in outcomes.items()} == {
        name: "set aside" if name in ("killed", "crash", "mistake") else "done" for name in names
    }
    assert "signal 9" in outcomes["killed.png"].reason
    assert "signal 6" in outcomes["crash.png"].reason
    assert "exit code 1" in outcomes["mistake.png"].reason
    assert {Path(name).stem for name in results(Path(job.out))} == {"a", "b", "once", "c", "d", "e"}


@pytest.mark.parametrize("killer", ["crash", "killed"])
def test_whoever_waited_behind_a_death_has_two_tries_of_its_own(tmp_path, job, items, killer):
    outcomes = run(job, [], workers=1, command=poisoned(tmp_path), units=[tuple(items(killer, "once", "a"))])
    assert {out: each.status for out, each in outcomes.items()} == {
        f"{killer}.png": "set aside", "once.png": "done", "a.png": "done",
    }  # fmt: skip


def test_why_an_item_is_set_aside_is_said_as_it_was(tmp_path, job, items):
    crash, memory, wanes = (
        run(job, items(name), workers=1, command=poisoned(tmp_path))[f"{name}.png"].reason for name in ("crash", "memory", "wanes")
    )
    assert crash == "it failed twice, the second time alone: its worker ended (signal 6)"
    assert memory.startswith("it failed twice, the second time alone: ")
    assert "worker" not in memory
    assert wanes == f"{memory}; then: its worker ended (signal 6)"


@pytest.mark.long
def test_whoever_says_nothing_is_ended_and_set_aside(tmp_path, job, items):
    outcomes = run(job, items("a", "silent", "b"), workers=1, timeout=6.0, command=poisoned(tmp_path))
    assert {out: each.status for out, each in outcomes.items()} == {"a.png": "done", "silent.png": "set aside", "b.png": "done"}
    assert "nothing was heard of it for 6 seconds" in outcomes["silent.png"].reason


def test_short_memory_is_tried_once_more_alone(tmp_path, job, items):
    outcomes = run(job, items("short", "a", "memory", "b"), workers=1, command=poisoned(tmp_path))
    assert {out: each.status for out, each in outcomes.items()} == {
        "short.png": "done", "a.png": "done", "memory.png": "set aside", "b.png": "done",
    }  # fmt: skip


@pytest.mark.long
def test_every_item_is_told_once_where_every_worker_dies(tmp_path, job, items):
    given = items(*(f"killed{number}" if number % 2 else f"a{number}" for number in range(8)))
    engine = Local(job, "owner", 2, 60.0, ())
    engine.command = poisoned(tmp_path)
    told = [each.out for each in engine.run(iter([tuple(given)]))]
    assert sorted(told) == sorted(each.out for each in given)


def test_processes_that_do_not_start_stop_the_batch(job, items):
    with pytest.raises(SetupError, match=r"does not start here \(exit code 3\)"):
        run(job, items("a", "b"), command=(sys.executable, "-c", "raise SystemExit(3)"))


def test_networks_that_cannot_be_had_stop_the_batch(job, items):
    engine = Local(dataclasses.replace(job, device="cuda"), "owner", 2, 60.0, ("fast",))
    with pytest.raises(SetupError, match="cuda"):
        list(engine.run(iter([tuple(items("a", "b"))])))


def test_given_up_half_way_no_process_is_left(tmp_path, job, items):
    engine = Local(job, "owner", 2, 60.0, ())
    running = engine.run(iter([(each,) for each in items(*map(str, range(200)))]))
    first = next(running)
    running.close()
    made = len(results(Path(job.out)))
    assert first.status == "done"
    time.sleep(1)
    assert len(results(Path(job.out))) == made < 200
    assert not list(Path(job.out).rglob("*.part*"))


def test_given_up_in_the_midst_of_a_file_no_part_of_it_is_left(tmp_path, job, items):
    engine = Local(job, "owner", 1, 60.0, ())
    engine.command = poisoned(tmp_path)
    running = engine.run(iter([(each,) for each in items("a", "slow", "b", "c")]))
    next(running)
    while not Path(job.state("records/slow.png.json")).exists():
        time.sleep(0.01)
    running.close()
    assert "slow.png" in results(Path(job.out))
    assert not list(Path(job.out).rglob("*.part*"))
