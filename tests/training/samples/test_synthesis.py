import numpy as np
import pytest
from drawn import SIZE, person, scene, silhouette

from cleanplate.pixels.over import over
from cleanplate.training.samples import synthesis
from cleanplate.training.samples.synthesis import Material, Recoloring

ALPHA = silhouette(SIZE)
MATERIAL = Material(person(1), ALPHA, scene(1))


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# ---- harmonization -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*synthesis.RECOLORINGS, *synthesis.HELD_OUT])
def test_the_same_seed_recolors_to_the_same_bytes(kind: str) -> None:
    first, second = (synthesis.recolor(generator(4), kind, MATERIAL.picture, ALPHA, scene(2)) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert np.abs(first - MATERIAL.picture)[ALPHA > 0.5].mean() > 0.005
    assert first.min() >= 0
    assert first.max() <= 1


def test_an_unknown_recoloring_is_refused() -> None:
    with pytest.raises(ValueError, match="sepia"):
        synthesis.recolor(generator(), "sepia", MATERIAL.picture, ALPHA, scene(2))


def test_a_sample_is_the_photo_where_alpha_is_zero_and_the_start_where_it_is_one() -> None:
    start = synthesis.recolor(generator(), "reinhard", MATERIAL.picture, ALPHA, scene(3))
    sample = synthesis.harmonization_sample(start, MATERIAL)
    assert np.array_equal(sample.composite[ALPHA == 0], MATERIAL.picture[ALPHA == 0])
    assert np.array_equal(sample.composite[ALPHA == 1], start[ALPHA == 1])


def test_the_target_of_a_sample_is_the_untouched_photo_and_its_plate_the_untouched_plate() -> None:
    sample = synthesis.harmonization_sample(scene(4), MATERIAL)
    assert np.array_equal(sample.target, MATERIAL.picture)
    assert np.array_equal(sample.plate, MATERIAL.plate)
    assert np.array_equal(sample.alpha, ALPHA)


def test_a_graded_samples_plate_and_target_carry_the_same_grade_and_its_start_none() -> None:
    look = synthesis.draw_grade(generator(5), 1.5)
    sample = synthesis.harmonization_sample(MATERIAL.picture, MATERIAL, look)
    assert np.array_equal(sample.target, look(MATERIAL.picture))
    assert np.array_equal(sample.plate, look(MATERIAL.plate))
    behind, inside = ALPHA == 0, ALPHA == 1
    np.testing.assert_allclose(sample.target[behind], sample.plate[behind], atol=1e-6)  # one grade for one scene
    assert np.array_equal(sample.composite[inside], MATERIAL.picture[inside])
    assert np.abs(sample.composite - sample.target)[inside].mean() > 0.01


def test_a_grade_of_no_strength_moves_only_the_saturation_a_little() -> None:
    grey = np.full((4, 4, 3), 0.4, np.float32)
    np.testing.assert_allclose(synthesis.draw_grade(generator(6), 0.0)(grey), grey, atol=1e-3)


def test_a_grade_is_one_function_of_color_and_not_of_the_place() -> None:
    look = synthesis.draw_grade(generator(7), 2.0)
    picture = scene(8)
    assert np.array_equal(look(picture[::-1, ::-1]), look(picture)[::-1, ::-1])
    assert look(picture).dtype == np.float32


def test_clipped_counts_the_foreground_that_newly_reached_an_end() -> None:
    before = np.full((2, 2, 3), 0.5, np.float32)
    before[1, 1] = 1.0  # was there already
    after = before.copy()
    after[0, 0, 1] = 1.0
    assert synthesis.clipped(before, after, np.ones((2, 2), np.float32)) == pytest.approx(0.25)
    outside = np.array([[0, 1], [1, 1]], np.float32)
    assert synthesis.clipped(before, after, outside) == 0.0


def test_a_recoloring_that_clips_is_drawn_again_until_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    white, fine = np.ones_like(MATERIAL.picture), MATERIAL.picture * np.float32(0.9)
    answers = [white, white, fine, white]
    monkeypatch.setattr(synthesis, "recolored", lambda *_: Recoloring("grade", answers.pop(0)))
    chosen = synthesis.draw_recoloring(generator(), ("grade",), MATERIAL.picture, ALPHA, lambda: scene(2))
    assert chosen is fine
    assert len(answers) == 1


def test_after_five_recolorings_that_clip_the_mildest_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = [MATERIAL.picture.copy() for _ in range(6)]
    rows = np.flatnonzero((ALPHA == 1).any(1))
    for white, count in zip(tries, (40, 30, 12, 20, 50, 0), strict=True):
        white[rows[:count]] = 1.0
    left = list(tries)
    monkeypatch.setattr(synthesis, "recolored", lambda *_: Recoloring("grade", left.pop(0)))
    chosen = synthesis.draw_recoloring(generator(), ("grade",), MATERIAL.picture, ALPHA, lambda: scene(2))
    assert chosen is tries[2]
    assert len(left) == 1


def test_every_kind_of_recoloring_is_drawn_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(synthesis, "recolored", lambda rng, kind, picture, *_: seen.append(kind) or Recoloring(kind, picture))
    rng = generator(9)
    for _ in range(30):
        synthesis.draw_recoloring(rng, synthesis.RECOLORINGS, MATERIAL.picture, ALPHA, lambda: scene(2))
    assert set(seen) == set(synthesis.RECOLORINGS)
    assert not set(seen) & set(synthesis.HELD_OUT)


def test_regrouping_puts_the_person_on_the_other_photo_which_is_the_plate() -> None:
    other = scene(10)
    material = synthesis.regroup(MATERIAL.picture, ALPHA, other)
    assert material.plate is other
    assert np.array_equal(material.picture, over(MATERIAL.picture, ALPHA, other))


# ---- crops ---------------------------------------------------------------------------------------------------------


def test_one_cut_shows_picture_alpha_and_plate_at_the_same_place() -> None:
    """The picture carries the alpha in its channels, so cut picture and cut alpha must agree."""
    alpha = np.rint(silhouette((256, 256)) * 255).astype(np.uint8)
    for seed in range(8):
        cut = synthesis.draw_cut(generator(seed), alpha, 64)
        small = cut(alpha)
        assert small.shape == (64, 64)
        assert np.array_equal(cut(np.dstack([alpha] * 3)), np.dstack([small] * 3))
        assert 0.02 < small.mean() < 0.85


def small_figure() -> np.ndarray:
    """Somebody who covers a tenth of their photo."""
    alpha = np.zeros((128, 128), np.uint8)
    alpha[50:98, 44:84] = np.rint(silhouette((48, 40)) * 255)
    return alpha


def test_the_asked_share_of_cuts_comes_so_near_that_the_foreground_is_large() -> None:
    alpha = small_figure()
    ratios = {
        share: np.array([synthesis.draw_cut(generator(seed), alpha, 64, share)(alpha).mean() for seed in range(60)])
        for share in (0.0, 0.5, 1.0)
    }
    assert (ratios[0.0] > 0.5).mean() == 0
    assert 0.3 < (ratios[0.5] > 0.48).mean() < 0.7
    assert (ratios[1.0] > 0.48).mean() > 0.9  # at the window's edge the shrinking may take a little
    assert ratios[1.0].max() < 0.9


def test_a_cut_without_large_foregrounds_is_the_one_it_always_was() -> None:
    alpha = small_figure()
    for seed in range(5):
        rng, again = generator(seed), generator(seed)
        assert np.array_equal(synthesis.draw_cut(rng, alpha, 32)(alpha), synthesis.draw_cut(again, alpha, 32, 0.0)(alpha))
        assert rng.random() == again.random()


def test_a_thin_figure_is_cut_as_near_as_it_goes_and_nobody_at_all_gives_the_whole() -> None:
    thin = np.zeros((128, 128), np.uint8)
    thin[10:120, 63:66] = 255
    assert 0.02 < synthesis.draw_cut(generator(1), thin, 64, 1.0)(thin).mean() < 0.5
    nobody = np.zeros((128, 128), np.uint8)
    assert synthesis.draw_cut(generator(1), nobody, 64, 1.0)(nobody).shape == (64, 64)


def test_drawn_samples_say_how_the_person_was_recolored() -> None:
    seen: dict[str, int] = {}
    for seed in range(60):
        start = synthesis.draw_start(generator(seed), MATERIAL, lambda: scene(2), ("curves", "lut"))
        sample = synthesis.harmonization_sample(start.picture, MATERIAL, start.look)
        seen[start.kind] = seen.get(start.kind, 0) + 1
        inside = ALPHA == 1
        if start.kind == "nothing":
            np.testing.assert_allclose(sample.composite, sample.target, atol=1e-6)
        if start.kind == "natural":
            assert np.array_equal(sample.composite[inside], MATERIAL.picture[inside])
    assert set(seen) == {"nothing", "natural", "curves", "lut"}
    assert seen["nothing"] < 12


def test_cuts_are_mirrored_half_of_the_time() -> None:
    slope = np.repeat(np.linspace(60, 200, 128).astype(np.uint8)[None], 128, 0)
    cuts = [synthesis.draw_cut(generator(seed), slope, 32)(slope) for seed in range(40)]
    assert 8 < sum(cut[:, -1].mean() > cut[:, 0].mean() for cut in cuts) < 32


def test_a_region_is_a_moved_outline_of_the_same_type_that_is_never_lost() -> None:
    alpha = np.rint(silhouette((128, 128)) * 255).astype(np.uint8)
    regions = [synthesis.draw_region(generator(seed), alpha) for seed in range(12)]
    assert all(region.dtype == np.uint8 and region.shape == alpha.shape for region in regions)
    assert all(region.mean() > 0.02 * 255 for region in regions)
    assert sum(not np.array_equal(region, alpha) for region in regions) > 6


# ---- blending ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(100, 300), (300, 100), (64, 64), (161, 129)])
def test_cover_gives_the_asked_size_whatever_the_scene(size: tuple[int, int]) -> None:
    for seed in range(6):
        covered = synthesis.cover(scene(11), size, generator(seed))
        assert covered.shape == (*size, 3)
        assert covered.std() > 0


def test_agreement_is_intersection_over_union_by_hand() -> None:
    ours, theirs = np.array([[0.9, 0.6, 0.1, 0.4]]), np.array([[1.0, 0.0, 1.0, 0.0]])
    assert synthesis.agreement(ours, theirs) == pytest.approx(1 / 3)
    assert synthesis.agreement(ours, ours) == 1.0
    assert synthesis.agreement(np.zeros((2, 2)), np.zeros((2, 2))) == 0.0


def test_a_corrupted_matte_stays_in_the_range_and_is_the_same_for_the_same_seed() -> None:
    spoiled = [synthesis.corrupt(generator(seed), ALPHA) for seed in range(20)]
    for seed, each in enumerate(spoiled):
        assert each.shape == ALPHA.shape
        assert each.dtype == np.float32
        assert each.min() >= 0
        assert each.max() <= 1
        assert each.tobytes() == synthesis.corrupt(generator(seed), ALPHA).tobytes()
    assert len({each.tobytes() for each in spoiled}) == 20


def test_a_corrupted_matte_is_spoiled_at_the_edge_and_still_the_same_person() -> None:
    for seed in range(20):
        spoiled = synthesis.corrupt(generator(seed), ALPHA)
        assert synthesis.agreement(spoiled, ALPHA) > 0.7
        soft = (ALPHA > 0.05) & (ALPHA < 0.95)
        assert np.abs(spoiled - ALPHA)[soft].mean() > 0.01


def test_corrupting_leaves_the_given_matte_alone() -> None:
    before = ALPHA.copy()
    synthesis.corrupt(generator(3), ALPHA)
    assert np.array_equal(ALPHA, before)


@pytest.mark.parametrize(("kind", "side"), [("modnet-256", 256), ("modnet-512", 512)])
def test_a_predicted_alpha_is_asked_for_at_the_side_that_its_name_says(kind: str, side: int, known_matte: list[int]) -> None:
    found = synthesis.imperfect(generator(1), kind, MATERIAL.picture, ALPHA)
    assert known_matte == [side]
    assert found.shape == ALPHA.shape
    assert synthesis.agreement(found, ALPHA) > 0.9


def test_a_corrupted_alpha_asks_the_network_nothing(known_matte: list[int]) -> None:
    found = synthesis.imperfect(generator(1), "corrupted", MATERIAL.picture, ALPHA)
    assert known_matte == []
    assert np.array_equal(found, synthesis.corrupt(generator(1), ALPHA))
