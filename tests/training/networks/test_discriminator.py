import numpy as np
import pytest

torch = pytest.importorskip("torch")
import torch.nn.functional as F  # noqa: E402
from torch.nn.utils import parametrize  # noqa: E402

from cleanplate.errors import InputError  # noqa: E402
from cleanplate.training.networks import discriminator, losses  # noqa: E402
from cleanplate.training.networks.discriminator import Adversary, Discriminator, PartialConv, Stack  # noqa: E402

pytestmark = pytest.mark.train

CPU = torch.device("cpu")


def random(seed: int, *shape: int) -> "torch.Tensor":
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def left_half(batch: int, size: int) -> "torch.Tensor":
    alpha = torch.zeros(batch, 1, size, size)
    alpha[..., : size // 2] = 1
    return alpha


# ---- partial convolutions ------------------------------------------------------------------------------------------


def slow_partial(feature: np.ndarray, mask: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int) -> list[np.ndarray]:
    """Window by window, as Liu et al. write it."""
    rows, columns = ((side - 3) // stride + 1 for side in mask.shape)
    answer, left = np.zeros((len(weight), rows, columns)), np.zeros((rows, columns))
    for y in range(rows):
        for x in range(columns):
            window = slice(y * stride, y * stride + 3), slice(x * stride, x * stride + 3)
            held = mask[window].sum()
            if held > 0:
                shown = feature[:, *window] * mask[window]
                answer[:, y, x] = (weight * shown).sum((1, 2, 3)) * 9 / held + bias
                left[y, x] = min(held, 1)
    return [answer, left]


@pytest.mark.parametrize("stride", [1, 2])
def test_a_partial_convolution_agrees_with_a_loop_over_windows(stride: int) -> None:
    layer = PartialConv(2, 3, stride)
    with torch.no_grad():
        layer.bias.copy_(torch.tensor([0.5, -0.25, 1.0]))
    feature, mask = random(1, 1, 2, 9, 11), random(2, 1, 1, 9, 11)
    mask[..., :5, :4] = 0  # windows with nothing in them
    with torch.no_grad():
        found, left = layer(feature, mask)
    arrays = (feature[0].numpy(), mask[0, 0].numpy(), layer.weight.detach().numpy(), layer.bias.detach().numpy())
    wanted, wanted_left = slow_partial(*arrays, stride)
    assert (wanted_left == 0).any()
    np.testing.assert_allclose(found[0].numpy(), wanted, atol=1e-5)
    np.testing.assert_allclose(left[0, 0].numpy(), wanted_left, atol=1e-6)


def test_with_all_of_the_mask_it_is_the_plain_convolution() -> None:
    layer, feature = PartialConv(3, 4, 2), random(3, 2, 3, 16, 16)
    found, left = layer(feature, torch.ones(2, 1, 16, 16))
    torch.testing.assert_close(found, F.conv2d(feature, layer.weight, layer.bias, 2))
    assert torch.equal(left, torch.ones_like(left))


def test_what_the_mask_hides_is_not_seen() -> None:
    stack, alpha, picture = Stack(2), left_half(1, 64), random(4, 1, 3, 64, 64)
    stack.eval()  # or spectral norm takes another step
    with torch.no_grad():
        before, after = (stack(each, alpha) for each in (picture, picture * alpha + (1 - alpha) * 0.7))
        whole = stack(picture, torch.ones_like(alpha))
    torch.testing.assert_close(before, after)
    assert not torch.allclose(before, whole)


# ---- the network ---------------------------------------------------------------------------------------------------


def test_the_papers_width_has_as_many_parameters_as_dovenets() -> None:
    assert sum(each.numel() for each in Discriminator(64).parameters()) == 17_787_138  # DoveNet's 17.79 million


@pytest.mark.parametrize(
    ("size", "sides"),
    [(256, [127, 63, 31, 15, 7, 3, 1]), (128, [63, 31, 15, 7, 3, 1]), (96, [47, 23, 11, 5, 2]), (64, [31, 15, 7, 3, 1])],
)
def test_sides_shrink_to_a_single_pixel_and_small_pictures_stop_early(size: int, sides: list[int]) -> None:
    stack, seen = Stack(2), []
    for layer in stack.layers:
        layer.register_forward_hook(lambda module, given, answer: seen.append(answer[0].shape[2]))
    assert stack(random(5, 2, 3, size, size), torch.ones(2, 1, size, size)).shape == (2, 16)
    assert seen == sides


def test_spectral_norm_brings_every_layers_largest_singular_value_to_one() -> None:
    network = Discriminator(4)
    for _ in range(30):  # each pass is one more step of its power iteration
        network(random(6, 1, 3, 256, 256), left_half(1, 256))
    layers = [*network.everywhere.layers, *network.sided.layers, network.alike[0], network.alike[2]]
    assert len(layers) == 16
    for layer in layers:
        assert parametrize.is_parametrized(layer, "weight")
        assert float(torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2)) == pytest.approx(1, abs=0.05)


def test_the_verification_head_is_given_the_mask_and_its_complement_and_the_global_head_everything() -> None:
    network, alpha, masks = Discriminator(2), random(7, 2, 1, 64, 64), []
    for stack in (network.everywhere, network.sided):
        stack.register_forward_pre_hook(lambda module, given: masks.append((module, given[1])))
    assert network(random(8, 2, 3, 64, 64), alpha).shape == (2, 2)
    assert [module for module, _ in masks] == [network.everywhere, network.sided, network.sided]
    for (_, found), wanted in zip(masks, (torch.ones_like(alpha), alpha, 1 - alpha), strict=True):
        assert torch.equal(found, wanted)


def test_verification_does_not_care_which_side_is_the_foreground_and_can_be_left_out() -> None:
    network, alpha, picture = Discriminator(2).eval(), left_half(1, 64), random(9, 1, 3, 64, 64)
    torch.testing.assert_close(network(picture, alpha), network(picture, 1 - alpha))
    assert Discriminator(2, verification=False)(picture, alpha).shape == (1, 1)


def test_a_picture_too_small_for_it_is_refused() -> None:
    with pytest.raises(InputError, match="16 x 16 pixels and needs 32 x 32"):
        Discriminator(2)(random(1, 1, 3, 16, 16), left_half(1, 16))


# ---- its training --------------------------------------------------------------------------------------------------


def adversary() -> Adversary:
    torch.manual_seed(0)
    return Adversary(4, True, 1e-3, (0.5, 0.999), CPU)


def test_the_discriminators_loss_is_the_hinge_of_both_pictures_and_ten_times_the_penalty() -> None:
    player, alpha = adversary(), left_half(2, 64)
    answer, target, shares = random(10, 2, 3, 64, 64), random(11, 2, 3, 64, 64), random(12, 2, 1, 1, 1)
    player.network.eval()
    loss, parts = player.loss(answer, target, alpha, shares)
    loss = loss.detach()
    real, fake = (player.network(each * 2 - 1, alpha).detach() for each in (target, answer))
    assert float(parts["discriminator"]) == pytest.approx(float(losses.hinge_loss(real, fake)), rel=1e-5)
    assert float(loss) == pytest.approx(float(parts["discriminator"] + 10 * parts["penalty"]), rel=1e-5)
    between = (shares * target + (1 - shares) * answer) * 2 - 1
    wanted = []
    for one, mask in zip(between, alpha, strict=True):  # picture by picture, the gradient by finite differences along itself
        picture = one[None].clone().requires_grad_(True)
        player.network(picture, mask[None]).mean().backward()
        step = picture.grad / picture.grad.norm()
        with torch.no_grad():
            ahead, behind = (player.network(one + sign * 1e-2 * step, mask[None]).mean() for sign in (1, -1))
        wanted.append((float(ahead - behind) / 2e-2 - 1) ** 2)
    assert float(parts["penalty"]) == pytest.approx(np.mean(wanted), rel=1e-2)


def test_it_learns_to_tell_recolored_foregrounds_from_true_ones() -> None:
    player, alpha = adversary(), left_half(4, 64)
    target = random(13, 4, 3, 4, 4).repeat_interleave(16, 2).repeat_interleave(16, 3)
    answer = target * (1 - alpha) + alpha * target.roll(1, 1)
    hinges = []
    for step in range(40):
        loss, parts = player.loss(answer, target, alpha, random(step, 4, 1, 1, 1))
        player.optimizer.zero_grad()
        loss.backward()
        player.optimizer.step()
        hinges.append(float(parts["discriminator"]))
    assert hinges[-1] < 0.8 * hinges[0]
    assert float(player.judge(answer, alpha)) > float(player.judge(target, alpha))


def test_judging_gives_the_answer_a_gradient_and_the_discriminator_none() -> None:
    player, alpha = adversary(), left_half(1, 64)
    answer = random(14, 1, 3, 64, 64).requires_grad_(True)
    player.judge(answer, alpha).backward()
    assert float(answer.grad.abs().max()) > 0
    assert all(each.grad is None for each in player.network.parameters())
    loss, _ = player.loss(answer, answer.detach(), alpha, torch.zeros(1, 1, 1, 1))
    assert loss.requires_grad  # it can learn again afterwards


def test_under_autocast_the_discriminator_still_computes_in_float32() -> None:
    player, alpha, answer = adversary(), left_half(1, 64), random(15, 1, 3, 64, 64)
    player.network.eval()
    plain = player.judge(answer, alpha), player.loss(answer, answer, alpha, torch.ones(1, 1, 1, 1))[0]
    with torch.autocast("cpu", torch.bfloat16):
        inside = player.judge(answer, alpha), player.loss(answer, answer, alpha, torch.ones(1, 1, 1, 1))[0]
        assert discriminator.F.conv2d(answer, torch.ones(1, 3, 3, 3)).dtype == torch.bfloat16  # the autocast is real
    assert all(each.dtype == torch.float32 for each in inside)
    assert torch.equal(torch.stack(inside), torch.stack(plain))
