"""Pictures for the rooms of film."""

import cv2
import numpy as np
import pytest

SIZE = 96, 128


@pytest.fixture
def scene() -> np.ndarray:
    """Colored shapes on a soft ground, (96, 128, 3) uint8."""
    rng = np.random.default_rng(3)
    picture = cv2.resize(rng.integers(60, 190, (6, 8, 3), np.uint8), SIZE[::-1], interpolation=cv2.INTER_CUBIC)
    for x, y, color in ((20, 30, (220, 60, 50)), (90, 60, (40, 90, 210)), (60, 20, (240, 220, 90))):
        cv2.circle(picture, (x, y), 12, color, -1)
    return picture


@pytest.fixture
def other() -> np.ndarray:
    down, across = np.mgrid[: SIZE[0], : SIZE[1]]
    return np.dstack([40 + across, 200 - down, np.full(SIZE, 30)]).astype(np.uint8)
