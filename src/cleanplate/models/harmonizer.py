"""The harmonization network: what it knows of a plate, how it is asked, and what may stand in its place."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cleanplate.errors import InputError
from cleanplate.models import graphs
from cleanplate.models.devices import Device
from cleanplate.models.graphs import Graph, from_batch, to_batch
from cleanplate.pixels.color import FloatArray
from cleanplate.transforms.forms import Transform


@dataclass(frozen=True, eq=False)
class Cues:
    """What the harmonizer knows of a plate: per-channel means and deviations at every decoder scale.

    Args:
        values: (n,) float32, the vectors of all scales one behind the other, means then deviations, and behind them what else is
            known of the plate: its palette, its brightness, the colors that it has.
        model: sha256 of the weights that made them; cues of one network mean nothing to another.
        small: (side, side, 3) float32 in [0, 1], the plate as the harmonizer saw it, where that is known: it is shown the person
            before it.
    """

    values: FloatArray
    model: str = ""
    small: FloatArray | None = None

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or self.values.dtype != np.float32 or not np.isfinite(self.values).all():
            raise InputError("Cues are one finite float32 vector.")
        if self.small is not None and (self.small.ndim != 3 or self.small.shape[0::2] != (self.small.shape[1], 3)):
            raise InputError(f"The small picture of cues is (side, side, 3); this one has {self.small.shape}.")

    @staticmethod
    def mix(several: Sequence[tuple["Cues", float]]) -> "Cues":
        """A look between several: the means of their numbers, and of their small pictures where all have one, by weight.

        Raises:
            InputError: none, a weight below 0 or all 0, or cues of different networks.

        >>> Cues.mix([(Cues(np.float32([1])), 3), (Cues(np.float32([5])), 1)]).values.tolist()
        [2.0]
        """
        weights = [weight for _, weight in several]
        if not weights or not all(0 <= weight < math.inf for weight in weights) or sum(weights) == 0:
            raise InputError(f"Looks are mixed by weights from 0 up, not all 0; given were {weights}.")
        held = [each for each, _ in several]
        if len({(each.model, len(each.values)) for each in held}) > 1:
            raise InputError("Cues of different networks cannot be mixed: make them again from the pictures.")
        pictures = [each.small for each in held if each.small is not None]
        same = len(pictures) == len(held) and len({each.shape for each in pictures}) == 1
        small = np.average(pictures, 0, weights).astype(np.float32) if same else None
        values = np.average([each.values for each in held], 0, weights).astype(np.float32)
        return held[0] if len(held) == 1 else Cues(values, held[0].model, small)


class AnyHarmonizer(Protocol):
    """Moves the colors of a composite's foreground to its plate. Both calls may come from several threads.

    ``side``: pixels of the square that it looks at; ``Harmonizer`` says what it is given and answers.
    """

    @property
    def side(self) -> int: ...

    def cues(self, plate: FloatArray, /) -> Cues:
        """What it needs to know of a plate, (side, side, 3) float32 in [0, 1]; asked for once."""

    def answer(self, composite: FloatArray, alpha: FloatArray, cues: Cues, /) -> Transform | FloatArray:
        """A color change, or the harmonized picture of (side, side, 3) to which one is fitted."""


class Harmonizer:
    """The harmonization network: plate -> cues, and composite, alpha and cues -> answer, at ``side`` x ``side`` pixels.

    Args:
        name: ``harmonize-fast``; ``NAME-cues`` and ``NAME`` are its two graphs.
        device: what they run on, where no graphs are given.
    """

    def __init__(
        self, name: str = "harmonize-fast", cues: Graph | None = None, answer: Graph | None = None, device: str = Device.auto
    ) -> None:
        self._cues, self._answer = cues or graphs.graph(f"{name}-cues", device), answer or graphs.graph(name, device)
        self.side = int(self._answer.metadata["side"])

    def cues(self, plate: FloatArray) -> Cues:
        """The plate's cues. ``plate`` is (side, side, 3) float32, sRGB-encoded in [0, 1]: the complete plate, squashed."""
        values = self._cues.run(plate=to_batch(plate))["cues"]
        return Cues(values[0], self._answer.sha256)

    def answer(
        self, composite: FloatArray, alpha: FloatArray, cues: Cues, origin: Cues | None = None
    ) -> Transform | FloatArray:
        """The color change of the foreground, or of a network that answers in RGB the harmonized picture (side, side, 3).

        A network that answers with a transform also says how likely it holds it to be better than none. Every answer is taken.

        Args:
            composite: (side, side, 3) float32, sRGB-encoded in [0, 1].
            alpha: (side, side) float32 in [0, 1].
            origin: cues of the place that the foreground comes from, where that is known and the network has been taught to look.

        Raises:
            InputError: cues of another network.
        """
        for each in (cues, origin or cues):
            if each.model != self._answer.sha256:
                raise InputError("These cues were made by another harmonizer; make them again from the plate.")
        from_where = (origin or cues).values[None], np.full((1, 1), origin is not None, np.float32)
        found = self._answer.run(
            composite=to_batch(composite), alpha=to_batch(alpha), cues=cues.values[None], origin=from_where[0], known=from_where[1]
        )
        if "transform" not in found:
            return from_batch(found["harmonized"])
        maps, confidence = from_batch(found["transform"]), float(found["confidence"][0])
        tone = np.ascontiguousarray(found["tone"][0].T) if "tone" in found else None
        return Transform(maps.reshape(*maps.shape[:2], 3, 4), confidence=confidence, tone=tone)
