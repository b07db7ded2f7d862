import numpy as np
import pytest
from drawn import scene

from cleanplate.training.samples import backdrops

SIZE = (96, 128)
SCENE = scene(11)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def covered(seed: int = 0) -> np.ndarray:
    return backdrops.cover(SCENE, SIZE, generator(seed))


@pytest.mark.parametrize("size", [(100, 300), (300, 100), (64, 64), (161, 129)])
def test_cover_gives_the_asked_size_whatever_the_scene(size: tuple[int, int]) -> None:
    for seed in range(6):
        found = backdrops.cover(SCENE, size, generator(seed))
        assert found.shape == (*size, 3)
        assert found.std() > 0


@pytest.mark.parametrize("kind", backdrops.KINDS, ids=lambda kind: kind.__name__)
def test_every_backdrop_is_a_picture_and_differs_by_what_is_drawn(kind) -> None:
    found = [kind(generator(seed), covered(seed)) for seed in range(8)]
    for seed, each in enumerate(found):
        assert each.shape == (*SIZE, 3)
        assert each.dtype == np.float32
        assert each.min() >= 0
        assert each.max() <= 1
        assert np.array_equal(each, kind(generator(seed), covered(seed)))
    assert len({each.tobytes() for each in found}) == 8


def test_all_kinds_together_are_all_backdrops_and_each_is_drawn_by_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum(backdrops.KINDS.values()) == pytest.approx(1)
    marks = {(lambda _, scene, at=at: np.full_like(scene, at)): share for at, share in enumerate((0.2, 0.8))}
    monkeypatch.setattr(backdrops, "KINDS", marks)
    rng = generator()
    counts = np.bincount([int(backdrops.drawn(rng, SCENE, (8, 8))[0, 0, 0]) for _ in range(300)], minlength=2)
    assert counts[1] / 300 == pytest.approx(0.8, abs=0.07)


def detail(picture: np.ndarray) -> float:
    return float(np.abs(np.diff(picture, axis=0)).mean())


def test_what_is_out_of_focus_has_the_scenes_colors_and_less_of_its_detail() -> None:
    sharp = generator(1).uniform(0, 1, (*SIZE, 3)).astype(np.float32)
    soft = backdrops.blurred(generator(), sharp)
    assert detail(soft) < 0.3 * detail(sharp)
    np.testing.assert_allclose(soft.mean((0, 1)), sharp.mean((0, 1)), atol=0.03)


def test_paper_is_white_black_or_of_a_strong_color() -> None:
    means = np.array([backdrops.paper(generator(seed), covered()).mean((0, 1)) for seed in range(60)])
    spread = means.max(1) - means.min(1)
    white, black = (means.min(1) > 0.6) & (spread < 0.02), means.max(1) < 0.07
    colored = ~white & ~black & (spread > 0.1)
    assert all(each.sum() > 10 for each in (white, black, colored))
    assert (white | black | colored).all()


def test_a_sky_grows_lighter_downwards_and_its_blue_fades() -> None:
    for seed in range(10):
        sky = backdrops.sky(generator(seed), np.full((*SIZE, 3), 0.5, np.float32))
        assert (np.diff(sky[:, 0, :2], axis=0) >= -1e-6).all()
        blue = sky[..., 2] - sky[..., 0]
        assert blue[0, 0] > 0.2 > 0.1 > blue[-1, 0]


def test_lights_are_bright_in_a_dark_place() -> None:
    lit = backdrops.lights(generator(2), covered())
    assert np.median(lit) < 0.4
    assert lit.max() > 0.5


def test_leaves_are_green_and_white_where_the_sky_shines_through() -> None:
    found = backdrops.leaves(generator(3), covered())
    through = found.min(2) > 0.95
    assert 0.001 < through.mean() < 0.6
    rest = found[found.max(2) < 0.7]
    assert (rest[:, 1] >= rest[:, 2]).mean() > 0.95


def test_a_ramp_goes_from_nothing_to_one_along_a_straight_line() -> None:
    for seed in range(5):
        ramp = backdrops.ramp(generator(seed), covered())
        assert (ramp.min(), ramp.max()) == (0, 1)
        np.testing.assert_allclose(np.diff(ramp, 2, axis=0), 0, atol=1e-4)
        np.testing.assert_allclose(np.diff(ramp, 2, axis=1), 0, atol=1e-4)
