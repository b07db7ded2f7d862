"""steadying: the filter takes flicker out of an alpha, keeps a repeated frame and does not smear."""

import itertools

import numpy as np
import pytest
import scipy.ndimage

from cleanplate.film import steadying

SIZE = 96, 128


def blob(x: float, y: float = 48, radius: float = 22) -> np.ndarray:
    """A soft disc's alpha, exact at any place."""
    down, across = np.mgrid[: SIZE[0], : SIZE[1]]
    return np.clip((radius - np.hypot(down - y, across - x)) / 4 + 0.5, 0, 1).astype(np.float32)


def filtered(pictures: list[np.ndarray], alphas: list[np.ndarray]) -> list[np.ndarray]:
    steady, before, answer = steadying.SteadyAlpha(), None, []
    for picture, alpha in zip(pictures, alphas, strict=True):
        if before is not None:
            steady.carry(steadying.flow_from(picture, before))
        answer.append(steady(picture, alpha))
        before = picture
    return answer


def test_a_repeated_frame_keeps_its_alpha_bit_for_bit(scene):
    found = filtered([scene] * 4, [blob(60)] * 4)
    assert all((each == blob(60)).all() for each in found)


def test_flicker_on_a_still_picture_is_taken_out(scene):
    rng = np.random.default_rng(1)
    raw = [np.clip(blob(60) + rng.normal(0, 0.1, SIZE), 0, 1).astype(np.float32) for _ in range(20)]
    found = filtered([scene] * 20, raw)
    before, after = (np.abs(np.diff(each[5:], axis=0)).mean() for each in (raw, found))
    assert after < 0.3 * before  # by hand (1 - hold) / sqrt(1 + hold) = 0.23 for independent noise


def test_a_moving_edge_neither_lags_nor_smears(scene):
    """Every alpha is right as it comes; a plain average over time, beside it, drags behind."""
    places = [30 + 4 * step for step in range(14)]
    pictures, truth = [], [blob(x) for x in places]
    for alpha in truth:
        pictures.append((scene * (1 - alpha[..., None]) + np.array([230, 40, 200]) * alpha[..., None]).astype(np.uint8))
    found, averaged = filtered(pictures, truth), truth[0]
    for alpha in truth[1:]:
        averaged = alpha + np.float32(steadying.HOLD) * (averaged - alpha)
    error, smear = (np.abs(each - truth[-1]).mean() for each in (found[-1], averaged))
    assert error < 0.1 * smear


def test_where_the_network_does_not_look_the_alpha_moves_with_the_picture(scene):
    pictures = [np.roll(scene, step, 1) for step in range(4)]
    steady = steadying.SteadyAlpha()
    steady(pictures[0], blob(60))
    for before, after in itertools.pairwise(pictures):
        steady.carry(steadying.flow_from(after, before))
        assert steady.astray(after) < steadying.ASTRAY
        found = steady(after)
    still, moved = (np.abs(found - blob(60 + step)).mean() for step in (0, 3))
    assert moved < 0.35 * still


def test_a_picture_that_came_from_elsewhere_is_astray(scene, other):
    steady = steadying.SteadyAlpha()
    assert steady.astray(scene) == 1
    steady(scene, blob(60))
    assert steady.astray(scene) == 0
    steady.carry(steadying.flow_from(other, scene))
    assert steady.astray(other) > steadying.ASTRAY


def test_without_anything_carried_an_alpha_is_needed(scene):
    with pytest.raises(ValueError, match="carried"):
        steadying.SteadyAlpha()(scene)


def test_around_a_person_who_moves_before_a_still_ground_the_flow_is_theirs():
    flow = np.zeros((*SIZE, 2), np.float32)
    flow[blob(60) > 0.5] = (-3, 1)
    found = steadying.persons_flow(flow, blob(60))
    near = (blob(60) > 0) & (blob(60) < 0.5)
    assert np.abs(found[near] - (-3, 1)).max() < 1e-3
    assert (found[2, 2] == 0).all()


def test_carrying_is_scipys_interpolation_where_the_flow_points():
    rng = np.random.default_rng(5)
    flow = (rng.integers(-20, 21, (24, 32, 2)) / 8).astype(np.float32)  # eighths, which OpenCV's tables hold exactly
    for array in (rng.random((24, 32)).astype(np.float32), rng.integers(0, 256, (24, 32, 3)).astype(np.uint8)):
        rows, columns = np.mgrid[:24, :32] + flow.transpose(2, 0, 1)[::-1]
        planes = array.reshape(24, 32, -1).astype(float)
        bands = np.moveaxis(planes, 2, 0)
        wanted = [scipy.ndimage.map_coordinates(band, [rows, columns], order=1, mode="nearest") for band in bands]
        found = steadying.carry(array, flow)
        assert found.dtype == array.dtype
        assert np.abs(found.reshape(24, 32, -1) - np.dstack(wanted)).max() < (1e-5 if array.dtype == np.float32 else 1)


def test_a_color_is_another_from_15_levels_on_and_the_same_up_to_5_in_the_mean_of_three_by_three():
    before = np.full((9, 9, 3), 100, np.uint8)
    for channel in range(3):
        for level, wanted in ((5, 0), (10, 0.5), (15, 1), (60, 1), (-10, 0.5)):
            after = before.copy()
            after[..., channel] = 100 + level
            assert steadying.changed(before, after) == pytest.approx(np.full((9, 9), wanted), abs=1e-6)
            after[..., (channel + 1) % 3] += 4  # the largest counts
            assert steadying.changed(before, after) == pytest.approx(np.full((9, 9), wanted), abs=1e-6)
    after = before.copy()
    after[4, 4, 1] = 190  # a ninth of it in each of nine pixels
    spot = np.zeros((9, 9))
    spot[3:6, 3:6] = 0.5
    assert steadying.changed(before, after) == pytest.approx(spot, abs=1e-6)


def test_of_an_alpha_that_jumps_on_a_picture_that_stays_seven_tenths_are_held_and_none_where_it_changed():
    steady, picture = steadying.SteadyAlpha(), np.full((20, 40, 3), 90, np.uint8)
    steady(picture, np.full((20, 40), 0.2, np.float32))
    after = picture.copy()
    after[:, 20:] = 180
    found = steady(after, np.ones((20, 40), np.float32))
    assert found[:, :18] == pytest.approx(np.full((20, 18), 1 - 0.7 * 0.8), abs=1e-6)
    assert (found[:, 22:] == 1).all()
    plain = steadying.SteadyAlpha(0.0)
    plain(picture, np.full((20, 40), 0.2, np.float32))
    assert (plain(picture, np.ones((20, 40), np.float32)) == 1).all()


def test_the_persons_own_flow_is_the_mean_of_their_sure_pixels_nearby():
    rng, reach = np.random.default_rng(6), steadying.REACH // 2
    alpha = blob(64, 48, 20)
    flow = rng.normal(0, 0.3, (*SIZE, 2)).astype(np.float32)
    found = steadying.persons_flow(flow, alpha)
    sure = steadying.carry(alpha, flow) > 0.9
    for row, column in ((24, 64), (27, 50), (72, 70), (48, 88), (48, 64), (20, 20)):
        part = np.s_[row - reach : row + reach + 1, column - reach : column + reach + 1]
        own = flow[part][sure[part]].mean(0) if sure[part].any() and not sure[row, column] else flow[row, column]
        assert found[row, column] == pytest.approx(own, abs=1e-4)
