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


def test_slices_are_all_of_the_person_together() -> None:
    high = np.linspace(0, 1, 101)
    parts = [np.maximum(0, np.minimum((high - low) / (at - low), (top - high) / (top - at))) for low, at, top in cast_shadow.SLICES]
    np.testing.assert_allclose(np.sum(parts, 0), 1)


@pytest.mark.parametrize(("flat", "least"), [(0.05, 2.0), (0.6, 14.0)])
def test_a_shadow_towards_the_side_is_as_soft_down_the_picture_as_the_ground_is_flat(flat: float, least: float) -> None:
    """A light from the right lays the outline on the foot line nearly, and only its blur makes it wide."""
    alpha = np.zeros((260, 500), np.float32)
    alpha[20:220, 400:420] = 1
    found = cast_shadow.cast(alpha, footing(alpha), 90, flat)[:, 270:290].mean(1)
    rows = np.flatnonzero(found > 0.1 * found.max())
    assert least < rows[-1] - rows[0] < 2.2 * least
