"""Put a person into a new photograph so that it looks taken there."""

from cleanplate.version import __version__ as __version__

TYPE_CHECKING = False  # as of ``typing``, for type checkers; that module takes long to load
if TYPE_CHECKING:
    from cleanplate.api import *  # noqa: F403

__all__ = [  # noqa: F405 - of ``api``, which a test compares
    "Box", "CleanplateError", "Composite", "Compositor", "Cues", "Cutout", "DeviceError", "Image", "InputError", "Layers",
    "MemoryShort", "MissingExtra", "NoPersonError", "OutputError", "PhotoError", "Placement", "Plate", "Progress", "Settings",
    "Summary", "Transform", "VideoError", "VideoOptions", "WeightsError", "compose", "compose_video", "harmonize", "matte",
    "open_video", "read_alpha", "read_cube", "read_cues", "read_image", "write_alpha", "write_cube", "write_cues",
    "write_image", "write_layers",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """A public name when it is first asked for (PEP 562). The command needs it so: whoever interrupts it while numpy, OpenCV and
    onnxruntime load would see a traceback, if these were loaded before its first own line."""
    if name not in __all__:
        raise AttributeError(f"module 'cleanplate' has no attribute {name!r}")
    from cleanplate import api

    globals()[name] = found = getattr(api, name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
