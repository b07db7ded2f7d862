"""The blending network: how it is asked, and what may stand in its place."""

from typing import Protocol

from cleanplate.models import devices, graphs
from cleanplate.models.devices import Device
from cleanplate.models.graphs import Graph, from_batch, to_batch
from cleanplate.pixels.color import FloatArray


class AnyBlender(Protocol):
    """Corrects alpha and foreground along a soft edge. Calls may come from several threads.

    ``inputs``: names of the pictures that it is given; ``stride``: what sides are multiples of; ``halo``: pixels around a tile that
    have a say in it.
    """

    @property
    def inputs(self) -> tuple[str, ...]: ...

    @property
    def stride(self) -> int: ...

    @property
    def halo(self) -> int: ...

    def answer(self, **pictures: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(alpha, foreground), of the size that was given; see ``Blender``."""


class Blender:
    """The blending network; see ``tiling`` for how it runs on large pictures.

    Args:
        name: ``blend-fast``.
        device: what it runs on, where no graph is given.
    """

    def __init__(self, name: str = "blend-fast", answer: Graph | None = None, device: str = Device.auto) -> None:
        other = device != Device.cpu and (device != Device.auto or devices.installed(Device.cuda))
        if name == "blend-fast" and other:
            name = "blend-open"  # 8 bits are for the CPU: other devices round them in ways of their own
        self._graph = answer or graphs.graph(name, device)
        self.stride, self.halo = int(self._graph.metadata["stride"]), int(self._graph.metadata["halo"])
        self.inputs = self._graph.inputs

    def answer(self, **pictures: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(corrected alpha, corrected foreground) of the pictures that ``inputs`` names: ``source``, ``alpha``, estimated colors.

        All are (height, width[, 3]) float32 in [0, 1], sides multiples of ``stride``.
        """
        found = self._graph.run(**{name: to_batch(each) for name, each in pictures.items()})
        return from_batch(found["corrected_alpha"]), from_batch(found["corrected_foreground"])
