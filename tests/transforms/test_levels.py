"""levels: a black moved before a color change."""

import numpy as np
import pytest

from cleanplate.transforms.applying import apply
from cleanplate.transforms.forms import Transform
from cleanplate.transforms.levels import Levels
from cleanplate.values import Box

COLORS = np.random.default_rng(2).random((6, 5, 3), np.float32)


def changed(transform: Transform, colors: np.ndarray) -> np.ndarray:
    return apply(transform, colors.copy(), Box(0, 0, 6, 5), (6, 5), 1.0)


def test_black_goes_to_the_target_white_stays_and_the_rest_lies_on_the_line_between() -> None:
    levels = Levels(0.2, 0.1)
    for value, wanted in ((0.2, 0.1), (1.0, 1.0), (0.6, 0.55), (0.16, 0.055), (0.1, 0.0), (0.0, 0.0)):
        assert float(levels.of(np.float32([value]))[0]) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("bent", [False, True])
def test_before_a_color_change_they_are_the_same_as_one_after_the_other(bent: bool) -> None:
    """Maps alone stay maps alone: then nothing is cut off before them."""
    grid = np.random.default_rng(3).normal(0, 0.2, (2, 2, 3, 4)).astype(np.float32) + np.eye(3, 4, dtype=np.float32)
    tone = np.linspace(0, 1, 9, dtype=np.float32)[:, None] ** np.float32([0.5, 1.2, 2]) if bent else None
    transform, levels = Transform(grid, confidence=0.25, tone=tone), Levels(0.17, 0.04)
    before = grid.copy()
    whole = levels.before(transform)
    moved = levels.of(COLORS) if bent else 1 + (COLORS - 1) * np.float32(0.96 / 0.83)
    np.testing.assert_allclose(changed(whole, COLORS), changed(transform, moved), atol=0.01 if bent else 1e-5)
    assert np.abs(changed(whole, COLORS) - changed(transform, COLORS)).max() > 0.1
    assert (whole.kind, whole.confidence) == (transform.kind, 0.25)
    assert (whole.tone is None) is not bent
    assert (grid == before).all()
