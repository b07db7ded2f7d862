"""The frames of video files as a take wants them: with their times, of one depth and shape of pixels; a plate beside a person."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, TypeVar

import numpy as np

from cleanplate.errors import InputError
from cleanplate.files.atomic import PathName
from cleanplate.film.timing import Timed, beside, looped
from cleanplate.pixels.color import Pixels, to_float, to_pixels, to_uint16
from cleanplate.pixels.resampling import resize, straight
from cleanplate.stages import framing
from cleanplate.values import Cutout, Image, Size
from cleanplate.video import videos
from cleanplate.video.yuv420 import Coded

Item = TypeVar("Item")
Fit = Literal["loop", "cut", "stretch"]
AsCoded = Callable[[videos.Frame], Coded | None]  # a frame as it is coded, where it stays so; see ``outlines.staying_coded``


def timed(reader: videos.VideoReader, picture: Callable[[videos.Frame], Item]) -> Iterator[Timed[Item]]:
    """A video's frames, as ``picture`` takes them, with their times; seconds are from the first."""
    first: int | None = None
    for frame in reader:
        first = frame.pts if first is None else first
        yield Timed(float((frame.pts - first) * reader.info.time_base), picture(frame), frame.pts, frame.duration)


def with_alpha(frame: videos.Frame) -> Pixels:
    """A frame's pixels, (height, width, 3), or 4 where it has an alpha."""
    return frame.pixels if frame.alpha is None else np.dstack([frame.pixels, to_pixels(frame.alpha, frame.pixels)])


def deepened(pixels: Pixels, depth: int) -> Pixels:
    """With 16 bits where the leading video has more than 8, so that neither side is given away."""
    return to_uint16(to_float(pixels)) if depth > 8 and pixels.dtype == np.uint8 else pixels


def squeezed(image: Image, size: Size, aspect: Fraction) -> Pixels:
    """A picture cut to fill a frame whose pixels are that much wider, over their height, than the picture's own."""
    if aspect == 1:
        return framing.crop_to_fill(image, size).pixels
    return resize(framing.crop_to_fill(image, (size[0], max(1, round(size[1] * aspect)))).pixels, size)


def in_pixels_of(cutout: Cutout, aspect: Fraction) -> Cutout:
    """A photographed person, whose pixels are square, in pixels that are that much wider than high."""
    if aspect == 1:
        return cutout
    size = cutout.size[0], max(1, round(cutout.size[1] / aspect))
    pixels, alpha = straight(cutout.image.pixels, cutout.alpha, size, resize, colored=cutout.colored)
    return replace(cutout, image=replace(cutout.image, pixels=pixels, alpha=None), alpha=alpha)


@dataclass(frozen=True)
class FilmedPlate:
    """A filmed plate that is shown in the time of a filmed person.

    Args:
        source: its file.
        reader: of that, not read from yet.
        lead: what the person's video says of itself.
        size: (height, width) of the result.
        fit: what is done where it is shorter: see ``video_job.Options``.
        salvage: whether what is there of a damaged video is used.
    """

    source: PathName
    reader: videos.VideoReader
    lead: videos.VideoInfo
    size: Size
    fit: Fit
    salvage: bool

    @property
    def aspect(self) -> Fraction:
        """How much wider the pixels of the person's video are than its own."""
        return self.lead.pixel_aspect / self.reader.info.pixel_aspect

    def beside(
        self, people: Iterator[Timed[Item]], as_coded: AsCoded, staged: Callable[[Iterator[Any]], Iterator[Any]]
    ) -> Iterator[tuple[Timed[Item], Pixels | Coded]]:
        """Everything of the person's film with the plate's frame of its time.

        Args:
            staged: runs a stage, in a thread of its own.
        """

        def picture(frame: videos.Frame) -> Pixels | Coded:
            return (as_coded(frame) if self.aspect == 1 else None) or frame.pixels

        return ((each, self._shaped(shown)) for each, shown in self._fitted(people, picture, staged))

    def _shaped(self, shown: Pixels | Coded) -> Pixels | Coded:
        return shown if isinstance(shown, Coded) else deepened(squeezed(Image(shown), self.size, self.aspect), self.lead.depth)

    def _fitted(
        self,
        people: Iterator[Timed[Item]],
        picture: Callable[[videos.Frame], Pixels | Coded],
        staged: Callable[[Iterator[Any]], Iterator[Any]],
    ) -> Iterator[tuple[Timed[Item], Pixels | Coded]]:
        """The pairs by ``fit``: repeated, cut, or slowed down or sped up to the person's length."""
        once = timed(self.reader, picture)
        if self.fit == "loop":
            copies = itertools.chain([once], (self._again(picture) for _ in itertools.count()))
            return beside(people, staged(looped(lambda: next(copies))))
        if self.fit == "cut":
            return beside(people, staged(once))
        own, wanted = self.reader.info.seconds, self.lead.seconds
        if not own or not wanted:
            raise InputError("The plate cannot be stretched, since a file does not say how long it is: use the `plate_fit` loop.")
        return beside(people, staged(once), lambda second: second * own / wanted, hold=True)

    def _again(self, picture: Callable[[videos.Frame], Item]) -> Iterator[Timed[Item]]:
        with videos.open_video(self.source, salvage=self.salvage) as reader:
            yield from timed(reader, picture)
