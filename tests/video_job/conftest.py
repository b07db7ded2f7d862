"""A film of a person, and a plate that moves."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow
from walks import SIZE, VARIABLE, film


@pytest.fixture
def pictures(portrait) -> list[np.ndarray]:
    """A person who steps to the right over a scene of code."""
    down, across = np.mgrid[: SIZE[0], : SIZE[1]]
    ground = np.dstack([90 + across // 4, 120 + down // 4, 140 + across // 8]).astype(np.uint8)
    photo = pillow.open(portrait).convert("RGB")
    photo.thumbnail((SIZE[0], SIZE[0]))
    some, walk = np.asarray(photo), []
    for left in range(8, 24, 2):
        frame = ground.copy()
        frame[SIZE[0] - some.shape[0] :, left : left + some.shape[1]] = some
        walk.append(frame)
    return walk


@pytest.fixture
def talk(tmp_path, pictures) -> Path:
    return film(tmp_path / "talk.mp4", pictures, VARIABLE, sound=True)


@pytest.fixture
def moving(tmp_path) -> Path:
    """A plate that grows brighter: 100, 110, 120 and 130, a tenth of a second each."""
    return film(tmp_path / "moving.mkv", [np.full((*SIZE, 3), 100 + 10 * each, np.uint8) for each in range(4)], (0, 100, 200, 300))
