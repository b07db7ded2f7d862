"""footing: the line on which somebody stands."""

import numpy as np
import pytest

from cleanplate.stages.footing import Footing, footing


def test_a_foot_further_back_tilts_the_line_on_which_both_stand() -> None:
    alpha = np.zeros((200, 100), np.float32)
    alpha[:195, 10:30] = alpha[:191, 70:90] = 1
    foot = footing(alpha)
    assert foot.at + foot.slope * 20 == pytest.approx(195, abs=0.8)
    assert foot.at + foot.slope * 80 == pytest.approx(191, abs=0.8)
    assert footing(np.ascontiguousarray(alpha[:, ::-1])).slope == pytest.approx(-foot.slope, abs=1e-6)
    assert footing(np.zeros((5, 4), np.float32)) == Footing(5, 0, 5)
