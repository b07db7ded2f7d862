import numpy as np
import pytest
from drawn import SIZE, person, scene, silhouette

from cleanplate.pixels.over import over
from cleanplate.training.samples import grades, recoloring, synthesis
from cleanplate.training.samples.synthesis import Material

ALPHA = silhouette(SIZE)

MATERIAL = Material(person(1), ALPHA, scene(1))


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_sample_is_the_photo_where_alpha_is_zero_and_the_start_where_it_is_one() -> None:
    start = recoloring.recolor(generator(), "reinhard", MATERIAL.picture, ALPHA, scene(3))
    sample = synthesis.harmonization_sample(start, MATERIAL)
    assert np.array_equal(sample.composite[ALPHA == 0], MATERIAL.picture[ALPHA == 0])
    assert np.array_equal(sample.composite[ALPHA == 1], start[ALPHA == 1])


def test_the_target_of_a_sample_is_the_untouched_photo_and_its_plate_the_untouched_plate() -> None:
    sample = synthesis.harmonization_sample(scene(4), MATERIAL)
    assert np.array_equal(sample.target, MATERIAL.picture)
    assert np.array_equal(sample.plate, MATERIAL.plate)
    assert np.array_equal(sample.alpha, ALPHA)


def test_a_graded_samples_plate_and_target_carry_the_same_grade_and_its_start_none() -> None:
    look = grades.draw_grade(generator(5), 1.5)
    sample = synthesis.harmonization_sample(MATERIAL.picture, MATERIAL, look)
    assert np.array_equal(sample.target, look(MATERIAL.picture))
    assert np.array_equal(sample.plate, look(MATERIAL.plate))
    behind, inside = ALPHA == 0, ALPHA == 1
    np.testing.assert_allclose(sample.target[behind], sample.plate[behind], atol=1e-6)  # one grade for one scene
    assert np.array_equal(sample.composite[inside], MATERIAL.picture[inside])
    assert np.abs(sample.composite - sample.target)[inside].mean() > 0.01


def test_regrouping_puts_the_person_on_the_other_photo_which_is_the_plate() -> None:
    other = scene(10)
    material = synthesis.regroup(MATERIAL.picture, ALPHA, other)
    assert material.plate is other
    assert np.array_equal(material.picture, over(MATERIAL.picture, ALPHA, other))


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


def test_from_farther_away_the_same_person_stands_at_the_bottom_of_more_of_their_own_place() -> None:
    rng, side = np.random.default_rng(3), 64
    plate, skin = (rng.integers(0, 256, shape, np.uint8) for shape in ((side, side, 3), (side, side)))
    alpha = np.zeros((side, side), np.uint8)
    alpha[20:, 16:48] = 255
    picture = np.where(alpha[..., None] > 0, np.uint8(77), plate)
    found = [synthesis.draw_farther(np.random.default_rng(seed), picture, alpha, plate, skin) for seed in range(30)]
    for whole, cover, place, where in found:
        left = int(np.flatnonzero(cover.any(0))[0]) - 16
        there = slice(len(cover) - side, None), slice(left, left + side)
        own = picture, alpha, plate, skin
        assert all((each[there] == one).all() for each, one in zip((whole, cover, place, where), own, strict=True))
        assert cover.sum() == alpha.sum()
        assert where.sum() == skin.sum()
        np.testing.assert_array_equal(whole[cover == 0], place[cover == 0])
        np.testing.assert_array_equal(place[len(cover) - side - 1, left : left + side], plate[1])  # mirrored at its upper border
        assert whole.shape == place.shape == (*cover.shape, 3)
        assert cover.shape[0] == cover.shape[1]
    sides = np.array([len(each[1]) / side for each in found])
    assert (sides.min(), sides.max()) == pytest.approx((1.4, 3.0), abs=0.25)
