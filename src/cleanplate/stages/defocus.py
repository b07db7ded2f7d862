"""Depth of field: the plate blurred as a lens blurs what it is not focused on, before the person is laid over it.

A point of light becomes a disc, in linear light, so that bright spots stay bright. Rows are worked on in bands, each as small as
its disc allows, so that a large disc costs no more than a small one and memory does not grow with the plate.
"""

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels import threads
from cleanplate.pixels.color import Array, FloatArray, to_linear, to_srgb, to_uint8, to_uint16
from cleanplate.stages.surroundings import HORIZON

FINE = 5.5  # pixels of a disc's diameter: a band is made smaller while its disc keeps as many; OpenCV is quick below twice that
STEP, RATIO = 0.5, 1.04  # pixels, and times: by how much more discs may grow from one band to the next unseen
ROWS = 256  # of a band, at most, or four times its disc
FACE = 0.13  # meters from brow to chin
LEAST_RAMP = 0.1  # of the plate's height: from the foot line to full blur, where feet stand above the horizon


def defocused(plate: Array, share: float, foot: float | None = None, horizon: float = HORIZON) -> Array:
    """The plate out of focus, as an array of its own; the plate itself at 0.

    Args:
        plate: (height, width, 3) uint8 or uint16, or float32 of linear light.
        share: diameter of the disc that a far point becomes, in percent of the plate's height.
        foot: the row on which the person stands: the ground is sharp there, and less so the further from it. None where no feet
            are seen: then all of the plate is as far away.
        horizon: how far down the plate it lies, as a share of the plate's height.
    """
    if share == 0:
        return plate
    answer: Array = np.empty_like(plate)
    found = diameters(plate.shape[0], share / 100 * plate.shape[0], foot, horizon)
    threads.on_all_cores(lambda band: blur(plate, answer, band), list(bands(found)))
    return answer


def through(aperture: float, face: float) -> float:
    """The diameter of a far point's disc, in percent of the picture's height, through a lens that is focused on somebody.

    Rays of a far point are parallel, so where they pass somebody in focus they still fill the width of the lens: their disc is as
    large beside the face in the picture as the lens is beside a real one, however long the lens.

    Args:
        aperture: millimeters that the lens is open (focal length over f-number).
        face: height of the face from brow to chin, as a fraction of the picture's height.

    >>> round(through(13.0, 0.25), 3)
    2.5
    """
    return 100 * aperture / 1000 / FACE * face


def diameters(rows: int, most: float, foot: float | None, horizon: float = HORIZON) -> FloatArray:
    """The diameter of the disc in each row.

    A lens in focus at distance d makes of a point at distance z a disc of a diameter that grows with |1/d - 1/z|; on flat ground
    1/z grows evenly from 0 at the horizon down the picture. So the disc grows evenly from the foot line to the horizon, and keeps
    its size above it.

    >>> diameters(3, 4.0, None).tolist(), diameters(100, 8.0, 77.5)[[0, 61, 77, 93]].round(0).tolist()
    ([4.0, 4.0, 4.0], [8.0, 4.0, 0.0, 4.0])
    """
    if foot is None:
        return np.full(rows, most, np.float32)
    ramp = max(foot - horizon * rows, LEAST_RAMP * rows)
    return np.asarray(most * np.minimum(1, np.abs(np.arange(rows) + 0.5 - foot) / ramp), np.float32)


class Band(NamedTuple):
    """Rows of the plate whose discs are taken to have one diameter."""

    start: int
    stop: int
    diameter: float


def bands(diameters: FloatArray) -> Iterator[Band]:
    """The rows in bands, from top to bottom.

    >>> list(bands(np.float32([9, 9, 2, 0])))
    [Band(start=0, stop=2, diameter=9.0), Band(start=2, stop=3, diameter=2.0), Band(start=3, stop=4, diameter=0.0)]
    """
    start, count = 0, len(diameters)
    while start < count:
        first = float(diameters[start])
        slack = max(STEP, (RATIO - 1) * first)
        other = np.flatnonzero(np.abs(diameters[start:] - first) > slack)
        stop = start + min(int(other[0]) if len(other) else count, max(ROWS, int(4 * first)))
        stop = min(stop, count)
        yield Band(start, stop, float(diameters[start:stop].mean()))
        start = stop


def blur(plate: Array, into: Array, band: Band) -> None:
    """Fill the band of ``into`` from the plate around it."""
    whole, wide = plate.shape[0], plate.shape[1]
    smaller = max(1, int(band.diameter / FINE))
    kernel = disc(band.diameter / smaller)
    if kernel.size == 1:
        into[band.start : band.stop] = plate[band.start : band.stop]
        return
    beyond = (kernel.shape[0] // 2 + 1) * smaller  # rows above and below that reach into the band
    high = -(-(band.stop - band.start) // smaller) * smaller
    first, last = band.start - beyond, band.start + high + beyond
    aside = -wide % smaller  # all as if its outermost pixels went on
    light = linear(plate[max(0, first) : min(whole, last)])
    light = np.asarray(cv2.copyMakeBorder(light, max(0, -first), max(0, last - whole), 0, aside, cv2.BORDER_REPLICATE), np.float32)
    size = light.shape[0] // smaller, light.shape[1] // smaller
    if smaller > 1:
        light = np.asarray(cv2.resize(light, size[::-1], interpolation=cv2.INTER_AREA), np.float32)
    light = np.asarray(cv2.filter2D(light, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.float32)
    if smaller > 1:
        light = np.asarray(cv2.resize(light, (size[1] * smaller, size[0] * smaller)), np.float32)
    into[band.start : band.stop] = encoded(light[beyond : beyond + band.stop - band.start, :wide], plate)


@functools.lru_cache(256)  # the bands of a film's frames share them
def disc(diameter: float) -> FloatArray:
    """A disc of that diameter in pixels, whose sum is 1: each pixel counts by about how much of it lies inside.

    >>> disc(1.0).tolist()
    [[1.0]]
    """
    reach = max(0, int(np.ceil(diameter / 2 - 0.5)))
    down, across = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    inside = np.clip(diameter / 2 + 0.5 - np.hypot(down, across), 0, 1)
    return np.asarray(inside / inside.sum(), np.float32)


def linear(pixels: Array) -> FloatArray:
    """sRGB-encoded integers -> linear light, by a table; floats are that already.

    >>> linear(np.uint8([[[0, 255, 255]]])).tolist()
    [[[0.0, 1.0, 1.0]]]
    """
    if pixels.dtype == np.float32:
        return np.asarray(pixels, np.float32)
    light = table(pixels.dtype)
    return np.asarray(cv2.LUT(pixels, light) if pixels.dtype == np.uint8 else light[pixels], np.float32)


def encoded(light: FloatArray, like: Array) -> npt.NDArray[Any]:
    """Linear light -> sRGB-encoded integers of the type of ``like``; 8 bits by a table of 16, a sixth of the time; floats stay.

    >>> encoded(np.float32([0, 1, 2]), np.uint8([0])).tolist()
    [0, 255, 255]
    """
    if like.dtype == np.float32:
        return light
    if like.dtype == np.uint16:
        return to_uint16(to_srgb(light))
    return np.take(codes(), to_uint16(light))


@functools.cache
def codes() -> npt.NDArray[np.uint8]:
    return to_uint8(to_srgb(np.asarray(np.arange(65536) / 65535, np.float32)))


@functools.cache
def table(kind: np.dtype[Any]) -> npt.NDArray[np.float32]:
    most = np.iinfo(kind).max
    return to_linear(np.asarray(np.arange(most + 1) / most, np.float32))
