"""Video files <-> frames: the one door for reading and writing moving pictures.

Reading: MP4, MOV, MKV, WebM, AVI, MPEG-TS and MPEG-PS, and numbered pictures such as ``frames/%05d.png``. What comes out
is upright, straight RGB, display-encoded for BT.709, with the file's own times.

Writing: MP4, MOV, WebM, MKV or numbered pictures; same times out as in, sound copied packet for packet. A temporary file
in the same folder, then a rename: a video that is not whole never bears the final name.

Needs the extra ``video`` (PyAV), except for numbered pictures.
"""

import os
from collections.abc import Sequence
from fractions import Fraction
from types import EllipsisType

from cleanplate.errors import InputError
from cleanplate.files import atomic
from cleanplate.files.atomic import PathName, called
from cleanplate.video import codecs, reading, sequences
from cleanplate.video.codecs import Encoding
from cleanplate.video.encoder import FileSink
from cleanplate.video.frames import Frame, VideoInfo, VideoReader
from cleanplate.video.recognized import is_pattern, is_video
from cleanplate.video.writing import VideoWriter

__all__ = ["Encoding", "Frame", "VideoInfo", "VideoReader", "VideoWriter", "create_video", "is_video", "open_video"]

LATEST = 1e9  # seconds, thirty years; more than that no file's clock counts


def open_video(
    source: PathName,
    *,
    start: float = 0.0,
    end: float | None = None,
    salvage: bool = False,
    rate: Fraction | float | None = None,
) -> VideoReader:
    """Open a video, or numbered pictures, for reading; use it in a ``with`` block and iterate over it once.

    Args:
        source: a path, or a pattern such as ``frames/%05d.png``.
        start, end: seconds from the first frame; frames with start <= time < end are given, their times shifted as if
            the video began at ``start``.
        salvage: give what is there of a damaged or cut file, with a warning, instead of raising.
        rate: frames in a second of numbered pictures, 25 without it.

    Raises:
        VideoError: with a reason (see there). Damage is found while iterating, a cut file when it is opened.
        MissingExtra: PyAV is not installed.
    """
    if not 0 <= start < LATEST or not (end is None or start < end < LATEST):
        raise InputError(
            f"`start` lies at or after 0 and before `end`, in seconds below {LATEST:g}; {start:g} and {end} were given."
        )
    codecs.check_rate(rate)
    if is_pattern(source) and not os.path.isfile(source):
        return sequences.open_sequence(source, start, end, codecs.RATE if rate is None else codecs.speed(rate))
    return reading.open_file(source, reading.Part(start, end), salvage)


def create_video(
    target: PathName,
    encoding: Encoding,
    like: VideoReader | None = None,
    *,
    overwrite: bool = False,
    inputs: Sequence[PathName] = (),
    sound_from: VideoReader | EllipsisType | None = ...,
    trim: bool = False,
) -> VideoWriter:
    """Prepare a video for writing; use it in a ``with`` block.

    Args:
        target: a path, whose suffix tells the container (.mp4, .mov, .webm, .mkv), or a pattern of numbered pictures.
        encoding: size, codec and what else is asked of the encoder.
        like: whose time base, rate, color tags and pixel aspect to take; without it they are 1/rate, 25 and BT.709.
        overwrite, inputs: as in ``photos.write_image``; the files of ``like`` and ``sound_from`` are inputs too.
        sound_from: whose sound, subtitles, chapters and titles to copy; those of ``like`` without it, none with None.
        trim: whether sound and subtitles that go on after the last frame are left out; those of another film than ``like``
            always are.

    Raises:
        OutputError: the target, codec or pixel format cannot be had. Before any work is done, as far as possible.
        MissingExtra: PyAV is not installed.
    """
    if is_pattern(target):
        sequences.check_pattern(target, encoding.alpha, overwrite, inputs)
        first = like.first_number if like else 1
        return VideoWriter(sequences.SequenceSink(target, first, overwrite), encoding.size, encoding.alpha)
    container = codecs.container_of(target)
    sound = like if isinstance(sound_from, EllipsisType) else sound_from
    read = [reader.span.path for reader in (like, sound) if reader is not None and reader.span is not None]
    atomic.check_place(target, overwrite, [*inputs, *read])
    settings = codecs.settings(encoding, container, like, called(target))
    copied = None if sound is None else sound.span
    sink = FileSink(target, settings, copied, overwrite=overwrite, trim=trim or sound is not like)
    return VideoWriter(sink, encoding.size, encoding.alpha)
