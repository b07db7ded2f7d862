import numpy as np
import pytest

from cleanplate import matting
from cleanplate.compositing import over
from cleanplate.errors import NoPersonError
from cleanplate.resampling import resize


def disk(side: int, radius: float, softness: float) -> np.ndarray:
    """A round alpha with a soft edge."""
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    return np.clip((radius - np.hypot(rows, columns)) / softness + 0.5, 0, 1).astype(np.float32)


def test_refine_follows_the_pictures_edge_better_than_enlarging_does() -> None:
    alpha = disk(256, 80, 3)
    rng = np.random.default_rng(0)
    picture = over(np.full((256, 256, 3), (0.8, 0.3, 0.2), np.float32), alpha, np.full((256, 256, 3), (0.1, 0.4, 0.6), np.float32))
    picture = np.clip(picture + rng.normal(0, 0.01, picture.shape), 0, 1).astype(np.float32)
    small = resize(alpha, (32, 32))
    ours = np.abs(matting.refine(small, picture) - alpha).mean()
    plain = np.abs(resize(small, (256, 256)) - alpha).mean()
    assert ours < 0.7 * plain


def test_refine_leaves_a_flat_alpha_flat() -> None:
    picture = np.random.default_rng(1).random((64, 64, 3), np.float32)
    assert np.allclose(matting.refine(np.full((16, 16), 0.25, np.float32), picture), 0.25, atol=1e-3)


def test_strays_go_and_a_second_person_stays() -> None:
    alpha = np.zeros((100, 100), np.float32)
    alpha[10:90, 10:40] = alpha[30:90, 60:80] = alpha[2:6, 2:6] = 1
    answer = matting.without_strays(alpha)
    assert answer[2:6, 2:6].max() == 0
    assert answer[50, 20] == answer[50, 70] == 1


def test_estimated_colors_bring_back_foreground_and_background_of_a_known_mixture() -> None:
    alpha = disk(96, 30, 12)
    front = np.full((96, 96, 3), (0.7, 0.5, 0.2), np.float32)
    back = np.full((96, 96, 3), (0.1, 0.6, 0.9), np.float32)
    found_front, found_back = matting.estimate_colors(over(front, alpha, back), alpha)
    edge = (alpha > 0.1) & (alpha < 0.9)
    assert np.abs(found_front - front)[edge].max() < 0.03
    assert np.abs(found_back - back)[edge].max() < 0.03


def test_sure_colors_of_a_two_color_picture_with_a_soft_edge_are_the_two_colors_on_either_side() -> None:
    alpha = disk(96, 30, 12)
    front = np.full((96, 96, 3), (0.7, 0.5, 0.2), np.float32)
    back = np.full((96, 96, 3), (0.1, 0.6, 0.9), np.float32)
    found_front, found_back = matting.sure_colors(over(front, alpha, back), alpha)
    edge = (alpha > 0.02) & (alpha < 0.98)
    assert np.abs(found_front - front)[edge].max() < 0.01
    assert np.abs(found_back - back)[edge].max() < 0.01


def test_edge_colors_bear_the_names_of_the_blenders_inputs_and_are_the_two_estimates() -> None:
    alpha, picture = disk(64, 20, 8), np.random.default_rng(3).random((64, 64, 3), np.float32)
    found = matting.edge_colors(picture, alpha)
    assert list(found) == ["foreground", "background", "front", "behind"]
    wanted = (*matting.full_size_colors(picture, alpha), *matting.sure_colors(picture, alpha))
    assert all(np.array_equal(each, other) for each, other in zip(found.values(), wanted, strict=True))


def test_full_size_colors_are_the_picture_itself_where_alpha_is_one() -> None:
    picture = np.random.default_rng(2).random((900, 300, 3), np.float32)  # larger than the size of the estimate
    alpha = np.ones((900, 300), np.float32)
    alpha[:300] = 0.4
    front, _ = matting.full_size_colors(picture, alpha)
    assert (front[400:] == picture[400:]).all()


def test_full_size_colors_of_a_large_picture_are_close_to_the_estimate_at_its_own_size() -> None:
    alpha = disk(960, 300, 60)
    picture = over(np.full((960, 960, 3), (0.7, 0.5, 0.2), np.float32), alpha, np.full((960, 960, 3), (0.1, 0.6, 0.9), np.float32))
    edge = (alpha > 0.1) & (alpha < 0.9)
    front, _ = matting.full_size_colors(picture, alpha)
    assert np.abs(front - matting.estimate_colors(picture, alpha)[0])[edge].mean() < 0.02


def test_levels_makes_the_networks_near_zeros_and_near_ones_exact() -> None:
    answer = matting.levels(np.array([0, 0.009, 0.5, 0.991, 1], np.float32))
    assert answer[0] == answer[1] == 0
    assert answer[3] == answer[4] == 1
    assert answer[2] == pytest.approx(0.5)


def test_a_photo_without_a_person_is_an_error_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matting, "predict", lambda picture, side, device: np.full((32, 32), 0.1, np.float32))
    with pytest.raises(NoPersonError, match="No person was found") as caught:
        matting.matte(np.zeros((64, 64, 3), np.float32))
    assert "\n" not in str(caught.value)


def test_the_shipped_network_finds_nobody_in_a_plain_gradient() -> None:
    slope = np.repeat(np.linspace(0, 1, 300, dtype=np.float32)[None, :, None], 200, 0).repeat(3, 2)
    with pytest.raises(NoPersonError):
        matting.matte(slope)
