"""Peak memory of a whole composition by size, in bytes for each pixel of the plate, and how its cost grows.

    python benchmarks/memory.py [--megapixels 8 33 128] [--jobs flat compose harmonize] [--json]

Each job runs in a child process: two JPEGs (and a PNG matte) of that size are read, composed and written as JPEG. ``flat`` leaves
the blending network out. The peak is the kernel's (VmHWM), counted from what the process held after a tiny job had loaded the
networks. ``user`` and ``system`` are CPU nanoseconds for each pixel on all cores; the kernel's share is what fresh pages cost and
differs from machine to machine. Linux only. The pictures are the bundled portrait enlarged, with noise.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

import cleanplate
from cleanplate import Settings
from cleanplate.files import photos
from cleanplate.pixels.color import to_uint8

EXAMPLES = Path(__file__).parent.parent / "examples"
JOBS = ("flat", "compose", "harmonize")


def draw(folder: Path, megapixels: float) -> None:
    """A person, their matte and a plate of 16:9."""
    height = round((megapixels * 1e6 * 9 / 16) ** 0.5 / 2) * 2
    size = height, height * 16 // 9
    rng = np.random.default_rng(0)
    for name in ("person", "plate"):
        small = cleanplate.read_image(EXAMPLES / ("portrait.png" if name == "person" else "plate.jpg")).pixels
        pixels = cv2.resize(small, size[::-1], interpolation=cv2.INTER_LINEAR)
        grain = rng.integers(0, 5, (512, size[1], 3), np.uint8)
        for top in range(0, size[0], 512):
            pixels[top : top + 512] = cv2.add(pixels[top : top + 512], grain[: min(512, size[0] - top)])
        photos.write_image(cleanplate.Image(pixels), folder / f"{name}.jpg")
    rows, columns = np.mgrid[-1:1:512j, -1:1:512j]
    alpha = np.clip((1 - np.hypot((rows - 0.3) / 0.9, columns / 0.5)) * 20, 0, 1).astype(np.float32)
    photos.write_alpha(np.clip(cv2.resize(alpha, size[::-1]), 0, 1), folder / "matte.png")


def status(field: str) -> int:
    """A size of this process in bytes, from the kernel."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(field))


def once(job: str, folder: Path, person: str, plate: str, matte: str) -> dict[str, float]:
    """One whole job; the seconds of its stages."""
    if job == "harmonize":
        result = cleanplate.harmonize(folder / person, folder / matte)
    else:
        settings = Settings(blend=job == "compose")
        result = cleanplate.compose(folder / person, folder / plate, alpha=folder / matte, settings=settings)
    start = time.perf_counter()
    result.save(folder / "out.jpg", overwrite=True)
    return result.seconds | {"write": time.perf_counter() - start}


def child(job: str, folder: Path) -> None:
    """Warm up, then measure; prints JSON."""
    tiny = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    photos.write_image(cleanplate.Image(tiny), folder / "tiny.png", overwrite=True)
    photos.write_alpha(to_uint8(np.eye(64, dtype=np.float32)) / np.float32(255), folder / "tiny-matte.png", overwrite=True)
    once(job, folder, "tiny.png", "tiny.png", "tiny-matte.png")
    loaded = status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    start, used = time.perf_counter(), os.times()
    stages = once(job, folder, "person.jpg", "plate.jpg", "matte.png")
    ended = os.times()
    times = {"seconds": time.perf_counter() - start, "user": ended.user - used.user, "system": ended.system - used.system}
    peak = status("VmHWM")
    height, width = cleanplate.read_image(folder / "plate.jpg").size
    print(json.dumps({"pixels": height * width, "loaded": loaded, "peak": peak, "stages": stages, **times}))


def row(job: str, found: dict) -> str:
    pixels = found["pixels"]
    stages = ", ".join(f"{name} {1e9 * seconds / pixels:.1f}" for name, seconds in found["stages"].items())
    sizes = f"{pixels / 1e6:.1f} | {(found['peak'] - found['loaded']) / pixels:.1f} | {found['peak'] / 1e9:.2f}"
    costs = " | ".join(f"{1e9 * found[name] / pixels:.1f}" for name in ("user", "system", "seconds"))
    return f"| {job} | {sizes} | {costs} | {stages} |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--megapixels", type=float, nargs="+", default=[8.3, 33.2, 127.4])
    parser.add_argument("--jobs", nargs="+", choices=JOBS, default=JOBS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child[0], Path(given.child[1]))
        return
    if not given.json:
        print("| job | MP | bytes/pixel over the loaded networks | GB in all | user | system | wall, ns/pixel | of that |")
        print("|---|---:|---:|---:|---:|---:|---:|---|")
    for megapixels in given.megapixels:
        with tempfile.TemporaryDirectory() as folder:
            draw(Path(folder), megapixels)
            for job in given.jobs:
                command = [sys.executable, __file__, "--child", job, folder]
                found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
                print(json.dumps({"job": job, **found}) if given.json else row(job, found), flush=True)


if __name__ == "__main__":
    main()
