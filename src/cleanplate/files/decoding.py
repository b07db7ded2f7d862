"""One format's bytes -> samples: recognized by content, depths kept, profiles converted. The inner room of ``photos``.

Only the decoder of that one format is tried, after its header has passed the pixel limit; nothing starts a child
process. Whatever a decoder raises goes up as it is; ``photos`` makes one sentence of it.
"""

import io
import os
import sys
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    ImageCms,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL import Image as pillow

from cleanplate.errors import PhotoError
from cleanplate.pixels.color import FloatArray, srgb_profile, to_float, to_uint8, to_uint16

Color = pillow.Image | npt.NDArray[Any]  # of mode L, RGB, CMYK or LAB; (height, width) or (height, width, 3)
Array = npt.NDArray[Any]  # uint8, uint16 or float32, the same out as in

# Calling a reader's class leaves out Pillow's open(), and with it all other formats and its process-wide pixel limit.
READERS: dict[str, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "GIF": GifImagePlugin.GifImageFile,
}
SIGNATURES = (
    (0, b"\xff\xd8\xff", "JPEG"), (0, b"\x89PNG\r\n\x1a\n", "PNG"), (8, b"WEBP", "WebP"), (0, b"BM", "BMP"),
    (0, b"GIF87a", "GIF"), (0, b"GIF89a", "GIF"), (0, b"II*\0", "TIFF"), (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"), (0, b"MM\0+", "TIFF"),
    (0, b"%!PS", "EPS"), (0, b"\xc5\xd0\xd3\xc6", "EPS"), (0, b"%PDF", "PDF"), (0, b"8BPS", "PSD"),
    (4, b"jP  ", "JPEG 2000"), (0, b"\xff\x4f\xff\x51", "JPEG 2000"), (4, b"JXL ", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"), (0, b"DDS ", "DDS"), (0, b"\0\0\1\0", "ICO"), (0, b"<svg", "SVG"),
    (0, b"SIMPLE  =", "FITS"), (0, b"v/1\1", "OpenEXR"), (0, b"\x1aE\xdf\xa3", "Matroska video"), (0, b"PK\3\4", "ZIP"),
)  # fmt: skip
LONGEST_SIDE = 65_500  # pixels; a JPEG holds no more, and what is longer is a mistake or an attack
ACCEPTED = "JPEG, PNG, WebP, TIFF, AVIF, BMP or GIF"


@dataclass(eq=False)
class Decoded:
    """One picture as its file has it: not yet turned, not yet sRGB.

    Args:
        color: a Pillow picture of mode L, RGB, CMYK or LAB; or (height, width) uint16, or (height, width, 3) uint8 or uint16.
        alpha: (height, width) float32 in [0, 1], or None.
        profile: the embedded ICC profile if there is one.
        orientation: EXIF's number, 1 to 8.
    """

    color: Color
    alpha: FloatArray | None
    profile: bytes | None
    orientation: int


# ---- one format's decoder ------------------------------------------------------------------------------------------


def recognize(head: bytes, name: str) -> str:
    """The key in READERS for a file that begins with these bytes.

    Raises:
        PhotoError: nothing there, or another format, which is named when it can be told.
    """
    if not head:
        raise PhotoError(f"{name} is empty: give a picture file.", "empty")
    found = next((kind for start, mark, kind in SIGNATURES if head.startswith(mark, start)), None)
    if head[4:8] == b"ftyp":
        brands = head[8 : max(12, int.from_bytes(head[:4], "big"))]
        still = b"mif1" in brands or b"msf1" in brands or b"hei" in brands or b"hev" in brands
        found = "AVIF" if b"avif" in brands or b"avis" in brands else "HEIF" if still else "MP4 video"
    if found in READERS:
        return found
    if found is None:
        found = "text" if all(byte in b"\t\n\f\r" or 32 <= byte < 127 for byte in head) else "no known kind of"
    raise PhotoError(f"{name} holds {found} data, not a picture that can be read: give {ACCEPTED}.", "format")


def start(file: BinaryIO, name: str, pixel_limit: int) -> ImageFile.ImageFile:
    """The picture with its header read and its size found to be within the limit, not yet decoded."""
    file.seek(0)
    kind = recognize(file.read(64), name)
    check_length(file, kind)
    file.seek(0)
    picture = READERS[kind](file)
    width, height = picture.size
    if width * height > pixel_limit:
        raise PhotoError(
            f"{name} has {width}x{height} = {width * height / 1e6:.1f} million pixels and the limit is"
            f" {pixel_limit / 1e6:g} million: shrink it or raise the pixel limit.",
            "too-large",
        )
    if max(width, height) > LONGEST_SIDE:
        raise PhotoError(
            f"{name} has {width}x{height} pixels and the limit is {LONGEST_SIDE} on a side: cut it into parts.", "too-large"
        )
    return picture


def check_length(file: BinaryIO, kind: str) -> None:
    """Raise EOFError for a WebP, AVIF or TIFF shorter than it says: their decoders do not tell cut from damaged."""
    size, end = file.seek(0, os.SEEK_END), 0
    file.seek(0)
    head = file.read(8)
    if kind == "WebP":
        end = 8 + int.from_bytes(head[4:], "little")
    elif kind == "TIFF" and head[2:4] in (b"*\0", b"\0*"):
        end = int.from_bytes(head[4:], "little" if head[:1] == b"I" else "big")
    while kind == "AVIF" and len(head) == 8 and int.from_bytes(head[:4], "big") >= 8:  # 0 and 1: last box, long box
        end += int.from_bytes(head[:4], "big")
        file.seek(end)
        head = file.read(8)
    if end > size:
        raise EOFError("truncated")


def decode(file: BinaryIO, name: str, pixel_limit: int) -> Decoded:
    try:
        return decode_all(file, name, pixel_limit)
    except ValueError as error:  # Pillow refuses pictures for the words that they carry, when these are too many
        file.seek(0)
        if "text" not in str(error).lower() or recognize(file.read(64), name) != "PNG":
            raise
        return decode_all(without_text(file), name, pixel_limit)


def without_text(file: BinaryIO) -> BinaryIO:
    """A PNG without its chunks of words, which mean nothing for a composite (ISO/IEC 15948, 11.3.3)."""
    file.seek(0)
    kept = io.BytesIO()
    kept.write(file.read(8))
    while len(head := file.read(8)) == 8:
        length = int.from_bytes(head[:4], "big") + 4  # and the checksum
        if head[4:] in (b"tEXt", b"zTXt", b"iTXt"):
            file.seek(length, os.SEEK_CUR)
        else:
            kept.write(head + file.read(length))
    kept.seek(0)
    return kept


def decode_all(file: BinaryIO, name: str, pixel_limit: int) -> Decoded:
    picture = start(file, name, pixel_limit)
    if picture.format == "JPEG" and picture.mode == "RGB" and (pixels := faultless_jpeg(file, picture.size)) is not None:
        return Decoded(pixels, None, picture.info.get("icc_profile"), read_orientation(picture))
    rawmode = load(picture, file)
    color: Color
    if other_rawmode(picture, rawmode):
        other = start(file, name, pixel_limit)
        load(other, file, other_byte=True)
        color, alpha = joined(picture, other, rawmode)
    elif picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        color, alpha = deep_grey(picture, rawmode, name), None
    else:
        color, alpha = split(picture)
    if alpha is None:
        alpha = keyed(color, picture.info.get("transparency"), rawmode)
    return Decoded(color, alpha, picture.info.get("icc_profile"), read_orientation(picture))


def faultless_jpeg(file: BinaryIO, size: tuple[int, int]) -> npt.NDArray[np.uint8] | None:
    """The very pixels that Pillow gives, in half its time: (height, width, 3); None for a file with anything unusual in it.

    Args:
        size: (width, height) as Pillow reads them off the header; nothing larger is decoded.
    """
    file.seek(0)
    try:
        return np.asarray(simplejpeg.decode_jpeg(file.read(), buffer=np.empty((size[1], size[0], 3), np.uint8)), np.uint8)
    except ValueError:
        return None


def load(picture: ImageFile.ImageFile, file: BinaryIO, *, other_byte: bool = False) -> str:
    """Decode a started picture; its raw mode is returned, Pillow's name for how the samples lie in the file.

    Args:
        other_byte: for 16-bit RGB(A), of which Pillow keeps the high bytes: take the low ones. The same decoder runs
            under the same checks, told that the byte order is the other way round.
    """
    if isinstance(picture, TiffImagePlugin.TiffImageFile):
        mend_planes(picture)
        check_strips(picture, file)
    rawmode = next((tile_rawmode(tile) for tile in picture.tile), "")
    if other_byte:
        picture.tile = [with_rawmode(tile, other_rawmode(picture, tile_rawmode(tile))) for tile in picture.tile]
    picture.load()
    return rawmode


def tile_rawmode(tile: ImageFile._Tile) -> str:
    first = tile.args if isinstance(tile.args, str) else tile.args[0] if tile.args else ""
    return first if isinstance(first, str) else ""


def with_rawmode(tile: ImageFile._Tile, rawmode: str) -> ImageFile._Tile:
    return tile._replace(args=(rawmode, *tile.args[1:]) if isinstance(tile.args, tuple) else rawmode)


def mend_planes(picture: TiffImagePlugin.TiffImageFile) -> None:
    """Correct the raw modes of uncompressed 16-bit planes, which Pillow takes for 8 bit and turns into noise."""
    tags = picture.tag_v2
    if tags.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2 and tags.get(TiffImagePlugin.BITSPERSAMPLE, (1,))[0] == 16:
        order = "L" if tags.prefix == b"II" else "B"
        planes = [(tile, tile_rawmode(tile)) for tile in picture.tile]
        picture.tile = [with_rawmode(tile, f"{band};16{order}") if len(band) == 1 else tile for tile, band in planes]


def check_strips(picture: TiffImagePlugin.TiffImageFile, file: BinaryIO) -> None:
    """Raise EOFError when strips or tiles lie beyond the file, or end above the last row: Pillow leaves that black."""
    tags = picture.tag_v2
    for starts, counts in ((273, 279), (324, 325)):  # strips, tiles
        ends = [start + count for start, count in zip(tags.get(starts, ()), tags.get(counts, ()), strict=False)]
        if ends and max(ends) > file.seek(0, os.SEEK_END):
            raise EOFError("truncated")
    if max(tile.extents[3] for tile in picture.tile if tile.extents) < tags[TiffImagePlugin.IMAGELENGTH]:
        raise EOFError("truncated")


def other_rawmode(picture: ImageFile.ImageFile, rawmode: str) -> str:
    """The raw mode under which the low bytes of 16-bit samples come out, or "" where there is no such way."""
    if rawmode == "LA;16B":
        return "RGBA"  # four bytes as they lie: both of grey, both of alpha
    kind, deep, order = rawmode.partition(";16")
    libtiff_planes = isinstance(picture, TiffImagePlugin.TiffImageFile) and (
        picture.use_load_libtiff and picture.tag_v2.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2
    )  # there libtiff's own layout decides and the raw mode is not looked at
    if not deep or kind not in ("RGB", "RGBA", "RGBX", "R", "G", "B", "A") or libtiff_planes:
        return ""
    little = order == "L" or (order == "N" and sys.byteorder == "little")
    return f"{kind};16{'B' if little else 'L'}"


def joined(picture: pillow.Image, other: pillow.Image, rawmode: str) -> tuple[npt.NDArray[np.uint16], FloatArray | None]:
    """``join_bytes`` of two pictures, some rows at a time: all at once would take 34 bytes for a pixel and not 18."""
    width, height = picture.size
    color: npt.NDArray[np.uint16] | None = None
    alpha: FloatArray | None = None
    rows = max(1, BAND // width)
    for top in range(0, height, rows):
        box = (0, top, width, min(top + rows, height))
        some, covered = join_bytes(np.asarray(picture.crop(box)), np.asarray(other.crop(box)), rawmode)
        if color is None:
            color = np.empty((height, *some.shape[1:]), np.uint16)
            alpha = None if covered is None else np.empty((height, width), np.float32)
        color[top : top + rows] = some
        if alpha is not None and covered is not None:
            alpha[top : top + rows] = covered
    if color is None:
        raise ValueError("no rows")
    return color, alpha


def join_bytes(
    high: npt.NDArray[np.uint8], low: npt.NDArray[np.uint8], rawmode: str
) -> tuple[npt.NDArray[np.uint16], FloatArray | None]:
    if rawmode == "LA;16B":
        high, low = low[..., ::2], low[..., 1::2]
    samples = np.left_shift(high, 8, dtype=np.uint16) | low
    if rawmode == "LA;16B":
        return np.ascontiguousarray(samples[..., 0]), to_float(samples[..., 1])
    return np.ascontiguousarray(samples[..., :3]), to_float(samples[..., 3]) if samples.shape[2] == 4 else None


def deep_grey(picture: pillow.Image, rawmode: str, name: str) -> npt.NDArray[np.uint16]:
    """Grey of 12, 16 or 32 bits or float -> (height, width) uint16; never the saturation of Pillow's convert."""
    samples, top = np.array(picture), 1 if picture.mode == "F" else 65535
    if not (samples.min() >= 0 and samples.max() <= top):  # also true for NaN
        reach = f"from {samples.min():g} to {samples.max():g}"
        raise PhotoError(f"{name} holds grey {reach}, which has no fixed white: scale it to 0 to {top}.", "format")
    grey = to_uint16(samples) if picture.mode == "F" else np.asarray(samples, np.uint16)  # whole numbers
    if rawmode == "I;12":
        grey = grey << np.uint16(4) | grey >> np.uint16(8)
    inverted = isinstance(picture, TiffImagePlugin.TiffImageFile) and picture.tag_v2.get(262) == 0  # white is zero
    return np.uint16(65535) - grey if inverted else grey


BAND = 1 << 18  # pixels copied at a time out of Pillow's memory: np.array(picture) makes two copies, and takes five times as long


def samples(picture: pillow.Image) -> Array:
    """What Pillow holds as an array of its own, (height, width) or (height, width, channels)."""
    width, height = picture.size
    rows = max(1, BAND // width)
    first = np.asarray(picture.crop((0, 0, width, min(rows, height))))
    answer = np.empty((height, *first.shape[1:]), first.dtype)
    answer[:rows] = first
    for top in range(rows, height, rows):
        answer[top : top + rows] = np.asarray(picture.crop((0, top, width, min(top + rows, height))))
    return answer


def split(picture: pillow.Image) -> tuple[pillow.Image, FloatArray | None]:
    """Color of mode L, RGB, CMYK or LAB, and straight alpha if the mode or the palette has one."""
    if picture.mode in ("P", "PA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    elif picture.mode == "La":  # premultiplied; Pillow divides premultiplied RGB while it decodes
        picture = picture.convert("LA")
    if picture.mode in ("LA", "RGBA"):
        alpha = to_float(samples(picture.getchannel("A")))
        return picture.convert(picture.mode[:-1]), alpha
    if picture.mode == "1":
        return picture.convert("L"), None
    return picture if picture.mode in ("L", "RGB", "CMYK", "LAB") else picture.convert("RGB"), None


def keyed(color: Color, key: object, rawmode: str) -> FloatArray | None:
    """Alpha of a picture in which one grey or color stands for transparent (tRNS, GIF), else None."""
    if not isinstance(key, int | tuple):
        return None
    scale = {"L;2": 85, "L;4": 17}.get(rawmode, 1)  # Pillow scales such samples to 0-255 but not the key
    differs = np.asarray(color) != np.multiply(key, scale)
    return np.asarray(differs.any(axis=2) if differs.ndim == 3 else differs, np.float32)


# ---- upright, sRGB, luminance --------------------------------------------------------------------------------------


def read_orientation(picture: pillow.Image) -> int:
    try:
        value = picture.getexif().get(0x0112, 1)
    except Exception:  # noqa: BLE001 - a photo with damaged EXIF is whole: taken unturned, as viewers do
        return 1
    return value if value in range(1, 9) else 1


def upright(array: Array, orientation: int) -> Array:
    """Apply EXIF's orientation to (height, width, ...): mirror along the diagonal for 5 to 8, then mirror the axes."""
    samples = array.swapaxes(0, 1) if orientation >= 5 else array
    step_y = -1 if orientation in (3, 4, 7, 8) else 1
    step_x = -1 if orientation in (2, 3, 6, 7) else 1
    return np.ascontiguousarray(samples[::step_y, ::step_x])


def to_srgb(color: Color, profile: bytes | None, name: str) -> Array:
    """Color of any mode -> (height, width, 3) sRGB.

    A profile that changes no color by more than one level of 255 leaves the samples as they are, 16 bits included. Any
    other brings 16-bit samples to 8, since Pillow's littleCMS takes no more. A profile that cannot be opened counts as
    none, as in every viewer. One that can but does not fit is refused: the colors are known to mean something else.
    """
    mode = color.mode if isinstance(color, pillow.Image) else "L" if color.ndim == 2 else "RGB"
    source = open_profile(profile, mode)
    if source is None:
        return plain(color)
    if mode == "L" and source.profile.xcolor_space.strip() == "RGB":
        color, mode = plain(color), "RGB"
    transform = open_transform(source, mode, name)
    if is_identity(transform):
        return plain(color)
    if not isinstance(color, pillow.Image):
        color = pillow.fromarray(color if color.dtype == np.uint8 else to_uint8(to_float(color)))
    return samples(transform.apply(color))


def plain(color: Color) -> Array:
    """To (height, width, 3) without a profile; CMYK by Pillow's simple formula."""
    if isinstance(color, pillow.Image):
        return samples(color if color.mode == "RGB" else color.convert("RGB"))
    return np.dstack([color] * 3) if color.ndim == 2 else color


def open_profile(profile: bytes | None, mode: str) -> ImageCms.ImageCmsProfile | None:
    """The profile to convert from: CIE Lab for Lab pixels, whatever is embedded; None if none or a damaged one."""
    if mode == "LAB":
        return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else None
    except Exception:  # noqa: BLE001 - littleCMS's refusals come in several classes
        return None


def open_transform(source: ImageCms.ImageCmsProfile, mode: str, name: str) -> ImageCms.ImageCmsTransform:
    """To sRGB by the photo editors' default, relative colorimetric with black point compensation: what sRGB can show
    stays exact, where the perceptual intent would shift all colors, with each profile maker in another way."""
    target = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
    try:
        return ImageCms.ImageCmsTransform(source, target, mode, "RGB", intent, flags=flags)
    except Exception as error:
        raise PhotoError(f"{name} has a color profile that does not fit: save it again as sRGB.", "profile") from error


def is_identity(transform: ImageCms.ImageCmsTransform) -> bool:
    if transform.input_mode not in ("L", "RGB"):
        return False
    steps = np.arange(0, 256, 15, dtype=np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    probe = pillow.fromarray(cube if transform.input_mode == "RGB" else np.arange(256, dtype=np.uint8)[None])
    return bool(np.abs(np.array(transform.apply(probe), np.int16) - np.array(probe.convert("RGB"))).max() <= 1)


def matte(decoded: Decoded) -> FloatArray:
    """What a picture says as a matte: its alpha unless that is constant, else its luminance; not yet turned."""
    alpha = decoded.alpha
    return luminance(decoded.color) if alpha is None or alpha.min() == alpha.max() else alpha


def luminance(color: Color) -> FloatArray:
    """0.299 R + 0.587 G + 0.114 B of the encoded values (ITU-R BT.601), written so that grey comes out exactly."""
    if isinstance(color, pillow.Image) and color.mode in ("L", "LAB"):
        return to_float(samples(color if color.mode == "L" else color.getchannel("L")))
    if isinstance(color, np.ndarray) and color.ndim == 2:
        return to_float(color)
    pixels = plain(color)
    answer = np.empty(pixels.shape[:2], np.float32)
    for top in range(0, len(pixels), rows := max(1, BAND // pixels.shape[1])):
        red, green, blue = np.moveaxis(to_float(pixels[top : top + rows]), 2, 0)
        answer[top : top + rows] = green + np.float32(0.299) * (red - green) + np.float32(0.114) * (blue - green)
    return np.asarray(np.clip(answer, 0, 1, out=answer), np.float32)
