"""The wall: the runtime loads in a fresh process without any of the heavy rooms. The second test proves that the first can fail."""

import pytest

HEAVY = {"torch", "onnx", "onnxscript", "av", "ray", "fastapi", "typer", "click", "rich", "scipy", "cleanplate.training"}


def loaded(python, statement: str) -> set[str]:
    """Which of the heavy modules a fresh process holds after the statement."""
    done = python("-c", f"import sys\n{statement}\nprint(*sys.modules, sep='\\n')")
    assert done.returncode == 0, done.stderr.decode()
    return HEAVY & set(done.stdout.decode().split())


def test_importing_the_package_loads_nothing_heavy(python):
    assert loaded(python, "import cleanplate") == set()


def test_the_wall_is_seen_when_it_is_broken(python):
    assert loaded(python, "import cleanplate, typer") >= {"typer"}
    assert loaded(python, "import cleanplate.training") == {"cleanplate.training"}


def test_composing_loads_nothing_heavy(python, cutout, plate):
    settings = "cleanplate.Settings(blend=False, harmonize=False)"
    assert loaded(python, f"import cleanplate\ncleanplate.compose({str(cutout)!r}, {str(plate)!r}, settings={settings})") == set()


@pytest.mark.parametrize("room", ["cleanplate.cli", "cleanplate.training.measure.evaluate"])
def test_the_command_line_and_the_tables_need_no_torch(python, room):
    assert not loaded(python, f"import {room}") & {"torch", "onnx", "onnxscript"}
