"""Films of somebody who walks: written without loss, and looked into, with PyAV alone."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from cleanplate import video_job

SIZE = 120, 160
VARIABLE = (0, 40, 80, 200, 240, 290, 370, 400)  # thousandths of a second
REGULAR = tuple(40 * each for each in range(8))


def film(
    path: Path,
    pictures,
    times=REGULAR,
    sound: bool = False,
    aspect: Fraction | None = None,
    kind: str = "yuv444p",
    turn: int = 0,
) -> Path:
    """A lossless film of these pictures at these thousandths of a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264rgb" if path.suffix == ".mkv" else "libx264", rate=25, options={"qp": "0", "bf": "0"})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "rgb24" if path.suffix == ".mkv" else kind
        stream.codec_context.time_base = Fraction(1, 1000)
        if turn:
            stream.set_display_rotation(turn)
        if aspect is not None:
            stream.sample_aspect_ratio = aspect
        heard = container.add_stream("aac", rate=16000) if sound else None
        for picture, at in zip(pictures, times, strict=False):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = at, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if heard is not None:
            tone = np.sin(np.arange(16000 // 2) / 5).astype(np.float32)[None]
            samples = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
            samples.sample_rate, samples.pts = 16000, 0
            container.mux(heard.encode(samples))
            container.mux(heard.encode(None))
    return path


def frames_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def sound_of(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size] if container.streams.audio else []


FAST = video_job.Options(quality="fast")
