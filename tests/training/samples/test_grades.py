import numpy as np
import pytest
from drawn import scene
from PIL import Image as pillow
from PIL import ImageFilter

from cleanplate.training.samples import grades


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


RANDOM = np.random.default_rng(3).random((40, 30, 3)).astype(np.float32)


@pytest.mark.parametrize("strength", [0.0, 1.0, 3.0])
def test_a_drawn_curve_rises_everywhere_and_stays_in_the_range(strength: float) -> None:
    for seed in range(30):
        curve = grades.draw_curve(generator(seed), strength)
        assert (np.diff(curve) > 0).all()
        assert 0 <= curve[0] <= 0.06
        assert 0.94 <= curve[-1] <= 1


def test_a_curve_of_no_strength_is_the_diagonal() -> None:
    np.testing.assert_allclose(grades.draw_curve(generator(1), 0.0), np.linspace(0, 1, grades.SAMPLES), atol=1e-6)


def test_the_luma_curve_keeps_the_differences_of_the_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a straight curve on each channel, what remains is a shift of all three alike."""
    straight = np.linspace(0, 1, 256, dtype=np.float32)
    curves = [straight**0.8, straight, straight, straight]
    monkeypatch.setattr(grades, "draw_curve", lambda *_: curves.pop(0))
    picture = scene(1) * 0.4 + 0.2
    moved = grades.draw_curves(generator())(picture)
    shift = moved - picture
    np.testing.assert_allclose(shift, shift[..., :1].repeat(3, -1), atol=1e-5)
    luma = picture @ grades.LUMA
    np.testing.assert_allclose(shift[..., 0], luma**0.8 - luma, atol=1e-3)


def test_a_table_is_looked_up_as_pillow_does() -> None:
    """Pillow's Color3DLUT is another's trilinear interpolation, in 8 bits and with red running fastest."""
    table = grades.draw_table(generator(2), 1.5)
    flat = table.transpose(2, 1, 0, 3).reshape(-1)
    pixels = np.rint(RANDOM * 255).astype(np.uint8)
    wanted = np.asarray(pillow.fromarray(pixels).filter(ImageFilter.Color3DLUT(grades.POINTS, flat.tolist())))
    found = grades.apply_table(pixels.astype(np.float32) / 255, table)
    assert np.abs(found * 255 - wanted).max() < 1.0


def test_every_point_of_a_table_is_returned_as_it_stands() -> None:
    table = generator(4).random((5, 5, 5, 3)).astype(np.float32)
    np.testing.assert_allclose(grades.apply_table(grades.identity_table(5), table), table, atol=1e-6)


def test_crosstalk_leaves_greys_alone() -> None:
    greys = np.repeat(np.linspace(0, 1, 9, dtype=np.float32)[:, None], 3, 1)
    np.testing.assert_allclose(grades.crosstalk(generator(5), greys, 2.0), greys, atol=1e-6)
    assert np.abs(grades.crosstalk(generator(5), RANDOM, 2.0) - RANDOM).max() > 0.02


def test_bending_hues_keeps_the_luma_and_the_greys() -> None:
    bent = grades.bend_hues(generator(6), RANDOM, 1.5)
    np.testing.assert_allclose(bent @ grades.LUMA, RANDOM @ grades.LUMA, atol=1e-5)
    grey = np.full((1, 3), 0.4, np.float32)
    np.testing.assert_allclose(grades.bend_hues(generator(6), grey, 1.5), grey, atol=1e-6)
    assert np.abs(bent - RANDOM).max() > 0.02


def test_split_tones_pull_black_and_white_to_opposite_sides() -> None:
    ends = np.array([[0, 0, 0], [1, 1, 1]], np.float32)
    for seed in range(10):
        black, white = grades.split_tones(generator(seed), ends, 1.0) - ends
        np.testing.assert_allclose(black, -white, atol=1e-6)


@pytest.mark.parametrize("draw", [grades.draw_curves, grades.draw_lut])
def test_a_look_is_one_function_of_color_in_range_and_the_same_for_the_same_seed(draw: object) -> None:
    for seed in range(10):
        look = draw(generator(seed), 1.5)  # type: ignore[operator]
        changed = look(RANDOM)
        assert changed.dtype == np.float32
        assert changed.min() >= 0
        assert changed.max() <= 1
        np.testing.assert_allclose(look(RANDOM[::-1, ::-1]), changed[::-1, ::-1], atol=1e-6)
        assert np.array_equal(draw(generator(seed), 1.5)(RANDOM), changed)  # type: ignore[operator]
        assert np.abs(changed - RANDOM).mean() > 0.005


@pytest.mark.parametrize("draw", [grades.draw_curves, grades.draw_lut])
def test_a_look_of_no_strength_changes_next_to_nothing(draw: object) -> None:
    muted = draw(generator(7), 0.0)(RANDOM)  # type: ignore[operator]
    assert np.abs(muted - RANDOM).max() < 0.05  # a film is a little less saturated at any strength


def test_a_lut_is_smooth_along_a_gradient() -> None:
    """No band: along a grey ramp the drawn film looks have no step above three times the ramp's own."""
    ramp = np.repeat(np.linspace(0, 1, 1024, dtype=np.float32)[:, None], 3, 1)
    for seed in range(10):
        steps = np.abs(np.diff(grades.draw_lut(generator(seed), 1.0)(ramp), axis=0))
        assert steps.max() < 3 / 1023


def test_a_grade_of_no_strength_moves_only_the_saturation_a_little() -> None:
    grey = np.full((4, 4, 3), 0.4, np.float32)
    np.testing.assert_allclose(grades.draw_grade(generator(6), 0.0)(grey), grey, atol=1e-3)


def test_a_grade_is_one_function_of_color_and_not_of_the_place() -> None:
    look = grades.draw_grade(generator(7), 2.0)
    picture = scene(8)
    assert np.array_equal(look(picture[::-1, ::-1]), look(picture)[::-1, ::-1])
    assert look(picture).dtype == np.float32
