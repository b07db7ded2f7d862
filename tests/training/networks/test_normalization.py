"""The parts against slow, independent forms of their formulas."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cleanplate.training.networks import normalization  # noqa: E402

pytestmark = pytest.mark.train


def random(seed: int, *shape: int) -> "torch.Tensor":
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def test_statistics_are_numpys_weighted_mean_and_deviation() -> None:
    feature, weights = random(1, 2, 5, 7, 6), random(2, 2, 2, 7, 6)
    mean, deviation = normalization.statistics(feature, weights)
    assert mean.shape == deviation.shape == (2, 5, 2)
    for i, j, k in np.ndindex(2, 5, 2):
        values, shares = feature[i, j].double().numpy(), weights[i, k].double().numpy()
        average = np.average(values, weights=shares)
        assert float(mean[i, j, k]) == pytest.approx(average, abs=1e-5)
        assert float(deviation[i, j, k]) == pytest.approx(np.average((values - average) ** 2, weights=shares) ** 0.5, abs=1e-4)


def test_statistics_under_no_weight_are_finite() -> None:
    mean, deviation = normalization.statistics(random(3, 1, 4, 6, 6), torch.zeros(1, 1, 6, 6))
    assert mean.abs().max() == 0
    assert torch.isfinite(deviation).all()


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
    mean, deviation = normalization.statistics(normalization.Modulation(4)(feature, alpha, cue), alpha)
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
    found = normalization.statistics(rain(feature, alpha, wanted), alpha)
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


def test_cues_weighted_by_an_area_are_those_of_a_plate_that_repeats_it() -> None:
    """S has seen nothing but one color under the weight, wherever the rest is far enough away."""
    cues = normalization.PlateCues((5, 3), 4)
    left = torch.full((1, 3, 64, 64), 0.7)
    mixed = torch.cat([left[..., :40], random(33, 1, 3, 64, 24)], 3)
    weight = torch.zeros(1, 1, 64, 64)
    weight[:, :, 8:56, 8:32] = 1  # clear of the borders, where padding is seen
    torch.testing.assert_close(cues(mixed, weight), cues(left, weight))
    assert not torch.allclose(cues(mixed), cues(mixed, weight), atol=1e-4)


# ---- gates ---------------------------------------------------------------------------------------------------------


def test_a_gate_lets_through_a_share_that_its_own_convolution_weighs() -> None:
    gate, feature = normalization.Gate(2), torch.tensor([[2.0, -4.0]]).reshape(1, 2, 1, 1)
    with torch.no_grad():
        gate.weigh.weight.zero_()
        gate.weigh.bias.copy_(torch.tensor([0.0, 100.0]))
    assert gate(feature).flatten().tolist() == [1.0, -4.0]


def test_the_softened_mask_is_opencvs_gaussian() -> None:
    import cv2

    alpha = (random(34, 1, 1, 12, 9) > 0.6).float()
    wanted = cv2.GaussianBlur(alpha[0, 0].numpy(), (5, 5), 1.0, borderType=cv2.BORDER_REPLICATE)
    np.testing.assert_allclose(normalization.soften(alpha)[0, 0], wanted, atol=1e-6)


def test_s2am_is_its_formula() -> None:
    """``bg (1 - M) + (learn(spliced) + mixed) M`` with numpy, the convolutions by scipy-free loops over 3 x 3 windows."""
    import cv2

    torch.manual_seed(0)
    gate, feature, alpha = normalization.S2amGate(4), random(35, 1, 4, 6, 5), (random(36, 1, 1, 6, 5) > 0.5).float()
    state = {name: each.double().numpy() for name, each in gate.state_dict().items()}
    x = feature[0].double().numpy()

    def weigh(name: str) -> np.ndarray:
        def layer(values: np.ndarray) -> np.ndarray:
            inner = np.maximum(state[f"{name}.weigh.0.weight"] @ values + state[f"{name}.weigh.0.bias"], 0)
            return state[f"{name}.weigh.2.weight"] @ inner + state[f"{name}.weigh.2.bias"]

        total = layer(x.mean((1, 2))) + layer(x.max((1, 2)))
        return x / (1 + np.exp(-total))[:, None, None]

    def convolve(values: np.ndarray, name: str) -> np.ndarray:
        padded = np.pad(values, ((0, 0), (1, 1), (1, 1)))
        answer = np.empty((len(state[f"{name}.bias"]), *values.shape[1:]))
        for row, column in np.ndindex(values.shape[1:]):
            window = padded[:, row : row + 3, column : column + 3]
            answer[:, row, column] = (state[f"{name}.weight"] * window).sum((1, 2, 3)) + state[f"{name}.bias"]
        return np.where(answer > 0, answer, np.expm1(np.minimum(answer, 0)))

    mask = cv2.GaussianBlur(alpha[0, 0].double().numpy(), (5, 5), 1.0, borderType=cv2.BORDER_REPLICATE)
    learned = convolve(convolve(weigh("spliced"), "learn.0"), "learn.2")
    wanted = weigh("background") * (1 - mask) + (learned + weigh("mixed")) * mask
    np.testing.assert_allclose(gate(feature, alpha)[0].detach(), wanted, atol=1e-5)


def test_only_the_last_three_scales_have_a_gate_that_does_anything() -> None:
    for kind, wanted in (("dove", normalization.Gate), ("s2am", normalization.S2amGate), ("none", normalization.Open)):
        found = normalization.attention(kind, (9, 8, 7, 6))  # type: ignore[arg-type]
        assert [type(each) for each in found] == [normalization.Open, wanted, wanted, wanted]
