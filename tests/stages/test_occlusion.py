"""occlusion: the sky's shadow is looked for where it reaches."""

import cv2
import numpy as np
import pytest
from standing import person

from cleanplate.stages import occlusion
from cleanplate.stages.footing import footing


@pytest.mark.parametrize("flat", [0.1, 0.25, 0.45])
@pytest.mark.parametrize("slope", [0.0, 0.4])
def test_the_skys_shadow_is_found_where_it_reaches_and_comes_out_as_over_all_of_the_picture(monkeypatch, flat, slope) -> None:
    alpha = np.zeros((220, 400), np.float32)
    alpha[40:200, 170:230] = person()
    alpha = cv2.warpAffine(alpha, np.array([[1, 0, 0], [slope, 1, -200 * slope]], np.float64), (400, 220))
    foot = footing(alpha)
    found = occlusion.occluded(alpha, foot, flat)
    monkeypatch.setattr(occlusion, "around", lambda high, columns, near, sigmas, tall: (slice(0, 220), slice(0, 400)))
    whole = occlusion.occluded(alpha, foot, flat)
    assert whole.max() > 0.5
    np.testing.assert_allclose(found, whole, atol=0.008)  # coarse blurs begin at another pixel
    assert np.abs(found - whole).mean() < 0.0005


def test_what_does_not_touch_the_ground_darkens_it_the_more_the_fuller_it_is(monkeypatch) -> None:
    monkeypatch.setattr(occlusion, "BANDS", occlusion.BANDS[1:])
    alpha = np.zeros((220, 400), np.float32)
    alpha[40:200, 170:230] = person()
    foot = footing(alpha)
    faint, full = (float(occlusion.occluded(share * alpha, foot, 0.25).sum()) for share in (np.float32(0.1), 1))
    assert 0 < faint < 0.5 * full
