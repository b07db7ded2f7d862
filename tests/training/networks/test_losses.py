from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cleanplate.training.networks import losses  # noqa: E402

pytestmark = pytest.mark.train


def random(seed: int, *shape: int) -> "torch.Tensor":
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def slow_boundary(alpha: np.ndarray, kernel: int) -> np.ndarray:
    """Pixel by pixel: 1 where the square around it holds something of the foreground and something that is not solid."""
    reach, answer = kernel // 2, np.zeros_like(alpha)
    for y in range(alpha.shape[0]):
        for x in range(alpha.shape[1]):
            window = alpha[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
            answer[y, x] = float((window > 0).any() and (window < 0.9).any())
    return answer


@pytest.mark.parametrize("kernel", [3, 7])
def test_boundary_agrees_with_a_loop_over_pixels(kernel: int) -> None:
    alpha = np.zeros((14, 17), np.float32)
    alpha[4:11, 5:14] = 1
    alpha[4, 5:14], alpha[:2, 16] = 0.5, 0.3
    found = losses.boundary(torch.from_numpy(alpha)[None, None], kernel)[0, 0].numpy()
    assert 0 < found.mean() < 1
    np.testing.assert_array_equal(found, slow_boundary(alpha, kernel))


def test_an_alpha_without_an_edge_has_no_boundary() -> None:
    assert losses.boundary(torch.ones(1, 1, 9, 9), 5).sum() == 0
    assert losses.boundary(torch.zeros(1, 1, 9, 9), 5).sum() == 0


def test_blend_loss_is_equation_one_by_hand() -> None:
    """Errors 0.2 and 0.4 over two pixels, the second in the band: 0.3 + 0.2; with half the weight 0.3 + 0.1."""
    composite = torch.tensor([0.2, 0.6]).expand(1, 3, 2).unsqueeze(2)
    target, band = torch.tensor([0.4, 0.2]).expand(1, 3, 2).unsqueeze(2), torch.tensor([0.0, 1.0]).reshape(1, 1, 1, 2)
    assert float(losses.blend_loss(composite, target, band)) == pytest.approx(0.5)
    assert float(losses.blend_loss(composite, target, band, weight=0.5)) == pytest.approx(0.4)


def test_charbonnier_is_nought_at_nought_and_the_plain_l1_without_its_epsilon() -> None:
    difference = torch.tensor([-0.4, 0.0, 0.3])
    assert losses.charbonnier(difference, 0.0).tolist() == pytest.approx([0.4, 0.0, 0.3])
    assert losses.charbonnier(difference, 0.4).tolist() == pytest.approx([0.4 * 2**0.5 - 0.4, 0.0, 0.1])


def test_per_picture_is_the_mean_over_each_pictures_own_foreground() -> None:
    error, alpha = random(1, 2, 3, 6, 5), (random(2, 2, 1, 6, 5) > 0.5).float()
    wanted = [error[i].mean(0)[alpha[i, 0] > 0].mean().item() for i in range(2)]
    assert losses.per_picture(error, alpha).tolist() == pytest.approx(wanted, rel=1e-5)


def test_a_foreground_of_a_few_pixels_does_not_weigh_more_than_a_hundredth_of_the_picture() -> None:
    error, alpha = torch.ones(1, 3, 20, 20), torch.zeros(1, 1, 20, 20)
    alpha[..., 0, 0] = 1
    assert float(losses.per_picture(error, alpha)) == pytest.approx(1 / 4)  # 400 pixels, so at least 4
    assert float(losses.per_picture(error, torch.zeros_like(alpha))) == 0


def test_reconstruction_is_an_l1_over_everything_or_over_the_foreground() -> None:
    harmonized, target = random(3, 2, 3, 8, 8), random(4, 2, 3, 8, 8)
    alpha = torch.zeros(2, 1, 8, 8)
    alpha[..., :2] = 1
    assert float(losses.reconstruction_loss(harmonized, target)) == pytest.approx(float((harmonized - target).abs().mean()))
    inside = float((harmonized - target).abs()[..., :2].mean())
    assert float(losses.reconstruction_loss(harmonized, target, alpha)) == pytest.approx(inside, rel=1e-5)


def test_harm_is_nought_where_the_answer_is_better_and_the_relative_excess_where_it_is_worse() -> None:
    """Squared errors by hand: nothing done 0.01; better 0.0025; worse 0.04, so 0.03 / (0.01 + 0.04 + 0.001)."""
    target, alpha = torch.full((1, 3, 4, 4), 0.5), torch.ones(1, 1, 4, 4)
    composite, better, worse = target + 0.1, target - 0.05, target + 0.2
    assert float(losses.harm_loss(better, composite, target, alpha)) == 0
    assert float(losses.harm_loss(composite, composite, target, alpha)) == 0
    assert float(losses.harm_loss(worse, composite, target, alpha)) == pytest.approx(0.03 / 0.051, rel=1e-4)


def test_one_picture_that_is_better_does_not_pay_for_one_that_is_worse() -> None:
    target, alpha = torch.full((2, 3, 4, 4), 0.5), torch.ones(2, 1, 4, 4)
    composite = target + 0.1
    answer = torch.cat([target[:1], target[1:] + 0.2])
    assert float(losses.harm_loss(answer, composite, target, alpha)) == pytest.approx(0.03 / 0.051 / 2, rel=1e-4)


def test_eyesores_are_darks_near_the_middle_and_lost_color_alone() -> None:
    alpha, halves = torch.ones(1, 1, 2, 2), torch.tensor([0.1, 0.9]).expand(1, 3, 2, 2)
    color = torch.tensor([0.6, 0.5, 0.4])[None, :, None, None].expand(1, 3, 2, 2)
    gray, loss = torch.full((1, 3, 2, 2), 0.5), losses.eyesore_loss
    flat = torch.tensor([0.2, 0.8]).expand(1, 3, 2, 2)
    assert float(loss(flat, halves, halves, alpha)) == pytest.approx(2.0 * (1 - 0.1 / 0.5) * 0.1 / 2, rel=1e-3)
    assert float(loss(halves, flat, flat, alpha)) == 0  # deeper is no fog
    assert float(loss(halves + 0.1, halves, halves, alpha)) == pytest.approx(0, abs=1e-6)  # nor is light on all of them
    assert float(loss(gray, color, color, alpha)) == pytest.approx(0.5 * (np.std([0.6, 0.5, 0.4]) - 1e-3), rel=1e-2)
    assert float(loss(color, gray, gray, alpha)) == 0  # color too many is none


def test_color_loss_forgives_brightness_up_to_two_times_and_counts_color_of_the_foreground() -> None:
    target, alpha = torch.tensor([0.3, 0.2, 0.1])[None, :, None, None].expand(1, 3, 4, 4).clone(), torch.zeros(1, 1, 4, 4)
    alpha[..., :2], loss = 1, losses.color_loss
    outside = torch.where(alpha > 0, target, 1 - target)
    for answer, wanted in ((2 * target, 0.0), (target / 2, 0.0), (outside, 0.0), (3 * target, 0.5 * 0.2), (target / 4, 0.5 * 0.2)):
        assert float(loss(answer, target, alpha)) == pytest.approx(wanted, abs=1e-6)
    gray = torch.full_like(target, 0.4)
    luma = 0.299 * 0.3 + 0.587 * 0.2 + 0.114 * 0.1
    assert float(loss(gray, target, alpha)) == pytest.approx(sum(abs(luma - each) for each in (0.3, 0.2, 0.1)) / 3, rel=1e-4)


def test_odds_loss_by_hand() -> None:
    """Of three answers the first is better, the second worse, the third no better than nothing: targets 1, 0, 0."""
    target, alpha = torch.full((3, 3, 4, 4), 0.5), torch.ones(3, 1, 4, 4)
    composite = target + 0.1
    answer = target + torch.tensor([0.05, 0.2, 0.1]).reshape(3, 1, 1, 1)
    odds = torch.tensor([2.0, -1.0, 0.5])
    wanted = (np.log1p(np.exp(-2.0)) + np.log1p(np.exp(-1.0)) + np.log1p(np.exp(0.5))) / 3
    assert float(losses.odds_loss(odds, answer, composite, target, alpha)) == pytest.approx(wanted, rel=1e-6)


def test_odds_are_of_the_foreground_and_their_loss_does_not_move_the_answer() -> None:
    """Worse outside, better inside: odds of helping are rewarded."""
    target, alpha = torch.full((1, 3, 4, 4), 0.5), torch.zeros(1, 1, 4, 4)
    alpha[..., :2] = 1
    answer = (target + 0.5 * (1 - alpha)).requires_grad_()
    odds = torch.tensor([3.0], requires_grad=True)
    loss = losses.odds_loss(odds, answer, target + 0.1, target, alpha)
    loss.backward()
    assert float(loss.detach()) == pytest.approx(np.log1p(np.exp(-3.0)), rel=1e-5)
    assert answer.grad is None
    assert float(odds.grad) < 0


# ---- adversarial ---------------------------------------------------------------------------------------------------


def test_the_hinge_by_hand() -> None:
    """Two pictures, two heads. Global: (0.5 + 0) / 2 + (0 + 1.5) / 2 = 1; verification: (2 + 0) / 2 + (1 + 3) / 2 = 3."""
    real, fake = torch.tensor([[0.5, -1.0], [3.0, 1.0]]), torch.tensor([[-2.0, 0.0], [0.5, 2.0]])
    assert float(losses.hinge_loss(real, fake)) == pytest.approx(4.0)


def test_sure_and_right_scores_cost_the_discriminator_nothing() -> None:
    assert float(losses.hinge_loss(torch.full((3, 2), 1.0), torch.full((3, 2), -1.0))) == 0


def test_the_adversarial_loss_is_minus_the_mean_of_each_head() -> None:
    assert float(losses.adversarial_loss(torch.tensor([[1.0, -3.0], [2.0, 1.0]]))) == pytest.approx(-1.5 + 1.0)


def test_the_gradient_penalty_of_a_linear_critic_by_hand() -> None:
    """D(x) = w . x has the gradient w everywhere: |(3, 4)| = 5 gives (5 - 1)^2, a unit vector nothing."""
    between = random(5, 6, 2)
    for slope, wanted in (([3.0, 4.0], 16.0), ([0.6, 0.8], 0.0), ([0.0, 0.0], 1.0)):
        found = losses.gradient_penalty(partial(torch.mv, vec=torch.tensor(slope)), between)
        assert float(found) == pytest.approx(wanted, abs=1e-5)


def test_the_gradient_penalty_can_be_minimized() -> None:
    """d/dw (|w| - 1)^2 = 2 (|w| - 1) w / |w|, by hand for w = (3, 4): 8 * (0.6, 0.8)."""
    slope = torch.tensor([3.0, 4.0], requires_grad=True)
    losses.gradient_penalty(lambda pictures: pictures @ slope, random(6, 3, 2)).backward()
    assert slope.grad.tolist() == pytest.approx([4.8, 6.4], rel=1e-4)
