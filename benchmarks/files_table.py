"""Formats x depth x profile, out and in: the color error against an independent reference, and what files say of themselves.

    python -m benchmarks.files_table        # prints the tables of docs/files.md

Drawn colors, known in CIE Lab by colour-science (its own primaries and curves, none of this package's profiles), are written by the
package and read by other people's readers, and the other way round. Needs the extras heif, raw, exr, pro, bench and dev, and
exiftool for the last table.
"""

import io
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import colour
import imagecodecs
import numpy as np
import pillow_heif
import tifffile
from PIL import Image as pillow

import cleanplate
from cleanplate.files import photos
from cleanplate.handoff import layered
from cleanplate.handoff.layered import write_layers
from cleanplate.pixels import icc, profiles
from cleanplate.pixels.color import as_float, to_float
from cleanplate.values import Cutout, Floats, Image

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from foreign_files import dng, exr, psd
from labeled_files import everything

REFERENCE = {"srgb": "sRGB", "display-p3": "Display P3", "adobe-rgb": "Adobe RGB (1998)", "prophoto": "ProPhoto RGB"}
D50 = (0.34570, 0.35850)
SIDE = 192  # pixels


def picture() -> np.ndarray:
    """Encoded colors from all over an RGB cube, in smooth ramps: (SIDE, SIDE, 3) from 0 to 1."""
    y, x = np.mgrid[0 : 1 : SIDE * 1j, 0 : 1 : SIDE * 1j]
    return np.stack([x, y, 0.5 + 0.5 * np.sin(5 * x + 3 * y)], -1)


def lab(encoded: np.ndarray, space: str) -> np.ndarray:
    """CIE Lab under D50 of encoded colors by colour-science."""
    given = colour.RGB_COLOURSPACES[REFERENCE[space]]
    xyz = colour.RGB_to_XYZ(encoded.astype(float), given, D50, "Bradford", apply_cctf_decoding=True)
    return colour.XYZ_to_Lab(xyz, D50)


def error(found: np.ndarray, truth: np.ndarray) -> str:
    """Mean and 99.9th percentile of CIEDE2000."""
    difference = colour.delta_E(found, truth, method="CIE 2000")
    return f"{difference.mean():.3f} / {np.percentile(difference, 99.9):.3f}"


def srgb_of(image: Image) -> np.ndarray:
    """What the package says that a picture's colors are: sRGB, unbounded, by littleCMS."""
    return profiles.to_srgb(image.pixels, image.profile)


# ---- out: written by the package, read by others --------------------------------------------------------------------


def by_pillow(data: bytes) -> np.ndarray:
    with pillow.open(io.BytesIO(data)) as opened:
        return np.asarray(opened.convert("RGB"))


def by_opencv(data: bytes) -> np.ndarray:
    import cv2

    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)[..., ::-1]


def by_tifffile(data: bytes) -> np.ndarray:
    return tifffile.imread(io.BytesIO(data))


def by_libjxl(data: bytes) -> np.ndarray:
    import imagecodecs

    return imagecodecs.jpegxl_decode(data)


def by_libheif(data: bytes) -> np.ndarray:
    return np.asarray(pillow_heif.open_heif(io.BytesIO(data)))


OUT: dict[str, tuple[str, int, dict[str, object], Callable[[bytes], np.ndarray]]] = {
    "PNG 8": ("png", 8, {}, by_pillow), "PNG 16": ("png", 16, {}, by_opencv), "TIFF 8": ("tif", 8, {}, by_tifffile),
    "TIFF 16": ("tif", 16, {}, by_tifffile), "TIFF 16, LZW": ("tif", 16, {"compression": "lzw"}, by_tifffile),
    "JPEG 95": ("jpg", 8, {}, by_pillow), "WebP 95": ("webp", 8, {}, by_pillow), "AVIF 95": ("avif", 8, {}, by_pillow),
    "HEIC 95": ("heic", 8, {}, by_libheif), "JPEG XL 95": ("jxl", 8, {}, by_libjxl), "TIFF float": ("tif", 32, {}, by_tifffile),
}  # fmt: skip


def rows_out() -> Iterator[list[str]]:
    """Name, and the error in each space."""
    encoded = picture()
    for name, (suffix, depth, form, read) in OUT.items():
        cells = []
        for space in REFERENCE:
            top = 255 if depth == 8 else 65535
            pixels = (encoded * top).round().astype(np.uint8 if depth == 8 else np.uint16)
            floats = Floats(encoded.astype(np.float32)) if depth == 32 else None
            image, file = Image(pixels, profile=None if space == "srgb" else icc.profile(space), floats=floats), io.BytesIO()
            photos.write_image(image, file, format=suffix, **form)
            found = as_float(np.ascontiguousarray(read(file.getvalue())))
            cells.append(error(lab(found, space), lab(encoded, space)))
        yield [name, *cells]


# ---- in: written by others, read by the package ---------------------------------------------------------------------


def files_in(folder: Path) -> Iterator[tuple[str, bytes, np.ndarray]]:
    """Name, file and truth in Lab."""
    encoded = picture()
    eight, sixteen = (encoded * 255).round().astype(np.uint8), (encoded * 65535).round().astype(np.uint16)
    for space in ("display-p3", "adobe-rgb", "prophoto"):
        own, truth = icc.profile(space), lab(encoded, space)
        file = io.BytesIO()
        pillow.fromarray(eight).save(file, "PNG", icc_profile=own)
        yield f"PNG 8, {space}", file.getvalue(), truth
        for packing in (None, "lzw", "deflate"):
            file = io.BytesIO()
            tifffile.imwrite(file, sixteen, photometric="rgb", compression=packing, iccprofile=own, tile=(64, 64))
            yield f"TIFF 16 {packing or 'plain'}, tiles, {space}", file.getvalue(), truth
        yield f"PSD 16, {space}", psd(sixteen, profile=own), truth
        yield f"PSB 8, {space}", psd(eight, profile=own, large=True), truth
    heic = pillow.fromarray(eight)
    heic.info["icc_profile"] = icc.profile("display-p3")
    file = io.BytesIO()
    pillow_heif.from_pillow(heic).save(file, quality=100, chroma=444)
    yield "HEIC 8, quality 100, display-p3", file.getvalue(), lab(encoded, "display-p3")
    deep = imagecodecs.jpegxl_encode((encoded * 65535).round().astype(np.uint16), lossless=True)
    yield "JPEG XL 16, sRGB", deep, lab(encoded, "srgb")
    file = io.BytesIO()
    tifffile.imwrite(file, encoded.astype(np.float32), photometric="rgb", iccprofile=icc.profile("prophoto"))
    yield "TIFF float, prophoto", file.getvalue(), lab(encoded, "prophoto")
    light = colour.RGB_COLOURSPACES["sRGB"].cctf_decoding(encoded)
    yield "EXR half, linear sRGB", exr(folder / "a.exr", {"RGB": light.astype(np.float16)}), lab(encoded, "srgb")
    yield "EXR float, linear sRGB", exr(folder / "b.exr", {"RGB": light.astype(np.float32)}), lab(encoded, "srgb")
    camera = 0.1 + 0.8 * colour.RGB_COLOURSPACES["Display P3"].cctf_decoding(encoded)
    camera[:8] = 1  # LibRaw takes the brightest for white
    seen = colour.RGB_COLOURSPACES["Display P3"].cctf_encoding(camera)
    yield "DNG 16, a camera of Display P3's colors", dng(camera), lab(seen, "display-p3")


def rows_in() -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        for name, data, truth in files_in(Path(folder)):
            image = photos.read_image(data, space="keep")
            inner = np.s_[12:-4, 4:-4] if name.startswith("DNG") else np.s_[:, :]
            yield [name, str(image.pixels.itemsize * 8), error(lab(srgb_of(image)[inner], "srgb"), truth[inner])]


# ---- a person brought into a plate's profile ------------------------------------------------------------------------


def rows_person() -> Iterator[list[str]]:
    """Plate, and the error of the person's colors in it, of which nothing is asked but to be there."""
    alpha = np.zeros((SIDE, SIDE), np.float32)
    alpha[:, SIDE // 4 : -SIDE // 4] = 1
    encoded, settings = picture(), cleanplate.Settings(harmonize=False, shadow=0)
    for own in ("srgb", "display-p3"):
        pixels = (encoded * 65535).round().astype(np.uint16)
        person = Cutout(Image(pixels, profile=None if own == "srgb" else icc.profile(own)), alpha, clean=True, bled=True)
        for space in ("display-p3", "adobe-rgb", "prophoto"):
            for kind in (np.uint8, np.uint16):
                plate = Image(np.full((SIDE, SIDE, 3), np.iinfo(kind).max // 2, kind), profile=icc.profile(space))
                made = cleanplate.compose(person, plate, placement=cleanplate.Placement(fit="keep"), settings=settings).image
                found, truth = lab(to_float(made.pixels), space)[alpha == 1], lab(encoded, own)[alpha == 1]
                fits = inside(encoded, own, space)[alpha == 1]
                yield [own, f"{space}, {np.dtype(kind).itemsize * 8} bits", f"{fits.mean():.0%}", error(found[fits], truth[fits])]


def inside(encoded: np.ndarray, own: str, space: str) -> np.ndarray:
    """Where a space can show the colors of another."""
    first, second = (colour.RGB_COLOURSPACES[REFERENCE[name]] for name in (own, space))
    light = colour.XYZ_to_RGB(
        colour.RGB_to_XYZ(encoded, first, D50, "Bradford", apply_cctf_decoding=True), second, D50, "Bradford"
    )
    return ((light >= 0) & (light <= 1)).all(-1)


def rows_light() -> Iterator[list[str]]:
    """A person in a plate of linear light: their colors there by colour-science, and how many of the plate's samples changed."""
    encoded, settings = picture(), cleanplate.Settings(harmonize=False, shadow=0)
    alpha = np.zeros((SIDE, SIDE), np.float32)
    alpha[:, SIDE // 4 : -SIDE // 4] = 1
    person = Cutout(Image((encoded * 65535).round().astype(np.uint16)), alpha, clean=True, bled=True)
    for name, white in (("sRGB", None), ("ACEScg", (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767))):
        for kind in (np.float16, np.float32):
            light = (encoded * 4 - 0.1).astype(kind)
            told = {} if white is None else {"chromaticities": white}
            with tempfile.TemporaryDirectory() as folder:
                data = exr(Path(folder) / "a.exr", {"RGB": light}, **told)
            made = cleanplate.compose(person, data, placement=cleanplate.Placement(fit="keep"), settings=settings).image.floats
            given, own = colour.RGB_COLOURSPACES[name], colour.RGB_COLOURSPACES["sRGB"]
            xyz = colour.RGB_to_XYZ(made.values[alpha == 1].astype(float), given, own.whitepoint, "Bradford")
            found = colour.XYZ_to_RGB(xyz, own, own.whitepoint, apply_cctf_encoding=True)
            same = (made.values == light)[alpha == 0].mean()
            yield [f"{name}, {np.dtype(kind).name}", f"{same:.2%}", error(lab(found, "srgb"), lab(encoded[alpha == 1], "srgb"))]


# ---- what files say --------------------------------------------------------------------------------------------------

SOUGHT = {  # ends of exiftool's names
    "author, rights": (":Artist", ":Creator", ":Copyright", ":Rights", ":Credit", ":Owner"),
    "program": (":Software", ":CreatorTool"),
    "kind of picture": (":DigitalSourceType",), "profile": (":ProfileDescription",),
    "exposure": (":ExposureTime", ":Make"), "place": (":GPSLatitude", ":GPSLatitudeRef", ":GPSDateStamp"),
    "serial numbers": (":SerialNumber", ":BodySerialNumber"),
    "maker's notes": ("MakerNoteUnknown", "MakerNoteUnknownText", "MakerNoteUnknownBinary"),
    "thumbnail": (":ThumbnailImage",), "orientation": (":Orientation",),
}  # fmt: skip


def said(data: bytes, suffix: str) -> str:
    """Which of these exiftool finds in a file."""
    if not shutil.which("exiftool"):
        return "exiftool is not installed"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"a.{suffix}")
        path.write_bytes(data)
        command = ["exiftool", "-j", "-a", "-u", "-G1", str(path)]
        told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)[0]
    return ", ".join(name for name, ends in SOUGHT.items() if any(key.endswith(ends) for key in told))


def rows_said() -> Iterator[list[str]]:
    """Format, and what is in its file by each way of ``metadata``; the first row is the plate's own file."""
    plate, person = everything("JPEG"), everything("JPEG", "Phone Co")
    yield ["the plate, JPEG", said(plate, "jpg"), "", ""]
    alpha = np.zeros((24, 32), np.float32)
    alpha[4:, 8:24] = 1
    plain = cleanplate.Settings(blend=False, harmonize=False)
    made = cleanplate.compose(person, plate, alpha=alpha, settings=plain, layers=True)
    for suffix in ("jpg", "png", "tif", "webp", "avif", "heic", "jxl", "psd", "exr"):
        cells = []
        for metadata in ("copyright", "keep", "none"):
            file = io.BytesIO()
            kinds = (made.layers, write_layers), (made.image, photos.write_image)
            written, write = kinds[not layered.is_layered(file, suffix)]
            write(written, file, format=suffix, labels=made.labels(metadata))
            cells.append(said(file.getvalue(), suffix))
        yield [suffix, *cells]


# ---- tables ----------------------------------------------------------------------------------------------------------


def table(head: list[str], rows: Iterator[list[str]]) -> None:
    print("|", " | ".join(head), "|")
    print("|---" * len(head) + "|")
    for row in rows:
        print("|", " | ".join(row), "|", flush=True)
    print()


def main() -> None:
    print("Out: CIEDE2000, mean / 99.9th percentile\n")
    table(["format", *REFERENCE], rows_out())
    print("In: bits as read, and the same\n")
    table(["file", "bits", "CIEDE2000"], rows_in())
    print("A person of 16 bits in a plate, nothing asked of their colors: of those that the plate's space can show\n")
    table(["person", "plate", "can be shown", "CIEDE2000"], rows_person())
    print("A person of 16 bits in an EXR of linear light: the plate's samples that are as they were, and the person's colors\n")
    table(["plate", "as they were", "CIEDE2000"], rows_light())
    print("What exiftool finds in the file\n")
    table(["file", "copyright", "keep", "none"], rows_said())


if __name__ == "__main__":
    main()
