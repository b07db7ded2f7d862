"""The gates against slow, independent forms of their formulas."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tensors import random  # noqa: E402

from cleanplate.training.networks import gates  # noqa: E402

pytestmark = pytest.mark.train


def test_a_gate_lets_through_a_share_that_its_own_convolution_weighs() -> None:
    gate, feature = gates.Gate(2), torch.tensor([[2.0, -4.0]]).reshape(1, 2, 1, 1)
    with torch.no_grad():
        gate.weigh.weight.zero_()
        gate.weigh.bias.copy_(torch.tensor([0.0, 100.0]))
    assert gate(feature).flatten().tolist() == [1.0, -4.0]


def test_the_softened_mask_is_opencvs_gaussian() -> None:
    import cv2

    alpha = (random(34, 1, 1, 12, 9) > 0.6).float()
    wanted = cv2.GaussianBlur(alpha[0, 0].numpy(), (5, 5), 1.0, borderType=cv2.BORDER_REPLICATE)
    np.testing.assert_allclose(gates.soften(alpha)[0, 0], wanted, atol=1e-6)


def test_s2am_is_its_formula() -> None:
    """``bg (1 - M) + (learn(spliced) + mixed) M`` with numpy, the convolutions by scipy-free loops over 3 x 3 windows."""
    import cv2

    torch.manual_seed(0)
    gate, feature, alpha = gates.S2amGate(4), random(35, 1, 4, 6, 5), (random(36, 1, 1, 6, 5) > 0.5).float()
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
    for kind, wanted in (("dove", gates.Gate), ("s2am", gates.S2amGate), ("none", gates.Open)):
        found = gates.attention(kind, (9, 8, 7, 6))  # type: ignore[arg-type]
        assert [type(each) for each in found] == [gates.Open, wanted, wanted, wanted]
