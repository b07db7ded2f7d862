import numpy as np
import pytest
from drawn import SIZE, person, scene, silhouette

from cleanplate.pixels.over import over
from cleanplate.training.samples import cameras
from cleanplate.training.samples.cameras import Camera

ALPHA = silhouette(SIZE)
PERSON, PLACE = person(1), scene(1)[: SIZE[0], : SIZE[1]]
NOTHING = Camera(blur=0, shrunk=1, noise=0, sharpness=0, quality=0, seed=0)


def spilled(seed: int, behind: np.ndarray) -> np.ndarray:
    return cameras.spilled(np.random.default_rng(seed), PERSON, ALPHA, behind)


def test_a_backdrops_light_falls_on_the_rim_and_not_on_the_middle() -> None:
    red = np.zeros_like(PERSON) + np.float32((1, 0, 0))
    found = [spilled(seed, red) for seed in range(60)]
    touched = [each for each in found if not np.array_equal(each, PERSON)]
    assert len(touched) / 60 == pytest.approx(cameras.SPILLED, abs=0.15)
    rim, deep = (ALPHA > 0.3) & (ALPHA < 0.7), np.zeros_like(ALPHA, bool)
    deep[SIZE[0] // 2 - 3 : SIZE[0] // 2 + 3, SIZE[1] // 2 - 3 : SIZE[1] // 2 + 3] = True
    for each in touched:
        moved = each - PERSON
        assert moved[rim][:, 0].mean() > 0.01
        assert moved[rim][:, 2].mean() < -0.005
        np.testing.assert_allclose(moved[deep], 0, atol=2e-3)


def test_a_camera_that_does_nothing_gives_the_scene() -> None:
    np.testing.assert_array_equal(NOTHING.photo(PLACE), PLACE)
    np.testing.assert_array_equal(NOTHING.soft(ALPHA), ALPHA)


@pytest.mark.parametrize("soft", [NOTHING._replace(blur=0.8), NOTHING._replace(shrunk=2.5)])
def test_a_lens_treats_picture_and_alpha_alike(soft: Camera) -> None:
    """One color over another: the photo is the same as composing under the softened alpha."""
    one, other = np.full_like(PERSON, 0.8), np.full_like(PERSON, 0.1)
    np.testing.assert_allclose(soft.photo(over(one, ALPHA, other)), over(one, soft.soft(ALPHA), other), atol=1e-5)
    assert not np.array_equal(soft.soft(ALPHA), ALPHA)


def test_noise_is_the_same_for_whatever_stands_before_the_camera() -> None:
    noisy = NOTHING._replace(noise=0.01, seed=4)
    gray, lighter = (np.full((40, 40, 3), level, np.float32) for level in (0.4, 0.6))
    np.testing.assert_allclose(noisy.photo(gray) - gray, noisy.photo(lighter) - lighter, atol=1e-6)
    assert (noisy.photo(gray) - gray).std() == pytest.approx(0.01, rel=0.05)
    assert not np.array_equal(noisy.photo(gray), noisy._replace(seed=5).photo(gray))


def test_sharpening_overshoots_at_a_step_on_both_sides() -> None:
    step = np.full((20, 20, 3), 0.3, np.float32)
    step[:, 10:] = 0.7
    found = NOTHING._replace(sharpness=0.8).photo(step)
    assert found[10, 9, 0] < 0.28
    assert found[10, 10, 0] > 0.72
    np.testing.assert_allclose(found[10, [0, 19]], step[10, [0, 19]], atol=1e-3)


def test_a_jpeg_bleeds_color_over_an_edge_and_keeps_its_brightness() -> None:
    step = np.zeros((32, 32, 3), np.float32) + np.float32((0.4, 0.4, 0.4))
    step[:, 15:] = np.float32((0.9, 0.2, 0.2))
    found = NOTHING._replace(quality=90).photo(step)
    assert found[16, 14, 0] - found[16, 14, 1] > 0.08
    assert abs(found[16, 4] - 0.4).max() < 0.02


def test_cameras_differ_and_each_fault_comes_about_as_often_as_it_is_said_to() -> None:
    rng = np.random.default_rng(0)
    found = [cameras.drawn(rng) for _ in range(400)]
    assert len(set(found)) == 400
    for each in found:
        assert 0 <= each.blur <= 1
        assert 1 <= each.shrunk <= 3
        assert each.quality == 0 or 45 <= each.quality <= 95
    shares = [np.mean([bool(getattr(each, name) > least) for each in found]) for name, least in
              (("sharpness", 0), ("shrunk", 1), ("quality", 0))]  # fmt: skip
    assert shares == pytest.approx([cameras.SHARPENED, cameras.SHRUNK, cameras.COMPRESSED], abs=0.08)
