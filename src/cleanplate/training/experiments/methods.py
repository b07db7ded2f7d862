"""Every way to harmonize, in one form: look at the plate, then answer; so that what was seen can be kept, swapped and mixed."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from cleanplate.models import graphs
from cleanplate.models.harmonizer import Cues, Harmonizer
from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.holes import fill
from cleanplate.pixels.over import over
from cleanplate.pixels.resampling import squash
from cleanplate.training.networks import light
from cleanplate.training.networks.normalization import Rain
from cleanplate.training.samples import transfer
from cleanplate.transforms import applying, fitting
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box


class Method(NamedTuple):
    """``look(composite, alpha, plate) -> cues`` and ``answer(composite, alpha, cues) -> harmonized``.

    Pictures are (side, side, 3) float32 in [0, 1], the alpha (side, side), cues one float32 vector of any length. Where alpha is 0
    the answer is the composite.
    """

    look: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    answer: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]

    def __call__(self, composite: FloatArray, alpha: FloatArray, plate: FloatArray) -> FloatArray:
        return self.answer(composite, alpha, self.look(composite, alpha, plate))


Methods = dict[str, dict[int, Method]]  # name -> seed -> method; what has no seed has seed 0 alone


def lifted(change: Transform | FloatArray, composite: FloatArray, alpha: FloatArray) -> FloatArray:
    """The composite with its foreground's colors changed as the product changes them."""
    if not isinstance(change, Transform):
        change = fitting.fit(squash(composite, len(change)), change, squash(alpha, len(change)))
    changed = applying.apply(change, composite, Box(0, 0, *alpha.shape), alpha.shape)
    return np.asarray(over(np.clip(changed, 0, 1), alpha, composite), np.float32)


def nothing() -> Method:
    """The composite as it is."""
    return Method(lambda composite, alpha, plate: np.zeros(0, np.float32), lambda composite, alpha, cues: composite)


def reinhard(seen: str) -> Method:
    """Reinhard's transfer; its cues are mean and deviation in l alpha beta, of the ``complete`` plate or its ``visible`` part."""

    def look(composite: FloatArray, alpha: FloatArray, plate: FloatArray) -> FloatArray:
        picture, weight = (composite, 1 - alpha) if seen == "visible" else (plate, None)
        found = transfer.statistics(transfer.to_lab(picture), weight)
        return np.concatenate([found.mean, np.sqrt(np.diag(found.covariance))]).astype(np.float32)

    def answer(composite: FloatArray, alpha: FloatArray, cues: FloatArray) -> FloatArray:
        own = transfer.statistics(transfer.to_lab(composite), alpha)
        wanted = transfer.Statistics(cues[:3], np.diag(cues[3:] ** 2))
        return over(transfer.reinhard(composite, own, wanted), alpha, composite)

    return Method(look, answer)


def shipped(harmonizer: Harmonizer | None = None) -> Method:
    """The ONNX graphs that come with the package."""
    ours = harmonizer or Harmonizer()
    side = ours.side
    model = ours.cues(np.zeros((side, side, 3), np.float32)).model

    def answer(composite: FloatArray, alpha: FloatArray, cues: FloatArray) -> FloatArray:
        small, area = (np.ascontiguousarray(squash(each, side)) for each in (composite, alpha))
        return lifted(ours.answer(small, np.clip(area, 0, 1), Cues(cues, model)), composite, alpha)

    return Method(lambda composite, alpha, plate: ours.cues(squash(plate, side)).values, answer)


def tensor(picture: FloatArray, side: int) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(graphs.to_batch(squash(picture, side))))


def trained(network: Any, side: int, plate_filled: bool = False) -> Method:
    """A torch network at ``side`` pixels; RAIN's cues are what it records of its own background.

    ``plate_filled``: it is given the composite with the foreground filled in for a plate, as it was in training.
    """
    rain = any(isinstance(each, Rain) for each in network.modulations)

    @torch.no_grad()
    def look(composite: FloatArray, alpha: FloatArray, plate: FloatArray) -> FloatArray:
        plate = fill(composite, alpha) if plate_filled else plate
        seen, area = tensor(composite, side), tensor(alpha, side).clamp(0, 1)
        found = network.record(seen, area) if rain else network.look(seen, area, tensor(plate, side))
        return np.asarray(found[0].numpy(), np.float32)

    @torch.no_grad()
    def answer(composite: FloatArray, alpha: FloatArray, cues: FloatArray) -> FloatArray:
        inputs = tensor(composite, side), tensor(alpha, side).clamp(0, 1), torch.from_numpy(cues)[None]
        if network.answer == "rgb":
            return lifted(graphs.from_batch(network(*inputs).numpy()), composite, alpha)
        found = network.transform(*inputs)
        grid, tone = graphs.from_batch(found.grid.numpy()), light.table(found.light)[0].T.contiguous().numpy()
        return lifted(Transform(grid.reshape(*grid.shape[:2], 3, 4), tone=tone), composite, alpha)

    return Method(look, answer)


def classical() -> Methods:
    """What needs no network."""
    return {"none": {0: nothing()}, "reinhard-complete": {0: reinhard("complete")}, "reinhard-visible": {0: reinhard("visible")}}
