import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tensors import random  # noqa: E402

from cleanplate.training.networks import layers  # noqa: E402

pytestmark = pytest.mark.train


def test_statistics_are_numpys_weighted_mean_and_deviation() -> None:
    feature, weights = random(1, 2, 5, 7, 6), random(2, 2, 2, 7, 6)
    mean, deviation = layers.statistics(feature, weights)
    assert mean.shape == deviation.shape == (2, 5, 2)
    for i, j, k in np.ndindex(2, 5, 2):
        values, shares = feature[i, j].double().numpy(), weights[i, k].double().numpy()
        average = np.average(values, weights=shares)
        assert float(mean[i, j, k]) == pytest.approx(average, abs=1e-5)
        assert float(deviation[i, j, k]) == pytest.approx(np.average((values - average) ** 2, weights=shares) ** 0.5, abs=1e-4)


def test_statistics_under_no_weight_are_finite() -> None:
    mean, deviation = layers.statistics(random(3, 1, 4, 6, 6), torch.zeros(1, 1, 6, 6))
    assert mean.abs().max() == 0
    assert torch.isfinite(deviation).all()


def test_percentiles_are_those_of_values_that_stand_as_often_as_they_weigh() -> None:
    values, weights = random(4, 2, 3, 5, 6), (4 * random(5, 2, 1, 5, 6)).floor()
    found = layers.percentiles(values, weights, (0.05, 0.5, 0.9))
    for i, j in np.ndindex(2, 3):
        often = np.repeat(values[i, j].flatten().numpy(), weights[i, 0].flatten().numpy().astype(int))
        np.testing.assert_allclose(found[i, j], np.quantile(often, (0.05, 0.5, 0.9), method="inverted_cdf"))


def test_percentiles_of_nothing_are_the_least() -> None:
    values = random(6, 1, 2, 4, 4)
    assert torch.equal(layers.percentiles(values, torch.zeros(1, 1, 4, 4), (0.5,))[..., 0], values.flatten(2).amin(2))
