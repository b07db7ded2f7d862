"""The public names, from the rooms where they are made, for type checkers. ``cleanplate`` gives each when it is first asked for."""

from cleanplate.composites import Composite
from cleanplate.compositor import Compositor
from cleanplate.errors import (
    CleanplateError,
    DeviceError,
    InputError,
    MemoryShort,
    MissingExtra,
    NoPersonError,
    OutputError,
    PhotoError,
    VideoError,
    WeightsError,
)
from cleanplate.files.photos import read_alpha, read_image, write_alpha, write_image
from cleanplate.handoff.cube import read as read_cube
from cleanplate.handoff.cube import write as write_cube
from cleanplate.handoff.cue_files import read as read_cues
from cleanplate.handoff.cue_files import write as write_cues
from cleanplate.handoff.layered import write_layers
from cleanplate.models.harmonizer import Cues
from cleanplate.one_shot import compose, harmonize, matte
from cleanplate.plates import Plate
from cleanplate.settings import Placement, Settings
from cleanplate.stages.sheets import Layers
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box, Cutout, Image
from cleanplate.video.videos import open_video
from cleanplate.video_job import Options as VideoOptions
from cleanplate.video_job import Progress, Summary
from cleanplate.video_job import compose as compose_video

__all__ = [
    "Box", "CleanplateError", "Composite", "Compositor", "Cues", "Cutout", "DeviceError", "Image", "InputError", "Layers",
    "MemoryShort", "MissingExtra", "NoPersonError", "OutputError", "PhotoError", "Placement", "Plate", "Progress", "Settings",
    "Summary", "Transform", "VideoError", "VideoOptions", "WeightsError", "compose", "compose_video", "harmonize", "matte",
    "open_video", "read_alpha", "read_cube", "read_cues", "read_image", "write_alpha", "write_cube", "write_cues",
    "write_image", "write_layers",
]  # fmt: skip
