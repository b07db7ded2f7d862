"""cast_shadow: each point of a person lands where the light says, and only that part of the ground is looked at."""

import cv2
import numpy as np
import pytest
from standing import middle, person

from cleanplate.stages import cast_shadow
from cleanplate.stages.footing import Footing, footing
from cleanplate.values import Box


def test_each_point_is_laid_as_far_from_its_place_on_a_tilted_foot_line_as_it_is_high() -> None:
    foot = Footing(100.0, 0.2, 80.0)
    for angle in (60, 120, 300):
        right, down = cast_shadow.fall(angle, 0.4)
        for x, high in ((100, 0), (100, 30), (80, 50)):
            place = 100 + 0.2 * x - high
            ball = cv2.GaussianBlur(np.float32(np.hypot(*(np.mgrid[:200, :200] + 0.5 - [[[place]], [[x]]])) < 6), (0, 0), 1)
            row, column = middle(cast_shadow.cast(ball, foot, angle, 0.4))
            assert column == pytest.approx(x + right * high, abs=1)
            assert row == pytest.approx(100 + 0.2 * x + down * high, abs=1)


@pytest.mark.parametrize("angle", [0, 75, 160, 200, 300])
@pytest.mark.parametrize(("slope", "flat", "left"), [(0.0, 0.1, 170), (0.3, 0.4, 170), (0.0, 0.9, 0)])
def test_a_cast_shadow_is_found_where_it_lands_and_comes_out_as_over_all_the_picture(monkeypatch, angle, slope, flat, left) -> None:
    """Also where it leaves the picture."""
    alpha = np.zeros((220, 400), np.float32)
    alpha[40:200, left : left + 60] = person()
    alpha = cv2.warpAffine(alpha, np.array([[1, 0, 0], [slope, 1, -200 * slope]], np.float64), (400, 220))
    found = cast_shadow.cast(alpha, footing(alpha), angle, flat)
    monkeypatch.setattr(cast_shadow, "landed", lambda own, onto, sigmas, size: Box(0, 0, *size))
    whole = cast_shadow.cast(alpha, footing(alpha), angle, flat)
    assert whole.max() > 0.2
    np.testing.assert_allclose(found, whole, atol=0.008)  # coarse blurs begin at another pixel
    assert np.abs(found - whole).mean() < 0.0005


def test_where_a_box_lands_by_hand() -> None:
    """From the ground line in row 50 up to 20 above it, laid half as far to the right and down again; a blur of 2 and 1 pixels."""
    onto = cast_shadow.landing(Footing(50.5, 0.0, 40.0), 0.5, 0.5)  # its line in the middle of row 50
    assert (onto @ (10, 30, 1)).tolist() == [20, 60]
    found = cast_shadow.landed(Box(30, 10, 20, 5), onto, (2, 1), (100, 100))
    assert found == Box(50 - 5, 9 - 9, (61 + 5) - (50 - 5) + 1, (26 + 9) - (9 - 9) + 1)
    assert cast_shadow.landed(Box(30, 10, 20, 5), onto, (2, 1), (55, 30)) == Box(45, 0, 10, 30)
