import numpy as np
import pytest
from drawn import SIZE, person, scene, silhouette

from cleanplate.training.samples import portraits
from cleanplate.training.samples.synthesis import Material

ALPHA = silhouette(SIZE)

MATERIAL = Material(person(1), ALPHA, scene(1))


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("size", [(100, 300), (300, 100), (64, 64), (161, 129)])
def test_cover_gives_the_asked_size_whatever_the_scene(size: tuple[int, int]) -> None:
    for seed in range(6):
        covered = portraits.cover(scene(11), size, generator(seed))
        assert covered.shape == (*size, 3)
        assert covered.std() > 0


def test_agreement_is_intersection_over_union_by_hand() -> None:
    ours, theirs = np.array([[0.9, 0.6, 0.1, 0.4]]), np.array([[1.0, 0.0, 1.0, 0.0]])
    assert portraits.agreement(ours, theirs) == pytest.approx(1 / 3)
    assert portraits.agreement(ours, ours) == 1.0
    assert portraits.agreement(np.zeros((2, 2)), np.zeros((2, 2))) == 0.0


def test_a_corrupted_matte_stays_in_the_range_and_is_the_same_for_the_same_seed() -> None:
    spoiled = [portraits.corrupt(generator(seed), ALPHA) for seed in range(20)]
    for seed, each in enumerate(spoiled):
        assert each.shape == ALPHA.shape
        assert each.dtype == np.float32
        assert each.min() >= 0
        assert each.max() <= 1
        assert each.tobytes() == portraits.corrupt(generator(seed), ALPHA).tobytes()
    assert len({each.tobytes() for each in spoiled}) == 20


def test_a_corrupted_matte_is_spoiled_at_the_edge_and_still_the_same_person() -> None:
    for seed in range(20):
        spoiled = portraits.corrupt(generator(seed), ALPHA)
        assert portraits.agreement(spoiled, ALPHA) > 0.7
        soft = (ALPHA > 0.05) & (ALPHA < 0.95)
        assert np.abs(spoiled - ALPHA)[soft].mean() > 0.01


def test_corrupting_leaves_the_given_matte_alone() -> None:
    before = ALPHA.copy()
    portraits.corrupt(generator(3), ALPHA)
    assert np.array_equal(ALPHA, before)


@pytest.mark.parametrize(("kind", "side"), [("modnet-256", 256), ("modnet-512", 512)])
def test_a_predicted_alpha_is_asked_for_at_the_side_that_its_name_says(kind: str, side: int, known_matte: list[int]) -> None:
    found = portraits.imperfect(generator(1), kind, MATERIAL.picture, ALPHA)
    assert known_matte == [side]
    assert found.shape == ALPHA.shape
    assert portraits.agreement(found, ALPHA) > 0.9


def test_a_corrupted_alpha_asks_the_network_nothing(known_matte: list[int]) -> None:
    found = portraits.imperfect(generator(1), "corrupted", MATERIAL.picture, ALPHA)
    assert known_matte == []
    assert np.array_equal(found, portraits.corrupt(generator(1), ALPHA))
