"""Paint beside an account by hand: what a colored filter over a photographed gray card makes of it, in linear light."""

import cv2
import numpy as np
import pytest

from cleanplate.pixels.color import FloatArray, to_linear, to_srgb
from cleanplate.training.samples.paint import Paint, draw_paint, light_of

LUMA = np.array([0.2126, 0.7152, 0.0722])


def room(light: tuple[float, float, float] = (1, 1, 1)) -> FloatArray:
    """A gray wall with shading from left to right, and a lamp in a corner, all under one light."""
    shade = np.linspace(0.05, 0.4, 64, dtype=np.float32)[None, :, None].repeat(48, 0)
    linear = shade * np.asarray(light, np.float32)
    linear[:8, :8] = np.asarray(light, np.float32) / max(light) * np.float32(0.98)
    return np.asarray(to_srgb(linear), np.float32)


def test_a_coat_has_the_shading_of_the_wall_below_it_and_one_chromaticity() -> None:
    place, red = room(), np.array([3.0, 0.45, 0.57], np.float32)
    red /= red @ LUMA.astype(np.float32)
    wall = to_linear(Paint(red, np.float32(0.5), np.float32(1), (99, 100), None)(place))[8:]
    level = to_linear(place)[8:, :, 1]
    unclipped = (0.5 * level[..., None] * red).max(-1) < 1
    expected = 0.5 * level[..., None] * red
    np.testing.assert_allclose(wall[unclipped], expected[unclipped], atol=2e-3)


def test_the_lamp_keeps_its_color_and_most_of_the_wall_does_not() -> None:
    place = room()
    for seed in range(20):
        painted = draw_paint(np.random.default_rng(seed), place)(place)
        np.testing.assert_allclose(painted[:6, :6], place[:6, :6], atol=0.01)
        lab = cv2.cvtColor(painted, cv2.COLOR_RGB2LAB)[16:, 20:]
        assert np.hypot(lab[..., 1], lab[..., 2]).mean() > 6


def test_the_light_of_a_place_is_read_off_its_lamp_and_tints_the_paint() -> None:
    warm = (1.0, 0.7, 0.4)
    found = light_of(room(warm))
    np.testing.assert_allclose(found / found.max(), np.array(warm), atol=0.02)
    plain, lit = (draw_paint(np.random.default_rng(3), room(each)).color for each in ((1, 1, 1), warm))
    ratio = lit / plain
    np.testing.assert_allclose(ratio / ratio.max(), np.array(warm), atol=0.03)


def test_only_colors_near_the_drawn_one_are_painted() -> None:
    place = np.zeros((40, 40, 3), np.float32) + np.float32([0.2, 0.5, 0.2])
    place[:, 20:] = np.float32([0.5, 0.2, 0.5])
    green = np.asarray(cv2.cvtColor(place[:1, :1], cv2.COLOR_RGB2LAB)[0, 0], np.float32)
    painted = Paint(np.float32([0.5, 1, 2.5]), np.float32(1), np.float32(1), (90, 95), (green, 14.0))(place)
    assert np.abs(painted[:, :20] - place[:, :20]).max() > 0.2
    assert np.abs(painted[:, 20:] - place[:, 20:]).max() < 0.01


@pytest.mark.parametrize("seed", range(5))
def test_one_coat_is_one_function_of_color(seed: int) -> None:
    """So a photo and the plate that was filled in from it stay alike around the person."""
    rng = np.random.default_rng(seed)
    place = rng.random((16, 16, 3), np.float32)
    coat = draw_paint(rng, place)
    mixed = rng.permutation(place.reshape(-1, 3)).reshape(16, 16, 3)
    order = np.lexsort(place.reshape(-1, 3).T), np.lexsort(mixed.reshape(-1, 3).T)
    np.testing.assert_allclose(coat(place).reshape(-1, 3)[order[0]], coat(mixed).reshape(-1, 3)[order[1]], atol=1e-6)
