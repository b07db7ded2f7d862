import cv2
import numpy as np
import pytest

from cleanplate.training import metrics

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
