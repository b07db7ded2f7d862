"""retoning: skin is found and moved to another's color in linear light."""

import numpy as np
import pytest

from cleanplate.pixels.color import to_linear
from cleanplate.training.samples import retoning


def test_moved_all_the_way_skin_has_the_others_color() -> None:
    picture, where = np.full((16, 16, 3), (0.6, 0.45, 0.35), np.float32), np.ones((16, 16), bool)
    own, other = retoning.skin_color(picture, where), np.array([0.12, 0.07, 0.05], np.float32)
    moved = retoning.lit(picture, retoning.gains(own, other, 1.0, 1.0))
    np.testing.assert_allclose(to_linear(moved).mean((0, 1)), other, rtol=0.03)


def test_brightness_and_hue_move_apart_from_each_other() -> None:
    own, other = np.array([0.3, 0.2, 0.15], np.float32), np.array([0.9, 0.3, 0.1], np.float32)
    level = np.log(float(other @ retoning.LUMINANCE) / float(own @ retoning.LUMINANCE))
    bright, hued = np.log(retoning.gains(own, other, 0.5, 0.0)), np.log(retoning.gains(own, other, 0.0, 1.0))
    np.testing.assert_allclose(bright, 0.5 * level, atol=1e-6)
    np.testing.assert_allclose(hued + level, np.log(other / own), atol=1e-6)


@pytest.mark.parametrize("factor", [0.01, 100.0])
def test_no_gain_goes_beyond_its_bound(factor: float) -> None:
    own = np.array([0.3, 0.2, 0.15], np.float32)
    found = np.log(retoning.gains(own, own * np.float32(factor), 1.0, 1.0))
    np.testing.assert_allclose(np.abs(found), retoning.FURTHEST, atol=1e-5)


def test_a_brighter_picture_is_not_clipped() -> None:
    ramp = np.linspace(0, 1, 100, dtype=np.float32)[None, :, None].repeat(3, 2)
    lit = retoning.lit(ramp, np.array([2.0, 1.0, 0.5], np.float32))
    assert lit.max() <= 1 + 1e-6
    assert (np.diff(lit, axis=1) > 0).all()
    np.testing.assert_allclose(lit[..., 1], ramp[..., 1], atol=1e-6)


def test_without_enough_of_it_nobody_has_skin() -> None:
    alpha = np.ones((64, 64), np.float32)
    blue = np.full((64, 64, 3), (0.2, 0.3, 0.8), np.float32)
    assert not retoning.skin_of(blue, alpha).any()
    assert retoning.skin_color(blue, retoning.skin_of(blue, alpha)) is None
    blue[10:30, 20:40] = (0.8, 0.6, 0.5)
    found = retoning.skin_of(blue, alpha)
    assert found[12:28, 22:38].all()
    assert not found[40:].any()
