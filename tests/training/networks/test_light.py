"""light: whatever the network's numbers are, the answer does nothing that light cannot do."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cleanplate.training.networks import light  # noqa: E402
from cleanplate.training.networks.harmonizers import apply_grid  # noqa: E402


def drawn(seed: int, batch: int = 6, strength: float = 4.0) -> tuple[light.Light, "torch.Tensor", "torch.Tensor"]:
    """An answer of random numbers, large ones too, to random people on random plates; the picture and the plate's dark end."""
    generator = torch.Generator().manual_seed(seed)
    numbers = strength * torch.randn(batch, light.NUMBERS, generator=generator)
    picture = torch.rand(batch, 3, 32, 32, generator=generator) ** (1 + 3 * torch.rand(batch, 1, 1, 1, generator=generator))
    dark = 0.3 * torch.rand(batch, 3, 1, generator=generator)
    return light.bounded(numbers, picture, torch.ones(batch, 1, 32, 32), dark), picture, dark


@pytest.mark.parametrize("seed", range(8))
def test_curves_rise_from_black_and_never_beyond_white(seed: int) -> None:
    found = light.table(drawn(seed)[0])
    assert found.shape[1:] == (3, light.STEPS)
    assert (found.diff(dim=2) > -1e-6).all()
    assert found.min() >= 0
    assert found.max() <= 1 + 1e-5


@pytest.mark.parametrize("seed", range(8))
def test_a_persons_dark_end_rises_to_the_plates_own_at_most(seed: int) -> None:
    answer, picture, dark = drawn(seed)
    lifted = light.curve(answer, answer.dark)
    assert (lifted <= torch.maximum(answer.dark, dark) + 1e-4).all()
    darkest = picture.flatten(2).quantile(0.02, 2)[..., None]
    assert ((answer.dark - darkest).abs() < 0.06).all()  # the soft end is about the second percentile


def test_without_the_plates_own_dark_end_black_stays_black() -> None:
    numbers = torch.full((1, light.NUMBERS), 6.0)
    picture = torch.linspace(0, 1, 1024).reshape(1, 1, 32, 32).expand(1, 3, 32, 32)
    answer = light.bounded(numbers, picture, torch.ones(1, 1, 32, 32), torch.zeros(1, 3, 1))
    assert light.curve(answer, torch.zeros(1, 3, 1)).max() < 0.002
    hazy = light.bounded(numbers, picture, torch.ones(1, 1, 32, 32), torch.full((1, 3, 1), 0.25))
    assert light.curve(hazy, torch.zeros(1, 3, 1)).min() > 0.08


def test_white_and_what_is_nearly_white_stay_out_of_a_cold_or_pink_tint_and_take_a_warm_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rest follows its gains: what is given to white is less than a hundredth below the middle."""
    monkeypatch.setattr(light, "COLORED", -9.0)  # of a gain so cold skin would be spared a part

    def tops(gains: tuple[float, float, float]) -> tuple["torch.Tensor", "torch.Tensor", "torch.Tensor"]:
        numbers = torch.zeros(1, light.NUMBERS)
        numbers[0, 1:4] = torch.atanh(torch.tensor(gains).log() / light.CAST)
        picture = torch.linspace(0, 1, 1024).reshape(1, 1, 32, 32).expand(1, 3, 32, 32)
        answer = light.bounded(numbers, picture, torch.ones(1, 1, 32, 32), torch.zeros(1, 3, 1))
        shown = torch.tensor([0.5, 1.0]).expand(1, 3, 2)
        plain = light.shoulder(light.raised(answer, shown), 1 - light.raised(answer, torch.ones(1, 3, 1)).clamp(min=1) ** -3.0)
        return *light.curve(answer, shown).unbind(2), plain[..., 1]

    middle, white, plain = tops((0.6, 1.0, 1.0))
    red, green, blue = white[0].tolist()
    assert plain[0, 0] < 0.82  # what the gain alone would make of white: cyan
    assert green == pytest.approx(blue, abs=1e-3)
    assert 0 < green - red < 0.6 * float(plain[0, 1] - plain[0, 0])
    assert middle[0, 0] / middle[0, 1] == pytest.approx(0.6 ** (1 / light.ENCODING), abs=0.02)
    pink = tops((1.0, 0.6, 1.0))
    assert pink[1][0, 1] > pink[2][0, 1] + 0.1
    warm = tops((1.0, 0.9, 0.6))
    torch.testing.assert_close(warm[1], warm[2], atol=0.02, rtol=0)


def test_somebody_before_haze_has_half_of_it() -> None:
    numbers = torch.full((1, light.NUMBERS), 6.0)
    picture = torch.linspace(0, 1, 1024).reshape(1, 1, 32, 32).expand(1, 3, 32, 32)
    hazy = light.bounded(numbers, picture, torch.ones(1, 1, 32, 32), torch.full((1, 3, 1), 0.3))
    assert float(light.curve(hazy, torch.zeros(1, 3, 1)).max()) < 0.5 * 0.3 + 1e-3
    torch.testing.assert_close(hazy.floor, torch.full((1, 3, 1), 0.15))


@pytest.mark.parametrize("bright", [0.95, 0.3])
def test_a_gain_is_one_stop_at_most_unless_the_person_has_nothing_bright(bright: float) -> None:
    numbers = torch.zeros(1, light.NUMBERS)
    numbers[:, 0] = 50
    answer = light.bounded(numbers, torch.full((1, 3, 8, 8), bright), torch.ones(1, 1, 8, 8), torch.zeros(1, 3, 1))
    stops = float(light.ENCODING * torch.log2(answer.gain[0, 0, 0]))
    allowed = 1 + max(0.0, -1 - light.ENCODING * np.log2(bright))
    assert stops == pytest.approx(allowed, abs=1e-3)
    numbers[:, 0] = -50
    answer = light.bounded(numbers, torch.full((1, 3, 8, 8), bright), torch.ones(1, 1, 8, 8), torch.zeros(1, 3, 1))
    assert float(light.ENCODING * torch.log2(answer.gain[0, 0, 0])) == pytest.approx(-2.5, abs=1e-3)


def test_numbers_of_nought_change_next_to_nothing() -> None:
    picture = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    answer = light.bounded(torch.zeros(2, light.NUMBERS), picture, torch.ones(2, 1, 16, 16), torch.zeros(2, 3, 1))
    gains = light.local_gains(torch.zeros(2, 3, 4, 4), torch.ones(2, 1, 4, 4))
    moved = apply_grid(light.curve(answer, picture.flatten(2)).reshape(picture.shape), light.grid(answer, gains))
    assert (moved - picture).abs().max() < 0.01


@pytest.mark.parametrize("seed", range(4))
def test_the_matrix_keeps_grays_and_local_gains_only_darken(seed: int) -> None:
    answer = drawn(seed)[0]
    torch.testing.assert_close(answer.matrix.sum(2), torch.ones(6, 3), atol=1e-5, rtol=0)
    weight = torch.zeros(6, 1, 4, 4)
    weight[..., 1:, :2] = 0.7
    maps = 5 * torch.randn(6, 3, 4, 4, generator=torch.Generator().manual_seed(seed))
    gains = light.local_gains(maps, weight)
    inside = (slice(None), slice(None), slice(1, None), slice(0, 2))
    apart, wanted = (each[inside].flatten(2).diff(dim=2) for each in (gains.log(), light.LOCAL * torch.tanh(maps)))
    torch.testing.assert_close(apart, wanted, atol=1e-5, rtol=0)  # on the person they differ by what the network says
    assert gains.max() <= 1
    assert (gains[..., 1:, :2].amax((1, 2, 3)) == 1).all()
    assert gains.min() >= np.exp(-2 * light.LOCAL) - 1e-6


def test_the_soft_ends_leave_out_what_is_not_the_person() -> None:
    picture = torch.full((1, 3, 4, 4), 0.5)
    picture[..., 0, :], picture[..., 3, :] = 0.0, 1.0
    inside = torch.zeros(1, 1, 4, 4)
    inside[..., 1:3, :] = 1
    for bright in (False, True):
        torch.testing.assert_close(light.end(picture, inside, bright=bright), torch.full((1, 3, 1), 0.5), atol=1e-3, rtol=0)


def test_gains_in_linear_light_are_nearly_what_they_are_by_the_standard() -> None:
    from cleanplate.pixels.color import to_linear, to_srgb

    picture = np.linspace(0.1, 0.6, 50, dtype=np.float32)
    ours = light.lit(torch.from_numpy(picture), torch.tensor(0.6))
    assert np.abs(ours.numpy() - to_srgb(to_linear(picture) * np.float32(0.6))).max() < 0.012
    encoded = torch.rand(100, generator=torch.Generator().manual_seed(2))
    np.testing.assert_allclose(light.to_linear(encoded), to_linear(encoded.numpy()), atol=1e-6)


def test_light_beyond_white_is_bent_back_and_never_reaches_it() -> None:
    """By hand: a factor f leaves 1 - f^-3 of white for the shoulder, and no light is lost below one."""
    shown = torch.linspace(0, 1, 101)[None, None]
    for gain in (1.5, 2.0):
        found = light.lit(shown, torch.tensor(gain))
        assert found.max() <= 1
        assert (found.diff() > 0).all()
        assert found[0, 0, 10] > shown[0, 0, 10] * 1.1
    torch.testing.assert_close(light.lit(shown, torch.tensor(0.5)), shown * 0.5 ** (1 / light.ENCODING))


def test_a_number_of_nought_is_a_twentieth_of_the_haze_and_of_the_toe_that_are_allowed() -> None:
    """By hand: the logistic function of -3 is 0.0474."""
    picture = torch.linspace(0.2, 1, 1024).reshape(1, 1, 32, 32).expand(1, 3, 32, 32)
    answer = light.bounded(torch.zeros(1, light.NUMBERS), picture, torch.ones(1, 1, 32, 32), torch.full((1, 3, 1), 0.3))
    torch.testing.assert_close(answer.haze, torch.full((1, 3, 1), 0.8 * 0.5 * 0.3 * 0.0474), atol=1e-5, rtol=0)
    torch.testing.assert_close(answer.toe, (1.5 * 0.0474 * answer.dark.amin()).expand(1, 3, 1), atol=1e-4, rtol=0)


def test_a_local_gain_of_a_half_halves_what_the_matrix_makes() -> None:
    picture = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    answer = light.bounded(torch.zeros(1, light.NUMBERS), picture, torch.ones(1, 1, 16, 16), torch.zeros(1, 3, 1))
    whole, half = (apply_grid(picture, light.grid(answer, torch.full((1, 3, 4, 4), gain))) for gain in (1.0, 0.5))
    torch.testing.assert_close(half, whole / 2, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("brightness", "pivot"), [(0.05, 0.1), (0.2, 0.2), (0.95, 0.8)])
def test_contrast_turns_about_the_persons_own_brightness_but_for_black_and_white(brightness: float, pivot: float) -> None:
    ones = torch.ones(1, 1, 8, 8)
    answer = light.bounded(torch.zeros(1, light.NUMBERS), brightness * ones.expand(1, 3, 8, 8), ones, torch.zeros(1, 3, 1))
    torch.testing.assert_close(answer.pivot, torch.full((1, 1, 1), pivot))


def test_contrast_and_crosstalk_end_at_their_bounds_by_hand() -> None:
    """Numbers as large as any: an exponent of e^(0.5 + 0.15) for the channel with its own; 0.08 of each other channel."""
    numbers = torch.zeros(1, light.NUMBERS)
    numbers[0, 4], numbers[0, 5], numbers[0, 9:15] = 50, 50, 50
    answer = light.bounded(numbers, torch.full((1, 3, 8, 8), 0.5), torch.ones(1, 1, 8, 8), torch.zeros(1, 3, 1))
    torch.testing.assert_close(answer.exponent[0, :, 0], torch.tensor([0.65, 0.5, 0.5]).exp())
    wanted = 0.08 + torch.eye(3) * (0.84 - 0.08)
    torch.testing.assert_close(answer.matrix[0], wanted, atol=1e-4, rtol=0)


# ---- skin keeps its color ------------------------------------------------------------------------------------------------
