import pytest

torch = pytest.importorskip("torch")

from tensors import random  # noqa: E402

from cleanplate.training.networks import cues  # noqa: E402
from cleanplate.training.networks.harmonizers import FastHarmonizer  # noqa: E402

pytestmark = pytest.mark.train


def test_cues_weighted_by_an_area_are_those_of_a_plate_that_repeats_it() -> None:
    """S has seen nothing but one color under the weight, wherever the rest is far enough away."""
    look = cues.PlateCues((5, 3), 4)
    left = torch.full((1, 3, 64, 64), 0.7)
    mixed = torch.cat([left[..., :40], random(33, 1, 3, 64, 24)], 3)
    weight = torch.zeros(1, 1, 64, 64)
    weight[:, :, 8:56, 8:32] = 1  # clear of the borders, where padding is seen
    torch.testing.assert_close(look(mixed, weight), look(left, weight))
    assert not torch.allclose(look(mixed), look(mixed, weight), atol=1e-4)


def test_the_mean_color_of_a_place_is_read_from_its_cues() -> None:
    plate = random(5, 2, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(cues.mean_color(FastHarmonizer().cues(plate)), plate.mean((2, 3)), atol=1e-4, rtol=0)
