"""Copies of the tree, in which `mutants.py` changes code and runs tests, so that nobody's checkout is ever touched."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from benchmarks import entered
from benchmarks.mutations import Mutation

HERE = Path(__file__).resolve().parents[1]
LEFT_OUT = (".*", "runs", "demo", "dist", "build", "__pycache__", "*.egg-info", "training-logs")
WHOLE = 1800.0  # seconds after which tests of one mutant are ended whatever they do
NOTHING = 5  # exit code of pytest when no test was found
Facts = dict[str, Any]
Tests = dict[str, Facts]
Given, Found = TypeVar("Given"), TypeVar("Found")


class Copy:
    """A copy of the tree, in which code is changed and tests are run."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root, self.scratch = folder / "tree", folder / "scratch"
        shutil.copytree(root, self.root, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        self.scratch.mkdir()

    def pytest(self, paths: Iterable[str], **told: str) -> tuple[int, str]:
        """Exit code and output."""
        found = [str(self.root / "src"), str(self.root), str(HERE)]
        own = {"PYTHONPATH": os.pathsep.join(found), "HOME": str(self.scratch), "TMPDIR": str(self.scratch)}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "benchmarks.entered", "--tb=no", *paths]
        child = subprocess.Popen(
            command, cwd=self.root, env=os.environ | own | told, start_new_session=True, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
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
        if code not in (0, NOTHING):
            raise SystemExit(f"mutants: tests fail on the unchanged code; mend them first:\n{output}")
        return dict(json.loads(target.read_text()))

    def tried(self, mutation: Mutation, new: bytes, tests: list[tuple[str, float]]) -> Facts:
        """Whether a mutation was killed, and by which test."""
        if not tests:
            return {"killed": False, "by": "no test enters it"}
        path, listed = self.root / mutation.file, self.scratch / "chosen.json"
        source = path.read_bytes()
        listed.write_text(json.dumps(tests))
        try:
            written(path, new)
            files = list(dict.fromkeys(test.split("::")[0] for test, _ in tests))
            code, output = self.pytest(["-x", *files], **{entered.RUN: str(listed)})
        finally:
            written(path, source)
        by = re.search(r"^(?:FAILED|ERROR) (\S+)", output, re.MULTILINE)
        if code == NOTHING:
            raise RuntimeError(f"none of {files} has a test that was recorded")
        killed = code != 0
        return {"killed": killed, "by": by[1] if by else "it hung" if killed else ""}


def written(path: Path, source: bytes) -> None:
    """Without what was compiled of it: that is told by second and size, which may be the same."""
    path.write_bytes(source)
    for old in path.parent.glob(f"__pycache__/{path.stem}.*"):
        old.unlink()


def ended(child: subprocess.Popen[str]) -> None:
    """Whatever it started, too: it leads a session of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


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

    def each(self, job: Callable[[Given], None], given: Iterable[Given]) -> None:
        with ThreadPoolExecutor(self.jobs) as threads:
            for done in [threads.submit(job, one) for one in given]:
                try:
                    done.result()
                except BaseException:
                    threads.shutdown(cancel_futures=True)
                    raise
