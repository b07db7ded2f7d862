"""Encoded integers <-> float32, sRGB <-> linear light, sRGB's profile. The only room in which floats become integers."""

import functools
import struct
from typing import Any, TypeVar

import cv2
import numpy as np
import numpy.typing as npt
from PIL import ImageCms

FloatArray = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
Array = TypeVar("Array", bound=npt.NDArray[Any])
Room = npt.NDArray[Any] | list[Any]


def to_float(pixels: Pixels) -> FloatArray:
    """Integers of 8 or 16 bits -> float32 in [0, 1], the encoding unchanged.

    >>> float(to_float(np.array([255], np.uint8))[0]), float(to_float(np.array([0], np.uint16))[0])
    (1.0, 0.0)
    """
    return np.multiply(pixels, np.float32(1 / np.iinfo(pixels.dtype).max), dtype=np.float32)


def white(kind: np.dtype[Any]) -> float:
    """The largest value of an integer type; 1 for float.

    >>> white(np.dtype(np.uint8)), white(np.dtype(np.float32))
    (255.0, 1.0)
    """
    return float(np.iinfo(kind).max) if kind.kind == "u" else 1.0


def as_float(values: Pixels | FloatArray) -> FloatArray:
    """Integers -> float32 in [0, 1]; float32 as it is."""
    return values if values.dtype == np.float32 else to_float(values)  # type: ignore[arg-type, return-value]


def to_uint8(values: FloatArray) -> npt.NDArray[np.uint8]:
    """float32 -> 8 bit: clip to [0, 1], round half to even. Any shape.

    >>> to_uint8(np.array([-1, 0.5, 2], np.float32)).tolist()
    [0, 128, 255]
    """
    clipped = np.atleast_1d(np.clip(values, 0, 1))  # first: OpenCV's own saturation ends at 2^31
    flat = cv2.convertScaleAbs(clipped.reshape(1, -1), alpha=255) if clipped.size else np.empty(0, np.uint8)
    return np.asarray(flat, np.uint8).reshape(np.shape(values))


def to_uint16(values: FloatArray) -> npt.NDArray[np.uint16]:
    """float32 -> 16 bit: clip to [0, 1], round half to even. Any shape.

    >>> to_uint16(np.array([0, 1.5], np.float32)).tolist()
    [0, 65535]
    """
    return np.asarray(np.rint(np.clip(values, 0, 1) * np.float32(65535)), np.uint16)


def upper_byte(pixels: Pixels) -> npt.NDArray[np.uint8]:
    """Integers of 8 or 16 bits as 8: of 16 the upper ones.

    >>> upper_byte(np.array([255, 256, 65535], np.uint16)).tolist()
    [0, 1, 255]
    """
    return pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)  # type: ignore[return-value]


def of_16_bits(pixels: Pixels) -> npt.NDArray[np.uint16]:
    """Integers of 8 or 16 bits as 16: of 8 the same share of white.

    >>> of_16_bits(np.array([0, 1, 255], np.uint8)).tolist()
    [0, 257, 65535]
    """
    return pixels if pixels.dtype == np.uint16 else pixels.astype(np.uint16) * np.uint16(257)  # type: ignore[return-value]


def to_pixels(values: FloatArray, like: Pixels) -> Pixels:
    """float32 -> the integer type of ``like``."""
    return to_uint16(values) if like.dtype == np.uint16 else to_uint8(values)


def premultiplied(plane: Pixels, alpha: FloatArray) -> npt.NDArray[np.uint16]:
    """One channel of integers times alpha, as 16 bits, which a color divided by a small alpha needs.

    >>> premultiplied(np.array([[255, 100]], np.uint8), np.array([[0.5, 1]], np.float32)).tolist()
    [[32768, 25700]]
    """
    scale = 65535 / white(plane.dtype)
    return np.asarray(cv2.multiply(plane, alpha, scale=scale, dtype=cv2.CV_16U), np.uint16)


def to_steps(change: FloatArray) -> npt.NDArray[np.int16]:
    """A change of 8-bit pixels in their own units -> whole levels, half to even, which are enlarged and added faster.

    >>> to_steps(np.array([-0.6, 1.5], np.float32)).tolist()
    [-1, 2]
    """
    return np.rint(change).astype(np.int16)


def entries(values: FloatArray, count: int) -> npt.NDArray[np.uint8]:
    """Numbers -> entries of a table of at most 256 below or at them; what lies outside is its first or last.

    >>> entries(np.array([-1, 2.9, 7], np.float32), 4).tolist()
    [0, 2, 3]
    """
    return np.clip(values, 0, count - 1).astype(np.uint8)


def moved_by(pixels: Array, change: FloatArray | npt.NDArray[np.int16]) -> Array:
    """Pixels plus a change in their own units: clip and, of integers, round half to even; exactly the pixels where it is 0.

    >>> moved_by(np.array([[[0, 100, 250]]], np.uint8), np.array([[[-9, 0.6, 9]]], np.float32)).tolist()
    [[[0, 101, 255]]]
    """
    if pixels.dtype == np.float32:
        answer: Array = np.clip(pixels + change, 0, 1)
    else:
        depth = cv2.CV_16U if pixels.dtype == np.uint16 else cv2.CV_8U
        answer = cv2.add(pixels, change, dtype=depth)  # type: ignore[assignment]
    return answer


def to_planes(
    pixels: Pixels | FloatArray, top: float, out: FloatArray, room: Room | None = None, table: FloatArray | None = None
) -> None:
    """(height, width, 3) integers, or float32 in [0, 1], -> (height, 3, width) float32 from 0 to ``top``, written into ``out``.

    Args:
        room: (3, height, width), or three of (height, width), of the same type as ``pixels``, to work in.
        table: (levels, 3) float32, of integers what each level becomes in place of its own share of ``top``.
    """
    parts = own_room(pixels, room)
    cv2.split(pixels, list(parts))
    if table is not None:
        for channel, column in enumerate(np.ascontiguousarray(table.T)):
            if len(column) == 256:
                out[:, channel] = cv2.LUT(parts[channel], column)  # a third of the time of numpy's ways
            else:
                np.take(column, parts[channel], mode="clip", out=out[:, channel])
        return
    np.copyto(out, parts.swapaxes(0, 1))
    scale = top / white(pixels.dtype)
    if scale != 1:
        out *= np.float32(scale)


def from_planes(planes: FloatArray, into: Pixels, room: Room | None = None) -> None:
    """(height, 3, width) float32 in the units of ``into`` -> (height, width, 3) integers: clip, round half to even.

    Args:
        planes: what it holds is lost.
        into: where the answer is written; often a part of a picture.
        room: (3, height, width), or three of (height, width), of the type of ``into``, to work in.
    """
    parts = own_room(into, room)
    np.rint(np.clip(planes, 0, white(into.dtype), out=planes), out=planes)
    np.copyto(parts.swapaxes(0, 1), planes, casting="unsafe")
    merged = cv2.merge(list(parts), into)
    if not np.may_share_memory(merged, into):  # OpenCV cannot write into every layout
        into[...] = merged


def channels_first(picture: FloatArray | Pixels, top: float = 1.0) -> FloatArray:
    """(height, width, 3) integers, or float32 in [0, 1], -> (3, height, width) float32 from 0 to ``top``."""
    answer = np.empty((3, picture.shape[0], picture.shape[1]), np.float32)
    to_planes(picture, top, answer.swapaxes(0, 1))
    return answer


def channels_last(planes: FloatArray) -> FloatArray:
    """(3, height, width) -> (height, width, 3).

    >>> channels_last(np.zeros((3, 2, 1), np.float32)).shape
    (2, 1, 3)
    """
    return np.asarray(cv2.merge(list(planes)))


def own_room(like: Pixels | FloatArray, room: Room | None) -> Any:
    """One array for three planes: the room given if it is one, else a new one."""
    return room if isinstance(room, np.ndarray) else np.empty((3, *like.shape[:2]), like.dtype)


LUMINANCE = np.array((0.2126, 0.7152, 0.0722), np.float32)  # of linear light (IEC 61966-2-1)
LUMA = np.array((0.299, 0.587, 0.114), np.float32)  # of encoded values (ITU-R BT.601)
TOE = 0.055  # of sRGB: encoded light has it added where light is multiplied


def to_linear(encoded: FloatArray) -> FloatArray:
    """sRGB-encoded [0, 1] -> linear light [0, 1] (IEC 61966-2-1).

    >>> round(float(to_linear(np.array([0.5], np.float32))[0]), 4)
    0.214
    """
    encoded = np.asarray(encoded, np.float32)
    low = encoded / np.float32(12.92)
    high = ((np.maximum(encoded, 0) + np.float32(0.055)) / np.float32(1.055)) ** np.float32(2.4)
    return np.where(encoded <= 0.04045, low, high).astype(np.float32)


def to_srgb(linear: FloatArray) -> FloatArray:
    """Linear light [0, 1] -> sRGB-encoded [0, 1] (IEC 61966-2-1).

    >>> round(float(to_srgb(np.array([0.214], np.float32))[0]), 3)
    0.5
    """
    linear = np.asarray(linear, np.float32)
    high = np.float32(1.055) * np.maximum(linear, 0) ** np.float32(1 / 2.4) - np.float32(0.055)
    return np.where(linear <= 0.0031308, np.float32(12.92) * linear, high).astype(np.float32)


@functools.cache
def srgb_profile() -> bytes:
    """littleCMS's sRGB profile with its creation date, bytes 24 to 35, set to one day: the same bytes each run."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + profile[36:]
