"""What people have -> what the stages take: paths, open files, bytes, arrays, Pillow's pictures, and this package's own values."""

import io
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as pillow

from cleanplate.errors import InputError, MemoryShort, PhotoError, is_memory_short, why
from cleanplate.files import conversion, photos, samples
from cleanplate.files.formats import LONGEST_SIDE
from cleanplate.files.sources import Source
from cleanplate.pixels.color import FloatArray, Pixels, to_float, to_uint16
from cleanplate.values import Cutout, Image, Size

Picture = Source | pillow.Image | npt.NDArray[Any] | Image

ACCEPTED = "a path, a file opened in binary mode, its bytes, a Pillow picture, an array or a cleanplate.Image"
MASKS = {"alpha": "The matte", "keep_mask": "The area to keep", "drop_mask": "The area to drop"}  # in messages
ARRAY = "(height, width, 3 or 4) of uint8, of uint16 or of floats within 0 and 1"


def is_file(given: object) -> bool:
    """Whether a picture has to be read first: nobody else then holds what comes out."""
    named = isinstance(given, str | os.PathLike | bytes | bytearray | memoryview)
    return named or (hasattr(given, "read") and not isinstance(given, io.TextIOBase))


def described(given: object) -> str:
    """What something is, for a message.

    >>> described(None), described([1]), described(np.zeros((2, 3), np.int64))
    ('None', 'a list', 'an array of (2, 3) int64')
    """
    if isinstance(given, np.ndarray):
        return f"an array of {given.shape} {given.dtype}"
    kind = type(given).__name__
    return "None" if given is None else f"an {kind}" if kind[:1].lower() in "aeio" else f"a {kind}"


# ---- pictures ------------------------------------------------------------------------------------------------------


def image(given: Picture, what: str = "The picture", space: str = "srgb") -> Image:
    """A picture in whatever form, as an ``Image``. Arrays of integers and an ``Image`` are not copied.

    Args:
        what: what to call it in messages.
        space: what its colors come in; see ``photos.read_image``.

    Raises:
        PhotoError: a file that cannot be read.
        InputError: anything that is no picture; no such space.
    """
    if isinstance(given, Image):
        return conversion.in_space(given, space)
    if is_file(given):
        return photos.read_image(source(given), space=space)
    if isinstance(given, pillow.Image):
        return conversion.picture(opened(given, what), what, space)
    if isinstance(given, np.ndarray):
        return conversion.in_space(from_array(given, what), space)
    raise InputError(f"{what} is {described(given)}: give {ACCEPTED}.")


def person(given: Picture | Cutout, what: str = "The person", space: str = "keep") -> Image | Cutout:
    """As ``image``; a cutout stays one. Colors that sRGB cannot show are kept unless that is asked for."""
    if isinstance(given, Cutout):
        seen = conversion.in_space(given.image, space)
        return given if seen is given.image else replace(given, image=seen)
    found = image(given, what, space)
    return found if found.floats is None else replace(found, floats=None)  # which only a plate's are kept of


def source(given: Any) -> Source:
    """What ``photos`` reads: buffers as bytes."""
    return bytes(given) if isinstance(given, bytearray | memoryview) else given


def from_array(given: npt.NDArray[Any], what: str) -> Image:
    """An array as people hold them; of floats come 16 bits.

    >>> from_array(np.full((1, 1, 3), 0.5), "It").pixels.tolist()
    [[[32768, 32768, 32768]]]
    """
    pixels: Any = np.asarray(given)
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or 0 in pixels.shape:
        raise InputError(f"{what} is {described(pixels)}: give {ARRAY}, with RGB last.")
    pixels = integers(pixels, what)
    if pixels.shape[2] == 3:
        return Image(np.ascontiguousarray(pixels))
    return Image(np.ascontiguousarray(pixels[..., :3]), to_float(pixels[..., 3]))


def integers(pixels: npt.NDArray[Any], what: str) -> Pixels:
    """uint8 and uint16 in this machine's order of bytes; floats within [0, 1] as uint16."""
    if pixels.dtype.kind == "f":
        return to_uint16(within(pixels, what))
    if pixels.dtype.kind == "u" and pixels.dtype.itemsize <= 2:
        return pixels.astype(pixels.dtype.newbyteorder("="), copy=False)
    raise InputError(f"{what} is {described(pixels)}: give {ARRAY}; of other whole numbers tell what is white by astype.")


def within(values: npt.NDArray[Any], what: str) -> FloatArray:
    """Floats as float32, once they are found to lie within [0, 1]."""
    low, high = float(values.min()), float(values.max())
    if not (low >= 0 and high <= 1):  # also true for NaN
        raise InputError(f"{what} is {described(values)} from {low:g} to {high:g}: floats lie within 0 and 1; divide them.")
    return np.asarray(values, np.float32)


def opened(picture: pillow.Image, what: str) -> samples.Decoded:
    """Pillow's picture, which may not have read its file yet, decoded."""
    if 0 in picture.size:
        raise InputError(f"{what} is a Pillow picture of {picture.width}x{picture.height} pixels: give one with pixels in it.")
    try:
        picture.load()
    except Exception as error:  # as many classes as Pillow has readers
        if is_memory_short(error):
            raise MemoryShort from error
        raise PhotoError(f"{what} is a Pillow picture that cannot be decoded ({why(error)}): open it again.", "broken") from error
    return samples.taken(picture, what)


# ---- mattes --------------------------------------------------------------------------------------------------------


def matte(given: Picture, what: str = "The matte") -> FloatArray:
    """A matte in whatever form, as (height, width) float32 in [0, 1]; a picture's alpha unless that is constant, else luminance.

    Raises:
        PhotoError, InputError: as ``image``.
    """
    if isinstance(given, np.ndarray) and given.ndim == 2 and given.size:
        return cover(given, what)
    if isinstance(given, pillow.Image):
        return conversion.matte(opened(given, what))
    if is_file(given):
        return photos.read_alpha(source(given))
    found = image(given, what)
    return conversion.matte(samples.Decoded(found.pixels, found.alpha, None, 1))


def mask(name: str, given: Picture | None) -> FloatArray | None:
    """The matte or painted area of that name, one of ``MASKS``; None where there is none."""
    return None if given is None else matte(given, MASKS[name])


def cover(given: npt.NDArray[Any], what: str) -> FloatArray:
    """Two axes of booleans, uint8, uint16 or floats as float32 in [0, 1].

    >>> cover(np.array([[True, False]]), "It").tolist()
    [[1.0, 0.0]]
    """
    if given.dtype == np.bool_:
        return given.astype(np.float32)
    if given.dtype.kind == "f":
        return within(given, what)
    if given.dtype.kind == "u" and given.dtype.itemsize <= 2:
        return to_float(given.astype(given.dtype.newbyteorder("="), copy=False))
    raise InputError(f"{what} is {described(given)}: give (height, width) of booleans, uint8, uint16 or floats within 0 and 1.")


# ---- films and sizes ----------------------------------------------------------------------------------------------


def is_still(given: object) -> bool:
    """Whether something is one picture, right or wrong, and no film."""
    single = isinstance(given, np.ndarray) and given.ndim != 4
    return single or isinstance(given, Image | Cutout | pillow.Image) or is_file(given)


def film(given: Any, whose: str) -> Iterator[Pixels]:
    """The frames of a film, each looked at when its turn comes.

    Raises:
        InputError: nothing that gives frames; then, while iterating, a frame that is none.
    """
    try:
        frames = iter(given)
    except TypeError as error:
        raise InputError(f"{whose.capitalize()} is {described(given)}: give {ACCEPTED}, or frames one after the other.") from error
    return (frame(each, f"Frame {number} of {whose}") for number, each in enumerate(frames, 1))


def frame(given: Any, what: str) -> Pixels:
    """A film's frame: (height, width, 3), or 4 with straight alpha, uint8 or uint16, as it is where it is that already."""
    if isinstance(given, np.ndarray) and given.ndim == 3 and given.shape[2] in (3, 4) and given.size:
        return integers(given, what)
    found = image(given, what)
    return found.pixels if found.alpha is None else found.to_array()


def check_size(size: Size | None) -> None:
    """Raise InputError for a size that no picture has."""
    if size is None:
        return
    wanted = "size is (height, width) in pixels, both 1 or more"
    if not isinstance(size, tuple | list) or len(size) != 2 or not all(isinstance(each, int | np.integer) for each in size):
        raise InputError(f"{wanted}; {size!r} was given.")
    if max(size) > LONGEST_SIDE:
        raise InputError(f"{wanted} and {LONGEST_SIDE} at most; {size[0]} x {size[1]} was given.")
    if min(size) < 1 or size[0] * size[1] > photos.PIXEL_LIMIT:
        raise InputError(f"{wanted} and {photos.PIXEL_LIMIT // 1_000_000} million at most; {size[0]} x {size[1]} was given.")
