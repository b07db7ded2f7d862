"""Tiny video files for the tests, made and looked into with PyAV alone."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from cleanplate.video.videos import Encoding, create_video, open_video

SIZE = (48, 64)  # (height, width)
STEADY = [512 * index for index in range(30)]  # in 1/12800: 25 frames a second
UNEVEN = [int(t) for t in np.cumsum([0] + [900 + 37 * index % 500 for index in range(29)])]  # in 1/30000
BLOCK = 1024  # samples in a packet of AAC


def pictures(count: int, size: tuple[int, int] = SIZE) -> list[np.ndarray]:
    """A bar that moves to the right on a ground that gets brighter."""
    made = []
    for index in range(count):
        picture = np.full((*size, 3), 60 + 4 * index, np.uint8)
        picture[:, index : index + 12] = (200, 90, 60)
        made.append(picture)
    return made


def clip(
    path: Path,
    times: Sequence[int] = STEADY,
    base: Fraction = Fraction(1, 12800),
    *,
    shapes: Sequence[np.ndarray] | None = None,
    kind: str = "yuv420p",
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    rotation: int | None = None,
    mirrored: bool = False,
    aspect: Fraction | None = None,
    coding: tuple[int, int, int, int] | None = None,
    sound: Fraction | None = None,
    blocks: int = 40,
    titles: dict[str, str] | None = None,
    chapters: list[dict[str, Any]] | None = None,
    container: dict[str, str] | None = None,
) -> Path:
    """A video of those times; with ``sound`` (the second at which it begins) also AAC noise; B-frames unless told otherwise."""
    shapes = shapes if shapes is not None else pictures(len(times))
    with av.open(str(path), "w", container_options=container or {}) as file:
        usual = {"bf": "2", "x264-params": "log-level=none"} if codec == "libx264" else {}
        stream = file.add_stream(codec, rate=25, options=usual if options is None else options)
        stream.height, stream.width = shapes[0].shape[:2]
        stream.pix_fmt, stream.codec_context.time_base, stream.time_base = kind, base, base
        if rotation is not None:
            stream.set_display_rotation(rotation, hflip=mirrored)
        if aspect is not None:
            stream.sample_aspect_ratio = aspect
        if coding is not None:
            context = stream.codec_context
            context.color_range, context.colorspace, context.color_primaries, context.color_trc = coding
        noise = file.add_stream("aac", rate=48000) if sound is not None else None
        file.metadata.update(titles or {})
        if chapters:
            file.set_chapters(chapters)
        for pts, picture in zip(times, shapes, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=kind)
            frame.pts, frame.time_base = pts, base
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
        if noise is not None:
            file.mux(packet for frame in noise_frames(sound or Fraction(0), blocks) for packet in noise.encode(frame))
            file.mux(noise.encode())
    return path


def noise_frames(start: Fraction, blocks: int) -> list[av.AudioFrame]:
    chance, made = np.random.default_rng(1), []
    for index in range(blocks):
        samples = (chance.normal(size=(2, BLOCK)) * 0.1).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate, frame.time_base, frame.pts = 48000, Fraction(1, 48000), index * BLOCK + int(start * 48000)
        made.append(frame)
    return made


def coded(path: Path, codes: Sequence[np.ndarray], kind: str, coding: tuple[int, int, int, int]) -> Path:
    """One lossless frame (FFV1 in Matroska) of exactly these planes."""
    height, width = codes[0].shape
    with av.open(str(path), "w") as file:
        stream = file.add_stream("ffv1", rate=25)
        stream.height, stream.width, stream.pix_fmt = height, width, kind
        context = stream.codec_context
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = coding
        frame = av.VideoFrame(width, height, kind)
        for plane, values in zip(frame.planes, codes, strict=True):
            held(plane, values.dtype)[...] = values
        frame.color_range, frame.colorspace, frame.color_primaries, frame.color_trc = coding
        file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def held(plane: Any, kind: Any) -> np.ndarray:
    return np.frombuffer(plane, kind).reshape(plane.height, -1)[:, : plane.width]


def codes(path: Path) -> tuple[str, list[np.ndarray]]:
    """(pixel format, planes) of a file's first frame, as they are coded."""
    with av.open(str(path)) as file:
        frame = next(file.decode(video=0))
        deep = max(part.bits for part in frame.format.components) > 8
        return frame.format.name, [held(plane, np.uint16 if deep else np.uint8).copy() for plane in frame.planes]


def shown(path: Path) -> list[Fraction]:
    """The second of every frame."""
    with av.open(str(path)) as file:
        return [frame.pts * frame.time_base for frame in file.decode(video=0)]


def packets(path: Path, kind: str = "audio") -> list[tuple[Fraction, bytes]]:
    """(second, bytes) of every packet of the first stream of a kind."""
    with av.open(str(path)) as file:
        stream = getattr(file.streams, kind)[0]
        return [(packet.pts * packet.time_base, bytes(packet)) for packet in file.demux(stream) if packet.size]


def again(
    source: Path, target: Path, *, start: float = 0.0, end: float | None = None, to: dict[str, Any] | None = None, **how: Any
) -> Path:
    """Read and written as it is; ``to`` is what else ``create_video`` is told, ``how`` the encoding."""
    with (
        open_video(source, start=start, end=end) as reader,
        create_video(target, Encoding(reader.info.size, **how), reader, **(to or {})) as writer,
    ):
        for frame in reader:
            writer.write(frame.pixels, frame.pts, frame.alpha if how.get("alpha") else None, frame.duration)
    return target
