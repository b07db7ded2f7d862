"""The state of a run and its files."""

import json
import random
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, BinaryIO

import onnx
import torch
from torch import Tensor, nn

from cleanplate.errors import InputError, why
from cleanplate.training.networks.discriminator import Adversary
from cleanplate.training.run import optimizers
from cleanplate.training.run.config import NETWORKS, Config, checked, from_table

EXPOSURE, HEAD = "exposure.", "overall.0.weight"  # of ``FastHarmonizer``: what reads exposures, and the matrix that takes them last


def build(config: Config) -> nn.Module:
    """The network of a configuration, with what its table [network] says.

    Raises:
        InputError: there is none, or the table does not fit it.
    """
    maker: Any = NETWORKS[checked(config).stage, config.model]
    try:
        network: nn.Module = maker(**config.network)
    except (TypeError, ValueError, IndexError) as error:
        raise InputError(f"[network] of {config.stage} {config.model} is {config.network}, which fails ({why(error)}).") from error
    return network


def load_checkpoint(path: Path) -> tuple[Any, dict[str, Any]]:
    """The averaged network of a training checkpoint, or of a graph that was exported from one, on the CPU, and its configuration.

    Args:
        path: of a harmonizer's graph ``NAME.onnx``; ``NAME-cues.onnx`` lies beside it.

    Raises:
        InputError: not a checkpoint of this program.
    """
    try:
        state = exported(path) if path.suffix == ".onnx" else torch.load(path, map_location="cpu", weights_only=True)
        table = json.loads(state["config"])
        network = described(table)
        network.load_state_dict(state["average"])
    except Exception as error:  # torch and onnx raise a dozen classes for a bad file
        hint = "give its best.pt, or what `cleanplate export` wrote (a harmonizer's cues beside it)"
        raise InputError(f"{path} is not a checkpoint of `cleanplate train` ({type(error).__name__}); {hint}.") from error
    return network.eval(), table


def described(table: dict[str, Any]) -> nn.Module:
    """The network of a checkpoint's configuration: an older or newer program's other settings do not matter to it."""
    known = {each.name for each in fields(Config)}
    return build(from_table({name: value for name, value in table.items() if name in known}))


def exported(path: Path) -> dict[str, Any]:
    """What a checkpoint would hold, of the graphs that `cleanplate export` wrote: weights lie in them under their names."""
    cues, weights = path.with_name(f"{path.stem}-cues.onnx"), {}
    for each in (cues, path) if cues.exists() else (path,):
        model = onnx.load(each)
        for held in model.graph.initializer:
            weights[held.name.removeprefix("network.")] = torch.from_numpy(onnx.numpy_helper.to_array(held).copy())
    config = {each.key: each.value for each in model.metadata_props}["training"]
    return {"config": config, "average": {name: weights[name] for name in described(json.loads(config)).state_dict()}}


def keep_average(checkpoint: Path, out: Path) -> None:
    """The averaged weights of a checkpoint alone, in 16 bits, with configuration and step: small enough to be kept with the code.

    ``cleanplate train --init`` starts from such a file, ``cleanplate export`` takes it.

    Raises:
        InputError: not a checkpoint of this program.
    """
    network, table = load_checkpoint(checkpoint)
    step = torch.load(checkpoint, map_location="cpu", weights_only=True)["step"]
    average = {name: each.half() if each.is_floating_point() else each for name, each in network.state_dict().items()}
    torch.save({"config": json.dumps(table | {"init": Path(table.get("init", "")).name}), "average": average, "step": step}, out)


def widened(state: dict[str, Tensor], like: dict[str, Tensor]) -> dict[str, Tensor]:
    """The state of a network that reads no ``exposure`` as one that does and gives it no say; any other as it is."""
    if not lacks_exposure(state, like):
        return state
    return state | {HEAD: nn.functional.pad(state[HEAD], (0, len(like[f"{EXPOSURE}0.bias"])))}


def lacks_exposure(state: dict[str, Tensor], like: dict[str, Tensor]) -> bool:
    """Whether that is all that a network's state lacks beside another's."""
    missing = like.keys() - state.keys()
    return bool(missing) and all(name.startswith(EXPOSURE) for name in missing)


class Run:
    """What a checkpoint holds: network, its averaged copy, optimizer, adversary if any, step, best validation so far.

    Raises:
        InputError: the network does not take pictures of the configuration's sizes, or see ``build`` and ``start_from``.
    """

    def __init__(self, config: Config, device: torch.device) -> None:
        torch.manual_seed(config.seed)
        random.seed(config.seed)
        self.config, self.device = config, device
        self.network = build(config).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        stride = int(self.network.stride)
        if any(size % stride for _, size in config.sizes):
            sizes = ", ".join(str(size) for _, size in config.sizes)
            raise InputError(f"sizes are {sizes} and this network takes multiples of {stride}: give such in the configuration.")
        if config.init:
            self.start_from(Path(config.init))
        self.average = build(config).to(device)
        self.average.load_state_dict(self.network.state_dict())
        self.optimizer = optimizers.optimizer(self.network, config)
        self.adversary: Adversary | None = None
        if config.stage == "harmonize" and config.adversarial:
            self.adversary = Adversary(config.discriminator_width, config.verification, config.rate, config.betas, device)
        self.step, self.best = 0, float("inf")

    def start_from(self, path: Path) -> None:
        """Take another checkpoint's averaged weights.

        Where this run's network reads exposures and that one does not, they begin without a say: it answers as that one did.

        Raises:
            InputError: not a checkpoint, or one of another network.
        """
        found, own = load_checkpoint(path)[0].state_dict(), self.network.state_dict()
        try:
            new = {name: own[name] for name in own if name.startswith(EXPOSURE)} if lacks_exposure(found, own) else {}
            self.network.load_state_dict(new | widened(found, own))
        except RuntimeError as error:
            ours = f"{self.config.stage} {self.config.model}"
            raise InputError(f"{path} holds another network than this run's {ours}: give a checkpoint of the same one.") from error

    def set_rate(self, rate: float) -> None:
        """For the network and for the one that judges it."""
        for optimizer in [self.optimizer] + ([self.adversary.optimizer] if self.adversary else []):
            for group in optimizer.param_groups:
                group["lr"] = rate

    def update_average(self) -> None:
        keep = min(self.config.average, (self.step + 1) / (self.step + 10))
        with torch.no_grad():
            for kept, now in zip(self.average.parameters(), self.network.parameters(), strict=True):
                kept.lerp_(now, 1 - keep)

    def save(self, path: Path) -> None:
        """To a temporary file and then renamed, so that a kill leaves the last whole one."""
        state = {
            "config": json.dumps(asdict(self.config)),
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "best": self.best,
        }
        if self.adversary:
            state["adversary"] = self.adversary.state_dict()
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def load(self, file: Path | BinaryIO) -> None:
        """Go on from a checkpoint; one that was made without an adversary leaves it as it is."""
        state = torch.load(file, map_location=self.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.adversary and "adversary" in state:
            self.adversary.load_state_dict(state["adversary"])
        self.step, self.best = state["step"], state["best"]
