"""The parts against slow, independent forms of their formulas."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tensors import random  # noqa: E402

from cleanplate.training.networks import layers, normalization  # noqa: E402

pytestmark = pytest.mark.train


@pytest.mark.parametrize("order", ["adain", "printed"])
def test_modulation_is_equation_two(order: str) -> None:
    """Slowly, for a hard alpha: the foreground takes the plate's statistics, the rest its own scale and shift."""
    feature = random(4, 1, 3, 8, 8) * 4
    alpha = torch.zeros(1, 1, 8, 8)
    alpha[..., 2:6, 1:5] = 1
    mean, deviation = random(5, 1, 3, 1, 1) - 0.5, random(6, 1, 3, 1, 1) + 0.5
    modulation = normalization.Modulation(3, order)  # type: ignore[arg-type]
    with torch.no_grad():
        modulation.scale.copy_(random(7, 1, 3, 1, 1) + 0.5)
        modulation.shift.copy_(random(8, 1, 3, 1, 1) - 0.5)
    found = modulation(feature, alpha, (mean, deviation))[0].detach().numpy()
    inside = alpha[0, 0].numpy() > 0
    for channel in range(3):
        values = feature[0, channel].numpy()
        center, spread = float(mean[0, channel]), float(deviation[0, channel])
        if order == "printed":
            center, spread = spread, center
        scale, shift = modulation.scale[0, channel].item(), modulation.shift[0, channel].item()
        own, rest = values[inside], values[~inside]
        np.testing.assert_allclose(found[channel][inside], spread * (own - own.mean()) / own.std() + center, atol=2e-4)
        np.testing.assert_allclose(found[channel][~inside], scale * (rest - rest.mean()) / rest.std() + shift, atol=2e-4)


def test_modulation_gives_the_foreground_the_plates_mean_and_deviation() -> None:
    feature, alpha = random(9, 1, 4, 16, 16), (random(10, 1, 1, 16, 16) > 0.5).float()
    cue = random(11, 1, 4, 1, 1), random(12, 1, 4, 1, 1) + 0.2
    mean, deviation = layers.statistics(normalization.Modulation(4)(feature, alpha, cue), alpha)
    torch.testing.assert_close(mean[..., None], cue[0], atol=1e-3, rtol=0)
    torch.testing.assert_close(deviation[..., None], cue[1], atol=1e-3, rtol=0)


def test_plain_normalization_gives_both_sides_their_own_scale_and_shift() -> None:
    feature, alpha = random(20, 1, 2, 8, 8) * 3, torch.zeros(1, 1, 8, 8)
    alpha[..., :5] = 1
    plain = normalization.Plain(2)
    with torch.no_grad():
        plain.scale.copy_(random(21, 2, 2, 1, 1) + 0.5)
        plain.shift.copy_(random(22, 2, 2, 1, 1))
    found = plain(feature, alpha)[0].detach().numpy()
    for side, columns in enumerate((slice(0, 5), slice(5, 8))):
        for channel in range(2):
            values = feature[0, channel, :, columns].numpy()
            scale, shift = plain.scale[side, channel].item(), plain.shift[side, channel].item()
            wanted = scale * (values - values.mean()) / values.std() + shift
            np.testing.assert_allclose(found[channel, :, columns], wanted, atol=2e-4)


def test_rain_is_its_formula() -> None:
    """Pixel by pixel in double precision: ``(1 + g) * [(x - mu_f) / sigma_f * sigma_b + mu_b] + b`` inside, its own outside."""
    feature, alpha = random(23, 1, 3, 6, 8) * 5, (random(24, 1, 1, 6, 8) > 0.4).float()
    rain = normalization.Rain(3)
    with torch.no_grad():
        rain.gamma.copy_(random(25, 2, 3, 1, 1) - 0.5)
        rain.beta.copy_(random(26, 2, 3, 1, 1) - 0.5)
        found = rain(feature, alpha, rain.background(feature, alpha))[0].numpy()
    inside = alpha[0, 0].numpy() > 0.5
    for channel in range(3):
        values = feature[0, channel].double().numpy()
        front, back = values[inside], values[~inside]
        (gain, _), (offset, _) = (each[:, channel].flatten().tolist() for each in (rain.gamma, rain.beta))
        own_gain, own_offset = rain.gamma[1, channel].item(), rain.beta[1, channel].item()
        for row, column in np.ndindex(6, 8):
            x = values[row, column]
            if inside[row, column]:
                wanted = (1 + gain) * ((x - front.mean()) / front.std() * back.std() + back.mean()) + offset
            else:
                wanted = (1 + own_gain) * (x - back.mean()) / back.std() + own_offset
            assert found[channel, row, column] == pytest.approx(wanted, abs=2e-3)


def test_a_new_rain_gives_the_foreground_the_backgrounds_mean_and_deviation() -> None:
    feature, alpha = random(27, 1, 4, 16, 16) * 2, (random(28, 1, 1, 16, 16) > 0.5).float()
    feature = feature + alpha
    rain = normalization.Rain(4)
    wanted = rain.background(feature, alpha)
    found = layers.statistics(rain(feature, alpha, wanted), alpha)
    for ours, theirs in zip(found, wanted, strict=True):
        torch.testing.assert_close(ours[..., None], theirs, atol=1e-3, rtol=0)


@pytest.mark.parametrize("build", [normalization.Modulation, normalization.Rain, normalization.Plain])
def test_a_hard_mask_is_the_alpha_cut_at_one_half(build: type) -> None:
    feature, alpha = random(29, 1, 2, 8, 8), random(30, 1, 1, 8, 8)
    cue = random(31, 1, 2, 1, 1), random(32, 1, 2, 1, 1) + 0.5
    hard, soft = build(2, mask="hard"), build(2)
    assert torch.equal(hard(feature, alpha, cue), soft(feature, (alpha > 0.5).float(), cue))
    assert not torch.allclose(hard(feature, alpha, cue), soft(feature, alpha, cue), atol=1e-3)


def test_which_scales_take_cues() -> None:
    def takes(kind: str, cues: str, modulated: str) -> list[int]:
        found = normalization.scales(kind, cues, modulated, (8, 6, 4, 2), "adain", "soft")  # type: ignore[arg-type]
        return [each.takes for each in found]

    assert takes("plate", "complete", "all") == [8, 6, 4, 2]
    assert takes("plate", "visible", "last3") == [0, 6, 4, 2]
    assert takes("rain", "complete", "bottleneck") == [8, 0, 0, 0]
    assert takes("plate", "none", "all") == [0, 0, 0, 0]
