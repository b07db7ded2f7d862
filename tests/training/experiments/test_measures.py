"""measures: by hand and against published formulas."""

import itertools

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")

from methods_drawn import SIDE

from cleanplate.training.experiments import measures

pytestmark = pytest.mark.train


def test_spearman_without_ties_is_one_minus_six_sums_of_squared_rank_differences() -> None:
    for order in itertools.permutations(range(5)):
        squared = sum((i - place) ** 2 for i, place in enumerate(order))
        assert measures.spearman(range(5), [place * place for place in order]) == pytest.approx(1 - 6 * squared / (5 * 24))
    assert measures.spearman([1, 2, 3], [4, 4, 4]) == 0


def test_a_spread_over_seeds_is_students_interval_of_the_seeds_means() -> None:
    records = [{"seed": seed, "x": value} for seed, values in enumerate(([0, 2], [2], [3, 3])) for value in values]
    found = measures.over_seeds([*records, {"seed": 0, "x": None}, {"seed": 1, "x": float("nan")}], "x")
    assert found.mean == pytest.approx(2)
    assert found.half == pytest.approx(4.303 * 1 / 3**0.5)  # of 1, 2 and 3
    assert str(measures.over_seeds(records[:2], "x")) == "1"
    assert measures.over_seeds([], "x").of == 0


def test_a_bootstrap_interval_holds_the_mean_and_is_about_as_wide_as_the_normals() -> None:
    values = np.random.default_rng(0).normal(1, 2, 400)
    low, high = measures.bootstrap(list(values))
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_similarity_at_a_pixel_is_ssims_formula_over_a_gaussian_window() -> None:
    one, other = (np.random.default_rng(seed).random((21, 21)).astype(np.float32) for seed in range(2))
    area = np.zeros((21, 21), bool)
    area[10, 10] = True
    taps = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    weights = np.outer(taps, taps) / taps.sum() ** 2
    a, b = one[5:16, 5:16].astype(np.float64), other[5:16, 5:16].astype(np.float64)
    mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
    var_a, var_b = (weights * (a - mean_a) ** 2).sum(), (weights * (b - mean_b) ** 2).sum()
    both = (weights * (a - mean_a) * (b - mean_b)).sum()
    wanted = (2 * mean_a * mean_b + 1e-4) * (2 * both + 9e-4) / ((mean_a**2 + mean_b**2 + 1e-4) * (var_a + var_b + 9e-4))
    assert measures.similarity(one, other, area) == pytest.approx(wanted, abs=1e-5)


def test_content_survives_another_color_and_not_a_blur() -> None:
    picture, area = np.random.default_rng(1).random((64, 64, 3)).astype(np.float32), np.ones(SIDE, bool)
    tinted = picture * np.array([0.5, 0.8, 0.3], np.float32) + np.float32(0.1)
    assert measures.content(tinted, picture, area) == pytest.approx(1, abs=1e-3)
    assert measures.content(cv2.GaussianBlur(picture, (0, 0), 1.0), picture, area) < 0.9


def test_the_interior_is_the_sure_part_less_five_pixels_of_a_picture_of_256() -> None:
    alpha = np.zeros((256, 256), np.float32)
    alpha[100:, 50:150] = 1
    wanted = np.zeros((256, 256), bool)
    wanted[105:, 55:145] = True  # the picture's own border is no edge of the person
    assert np.array_equal(measures.interior(alpha), wanted)
    assert measures.interior(np.pad(np.ones((2, 2), np.float32), 20)).sum() == 4  # a speck is not eroded away
