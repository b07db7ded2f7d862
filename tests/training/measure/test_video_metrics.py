import cv2
import numpy as np
import pytest

from cleanplate.training.measure import video_metrics

RNG = np.random.default_rng(7)
STILL = np.zeros((1, 24, 30, 2), np.float32)


def clip(frames: int, size: tuple[int, int] = (24, 30)) -> np.ndarray:
    return RNG.random((frames, *size, 3)).astype(np.float32)


def test_warping_by_whole_pixels_moves_the_picture() -> None:
    picture = clip(1)[0]
    flow = np.full((24, 30, 2), (3, -2), np.float32)
    np.testing.assert_allclose(video_metrics.warp(picture, flow)[2:, :-3], picture[:-2, 3:], atol=1e-6)


def test_temporal_loss_of_a_pair_by_the_slow_way() -> None:
    answers, photos, mask = clip(2, (6, 5)), clip(2, (6, 5)), RNG.random((1, 6, 5)).astype(np.float32)
    flow = np.zeros((1, 6, 5, 2), np.float32)
    flow[..., 0] = 1  # every pixel of the later frame comes from its right neighbor, the last column from itself
    above, below = 0.0, 0.0
    for row in range(6):
        for column in range(5):
            origin = min(column + 1, 4)
            alike = np.mean([np.exp(-abs(float(photos[0, row, origin, c]) - float(photos[1, row, column, c]))) for c in range(3)])
            weight = mask[0, row, origin] * alike
            above += weight**2 * sum((float(answers[0, row, origin, c]) - float(answers[1, row, column, c])) ** 2 for c in range(3))
            below += weight
    assert video_metrics.temporal_loss(answers, photos, mask, flow) == pytest.approx(255**2 * above / below, rel=1e-4)


def test_a_still_answer_of_a_still_clip_has_no_temporal_loss() -> None:
    photos = np.repeat(clip(1), 2, 0)
    assert video_metrics.temporal_loss(photos, photos, np.ones((2, 24, 30), np.float32), STILL) == 0.0


def test_consistency_by_hand() -> None:
    """Brightness of one pixel: real 0, 0, 0; answer 0, 0.1, 0.4. Gaps of the changes 0.1 and 0.3 (x 255), their mean 0.2."""
    photos = np.zeros((3, 1, 1, 3), np.float32)
    answers = photos.copy()
    answers[:, 0, 0, 1] = (0, 0.1, 0.4)
    wanted = 255**2 * ((0.1**2 + 0) + (0.3**2 + 0.1**2)) / 2
    assert video_metrics.relative_consistency(answers, photos) == pytest.approx(wanted, rel=1e-5)
    assert video_metrics.foreground_consistency(answers, photos, np.ones((3, 1, 1), np.float32)) == pytest.approx(wanted, rel=1e-5)


def test_the_foregrounds_consistency_is_that_of_its_mean_value_of_hsv() -> None:
    answers, photos, masks = clip(4), clip(4), RNG.random((4, 24, 30)).astype(np.float32)
    means = [
        [np.average(255 * cv2.cvtColor(frame, cv2.COLOR_RGB2HSV)[..., 2].astype(float), weights=mask)
         for frame, mask in zip(each, masks, strict=True)] for each in (answers, photos)
    ]  # fmt: skip
    gaps = np.abs(np.diff(means[0]) - np.diff(means[1]))
    wanted = np.mean([gap**2 + max(gap - gaps.mean(), 0) ** 2 for gap in gaps])
    assert video_metrics.foreground_consistency(answers, photos, masks) == pytest.approx(wanted, rel=1e-4)


def test_an_answer_off_by_a_constant_is_as_consistent_as_the_clip() -> None:
    photos = clip(3) / 2
    assert video_metrics.relative_consistency(photos + np.float32(0.25), photos) == pytest.approx(0, abs=1e-8)


def test_warping_error_of_a_pair_by_hand() -> None:
    """Nothing moves, every channel differs by 0.1: 3 x 0.01 in each pixel."""
    answers = np.full((2, 24, 30, 3), 0.4, np.float32)
    answers[1] += 0.1
    assert video_metrics.warping_error(answers, STILL, STILL) == pytest.approx(0.03, rel=1e-5)


def test_pixels_that_do_not_come_back_are_left_out() -> None:
    answers = np.zeros((2, 24, 30, 3), np.float32)
    answers[1, :, :10] = 1  # wrong where the two flows contradict each other
    backward, forward = STILL.copy(), STILL.copy()
    forward[:, :, :10, 1] = 5
    assert video_metrics.warping_error(answers, backward, forward) == 0.0
    assert video_metrics.warping_error(answers, backward, backward) == pytest.approx(1.0)
    assert video_metrics.warping_error(answers, backward, forward + 9) == 0.0  # nothing is seen twice


def test_the_shipped_flow_finds_a_shift_in_both_directions() -> None:
    wide = cv2.GaussianBlur(np.random.default_rng(8).random((96, 110, 3)).astype(np.float32), (0, 0), 2)
    wide = (wide - wide.min()) / (wide.max() - wide.min())
    frames = np.stack([wide[:, 4:100], wide[:, :96]])  # the second frame shows all 4 pixels further right
    back, forth = video_metrics.dense_flow(frames), video_metrics.dense_flow(frames, backward=False)
    inner = np.s_[0, 20:-20, 20:-20]
    assert np.median(back[inner][..., 0]) == pytest.approx(-4, abs=0.3)
    assert np.median(forth[inner][..., 0]) == pytest.approx(4, abs=0.3)
    assert video_metrics.warping_error(frames, back, forth) < 0.2 * video_metrics.warping_error(frames, 0 * back, 0 * forth)
