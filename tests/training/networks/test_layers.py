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
