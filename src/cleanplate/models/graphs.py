"""The ONNX graphs: load them, check their sha256 and contract, run them on arrays."""

import hashlib
import threading
import tomllib
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from cleanplate.errors import CleanplateError, DeviceError, MemoryShort, WeightsError, is_memory_short, why
from cleanplate.models import devices
from cleanplate.models.devices import Device
from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.threads import cores

CONTRACT = "1"  # of the graphs' inputs and outputs, in their metadata


@dataclass(frozen=True)
class Model:
    """One weight file as ``weights/models.toml`` describes it."""

    name: str
    file: str
    sha256: str
    stage: str
    license: str
    source: str
    trained_on: str
    commit: str = ""
    quality: str = ""

    @property
    def bytes(self) -> int:
        return len(read_weights(self.file))


def read_weights(file: str) -> bytes:
    """The bytes of a file in ``weights/``.

    Raises:
        WeightsError: it is not there.
    """
    try:
        return (files("cleanplate") / "weights" / file).read_bytes()
    except OSError as error:
        raise WeightsError(f"The weight file {file} is missing from this installation; reinstall cleanplate.") from error


def catalogue() -> dict[str, Model]:
    """Every shipped weight file by name.

    Raises:
        WeightsError: the list is missing or damaged.
    """
    try:
        table = tomllib.loads(read_weights("models.toml").decode())
        return {name: Model(name=name, **entry) for name, entry in table.items()}
    except (ValueError, TypeError) as error:  # not UTF-8, not TOML; entries of other names
        raise WeightsError(f"The list of weights models.toml is damaged ({why(error)}); reinstall cleanplate.") from error


def taking_part(weights: str) -> dict[str, str]:
    """The sha256 of every weight file that has a say in a picture, by name.

    Args:
        weights: whose edge: ``fast`` or ``open``.
    """
    known = catalogue()
    names = "modnet", "selfie", "face", f"blend-{weights}", "harmonize-fast-cues", "harmonize-fast"
    return {name: known[name].sha256 for name in names}


class Graph:
    """One ONNX graph in memory. Calls may come from several threads.

    Args:
        name: its name in ``models.toml``.
        content: other bytes in its place (an export that is being tested); then no sha256 is asked for.
        device: what it runs on, any but ``auto``.

    Raises:
        WeightsError: the file is missing, altered, or not a graph of this contract.
        DeviceError, MissingExtra: the device cannot be had.
    """

    def __init__(self, name: str, content: bytes | None = None, device: Device = Device.cpu) -> None:
        model = None if content is not None else catalogue().get(name)
        if content is None:
            if model is None:
                raise WeightsError(f"There are no weights named {name}; `cleanplate models` lists those that are there.")
            content = read_weights(model.file)
        self.name, self.sha256 = name, hashlib.sha256(content).hexdigest()
        if model is not None and self.sha256 != model.sha256:
            raise WeightsError(f"The weight file {model.file} is not the shipped one (sha256 differs); reinstall cleanplate.")
        try:
            self._session = devices.load(content, device, devices.settings(cores()))
        except CleanplateError:
            raise
        except Exception as error:  # onnxruntime's classes are not public
            if is_memory_short(error):
                raise MemoryShort from error
            raise WeightsError(f"The weights {name} do not load: {str(error).splitlines()[0]}") from error
        self.inputs, self.outputs, self.metadata = self._session.inputs, self._session.outputs, self._session.metadata

    def run(self, **arrays: FloatArray) -> dict[str, FloatArray]:
        """Run on (batch, channels, height, width) float32 arrays by name; names that the graph does not take are left out."""
        try:
            found = self._session.run({name: np.ascontiguousarray(arrays[name]) for name in self.inputs})
        except Exception as error:
            if is_memory_short(error):
                raise MemoryShort from error
            raise
        return dict(zip(self.outputs, found, strict=True))


_graphs: dict[tuple[str, Device], Graph] = {}
_lock = threading.RLock()


def graph(name: str, device: str = Device.auto) -> Graph:
    """The shipped graph of that name on a device, loaded once in a process.

    Raises:
        DeviceError, MissingExtra: the device cannot be had.
    """
    key = name, devices.chosen(device)
    with _lock:
        if key not in _graphs:
            _graphs[key] = automatic(name) if key[1] is Device.auto else Graph(name, device=key[1])
        return _graphs[key]


def automatic(name: str) -> Graph:
    """The graph on CUDA where that is installed and works, else on the CPU."""
    if devices.installed(Device.cuda):
        try:
            return graph(name, Device.cuda)
        except DeviceError:  # an onnxruntime for GPUs on a computer without one is no mistake
            pass
    return graph(name, Device.cpu)


def to_batch(picture: FloatArray) -> FloatArray:
    """(height, width[, channels]) -> (1, channels, height, width)."""
    return picture[None, None] if picture.ndim == 2 else picture.transpose(2, 0, 1)[None]


def from_batch(array: FloatArray) -> FloatArray:
    """(1, channels, height, width) -> (height, width, channels), or (height, width) of a single channel."""
    return array[0, 0] if array.shape[1] == 1 else np.ascontiguousarray(array[0].transpose(1, 2, 0))
