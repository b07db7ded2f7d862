"""A picture that Pillow has decoded -> its samples, at the depth they have: color, and alpha by whatever way the format has one."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as pillow
from PIL import TiffImagePlugin

from cleanplate.errors import PhotoError
from cleanplate.files import tags
from cleanplate.pixels.color import FloatArray, to_float, to_uint16
from cleanplate.values import Floats, Tags

Array = npt.NDArray[Any]  # uint8, uint16 or float32
Color = pillow.Image | Array  # of mode L, RGB, CMYK or LAB; (height, width) or (height, width, 3)

BAND = 1 << 18  # pixels copied at a time out of Pillow's memory: np.array(picture) makes two copies, and takes five times as long
ORIENTATION = 0x0112  # EXIF's tag
WHITE_IS_ZERO = 262  # TIFF's tag, where it holds 0
KEY_SCALE = {"L;2": 85, "L;4": 17}  # raw modes whose samples Pillow scales to 0-255, but not the key


@dataclass(eq=False)
class Decoded:
    """One picture as its file has it: not yet turned, not yet sRGB.

    Args:
        color: a Pillow picture of mode L, RGB, CMYK or LAB; or (height, width) uint16, or (height, width, 3) uint8 or uint16.
        alpha: (height, width) float32 in [0, 1], or None.
        profile: the embedded ICC profile if there is one.
        orientation: EXIF's number, 1 to 8.
        warnings: one sentence each on what was got over.
        tags: what the file says of it.
        floats: the same color in floats, where the file holds such.
    """

    color: Color
    alpha: FloatArray | None
    profile: bytes | None
    orientation: int
    warnings: tuple[str, ...] = ()
    tags: Tags | None = None
    floats: Floats | None = None


def taken(picture: pillow.Image, name: str, rawmode: str = "") -> Decoded:
    """A loaded picture.

    Args:
        rawmode: Pillow's name for how the samples lay in the file.

    Raises:
        PhotoError: grey without a fixed white.
    """
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        return with_tags(picture, deep_grey(picture, rawmode, name), None, rawmode)
    return with_tags(picture, *split(picture), rawmode)


def with_tags(picture: pillow.Image, color: Color, alpha: FloatArray | None, rawmode: str = "") -> Decoded:
    """What else a file says of its color: which one is transparent, what profile it has, how it is turned."""
    if alpha is None:
        alpha = keyed(color, picture.info.get("transparency"), rawmode)
    return Decoded(color, alpha, picture.info.get("icc_profile"), read_orientation(picture), tags=tags.found(picture))


def read_orientation(picture: pillow.Image) -> int:
    try:
        value = picture.getexif().get(ORIENTATION, 1)
    except Exception:  # noqa: BLE001 - a photo with damaged EXIF is whole: taken unturned, as viewers do
        return 1
    return value if value in range(1, 9) else 1


def copied(picture: pillow.Image) -> Array:
    """What Pillow holds as an array of its own, (height, width) or (height, width, channels)."""
    width, height = picture.size
    rows = max(1, BAND // width)
    first = np.asarray(picture.crop((0, 0, width, min(rows, height))))
    answer = np.empty((height, *first.shape[1:]), first.dtype)
    answer[:rows] = first
    for top in range(rows, height, rows):
        answer[top : top + rows] = np.asarray(picture.crop((0, top, width, min(top + rows, height))))
    return answer


def deep_grey(picture: pillow.Image, rawmode: str, name: str) -> npt.NDArray[np.uint16]:
    """Grey of 12, 16 or 32 bits or float -> (height, width) uint16; never the saturation of Pillow's convert."""
    samples, top = np.array(picture), 1 if picture.mode == "F" else 65535
    if not (samples.min() >= 0 and samples.max() <= top):  # also true for NaN
        reach = f"from {samples.min():g} to {samples.max():g}"
        raise PhotoError(f"{name} holds grey {reach}, which has no fixed white: scale it to 0 to {top}.", "format")
    grey = to_uint16(samples) if picture.mode == "F" else np.asarray(samples, np.uint16)  # whole numbers
    if rawmode == "I;12":
        grey = grey << np.uint16(4) | grey >> np.uint16(8)
    inverted = isinstance(picture, TiffImagePlugin.TiffImageFile) and picture.tag_v2.get(WHITE_IS_ZERO) == 0
    return np.uint16(65535) - grey if inverted else grey


def split(picture: pillow.Image) -> tuple[pillow.Image, FloatArray | None]:
    """Color of mode L, RGB, CMYK or LAB, and straight alpha if the mode or the palette has one."""
    if picture.mode in ("P", "PA"):
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    elif picture.mode == "La":  # premultiplied; Pillow divides premultiplied RGB while it decodes
        picture = picture.convert("LA")
    if picture.mode in ("LA", "RGBA"):
        alpha = to_float(copied(picture.getchannel("A")))
        return picture.convert(picture.mode[:-1]), alpha
    if picture.mode == "1":
        return picture.convert("L"), None
    return picture if picture.mode in ("L", "RGB", "CMYK", "LAB") else picture.convert("RGB"), None


def keyed(color: Color, key: object, rawmode: str) -> FloatArray | None:
    """Alpha of a picture in which one grey or color stands for transparent (tRNS, GIF), else None."""
    if not isinstance(key, int | tuple):
        return None
    differs = np.asarray(color) != np.multiply(key, KEY_SCALE.get(rawmode, 1))
    return np.asarray(differs.any(axis=2) if differs.ndim == 3 else differs, np.float32)
