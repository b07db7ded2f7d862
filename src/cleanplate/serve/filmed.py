"""The worker's side of `filming`: frames of a kept film."""

from collections.abc import Callable
from typing import Any

from cleanplate.errors import CleanplateError, VideoError
from cleanplate.files import photos
from cleanplate.serve.problems import Refused
from cleanplate.serve.wire import Message
from cleanplate.values import Image
from cleanplate.video import videos

Answer = tuple[dict[str, Any], bytes]
SPOKEN = "The film"
LEAST_RATE = 10  # frames in a second, where a film does not say


def look_at_film(message: Message) -> dict[str, Any]:
    """How large and how long a film is."""
    path = f"{message['folder']}/film"
    if not videos.is_video(path):
        raise Refused(415, "format", f"{SPOKEN} is none that can be read: give MP4, MOV, MKV, WebM, AVI, MPEG-TS or MPEG-PS.")
    try:
        with videos.open_video(path) as reader:
            info = reader.info
            return {
                "width": info.size[1], "height": info.size[0], "frames": info.frames,
                "seconds": None if info.seconds is None else float(info.seconds),
                "rate": None if info.rate is None else float(info.rate),
            }  # fmt: skip
    except CleanplateError as error:
        raise spoken(error, path) from error


def keep_still(message: Message, keep: Callable[[Message], Answer]) -> Answer:
    """A frame into a folder of its own, as a photo would lie there, and kept by ``keep``.

    The frame is the first at or after ``at``, or the last one there is.
    """
    path, folder = f"{message['film']}/film", message["folder"]
    try:
        pixels = frame_at(path, message["at"])
    except CleanplateError as error:
        raise spoken(error, path) from error
    with open(f"{folder}/source", "wb") as file:
        photos.write_image(Image(pixels), file, format="png")
    return keep({"folder": folder, "files": {}, "recipe": {}})


def frame_at(path: str, at: float) -> Any:
    """The first frame at or after so many seconds, or the last one."""
    with videos.open_video(path, salvage=True) as reader:
        seconds, rate = reader.info.seconds, reader.info.rate
    if seconds is not None:
        at = min(at, max(0.0, float(seconds) - 1.5 / float(rate or LEAST_RATE)))  # the last frame begins after that
    found = None
    with videos.open_video(path, start=at, salvage=True) as reader:
        for found in reader:
            break
    if found is None:
        raise VideoError(f"{SPOKEN} shows nothing at {at:g} s: give an earlier time.", "empty")
    return found.pixels


def spoken(error: CleanplateError, path: str) -> CleanplateError:
    """An error that speaks of the film, not of the server's file."""
    error.args = (str(error).replace(path, SPOKEN), *error.args[1:])
    return error
