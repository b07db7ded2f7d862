from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cleanplate.training.networks import losses  # noqa: E402
from cleanplate.training.run import processes, steps  # noqa: E402
from cleanplate.training.run.checkpoints import Run  # noqa: E402
from cleanplate.training.run.config import Config  # noqa: E402

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

    inputs, answer = ("source", "alpha", "plate"), "rgb"

    def look(self, composite: "torch.Tensor", alpha: "torch.Tensor", plate: "torch.Tensor") -> "torch.Tensor":
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
    wanted = wanted + 0.7 * losses.eyesore_loss(batch["plate"], batch["composite"], batch["target"], alpha)
    wanted = wanted + 2.0 * losses.color_loss(batch["plate"], batch["target"], alpha)
    more = steps.harmonize(Answers(), batch, replace(TINY, squared=3.0, harm=0.5, eyesore=0.7, color=2.0)).loss
    assert float(more) == pytest.approx(float(wanted), rel=1e-6)
    assert more > found


class Halves(Answers):
    """A network that answers with a color change: every color times 0.5, and odds that it is told."""

    answer, odds, place = "transform", torch.tensor([2.0, -2.0, 0.5, 0.0]), None

    def judged(self, composite: "torch.Tensor", *_: object) -> tuple[float, "torch.Tensor"]:
        return 0.5, self.odds

    @staticmethod
    def changed(composite: "torch.Tensor", alpha: "torch.Tensor", factor: float) -> "torch.Tensor":
        return composite * (1 - alpha * (1 - factor))


def test_a_network_that_tells_its_odds_pays_for_wrong_ones() -> None:
    batch, config = samples(), replace(TINY, squared=0.0, harm=0.0, odds=0.25)
    loss, answer = steps.harmonize(Halves(), batch, config)
    torch.testing.assert_close(answer, batch["composite"] * (1 - batch["alpha"] / 2))
    l1 = losses.reconstruction_loss(answer, batch["target"], batch["alpha"])
    odds = losses.odds_loss(Halves.odds, answer, batch["composite"], batch["target"], batch["alpha"])
    assert float(loss) == pytest.approx(float(l1 + 0.25 * odds), rel=1e-6)
    assert float(steps.harmonize(Halves(), batch, replace(config, odds=0.0)).loss) == pytest.approx(float(l1), rel=1e-6)


# ---- natural people in foreign places ------------------------------------------------------------------------------


class Guide(torch.nn.Module):
    """Expects skin of a place's mean color, in the logarithm of linear light."""

    def cues(self, plate: "torch.Tensor") -> "torch.Tensor":
        return plate.mean((2, 3))

    def place(self, cues: "torch.Tensor") -> "torch.Tensor":
        return cues.log()


def lessons() -> dict[str, "torch.Tensor"]:
    """Four samples, the second and the last natural; places of one color each."""
    flat = torch.tensor([0.2, 0.4, 0.5, 0.3])[:, None, None, None].expand(4, 3, 32, 32)
    natural = torch.tensor([0.0, 1.0, 0.0, 1.0])[:, None, None, None]
    skin = torch.zeros(4, 1, 32, 32)
    skin[..., 8:16, 8:16] = 1
    return samples() | {"plate": flat, "source": flat.flip(0).clone(), "natural": natural, "known": 1 - natural, "skin": skin}


def test_natural_people_are_taught_to_move_by_what_the_two_places_say_and_nobody_else_is() -> None:
    """The second comes from 0.5 to 0.4: gains of 0.8 to the power of the pull, here 2."""
    batch = lessons()
    found = steps.taught(Guide(), batch, 2.0)
    assert torch.equal(found[[0, 2]], batch["target"][[0, 2]])
    alpha = batch["alpha"][1]
    wanted = batch["composite"][1] * (1 - alpha) + alpha * batch["composite"][1] * (0.8**2) ** (1 / 2.2)
    torch.testing.assert_close(found[1], wanted, atol=1e-5, rtol=0)
    assert (found[3] >= batch["composite"][3] - 1e-6).all()  # from 0.2 to 0.3: brighter
    assert (found[3] - batch["composite"][3]).max() > 0.05


def test_without_natural_people_nothing_is_taught() -> None:
    batch = lessons()
    batch["natural"] = torch.zeros_like(batch["natural"])
    assert steps.taught(None, batch, 1.0) is batch["target"]


def test_the_skin_color_that_is_expected_is_held_against_the_place_that_a_person_belongs_to() -> None:
    """Natural people belong to where they come from. Where the guess is right nothing is paid; a wrong level is paid once."""
    batch, guide = lessons(), Guide()
    belongs = torch.where(batch["natural"] > 0.5, batch["source"], batch["plate"])
    encoded = torch.where(belongs <= 0.0031308, 12.92 * belongs, 1.055 * belongs ** (1 / 2.4) - 0.055)
    batch["target"] = encoded
    plate, source = guide.cues(batch["plate"]), guide.cues(batch["source"])
    assert float(steps.place_loss(guide, plate, source, batch)) < 0.006  # a thousandth is added under the logarithm
    assert float(steps.place_loss(guide, 2 * plate, 2 * source, batch)) == pytest.approx(np.log(2) / 4 * 4 / 5, abs=0.005)
    tint = torch.tensor([2.0, 1.0, 0.5])  # the level, a mean of logarithms, stays
    hued = plate * tint, source * tint
    hues = 3 * 2 * np.log(2) / 4 * 4 / 5
    assert float(steps.place_loss(guide, *hued, batch)) == pytest.approx(hues, abs=0.01)
    batch["skin"][...] = 0
    assert float(steps.place_loss(guide, 2 * plate, source, batch)) == 0


# ---- blending ------------------------------------------------------------------------------------------------------


class Corrects(torch.nn.Module):
    """A blender whose answer is known: the square of the alpha, and the source."""

    def __init__(self, *inputs: str) -> None:
        super().__init__()
        self.inputs = inputs

    def forward(self, source: "torch.Tensor", alpha: "torch.Tensor", *_: "torch.Tensor") -> tuple["torch.Tensor", "torch.Tensor"]:
        return alpha**2, source


def edges() -> dict[str, "torch.Tensor"]:
    """Three blending samples whose alphas rise from the left to the right, each further to the right than the one before."""
    pictures = {name: random(30 + seed, 3, 3, 24, 40) for seed, name in enumerate(("source", "plate", "true_foreground"))}
    rise = torch.stack([(torch.arange(40.0) - start) / 6 for start in (8, 18, 28)]).clamp(0, 1)
    true = rise[:, None, None].expand(3, 1, 24, 40).clone()
    true[1, :, :2, :3] = 0.005  # a predicted matte's near-zero, which is no edge
    return pictures | {"true_alpha": true, "alpha": (0.8 * true + 0.1).clamp(0, 1)}


def slow_blend(batch: dict[str, np.ndarray], alpha: np.ndarray, front: np.ndarray, plate: np.ndarray) -> float:
    """Eq. 1 of a composite against the truth on the same plate, sample by sample and pixel by pixel, with a plain L1."""
    total = 0.0
    for at, true in enumerate(batch["true_alpha"][:, 0]):
        height, width = true.shape
        for y in range(height):
            for x in range(width):
                near = true[max(0, y - 7) : y + 8, max(0, x - 7) : x + 8]
                band = float((near > 0.01).any() and (near < 0.9).any())
                composed = alpha[at, 0, y, x] * front[at, :, y, x] + (1 - alpha[at, 0, y, x]) * plate[at, :, y, x]
                target = true[y, x] * batch["true_foreground"][at, :, y, x] + (1 - true[y, x]) * plate[at, :, y, x]
                total += float(np.abs(composed - target).sum()) * (1 + 2 * band)
    return total / batch["source"].size


@pytest.mark.parametrize("sees", [True, False])
def test_blending_by_a_slow_formula(sees: bool) -> None:
    """A network that does not see the plate is judged on its own plate and on the neighbor's, evenly."""
    batch, config = edges(), replace(TINY, boundary_weight=2.0, epsilon=0.0, alpha_weight=0.5)
    loss, pictures = steps.blend(Corrects("source", "alpha", *(["plate"] if sees else [])), batch, config)
    arrays = {name: each.numpy().astype(np.float64) for name, each in batch.items()}
    alpha, plates = arrays["alpha"] ** 2, [arrays["plate"]] + ([] if sees else [arrays["plate"][::-1]])
    wanted = float(np.mean([slow_blend(arrays, alpha, arrays["source"], plate) for plate in plates]))
    assert float(loss) == pytest.approx(wanted + 0.5 * np.abs(alpha - arrays["true_alpha"]).mean(), rel=1e-5)
    np.testing.assert_allclose(pictures, alpha * arrays["source"] + (1 - alpha) * arrays["plate"], atol=1e-6)


def test_a_blender_that_answers_with_the_composite_is_judged_by_it_alone() -> None:
    batch, config = edges(), replace(TINY, boundary_weight=2.0, epsilon=0.0, alpha_weight=0.5)
    loss, pictures = steps.blend(Answers(), batch, config)
    arrays = {name: each.numpy().astype(np.float64) for name, each in batch.items()}
    nothing = np.zeros_like(arrays["alpha"])
    assert float(loss) == pytest.approx(slow_blend(arrays, nothing, arrays["source"], arrays["plate"]), rel=1e-5)
    assert torch.equal(pictures, batch["plate"])


def test_the_truth_costs_a_blender_nothing_and_shows_as_the_truth() -> None:
    batch = edges()
    batch |= {"alpha": batch["true_alpha"].sqrt(), "source": batch["true_foreground"]}
    loss, pictures = steps.blend(Corrects("source", "alpha"), batch, replace(TINY, epsilon=0.03))
    assert float(loss) == pytest.approx(0, abs=1e-6)
    torch.testing.assert_close(pictures, torch.lerp(batch["plate"], batch["true_foreground"], batch["true_alpha"]))


# ---- the discriminator's turn, the descent, what is shown ----------------------------------------------------------


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


def test_the_sheet_of_a_blender_shows_the_linear_blend_its_answer_and_the_true_person_on_the_plate() -> None:
    run, batch = Run(replace(TINY, stage="blend", network={}), CPU), edges()
    run.average = Corrects("source", "alpha")
    found = steps.sheet(run, batch, count=1)
    alphas = (batch["alpha"], batch["alpha"] ** 2, batch["true_alpha"])
    for column, (alpha, front) in enumerate(zip(alphas, ("source", "source", "true_foreground"), strict=True)):
        wanted = alpha * batch[front] + (1 - alpha) * batch["plate"]
        tile = found[:, 40 * column : 40 * column + 40]
        np.testing.assert_allclose(tile, wanted[0].permute(1, 2, 0).numpy(), atol=1e-6)
