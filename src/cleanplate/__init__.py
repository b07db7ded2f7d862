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
ROOMS = {  # the rooms in which they are made, and under which name where that is another
    "composites": "Composite", "compositor": "Compositor", "one_shot": "compose harmonize matte", "plates": "Plate",
    "settings": "Placement Settings", "values": "Box Cutout Image", "stages.sheets": "Layers", "transforms.forms": "Transform",
    "models.harmonizer": "Cues", "files.photos": "read_alpha read_image write_alpha write_image",
    "errors": "CleanplateError DeviceError InputError MemoryShort MissingExtra NoPersonError OutputError PhotoError VideoError "
    "WeightsError",
    "handoff.cube": "read_cube=read write_cube=write", "handoff.cue_files": "read_cues=read write_cues=write",
    "handoff.layered": "write_layers", "video.videos": "open_video",
    "video_job": "Progress Summary VideoOptions=Options compose_video=compose",
}  # fmt: skip


def __getattr__(name: str) -> object:
    """A public name when it is first asked for (PEP 562), from its own room: whoever composes photos does not wait for films.
    The command needs it so: whoever interrupts it while numpy, OpenCV and onnxruntime load would see a traceback, if these were
    loaded before its first own line."""
    from importlib import import_module

    for room, names in ROOMS.items():
        for given, _, own in (each.partition("=") for each in names.split()):
            if given == name:
                globals()[name] = found = getattr(import_module(f"{__name__}.{room}"), own or name)
                return found
    raise AttributeError(f"module 'cleanplate' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
