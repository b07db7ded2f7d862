"""on_ray: a cluster of two nodes on this machine does what one machine does, also when it loses a worker and then a node."""

import contextlib
import dataclasses
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from discs import PLAIN, draw, results

import cleanplate
from cleanplate.batch import job as jobs
from cleanplate.batch import on_ray
from cleanplate.batch.items import Item, Job, Outcome
from cleanplate.batch.local import Local
from cleanplate.batch.on_ray import Ray
from cleanplate.errors import SetupError

PACKAGE = str(Path(cleanplate.__file__).parents[1])
SECRET = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}  # of the tests' own cluster
TESTS = str(Path(__file__).parents[1])


def test_an_item_goes_to_another_machine_by_whole_names(monkeypatch, tmp_path, item):
    monkeypatch.chdir(tmp_path)
    local = dataclasses.replace(item, person="people/anna.png", plate="s3://bucket/plate.png")
    told = on_ray.told(local)
    assert (told["person"], told["plate"]) == (str(tmp_path / "people" / "anna.png"), "s3://bucket/plate.png")
    assert Item.from_json(told) == dataclasses.replace(local, person=str(tmp_path / "people" / "anna.png"))
    found = on_ray.as_asked(Outcome("anna.png", "done", told["person"], told["plate"]).to_json(), local)
    assert (found.person, found.plate, found.status) == ("people/anna.png", "s3://bucket/plate.png", "done")


def test_a_task_does_the_items_of_its_unit(monkeypatch, tmp_path, job, item):
    monkeypatch.setattr("cleanplate.pixels.threads._most", [])
    monkeypatch.setattr(on_ray, "_workers", {})
    bad = dataclasses.replace(item, person=str(tmp_path / "nobody.png"), out="b.png")
    found = [
        Outcome.from_json(each) for each in on_ray.do(job.to_json(), "owner", 60.0, [on_ray.told(each) for each in (item, bad)])
    ]
    assert [(each.out, each.status) for each in found] == [("anna.png", "done"), ("b.png", "failed")]


class Dying:
    """A cluster whose processes end under an item as often as told; as Ray does, it runs a task again as often as it was told."""

    class exceptions:  # noqa: N801 - Ray's name
        class RayError(Exception):
            pass

        class WorkerCrashedError(RayError):
            pass

        class OutOfMemoryError(RayError):
            pass

    def __init__(self, deaths: dict[str, int]) -> None:
        self.deaths, self.alone = deaths, list[str]()

    def remote(self, num_cpus: int, max_retries: int):
        def sent(common, owner, timeout, given):
            return max_retries, tuple(each["out"] for each in given)

        return lambda do: types.SimpleNamespace(remote=sent)

    def get(self, sent):
        retries, names = sent
        for _ in range(1 + retries):
            self.alone += names if len(names) == 1 else ()
            killer = next((name for name in names if self.deaths.get(name, 0)), None)
            if killer is None:
                return [Outcome(name, "done", "", "").to_json() for name in names]
            self.deaths[killer] -= 1
        raise self.exceptions.WorkerCrashedError("killed")

    def wait(self, sent, num_returns, timeout):
        return sent[:num_returns], sent[num_returns:]

    def init(self, **given):
        pass

    def cluster_resources(self):
        return {"CPU": 1.0}

    def shutdown(self):
        pass


def test_whoever_was_lost_with_another_has_two_tries_of_its_own(monkeypatch, job, item):
    ray = Dying({"killer.png": 9, "once.png": 1})
    monkeypatch.setattr(on_ray, "library", lambda own: ray)
    monkeypatch.setattr(on_ray, "PAUSE", 0.001)
    unit = tuple(dataclasses.replace(item, out=name) for name in ("killer.png", "once.png", "a.png"))
    outcomes = {each.out: each.status for each in Ray(job, 1, 60.0, None).run(iter([unit]))}
    assert outcomes == {"killer.png": "set aside", "once.png": "done", "a.png": "done"}
    assert sorted(ray.alone) == ["a.png", "killer.png", "killer.png", "once.png", "once.png"]


# ---- a cluster -----------------------------------------------------------------------------------------------------


class Cluster:
    """Two nodes with one core each; only what it started is ended."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.nodes = folder, list[subprocess.Popen[bytes]]()
        folder.mkdir()
        self.environment = os.environ | {
            **SECRET, "RAY_USAGE_STATS_ENABLED": "0", "PYTHONPATH": f"{PACKAGE}{os.pathsep}{TESTS}",
        }  # fmt: skip
        head = self.start("--head", "--port=0", "--num-cpus=1", "--include-dashboard=false", f"--temp-dir={folder}")
        self.address = self.told(head)
        self.start(f"--address={self.address}", "--num-cpus=1", "--node-ip-address=127.0.0.2")

    def start(self, *options: str) -> Path:
        log = self.folder / f"node{len(self.nodes)}.log"
        command = [
            sys.executable,
            "-m",
            "ray.scripts.scripts",
            "start",
            "--block",
            "--disable-usage-stats",
            "--object-store-memory=100000000",
            *options,
        ]
        with log.open("wb") as file:
            self.nodes.append(subprocess.Popen(command, stdout=file, stderr=file, env=self.environment, start_new_session=True))
        return log

    def told(self, log: Path) -> str:
        for _ in range(240):
            found = re.search(r"--address='([\d.]+:\d+)'", log.read_text())
            if found:
                return found[1]
            time.sleep(0.5)
        raise AssertionError(log.read_text())

    def end(self, number: int, how: int = signal.SIGKILL) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.nodes[number].pid, how)  # of a session that it began: nobody else's
        self.nodes[number].wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in SECRET.items():
            patched.setenv(name, value)
        pytest.importorskip("ray", reason="needs the extra `cluster` (ray)")  # which reads the environment now
        made = Cluster(Path("/tmp") / f"r{os.getpid()}")  # noqa: S108 - Ray's sockets bear no long name
        yield made
        for number in range(len(made.nodes)):
            made.end(number)
        shutil.rmtree(made.folder, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.server
def test_a_cluster_that_loses_a_worker_and_a_node_loses_no_picture(tmp_path, cluster, plate):
    people = draw(tmp_path / "people", *(f"{number:03d}.png" for number in range(60)))
    items = [Item(str(path), str(plate), path.name, PLAIN) for path in sorted(people.iterdir())]
    common = Job(str(tmp_path / "out"))
    told: list[str] = []

    engine = Ray(common, 2, 120.0, cluster.address)
    for outcome in engine.run(iter([(each,) for each in items])):
        told.append(outcome.out)
        assert outcome.status == "done", outcome.reason
        if len(told) == 15:
            kill_a_worker(cluster.nodes[0].pid)
        if len(told) == 30:
            cluster.end(1)
    assert sorted(told) == [each.out for each in items]
    alone = Job(str(tmp_path / "alone"))
    assert {each.status for each in Local(alone, "owner", 1, 60.0, ()).run(iter([tuple(items)]))} == {"done"}
    assert results(Path(common.out)) == results(Path(alone.out))
    assert jobs.prepare(common, items).todo == []


def kill_a_worker(raylet_session: int) -> None:
    """The first process of a node that does tasks; its agents have such names too, and without them the node ends."""
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):
                words = (path / "cmdline").read_bytes()
                if words.startswith((b"ray::do", b"ray::IDLE")) and os.getsid(int(path.name)) == raylet_session:
                    os.kill(int(path.name), signal.SIGKILL)
                    return
    raise AssertionError("no worker was found")


@pytest.mark.slow
@pytest.mark.server
def test_no_cluster_is_one_sentence(job, item):
    pytest.importorskip("ray", reason="needs the extra `cluster` (ray)")
    with pytest.raises(SetupError, match=r"There is no Ray cluster at 127\.0\.0\.1:1 "):
        list(Ray(job, 1, 60.0, "127.0.0.1:1").run(iter([(item,)])))


def test_a_lost_machine_is_waited_for_and_an_item_that_ends_its_process_is_set_aside(monkeypatch, item):
    clock = [0.0]
    monkeypatch.setattr(on_ray.time, "monotonic", lambda: clock[0])
    other = dataclasses.replace(item, out="other.png")
    lost = on_ray.Lost()
    assert list(lost.again((item, other), OSError("gone"), its_own=False)) == []
    assert lost.due() == []
    clock[0] = 1.0
    assert lost.due() == [(item,), (other,)]
    for _ in range(on_ray.LOSSES - 1):
        assert list(lost.again((item,), OSError("gone"), its_own=False)) == []
    assert [when for when, _ in lost.waiting] == [1.0 + on_ray.PAUSE * 2**count for count in range(1, on_ray.LOSSES)]
    (outcome,) = lost.again((item,), OSError("gone"), its_own=False)
    assert (outcome.out, outcome.status) == ("anna.png", "set aside")
    assert list(lost.again((other,), OSError("killed"), its_own=True)) == []
    (outcome,) = lost.again((other,), OSError("killed"), its_own=True)
    assert "lost again and again (killed)" in outcome.reason
