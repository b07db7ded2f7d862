"""shots: cuts are seen and motion is not taken for one; filters take flicker out, keep a repeated frame and do not smear."""

import itertools

import cv2
import numpy as np
import pytest
import scipy.ndimage
from PIL import Image as pillow

from cleanplate.film import steadying
from cleanplate.models.harmonizer import Cues
from cleanplate.transforms.forms import Transform

SIZE = 96, 128


@pytest.fixture
def scene() -> np.ndarray:
    """Colored shapes on a soft ground, (96, 128, 3) uint8."""
    rng = np.random.default_rng(3)
    picture = cv2.resize(rng.integers(60, 190, (6, 8, 3), np.uint8), SIZE[::-1], interpolation=cv2.INTER_CUBIC)
    for x, y, color in ((20, 30, (220, 60, 50)), (90, 60, (40, 90, 210)), (60, 20, (240, 220, 90))):
        cv2.circle(picture, (x, y), 12, color, -1)
    return picture


@pytest.fixture
def other() -> np.ndarray:
    down, across = np.mgrid[: SIZE[0], : SIZE[1]]
    return np.dstack([40 + across, 200 - down, np.full(SIZE, 30)]).astype(np.uint8)


def blob(x: float, y: float = 48, radius: float = 22) -> np.ndarray:
    """A soft disc's alpha, exact at any place."""
    down, across = np.mgrid[: SIZE[0], : SIZE[1]]
    return np.clip((radius - np.hypot(down - y, across - x)) / 4 + 0.5, 0, 1).astype(np.float32)


# ---- cuts ------------------------------------------------------------------------------------------------------------


def test_a_cut_is_seen_once_and_in_its_own_frame(scene, other):
    cuts = steadying.Cuts()
    assert [cuts(each) for each in (scene, scene, other, other, scene)] == [False, False, True, False, True]


def test_fast_motion_a_lamp_and_noise_are_no_cuts(scene):
    rng, cuts = np.random.default_rng(0), steadying.Cuts()
    pan = [np.roll(scene, 12 * step, 1) for step in range(6)]  # a tenth of the width in every frame
    lamp = [np.clip(scene.astype(int) + each, 0, 255).astype(np.uint8) for each in (0, 60, 0)]
    noisy = [np.clip(scene + rng.normal(0, 8, scene.shape), 0, 255).astype(np.uint8) for _ in range(3)]
    assert not any(cuts(each) for each in [*pan, *reversed(pan), *lamp, *noisy])


def test_a_person_who_runs_through_the_picture_is_no_cut(scene, portrait):
    person = np.asarray(pillow.open(portrait).convert("RGB").resize((64, 90)))
    cuts, found = steadying.Cuts(), []
    for left in range(0, 64, 12):
        frame = scene.copy()
        frame[6:, left : left + 64] = person
        found.append(cuts(frame))
    assert not any(found)


# ---- the alpha -------------------------------------------------------------------------------------------------------


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


# ---- cues and color changes ------------------------------------------------------------------------------------------


def change(gain: float, confidence: float = 0.5) -> Transform:
    """A color change with a tone of its own."""
    maps = np.tile(np.eye(3, 4, dtype=np.float32) * np.float32(gain), (2, 2, 1, 1))
    tone = np.linspace(0, gain, 5, dtype=np.float32)[:, None].repeat(3, 1)
    return Transform(maps, confidence=confidence, tone=tone)


def test_the_same_answer_again_changes_nothing():
    steady, answer = steadying.SteadyTransform(), change(0.8)
    steady.learn(answer)
    first = steady.step()
    assert (first.grid == answer.grid).all()
    assert (first.tone == answer.tone).all()
    for _ in range(3):
        assert steady.learn(answer, 6) == 0
        again = steady.step()
        assert (again.grid == first.grid).all()
        assert (again.tone == first.tone).all()


def test_answers_that_waver_hardly_move_the_color():
    raw = [change(0.8 + (0.1 if step % 2 else -0.1), 0.5 + (0.4 if step % 2 else -0.4)) for step in range(60)]
    steady, found = steadying.SteadyTransform(), []
    for answer in raw:
        steady.learn(answer)
        found.append(steady.step())
    for name, at in (("grid", (0, 0, 0, 0)), ("tone", (-1, 0))):
        assert np.abs(np.diff([getattr(each, name)[at] for each in raw])).max() > 0.19
        assert np.abs(np.diff([getattr(each, name)[at] for each in found])).max() < 0.002
    assert np.abs(np.diff([each.confidence for each in found])).max() < 0.01


def test_a_new_answer_that_stays_is_reached_by_a_glide():
    steady, found = steadying.SteadyTransform(), []
    steady.learn(change(0.8))
    steady.step()
    assert steady.learn(change(0.4), 10**6) == pytest.approx(0.4, abs=1e-6)  # long after: all of it
    for _ in range(60):
        found.append(steady.step().tone[-1, 0])
    assert found[0] == pytest.approx(0.8 - steadying.GLIDE * 0.4, abs=1e-6)
    assert found[-1] == pytest.approx(0.4, abs=1e-3)


def test_before_anything_was_learned_there_is_no_color_change_and_a_reset_forgets():
    steady = steadying.SteadyTransform()
    with pytest.raises(ValueError, match="learned"):
        steady.step()
    steady.learn(change(0.5))
    steady.reset()
    steady.learn(change(0.9))
    assert steady.step().grid[0, 0, 0, 0] == pytest.approx(0.9)


def test_cues_begin_with_the_first_and_drift_to_what_stays_and_still_ones_do_not_move():
    steady, seconds = steadying.SteadyCues(), [0.0]
    for frame in range(300):
        found = steady(Cues(np.full(4, frame > 0, np.float32), "a"))
        seconds.append(float(found.values[0]))
    assert seconds[1] == 0
    assert max(np.diff(seconds)) <= 0.006 + 1e-6
    assert seconds[116] == pytest.approx(0.5, abs=0.01)
    assert seconds[-1] > 0.8
    steady.reset()
    once = Cues(np.random.default_rng(0).normal(size=8).astype(np.float32), "a")
    assert all((steady(once).values == once.values).all() for _ in range(5))


def test_around_a_person_who_moves_before_a_still_ground_the_flow_is_theirs():
    flow = np.zeros((*SIZE, 2), np.float32)
    flow[blob(60) > 0.5] = (-3, 1)
    found = steadying.persons_flow(flow, blob(60))
    near = (blob(60) > 0) & (blob(60) < 0.5)
    assert np.abs(found[near] - (-3, 1)).max() < 1e-3
    assert (found[2, 2] == 0).all()


def test_hearing_an_answer_in_every_frame_is_hearing_it_once_for_as_many_frames():
    """Unless told otherwise an answer comes one frame after the one before."""
    often, once = steadying.SteadyTransform(), steadying.SteadyTransform()
    cues, later = steadying.SteadyCues(), steadying.SteadyCues()
    for steady in (often, once):
        steady.learn(change(0.8))
    for steady in (cues, later):
        steady(Cues(np.zeros(3, np.float32), "a"))
    for _ in range(50):
        moved = often.learn(change(0.4))
        drifted = cues(Cues(np.ones(3, np.float32), "a"))
        assert moved > 0
    once.learn(change(0.4), 50)
    np.testing.assert_allclose(often.step().grid, once.step().grid, atol=1e-5)
    np.testing.assert_allclose(drifted.values, later(Cues(np.ones(3, np.float32), "a"), 50).values, atol=1e-5)
    assert 0 < drifted.values[0] < 0.5


# ---- the measures written out ------------------------------------------------------------------------------------------


def test_how_far_two_glances_lie_apart_is_total_variation_and_correlation(scene, other):
    """Of smoothed histograms of 16 bins, by numpy's; of blurred brightness, by numpy's too."""
    for one, two in ((scene, other), (scene, np.roll(scene, 9, 1)), (scene, scene)):
        colors, shapes = steadying.moved(one, two)
        apart = []
        for channel in range(3):
            shares = [np.histogram(each[..., channel], 16, (0, 256))[0] / each[..., channel].size for each in (one, two)]
            smooth = [np.convolve(np.pad(each, 1, mode="edge"), [0.25, 0.5, 0.25], "valid") for each in shares]
            apart.append(np.abs(smooth[0] - smooth[1]).sum() / 2)
        assert colors == pytest.approx(np.mean(apart), abs=1e-5)
        blurred = [cv2.GaussianBlur(each.mean(2), (0, 0), 1.5).ravel() for each in (one, two)]
        assert shapes == pytest.approx(1 - np.corrcoef(*blurred)[0, 1], abs=1e-4)


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
