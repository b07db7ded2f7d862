"""serve.worker: a worker's process by itself, asked as the server asks it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cleanplate
from cleanplate.serve import wire

TOLD = {"device": "cpu", "pixels": 1 << 20, "memory": 4 << 30, "seconds": 60, "nice": 5}
THREADS = Path("/proc/self/task")


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """A process that says it is ready."""
    environment = os.environ | {"PYTHONPATH": str(Path(cleanplate.__file__).parents[1])}
    command = [sys.executable, "-m", "cleanplate.serve.worker", json.dumps(TOLD)]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            found = wire.read(process.stdout)
            assert found is not None
            assert set(found[0]) == {"ready"}
            yield process
        finally:
            process.kill()


def asked(process: subprocess.Popen[bytes], message: wire.Message) -> wire.Message:
    """The worker's last word on a message."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(wire.packed(message))
    process.stdin.flush()
    found = wire.read(process.stdout)
    assert found is not None
    return found[0]


def niceness(process: subprocess.Popen[bytes]) -> set[int]:
    """Of all of its threads."""
    threads = Path(f"/proc/{process.pid}/task").iterdir()
    return {os.getpriority(os.PRIO_PROCESS, int(each.name)) for each in threads}


@pytest.mark.skipif(not THREADS.exists(), reason="Linux counts threads by themselves")
def test_a_worker_gives_way_with_all_of_its_threads_once_it_has_done_its_first_work(worker):
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert "done" in asked(worker, {"do": "health"})
    assert niceness(worker) == {own}  # whoever has just opened the page waits for it
    threads = list(Path(f"/proc/{worker.pid}/task").iterdir())
    assert len(threads) > 1 or len(os.sched_getaffinity(0)) == 1  # networks have one for each core
    lost = {"do": "keep_plate", "folder": "/nowhere/at/all"}
    assert "problem" in asked(worker, lost)  # after this answer
    for _ in range(2):  # once, and not further each time
        assert "problem" in asked(worker, lost)
        assert niceness(worker) == {min(19, own + TOLD["nice"])}  # as far as it goes, where all of this is niced


def test_a_worker_loads_neither_requests_nor_films_before_it_needs_them(python):
    done = python("-c", "import sys, cleanplate.serve.worker; print(*sys.modules)")
    loaded, others = set(done.stdout.decode().split()), {"starlette", "asyncio", "cleanplate.serve.uploads", "cleanplate.video_job"}
    assert "cleanplate.serve.work" in loaded
    assert loaded & others == set()
