"""The wall: the runtime loads in a fresh process without any of the heavy rooms, and rooms import only from below.

Of both the tests prove too that they can fail.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cleanplate.files.photos import write_image
from cleanplate.pixels.icc import profile
from cleanplate.values import Image

HEAVY = {
    "torch", "onnx", "onnxscript", "av", "ray", "obstore", "starlette", "uvicorn", "typer", "click", "rich", "scipy",
    "imagecodecs", "pillow_heif", "pylibjxl", "rawpy", "OpenEXR", "tifffile", "psd_tools", "c2pa", "cleanplate.training",
    "ssl", "urllib.request",  # of the standard library, a twentieth of a second
}  # fmt: skip
ROOT = Path(__file__).parents[1]


ELSEWHERE = (  # rooms that only films, batches, the server, training and layered files need
    "film", "video", "video_job", "batch", "serve", "training", "storage", "handoff.psd", "handoff.ora", "handoff.exr",
    "files.apart", "files.flattened", "api",
)  # fmt: skip
TOLD_BY = {"film.pipeline", "film.quality", "video.boxes", "video.recognized"}  # rooms of films that photos go by too; all small


def held(python, statement: str) -> set[str]:
    """All modules that a fresh process holds after the statement."""
    done = python("-c", f"import sys\n{statement}\nprint(*sys.modules, sep='\\n')")
    assert done.returncode == 0, done.stderr.decode()
    return set(done.stdout.decode().split())


def loaded(python, statement: str) -> set[str]:
    """Which of the heavy modules a fresh process holds after the statement."""
    return HEAVY & held(python, statement)


def of_others(modules: set[str]) -> set[str]:
    """Those of the package's rooms among them that a composite of two photos has no need of."""
    rooms = {each.removeprefix("cleanplate.") for each in modules if each.startswith("cleanplate.")}
    found = {room for room in rooms if f"{room}.".startswith(tuple(f"{each}." for each in ELSEWHERE))}
    return found - TOLD_BY - {"film", "video"}  # the packages themselves hold nothing


def test_importing_the_package_loads_nothing_heavy(python):
    assert loaded(python, "import cleanplate") == set()


def test_the_wall_is_seen_when_it_is_broken(python):
    assert loaded(python, "import cleanplate, typer") >= {"typer"}
    assert loaded(python, "import cleanplate.training") == {"cleanplate.training"}


def test_composing_loads_nothing_heavy(python, cutout, plate):
    settings = "cleanplate.Settings(blend=False, harmonize=False)"
    assert loaded(python, f"import cleanplate\ncleanplate.compose({str(cutout)!r}, {str(plate)!r}, settings={settings})") == set()


def test_the_command_composes_two_photos_without_the_rooms_of_films_batches_and_servers(python, tmp_path, cutout, plate):
    words = ["compose", str(cutout), str(plate), "-o", str(tmp_path / "out.jpg"), "-q"]
    modules = held(python, f"from cleanplate import cli\nassert cli.main({words!r}) == 0")
    assert of_others(modules) == set()
    assert {"cleanplate.one_shot", "cleanplate.stages.harmonizing"} <= modules  # it was composed in that process


def test_rooms_that_a_composite_does_not_need_are_seen_where_they_load(python):
    assert of_others(held(python, "import cleanplate\ncleanplate.compose_video")) >= {"video_job", "film.composing", "video.videos"}
    assert of_others(held(python, "import cleanplate\ncleanplate.compose")) == set()


def test_reading_loads_what_converts_profiles_only_for_another_than_srgb(python, tmp_path):
    for name in ("srgb", "display-p3"):
        own = None if name == "srgb" else profile(name)
        write_image(Image(np.zeros((4, 4, 3), np.uint16), profile=own), tmp_path / f"{name}.png")
    read = "import cleanplate\ncleanplate.read_image({!r}, space='keep')"
    assert loaded(python, read.format(str(tmp_path / "srgb.png"))) == set()
    assert loaded(python, read.format(str(tmp_path / "display-p3.png"))) == {"imagecodecs"}


@pytest.mark.parametrize("room", ["cleanplate.cli", "cleanplate.training.measure.evaluate"])
def test_the_command_line_and_the_tables_need_no_torch(python, room):
    assert not loaded(python, f"import {room}") & {"torch", "onnx", "onnxscript"}


# ---- the import contract -------------------------------------------------------------------------------------------


def broken(copy: Path) -> list[str]:
    """The contracts that a copy of the package breaks; a room that they do not know counts as one."""
    lint = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True, no_logo=True))"
    done = subprocess.run(
        [sys.executable, "-c", lint], cwd=copy, env=os.environ | {"PYTHONPATH": str(copy / "src"), "COLUMNS": "200"},
        capture_output=True, text=True,
    )  # fmt: skip
    found = [line.split(" BROKEN")[0] for line in done.stdout.splitlines() if " BROKEN" in line]
    assert done.returncode == (1 if found else 0), done.stdout + done.stderr
    return found


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package without its weights, and its contract."""
    pytest.importorskip("importlinter")
    folder = tmp_path_factory.mktemp("wall")
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("weights", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


LAYERS = "Packages import from below only, siblings not from each other"
CIRCLES = "Rooms of a package do not import each other in circles"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("room", "statement", "contract"),
    [
        ("stages/tiling.py", "from cleanplate.files import photos", "Stages, networks and color changes know no files"),
        ("film/tracking.py", "from cleanplate import composites", LAYERS),
        ("pixels/threads.py", "from cleanplate.pixels import holes, resampling", ""),
        ("pixels/color.py", "from cleanplate.pixels import resampling", CIRCLES),
        ("transforms/forms.py", "import typer", "The runtime is light"),
        ("attic.py", "", LAYERS),
    ],
)  # fmt: skip
def test_a_wrong_import_a_circle_and_an_unknown_room_break_the_contract_that_holds_without(
    copy: Path, room: str, statement: str, contract: str
) -> None:
    path = copy / "src" / "cleanplate" / room
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.write_text((before or "") + f"\n{statement}\n", encoding="utf-8")
    try:
        assert broken(copy) == ([contract] if contract else [])  # an import from below breaks nothing
    finally:
        path.unlink() if before is None else path.write_text(before, encoding="utf-8")
