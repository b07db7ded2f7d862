"""The networks that compose: given, or of the shipped weights, loaded when they are first needed."""

from cleanplate.errors import InputError
from cleanplate.models import devices
from cleanplate.models.blender import AnyBlender, Blender
from cleanplate.models.devices import DeviceName
from cleanplate.models.harmonizer import AnyHarmonizer, Harmonizer
from cleanplate.settings import WEIGHTS, WeightSet


class Networks:
    """A harmonizer and a blender; the shipped graphs are loaded once in a process.

    Args:
        harmonizer, blender: others than the shipped ones; see ``AnyHarmonizer`` and ``AnyBlender``.
        device: what the shipped ones run on: ``auto``, ``cpu``, ``cuda``, ``tensorrt`` or ``openvino``.
        weights: ``fast``, or ``open``, whose blending network is the same in floats instead of 8 bits.

    Raises:
        InputError: there is no such set of weights.
        DeviceError: there is no such device; one that does not work here is refused when a network is first needed.
    """

    def __init__(
        self,
        harmonizer: AnyHarmonizer | None = None,
        blender: AnyBlender | None = None,
        device: DeviceName = "auto",
        weights: WeightSet = "fast",
    ) -> None:
        if weights not in WEIGHTS:
            raise InputError(f"There is no set of weights {weights}: give one of {', '.join(WEIGHTS)}.")
        self.weights: WeightSet = weights
        self._harmonizer, self._blender, self.device = harmonizer, blender, devices.chosen(device)

    @property
    def harmonizer(self) -> AnyHarmonizer:
        self._harmonizer = self._harmonizer or Harmonizer("harmonize-fast", device=self.device)
        return self._harmonizer

    @property
    def blender(self) -> AnyBlender:
        self._blender = self._blender or Blender(f"blend-{self.weights}", device=self.device)
        return self._blender
