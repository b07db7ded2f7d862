"""Videos in, a video out: frames streamed from file to file, every stage in a thread of its own, never more than a few in memory.

    decode | matte | cut out | compose | encode

Times, sound and what else the container holds come from the video that leads: the person's, or with a photographed person the
plate's.
"""

import itertools
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple, cast, get_args

import numpy as np

from cleanplate import inputs
from cleanplate.compositor import NATURAL, WHOLE_STRENGTH, Compositor, Plate
from cleanplate.errors import InputError
from cleanplate.files.atomic import PathName, called
from cleanplate.film import soft_edges, takes
from cleanplate.film.pipeline import Item, Timed, ahead, looped, nearest
from cleanplate.inputs import Picture
from cleanplate.pixels.color import Pixels, to_float, to_pixels, to_uint16
from cleanplate.pixels.resampling import resize, straight
from cleanplate.stages import framing
from cleanplate.values import Cutout, Image, Placement, Settings, Size
from cleanplate.video import videos
from cleanplate.video.coding import Coding
from cleanplate.video.yuv420 import Coded

Fit = Literal["loop", "cut", "stretch"]
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
        quality: ``fast``, ``balanced`` or ``best``; see ``takes.QUALITIES``.
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

    quality: takes.Quality = "balanced"
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
        frames = job.frames(compositor or Compositor(), alpha, placement, settings, writer)
        with writer:
            for each in frames:
                pts, duration = job.stamps.popleft()
                writer.write(each.pixels, pts, each.alpha, duration)
                done += 1
                if progress:
                    progress(Progress(done, job.lead.info.frames, time.perf_counter() - start))
        return Summary(done, time.perf_counter() - start, job.warnings() + writer.warnings)


def timed(reader: videos.VideoReader, picture: Callable[[videos.Frame], Pixels | Coded]) -> Iterator[Timed]:
    """A video's pictures, as ``picture`` takes them from its frames, in seconds from the first."""
    first: int | None = None
    for frame in reader:
        first = frame.pts if first is None else first
        yield Timed(float((frame.pts - first) * reader.info.time_base), picture(frame))


class Job:
    """The videos of one job, and how a frame goes from one to the next."""

    def __init__(self, closing: ExitStack, person: Picture | Cutout, plate: Picture | Plate, options: Options) -> None:
        self.closing, self.person, self.plate, self.options = closing, person, plate, options
        takes.effort(options.quality)
        inputs.check_size(options.size)
        self.actor = self._open(person, lead=True)
        self.backdrop = self._open(plate, lead=self.actor is None)
        lead = self.actor or self.backdrop
        if lead is None:
            raise InputError("Neither the person nor the plate is a video: use cleanplate.compose for two pictures.")
        self.lead, self.size = lead, options.size or lead.info.size
        self.stamps: deque[tuple[int, int]] = deque()  # of frames on their way from decoder to encoder
        self.seconds: deque[float] = deque()
        self.said: list[str] = []  # about the person and their place
        self.keeps: Callable[[Coding], bool] = lambda _: False  # whether frames so coded can go to the encoder as they are

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
        self,
        compositor: Compositor,
        alpha: Picture | None,
        placement: Placement,
        settings: Settings,
        writer: videos.VideoWriter,
    ) -> Iterator[takes.Composed]:
        """The finished frames, as many as the leading video has or fewer."""
        if alpha is not None and self.actor:
            raise InputError("A matte goes with a photographed person; that of a filmed one is found: leave `alpha` out.")
        effort = takes.effort(self.options.quality)
        plain = effort.one_map and not placement.asked and settings.wrap == 0
        if plain and soft_edges.steps(self.size, effort.edge_side) is not None:
            self.keeps = writer.keeps
        person: Iterator[Pixels | Coded] | Cutout
        if self.actor:
            person = self._staged(self._kept(frame) or self._deep(with_alpha(frame)) for frame in self._leading())
        else:
            cutout = compositor.cutout(self.person, alpha, keep=settings.keep)
            person = narrowed(cutout, self.lead.info.pixel_aspect)
        return compositor.take(
            person,
            self._plate(),
            placement,
            settings,
            effort,
            self.size,
            float(self.lead.info.rate or RATE),
            self.options.cutout,
            self._staged,
            self.said.append,
        )

    def _staged(self, items: Iterator[Item]) -> Iterator[Item]:
        """A stage in a thread of its own, which ends before the videos are closed."""
        stage = ahead(items)
        self.closing.callback(stage.close)
        return stage

    def _kept(self, frame: videos.Frame) -> Coded | None:
        """A frame as it is coded, where nothing but composing is asked for and the result is coded alike."""
        if not isinstance(frame.stored, Coded) or not self.keeps(frame.stored.coding):
            return None  # before it is turned for nothing
        coded = frame.as_coded()
        return coded if coded is not None and coded.shape[:2] == self.size else None

    def _leading(self) -> Iterator[videos.Frame]:
        first: int | None = None
        for frame in self.lead:
            first = frame.pts if first is None else first
            self.stamps.append((frame.pts, frame.duration))
            if self.actor and self.backdrop:
                self.seconds.append(float((frame.pts - first) * self.lead.info.time_base))
            yield frame

    def _deep(self, pixels: Pixels) -> Pixels:
        """With 16 bits where the leading video has more than 8, so that neither side is given away."""
        return to_uint16(to_float(pixels)) if self.lead.info.depth > 8 and pixels.dtype == np.uint8 else pixels

    def _plate(self) -> Plate | Iterator[Pixels | Coded]:
        if self.backdrop is None:
            still = Plate.open(self.plate).image
            return Plate(Image(self._deep(squeezed(still, self.size, self.lead.info.pixel_aspect))))
        if self.backdrop is self.lead:
            return self._staged(self._deep(frame.pixels) for frame in self._leading())
        aspect = self.lead.info.pixel_aspect / self.backdrop.info.pixel_aspect
        shown = self._fitted(self.backdrop)
        return (each if isinstance(each, Coded) else self._deep(squeezed(Image(each), self.size, aspect)) for each in shown)

    def _behind(self, frame: videos.Frame) -> Pixels | Coded:
        """A frame of the moving plate; coded only if its pixels have the shape of the person's."""
        same = self.backdrop is not None and self.backdrop.info.pixel_aspect == self.lead.info.pixel_aspect
        return (self._kept(frame) if same else None) or frame.pixels

    def _fitted(self, plate: videos.VideoReader) -> Iterator[Pixels | Coded]:
        """The moving plate at the times of the person's frames, which are known by the time they are asked for here."""
        seconds = (self.seconds.popleft() for _ in itertools.count())
        fit = self.options.plate_fit
        if fit == "loop":
            copies = itertools.chain([timed(plate, self._behind)], (self._again() for _ in itertools.count()))
            return nearest(self._staged(looped(lambda: next(copies))), seconds)
        shown = self._staged(timed(plate, self._behind))
        if fit == "cut":
            return nearest(shown, seconds)
        own, wanted = plate.info.seconds, self.lead.info.seconds
        if not own or not wanted:
            raise InputError("The plate cannot be stretched, since a file does not say how long it is: use the `plate_fit` loop.")
        return nearest(shown, (second * own / wanted for second in seconds), hold=True)

    def _again(self) -> Iterator[Timed]:
        with videos.open_video(cast(PathName, self.plate), salvage=self.options.salvage) as reader:
            yield from timed(reader, self._behind)


def with_alpha(frame: videos.Frame) -> Pixels:
    """A frame's pixels, (height, width, 3), or 4 where it has an alpha."""
    return frame.pixels if frame.alpha is None else np.dstack([frame.pixels, to_pixels(frame.alpha, frame.pixels)])


def squeezed(image: Image, size: Size, aspect: Fraction) -> Pixels:
    """A picture cut to fill a frame whose pixels are that much wider, over their height, than the picture's own."""
    if aspect == 1:
        return framing.crop_to_fill(image, size).pixels
    return resize(framing.crop_to_fill(image, (size[0], max(1, round(size[1] * aspect)))).pixels, size)


def narrowed(cutout: Cutout, aspect: Fraction) -> Cutout:
    """A photographed person, whose pixels are square, in pixels that are that much wider than high."""
    if aspect == 1:
        return cutout
    size = cutout.size[0], max(1, round(cutout.size[1] / aspect))
    pixels, alpha = straight(cutout.image.pixels, cutout.alpha, size, resize, colored=cutout.colored)
    return Cutout(Image(pixels), alpha, cutout.clean, cutout.bled, cutout.cropped, cutout.warnings)
