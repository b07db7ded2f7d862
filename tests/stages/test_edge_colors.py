import cv2
import numpy as np
import pytest

from benchmarks import plain
from cleanplate.pixels.over import over
from cleanplate.pixels.resampling import resize
from cleanplate.stages import edge_colors


def disk(side: int, radius: float, softness: float) -> np.ndarray:
    """A round alpha with a soft edge."""
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    return np.clip((radius - np.hypot(rows, columns)) / softness + 0.5, 0, 1).astype(np.float32)


def test_estimated_colors_bring_back_foreground_and_background_of_a_known_mixture() -> None:
    alpha = disk(96, 30, 12)
    front = np.full((96, 96, 3), (0.7, 0.5, 0.2), np.float32)
    back = np.full((96, 96, 3), (0.1, 0.6, 0.9), np.float32)
    found_front, found_back = edge_colors.estimate_colors(over(front, alpha, back), alpha)
    edge = (alpha > 0.1) & (alpha < 0.9)
    assert np.abs(found_front - front)[edge].max() < 0.03
    assert np.abs(found_back - back)[edge].max() < 0.03


@pytest.mark.parametrize("size", [(320, 240), (123, 77), (40, 3), (1, 9)])
def test_estimated_colors_are_those_of_the_plain_way(size: tuple[int, int]) -> None:
    """Where alpha is even the equations magnify rounding: the fast way is no farther from the exact colors than the plain one."""
    alpha = resize(disk(400, 120, 40), size)
    picture = np.random.default_rng(4).random((*size, 3), np.float32)
    exact = plain.estimate_colors(picture.astype(np.float64), alpha.astype(np.float64))
    found = edge_colors.estimate_colors(picture, alpha)
    for fast, slow, true in zip(found, plain.estimate_colors(picture, alpha), exact, strict=True):
        assert np.abs(fast - true).max() < 1e-3
        assert np.abs(fast - true).mean() < np.abs(slow - true).mean() + 1e-4


def test_full_size_colors_are_those_of_the_plain_way() -> None:
    alpha, picture = disk(700, 200, 30), np.random.default_rng(5).random((700, 700, 3), np.float32)
    for fast, slow in zip(edge_colors.full_size_colors(picture, alpha), plain.full_size_colors(picture, alpha), strict=True):
        assert np.abs(fast - slow).max() < 1e-3
        assert np.abs(fast - slow).mean() < 1e-5


@pytest.mark.parametrize("size", [(33, 20), (7, 40), (1, 1)])
def test_means_from_a_summed_area_table_are_opencvs_shrinking_by_area(size: tuple[int, int]) -> None:
    picture = np.random.default_rng(6).random((100, 90, 3), np.float32)
    found = edge_colors.means(np.asarray(cv2.integral(picture)), size)
    assert np.allclose(found, resize(picture, size), atol=1e-5)


def test_sure_colors_of_a_two_color_picture_with_a_soft_edge_are_the_two_colors_on_either_side() -> None:
    alpha = disk(96, 30, 12)
    front = np.full((96, 96, 3), (0.7, 0.5, 0.2), np.float32)
    back = np.full((96, 96, 3), (0.1, 0.6, 0.9), np.float32)
    found_front, found_back = edge_colors.sure_colors(over(front, alpha, back), alpha)
    edge = (alpha > 0.02) & (alpha < 0.98)
    assert np.abs(found_front - front)[edge].max() < 0.01
    assert np.abs(found_back - back)[edge].max() < 0.01


def test_edge_colors_bear_the_names_of_the_blenders_inputs_and_are_the_two_estimates() -> None:
    alpha, picture = disk(64, 20, 8), np.random.default_rng(3).random((64, 64, 3), np.float32)
    found = edge_colors.edge_colors(picture, alpha)
    assert list(found) == ["foreground", "background", "front", "behind"]
    wanted = (*edge_colors.full_size_colors(picture, alpha), *edge_colors.sure_colors(picture, alpha))
    assert all(np.array_equal(each, other) for each, other in zip(found.values(), wanted, strict=True))


def test_full_size_colors_are_the_picture_itself_where_alpha_is_one() -> None:
    picture = np.random.default_rng(2).random((900, 300, 3), np.float32)  # larger than the size of the estimate
    alpha = np.ones((900, 300), np.float32)
    alpha[:300] = 0.4
    front, _ = edge_colors.full_size_colors(picture, alpha)
    assert (front[400:] == picture[400:]).all()


def test_full_size_colors_of_a_large_picture_are_close_to_the_estimate_at_its_own_size() -> None:
    alpha = disk(960, 300, 60)
    picture = over(np.full((960, 960, 3), (0.7, 0.5, 0.2), np.float32), alpha, np.full((960, 960, 3), (0.1, 0.6, 0.9), np.float32))
    edge = (alpha > 0.1) & (alpha < 0.9)
    front, _ = edge_colors.full_size_colors(picture, alpha)
    assert np.abs(front - edge_colors.estimate_colors(picture, alpha)[0])[edge].mean() < 0.02
