"""Photo files <-> Image and alpha: the one door for reading and writing still pictures.

Reading: JPEG (of an MPO the first picture), PNG, WebP, TIFF, AVIF, BMP and GIF (first frame), and, in a process of their own,
HEIC, JPEG XL, camera raw, EXR, Radiance, PSD and TIFFs in floats (``foreign``); recognized by content.
What comes out is upright, straight and sRGB, or in its own profile where that is asked for. 16-bit grey and RGB(A) of PNG
and TIFF stay 16 bit; without imagecodecs 16-bit pixels with a profile other than sRGB, and always 16-bit CMYK, premultiplied
or compressed planar TIFF and 10/12-bit AVIF become 8 bit. A float TIFF must lie within [0, 1]. A PNG's gAMA and cICP are not
applied.

Writing: a temporary file in the same folder, then a rename, so that a half-written picture never bears the final name.
The same picture gives the same bytes; nothing of the source's EXIF, GPS or XMP is carried over but what ``labels`` says.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, TypedDict, Unpack

import numpy as np

from cleanplate.errors import InputError, OutputError
from cleanplate.files import codecs, conversion, credentials, sources
from cleanplate.files.atomic import PathName, check_place, deliver
from cleanplate.files.credentials import Credentials
from cleanplate.files.encoding import Array, Form, check_size, encode
from cleanplate.files.labels import Labels
from cleanplate.files.sources import Source, named
from cleanplate.pixels import display, icc, profiles
from cleanplate.pixels.color import FloatArray, to_float, to_uint8, to_uint16
from cleanplate.values import Depth, Floats, Image, Size, check_alpha

PIXEL_LIMIT = 128_000_000  # four bytes each while decoding: 512 MB; the largest cameras give 100 to 150 million
WRITABLE = {
    ".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP",
    ".tif": "TIFF", ".tiff": "TIFF", ".avif": "AVIF", ".bmp": "BMP", ".heic": "HEIF", ".heif": "HEIF",
    ".jxl": "JXL",
}  # fmt: skip
DEEP = ("PNG", "TIFF")  # those that are written with 16 bits


def read_image(source: Source, *, pixel_limit: int = PIXEL_LIMIT, space: str = "srgb") -> Image:
    """Read a photo: upright, straight alpha, 8 or 16 bits as the file has them (see above for the exceptions).

    Args:
        source: a path, a binary file object or the file's bytes.
        space: what its colors come in: ``srgb``; ``keep``, its own profile where imagecodecs is installed (extra ``pro``) and that
            is one of RGB, else sRGB; or ``display-p3``, ``adobe-rgb`` or ``prophoto``.
        pixel_limit: the most pixels (width times height) that are decoded; read off the header first.

    Raises:
        PhotoError: with the reason ``missing``, ``unreadable``, ``empty``, ``format``, ``truncated``, ``broken``,
            ``too-large`` or ``profile``.
        InputError: no such space.
        MissingExtra: a named space, and imagecodecs is not installed.
    """
    name = named(source)
    with sources.reading(source, name) as file:
        return conversion.picture(sources.decoded(file, name, pixel_limit), name, space)


def read_alpha(source: Source, *, pixel_limit: int = PIXEL_LIMIT) -> FloatArray:
    """Read a matte: the file's alpha channel unless that is constant, else its luminance (ITU-R BT.601).

    Values are data: no ICC profile is applied.

    Args:
        source: a path, a binary file object or the file's bytes.
        pixel_limit: as in ``read_image``.

    Returns:
        (height, width) float32 in [0, 1], upright.

    Raises:
        PhotoError: as ``read_image``.
    """
    name = named(source)
    with sources.reading(source, name) as file:
        return conversion.matte(sources.decoded(file, name, pixel_limit))


class FormFields(TypedDict, total=False):
    """``Form``, field by field."""

    quality: int
    depth: Depth | None
    compression: str
    labels: Labels
    credentials: Credentials | None


def write_image(
    image: Image,
    target: PathName | BinaryIO,
    *,
    overwrite: bool = False,
    inputs: Sequence[PathName] = (),
    format: str | None = None,
    **form: Unpack[FormFields],
) -> None:
    """Write a picture with its profile, or sRGB's; BMP, which has no room for one, in sRGB. PNG and TIFF keep 16 bits, others 8.

    TIFF keeps encoded floats, and holds any as ``depth`` float: linear light with a profile that says so.

    Args:
        target: a path, whose suffix tells the format, or a binary file object, which needs ``format``.
        overwrite: whether an existing file may be replaced.
        inputs: files that must not be written over, however they are named.
        format: a suffix such as "png", instead of the target's own.
        form: see ``encoding.Form``: ``quality``, 95 without it, ``depth``, ``compression``, ``labels`` and ``credentials``, none
            without them; color is never subsampled in JPEG, AVIF and HEIC.

    Raises:
        OutputError: the target is refused (see ``check_target``), JPEG or BMP would lose an alpha, a format of 8 bits was asked for
            16, the disk is full.
        InputError: a quality, depth or compression that there is not.
        MissingExtra: HEIC without pillow-heif, LZW without imagecodecs.
    """
    asked = Form(**form)
    kind = _kind(target, format)
    if isinstance(target, str | os.PathLike):
        check_place(target, overwrite, inputs)
    data = encoded(image, kind, named(target), asked)
    if asked.credentials is not None:
        data = credentials.signed(data, kind, named(target), asked.credentials, asked.labels)
    deliver(data, target, named(target), overwrite=overwrite)


def encoded(image: Image, kind: str, name: str, form: Form) -> bytes:
    """A picture as the bytes of a file of that kind (Pillow's name of a format); see ``write_image``."""
    if image.alpha is not None and kind in ("JPEG", "BMP"):
        raise OutputError(f"{name} cannot hold the transparency that this picture has: write a .png instead.")
    check_depth(kind, name, form)
    image = conversion.in_space(image, "srgb") if kind == "BMP" else image  # no room for a profile
    if form.depth == "float" or (form.depth is None and kind == "TIFF" and image.floats is not None and not image.floats.linear):
        samples, profile = in_floats(image)
        return encode(samples, kind, name, form, profile)
    deep = kind in DEEP and (form.depth == 16 or (form.depth is None and image.pixels.dtype == np.uint16))
    kept = image.pixels.dtype == (np.uint16 if deep else np.uint8)
    cast = to_uint16 if deep else to_uint8
    samples = image.pixels if kept else cast(to_float(image.pixels))
    if image.alpha is not None:
        samples = np.dstack([samples, cast(image.alpha)])
    return encode(samples, kind, name, form, image.profile)


def in_floats(image: Image) -> tuple[Array, bytes | None]:
    """A picture's floats with its alpha, and their profile; of one without floats its integers as such."""
    held = image.floats or Floats(to_float(image.pixels))
    samples = held.values if image.alpha is None else np.dstack([held.values, image.alpha])
    return samples, icc.matrix_profile(display.space(held.primaries)) if held.linear else image.profile


def check_depth(kind: str, name: str, form: Form) -> None:
    if form.depth == "float" and kind != "TIFF":
        raise OutputError(f"{name} cannot hold floats: write a .tif or .exr, or ask for another depth.")
    if form.depth == 16 and kind not in DEEP:
        raise OutputError(f"{name} cannot hold 16 bits: write a .png or .tif, or ask for a depth of 8.")


def write_alpha(
    alpha: FloatArray,
    target: PathName | BinaryIO,
    *,
    depth: int = 8,
    overwrite: bool = False,
    inputs: Sequence[PathName] = (),
    format: str | None = None,
    quality: int = 95,
) -> None:
    """Write a matte as grey, without a profile: its values are data.

    Args:
        alpha: (height, width) float32 in [0, 1].
        depth: 8 or 16 bits; 16 for PNG and TIFF only.
        target, overwrite, inputs, format, quality: as in ``write_image``.

    Raises:
        InputError: alpha of another shape, type or range, depth or quality out of range.
        OutputError: as ``write_image``, and 16 bits into a format of 8.
    """
    if alpha.ndim != 2 or 0 in alpha.shape:
        raise InputError(f"An alpha has the shape (height, width); this one has {alpha.shape}.")
    check_alpha(alpha, (alpha.shape[0], alpha.shape[1]))
    if depth not in (8, 16) or not 1 <= quality <= 100:
        raise InputError(f"depth is 8 or 16 and quality 1 to 100; {depth} and {quality} were given.")
    kind = _kind(target, format)
    check_depth(kind, named(target), Form(depth=16 if depth == 16 else 8))
    if isinstance(target, str | os.PathLike):
        check_place(target, overwrite, inputs)
    samples = to_uint16(alpha) if depth == 16 else to_uint8(alpha)
    deliver(encode(samples, kind, named(target), Form(quality)), target, named(target), overwrite=overwrite)


def check_form(target: PathName | BinaryIO, format: str | None, **form: Unpack[FormFields]) -> None:
    """Refuse what no file can be written with, before any work is done for it.

    Raises:
        InputError: a quality, depth or compression that there is not; a format other than that of the file's name.
        OutputError: a depth that the format does not have.
        MissingExtra: an encoder that is not installed.
    """
    kind, own = _kind(target, format), Path(target).suffix.lower() if isinstance(target, str | os.PathLike) else ""
    if format and WRITABLE.get(own, kind) != kind:
        raise InputError(f"`format` {format} was asked for and {named(target)} has the suffix {own}: leave one of them out.")
    asked = Form(**form)
    check_depth(kind, named(target), asked)
    codecs.check(kind)
    if asked.credentials is not None:
        credentials.check(asked.credentials, kind, named(target))
    if kind == "TIFF" and asked.compression == "lzw":
        profiles.codecs()


def check_target(
    target: PathName, *, overwrite: bool = False, inputs: Sequence[PathName] = (), format: str | None = None
) -> None:
    """Refuse a target before any work is done for it.

    Raises:
        OutputError: unknown suffix, one of the inputs (also by a link), exists and ``overwrite`` is False, a folder or
            device, folder missing or not writable, a name that the file system refuses.
        MissingExtra: HEIC without pillow-heif.
    """
    codecs.check(_kind(target, format))
    check_place(target, overwrite, inputs)


def check_room(target: PathName | BinaryIO, format: str | None, picture: Source | Size | None) -> None:
    """Refuse a format that cannot hold a picture of that size, or of that file's, before any work is done for it.

    Raises:
        OutputError: a side is too long.
        PhotoError: as ``read_image``.
    """
    kind, name = _kind(target, format), named(target)
    if isinstance(picture, str | os.PathLike):
        picture = sources.size_of(picture, PIXEL_LIMIT)
    if isinstance(picture, tuple):
        check_size(kind, picture, name)


def _kind(target: PathName | BinaryIO, format: str | None) -> str:
    """Pillow's name of the format to write."""
    suffix = Path(target).suffix.lower() if isinstance(target, str | os.PathLike) else ""
    suffix = "." + format.lower().lstrip(".") if format else suffix
    if suffix not in WRITABLE:
        found = f"has the suffix {suffix}" if suffix else "names no format"
        raise OutputError(f"{named(target)} {found}: give one of {', '.join(WRITABLE)}.")
    return WRITABLE[suffix]
