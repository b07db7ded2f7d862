"""Films: time against a plain transcode, memory of a long one against a short one, and what a killed job leaves behind.

    python benchmarks/video.py speed CLIP PLATE [frames] [rounds]
    python benchmarks/video.py memory CLIP PLATE [seconds of the long one]
    python benchmarks/video.py kill CLIP PLATE [times]

``speed`` brings the clip to 1920x1080 and decodes and encodes its frames without looking at them (PyAV, x264 with the settings that
our files are written with), then composes them, in turn; given are the medians of both ratios, of time and of processor time, since
only the second means anything on a machine that does other work. How steady films are is in ``video_stability.py``.
"""

import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from cleanplate import video_job
from cleanplate.compositor import NATURAL, WHOLE_STRENGTH, Compositor
from cleanplate.film import pipeline
from cleanplate.film.quality import QUALITIES, FilmLook
from cleanplate.film.timing import counted
from cleanplate.plates import Plate
from cleanplate.video import codecs

Used = tuple[float, float]  # seconds by the clock and of the processors


def film(clip: str, target: Path, size: tuple[int, int], count: int) -> Path:
    """The clip's frames, over and over, at another size (height, width): as a camera would give them, at a high quality."""
    with av.open(str(target), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"crf": "18", "preset": "veryfast"})
        stream.height, stream.width, stream.pix_fmt = *size, "yuv420p"
        done = 0
        while done < count:
            with av.open(clip) as source:
                for frame in source.decode(video=0):
                    if done == count:
                        break
                    pixels = fitted(frame.to_ndarray(format="rgb24"), size)
                    shown = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                    shown.pts, shown.time_base = done, Fraction(1, 30)
                    out.mux(stream.encode(shown))
                    done += 1
        out.mux(stream.encode(None))
    return target


def fitted(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Cut to the aspect ratio, then enlarged."""
    height = min(pixels.shape[0], round(pixels.shape[1] * size[0] / size[1]))
    width = min(pixels.shape[1], round(height * size[1] / size[0]))
    left = (pixels.shape[1] - width) // 2
    return cv2.resize(pixels[:height, left : left + width], size[::-1], interpolation=cv2.INTER_CUBIC)


def timed(work: Callable[[], object]) -> Used:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


# ---- speed ---------------------------------------------------------------------------------------------------------


def transcode(source: Path, target: Path) -> None:
    """Decode and encode, nothing between: what any tool that writes a film has to do."""
    codec = codecs.CODECS["h264"]
    with av.open(str(source)) as taken, av.open(str(target), "w") as out:
        video = taken.streams.video[0]
        video.thread_type = "AUTO"
        stream = out.add_stream(codec.encoder, rate=video.average_rate, options=dict(codec.options))
        stream.height, stream.width, stream.pix_fmt, stream.thread_type = video.height, video.width, "yuv420p", "AUTO"
        for frame in taken.decode(video):
            frame.pict_type = 0
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def only_frames(compositor: Compositor, source: Path, plate: str, quality: str) -> None:
    """Everything but encoding, in the same threads."""
    with video_job.videos.open_video(source) as reader:
        frames = pipeline.ahead(each.pixels for each in reader)
        still = Plate.open(plate, reader.info.size)
        take = compositor.take(FilmLook(NATURAL, WHOLE_STRENGTH, quality, still.image.size, 30.0), staged=pipeline.ahead)
        for _ in take.before_still(take.filmed(counted(frames, 30.0)), still):
            pass


def speed(clip: str, plate: str, count: str = "300", rounds: str = "3") -> None:
    compositor = Compositor()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, large = (film(clip, folder / f"{size[0]}.mp4", size, int(count)) for size in ((720, 1280), (1080, 1920)))
        only_frames(compositor, film(clip, folder / "warm.mp4", (360, 640), 2), plate, "best")  # the networks are loaded
        ratios: dict[str, list[Used]] = {}
        for _ in range(int(rounds)):
            for quality in QUALITIES:
                plain = timed(lambda: transcode(large, folder / "plain.mp4"))
                options = video_job.Options(quality=quality, overwrite=True)
                job = timed(lambda: video_job.compose(large, plate, folder / "o.mp4", options=options, compositor=compositor))  # noqa: B023
                ratios.setdefault(quality, []).append((job[0] / plain[0], job[1] / plain[1]))
                cost = f"{1000 * plain[1] / int(count):6.1f} {1000 * job[1] / int(count):6.1f} ms of processor a frame"
                print(f"1080p {quality:9} plain and ours {plain[0]:7.2f} {job[0]:7.2f} s, {cost}", flush=True)
            frames = timed(lambda: only_frames(compositor, small, plate, "fast"))
            cost = f"{1000 * frames[1] / int(count):.1f} ms of processor a frame"
            print(f"720p fast without encoding: {int(count) / frames[0]:.1f} frames a second, {cost}", flush=True)
    for quality, found in ratios.items():
        wall, cpu = (statistics.median(each) for each in zip(*found, strict=True))
        print(f"1080p {quality:9} {wall:5.2f} x the time, {cpu:5.2f} x the processor time of a transcode, median of {len(found)}")


# ---- memory, and jobs that are killed --------------------------------------------------------------------------------


def child(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "cleanplate", "compose", *map(str, arguments), "--film-quality", "fast", "--quiet"]
    return subprocess.Popen(command)


def peak(person: Path, plate: str, out: Path) -> float:
    """Megabytes that one job had in memory at most."""
    process = child(person, plate, "-o", out, "--overwrite")
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, status
    return used.ru_maxrss / 1024


def memory(clip: str, plate: str, long: str = "600") -> None:
    print(f"this process itself: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = 0.0
        for seconds in (10, int(long)):
            found = peak(film(clip, folder / "small.mp4", (120, 160), 30 * seconds), plate, folder / "out.mp4")
            first = first or found
            print(f"120x160, {seconds:4} s: {found:7.0f} MB, {found / first:.3f} x", flush=True)
        print(f"2160x3840, 12 frames: {peak(film(clip, folder / '4k.mp4', (2160, 3840), 12), plate, folder / 'out.mp4'):7.0f} MB")


def kill(clip: str, plate: str, times: str = "20") -> None:
    rng, kept = random.Random(0), []  # noqa: S311
    with tempfile.TemporaryDirectory() as name:
        source, out = film(clip, Path(name) / "source.mp4", (240, 320), 60), Path(name) / "out.mp4"
        start = time.perf_counter()
        assert child(source, plate, "-o", out).wait() == 0
        whole, frames = time.perf_counter() - start, len_of(out)
        for _ in range(int(times)):
            out.unlink(missing_ok=True)
            process = child(source, plate, "-o", out)
            time.sleep(rng.uniform(0, 1.1 * whole))
            process.send_signal(signal.SIGKILL)
            process.wait()
            kept.append(len_of(out) if out.exists() else 0)
    print(f"killed {len(kept)} times: {kept.count(0)} left no file of that name, {kept.count(frames)} a whole one,", end=" ")
    print(f"{len(kept) - kept.count(0) - kept.count(frames)} a part")


def len_of(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


if __name__ == "__main__":
    {"speed": speed, "memory": memory, "kill": kill}[sys.argv[1]](*sys.argv[2:])
