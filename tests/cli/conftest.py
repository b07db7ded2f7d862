"""A folder for outputs, and a photo that crops somebody."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "outputs"
    made.mkdir()
    return made


@pytest.fixture
def cropped(tmp_path: Path) -> tuple[Path, Path]:
    """A photo and a matte of somebody whom it crops at the left and at the bottom."""
    matte = np.zeros((80, 60), np.uint8)
    matte[20:, :30] = 255
    pillow.fromarray(np.full((80, 60, 3), 150, np.uint8)).save(tmp_path / "photo.png")
    pillow.fromarray(matte).save(tmp_path / "matte.png")
    return tmp_path / "photo.png", tmp_path / "matte.png"
