"""Formats whose libraries cannot bound themselves, decoded apart (``apart``): in a child process with bounds on memory and time."""

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from PIL import Image as pillow

from cleanplate.errors import MemoryShort, MissingExtra, PhotoError, is_memory_short, why
from cleanplate.files import tags
from cleanplate.files.formats import LONGEST_SIDE, boxes, check_pixels, end_of_boxes
from cleanplate.files.samples import Array, Decoded
from cleanplate.pixels import display, icc
from cleanplate.pixels.color import FloatArray, to_float, to_uint16, upper_byte
from cleanplate.values import Floats

SCRIPT = Path(__file__).with_name("apart.py")
SECONDS = 120  # of processor time, and on the clock four times that: a raw file of 100 megapixels takes 20
FEW_THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "4", "MALLOC_ARENA_MAX": "2"}  # each takes of the bounded memory
DIRECTORY = 1 << 20  # bytes at the start of a raw file in which its first directory and what that points to lie
LIBRARIES = {  # the package to install, and the extra that has it
    "pillow_heif": ("pillow-heif", "heif"), "pylibjxl": ("pylibjxl", "heif"), "rawpy": ("rawpy", "raw"),
    "OpenEXR": ("OpenEXR", "exr"), "tifffile": ("tifffile", "pro"), "imagecodecs": ("imagecodecs", "pro"),
}  # fmt: skip
INKS = {1: 1, 3: 3, 4: 4}  # channels by a PSD's mode: grey, RGB, CMYK
KINDS = {
    "HEIF": "heif", "JPEG XL": "jxl", "camera raw": "raw", "OpenEXR": "exr", "Radiance": "radiance", "PSD": "psd",
    "deep TIFF": "tiff",
}  # fmt: skip


def decode(file: BinaryIO, kind: str, name: str, pixel_limit: int) -> Decoded:
    """A file's picture.

    Args:
        kind: a key of ``KINDS``.

    Raises:
        PhotoError: too large, damaged, or of a kind that is not read.
        MissingExtra: the library is not installed.
        MemoryShort: its bound on memory was met.
    """
    check_head(file, kind, name)
    with child(KINDS[kind], pixel_limit) as process:
        answer = cast(BinaryIO, process.stdout)
        send(file, cast(BinaryIO, process.stdin))
        line = answer.readline(1 << 17)
        said: dict[str, Any] = json.loads(line) if line.endswith(b"}\n") else {"fault": "", "reason": "ended"}
        if "fault" in said:
            raise refusal(said, kind, name, pixel_limit)
        blocks = [answer.read(length) for length in said["blocks"]]
        samples = np.empty(said["shape"], said["type"])
        filled = fill(samples, answer)
    if filled < samples.nbytes:
        raise refusal({"fault": "", "reason": "ended"}, kind, name, pixel_limit)
    if kind == "camera raw":
        blocks[1] = directory(file)
    return taken(samples, said, blocks, name)


def directory(file: BinaryIO) -> bytes:
    """The start of a raw file that is a TIFF, as EXIF, which it is too: LibRaw does not tell who made it. Empty for others."""
    file.seek(0)
    head = file.read(DIRECTORY)
    return b"Exif\0\0" + head if head[:4] in (b"II*\0", b"MM\0*") else b""


def check_head(file: BinaryIO, kind: str, name: str) -> None:
    """Refuse what can be told without a child, which takes tenths of a second.

    Raises:
        PhotoError: an ISO media file that ends early or describes no picture; a PSD of another kind.
    """
    file.seek(0)
    head = file.read(26)
    if kind == "HEIF" and end_of_boxes(file) > file.seek(0, os.SEEK_END):
        raise refusal({"fault": "", "reason": "truncated"}, kind, name, 0)
    if kind == "HEIF" and b"meta" not in boxes(file):
        raise PhotoError(f"{name} is damaged (it describes no picture): fetch it again.", "broken")
    version, bands, depth, mode = (int.from_bytes(head[at : at + 2], "big") for at in (4, 12, 22, 24))
    if kind == "PSD" and (version not in (1, 2) or depth not in (8, 16) or bands < INKS.get(mode, bands + 1)):
        found = f"is a PSD of mode {mode} and {depth} bits, and grey, RGB or CMYK of 8 or 16 bits is needed"
        raise PhotoError(f"{name} {found}: save it again as one.", "format")


def keeps_deep_tiff(picture: pillow.Image) -> bool:
    """Whether a TIFF of color in 16 bits, of which Pillow gives 8, is read whole here."""
    tags_of = getattr(picture, "tag_v2", {})
    bits, kind = tags_of.get(258, (8,)), tags_of.get(262)
    deep = len(bits) >= 3 and all(each == 16 for each in bits) and kind == 2
    return deep and all(importlib.util.find_spec(each) is not None for each in ("tifffile", "imagecodecs"))


def fill(samples: Array, pipe: BinaryIO) -> int:
    """Read samples from a pipe; how many bytes came."""
    room, at = samples.reshape(-1).view(np.uint8).data, 0
    while at < len(room) and (count := pipe.readinto(room[at:])):  # type: ignore[attr-defined]
        at += count
    return at


@contextlib.contextmanager
def child(kind: str, pixel_limit: int) -> Iterator["subprocess.Popen[bytes]"]:
    """The process that decodes; gone when the block ends, and when it takes too long."""
    command = [sys.executable, "-P", str(SCRIPT), kind, str(pixel_limit), str(LONGEST_SIDE), str(SECONDS)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=os.environ | FEW_THREADS, **pipes) as process:  # noqa: S603 - no word is a file's
        timer = threading.Timer(4 * SECONDS, process.kill)
        timer.start()
        try:
            yield process
        finally:
            timer.cancel()
            process.kill()
            with contextlib.suppress(OSError):  # what was not sent
                process.stdin.close()  # type: ignore[union-attr]


def send(file: BinaryIO, pipe: BinaryIO) -> None:
    """All of a file into a pipe, whose reader may have died."""
    file.seek(0)
    with contextlib.suppress(BrokenPipeError):
        while part := file.read(1 << 20):
            pipe.write(part)
        pipe.close()


def refusal(said: dict[str, Any], kind: str, name: str, pixel_limit: int) -> Exception:
    """What the child found, as an error of this package."""
    words, reason = said["fault"], said["reason"]
    if reason == "missing" and words in LIBRARIES:
        package, extra = LIBRARIES[words]
        return MissingExtra(package, extra, f"{name} holds {kind} data")
    if reason == "memory" or is_memory_short(RuntimeError(words)):
        return MemoryShort()
    if reason == "too-large":
        width, height = (int(side) for side in words.split("x"))
        try:
            check_pixels((width, height), name, pixel_limit)
        except PhotoError as error:
            return error
    if reason == "ended":
        return PhotoError(f"{name} ends its decoder, or takes it too long: save it again as PNG or TIFF.", "broken")
    if reason == "truncated" or "truncat" in words.lower() or "end of" in words.lower():
        return PhotoError(f"{name} is cut off before its end: fetch it again.", "truncated")
    if reason in ("format", "broken"):
        return PhotoError(f"{name} {why(Exception(words))}: save it again as TIFF or PNG.", reason)
    found = f"{name} is damaged or of a kind that cannot be read ({why(Exception(words))})"
    return PhotoError(f"{found}: save it again as PNG or JPEG.", "broken")


# ---- samples as they came -> a picture ------------------------------------------------------------------------------


def taken(samples: Array, said: dict[str, Any], blocks: list[bytes], name: str) -> Decoded:
    """What the child sent as a decoded picture."""
    profile, *more = blocks
    told = tags.from_blocks(*more)
    samples = samples[..., None] if samples.ndim == 2 else samples
    if said.get("ink"):
        inverted = np.ascontiguousarray(np.iinfo(samples.dtype).max - samples[..., :4])
        return Decoded(pillow.fromarray(upper_byte(inverted), "CMYK"), None, profile or None, 1, tags=told)
    color, alpha = parted(samples, plain=bool(said.get("plain")))
    color, held, warnings = straight(color, alpha, said, name)
    if beside := said.get("beside"):
        warnings.append(f"{name} holds {' and '.join(beside)} beside its picture, which the composite does not have.")
    if not profile and (space := said.get("space")):
        profile = icc.profile(space)
    color = np.ascontiguousarray(color[..., 0] if color.shape[2] == 1 else color)
    return Decoded(color, alpha, profile or None, said.get("orientation", 1), tuple(warnings), told, held)


def parted(samples: Array, *, plain: bool) -> tuple[Array, FloatArray | None]:
    """Color of one or three channels, and the alpha that the last of two or four is unless that is plain color too."""
    color, alpha = samples, None
    if samples.shape[2] in (2, 4) and not plain:
        color, alpha = samples[..., :-1], as_alpha(samples[..., -1])
    return color[..., :3] if color.shape[2] > 2 else color[..., :1], alpha


def straight(
    color: Array, alpha: FloatArray | None, said: dict[str, Any], name: str
) -> tuple[Array, Floats | None, list[str]]:
    """Color without its alpha; of floats in integers, those floats too, and what was done to them in sentences."""
    if said.get("linear") or said.get("bounded"):
        held, color, sentences = displayed(color, alpha if said.get("premultiplied") else None, said, name)
        return color, replace(held, values=np.dstack([held.values] * 3)) if color.shape[2] == 1 else held, sentences
    if alpha is not None and said.get("premultiplied"):
        color = to_uint16(divided(to_float(color), alpha))
    elif alpha is not None and said.get("white"):
        color = to_uint16(np.clip(1 - divided(1 - to_float(color), alpha), 0, 1))
    return color, None, []


def as_alpha(plane: Array) -> FloatArray:
    if plane.dtype.kind == "f":
        return np.ascontiguousarray(np.clip(np.nan_to_num(plane), 0, 1), np.float32)
    return to_float(plane)


def divided(color: FloatArray, alpha: FloatArray) -> FloatArray:
    """Straight color of premultiplied one; black where nothing is seen."""
    return np.asarray(color / np.where(alpha > 0, alpha, 1)[..., None], np.float32)


def displayed(color: Array, alpha: FloatArray | None, said: dict[str, Any], name: str) -> tuple[Floats, Array, list[str]]:
    """Floats as the file has them and as 16 bits, and what was done to them in a sentence; linear light as a display shows it."""
    values = np.asarray(color, np.float32)
    values = values if alpha is None else divided(values, alpha)
    held = Floats(values, bool(said.get("linear")), bool(said.get("half")), tuple(said.get("chromaticities", ())) or None)
    finite = display.finite(values)
    seen = display.shown(finite, held.primaries) if held.linear else finite
    clipped = float(np.mean((seen.max(-1) > 1 + 1e-4) | (seen.min(-1) < -1e-3)))
    lost = f"; {clipped:.2%} of its pixels lie outside that, which only a file of floats keeps" if clipped else ""
    if held.linear:
        return held, to_uint16(seen), [f"{name} is linear light: it was brought to the display by sRGB's curve, white at 1{lost}."]
    return held, to_uint16(seen), [f"{name} holds floats, of which 0 to 1 was taken{lost}."] if clipped else []
