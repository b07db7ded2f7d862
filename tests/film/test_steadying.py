"""shots: cuts are seen and motion is not taken for one; filters take flicker out, keep a repeated frame and do not smear."""

import itertools

import cv2
import numpy as np
import pytest
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
