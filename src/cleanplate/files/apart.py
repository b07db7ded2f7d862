"""A script of its own: one file from stdin decoded by a library that cannot bound itself, in a process that can be bounded.

    python -P apart.py KIND PIXEL_LIMIT LONGEST_SIDE CPU_SECONDS < FILE > ANSWER

The answer is a line of JSON, what the file says of its picture or the fault, and behind it, of a picture, its profile, EXIF, XMP,
IPTC and samples. It imports nothing of this package. Memory is bounded to what a picture of its size may need, once that is told.
"""

import contextlib
import io
import json
import os
import runpy
import sys
from pathlib import Path
from typing import Any, NoReturn

BASE = 1 << 30  # bytes of addresses for the interpreter and libraries
FOR_A_PIXEL = 48  # and for each pixel: float32 in four channels, as the decoder has it and as it is sent, and a copy
HEAD = 1 << 16  # bytes at most of the line of JSON


class Refused(Exception):
    """What is wrong, and the reason as ``errors.PhotoError`` has it."""

    def __init__(self, words: str, reason: str) -> None:
        super().__init__(words)
        self.reason = reason


class Bounds:
    """How large a picture may be."""

    def __init__(self, pixels: int, side: int) -> None:
        self.pixels, self.side = pixels, side

    def check(self, width: int, height: int) -> None:
        """Raise Refused for a picture that is too large; give one that is not the memory that it needs."""
        if width < 1 or height < 1:
            raise Refused("has no pixels", "broken")
        if width * height > self.pixels or max(width, height) > self.side:
            raise Refused(f"{width}x{height}", "too-large")
        bound("RLIMIT_AS", BASE + FOR_A_PIXEL * width * height)

    def refuse(self, words: str, reason: str) -> NoReturn:
        """Raise Refused."""
        raise Refused(words, reason)


def bound(name: str, amount: int) -> None:
    """Bound this process as far as the system can, never beyond what it is bounded to already."""
    try:
        import resource
    except ImportError:  # Windows
        return
    kind = getattr(resource, name)
    most = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (amount if most == resource.RLIM_INFINITY else min(amount, most), most))


# ---- the decoders: bytes -> samples and what else there is ----------------------------------------------------------


def heif(data: bytes, bounds: Bounds) -> tuple[Any, dict[str, Any]]:
    """HEIC and HEIF: upright already, 10 and 12 bits as 16."""
    import numpy as np
    import pillow_heif

    file = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    picture = file[file.primary_index]
    bounds.check(*picture.size)
    info: dict[str, Any] = picture.info
    color: dict[str, Any] = info.get("nclx_profile") or {}
    if color.get("transfer_characteristics") in (16, 18):
        raise Refused("is HDR (PQ or HLG)", "format")
    samples = np.asarray(picture)
    beside = []
    if any("hdrgainmap" in str(name).lower() or "ts:21496" in str(name) for name in info.get("aux") or {}):
        beside.append("a gain map (HDR)")
    if info.get("depth_images"):
        beside.append("a depth map")
    return samples, {
        "profile": info.get("icc_profile") or b"", "exif": info.get("exif") or b"", "xmp": info.get("xmp") or b"", "beside": beside,
        "space": "display-p3" if color.get("color_primaries") == 12 else None, "premultiplied": bool(picture.premultiplied_alpha),
    }  # fmt: skip


def jxl(data: bytes, bounds: Bounds) -> tuple[Any, dict[str, Any]]:
    """JPEG XL: upright; more than 8 bits by imagecodecs, which knows no profiles, where that is installed."""
    import pylibjxl

    told = pylibjxl.probe(data)
    bounds.check(told["width"], told["height"])
    samples, blocks = pylibjxl.decode(data, metadata=True)
    if told["bits_per_sample"] > 8:
        with contextlib.suppress(ImportError):
            import imagecodecs

            deep = imagecodecs.jpegxl_decode(data)
            samples = deep if deep.shape == samples.shape else samples
    known = {name: blocks.get(given, b"") for name, given in (("profile", "icc"), ("exif", "exif"), ("xmp", "xmp"))}
    return samples, {**known, "bounded": samples.dtype.kind == "f"}


def raw(data: bytes, bounds: Bounds) -> tuple[Any, dict[str, Any]]:
    """A camera's raw file: its own white balance, 16 bits, upright, in Display P3 with the curve of sRGB."""
    import rawpy

    with rawpy.imread(io.BytesIO(data)) as file:
        sizes = file.sizes
        bounds.check(sizes.raw_width, sizes.raw_height)
        samples = file.postprocess(
            use_camera_wb=True, output_bps=16, output_color=rawpy.ColorSpace.P3D65, gamma=(2.4, 12.92), auto_bright_thr=0.001
        )
    return samples, {"space": "display-p3"}


def exr(data: bytes, bounds: Bounds) -> tuple[Any, dict[str, Any]]:
    """OpenEXR: the first part's R, G, B and A, or Y, linear and premultiplied."""
    import tempfile

    import numpy as np
    import OpenEXR

    with tempfile.NamedTemporaryFile(suffix=".exr") as file:  # its reader takes names only
        file.write(data)
        file.flush()
        with OpenEXR.File(file.name, header_only=True) as head:
            header = dict(head.header())  # which closing empties
            box = header["dataWindow"]
            bounds.check(int(box[1][0] - box[0][0] + 1), int(box[1][1] - box[0][1] + 1))
        with OpenEXR.File(file.name, separate_channels=True) as opened:
            stored = {name: each.pixels for name, each in opened.parts[0].channels.items()}
    wanted = [name for name in "RGBA" if name in stored] if {"R", "G", "B"} <= set(stored) else ["Y"]
    if any(name not in stored for name in wanted):
        raise Refused(f"has the channels {', '.join(sorted(stored)[:6])}, and R, G, B or Y are needed", "format")
    white = header.get("chromaticities")
    told = {"chromaticities": [float(each) for each in white]} if white is not None else {}
    half = all(stored[name].dtype == np.float16 for name in wanted)
    samples = np.stack([stored[name].astype(np.float32, copy=False) for name in wanted], -1)
    return samples, {"linear": True, "premultiplied": True, "half": half, **told}


def radiance(data: bytes, bounds: Bounds) -> tuple[Any, dict[str, Any]]:
    """Radiance HDR (RGBE), linear."""
    import re

    import cv2
    import numpy as np

    found = re.search(rb"\n-Y (\d{1,7}) \+X (\d{1,7})\n", data[:8192])
    if found is None:
        raise Refused("has a header of another kind than -Y +X", "format")
    bounds.check(int(found[2]), int(found[1]))
    samples = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None or samples.dtype != np.float32:
        raise Refused("does not decode", "broken")
    return samples[..., ::-1], {"linear": True}


def tiff(data: bytes, bounds: Bounds) -> tuple[Any, dict[str, Any]]:
    """What Pillow does not read of TIFF, or only in 8 bits: floats of color, and planes or premultiplied color of 16 bits."""
    import numpy as np
    import tifffile

    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page: Any = file.pages[0]
        bounds.check(page.imagewidth, page.imagelength)
        samples, tags = page.asarray(), page.tags
        if page.planarconfig == 2 and samples.ndim == 3:
            samples = np.moveaxis(samples, 0, -1)
        if page.photometric not in (1, 2) or samples.ndim not in (2, 3):
            raise Refused(f"is a TIFF of the kind {page.photometric!s}", "format")
        if samples.dtype.kind not in "fu" or (samples.dtype.kind == "u" and samples.dtype.itemsize > 2):
            raise Refused(f"is a TIFF of {samples.dtype}", "format")
        turned = tags[274].value if 274 in tags else 1
        return samples, {
            "profile": bytes(page.iccprofile or b""), "xmp": bytes(tags[700].value) if 700 in tags else b"",
            "premultiplied": 1 in page.extrasamples, "orientation": int(turned), "bounded": samples.dtype.kind == "f",
            "plain": samples.ndim == 3 and samples.shape[2] > 3 and not {1, 2} & set(page.extrasamples),
        }  # fmt: skip


def psd(data: bytes, bounds: Bounds) -> tuple[Any, dict[str, Any]]:
    """PSD and PSB, by the script beside this one."""
    return runpy.run_path(str(Path(__file__).with_name("flattened.py")))["psd"](data, bounds)  # type: ignore[no-any-return]


DECODERS = {"heif": heif, "jxl": jxl, "raw": raw, "exr": exr, "radiance": radiance, "tiff": tiff, "psd": psd}


def main(kind: str, pixels: str, side: str, seconds: str) -> int:
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    data = sys.stdin.buffer.read()
    bound("RLIMIT_CPU", int(seconds))
    bound("RLIMIT_AS", BASE + 2 * len(data) + (1 << 28))
    try:
        samples, said = DECODERS[kind](data, Bounds(int(pixels), int(side)))
        blocks = [bytes(said.pop(name, b"")) for name in ("profile", "exif", "xmp", "iptc")]
        said |= {"shape": samples.shape, "type": samples.dtype.newbyteorder("=").str, "blocks": [len(each) for each in blocks]}
    except ImportError as error:
        blocks, samples, said = [], None, {"fault": str(error.name), "reason": "missing"}
    except MemoryError:
        blocks, samples, said = [], None, {"fault": "memory", "reason": "memory"}
    except Refused as error:
        blocks, samples, said = [], None, {"fault": str(error), "reason": error.reason}
    except Exception as error:  # noqa: BLE001 - as many classes as there are libraries
        blocks, samples, said = [], None, {"fault": f"{type(error).__name__}: {error}"[:500], "reason": ""}
    out.write(json.dumps(said).encode()[:HEAD] + b"\n" + b"".join(blocks))
    if samples is not None:
        for top in range(0, len(samples), rows := max(1, (1 << 22) // max(1, samples[:1].nbytes))):
            out.write(samples[top : top + rows].astype(samples.dtype.newbyteorder("="), copy=False).tobytes())
    out.flush()
    os._exit(0)  # libraries' own threads may be at work


if __name__ == "__main__":
    main(*sys.argv[1:5])
