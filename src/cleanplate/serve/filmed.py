"""The worker's side of `filming` and `jobs`: frames of a kept film, and films rendered."""

import queue
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cleanplate import video_job
from cleanplate.errors import CleanplateError, VideoError
from cleanplate.files import photos
from cleanplate.film.pipeline import aside
from cleanplate.recipes import from_fields
from cleanplate.serve.making import Shop
from cleanplate.serve.problems import Refused
from cleanplate.serve.wire import Message
from cleanplate.values import Cutout, Image
from cleanplate.video import videos
from cleanplate.video_job import Options, Progress, Summary

Answer = tuple[dict[str, Any], bytes]
SPOKEN = "The film"
OFTEN = 0.2  # seconds from one word on progress to the next
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
    with videos.open_video(path, start=at, salvage=True) as reader:
        found = next(iter(reader), None)
    if found is None:
        raise VideoError(f"{SPOKEN} shows nothing at {at:g} s: give an earlier time.", "empty")
    return found.pixels


def spoken(error: CleanplateError, path: str) -> CleanplateError:
    """An error that speaks of the film, not of the server's file."""
    error.args = (str(error).replace(path, SPOKEN), *error.args[1:])
    return error


# ---- rendering -----------------------------------------------------------------------------------------------------


def render(shop: Shop, message: Message, names: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A film in the file ``out``: how far it is on the way, and how many frames there are at the end."""
    files, recipe = message["files"], from_fields(message["recipe"])
    told: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
    sides: dict[str, Any] = {name: side_of_film(shop, files, name) for name in ("person", "plate")}
    options = Options(**message["options"], size=recipe.size)

    def make() -> Summary:
        try:
            return video_job.compose(
                sides["person"], sides["plate"], message["out"], placement=recipe.placement, settings=recipe.settings,
                options=options, compositor=shop.compositor(recipe.weights), progress=now_and_then(told),
            )  # fmt: skip
        except CleanplateError as error:
            raise renamed(error, files, names) from error
        finally:
            told.put(("end", {}))

    made = aside(make)
    yield from iter(told.get, ("end", {}))
    summary = made()
    yield "done", {"done": summary.frames, "seconds": summary.seconds, "warnings": summary.warnings}


def side_of_film(shop: Shop, files: Mapping[str, str], name: str) -> str | Image | Cutout:
    """A film's file, or a picture."""
    if f"kept_{name}" in files:
        return shop.kept_person(files["kept_person"]) if name == "person" else shop.plate(files).image
    return files[name] if videos.is_video(files[name]) else shop.picture(files, name)


def now_and_then(told: "queue.Queue[tuple[str, dict[str, Any]]]") -> Callable[[Progress], None]:
    """Puts a film's progress into a queue, a few times a second."""
    last = -OFTEN

    def put(progress: Progress) -> None:
        nonlocal last
        if progress.seconds - last >= OFTEN or progress.done == progress.frames:
            last = progress.seconds
            told.put(("step", progress._asdict()))

    return put


def renamed(error: CleanplateError, files: Mapping[str, str], names: Mapping[str, str]) -> CleanplateError:
    """An error that names a file of the server's, naming the field that it came in instead."""
    text = str(error)
    for name, path in files.items():
        text = text.replace(path, names.get(name, name))
    error.args = (text, *error.args[1:])
    return error
