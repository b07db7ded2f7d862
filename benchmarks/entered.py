"""A plugin of pytest for `mutants.py`: writes which functions each test enters, or runs the tests of a list in its order.

Tests that start processes are taken to enter everything those may. A test that takes much longer than it did ends its process.
"""

import faulthandler
import json
import os
import resource
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType

import pytest

RECORD, RUN = "MUTANTS_RECORD", "MUTANTS_RUN"  # files, named by environment variables
SLACK = 4.0  # times as long as it took before a test counts as hanging,
GRACE = 20.0  # and seconds besides: the machine may be busy with other mutants
MEMORY, FILE = 16 << 30, 1 << 30  # bytes: what a mutant may take and write, so that none takes the machine down

entered: dict[str, set[CodeType]] = defaultdict(set)
seconds: dict[str, float] = {}
current = [""]
processes: set[str] = set()


def profile(frame: FrameType, event: str, _: object) -> None:
    if event == "call" and current[0]:
        entered[current[0]].add(frame.f_code)


def audit(event: str, _: object) -> None:
    if event == "subprocess.Popen" and current[0]:
        processes.add(current[0])


def place(code: CodeType) -> str:
    """file:function of the outermost function, for the package's own."""
    path = Path(code.co_filename)
    inside = path.is_relative_to(Path.cwd() / "src")
    return f"{path.relative_to(Path.cwd()).as_posix()}:{code.co_qualname.split('.<locals>')[0]}" if inside else ""


if RUN in os.environ:  # here, since a mutant may run wild while it is imported
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))


def pytest_sessionstart() -> None:
    if RECORD in os.environ:
        sys.addaudithook(audit)
        threading.setprofile(profile)
        sys.setprofile(profile)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    current[0], start = item.nodeid, time.monotonic()
    if RUN in os.environ:
        took = dict(json.loads(Path(os.environ[RUN]).read_text()))[item.nodeid]
        faulthandler.dump_traceback_later(SLACK * took + GRACE, exit=True)
    try:
        return (yield)
    finally:
        seconds[item.nodeid] = time.monotonic() - start
        current[0] = ""
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef) -> Iterator[None]:
    """What a fixture of a whole file enters counts for all of its tests."""
    test = current[0]
    if fixturedef.scope != "function":
        current[0] = test.split("::")[0]
    try:
        return (yield)
    finally:
        current[0] = test


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if RUN in os.environ:
        order = [test for test, _ in json.loads(Path(os.environ[RUN]).read_text())]
        chosen = {item.nodeid: item for item in items}
        items[:] = [chosen[test] for test in order if test in chosen]


def pytest_sessionfinish() -> None:
    sys.setprofile(None)
    if RECORD in os.environ:
        found = {
            test: {"seconds": seconds.get(test, 0.0), "processes": test in processes,
                   "entered": sorted({place(code) for code in entered[test]} - {""})}
            for test in {*seconds, *entered}
        }  # fmt: skip
        Path(os.environ[RECORD]).write_text(json.dumps(found))
