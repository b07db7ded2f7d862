"""Spoiled files at the door: every one is read, or refused in one sentence; nothing crashes, hangs or is left behind.

    python -m benchmarks.fuzz [count, 50000] [seed, 0]      # exits 1 on any fault
    python -m benchmarks.fuzz COUNT SEED apart              # those decoded in a process of their own: tenths of a second each
    python -m benchmarks.fuzz COUNT SEED forked             # the same, a copy of this process each in that one's stead: quick

Pictures in every format that is read, and a small film, are spoiled by flipped, overwritten, cut, doubled and moved bytes. Case
number n of a seed is the same bytes every time. Cases run in child processes, ``CHUNK`` at a time, so that one that kills its
process is found: it is the case after the last one that was told. A decoder that dies in a process of its own is a refusal.
"""

import contextlib
import importlib
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from PIL import Image as pillow

import cleanplate
from cleanplate.files import apart as decoders
from cleanplate.files import foreign as door

CHUNK = 500  # cases of one child process
PATIENCE = 20.0  # seconds after which a case counts as hung
SIDE = 24  # pixels: small files have more structure for each byte
FORMATS = {"PNG": {}, "JPEG": {}, "WEBP": {}, "TIFF": {"compression": "tiff_lzw"}, "AVIF": {}, "GIF": {}, "BMP": {}}


def foreign() -> list[tuple[str, bytes]]:
    """HEIC, JPEG XL, EXR, Radiance, float TIFF, DNG and PSD."""
    import cv2
    import tifffile

    sys.path.append(str(Path(__file__).parents[1] / "tests"))
    from foreign_files import dng, exr, psd

    rng = np.random.default_rng(0)
    floats = rng.random((2 * SIDE, 2 * SIDE, 3)).astype(np.float32)
    eight, heic, tiff = (floats * 255).round().astype(np.uint8), io.BytesIO(), io.BytesIO()
    cleanplate.write_image(cleanplate.Image(eight), heic, format="heic")
    tifffile.imwrite(tiff, floats, photometric="rgb", compression="lzw")
    with tempfile.TemporaryDirectory() as folder:
        made = exr(Path(folder) / "a.exr", {"RGB": floats})
    radiance = cv2.imencode(".hdr", floats)[1].tobytes()
    found = (".heic", heic.getvalue()), (".exr", made), (".hdr", radiance), (".tif", tiff.getvalue()), (".dng", dng(floats))
    for deep in (eight, eight.astype(np.uint16) * 257, floats):  # by another binding of its library
        found = *found, (".jxl", importlib.import_module("imagecodecs").jpegxl_encode(deep, lossless=deep is not eight))
    return [*found, (".psd", psd(eight)), (".psb", psd(eight.astype(np.uint16), large=True))]


def originals() -> list[tuple[str, bytes]]:
    """(suffix, content) of whole files; the film only where PyAV is installed."""
    rng, found = np.random.default_rng(0), []
    for mode in ("RGB", "RGBA", "L"):
        picture = pillow.fromarray(rng.integers(0, 256, (SIDE, SIDE, 4), np.uint8)).convert(mode)
        for name, options in FORMATS.items():
            stream = io.BytesIO()
            (picture.convert("RGB") if name == "JPEG" else picture).save(stream, name, **options)
            found.append((f".{name.lower()}", stream.getvalue()))
    try:
        import av
    except ModuleNotFoundError:
        return found
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as container:
        made = container.add_stream("libx264", rate=10)
        made.width = made.height = 2 * SIDE
        made.pix_fmt = "yuv420p"
        for _ in range(4):
            frame = av.VideoFrame.from_ndarray(rng.integers(0, 256, (2 * SIDE, 2 * SIDE, 3), np.uint8), "rgb24")
            container.mux(made.encode(frame))
        container.mux(made.encode())
    return [*found, (".mp4", stream.getvalue())]


def spoiled(rng: np.random.Generator, content: bytes) -> bytes:
    """One to eight mutations; half of them in the head, where the structure is."""
    data = bytearray(content)
    for _ in range(int(rng.integers(1, 9))):
        if not data:
            break
        at = int(rng.integers(min(len(data), 128) if rng.random() < 0.5 else len(data)))
        length, kind = int(rng.integers(1, 17)), int(rng.integers(6))
        if kind == 0:
            data[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            data[at : at + length] = rng.bytes(len(data[at : at + length]))
        elif kind == 2:
            del data[at : at + length]
        elif kind == 3:
            data[at:at] = data[at : at + length]
        elif kind == 4:
            number, order = int(rng.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, len(data)])), "big" if rng.random() < 0.5 else "little"
            data[at : at + 4] = number.to_bytes(4, order)  # type: ignore[arg-type]
        else:
            del data[at:]
    return bytes(data)


def case(files: list[tuple[str, bytes]], seed: int, number: int) -> tuple[str, bytes]:
    """Suffix and content of a case."""
    rng = np.random.default_rng((seed, number))
    suffix, content = files[int(rng.integers(len(files)))]
    return suffix, spoiled(rng, content)


def fault(suffix: str, content: bytes, folder: Path) -> str:
    """What is wrong with how a file was met; empty for nothing."""
    path = folder / f"case{suffix}"
    path.write_bytes(content)
    start = time.monotonic()
    try:
        if suffix == ".mp4":
            for _ in cleanplate.open_video(path):
                pass
        else:
            cleanplate.read_image(path)
    except cleanplate.CleanplateError as refused:
        if len(str(refused).splitlines()) != 1:
            return f"refused in {len(str(refused).splitlines())} lines"
    except Exception as error:  # noqa: BLE001  what is looked for
        return f"{type(error).__name__}: {error}"
    finally:
        path.unlink()
    left = [each.name for each in folder.iterdir()]
    took = time.monotonic() - start
    return f"left {left}" if left else f"took {took:.0f} s" if took > PATIENCE else ""


LIBRARIES = "numpy", "pillow_heif", "pylibjxl", "rawpy", "OpenEXR", "cv2", "tifffile", "imagecodecs"
ROOM = 3 << 30  # bytes of addresses that this process and its libraries take more than a fresh one


@contextlib.contextmanager
def forked(kind: str, pixel_limit: int) -> Iterator[SimpleNamespace]:
    """In the stead of ``foreign.child``: the same script in a copy of this process, which has imported all libraries already."""
    (source, given), (answer, target) = os.pipe(), os.pipe()
    number = os.fork()
    if number == 0:
        os.dup2(source, 0)
        os.dup2(target, 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.closerange(3, 256)
        sys.stdin = open(0)  # noqa: SIM115
        signal.alarm(int(PATIENCE) + 1)  # a library's lock that another thread held when this process was copied
        decoders.BASE = decoders.BASE + ROOM
        decoders.main(kind, str(pixel_limit), str(1 << 16), str(int(PATIENCE)))
        os._exit(1)
    os.close(source)
    os.close(target)
    into, out = open(given, "wb"), open(answer, "rb")  # noqa: SIM115 - closing the first may fail
    try:
        yield SimpleNamespace(stdin=into, stdout=out)
    finally:
        with contextlib.suppress(OSError):
            os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)
        out.close()
        with contextlib.suppress(OSError):
            into.close()


def make_quick() -> None:
    """Decode in copies of this process from now on."""
    for name in LIBRARIES:
        importlib.import_module(name)
    door.child = forked  # type: ignore[assignment]


def run_chunk(seed: int, first: int, last: int, apart: bool = False, quick: bool = False) -> None:
    """In a child process: tell each case, then what was wrong with it."""
    if quick:
        make_quick()
    files = foreign() if apart else originals()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, last):
            print(number, fault(*case(files, seed, number), Path(folder)), flush=True)


def faults(seed: int, count: int, how: str = "") -> list[str]:
    """What was wrong, a line each.

    Args:
        how: ``apart`` or ``forked``; see above.
    """
    found, size, begin = [], CHUNK // 5 if how == "apart" else CHUNK, time.monotonic()
    for first in range(0, count, size):
        last, at = min(first + size, count), first
        while at < last:
            command = [sys.executable, "-m", "benchmarks.fuzz", "chunk", str(seed), str(at), str(last), *[how] * bool(how)]
            try:
                child = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE * 30, check=False)
                told, why = child.stdout.splitlines(), f"exit {child.returncode}"
            except subprocess.TimeoutExpired as late:
                told, why = (late.stdout or b"").decode().splitlines(), "hung"
            found += [f"case {line}" for line in told if " " in line.strip()]
            at += len(told)
            if at < last:  # it did not get to its end
                found.append(f"case {at}: {why}")
                at += 1
        print(f"{last} of {count}, {len(found)} faults, {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    return found


def main() -> None:
    if sys.argv[1:2] == ["chunk"]:
        run_chunk(*map(int, sys.argv[2:5]), apart=len(sys.argv) > 5, quick=sys.argv[5:] == ["forked"])
        return
    how = sys.argv[3] if sys.argv[3:] in (["apart"], ["forked"]) else ""
    count, seed = (int(given) for given in (*sys.argv[1:3], *("50000", "0")[len(sys.argv) - 1 :]))
    found = faults(seed, count, how)
    print("\n".join([*found, f"{count} spoiled files, {len(found)} faults"]))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
