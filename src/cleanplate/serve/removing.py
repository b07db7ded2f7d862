"""A person cut out, on nothing, on a color or on another picture, as the services that remove backgrounds are asked for it."""

import io
import zipfile
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import ImageColor

from cleanplate.compositor import Compositor
from cleanplate.errors import InputError
from cleanplate.files import photos
from cleanplate.files.encoding import Form
from cleanplate.pixels.color import FloatArray, as_float, to_float, to_pixels
from cleanplate.pixels.over import over
from cleanplate.plates import Plate
from cleanplate.serve.layers import outline
from cleanplate.settings import Placement, Settings
from cleanplate.stages import framing
from cleanplate.values import Box, Cutout, Image, Size

Color = tuple[int, int, int, int]


@dataclass(frozen=True)
class Asked:
    """What is asked for, in that contract's words, read.

    Args:
        pixels: of the result, at most.
        channels: ``rgba``, or ``alpha`` alone.
        format: ``auto``, ``png``, ``jpg`` or ``zip`` (color and alpha as two pictures).
        color: behind the person: red, green, blue, alpha to 255.
        crop: whether empty borders are left out, but for ``margin`` at the top, right, bottom and left: pixels, or (0.1) shares.
        scale: of the person's extent to the picture's; None as it was.
        position: of the person in the space left, across and down, from 0 to 1; None as they were.
        roi: left, top, right, bottom within which somebody is looked for: pixels, or shares below it.
        shadow: whether one is thrown on a picture behind them.
    """

    pixels: int = 250_000
    channels: str = "rgba"
    format: str = "auto"
    color: Color | None = None
    crop: bool = False
    margin: list[tuple[float, str]] = field(default_factory=list)
    scale: float | None = None
    position: list[float] | None = None
    roi: list[tuple[float, str]] | None = None
    shadow: bool = False


def removed(compositor: Compositor, photo: Image, behind: Plate | None, asked: Asked) -> tuple[dict[str, Any], bytes]:
    """The picture as a file, and where the person is in it."""
    cutout = cut_out(compositor, photo, asked)
    size, place = cutout.size, placement(cutout, asked)
    if behind is not None:
        made = compositor.compose(cutout, behind.filling(size), place, Settings(shadow=float(asked.shadow)))
        picture, box = Image(made.image.pixels), made.box
    else:
        picture, box = alone(compositor.clean(cutout), place)
        picture = on_color(picture, asked.color) if asked.color else picture
    if asked.crop:
        picture, box = cropped(picture, box, asked.margin)
    kind, data = written(picture, asked)
    told = {"width": picture.size[1], "height": picture.size[0], "top": box.top, "left": box.left, "type": kind}
    return told | {"foreground_width": box.width, "foreground_height": box.height, "warnings": list(cutout.warnings)}, data


def cut_out(compositor: Compositor, photo: Image, asked: Asked) -> Cutout:
    """The person of a photo, small enough."""
    outside = None if asked.roi is None else beyond(photo.size, asked.roi)
    cutout = compositor.cutout(photo, drop_mask=outside, keep="all")
    share = min(1.0, (asked.pixels / (photo.size[0] * photo.size[1])) ** 0.5)
    return cutout.shrunk(max(1, round(max(photo.size) * share)))


def beyond(size: Size, roi: list[tuple[float, str]]) -> FloatArray:
    """1 where nobody is looked for."""
    ends = [round(pixels_of(value, size[1 - k % 2])) for k, value in enumerate(roi)]
    left, right, top, bottom = *sorted(ends[::2]), *sorted(ends[1::2])
    if right > size[1] or bottom > size[0]:
        raise InputError("`roi` exceeds the picture: give two corners within it.")
    if left == right or top == bottom:
        raise InputError("`roi` is empty: give two corners of a rectangle.")
    outside = np.ones(size, np.float32)
    outside[top:bottom, left:right] = 0
    return outside


def pixels_of(value: tuple[float, str], whole: int) -> float:
    """A length of pixels, or of percent of a whole."""
    return value[0] if value[1] == "px" else value[0] / 100 * whole


def placement(cutout: Cutout, asked: Asked) -> Placement:
    """Where the person stands in a frame of their photo's size: as there, or scaled, with their box where that was asked for."""
    person, (height, width) = outline(cutout), cutout.size
    box = framing.extent(cutout.alpha, framing.SEEN)
    tall, wide = person.bottom - person.top, person.right - person.left
    scale = 1.0 if asked.scale is None else asked.scale * min(height / box.height, width / box.width)
    foot, end = person.foot, person.bottom
    if asked.scale is not None or asked.position is not None:
        across, down = asked.position or (0.5, 0.5)
        left, top = across * (width - wide * scale), down * (height - tall * scale)
        foot, end = left + (person.foot - person.left) * scale, top + tall * scale
    return Placement(tall * scale / height, foot / width, end / height, "keep")


def alone(cutout: Cutout, place: Placement) -> tuple[Image, Box]:
    """The person in an empty frame of their photo's size."""
    placed, box = framing.place(cutout, cutout.size, place)
    pixels, alpha = np.zeros((*cutout.size, 3), placed.image.pixels.dtype), np.zeros(cutout.size, np.float32)
    pixels[box.slices], alpha[box.slices] = placed.image.pixels, placed.alpha
    return Image(pixels, alpha), box


def on_color(picture: Image, color: Color) -> Image:
    """A cut-out person over one color, which may be seen through itself."""
    assert picture.alpha is not None  # noqa: S101 - a cutout
    ground, cover = to_float(np.array([[color[:3]]], np.uint8)), np.float32(color[3] / 255)
    alpha = picture.alpha + (1 - picture.alpha) * cover
    share = picture.alpha / np.maximum(alpha, np.float32(1e-6))
    pixels = to_pixels(over(as_float(picture.pixels), np.asarray(share, np.float32), ground), picture.pixels)
    return Image(pixels, None if color[3] == 255 else alpha)


def cropped(picture: Image, box: Box, margin: list[tuple[float, str]]) -> tuple[Image, Box]:
    """A picture cut to a box and a margin around it, as far as it goes."""
    above, right, below, left = (
        min(round(pixels_of(value, whole)), 500, whole // 2)
        for value, whole in zip(margin or [(0, "px")] * 4, (box.height, box.width) * 2, strict=True)
    )
    top, first = max(0, box.top - above), max(0, box.left - left)
    end, last = min(picture.size[0], box.top + box.height + below), min(picture.size[1], box.left + box.width + right)
    part = slice(top, end), slice(first, last)
    alpha = None if picture.alpha is None else picture.alpha[part].copy()
    return Image(picture.pixels[part].copy(), alpha), Box(box.top - top, box.left - first, box.height, box.width)


def written(picture: Image, asked: Asked) -> tuple[str, bytes]:
    """A picture as the file that was asked for: its type and its bytes."""
    if asked.channels == "alpha":
        alpha = np.ones(picture.size, np.float32) if picture.alpha is None else picture.alpha
        return "image/png", as_matte(alpha)
    if asked.format == "zip":
        return "application/zip", zipped(picture)
    if asked.format == "jpg" or (asked.format == "auto" and picture.alpha is None):
        flat = picture if picture.alpha is None else on_color(picture, (255, 255, 255, 255))
        return "image/jpeg", photos.encoded(flat, "JPEG", "The picture", Form())
    return "image/png", photos.encoded(picture, "PNG", "The picture", Form())


def as_matte(alpha: FloatArray) -> bytes:
    file = io.BytesIO()
    photos.write_alpha(alpha, file, format="png")
    return file.getvalue()


def zipped(picture: Image) -> bytes:
    """The colors and the alpha as two files; quicker to make and smaller than a PNG with alpha."""
    colors, file = photos.encoded(Image(picture.pixels), "JPEG", "The picture", Form()), io.BytesIO()
    alpha = np.ones(picture.size, np.float32) if picture.alpha is None else picture.alpha
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in (("color.jpg", colors), ("alpha.png", as_matte(alpha))):
            archive.writestr(zipfile.ZipInfo(name), data)
    return file.getvalue()


def color_of(text: str) -> Color | None:
    """A color by name or by 3, 4, 6 or 8 hex digits with or without #; None for neither.

    >>> color_of("fff"), color_of("81d4fa77"), color_of("green"), color_of("no")
    ((255, 255, 255, 255), (129, 212, 250, 119), (0, 128, 0, 255), None)
    """
    for name in ("#" + text.removeprefix("#"), text):
        try:
            found = ImageColor.getrgb(name)
        except ValueError:
            continue
        return found[0], found[1], found[2], (*found, 255)[3]
    return None
