"""Samples as a file has them -> a picture as this package keeps one, upright; or a matte: its alpha or its luminance.

Pictures come as sRGB, or in the profile that they have, or in a named space.
"""

import functools
import io
from dataclasses import replace

import numpy as np
from PIL import Image as pillow
from PIL import ImageCms

from cleanplate.errors import InputError, PhotoError
from cleanplate.files.samples import BAND, Array, Color, Decoded, copied
from cleanplate.pixels import icc, profiles
from cleanplate.pixels.color import FloatArray, srgb_profile, to_float, to_uint8
from cleanplate.values import Image

SPACES = ("keep", "srgb", *icc.SPACES)  # what a picture can be asked for in


def picture(decoded: Decoded, name: str, space: str = "srgb") -> Image:
    """Upright, with the alpha that the file has, in a space of ``SPACES``.

    Raises:
        PhotoError: a color profile that does not fit.
        InputError: no such space.
        MissingExtra: another space than sRGB was asked for by name, and imagecodecs is not installed.
    """
    check_space(space)
    profile = None if space == "srgb" else kept_profile(decoded)
    floats = decoded.floats if same_colors(decoded, profile) else None
    decoded.color = to_srgb(decoded.color, decoded.profile, name) if profile is None else plain(decoded.color)
    pixels = upright(decoded.color, decoded.orientation)  # Pillow's own copy is let go before it is turned
    alpha = None if decoded.alpha is None else upright(decoded.alpha, decoded.orientation)
    if floats is not None:
        floats = replace(floats, values=upright(floats.values, decoded.orientation))
    return in_space(Image(pixels, alpha, decoded.warnings, profile, decoded.tags, floats), space)


def same_colors(decoded: Decoded, profile: bytes | None) -> bool:
    """Whether a file's floats mean the same in a picture of that profile."""
    if profile == decoded.profile or decoded.profile is None:
        return profile == decoded.profile
    is_rgb = isinstance(decoded.color, np.ndarray) and decoded.color.ndim == 3
    return profile is None and is_rgb and not is_other_rgb(decoded.profile)


def check_space(space: str) -> None:
    """Raise InputError for a space that there is not, MissingExtra for one that cannot be had here."""
    if space not in SPACES:
        raise InputError(f"There is no `space` {space}: give one of {', '.join(SPACES)}.")
    if space in icc.SPACES:
        profiles.codecs()


def in_space(image: Image, space: str) -> Image:
    """A picture in a space of ``SPACES``, at its depth; itself where it is in that space."""
    check_space(space)
    profile = image.profile if space == "keep" else None if space == "srgb" else icc.profile(space)
    if profile == image.profile:
        return image
    return replace(image, pixels=profiles.converted(image.pixels, image.profile, profile), profile=profile, floats=None)


def kept_profile(decoded: Decoded) -> bytes | None:
    """The profile that a picture is composed in: its own where that is of RGB, leads both ways and is not sRGB.

    In the order of what it costs: imagecodecs is not even imported for sRGB.
    """
    color, profile = decoded.color, decoded.profile
    mode = color.mode if isinstance(color, pillow.Image) else "RGB" if color.ndim == 3 else "L"
    if profile is None or mode != "RGB" or not is_other_rgb(profile):
        return None
    return profile if profiles.available() and profiles.goes_both_ways(profile) else None


@functools.lru_cache(16)
def is_other_rgb(profile: bytes) -> bool:
    """Whether a profile is one of RGB, and another than sRGB."""
    source = open_profile(profile, "RGB")
    if source is None or source.profile.xcolor_space.strip() != "RGB":
        return False
    try:
        return not is_identity(open_transform(source, "RGB", ""))
    except PhotoError:
        return False


def matte(decoded: Decoded) -> FloatArray:
    """What a picture says as a matte, upright: its alpha unless that is constant, else its luminance."""
    alpha = decoded.alpha
    found = luminance(decoded.color) if alpha is None or alpha.min() == alpha.max() else alpha
    return upright(found, decoded.orientation)


def upright(array: Array, orientation: int) -> Array:
    """Apply EXIF's orientation to (height, width, ...): mirror along the diagonal for 5 to 8, then mirror the axes."""
    samples = array.swapaxes(0, 1) if orientation >= 5 else array
    step_y = -1 if orientation in (3, 4, 7, 8) else 1
    step_x = -1 if orientation in (2, 3, 6, 7) else 1
    return np.ascontiguousarray(samples[::step_y, ::step_x])


def to_srgb(color: Color, profile: bytes | None, name: str) -> Array:
    """Color of any mode -> (height, width, 3) sRGB.

    A profile that changes no color by more than one level of 255 leaves the samples as they are, 16 bits included. With
    any other 16-bit samples stay 16 bit where imagecodecs is installed, and come to 8 where it is not, since Pillow's
    littleCMS takes no more. A profile that cannot be opened counts as none, as in every viewer. One that can but does not
    fit is refused: the colors are known to mean something else.
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
    if not isinstance(color, pillow.Image) and color.dtype == np.uint16 and profiles.available():
        return profiles.converted(color, profile, None)
    if not isinstance(color, pillow.Image):
        color = pillow.fromarray(color if color.dtype == np.uint8 else to_uint8(to_float(color)))
    return copied(transform.apply(color))


def plain(color: Color) -> Array:
    """To (height, width, 3) without a profile; CMYK by Pillow's simple formula."""
    if isinstance(color, pillow.Image):
        return copied(color if color.mode == "RGB" else color.convert("RGB"))
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


def luminance(color: Color) -> FloatArray:
    """0.299 R + 0.587 G + 0.114 B of the encoded values (ITU-R BT.601), written so that grey comes out exactly."""
    if isinstance(color, pillow.Image) and color.mode in ("L", "LAB"):
        return to_float(copied(color if color.mode == "L" else color.getchannel("L")))
    if isinstance(color, np.ndarray) and color.ndim == 2:
        return to_float(color)
    pixels = plain(color)
    answer = np.empty(pixels.shape[:2], np.float32)
    for top in range(0, len(pixels), rows := max(1, BAND // pixels.shape[1])):
        red, green, blue = np.moveaxis(to_float(pixels[top : top + rows]), 2, 0)
        answer[top : top + rows] = green + np.float32(0.299) * (red - green) + np.float32(0.114) * (blue - green)
    return np.asarray(np.clip(answer, 0, 1, out=answer), np.float32)
