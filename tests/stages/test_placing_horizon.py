"""placing: how high whole people are under a horizon."""

import numpy as np
import pytest
from busts import CHOSEN

from cleanplate.settings import Placement
from cleanplate.stages import placing, silhouettes
from cleanplate.values import Box, Cropped


def standing(width: int = 30) -> silhouettes.Silhouette:
    """A whole person, 180 rows high, feet at row 190 of 200."""
    alpha = np.zeros((200, 120), np.float32)
    alpha[10:190, 45 : 45 + width] = 1
    return silhouettes.silhouette(alpha, Box(10, 45, 180, width), Cropped())


@pytest.mark.parametrize("horizon", [0.3, 0.5, 0.6])
def test_a_camera_at_their_chest_sees_everybody_s_chest_on_the_horizon(horizon):
    stand = placing.stand(standing(), (1000, 1500), CHOSEN, lambda: horizon)
    head, feet = stand.top + 10 * stand.scale, stand.top + 190 * stand.scale
    assert feet == pytest.approx(950, abs=1)
    assert feet - placing.CAMERA * (feet - head) == pytest.approx(horizon * 1000, abs=1)


@pytest.mark.parametrize("horizon", [0.05, None])
def test_nobody_is_enlarged_for_a_horizon_and_without_one_the_frame_tells(horizon):
    assert placing.stand(standing(), (1000, 1500), CHOSEN, lambda: horizon) == placing.stand(standing(), (1000, 1500), CHOSEN)


def test_nobody_becomes_tiny_before_a_low_horizon():
    stand = placing.stand(standing(), (1000, 1500), CHOSEN, lambda: 0.9)
    assert 180 * stand.scale == pytest.approx(placing.SMALLEST * 1000)


@pytest.mark.parametrize("given", [Placement(height=0.8), Placement(y=0.9), Placement(fit="keep")])
def test_a_horizon_is_not_asked_for_where_a_height_is_given_or_a_bust_is_placed(given):
    def asked():
        raise AssertionError

    assert placing.stand(standing(), (1000, 1500), given, asked) == placing.stand(standing(), (1000, 1500), given)
    assert placing.stand(standing(110), (1000, 1500), CHOSEN, asked) == placing.stand(standing(110), (1000, 1500), CHOSEN)
