"""Put a person into a new photograph so that it looks taken there."""

from cleanplate.compositor import Composite, Compositor, Plate, compose, harmonize, matte
from cleanplate.errors import (
    CleanplateError,
    DeviceError,
    InputError,
    MissingExtra,
    NoPersonError,
    OutputError,
    PhotoError,
    VideoError,
    WeightsError,
)
from cleanplate.footage import Options as VideoOptions
from cleanplate.footage import Progress, Summary
from cleanplate.footage import compose as compose_video
from cleanplate.photos import read_alpha, read_image, write_alpha, write_image
from cleanplate.types import Box, Cues, Cutout, Image, Placement, Settings, Transform
from cleanplate.videos import open_video

__version__ = "0.1.0"

__all__ = [
    "Box", "CleanplateError", "Composite", "Compositor", "Cues", "Cutout", "DeviceError", "Image", "InputError", "MissingExtra",
    "NoPersonError", "OutputError", "PhotoError", "Placement", "Plate", "Progress", "Settings", "Summary", "Transform",
    "VideoError", "VideoOptions", "WeightsError", "compose", "compose_video", "harmonize", "matte", "open_video", "read_alpha",
    "read_image", "write_alpha", "write_image",
]  # fmt: skip
