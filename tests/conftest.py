"""Small drawn pictures, the bundled examples, and networks that stand in for the trained ones."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow

import cleanplate
from cleanplate.models import graphs

EXAMPLES = Path(__file__).parent.parent / "examples"
Python = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def portrait() -> Path:
    """A photo in which the matting network finds a person."""
    return EXAMPLES / "portrait.png"


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    """A small warm background, 120 wide and 90 high."""
    down, across = np.mgrid[0:90, 0:120]
    pixels = np.dstack([150 + down, 60 + across, 255 - across - down]).astype(np.uint8)
    return drawn(pixels, tmp_path / "plate.png")


@pytest.fixture
def cutout(tmp_path: Path) -> Path:
    """A soft blue disc with alpha, 60 x 60: no network is asked where its person is."""
    down, across = np.mgrid[0:60, 0:60] - 29.5
    alpha = np.clip(25 - np.hypot(down, across), 0, 4) / 4
    return drawn(np.dstack([np.full((60, 60, 3), (40, 80, 200)), alpha * 255]).astype(np.uint8), tmp_path / "cutout.png")


@pytest.fixture
def pasted(tmp_path: Path) -> Path:
    """A composite, 80 x 60, with the foreground that ``mask`` shows."""
    pixels = np.full((60, 80, 3), (200, 150, 100), np.uint8)
    pixels[20:50, 30:60] = (40, 80, 200)
    return drawn(pixels, tmp_path / "pasted.png")


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    pixels = np.zeros((60, 80), np.uint8)
    pixels[20:50, 30:60] = 255
    return drawn(pixels, tmp_path / "mask.png")


def drawn(pixels: np.ndarray, path: Path) -> Path:
    pillow.fromarray(pixels).save(path)
    return path


class Darkens:
    """Stands in for the harmonization graphs: every color times 0.5, given as a transform too."""

    sha256, metadata = "darkens", {"contract": graphs.CONTRACT, "side": "128"}
    outputs = ("harmonized", "transform", "confidence")

    def run(self, **arrays: np.ndarray) -> dict[str, np.ndarray]:
        if "plate" in arrays:
            return {"cues": np.zeros((1, 4), np.float32)}
        half = np.eye(3, 4, dtype=np.float32).reshape(1, 12, 1, 1) / 2
        cells = arrays["composite"].shape[2] // 16
        sure = np.ones(1, np.float32)
        return {"harmonized": arrays["composite"] / 2, "transform": np.tile(half, (1, 1, cells, cells)), "confidence": sure}


class Keeps:
    """Stands in for the blending graph: alpha and foreground as they are."""

    inputs = ("source", "alpha", "foreground")
    sha256, metadata = "keeps", {"contract": graphs.CONTRACT, "stride": "8", "halo": "16"}

    def run(self, **arrays: np.ndarray) -> dict[str, np.ndarray]:
        return {"corrected_alpha": arrays["alpha"], "corrected_foreground": arrays["foreground"]}


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trained networks replaced by ones whose answer is known; the matting network stays."""
    known = {"harmonize-fast": Darkens(), "harmonize-fast-cues": Darkens(), "blend-fast": Keeps()}
    shipped = graphs.graph
    monkeypatch.setattr(graphs, "graph", lambda name, *device: known.get(name) or shipped(name, *device))


@pytest.fixture
def python() -> Python:
    """Run a fresh Python with these arguments; the package is found where these tests found it."""
    path = os.pathsep.join(filter(None, [str(Path(cleanplate.__file__).parents[1]), os.environ.get("PYTHONPATH")]))

    def run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, env=os.environ | {"PYTHONPATH": path}, **options)  # type: ignore[call-overload, no-any-return]

    return run
