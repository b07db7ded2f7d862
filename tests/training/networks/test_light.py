"""light: whatever the network's numbers are, the answer does nothing that light cannot do."""

from itertools import pairwise

import cv2
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


def answered(numbers: "torch.Tensor") -> light.Light:
    """The bounded answer for a middle-gray person before a bright plate."""
    count = numbers.shape[0]
    return light.bounded(numbers, torch.full((count, 3, 8, 8), 0.5), torch.ones(count, 1, 8, 8), torch.zeros(count, 3, 1))


def test_no_color_change_takes_more_of_skin_s_color_than_a_share() -> None:
    """Of any numbers; what brightness alone takes (white has no color) is not given back."""
    numbers = 3 * torch.randn(2000, light.NUMBERS, generator=torch.Generator().manual_seed(0))
    plain = numbers.clone()
    plain[:, [1, 2, 3, *range(5, 15)]] = 0  # the numbers of color
    kept, bright = (light.color_kept(answered(each)).flatten() for each in (numbers, plain))
    assert (kept >= bright.clamp(max=light.COLORED) - 0.1).all()
    held = kept[(bright > light.COLORED) & (kept < light.COLORED + 0.05)]
    assert len(held) > 400  # no more than that is given back
    assert held.mean() == pytest.approx(light.COLORED, abs=0.01)


def test_no_color_change_gives_skin_more_color_than_a_share() -> None:
    """Of any numbers; what brightness alone gives is not taken."""
    numbers = 3 * torch.randn(2000, light.NUMBERS, generator=torch.Generator().manual_seed(1))
    plain = numbers.clone()
    plain[:, [1, 2, 3, *range(5, 15)]] = 0  # the numbers of color
    kept, bright = (light.color_kept(answered(each)).flatten() for each in (numbers, plain))
    assert (kept <= bright.clamp(min=light.RICHEST) + 0.1).all()
    held = kept[(bright < light.RICHEST) & (kept > light.RICHEST - 0.03)]
    assert len(held) > 40
    assert held.mean() == pytest.approx(light.RICHEST, abs=0.015)


@pytest.mark.parametrize(
    ("first", "slope", "rich", "share"),
    [
        (1, -1, 1, 0.25), (1, 1, 1, 0.6), (1, 0.5, 1, 1), (0.5, 0.05, 1, 0), (0.5, -0.05, 1, 0), (1.8, 0.05, 1, 0),
        (1.8, -0.05, 1, 0), (1, -1, 1.25, 0.25), (1, -1, 1.5, 1 / 3), (1, -1, 2, 0.5), (1, 1, 2, 0.6),
    ],
)  # fmt: skip
def test_how_much_of_a_color_change_is_made_by_hand(
    first: float, slope: float, rich: float, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what is straight in the share: up to the bound that it meets, none where brightness alone is beyond one."""
    monkeypatch.setattr(light, "color_kept", lambda each, rich: first + slope * each)
    found = light.most_colored(lambda each: each, torch.ones(1, 1, 1), torch.full((1, 1, 1), rich))  # type: ignore[arg-type, return-value]
    assert float(found) == pytest.approx(share, abs=1e-3)


def lit_by(gains: tuple[float, float, float], orange: float = 0.0) -> "torch.Tensor":
    """Skin, light and dark, cloth in gray and blue, and a share in orange, (1, 3, 20, 20), under gains of encoded values."""
    colors = torch.tensor([*light.SKINS, (0.5, 0.5, 0.5), (0.2, 0.3, 0.6)])[[0, 2, 0, 2, 1, 3, 4, 3, 4, 1]]
    rows = colors.T[None, :, None].repeat_interleave(2, 3).repeat(1, 1, 20, 1)
    rows[:, :, : round(20 * orange)] = torch.tensor([0.9, 0.45, 0.2])[None, :, None, None]
    return rows * torch.tensor(gains)[None, :, None, None]


def test_who_stood_in_a_warm_light_has_richer_skin_and_an_orange_suit_or_cold_light_make_nobody_so() -> None:
    def rich(*given: tuple[float, float, float] | float) -> float:
        return float(light.richness(lit_by(*given), torch.ones(1, 1, 20, 20)))  # type: ignore[arg-type]

    daylight = rich((1.0, 1.0, 1.0))
    assert daylight < 1.2
    assert rich((1.0, 1.0, 1.0), 0.3) < 1.2
    assert rich((1.0, 1.0, 1.0), 0.55) < 1.2
    assert rich((0.8, 1.0, 1.2)) == 1
    lamps = [rich((1.0, 1 - 0.5 * warm, 1 - warm)) for warm in (0.1, 0.2, 0.3, 0.4)]
    assert all(after > before + 0.05 or after == light.REACH for before, after in pairwise([daylight, *lamps]))
    assert lamps[-1] > 1.4
    assert rich((1.0, 0.5, 0.05)) == light.REACH


def test_cloth_of_another_hue_does_not_count_for_richness() -> None:
    lit = lit_by((1.0, 0.75, 0.45))
    pink = torch.tensor([0.9, 0.5, 0.7])[None, :, None, None].expand(1, 3, 20, 20)
    alone, beside = (float(light.richness(each, torch.ones(1, 1, each.shape[2], 20))) for each in (lit, torch.cat([lit, pink], 2)))
    assert 1.3 < alone < light.REACH
    assert beside == pytest.approx(alone, abs=0.06)


def test_only_the_person_counts_for_richness() -> None:
    shown = torch.cat([lit_by((1.0, 1.0, 1.0)), lit_by((1.0, 0.8, 0.6))], 2)
    half = torch.zeros(1, 1, 40, 20)
    half[:, :, :20] = 1
    alone = [light.richness(lit_by(gains), torch.ones(1, 1, 20, 20)) for gains in ((1.0, 1.0, 1.0), (1.0, 0.8, 0.6))]
    for weight, wanted in zip((half, 1 - half), alone, strict=True):
        assert float(light.richness(shown, weight)) == pytest.approx(float(wanted), abs=1e-4)


def test_who_stood_in_a_warm_light_may_be_taken_out_of_it_by_a_cold_answer() -> None:
    """By daylight a part of the same answer is given back."""
    numbers = torch.zeros(1, light.NUMBERS)
    numbers[0, 1:4] = torch.tensor([-1.0, 0.0, 1.0])
    share = []
    for gains in ((1.0, 1.0, 1.0), (1.0, 0.75, 0.45)):
        found = light.bounded(numbers, lit_by(gains), torch.ones(1, 1, 20, 20), torch.zeros(1, 3, 1))
        share.append(float(found.gain[0, 2].log() - found.gain[0, 0].log()) * light.ENCODING / (2 * light.CAST * np.tanh(1)))
    assert share[0] < 0.7
    assert share[1] == pytest.approx(1, abs=0.01)


def test_skin_under_a_cold_answer_is_still_skin_to_an_independent_eye() -> None:
    numbers = torch.zeros(1, light.NUMBERS)
    numbers[0, 1:4] = torch.tensor([-1.0, 0.0, 1.0])
    found, skins = answered(numbers), torch.tensor(light.SKINS).T[None]
    after = (found.matrix @ light.curve(found, skins))[0].T.numpy()
    before, cold = (cv2.cvtColor(np.float32(each)[None], cv2.COLOR_RGB2LAB)[0] for each in (np.array(light.SKINS), after))
    chroma = [np.hypot(each[:, 1], each[:, 2]) for each in (before, cold)]
    assert np.mean(chroma[1] / chroma[0]) > 0.6
    assert (cold[:, 2] > 0).all()  # still yellow rather than blue
    assert (cold[:, 2] < 0.9 * before[:, 2]).all()  # and colder than it was


def test_how_much_color_is_kept_by_hand() -> None:
    same = answered(torch.zeros(1, light.NUMBERS))
    assert float(light.color_kept(same)) == pytest.approx(1, abs=0.08)  # the toe deepens it a little
    gray = torch.tensor(light.LUMA).expand(1, 3, 3)
    assert float(light.color_kept(same._replace(matrix=gray))) == pytest.approx(0, abs=1e-3)
    half = (torch.eye(3)[None] + gray) / 2
    assert float(light.color_kept(same._replace(matrix=half))) == pytest.approx(float(light.color_kept(same)) / 2, abs=0.01)


def test_a_warm_answer_is_taken_whole() -> None:
    numbers = torch.zeros(1, light.NUMBERS)
    numbers[0, 1:4] = torch.tensor([0.5, 0.0, -0.5])
    gain = answered(numbers).gain[0, :, 0]
    assert gain.tolist() == pytest.approx(np.exp(light.CAST * np.tanh([0.5, 0, -0.5]) / light.ENCODING).tolist(), rel=1e-5)
