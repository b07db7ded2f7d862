"""Where the graphs run: onnxruntime on the CPU, on CUDA or through TensorRT; or OpenVINO. What cannot be had is refused aloud."""

import io
import os
from contextlib import redirect_stdout
from enum import StrEnum
from typing import Any, Literal, Protocol

from cleanplate.errors import DeviceError, MissingExtra, why
from cleanplate.pixels.color import FloatArray

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read at the import: else an id is kept in the user's cache, and reported
import onnxruntime


class Device(StrEnum):
    """What the graphs run on."""

    auto = "auto"  # CUDA where it is installed and works, else the CPU
    cpu = "cpu"
    cuda = "cuda"
    tensorrt = "tensorrt"  # builds an engine for every new size of picture, which takes long: never chosen by itself
    openvino = "openvino"


DeviceName = Literal["auto", "cpu", "cuda", "tensorrt", "openvino"]  # the same names as plain strings

EXACT = {"use_tf32": "0"}  # CUDA would round the factors of every product to 10 bits
PROVIDERS: dict[str, list[Any]] = {  # onnxruntime's names; what the first cannot do falls to the next, node by node
    "cpu": ["CPUExecutionProvider"],
    "cuda": [("CUDAExecutionProvider", EXACT), "CPUExecutionProvider"],
    "tensorrt": ["TensorrtExecutionProvider", ("CUDAExecutionProvider", EXACT), "CPUExecutionProvider"],
}
MAIN = {"cuda": "CUDAExecutionProvider", "tensorrt": "TensorrtExecutionProvider"}  # without which it is another device
REPLACE = "pip uninstall -y onnxruntime && pip install onnxruntime-gpu"  # both under one name: side by side they spoil each other
SILENT = 4  # onnxruntime's level of messages: a provider that does not load is told in this package's own words


def chosen(device: str) -> Device:
    """The device of that name.

    Raises:
        DeviceError: there is none.

    >>> chosen("cpu")
    <Device.cpu: 'cpu'>
    """
    try:
        return Device(device)
    except ValueError as error:
        raise DeviceError(f"There is no device {device}: give one of {', '.join(Device)}.") from error


def installed(device: str) -> bool:
    """Whether this onnxruntime was built for that device; whether it works, only loading a graph shows."""
    return device == "cpu" or MAIN.get(device) in onnxruntime.get_available_providers()


def settings(threads: int) -> onnxruntime.SessionOptions:
    """How graphs are loaded, on that many threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = SILENT  # what fails is raised too
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave the cores to others
    return options


class Session(Protocol):
    """A graph loaded on a device. ``run`` takes contiguous float32 arrays by name and may be called from several threads."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    metadata: dict[str, str]

    def run(self, arrays: dict[str, FloatArray]) -> list[Any]: ...


def load(content: bytes, device: Device, options: onnxruntime.SessionOptions) -> Session:
    """An ONNX graph on a device other than ``auto``.

    Args:
        options: of onnxruntime; OpenVINO takes the number of threads from it.

    Raises:
        MissingExtra: OpenVINO is not installed.
        DeviceError: no such device works here.
        Exception: whatever onnxruntime says of a graph that it cannot read.
    """
    if device is Device.openvino:
        return OpenVino(content, options.intra_op_num_threads)
    if device is Device.cpu:
        return Onnx(onnxruntime.InferenceSession(content, options, providers=PROVIDERS["cpu"], enable_fallback=0))
    if not installed(device):
        raise DeviceError(
            f"onnxruntime {onnxruntime.__version__} was built without {device}: put the build for GPUs in its place ({REPLACE}), "
            "or take the device cpu."
        )
    return Guarded(accelerated(content, device, options), device)


def accelerated(content: bytes, device: Device, options: onnxruntime.SessionOptions) -> Session:
    """The graph on a GPU; onnxruntime by itself would go on with the CPU and say nothing that a caller could catch."""
    onnxruntime.set_default_logger_severity(SILENT)
    told = io.StringIO()
    with redirect_stdout(told):  # where a picture may be going
        onnxruntime.preload_dlls()  # finds the CUDA that came by pip
    missing = told.getvalue().partition(":")[0]
    try:
        session = onnxruntime.InferenceSession(content, options, providers=PROVIDERS[device], enable_fallback=0)
    except Exception as error:
        raise DeviceError(failure(device, missing or why(error))) from error
    if MAIN[device] not in session.get_providers():
        raise DeviceError(failure(device, missing or "it fell back to the CPU"))
    return Onnx(session)


def failure(device: Device, reason: str) -> str:
    """The sentence of a GPU that cannot be had."""
    return (
        f"The device {device} does not work here ({reason}): onnxruntime {onnxruntime.__version__} needs a GPU, its driver and the "
        "libraries that this version was built for; install them, or take the device cpu."
    )


class Onnx:
    """A session of onnxruntime."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self.inputs = tuple(each.name for each in session.get_inputs())
        self.outputs = tuple(each.name for each in session.get_outputs())
        self.metadata: dict[str, str] = session.get_modelmeta().custom_metadata_map

    def run(self, arrays: dict[str, FloatArray]) -> list[Any]:
        found: list[Any] = self._session.run(None, arrays)
        return found


class Guarded:
    """A session on a device that may fail later too: its memory is less than the computer's."""

    def __init__(self, session: Session, device: Device) -> None:
        self._session, self._device = session, device
        self.inputs, self.outputs, self.metadata = session.inputs, session.outputs, session.metadata

    def run(self, arrays: dict[str, FloatArray]) -> list[Any]:
        try:
            return self._session.run(arrays)
        except Exception as error:
            raise DeviceError(f"The device {self._device} failed ({why(error)}): give smaller pictures, or take cpu.") from error


class OpenVino:
    """A graph compiled by OpenVINO for the CPU, in float32: by itself it takes bfloat16 where the CPU has it."""

    def __init__(self, content: bytes, threads: int) -> None:
        try:
            import openvino
        except ModuleNotFoundError as error:
            raise MissingExtra("openvino", "openvino") from error
        core = openvino.Core()
        settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads, "ENABLE_CPU_PINNING": False}
        model = core.read_model(io.BytesIO(content))
        self._compiled = core.compile_model(model, "CPU", settings)
        self.inputs = tuple(each.any_name for each in model.inputs)
        self.outputs = tuple(each.any_name for each in model.outputs)
        found = model.rt_info
        self.metadata = {name: each.value for name, each in found["framework"].items()} if "framework" in found else {}

    def run(self, arrays: dict[str, FloatArray]) -> list[Any]:
        answer = self._compiled.create_infer_request().infer(arrays)  # a request serves one thread at a time
        return [answer[name] for name in self.outputs]
