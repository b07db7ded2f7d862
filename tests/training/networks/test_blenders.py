import numpy as np
import pytest

torch = pytest.importorskip("torch")

from collections.abc import Callable  # noqa: E402

from tensors import lively, random  # noqa: E402

from cleanplate.training.networks import blenders  # noqa: E402

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def blender() -> blenders.FastBlender:
    torch.manual_seed(0)
    return lively(blenders.FastBlender())


def test_a_blender_that_does_not_see_the_plate_does_not_ask_for_it_and_one_that_sees_it_looks_at_it() -> None:
    assert "plate" not in blenders.FastBlender().inputs
    network = lively(blenders.FastBlender(sees_plate=True))
    assert network.inputs[-1] == "plate"
    *inputs, plate = blend_inputs(network, 32, 32)
    with torch.no_grad():
        first, second = network(*inputs, plate), network(*inputs, plate**3)
    assert not torch.allclose(first[0], second[0], atol=1e-4)
    assert not torch.allclose(first[1], second[1], atol=1e-4)


@pytest.mark.parametrize("sees", [True, False])
def test_the_papers_blender_changes_the_linear_blend_alike_whatever_the_plate_unless_it_sees_it(sees: bool) -> None:
    network = lively(blenders.PaperBlender((4, 6, 8, 10), sees_plate=sees))
    source, alpha, plate = blend_inputs(network, 32, 32)
    with torch.no_grad():
        first, second = (network(source, alpha, each) - torch.lerp(each, source, alpha) for each in (plate, plate**3))
    assert first.abs().max() > 1e-3
    assert torch.allclose(first, second, atol=1e-6) is not sees


def blend_inputs(network: "torch.nn.Module", height: int, width: int, dtype: "torch.dtype" = torch.float32) -> list["torch.Tensor"]:
    return [random(40 + i, 1, 1 if name == "alpha" else 3, height, width, dtype=dtype) for i, name in enumerate(network.inputs)]


def both(found: "torch.Tensor | tuple[torch.Tensor, ...]") -> "torch.Tensor":
    """All that a blender answers, (batch, channels, height, width)."""
    return found if isinstance(found, torch.Tensor) else torch.cat(found, 1)


def saying(network: blenders.FastBlender, *maps: float) -> blenders.FastBlender:
    """The blender with a head that says these seven numbers everywhere."""
    with torch.no_grad():
        network.head.weight.zero_()
        network.head.bias.copy_(torch.tensor(maps).repeat_interleave(4))
    return network


def test_the_blender_keeps_alpha_at_zero_where_it_is_zero(blender: blenders.FastBlender) -> None:
    inputs = blend_inputs(blender, 64, 64)
    inputs[1][..., :32] = 0
    with torch.no_grad():
        corrected, colors = blender(*inputs)
    assert corrected[..., :32].abs().max() == 0
    assert (corrected - inputs[1])[..., 32:].abs().max() > 0.01
    assert corrected.min() >= 0
    assert corrected.max() <= 1
    assert colors.min() >= 0
    assert colors.max() <= 1


def test_the_blender_is_shown_an_alpha_by_projection_which_of_exact_colors_is_the_true_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the given alpha is, and up to the hundredth that keeps the division from 0: colors here are 1.92 apart."""
    network = blenders.FastBlender()
    front = torch.tensor([0.9, 0.1, 0.9]).reshape(1, 3, 1, 1).expand(1, 3, 16, 16)
    behind, true, given = 1 - front, random(70, 1, 1, 16, 16), random(71, 1, 1, 16, 16)
    shown: list[torch.Tensor] = []
    answer = network.answer
    monkeypatch.setattr(network, "answer", lambda inputs: shown.append(inputs) or answer(inputs))
    with torch.no_grad():
        network(true * front + (1 - true) * behind, given, front, behind, front, behind)
    torch.testing.assert_close(shown[0][:, 16:17], true, atol=0.01 / 1.92, rtol=0)
    torch.testing.assert_close(shown[0][:, 17:], torch.full((1, 1, 16, 16), 1.92 / (1.92 + 0.03)))


def test_the_blenders_answer_by_a_slow_formula() -> None:
    """What the head says, pixel by pixel in numpy: how far to the second estimates, how exact, what is added."""
    network, said = blenders.FastBlender(), (0.125, 1.0, -1.0, 3.0, 0.05, 0.0, -0.05)
    inputs = blend_inputs(network, 8, 16)
    with torch.no_grad():
        found = both(saying(network, *said)(*inputs))[0].numpy()
    source, alpha, foreground, background, front, behind = (each[0].numpy().astype(np.float64) for each in inputs)
    far_front, far_behind, exact = (1 / (1 + np.exp(2 - each)) for each in said[1:4])
    for y in range(8):
        for x in range(16):
            a = min(max(alpha[0, y, x] + 0.125 * min(64 * alpha[0, y, x], 1), 0), 1)
            f = (1 - far_front) * foreground[:, y, x] + far_front * front[:, y, x]
            b = (1 - far_behind) * background[:, y, x] + far_behind * behind[:, y, x]
            f = f + exact * a * (source[:, y, x] - a * f - (1 - a) * b) / (a * a + (1 - a) ** 2 + 0.1) + np.array(said[4:])
            np.testing.assert_allclose(found[:, y, x], [a, *np.clip(f, 0, 1)], atol=1e-6)


BLENDERS = [blenders.FastBlender, lambda: blenders.PaperBlender((4, 6, 8, 10))]


@pytest.mark.parametrize("build", BLENDERS)
def test_nothing_beyond_the_halo_reaches_the_answer(build: Callable[[], "torch.nn.Module"]) -> None:
    """By gradients through weights that are all positive, so that no path is closed: as far as any weights could see."""
    network = build().double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_((torch.rand_like(parameter) + 0.5) / parameter[0].numel())
        network.head.weight.mul_(1e-3)  # the answer is clipped to its range, where nothing has a gradient
        network.head.bias.zero_()
    inputs = [(0.5 + 0.4 * each).requires_grad_() for each in blend_inputs(network, 160, 160, torch.float64)]
    reach = 0
    for at in range(72, 72 + network.stride):  # every phase of the pooling
        gradients = torch.autograd.grad(both(network(*inputs))[0, :, at, at].sum(), inputs)
        rows = torch.nonzero(sum(each.abs().sum((0, 1, 3)) for each in gradients)).flatten()
        reach = max(reach, at - int(rows[0]), int(rows[-1]) - at)
    assert 40 < reach <= network.halo
    assert network.halo % network.stride == 0


@pytest.mark.parametrize("build", BLENDERS)
def test_a_window_with_its_halo_gives_what_the_whole_frame_gives(build: Callable[[], "torch.nn.Module"]) -> None:
    """The tile law, in double precision so that only what the window cannot see could make a difference."""
    torch.manual_seed(2)
    network = lively(build()).double()
    inputs = blend_inputs(network, 192, 200, torch.float64)
    top, left, core, halo = 72, 64, 32, network.halo
    window = slice(top - halo, top + core + halo), slice(left - halo, left + core + halo)
    with torch.no_grad():
        whole = both(network(*inputs))
        part = both(network(*(each[..., window[0], window[1]] for each in inputs)))
    inner = part[..., halo : halo + core, halo : halo + core]
    torch.testing.assert_close(inner, whole[..., top : top + core, left : left + core], atol=1e-10, rtol=0)


def test_a_window_with_too_little_halo_does_not(blender: blenders.FastBlender) -> None:
    inputs = blend_inputs(blender, 192, 200)
    with torch.no_grad():
        whole = blender(*inputs)[0]
        part = blender(*(each[..., 64:112, 56:104] for each in inputs))[0]
    assert (part[..., 8:40, 8:40] - whole[..., 72:104, 64:96]).abs().max() > 1e-5


def test_the_papers_blender_leaves_the_plate_where_alpha_is_zero() -> None:
    network = lively(blenders.PaperBlender((4, 6, 8, 10)))
    source, alpha, plate = blend_inputs(network, 64, 64)
    alpha[..., :32] = 0
    with torch.no_grad():
        composite = network(source, alpha, plate)
    assert torch.equal(composite[..., :32], plate[..., :32])
