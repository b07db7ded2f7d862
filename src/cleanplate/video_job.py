"""Videos in, a video out: frames streamed from file to file, every stage in a thread of its own, never more than a few in memory.

    decode | matte | cut out | compose | encode

Times, sound and what else the container holds come from the video that leads: the person's, or with a photographed person the
plate's.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast, get_args

from cleanplate import inputs
from cleanplate.compositor import Compositor
from cleanplate.errors import InputError
from cleanplate.files.atomic import PathName, called
from cleanplate.film.composing import Composed
from cleanplate.film.from_files import FilmedPlate, Fit, deepened, in_pixels_of, squeezed, timed, with_alpha
from cleanplate.film.outlines import staying_coded
from cleanplate.film.pipeline import Item, ahead
from cleanplate.film.quality import FilmLook, Quality, check_quality
from cleanplate.film.timing import Timed
from cleanplate.inputs import Picture
from cleanplate.plates import Plate
from cleanplate.settings import NATURAL, WHOLE_STRENGTH, Placement, Settings
from cleanplate.values import Cutout, Image, Size
from cleanplate.video import videos

Sound = Literal["person", "plate", "none"]

RATE = 25.0  # frames in a second where a file does not say


class Progress(NamedTuple):
    """How far a job is: frames written, of how many (None where unknown), seconds since it began."""

    done: int
    frames: int | None
    seconds: float


@dataclass(frozen=True)
class Options:
    """What is asked for beyond the pictures.

    Args:
        quality: ``fast``, ``balanced`` or ``best``; see ``quality.QUALITIES``.
        size: (height, width) of the result instead of the leading video's.
        start, end: seconds of the leading video that are used.
        salvage: use what is there of a damaged video.
        plate_fit: whether a moving plate shorter than the person's video is repeated, ends the result, or is slowed down or
            sped up to the same length.
        sound: whose sound is kept; without it the person's if there is any, else the plate's. The plate's, or with ``cut`` any,
            ends with the picture; a repeated plate's is heard once.
        cutout: write the person alone, with alpha, in the plate's colors.
        codec, crf, pix_fmt, preset: as in ``videos.Encoding``.
        overwrite: whether an existing file may be replaced.
    """

    quality: Quality = "balanced"
    size: Size | None = None
    start: float = 0.0
    end: float | None = None
    salvage: bool = False
    plate_fit: Fit = "loop"
    sound: Sound | None = None
    cutout: bool = False
    codec: str | None = None
    crf: int | None = None
    pix_fmt: str | None = None
    preset: str | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        """
        Raises:
            InputError: a word that means nothing here.
        """
        for name, word, known in (("plate_fit", self.plate_fit, get_args(Fit)), ("sound", self.sound, (*get_args(Sound), None))):
            if word not in known:
                words = ", ".join(each for each in known if each)
                raise InputError(f"There is no `{name}` {called(word, repr(word))}: give one of {words}.")


class Summary(NamedTuple):
    """What was done: frames written, seconds it took, and one sentence each on what was got over."""

    frames: int
    seconds: float
    warnings: list[str]


def compose(
    person: Picture | Cutout,
    plate: Picture | Plate,
    target: PathName,
    *,
    alpha: Picture | None = None,
    placement: Placement = NATURAL,
    settings: Settings = WHOLE_STRENGTH,
    options: Options = Options(),
    compositor: Compositor | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Summary:
    """Put a filmed person into a plate, or a person into a filmed plate: from files to a file that is whole or not there.

    Args:
        person, plate: at least one is a video or a pattern of numbered pictures; the other may be a photo in any form that
            ``cleanplate.compose`` takes.
        target: see ``videos.create_video``.
        alpha: a matte for a photographed person.
        progress: called after every frame.

    Raises:
        VideoError, PhotoError, NoPersonError, InputError, OutputError: with one sentence each; nothing is left then.
        MissingExtra: PyAV is not installed.

    >>> compose("talk.mp4", "office.jpg", "out.mp4")  # doctest: +SKIP
    """
    start = time.perf_counter()
    with ExitStack() as closing:
        job = Job(closing, person, plate, options)
        writer = job.writer(target, alpha)
        done = 0
        look = FilmLook(placement, settings, options.quality, job.size, float(job.lead.info.rate or RATE), options.cutout)
        frames = job.frames(compositor or Compositor(), look, alpha, writer)
        with writer:
            for done, frame in enumerate(frames, 1):
                writer.write(frame.item.pixels, frame.pts, frame.item.alpha, frame.duration)
                if progress:
                    progress(Progress(done, job.lead.info.frames, time.perf_counter() - start))
        return Summary(done, time.perf_counter() - start, job.warnings() + writer.warnings)


class Job:
    """The videos of one job, and how a frame goes from one to the next."""

    def __init__(self, closing: ExitStack, person: Picture | Cutout, plate: Picture | Plate, options: Options) -> None:
        self.closing, self.person, self.plate, self.options = closing, person, plate, options
        check_quality(options.quality)
        inputs.check_size(options.size)
        self.actor = self._open(person, lead=True)
        self.backdrop = self._open(plate, lead=self.actor is None)
        lead = self.actor or self.backdrop
        if lead is None:
            raise InputError("Neither the person nor the plate is a video: use cleanplate.compose for two pictures.")
        self.lead, self.size = lead, options.size or lead.info.size
        self.said: list[str] = []  # about the person and their place

    def _open(self, source: Picture | Cutout | Plate, lead: bool) -> videos.VideoReader | None:
        if not videos.is_video(source):
            return None
        name, salvage = cast(PathName, source), self.options.salvage
        if not lead:
            return self.closing.enter_context(videos.open_video(name, salvage=salvage))
        return self.closing.enter_context(
            videos.open_video(name, start=self.options.start, end=self.options.end, salvage=salvage)
        )

    def warnings(self) -> list[str]:
        return [*self.said, *(sentence for reader in (self.actor, self.backdrop) if reader for sentence in reader.warnings)]

    def writer(self, target: PathName, alpha: Picture | None) -> videos.VideoWriter:
        """Everything that can be refused about the target is refused here."""
        given = self.options
        return videos.create_video(
            target,
            videos.Encoding(
                self.size, codec=given.codec, crf=given.crf, pix_fmt=given.pix_fmt, preset=given.preset, alpha=given.cutout
            ),
            self.lead,
            overwrite=given.overwrite,
            inputs=[each for each in (self.person, self.plate, alpha) if isinstance(each, str | os.PathLike)],
            sound_from=self._sound(),
            trim=given.plate_fit == "cut" and self.actor is not None and self.backdrop is not None,
        )

    def _sound(self) -> videos.VideoReader | None:
        wanted = self.options.sound
        if wanted is None:
            heard = [reader for reader in (self.actor, self.backdrop) if reader and reader.info.sound]
            return heard[0] if heard else self.lead
        reader = {"person": self.actor, "plate": self.backdrop, "none": None}[wanted]
        if wanted != "none" and reader is None:
            raise InputError(f"The {wanted} is a picture and has no sound: leave `sound` out, or say none.")
        return reader

    def frames(
        self, compositor: Compositor, look: FilmLook, alpha: Picture | None, writer: videos.VideoWriter
    ) -> Iterator[Timed[Composed]]:
        """The finished frames, as many as the leading video has or fewer, with the times of that."""
        if alpha is not None and self.actor:
            raise InputError("A matte goes with a photographed person; that of a filmed one is found: leave `alpha` out.")
        take, lead = compositor.take(look, self._staged, self.said.append), self.lead.info
        if self.actor is None:
            cutout = compositor.cutout(self.person, alpha, keep=look.settings.keep)
            layer = compositor.layer(in_pixels_of(cutout, lead.pixel_aspect), look, self.said.append)
            return take.photographed(layer, self._staged(timed(self.lead, lambda frame: deepened(frame.pixels, lead.depth))))
        as_coded = staying_coded(look, writer.keeps)
        person = timed(self.actor, lambda frame: as_coded(frame) or deepened(with_alpha(frame), lead.depth))
        people = take.filmed(self._staged(person))
        if self.backdrop is None:
            opened = Plate.open(self.plate, space="srgb").image
            self.said.extend(opened.warnings)
            still = squeezed(opened, self.size, lead.pixel_aspect)
            return take.before_still(people, Plate(Image(deepened(still, lead.depth))))
        given, source = self.options, cast(PathName, self.plate)
        plate = FilmedPlate(source, self.backdrop, lead, self.size, given.plate_fit, given.salvage)
        return take.before_moving(plate.beside(people, as_coded, self._staged))

    def _staged(self, items: Iterator[Item]) -> Iterator[Item]:
        """A stage in a thread of its own, which ends before the videos are closed."""
        stage = ahead(items)
        self.closing.callback(stage.close)
        return stage
