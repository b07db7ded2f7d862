import numpy as np
import pytest
from drawn import scene, silhouette

from cleanplate.training.samples import transfer

PICTURE = np.random.default_rng(5).random((40, 30, 3)).astype(np.float32)


def gaussian(seed: int, mean: tuple[float, float, float], reach: float) -> np.ndarray:
    """Correlated colors around a mean, so narrow that no transfer between two of them clips."""
    rng = np.random.default_rng(seed)
    colors = np.clip(rng.normal(0, 1, (60, 50, 3)), -3, 3) @ rng.normal(0, 1, (3, 3)) * reach
    return (np.array(mean) + colors).astype(np.float32)


def test_statistics_agree_with_numpys_weighted_covariance() -> None:
    weight = np.random.default_rng(6).random((40, 30)).astype(np.float32)
    found = transfer.statistics(PICTURE, weight)
    flat = PICTURE.reshape(-1, 3).astype(np.float64)
    np.testing.assert_allclose(found.mean, np.average(flat, axis=0, weights=weight.ravel()), rtol=1e-5)
    wanted = np.cov(flat.T, aweights=weight.ravel().astype(np.float64), ddof=0)
    np.testing.assert_allclose(found.covariance, wanted, rtol=1e-4, atol=1e-7)


def test_statistics_look_at_nothing_outside_the_weight() -> None:
    weight = np.zeros((40, 30), np.float32)
    weight[:10] = 1
    spoiled = PICTURE.copy()
    spoiled[10:] = 9
    np.testing.assert_array_equal(transfer.statistics(spoiled, weight).mean, transfer.statistics(PICTURE, weight).mean)


def test_reinhards_space_and_back_is_the_picture_again() -> None:
    bright = np.maximum(PICTURE, transfer.DARKEST)
    np.testing.assert_allclose(transfer.from_lab(transfer.to_lab(bright)), bright, atol=1e-5)


def test_reinhards_space_of_white_by_hand() -> None:
    """White's LMS are the matrix's row sums 0.9996, 0.9929, 0.9967: l is the sum of their logarithms over the root of 3."""
    logs = np.log10([0.3811 + 0.5783 + 0.0402, 0.1967 + 0.7244 + 0.0782, 0.0241 + 0.1288 + 0.8444])
    wanted = [logs.sum() / 3**0.5, (logs[0] + logs[1] - 2 * logs[2]) / 6**0.5, (logs[0] - logs[1]) / 2**0.5]
    np.testing.assert_allclose(transfer.to_lab(np.ones((1, 1, 3), np.float32))[0, 0], wanted, atol=1e-6)


def test_black_has_a_place_in_reinhards_space() -> None:
    assert np.isfinite(transfer.to_lab(np.zeros((1, 1, 3), np.float32))).all()


def test_reinhard_onto_its_own_statistics_changes_nothing() -> None:
    picture = np.maximum(PICTURE, transfer.DARKEST)
    own = transfer.statistics(transfer.to_lab(picture))
    np.testing.assert_allclose(transfer.reinhard(picture, own, own), picture, atol=2e-5)


def test_reinhard_gives_the_means_and_deviations_of_the_reference() -> None:
    picture, reference = gaussian(1, (0.5, 0.45, 0.4), 0.02), gaussian(2, (0.4, 0.5, 0.55), 0.015)
    wanted = transfer.statistics(transfer.to_lab(reference))
    moved = transfer.reinhard(picture, transfer.statistics(transfer.to_lab(picture)), wanted)
    found = transfer.statistics(transfer.to_lab(moved))
    np.testing.assert_allclose(found.mean, wanted.mean, atol=1e-4)
    np.testing.assert_allclose(np.diag(found.covariance), np.diag(wanted.covariance), rtol=1e-2)


def test_covariance_transfer_gives_mean_and_covariance_of_the_reference() -> None:
    picture, reference = gaussian(3, (0.5, 0.45, 0.4), 0.03), gaussian(4, (0.4, 0.5, 0.55), 0.02)
    wanted = transfer.statistics(reference)
    moved = transfer.covariance(picture, transfer.statistics(picture), wanted)
    assert moved.min() > 0
    assert moved.max() < 1
    found = transfer.statistics(moved)
    np.testing.assert_allclose(found.mean, wanted.mean, atol=1e-5)
    np.testing.assert_allclose(found.covariance, wanted.covariance, atol=2e-6)


def test_a_power_of_a_matrix_undoes_itself() -> None:
    matrix = np.array([[2.0, 0.5, 0], [0.5, 1, 0.2], [0, 0.2, 3]])
    half = transfer.root(matrix, 0.5, 0)
    np.testing.assert_allclose(half @ half, matrix, atol=1e-12)
    np.testing.assert_allclose(half @ transfer.root(matrix, -0.5, 0), np.eye(3), atol=1e-12)


def test_histogram_of_itself_is_nearly_the_picture() -> None:
    picture = scene(7)
    found = transfer.histogram(picture, np.ones(picture.shape[:2], np.float32), picture)
    assert np.abs(found - picture).max() < 0.01  # half a bin is 0.002 wide, and three channels are turned


def test_histogram_takes_the_quantiles_of_the_reference() -> None:
    picture = scene(8)
    reference = np.clip(picture * 0.5 + 0.3, 0, 1)
    moved = transfer.histogram(picture, np.ones(picture.shape[:2], np.float32), reference)
    luma = np.array([0.299, 0.587, 0.114])
    for quantile in (0.1, 0.5, 0.9):
        assert np.quantile(moved @ luma, quantile) == pytest.approx(np.quantile(reference @ luma, quantile), abs=0.01)


def test_histogram_does_not_stretch_into_levels_that_the_reference_lacks() -> None:
    """Two greys onto two others: the same pixels, those greys, nothing between or beyond."""
    picture, reference = np.full((2, 8, 8, 3), 0.2, np.float32)
    picture[4:], reference[4:] = 0.9, 0.5
    moved = transfer.histogram(picture, np.ones((8, 8), np.float32), reference)
    np.testing.assert_allclose(moved, reference, atol=0.01)


def test_histogram_treats_dark_and_light_alike() -> None:
    """The negatives' answer is the answer's negative, also where a few levels hold everything."""
    picture, reference = np.full((2, 10, 10, 3), 0.3, np.float32)
    picture[:3], reference[:5], reference[5:7] = 0.7, 0.6, 0.4
    weight = np.ones((10, 10), np.float32)
    moved, negative = transfer.histogram(picture, weight, reference), transfer.histogram(1 - picture, weight, 1 - reference)
    np.testing.assert_allclose(negative, 1 - moved, atol=0.01)


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Sliced distance: the mean difference of sorted projections on 20 directions."""
    ways = np.random.default_rng(11).normal(size=(3, 20))
    ways /= np.linalg.norm(ways, axis=0)
    return float(np.abs(np.sort(one.reshape(-1, 3) @ ways, 0) - np.sort(other.reshape(-1, 3) @ ways, 0)).mean())


def test_iterative_transfer_comes_much_closer_to_the_reference_than_channels_by_themselves() -> None:
    picture, reference = gaussian(12, (0.5, 0.45, 0.4), 0.03), gaussian(13, (0.4, 0.5, 0.55), 0.05)
    even = np.ones(picture.shape[:2], np.float32)
    found = transfer.idt(picture, even, reference)
    assert distance(found, reference) < 0.3 * distance(transfer.histogram(picture, even, reference), reference)
    np.testing.assert_allclose(transfer.statistics(found).covariance, transfer.statistics(reference).covariance, atol=5e-4)


def test_iterative_transfer_onto_itself_is_nearly_the_picture() -> None:
    picture = scene(14)
    found = transfer.idt(picture, np.ones(picture.shape[:2], np.float32), picture)
    assert np.abs(found - picture).max() < 0.01


def test_iterative_transfer_looks_at_the_weighted_part_only() -> None:
    picture, weight = scene(15), np.zeros((160, 128), np.float32)
    weight[:, :64] = 1
    spoiled = picture.copy()
    spoiled[:, 64:] = np.clip(picture[:, 64:], 0.2, 0.8)[:, ::-1]
    reference = scene(16)
    mine, other = (transfer.idt(each, weight, reference)[:, :64] for each in (picture, spoiled))
    assert np.abs(mine - other).mean() < 0.01  # the bins' ends may move a little


@pytest.mark.parametrize("kind", ["reinhard", "covariance", "histogram", "idt"])
def test_every_transfer_stays_in_the_range_and_keeps_the_type(kind: str) -> None:
    picture, reference, weight = scene(9), np.clip(scene(10) * 1.5, 0, 1), silhouette((160, 128))
    if kind in ("histogram", "idt"):
        moved = getattr(transfer, kind)(picture, weight, reference)
    elif kind == "reinhard":
        statistics = [transfer.statistics(transfer.to_lab(each)) for each in (picture, reference)]
        moved = transfer.reinhard(picture, *statistics)
    else:
        moved = transfer.covariance(picture, transfer.statistics(picture, weight), transfer.statistics(reference))
    assert moved.dtype == np.float32
    assert moved.min() >= 0
    assert moved.max() <= 1
