import numpy as np
import pytest

from cleanplate.stages import crops
from cleanplate.values import Crop, Cropped


def test_each_border_that_crops_a_person_is_found_and_no_other() -> None:
    y, x = np.mgrid[:300, :400]
    for name, middle in {"top": (20, 200), "bottom": (280, 200), "left": (150, 20), "right": (150, 380)}.items():
        alpha = np.clip(60.5 - np.hypot(y - middle[0], x - middle[1]), 0, 1).astype(np.float32)
        found = crops.cropped(alpha)
        assert {side for side in ("top", "bottom", "left", "right") if getattr(found, side)} == {name}
        side, (along, size) = getattr(found, name), ((middle[1], 400) if name in ("top", "bottom") else (middle[0], 300))
        half = np.sqrt(60**2 - 20**2)
        assert (side.first, side.last) == pytest.approx(((along - half) / size, (along + half) / size), abs=3 / size)


def test_a_head_that_only_comes_near_the_border_and_a_cutout_trimmed_to_its_extent_are_not_cropped() -> None:
    y, x = np.mgrid[:600, :600] + 0.5
    near = np.clip(250.5 - np.hypot(y - 252, x - 300), 0, 1).astype(np.float32)
    assert crops.cropped(near) == Cropped()
    trimmed = near[2:502, 50:550]
    assert min(trimmed.max(0).min(), trimmed.max(1).min()) > 0
    found = crops.cropped(trimmed, trimmed=True)
    assert (found.top, found.left, found.right) == (None, None, None)


def test_a_matte_that_fades_before_the_border_or_ends_at_a_frame_is_cropped_where_it_is_whole() -> None:
    alpha = np.zeros((400, 400), np.float32)
    alpha[100:, 150:250] = 1
    alpha[-3:] *= np.float32([[0.9], [0.7], [0.5]])
    assert crops.cropped(alpha).bottom == Crop(3 / 400, 150 / 400, 250 / 400)
    framed = np.zeros((400, 400), np.float32)
    framed[100:, 150:250] = 1
    framed[-10:] = 0  # a frame of ten pixels, which a matte does not enter
    assert crops.cropped(framed).bottom == Crop(10 / 400, 150 / 400, 250 / 400)
    framed[-30:] = 0  # and so far from the border it is the person's own end
    assert crops.cropped(framed) == Cropped()
