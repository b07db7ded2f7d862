from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cleanplate.training import losses, processes, steps  # noqa: E402
from cleanplate.training.checkpoints import Run  # noqa: E402
from cleanplate.training.config import Config  # noqa: E402

pytestmark = pytest.mark.train

CPU = torch.device("cpu")
TINY = Config(batch=4, discriminator_width=2, network={"widths": (4, 4, 8, 8, 8), "hidden": 4})


def random(seed: int, *shape: int) -> "torch.Tensor":
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def samples() -> dict[str, "torch.Tensor"]:
    pictures = {name: random(seed, 4, 3, 32, 32) for seed, name in enumerate(("composite", "plate", "target"))}
    return pictures | {"alpha": random(9, 4, 1, 32, 32)}


class Answers(torch.nn.Module):
    """A network whose answer is known: the plate."""

    inputs = ("source", "alpha", "plate")

    def cues(self, plate: "torch.Tensor") -> "torch.Tensor":
        return plate

    def forward(self, composite: "torch.Tensor", alpha: "torch.Tensor", cues: "torch.Tensor") -> "torch.Tensor":
        return cues


def test_the_papers_harmonization_loss_is_the_plain_l1() -> None:
    batch, config = samples(), replace(TINY, by_foreground=False, squared=0.0, harm=0.0)
    loss, answer = steps.harmonize(Answers(), batch, config)
    assert torch.equal(answer, batch["plate"])
    assert float(loss) == pytest.approx(float((batch["plate"] - batch["target"]).abs().mean()), rel=1e-6)


def test_the_further_terms_are_added_with_their_weights() -> None:
    batch = samples()
    error, alpha = batch["plate"] - batch["target"], batch["alpha"]
    wanted = losses.per_picture(error.abs(), alpha).mean() + 3 * losses.per_picture(error.square(), alpha).mean()
    wanted = wanted + 0.5 * losses.harm_loss(batch["plate"], batch["composite"], batch["target"], alpha)
    found = steps.harmonize(Answers(), batch, replace(TINY, squared=3.0, harm=0.5)).loss
    assert float(found) == pytest.approx(float(wanted), rel=1e-6)


def test_in_its_turn_the_discriminator_learns_and_half_of_lambda_times_its_judgement_is_added() -> None:
    run, batch = Run(TINY, CPU), samples()
    player = run.adversary
    assert player is not None
    before = [each.detach().clone() for each in player.network.parameters()]
    pictures = random(20, 4, 3, 32, 32).requires_grad_(True)
    added, parts = steps.adversarial_turn(run, player, pictures, batch)
    assert any(not torch.equal(a, b) for a, b in zip(before, player.network.parameters(), strict=True))
    assert float(added.detach()) == pytest.approx(0.5 * 0.01 * float(parts["adversarial"]))
    assert set(parts) == {"adversarial", "discriminator", "penalty"}
    added.backward()
    assert float(pictures.grad.abs().max()) > 0


def test_the_places_of_the_penalty_are_the_same_however_many_processes_share_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = steps.shares(TINY, 7, CPU)
    assert whole.shape == (4, 1, 1, 1)
    assert not torch.equal(whole, steps.shares(TINY, 8, CPU))
    monkeypatch.setattr(processes, "count", lambda: 2)
    parts = []
    for rank in (0, 1):
        monkeypatch.setattr(processes, "rank", lambda rank=rank: rank)
        parts.append(steps.shares(TINY, 7, CPU))
    assert torch.equal(torch.cat(parts), whole)


def test_a_long_gradient_is_shortened_only_where_that_is_asked_for() -> None:
    """Plain gradient descent at rate 1 from 0 on 3 a + 4 b: to -(3, 4), or by the clip to -(0.6, 0.8)."""
    for clip, wanted in ((0.0, [-3, -4]), (1.0, [-0.6, -0.8])):
        weights = torch.nn.Parameter(torch.zeros(2))
        steps.descend([weights], torch.optim.SGD([weights], 1.0), weights @ torch.tensor([3.0, 4.0]), clip)
        assert weights.tolist() == pytest.approx(wanted, rel=1e-4)


def test_the_sheet_shows_cut_and_paste_answer_and_truth_of_each_sample() -> None:
    run, batch = Run(TINY, CPU), samples()
    run.average = Answers()
    found = steps.sheet(run, batch, count=2)
    assert found.shape == (64, 96, 3)
    for row in (0, 1):
        for column, name in enumerate(("composite", "plate", "target")):
            tile = found[32 * row : 32 * row + 32, 32 * column : 32 * column + 32]
            np.testing.assert_array_equal(tile, batch[name][row].permute(1, 2, 0).numpy())
