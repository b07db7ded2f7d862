"""What one step computes: answers and losses of a batch, and the discriminator's turn."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from cleanplate.pixels.color import FloatArray
from cleanplate.training.networks import light, losses
from cleanplate.training.networks.discriminator import Adversary
from cleanplate.training.run import processes
from cleanplate.training.run.checkpoints import Run
from cleanplate.training.run.config import Config
from cleanplate.training.run.optimizers import Together

SEEN = 0.01  # a predicted matte's near-zeros are no edge (as in metrics.band)
HALF = 0.5  # an L1 of pictures in [0, 1] is half of DoveNet's, which lambda stands beside

MOST_TAUGHT = 1.0  # natural logarithm of a gain at most that the places alone may ask for
HUES = 3.0  # weight of a skin color's hue beside its level: they vary as much less
LEAST_SKIN = 0.004  # share of the picture


class Outcome(NamedTuple):
    """The loss of a batch without the adversarial part, and the pictures answered, (batch, 3, height, width)."""

    loss: Tensor
    pictures: Tensor


def taught(teacher: Any, batch: dict[str, Tensor], pull: float) -> Tensor:
    """The targets; of natural people in foreign places, whom nobody has photographed there, what the teacher holds to be right.

    Such a person moves by what the places alone say: ``pull`` times the difference of the skin colors that the teacher expects in
    either, as gains in linear light.
    """
    chosen = batch["natural"][:, 0, 0, 0].nonzero()[:, 0]
    if not len(chosen):
        return batch["target"]
    with torch.no_grad():
        few = {name: batch[name][chosen] for name in ("plate", "source", "composite", "alpha")}
        there, here = (teacher.place(teacher.cues(few[name])).float() for name in ("plate", "source"))
        apart = (pull * (there - here)).clamp(-MOST_TAUGHT, MOST_TAUGHT)
        lit = light.lit(few["composite"], torch.exp(apart)[:, :, None, None])
        return batch["target"].index_copy(0, chosen, torch.lerp(few["composite"], lit, few["alpha"]))


def place_loss(network: Any, plate: Tensor, source: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """How far from true the skin color is that the network expects in a place, given the cues of plate and source.

    A natural person belongs to the place they come from, everybody else to the plate.
    """
    there = torch.where(batch["natural"][:, :, 0, 0] > 0.5, source, plate)
    area = batch["skin"].sum((2, 3))
    color = (light.to_linear(batch["target"]) * batch["skin"]).sum((2, 3)) / (area + 1e-6)
    apart = network.place(there).float() - torch.log(color + 1e-3)
    level = apart.mean(1, keepdim=True)
    error = torch.cat([level, HUES * (apart - level)], 1).abs().mean(1, keepdim=True)
    seen = (area > LEAST_SKIN * batch["skin"][0].numel()).float()
    return (error * seen).sum() / (seen.sum() + 1)


def harmonize(network: Any, batch: dict[str, Tensor], config: Config, teacher: Any = None) -> Outcome:
    """One batch of harmonization samples; ``teacher`` is the averaged network, where natural people are among them."""
    target, sourced = batch["target"], network.answer == "transform" and network.place is not None and "source" in batch
    if sourced:
        target = taught(teacher or network, batch, config.pull)
    part: Any = compiled(judged_answer) if config.compiled and torch.is_grad_enabled() else judged_answer
    return Outcome(*part(network, batch, target, config, sourced))


@cache
def compiled(part: Callable[..., Any]) -> Callable[..., Any]:
    """One program made of it by torch's compiler."""
    return torch.compile(part)


def judged_answer(
    network: Any, batch: dict[str, Tensor], target: Tensor, config: Config, sourced: bool
) -> tuple[Tensor, Tensor]:
    """The loss of the network's answer to known targets, and the pictures answered."""
    composite, alpha = batch["composite"], batch["alpha"]
    cues = network.look(composite, alpha, batch["plate"])
    if network.answer == "transform":
        origin, loss = None, alpha.new_zeros(())
        if sourced:
            source = network.cues(batch["source"])
            origin = network.came_from(source, batch["known"][:, :, 0, 0])
            loss = config.place * place_loss(network, cues, source, batch)
        found, odds = network.judged(composite, alpha, cues, origin)
        answer = network.changed(composite, alpha, found).float()
        loss = loss + config.odds * losses.odds_loss(odds, answer, composite, target, alpha)
    else:
        answer, loss = network(composite, alpha, cues).float(), alpha.new_zeros(())
    loss = loss + losses.reconstruction_loss(answer, target, alpha if config.by_foreground else None)
    loss = loss + config.squared * losses.per_picture((answer - target).square(), alpha).mean()
    if config.color:
        loss = loss + config.color * losses.color_loss(answer, target, alpha)
    if config.eyesore:
        loss = loss + config.eyesore * losses.eyesore_loss(answer, composite, target, alpha)
    return loss + config.harm * losses.harm_loss(answer, composite, target, alpha), answer


def wanted(batch: dict[str, Tensor], plate: Tensor) -> Tensor:
    """The true composite on a plate; a batch that does not know the true foreground knows it on its own plate alone."""
    return batch["target"] if "target" in batch else torch.lerp(plate, batch["true_foreground"], batch["true_alpha"])


def blend(network: Any, batch: dict[str, Tensor], config: Config, teacher: Any = None) -> Outcome:
    """One batch of blending samples: Eq. 1, and for a network that corrects the alpha, that alpha's L1."""
    answer, truth = network(*(batch[name] for name in network.inputs)), batch["true_alpha"]
    plates, targets = [batch["plate"]], [wanted(batch, batch["plate"])]
    band = losses.boundary(truth * (truth > SEEN), 15)
    if isinstance(answer, Tensor):
        composites, loss = [answer], truth.new_zeros(())
    else:  # a corrected alpha and foreground, which without the plate among the inputs are as good for any other
        if "true_foreground" in batch and "plate" not in network.inputs:
            plates.append(batch["plate"].flip(0))
            targets.append(wanted(batch, plates[1]))
        composites = [torch.lerp(plate, answer[1], answer[0]) for plate in plates]
        loss = config.alpha_weight * losses.charbonnier(answer[0] - truth, config.epsilon).mean()
    for composite, target in zip(composites, targets, strict=True):
        loss = loss + losses.blend_loss(composite, target, band, config.boundary_weight, config.epsilon) / len(plates)
    return Outcome(loss, composites[0])


STAGES = {"harmonize": harmonize, "blend": blend}


def descend(parameters: list[nn.Parameter], optimizer: torch.optim.Optimizer | Together, loss: Tensor, clip: float = 0.0) -> None:
    """One step of an optimizer, on the gradients of all processes."""
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    processes.average_gradients(parameters)
    if clip:
        nn.utils.clip_grad_norm_(parameters, clip)
    optimizer.step()


def shares(config: Config, step: int, device: torch.device) -> Tensor:
    """Where between truth and answer this process's samples are penalized; those of one step are the same however many share it."""
    drawn = np.random.default_rng((config.seed, step)).random(config.batch, np.float32)
    return torch.as_tensor(drawn[list(processes.part(config.batch))], device=device)[:, None, None, None]


def adversarial_turn(
    run: Run, player: Adversary, pictures: Tensor, batch: dict[str, Tensor]
) -> tuple[Tensor, dict[str, Tensor]]:
    """The discriminator learns, then judges: what is added to the network's loss, and the parts for the log."""
    between = shares(run.config, run.step, run.device)
    loss, parts = player.loss(pictures, batch["target"], batch["alpha"], between)
    descend(list(player.network.parameters()), player.optimizer, loss)
    judged = player.judge(pictures, batch["alpha"])
    return HALF * run.config.adversarial * judged, {"adversarial": judged.detach()} | parts


def validation_loss(run: Run, held: list[dict[str, Tensor]]) -> float:
    """Mean loss of the averaged weights over the held-out batches, the adversarial part left out."""
    run.average.eval()
    with torch.no_grad():
        return float(np.mean([float(STAGES[run.config.stage](run.average, batch, run.config, run.average).loss) for batch in held]))


@torch.no_grad()
def sheet(run: Run, batch: dict[str, Tensor], count: int = 4) -> FloatArray:
    """Cut and paste, answer of the averaged weights, truth, for a few samples: (height, width, 3) float32 in [0, 1]."""
    few = {name: each[:count] for name, each in batch.items()}
    pasted = few["composite"] if "composite" in few else torch.lerp(few["plate"], few["source"], few["alpha"])
    answer = STAGES[run.config.stage](run.average.eval(), few, run.config, run.average).pictures
    rows = torch.cat([pasted, answer.clamp(0, 1), wanted(few, few["plate"])], 3)  # (count, 3, height, 3 * width)
    found: FloatArray = torch.cat(list(rows), 1).permute(1, 2, 0).float().cpu().numpy()
    return found
