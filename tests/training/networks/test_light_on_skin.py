"""light: what an answer may do to the color of skin, and to whose."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cleanplate.training.networks import light  # noqa: E402


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
