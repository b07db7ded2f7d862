import cv2
import numpy as np
import pytest
from drawn import SIZE, person, scene, silhouette

from cleanplate.stages import edge_colors
from cleanplate.training.samples import cameras, portraits
from cleanplate.training.samples.synthesis import Material

ALPHA = silhouette(SIZE)

MATERIAL = Material(person(1), ALPHA, scene(1))


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


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


def test_a_tight_person_loses_the_outermost_pixel_and_keeps_strands_apart() -> None:
    alpha = np.zeros((40, 40), np.float32)
    alpha[10:30, 10:30] = 1
    found = portraits.tight(np.full((40, 40, 3), 0.5, np.float32), alpha)
    assert (found.alpha[11:29, 11:29] == 1).all()
    assert found.alpha.sum() == 18 * 18


def test_a_tight_persons_colors_are_estimated_under_the_whole_matte() -> None:
    found = portraits.tight(MATERIAL.picture, ALPHA)
    np.testing.assert_array_equal(found.foreground, edge_colors.estimate_colors(MATERIAL.picture, ALPHA)[0])


@pytest.mark.parametrize(("least", "filled"), [(0.5, True), (0.01, False)])
def test_a_soft_spot_within_somebody_is_filled_where_no_place_shines_through(least: float, filled: bool) -> None:
    alpha = np.zeros((40, 40), np.float32)
    alpha[5:35, 5:35] = 1
    alpha[18:22, 18:22] = 0.6
    alpha[20, 20] = least
    found = portraits.tight(np.full((40, 40, 3), 0.5, np.float32), alpha).alpha
    assert (found[20, 20] == 1) == filled
    assert found[20, 20] in (1, np.float32(least))
    assert found[5, 20] == 0  # the rim is soft too, and joined to the place


def source(seed: int, monkeypatch: pytest.MonkeyPatch, camera: cameras.Camera) -> dict[str, np.ndarray]:
    monkeypatch.setattr(cameras, "drawn", lambda _: camera)
    known = portraits.Portrait(MATERIAL.picture, ALPHA)
    return portraits.source_photo(generator(seed), "corrupted", known, scene(2))


def test_a_source_photo_is_its_own_truth_over_a_backdrop_and_as_the_camera_took_both(monkeypatch: pytest.MonkeyPatch) -> None:
    sharp = cameras.Camera(0, 1, 0.0, 0.0, 0, 0)
    monkeypatch.setattr(cameras, "SPILLED", 0.0)
    for seed in range(4):
        found = source(seed, monkeypatch, sharp)
        inside, outside = ALPHA == 1, ALPHA == 0
        np.testing.assert_allclose(found["source"][inside], found["true_foreground"][inside], atol=1e-6)
        assert np.abs(found["source"][outside] - found["true_foreground"][outside]).mean() > 0.02
        np.testing.assert_array_equal(found["true_alpha"], ALPHA)
    soft = source(0, monkeypatch, sharp._replace(blur=2.0, noise=0.02, sharpness=0.5))
    deep = cv2.erode(ALPHA, np.ones((21, 21), np.uint8)) == 1
    np.testing.assert_allclose(soft["source"][deep], soft["true_foreground"][deep], atol=1e-5)
    np.testing.assert_allclose(soft["true_alpha"], np.clip(cv2.GaussianBlur(ALPHA, (0, 0), 2.0), 0, 1), atol=1e-6)


def test_spilled_light_is_in_the_photo_and_not_in_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    sharp = cameras.Camera(0, 1, 0.0, 0.0, 0, 0)
    monkeypatch.setattr(cameras, "SPILLED", 1.0)
    lit = source(1, monkeypatch, sharp)
    monkeypatch.setattr(cameras, "spilled", lambda rng, foreground, alpha, behind: foreground)
    plain = source(1, monkeypatch, sharp)
    np.testing.assert_array_equal(lit["true_foreground"], plain["true_foreground"])
    rim = (ALPHA > 0.3) & (ALPHA < 0.9)
    assert np.abs(lit["source"] - plain["source"])[rim].mean() > 0.003
