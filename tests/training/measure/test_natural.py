"""natural: each measure tells a harmonizer that follows the place from one that does not, on people and places of known colors."""

import numpy as np
import pytest
from lit_people import SIZE, light, somebody

from cleanplate.pixels.color import to_float, to_linear, to_srgb
from cleanplate.pixels.over import over
from cleanplate.training.measure import natural, pairs
from cleanplate.training.measure.pairs import Pair
from cleanplate.training.samples import retoning


def follows(share: float) -> pairs.Harmonizer:
    """Moves the person by a share of how the plate's light differs from the one they come from, which is read off the places."""

    def harmonize(pair: Pair) -> np.ndarray:
        assert pair.source is not None
        gains = (to_linear(pair.plate).mean((0, 1)) / to_linear(pair.source).mean((0, 1))) ** np.float32(share)
        moved = to_srgb(np.clip(to_linear(pair.composite) * gains, 0, 1))
        return over(np.asarray(moved, np.float32), pair.alpha, pair.composite)

    return harmonize


PEOPLE = [somebody(seed, 0.8 * light(seed)) for seed in range(24)]


def test_who_follows_the_place_has_the_skin_of_the_one_who_was_there() -> None:
    people = [each for each in PEOPLE if retoning.skin_of(to_float(each.picture), to_float(each.alpha)).any()]
    assert len(people) > 10
    found = natural.inserted(people, {"all": follows(1.0), "half": follows(0.5), "none": pairs.nothing})
    for letter in "Lab":
        assert found["all"][f"r_{letter}"] > 0.97
        assert found["all"][f"spread_{letter}"] < 0.15  # all have the same skin: what is left is none of their own
        assert found["all"][f"low_{letter}"] <= found["all"][f"r_{letter}"] <= found["all"][f"high_{letter}"] + 1e-9
        assert abs(found["none"][f"r_{letter}"]) < 0.35
        assert found["none"][f"slope_{letter}"] == pytest.approx(0, abs=1e-6)
        assert found["none"][f"spread_{letter}"] == pytest.approx(1, abs=1e-6)
        assert 0.3 < found["half"][f"slope_{letter}"] < 0.75
    assert found["all"]["dE"] < 1 < found["half"]["dE"] < found["none"]["dE"]


def test_lifted_blacks_are_counted_beyond_the_persons_own_and_the_plates() -> None:
    """A lift to L* 12 above black; before a plate that is no darker than L* 10, two of it count."""
    dark = [somebody(seed, light(50), dark=True) for seed in range(3)]

    def lifts(pair: Pair) -> np.ndarray:
        level = np.float32(to_srgb(np.float32([0.0142]))[0])  # L* 12
        return over(np.maximum(pair.composite, level), pair.alpha, pair.composite)

    black, gray = np.zeros((SIZE, SIZE, 3), np.float32), np.full((SIZE, SIZE, 3), to_srgb(np.float32([0.0113]))[0], np.float32)
    before = natural.percentile(to_float(dark[0].picture), to_float(dark[0].alpha) > 0.9)
    np.testing.assert_allclose(natural.lowkey(dark, [black], lifts), 12 - before, atol=0.2)
    np.testing.assert_allclose(natural.lowkey(dark, [gray], lifts), 2, atol=0.2)
    assert natural.lowkey(dark, [black], pairs.nothing).max() == 0
    assert len(natural.lowkey(PEOPLE[:3], [black], lifts)) == 0  # nobody among them is dark


def test_paint_is_one_saturated_hue_under_a_white_light() -> None:
    plate = np.full((64, 64, 3), (0.75, 0.6, 0.1), np.float32)
    assert not natural.is_painted(plate)  # no light can be told from it
    plate[:8] = 0.97
    assert natural.is_painted(plate)
    assert not natural.is_painted(np.clip(plate * np.float32([1.0, 0.8, 0.4]), 0, 1))  # the white is yellow too
    assert not natural.is_painted(np.full((64, 64, 3), 0.4, np.float32))


def test_skin_that_stays_does_not_turn_and_skin_that_follows_a_cast_follows_all_of_it() -> None:
    plain = np.full((SIZE, SIZE, 3), 0.5, np.float32)
    turns, followed = natural.paint(PEOPLE[:12], [plain], pairs.nothing)
    assert turns.max() < 0.5
    assert np.abs(followed).max() < 1e-6

    def follows_cast(pair: Pair) -> np.ndarray:
        gains = to_linear(pair.plate)[0, 0] / to_linear(np.float32([0.5]))
        return over(to_srgb(np.clip(to_linear(pair.composite) * gains, 0, 1)), pair.alpha, pair.composite)

    turns, followed = natural.paint(PEOPLE[:12], [plain], follows_cast)
    assert turns.max() < 0.5
    np.testing.assert_allclose(followed, 1, atol=0.1)


def test_foreign_foregrounds_have_an_error_to_be_less_than() -> None:
    scenes = [to_float(each.picture) for each in PEOPLE[:6]]
    found = natural.foreign(PEOPLE, scenes, scenes, pairs.nothing)
    np.testing.assert_allclose(found, 1)


def test_the_best_exposure_takes_away_what_brightness_is_wrong_and_leaves_what_color_is() -> None:
    picture = np.random.default_rng(3).uniform(0.2, 0.6, (20, 20, 3)).astype(np.float32)
    alpha = np.ones((20, 20), np.float32)
    alpha[:5] = 0
    darker = np.asarray(to_srgb(to_linear(picture) * np.float32(0.5)), np.float32)  # one stop
    darker[:5] = 1  # outside nothing counts
    assert natural.error(darker, picture, alpha) > 100 * max(1e-6, natural.exposed_error(darker, picture, alpha))
    warmer = np.clip(picture * np.float32([1.15, 1.0, 0.85]), 0, 1)
    both = np.asarray(to_srgb(to_linear(warmer) * np.float32(0.5)), np.float32)
    stops = np.linspace(-3, 3, 601)[:, None, None]
    tried = to_srgb(np.clip(to_linear(both[5:].reshape(-1, 3)) * 2**stops, 0, 1))
    wanted = ((tried - picture[5:].reshape(-1, 3)) ** 2).mean((1, 2)).min() * 255**2  # by an eighth of the step
    assert natural.exposed_error(both, picture, alpha) == pytest.approx(wanted, rel=0.2)
    assert natural.exposed_error(both, picture, alpha) < natural.error(both, picture, alpha)
