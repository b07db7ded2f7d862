"""Checkpoint -> ONNX, with the contract in the metadata; nothing is written unless ONNX answers as torch does."""

import hashlib
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from cleanplate.errors import InputError, WeightsError
from cleanplate.models.graphs import CONTRACT, Graph
from cleanplate.training.networks import gamut, light
from cleanplate.training.run.checkpoints import lacks_exposure, load_checkpoint, widened

__all__ = ["load_checkpoint", "run"]

TOLERANCE = 1e-4  # largest difference between ONNX and torch, in units of the [0, 1] range
OPSET = 18
VECTORS = ("cues", "origin", "known")  # inputs without height and width


class Cues(nn.Module):
    """plate -> cues, (batch, n): those that the network reads, and behind them the colors of the place, see ``gamut``."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, plate: Tensor) -> Tensor:
        cues: Tensor = self.network.cues(plate)
        return cues if self.network.answer == "rgb" or self.network.place is None else torch.cat([cues, gamut.place(plate)], 1)


class Answer(nn.Module):
    """composite, alpha, cues (as ``Cues`` gives them) -> harmonized.

    Of a network that answers with a color change, whose further inputs are the cues of the person's own place and whether it is
    known, also that change and how likely it helps, (batch,).
    """

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, composite: Tensor, alpha: Tensor, cues: Tensor, origin: Tensor | None = None, known: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        if self.network.answer == "rgb":
            return (self.network(composite, alpha, cues),)
        length = self.network.cues.length
        if origin is not None and known is not None:
            origin = self.network.came_from(origin[:, :length], known)
        cues, place = cues[:, :length], cues[:, length:]
        found, odds = self.network.judged(composite, alpha, cues, origin)
        found = found if self.network.place is None else self.network.settled(found, composite, alpha, cues, place)
        return self.network.changed(composite, alpha, found), found.grid, light.table(found.light), torch.sigmoid(odds)


def graphs(network: Any, stage: str, model: str) -> dict[str, tuple[nn.Module, dict[str, int], tuple[str, ...], tuple[int, ...]]]:
    """name -> (module, channels of each input, names of the outputs, sizes to compare on)."""
    if stage == "blend":
        blended = ("composite",) if model == "paper" else ("corrected_alpha", "corrected_foreground")
        inputs = {name: 1 if name == "alpha" else 3 for name in network.inputs}
        return {f"blend-{model}": (network, inputs, blended, (64, 128, 200))}
    outputs = ("harmonized",) if network.answer == "rgb" else ("harmonized", "transform", "tone", "confidence")
    inputs = {"composite": 3, "alpha": 1, "cues": network.cues.length}
    if network.answer != "rgb" and network.place is not None:
        length = network.cues.length + gamut.NUMBERS
        inputs |= {"cues": length, "origin": length, "known": 1}
    sizes = (256,) if network.answer == "rgb" else (128, 192, 320)
    return {
        f"harmonize-{model}-cues": (Cues(network), {"plate": 3}, ("cues",), (network.side,)),
        f"harmonize-{model}": (Answer(network), inputs, outputs, sizes),
    }


def example(inputs: dict[str, int], size: int, fixed: bool, seed: int = 0) -> dict[str, Tensor]:
    """Random inputs of a size, square where the graph takes no other; an alpha with a soft edge and both ends in it."""
    generator = torch.Generator().manual_seed(seed + size)
    width = size if fixed else size + 64
    shapes = {name: (1, count) if name in VECTORS else (1, count, size, width) for name, count in inputs.items()}
    found = {name: torch.rand(shape, generator=generator) for name, shape in shapes.items()}
    if "alpha" in found:
        found["alpha"] = (torch.linspace(-1, 2, found["alpha"].shape[-1]).expand_as(found["alpha"])).clamp(0, 1).clone()
    return found


def convert(
    module: nn.Module, inputs: dict[str, int], outputs: tuple[str, ...], sizes: tuple[int, ...], metadata: dict[str, str]
) -> bytes:
    """One graph as ONNX bytes, weights inside; height and width are free unless there is only one size."""
    fixed = len(sizes) == 1
    tensors = example(inputs, sizes[0], fixed)
    rows, columns = torch.export.Dim.DYNAMIC, torch.export.Dim.DYNAMIC
    free = {name: {2: rows, 3: columns} if each.ndim == 4 and not fixed else {} for name, each in tensors.items()}
    program = torch.onnx.export(
        module, tuple(tensors.values()), input_names=list(inputs), output_names=list(outputs), dynamo=True, opset_version=OPSET,
        dynamic_shapes=tuple(free.values()), external_data=False, verbose=False,
    )  # fmt: skip
    model = program.model_proto  # type: ignore[union-attr]
    for function in (model.graph.node, model.graph.value_info):
        for each in function:
            del each.metadata_props[:]  # stack traces with this machine's paths
    onnx.helper.set_model_props(model, metadata)
    stream = io.BytesIO()
    onnx.save(model, stream)
    return stream.getvalue()


@torch.no_grad()
def difference(module: nn.Module, graph: Graph, inputs: dict[str, int], outputs: tuple[str, ...], size: int, fixed: bool) -> float:
    """The largest absolute difference between torch and ONNX over all outputs."""
    tensors = example(inputs, size, fixed, seed=1)
    wanted = module(*tensors.values())
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    found = graph.run(**{name: each.numpy() for name, each in tensors.items()})
    return max(float(np.abs(found[name] - each.numpy()).max()) for name, each in zip(outputs, wanted, strict=True))


def averaged(checkpoints: Sequence[Path]) -> tuple[Any, dict[str, Any]]:
    """The mean of the weights of several runs that began with the same ones, and the first one's configuration.

    Wortsman et al., *Model Soups*, ICML 2022: better than each of them where they lie in one valley. A later one may read
    no exposures, see ``checkpoints.widened``: what it has not is the mean of those that have it.

    Raises:
        InputError: no checkpoint, or networks of different kinds.
    """
    network, config = load_checkpoint(checkpoints[0])
    mean, counts = network.state_dict(), dict.fromkeys(network.state_dict(), 1)
    for path in checkpoints[1:]:
        state = load_checkpoint(path)[0].state_dict()
        other = widened(state, mean)
        alike = other.keys() == mean.keys() or lacks_exposure(state, mean)
        if not alike or any(name not in mean or each.shape != mean[name].shape for name, each in other.items()):
            raise InputError(f"{path} holds another network than {checkpoints[0]}: give runs of the same one.")
        for name, each in other.items():
            counts[name] += 1
            if each.is_floating_point():
                mean[name] = mean[name].lerp(each, 1 / counts[name])
    network.load_state_dict(mean)
    return network, config


def run(checkpoints: Sequence[Path], out: Path) -> list[Path]:
    """Export a checkpoint's graphs, or the mean of several, into ``out``; prints sha256 and largest difference on stderr.

    Raises:
        InputError: not a checkpoint, or different networks.
        WeightsError: ONNX answers otherwise than torch by more than 1e-4; then nothing is written.
    """
    network, config = averaged(checkpoints)
    config |= {"init": Path(config.get("init", "")).name}  # not where it lay on this machine
    metadata = {"contract": CONTRACT, "stage": config["stage"], "size": config["model"], "stride": str(network.stride)}
    metadata |= {"encoding": "sRGB-encoded RGB in [0, 1], straight alpha", "training": json.dumps(config, sort_keys=True)}
    if config["stage"] == "blend":
        metadata["halo"] = str(network.halo)
    else:
        metadata["side"] = str(network.side)
    ready: dict[str, bytes] = {}
    for name, (module, inputs, outputs, sizes) in graphs(network, config["stage"], config["model"]).items():
        content = convert(module.eval(), inputs, outputs, sizes, metadata)
        worst = max(difference(module, Graph(name, content), inputs, outputs, size, len(sizes) == 1) for size in sizes)
        if worst > TOLERANCE:
            raise WeightsError(f"{name}: ONNX differs from torch by {worst:.2g}, more than {TOLERANCE:g}; nothing was written.")
        print(f"{name}: largest difference {worst:.2g}, sha256 {hashlib.sha256(content).hexdigest()}", file=sys.stderr)
        ready[name] = content
    out.mkdir(parents=True, exist_ok=True)
    for name, content in ready.items():
        (out / f"{name}.part").write_bytes(content)
        os.replace(out / f"{name}.part", out / f"{name}.onnx")
    return [out / f"{name}.onnx" for name in ready]
