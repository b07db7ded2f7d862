"""steadying: the filter takes flicker out of an alpha, keeps a repeated frame and does not smear."""

import itertools

import numpy as np
import pytest

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
