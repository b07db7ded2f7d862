import cv2
import numpy as np
import pytest
from drawn import scene

from cleanplate.training.measure import metrics

RNG = np.random.default_rng(3)
ANSWER, TARGET = RNG.integers(0, 256, (2, 24, 20, 3)).astype(np.uint8)
EDGE = np.clip(np.linspace(-0.5, 1.5, 20, dtype=np.float32), 0, 1)[None].repeat(24, 0)
OLD, NEW = RNG.random((2, 24, 20, 3)).astype(np.float32)


def test_mean_squared_error_and_psnr_agree_with_opencv() -> None:
    error = metrics.mean_squared_error(ANSWER, TARGET)
    assert error == pytest.approx(cv2.norm(ANSWER, TARGET, cv2.NORM_L2SQR) / ANSWER.size, rel=1e-9)
    assert metrics.psnr(error) == pytest.approx(cv2.PSNR(ANSWER, TARGET), rel=1e-9)


def test_an_exact_answer_has_the_top_psnr_and_not_infinity() -> None:
    assert metrics.psnr(metrics.mean_squared_error(TARGET, TARGET)) == 100.0


def test_the_foreground_error_counts_covered_pixels_only() -> None:
    """By hand: 2 of 4 pixels covered, off by (3, 0, 0) and (0, 4, 0): (9 + 16) / 6; the wrong uncovered pixel counts nothing."""
    answer, target = np.zeros((2, 2, 2, 3), np.uint8)
    answer[0, 0, 0], answer[0, 1, 1], answer[1, 1] = 3, 4, 200
    weight = np.array([[1, 1], [0, 0]], np.float32)
    assert metrics.mean_squared_error(answer, target, weight) == pytest.approx(25 / 6)
    assert metrics.mean_absolute_error(answer, target, weight) == pytest.approx(7 / 6)


def test_a_foreground_of_everything_gives_the_whole_pictures_error() -> None:
    everywhere = np.ones(ANSWER.shape[:2], np.float32)
    assert metrics.mean_squared_error(ANSWER, TARGET, everywhere) == pytest.approx(metrics.mean_squared_error(ANSWER, TARGET))
    assert metrics.mean_absolute_error(ANSWER, TARGET, everywhere) == pytest.approx(np.abs(ANSWER - TARGET.astype(float)).mean())


def test_an_empty_foreground_has_no_error_and_divides_nothing_by_zero() -> None:
    nowhere = np.zeros(ANSWER.shape[:2], np.float32)
    assert metrics.mean_squared_error(ANSWER, TARGET, nowhere) == 0.0
    assert metrics.mean_absolute_error(ANSWER, TARGET, nowhere) == 0.0


def test_the_foreground_begins_at_one_half() -> None:
    assert metrics.foreground(np.array([[0.0, 0.499, 0.5, 1.0]], np.float32)).tolist() == [[0, 0, 1, 1]]


def test_the_band_is_what_dilation_and_erosion_leave_between_them() -> None:
    """A hard edge at column 40 in 128 pixels, with squares of 15: the 7 columns on either side of it."""
    alpha = np.zeros((128, 128), np.float32)
    alpha[:, 40:] = 1
    band = metrics.band(alpha)
    assert np.flatnonzero(band[64]).tolist() == list(range(33, 47))
    assert (band == band[64]).all()


def test_the_band_does_not_mistake_near_zeros_for_an_edge() -> None:
    assert metrics.band(np.full((64, 64), 0.005, np.float32)).max() == 0
    assert metrics.band(np.full((64, 64), 0.02, np.float32)).min() == 1


def test_the_truth_holds_nothing_of_the_old_background() -> None:
    assert metrics.contamination(TARGET, TARGET, EDGE, OLD, NEW) == 0.0


@pytest.mark.parametrize("share", [0.3, -0.2])
def test_contamination_is_the_share_of_the_old_background_mixed_in_and_negative_for_too_much_taken_away(share: float) -> None:
    target = TARGET.astype(np.float64)
    answer = target + 255 * share * (OLD - NEW).astype(np.float64)
    assert metrics.contamination(answer, target, EDGE, OLD, NEW) == pytest.approx(share, rel=1e-6)


def test_an_error_off_the_edge_or_across_the_difference_is_no_contamination() -> None:
    target = TARGET.astype(np.float64)
    off = target.copy()
    off[(EDGE == 0) | (EDGE == 1)] = 255 - off[(EDGE == 0) | (EDGE == 1)]
    assert metrics.contamination(off, target, EDGE, OLD, NEW) == 0.0
    difference = (OLD - NEW).astype(np.float64)
    across = np.cross(difference, np.ones(3))
    assert abs(metrics.contamination(target + 50 * across, target, EDGE, OLD, NEW)) < 1e-12


# ---- structure -------------------------------------------------------------------------------------------------------

skimage = pytest.importorskip("skimage.metrics")
WINDOW = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "channel_axis": -1, "full": True}


def smooth(seed: int) -> np.ndarray:
    """A picture with structure, 40 x 36, uint8."""
    noise = np.random.default_rng(seed).normal(0, 6, (40, 36, 3))
    return np.rint(255 * scene(seed, (40, 36)) + noise).clip(0, 255).astype(np.uint8)


def test_the_similarity_map_agrees_with_scikit_image() -> None:
    answer, target = smooth(1), smooth(2)
    mean, found = skimage.structural_similarity(answer, target, data_range=255, **WINDOW)
    ours = metrics.similarity_map(answer, target)
    np.testing.assert_allclose(ours, found.mean(-1), atol=1e-9)
    assert metrics.similarity(ours) == pytest.approx(mean, abs=1e-9)


def test_the_published_quirk_is_scikit_images_similarity_for_a_range_of_one() -> None:
    """Away from the edge, where zeros beyond it would count."""
    answer, target = smooth(3), smooth(4)
    _, found = skimage.structural_similarity(answer.astype(float), target.astype(float), data_range=1, **WINDOW)
    ours = metrics.similarity_map(answer, target, compat=True)
    np.testing.assert_allclose(ours[5:-5, 5:-5], found.mean(-1)[5:-5, 5:-5], atol=1e-9)


def test_the_quirk_sees_zeros_beyond_the_edge() -> None:
    """One corner pixel by the slow way: a padded window of 11 x 11, every mean written out."""
    answer, target = smooth(5), smooth(6)
    bell = np.exp(-(np.arange(-5, 6.0) ** 2) / (2 * 1.5**2))
    window = np.outer(bell, bell) / bell.sum() ** 2
    values = []
    for channel in range(3):
        x, y = (np.pad(each[..., channel].astype(float), 5)[:11, :11] for each in (answer, target))
        mx, my = (window * x).sum(), (window * y).sum()
        vx, vy, cov = (window * x * x).sum() - mx**2, (window * y * y).sum() - my**2, (window * x * y).sum() - mx * my
        values.append((2 * mx * my + 1e-4) * (2 * cov + 9e-4) / ((mx**2 + my**2 + 1e-4) * (vx + vy + 9e-4)))
    assert metrics.similarity_map(answer, target, compat=True)[0, 0] == pytest.approx(np.mean(values), abs=1e-9)


def test_the_similarity_of_a_mask_is_the_maps_mean_over_it() -> None:
    found = metrics.similarity_map(smooth(1), smooth(2))
    weight = np.zeros(found.shape, np.float32)
    weight[3:9, 4:20] = 1
    assert metrics.similarity(found, weight) == pytest.approx(found[3:9, 4:20].mean())


def test_gradient_energy_agrees_with_a_loop() -> None:
    picture, weight = smooth(7)[:7, :6], np.random.default_rng(1).integers(0, 2, (7, 6)).astype(np.float32)
    slow = 0
    for row in range(7):
        for column in range(6):
            for near in ((row + 1, column), (row, column + 1)):
                if near[0] < 7 and near[1] < 6 and weight[row, column] and weight[near]:
                    slow += sum((int(a) - int(b)) ** 2 for a, b in zip(picture[row, column], picture[near], strict=True))
    assert metrics.gradient_energy(picture, weight) == slow > 0


def test_half_the_contrast_is_a_quarter_of_the_detail_and_the_truth_has_all_of_it() -> None:
    target = (2 * np.random.default_rng(2).integers(0, 100, (30, 30, 3))).astype(np.uint8)
    weight = np.ones((30, 30), np.float32)
    assert metrics.detail(target // 2, target, weight) == pytest.approx(0.25)
    assert metrics.detail(target, target, weight) == 1.0
    assert metrics.detail(target, np.full_like(target, 7), weight) == 1.0  # nothing to lose


def test_detail_does_not_look_at_the_foregrounds_edge() -> None:
    target = np.random.default_rng(3).integers(0, 256, (30, 30, 3)).astype(np.uint8)
    weight = np.zeros((30, 30), np.float32)
    weight[5:25, 5:25] = 1
    spoiled = target.copy()
    spoiled[:7], spoiled[23:], spoiled[:, :7], spoiled[:, 23:] = 0, 0, 0, 0
    assert metrics.detail(spoiled, target, weight) == 1.0


@pytest.mark.parametrize(("share", "name"), [(0.0, "0-5%"), (0.04, "0-5%"), (0.05, "5-15%"), (0.15, "15-100%"), (1.0, "15-100%")])
def test_the_bins_of_the_foregrounds_share(share: float, name: str) -> None:
    weight = np.zeros(100, np.float64)
    weight[: round(100 * share)] = 1
    assert metrics.ratio_bin(weight.reshape(10, 10)) == name


def test_psnr_takes_another_peak() -> None:
    assert metrics.psnr(25.0, 100.0) == pytest.approx(skimage.peak_signal_noise_ratio(np.zeros(4), np.full(4, 5.0), data_range=100))
