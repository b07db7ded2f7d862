"""The harmonization network: what it knows of a plate, how it is asked, and what may stand in its place."""

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
        values: (n,) float32, the vectors of all scales one behind the other, means then deviations.
        model: sha256 of the weights that made them; cues of one network mean nothing to another.
    """

    values: FloatArray
    model: str = ""

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or self.values.dtype != np.float32 or not np.isfinite(self.values).all():
            raise InputError("Cues are one finite float32 vector.")


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
