import numpy as np
import pytest

from cleanplate.stages import noise_blocks

stats = pytest.importorskip("scipy.stats")
RNG = np.random.default_rng(5)


def test_the_roughness_of_white_noise_is_its_variance_and_a_slope_has_none() -> None:
    slope = np.linspace(0, 1, 16, dtype=np.float32)
    values = RNG.normal(0, 0.05, (16, 16, 4000)).astype(np.float32) + slope[:, None, None] - 2 * slope[None, :, None]
    assert noise_blocks.roughness(values).mean() == pytest.approx(0.05**2, rel=0.01)
    assert noise_blocks.unevenness(values).mean() == pytest.approx(0.05**2, rel=0.01)
    assert noise_blocks.roughness(slope[:, None, None] + slope[None, :, None]) == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize("kind", ["normal", "uniform", "laplace"])
def test_peaks_are_told_by_the_kurtosis_of_what_varies(kind: str) -> None:
    values = getattr(RNG, kind)(size=(16, 16, 300)).astype(np.float32)
    both = [np.diff(values, 2, axis=axis).reshape(-1, 300) for axis in (0, 1)]
    expected = stats.moment(np.concatenate(both), 4, center=0) / stats.moment(np.concatenate(both), 2, center=0) ** 2
    np.testing.assert_allclose(noise_blocks.peaked(values), expected, rtol=1e-3)


def test_blocks_are_the_picture_cut_up_without_what_is_left_over() -> None:
    picture = RNG.integers(0, 255, (35, 50, 3)).astype(np.uint8)
    blocks = noise_blocks.in_blocks(picture)
    assert blocks.shape == (2, 3, 16, 16, 3)
    assert np.array_equal(blocks[1, 2], picture[16:32, 32:48])


def test_what_is_cut_off_at_black_or_white_is_not_whole() -> None:
    blocks = np.full((3, 16, 16, 3), 100, np.uint8)
    blocks[1, 3, 3, 1], blocks[2, 0, 0, 0] = 255, 0
    seen = noise_blocks.looked_at(blocks)
    assert seen.whole.tolist() == [True, False, False]
    np.testing.assert_allclose(seen.mean[0], 100 / 255, rtol=1e-5)
    assert seen.power.shape == (3, 3, noise_blocks.OCTAVES)
