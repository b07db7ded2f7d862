"""Put a cutout into the plate's frame, and a plate into a frame."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from cleanplate.errors import InputError
from cleanplate.pixels import holes
from cleanplate.pixels.color import Array, FloatArray, Pixels, to_float, to_pixels, to_uint8
from cleanplate.pixels.resampling import enlarge_cubic, reduce, straight
from cleanplate.settings import Placement
from cleanplate.stages import placing, remembered, rounding, silhouettes, turning
from cleanplate.stages.silhouettes import SEEN as SEEN
from cleanplate.values import Box, Cutout, Image, Size

TOUCHED = float(np.finfo(np.float32).tiny)  # the least alpha that is not 0
OUTSIDE = "At this placement the person lies outside the plate; move `x`, `y` or change `height`."


FILLED_SIDE = 512  # long side of a filled-in plate: it is only looked at for its statistics


def filled(composite: Image, alpha: FloatArray) -> Image:
    """A small stand-in for the complete plate of a composite whose foreground alpha is known; see ``holes.fill``."""
    scale = min(1.0, FILLED_SIDE / max(alpha.shape))
    size = max(1, round(alpha.shape[0] * scale)), max(1, round(alpha.shape[1] * scale))
    return Image(to_uint8(holes.fill(to_float(reduce(composite.pixels, size)), reduce(alpha, size))), profile=composite.profile)


# ---- placement -----------------------------------------------------------------------------------------------------


def extent(alpha: FloatArray, least: float) -> Box:
    """The smallest box around everything at or above ``least``.

    Raises:
        InputError: there is nothing.
    """
    return reaching(alpha.max(1), alpha.max(0), least)


def reaching(rows: FloatArray, columns: FloatArray, least: float) -> Box:
    """The box of the rows and columns whose greatest alpha is at or above ``least``; as ``extent``."""
    down, across = np.flatnonzero(rows >= least), np.flatnonzero(columns >= least)
    if not len(down):
        raise InputError("The alpha is empty: nobody is in the cutout; give another photo or a matte.")
    return Box(int(down[0]), int(across[0]), int(down[-1] - down[0] + 1), int(across[-1] - across[0] + 1))


def place(
    cutout: Cutout, plate: Size, placement: Placement, horizon: Callable[[], float | None] = lambda: None
) -> tuple[Cutout, Box]:
    """The cutout resampled to the plate's scale and cut to its frame, as ``placing.stand`` says, and where it lies there.

    Mirrored first and turned last, where that is asked for; cuts of their photo that are seen are rounded, but for a ``fit`` of
    ``keep`` and for cutout files that are trimmed to the person.

    Its warnings are those that it had, and one on the cuts of its photo that are seen, where they are not rounded or a place was
    asked for.

    Raises:
        InputError: the person would lie wholly outside the frame, or be smaller than a pixel.
    """
    if placement.flip:
        cutout = turning.mirrored(cutout)
    rows, columns = cutout.alpha.max(1), cutout.alpha.max(0)
    silhouette = silhouettes.of(cutout, reaching(rows, columns, SEEN))
    stand = placing.stand(silhouette, plate, placement, horizon)
    foot = stand.top + stand.scale * silhouette.bottom, stand.left + stand.scale * silhouette.foot
    seen = turning.needed(plate, foot, placement.rotate) if placement.rotate else Box(0, 0, *plate)
    if placement.rotate:
        stand = turning.with_cuts_seen(silhouette, plate, stand, foot, placement.rotate)
    image, alpha, box = resampled(cutout, reaching(rows, columns, TOUCHED), stand, seen)
    if stand.shown and stand.rounded:
        alpha = rounding.rounded(alpha, stand.ends(silhouette, box), stand.scale * (silhouette.chin - silhouette.brow))
    if placement.rotate:
        found = turning.turned(image, alpha, box, foot, placement.rotate, plate)
        if found is None:
            raise InputError(OUTSIDE)
        image, alpha, box = found
    placed = Image(image, profile=cutout.image.profile)
    told = () if stand.rounded and not placement.asked and "bottom" not in stand.shown else stand.warnings
    return Cutout(placed, alpha, cutout.clean, cutout.bled, silhouette.cropped, cutout.warnings + told), box


def resampled(cutout: Cutout, touched: Box, stand: placing.Stand, seen: Box) -> tuple[Pixels, FloatArray, Box]:
    """What of a person is seen in a box of the plate, at its scale, and where that lies in the plate.

    Args:
        touched: around them in the photo.

    Raises:
        InputError: nothing.
    """
    down = window(touched.top, touched.height, stand.top - seen.top, stand.scale, seen.height)
    across = window(touched.left, touched.width, stand.left - seen.left, stand.scale, seen.width)
    if down is None or across is None:
        raise InputError(OUTSIDE)
    how = (down.source.start, down.source.stop, down.whole, across.source.start, across.source.stop, across.whole)
    given = cutout.image.pixels, cutout.alpha
    image, alpha = remembered.scaled(cutout, how, lambda: at_scale(*given, down, across, colored=cutout.colored))
    image, alpha = image[down.kept, across.kept], alpha[down.kept, across.kept]
    return image, alpha, Box(seen.top + down.low, seen.left + across.low, down.high - down.low, across.high - across.low)


def brought(
    pixels: Pixels, alpha: FloatArray, down: "AxisWindow", across: "AxisWindow", *, colored: bool
) -> tuple[Pixels, FloatArray]:
    """What both windows see of a picture and its alpha, in the plate's pixels."""
    pixels, alpha = at_scale(pixels, alpha, down, across, colored=colored)
    return pixels[down.kept, across.kept], alpha[down.kept, across.kept]


def at_scale(
    pixels: Pixels, alpha: FloatArray, down: "AxisWindow", across: "AxisWindow", *, colored: bool
) -> tuple[Pixels, FloatArray]:
    """The part of a picture and its alpha that both windows are made of, in the plate's pixels."""
    part, size = (down.source, across.source), (down.whole, across.whole)
    pixels, alpha = pixels[part], alpha[part]
    return (pixels, alpha) if size == alpha.shape else straight(pixels, alpha, size, colored=colored)


class AxisWindow(NamedTuple):
    """What is seen of a picture along one axis.

    Whole pixels of the source go to whole pixels of the plate, and of those what lies beyond the plate is cut off after it: cut
    before, in whole source pixels, a person who is enlarged would be moved by up to one of them.

    Args:
        source: pixels of the source.
        whole: how many pixels of the plate they fill.
        kept: which of these lie inside it.
        low, high: where those lie.
    """

    source: slice
    whole: int
    kept: slice
    low: int
    high: int


BESIDE = 2  # source pixels beyond the plate's edge that a bicubic kernel still sees


def window(start: int, length: int, origin: float, scale: float, plate: int) -> AxisWindow | None:
    """How source pixels ``start`` to ``start + length`` are seen on a plate; None for not at all.

    Args:
        origin: where the source's own first pixel begins, in plate pixels.

    >>> window(0, 4, -7.5, 5.0, 10)
    AxisWindow(source=slice(0, 4, None), whole=20, kept=slice(8, 18, None), low=0, high=10)
    """
    low, high = max(0, round(origin + start * scale)), min(plate, round(origin + (start + length) * scale))
    if high <= low:
        return None
    first = max(start, math.floor((low - origin) / scale) - BESIDE)
    last = min(start + length, math.ceil((high - origin) / scale) + BESIDE)
    begin, end = round(origin + first * scale), round(origin + last * scale)
    return AxisWindow(slice(first, last), end - begin, slice(low - begin, high - begin), low, high)


def crop_to_fill(image: Image, size: Size) -> Image:
    """The image scaled and cut around its middle to exactly (height, width), nothing squeezed."""
    floats = None if image.floats is None else replace(image.floats, values=filling(image.floats.values, size))
    return replace(image, pixels=filling(image.pixels, size), alpha=None, floats=floats)


def filling(pixels: Array, size: Size) -> Array:
    """``crop_to_fill`` of an array of 3 channels, or 4 with straight alpha; the array itself where it has that size."""
    own = pixels.shape[0], pixels.shape[1]
    if own == size:
        return pixels
    scale = max(size[0] / own[0], size[1] / own[1])
    height, width = (max(1, min(have, round(want / scale))) for have, want in zip(own, size, strict=True))
    top, left = (own[0] - height) // 2, (own[1] - width) // 2
    part: Any = pixels[top : top + height, left : left + width]
    if part.shape[2] == 3:
        answer: Array = enlarge_cubic(part, size)
        return answer
    colors, alpha = straight(np.ascontiguousarray(part[..., :3]), to_float(part[..., 3]), size)
    return np.dstack([colors, to_pixels(alpha, part)])  # type: ignore[return-value]
