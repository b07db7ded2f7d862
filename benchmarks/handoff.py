"""What foreign readers make of the files for editors: how far their layers, flattened, are from the composite; what writing costs.

    python -m benchmarks.handoff [--megapixels 24] [--json FILE]

Readers: psd-tools and pyora (PyPI), GIMP, Krita and ImageMagick (the system's; those that are not there are left out), FFmpeg's own
EXR decoder (in PyAV). ``off`` is in levels of 255, or of 65535 for 16 bits, the largest of all pixels; ``beyond`` how many
pixels are more than one level off. GIMP, psd-tools, pyora and Krita stack the layers themselves; "merged" is the whole picture that
the file holds beside them. Times are wall seconds of one write, and that over one TIFF written in the same run.
"""

import argparse
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

import cleanplate
from cleanplate import Cutout, Image, Placement, Plate, Settings
from cleanplate.composites import Composite
from cleanplate.pixels.color import to_float, to_srgb
from cleanplate.pixels.resampling import resize
from cleanplate.stages.sheets import Layers

EXAMPLES = Path(__file__).parent.parent / "examples"
ALL = Settings(0.8, wrap=0.5, grain=1, defocus=1.5, light=290)
GIMP = """(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "{source}" "x"))))
 (gimp-image-flatten image)
 (file-png-save RUN-NONINTERACTIVE image (car (gimp-image-get-active-drawable image)) "{target}" "x" 0 9 0 0 0 0 0)
 (gimp-quit 0))"""
DEADLINE = 180  # seconds for a program
WRITTEN = "tif", "psd", "ora", "exr"  # of which the cost is measured, the first as a measure


def composites(kind: type) -> Iterator[tuple[str, Composite]]:
    """Composites with layers: the portrait as it is, and one with every step, of a plate with noise."""
    compositor, rng = cleanplate.Compositor(), np.random.default_rng(1)
    portrait = compositor.clean(compositor.cutout(EXAMPLES / "portrait.png"))
    for name in ("plate", "cold", "dark"):
        pixels = cleanplate.read_image(EXAMPLES / f"{name}.jpg").pixels.astype(np.float32) * (np.iinfo(kind).max / 255)
        noise = rng.normal(0, 0.012 * np.iinfo(kind).max, pixels.shape)
        for asked, settings, more in (("as it is", Settings(), 0), ("every step", ALL, 1)):
            plate = np.clip(np.rint(pixels + more * noise), 0, np.iinfo(kind).max).astype(kind)
            yield f"{name}, {asked}", compositor.compose(portrait, Plate(Image(plate)), settings=settings, layers=True)
    plate = np.clip(rng.normal(0.5, 0.02, (900, 1400, 3)) * np.iinfo(kind).max, 0, np.iinfo(kind).max).astype(kind)
    feet = Placement(0.6, 0.5, 0.85)
    yield "standing", compositor.compose(figure(), Plate(Image(plate)), feet, Settings(light=290, harmonize=False), layers=True)


def figure() -> Cutout:
    """An oval that stands, so that there is a shadow."""
    rows, columns = np.mgrid[:600, :300]
    alpha = np.clip((1 - np.hypot((rows - 300) / 290, (columns - 150) / 120)) * 20, 0, 1).astype(np.float32)
    return Cutout(Image(np.full((600, 300, 3), (180, 90, 60), np.uint8)), alpha, clean=True, bled=True)


# ---- readers: a file -> its flattened picture -----------------------------------------------------------------------------


def by_psd_tools(path: Path) -> np.ndarray:
    import psd_tools
    from psd_tools.composite import composite

    return composite(psd_tools.PSDImage.open(path), force=True)[0]


def by_pyora(path: Path) -> np.ndarray:
    import pyora

    return np.asarray(pyora.Project.load(str(path)).get_image_data(use_original=False).convert("RGB")) / 255


def by_program(command: Callable[[Path, Path], list[str]]) -> Callable[[Path], np.ndarray]:
    """A program that turns the file into a PNG."""

    def read(path: Path) -> np.ndarray:
        target = path.with_suffix(f".{abs(hash(command))}.png")
        home = os.environ | {"HOME": str(path.parent), "XDG_RUNTIME_DIR": str(path.parent)}
        subprocess.run(command(path, target), check=True, capture_output=True, timeout=DEADLINE, env=home)
        return to_float(cleanplate.read_image(target).pixels)

    return read


def gimp(source: Path, target: Path) -> list[str]:
    script = GIMP.format(source=source, target=target)
    return ["gimp", "-i", "-d", "-f", "-s", "--batch-interpreter=plug-in-script-fu-eval", "-b", script]


def krita(source: Path, target: Path) -> list[str]:
    return ["xvfb-run", "-a", "krita", "--export", "--export-filename", str(target), str(source)]


def magick(source: Path, target: Path) -> list[str]:
    return ["/usr/bin/convert", f"{source}[0]", str(target)]


def by_ffmpeg(path: Path) -> np.ndarray:
    """The layers over each other: the shadow in linear light, the person in encoded values."""
    plate, shadow, person = (ffmpeg_layer(path, each) for each in ("plate", "shadow", "personHarmonized"))
    dark = to_srgb(shadow[..., :3] + (1 - shadow[..., 3:]) * plate[..., :3])
    colors = to_srgb(person[..., :3] / np.maximum(person[..., 3:], 1e-9))
    return person[..., 3:] * colors + (1 - person[..., 3:]) * dark


def ffmpeg_layer(path: Path, layer: str) -> np.ndarray:
    import av

    with av.open(str(path)) as file:
        file.streams.video[0].codec_context.options = {"layer": layer}
        frame = next(file.decode(video=0))
    kind = np.float16 if "f16" in frame.format.name else np.float32
    rows = [np.frombuffer(plane, kind).reshape(frame.height, -1)[:, : frame.width] for plane in frame.planes]
    return np.stack([rows[each] for each in (2, 0, 1, 3)[: len(rows)]], -1).astype(np.float32)


READERS = [  # suffix, whose, the program it needs, how
    ("psd", "psd-tools", None, by_psd_tools), ("psd", "GIMP", "gimp", by_program(gimp)),
    ("psd", "ImageMagick, merged", "identify", by_program(magick)), ("ora", "pyora", None, by_pyora),
    ("ora", "Krita", "krita", by_program(krita)), ("exr", "FFmpeg", None, by_ffmpeg),
]  # fmt: skip


def differences(layers: Layers, folder: Path) -> Iterator[dict[str, object]]:
    """One row a reader: how far its flattened picture is from the composite."""
    wanted = layers.image.pixels
    top = np.iinfo(wanted.dtype).max
    for suffix, whose, program, read in READERS:
        if program is not None and shutil.which(program) is None:
            continue
        path = folder / f"out.{suffix}"
        cleanplate.write_layers(layers, path, overwrite=True)
        try:
            found = read(path)
        except (ImportError, subprocess.SubprocessError, OSError) as error:
            print(f"{whose} is left out: {error}", file=sys.stderr)
            continue
        scale = 255 if whose in ("pyora", "Krita") else top  # those open OpenRaster in 8 bits
        off = np.abs(np.rint(found[..., :3] * scale) - np.rint(wanted * (scale / top)))
        yield {"file": suffix, "reader": whose, "levels": int(scale), "off": int(off.max()), "beyond": int((off.max(2) > 1).sum())}


# ---- cost -------------------------------------------------------------------------------------------------------------------


def costs(megapixels: float, kind: type, folder: Path, suffixes: Sequence[str] = WRITTEN) -> Iterator[dict[str, object]]:
    """Seconds, bytes and peak memory of each file, beside one TIFF."""
    size = round((megapixels * 1e6 / 1.5) ** 0.5), round((megapixels * 1e6 * 1.5) ** 0.5)
    rng = np.random.default_rng(0)
    small = cleanplate.read_image(EXAMPLES / "plate.jpg").pixels
    step = np.iinfo(kind).max // 255  # noise in every bit, or files of 16 bits would hold those of 8 twice over
    noise = rng.integers(-3 * step, 3 * step + 1, (*size, 3), np.int32)
    plate = np.clip(resize(small, size).astype(np.int32) * step + noise, 0, 255 * step).astype(kind)
    del noise
    compositor = cleanplate.Compositor()
    found = compositor.clean(compositor.cutout(EXAMPLES / "portrait.png"))
    scale = size[0] * 0.9 / found.size[0]
    larger = round(found.size[0] * scale), round(found.size[1] * scale)
    person = Cutout(Image(resize(found.image.pixels, larger)), np.clip(resize(found.alpha, larger), 0, 1), clean=True)
    before = resident()
    result, seconds, peak = watched(lambda: compositor.compose(person, Plate(Image(plate)), layers=True))
    yield {"file": "(composed, layers)", "seconds": seconds, "bytes a pixel": (peak - before) / (size[0] * size[1])}
    usual = 0.0
    for suffix in suffixes:
        path = folder / f"large.{suffix}"
        _, seconds, peak = watched(lambda to=path: result.save(to, overwrite=True))
        usual = usual or seconds
        yield {
            "file": suffix, "seconds": seconds, "times one TIFF": seconds / usual, "MB": path.stat().st_size / 1e6,
            "bytes a pixel": (peak - before) / (size[0] * size[1]),
        }  # fmt: skip


def watched(job: Callable[[], Composite | None]) -> tuple[Composite, float, int]:
    """What a job gives, its seconds, and the most memory that the process held meanwhile."""
    peak, done = [resident()], threading.Event()

    def look() -> None:
        while not done.wait(0.005):
            peak[0] = max(peak[0], resident())

    watcher = threading.Thread(target=look)
    watcher.start()
    begin = time.perf_counter()
    answer = job()
    seconds = time.perf_counter() - begin
    done.set()
    watcher.join()
    return answer, seconds, peak[0]  # type: ignore[return-value]


def resident() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS"))


# ---- the table --------------------------------------------------------------------------------------------------------------


def table(rows: list[dict[str, object]]) -> str:
    """Rows as Markdown."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = io.StringIO()
    print("|", *names, sep=" | ", end=" |\n", file=lines)
    print("|", *["---"] * len(names), sep="|", end="|\n", file=lines)
    for row in rows:
        cells = [row.get(name, "") for name in names]
        print("|", *[f"{each:.2f}" if isinstance(each, float) else each for each in cells], sep=" | ", end=" |\n", file=lines)
    return lines.getvalue().replace("| | ", "| ").replace("||", "|")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--megapixels", type=float, default=24)
    parser.add_argument("--json", metavar="FILE", help="the rows as JSON too")
    asked = parser.parse_args()
    rows: dict[str, list[dict[str, object]]] = {"differences": [], "costs": []}
    with tempfile.TemporaryDirectory() as name:
        for kind in (np.uint8, np.uint16):
            for what, result in composites(kind):
                if result.layers is not None:
                    rows["differences"] += [{"composite": what, **row} for row in differences(result.layers, Path(name))]
            rows["costs"] += [{"bits": 8 * np.dtype(kind).itemsize, **row} for row in costs(asked.megapixels, kind, Path(name))]
    print(table(rows["differences"]), table(rows["costs"]), sep="\n")
    if asked.json:
        Path(asked.json).write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
