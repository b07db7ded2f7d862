"""lights: each kind does to a photo what its name says."""

import numpy as np
import pytest

from cleanplate.training.samples import lights


def of_kind(kind: str, count: int = 12) -> list[lights.Light]:
    drawn = (lights.draw_light(np.random.default_rng(seed)) for seed in range(400))
    return [each for each in drawn if each.kind == kind][:count]


PICTURE = np.random.default_rng(0).random((24, 24, 3)).astype(np.float32)


@pytest.mark.parametrize("kind", lights.KINDS)
def test_a_light_is_one_function_of_color_in_range(kind: str) -> None:
    for each in of_kind(kind):
        found = each.change(PICTURE)
        assert found.dtype == np.float32
        assert found.min() >= 0
        assert found.max() <= 1
        np.testing.assert_allclose(each.change(PICTURE[5:9, 3:4]), found[5:9, 3:4], atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "darker", "warmer"), [("sun", None, True), ("lamps", None, True), ("dusk", True, False), ("night", True, None)]
)
def test_low_sun_and_lamps_are_warm_dusk_cold_and_night_dark(kind: str, darker: bool | None, warmer: bool | None) -> None:
    gray = np.full((1, 1, 3), 0.5, np.float32)
    for each in of_kind(kind):
        red, green, blue = each.change(gray)[0, 0]
        if warmer is not None:
            assert bool(red > blue) is warmer
        if darker:
            assert (red + green + blue) / 3 < 0.5


def test_only_fog_lifts_black() -> None:
    black = np.zeros((1, 1, 3), np.float32)
    for kind in lights.KINDS:
        lifted = [each.change(black).min() for each in of_kind(kind)]
        assert (min(lifted) > 0.05) if kind == "fog" else (max(lifted) < 1e-6)
    white = np.ones((1, 1, 3), np.float32)
    assert max(each.change(white).max() for each in of_kind("fog")) < 0.995  # and draws white to its gray


def test_white_under_more_light_stays_white() -> None:
    for each in of_kind("glare"):
        values = each.change(np.linspace(0, 1, 64, dtype=np.float32)[:, None].repeat(3, 1)[None])
        assert (np.diff(values.mean(2)[0, :56]) > 0).all()  # nothing is clipped on the way but the very brightest


def test_lamps_brighten_some_points_and_darken_nothing() -> None:
    dark = np.full((64, 64, 3), 0.1, np.float32)
    lit = lights.draw_lamps(np.random.default_rng(1), dark)
    assert lit.min() >= 0.1 - 1e-3
    assert 0.0005 < (lit.max(2) > 0.6).mean() < 0.2
