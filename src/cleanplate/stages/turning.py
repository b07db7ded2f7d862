"""People mirrored, and turned around their foot point: what a placement asks for beside size and place."""

import math
from dataclasses import replace

import cv2
import numpy as np

from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray, Pixels, to_float, to_pixels
from cleanplate.stages.placing import HIDDEN, Stand
from cleanplate.stages.silhouettes import Silhouette
from cleanplate.values import Box, Crop, Cropped, Cutout, Size

BESIDE = 2  # pixels beyond what is seen that a bicubic kernel looks at
LEAST_ALPHA = 1 / 512  # below it, colors divided by alpha mean nothing, and 16 bits of a picture see nothing of them
LONGEST = 32_766  # pixels on a side that OpenCV's warps take
LOOKED_AT = 65  # points of a cut at which it is asked whether it is seen

Point = tuple[float, float]  # from the top, from the left


def mirrored(cutout: Cutout) -> Cutout:
    """A cutout with left and right exchanged."""
    pixels: Pixels = np.ascontiguousarray(cutout.image.pixels[:, ::-1])  # type: ignore[assignment]
    image = replace(cutout.image, pixels=pixels, alpha=None)
    sides = None if cutout.cropped is None else mirrored_sides(cutout.cropped)
    return replace(cutout, image=image, alpha=np.ascontiguousarray(cutout.alpha[:, ::-1]), cropped=sides)


def mirrored_sides(sides: Cropped) -> Cropped:
    """Where a mirrored photo crops.

    >>> mirrored_sides(Cropped(top=Crop(0.0, 0.25, 0.5), left=Crop(0.0, 0.1, 0.9)))
    Cropped(top=Crop(inset=0.0, first=0.5, last=0.75), bottom=None, left=None, right=Crop(inset=0.0, first=0.1, last=0.9))
    """
    top, bottom = (each and Crop(each.inset, 1 - each.last, 1 - each.first) for each in (sides.top, sides.bottom))
    return Cropped(top, bottom, sides.right, sides.left)


def turn(point: Point, around: Point, degrees: float) -> Point:
    """A point turned clockwise around another.

    >>> top, left = turn((0.0, 5.0), (5.0, 5.0), 90)  # from above to the right
    >>> round(top, 6), round(left, 6)
    (5.0, 10.0)
    """
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    down, across = point[0] - around[0], point[1] - around[1]
    return around[0] + cosine * down + sine * across, around[1] + cosine * across - sine * down


def bounds(box: Box, around: Point, degrees: float) -> Box:
    """The smallest box of whole pixels around a turned one."""
    corners = [(box.top + down, box.left + across) for down in (0, box.height) for across in (0, box.width)]
    downs, acrosses = zip(*(turn(each, around, degrees) for each in corners), strict=True)
    top, left = math.floor(min(downs)), math.floor(min(acrosses))
    return Box(top, left, math.ceil(max(downs)) - top, math.ceil(max(acrosses)) - left)


def needed(plate: Size, foot: Point, degrees: float) -> Box:
    """The part of the plane of a person who still stands upright that the plate sees of them once they are turned.

    Raises:
        InputError: the plate is too large for it.
    """
    if max(plate) > LONGEST:
        raise InputError(f"`rotate` takes plates of at most {LONGEST} pixels on a side: ask for a smaller `size`.")
    seen = bounds(Box(0, 0, *plate), foot, -degrees)
    return Box(seen.top - BESIDE, seen.left - BESIDE, seen.height + 2 * BESIDE, seen.width + 2 * BESIDE)


def turned(
    colors: Pixels, alpha: FloatArray, box: Box, foot: Point, degrees: float, plate: Size
) -> tuple[Pixels, FloatArray, Box] | None:
    """Straight colors and alpha turned clockwise around a point, cut to the plate, and where they lie then; None for nowhere.

    Premultiplied, by bicubic interpolation, as where they are brought to the plate's scale.

    Args:
        box: where they lie upright, in the plate's pixels and maybe beyond it.
    """
    whole = bounds(box, foot, degrees)
    top, left = max(0, whole.top), max(0, whole.left)
    height, width = min(plate[0], whole.top + whole.height) - top, min(plate[1], whole.left + whole.width) - left
    if height < 1 or width < 1:
        return None
    begin = turn((box.top + 0.5, box.left + 0.5), foot, degrees)  # the middle of the first pixel
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    matrix = np.array([[cosine, -sine, begin[1] - left - 0.5], [sine, cosine, begin[0] - top - 0.5]])
    both = np.dstack([to_float(colors) * alpha[..., None], alpha])
    made = cv2.warpAffine(both, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    cover = np.clip(made[..., 3], 0, 1).astype(np.float32, copy=False)
    cover[cover < LEAST_ALPHA] = 0
    straight = np.asarray(made[..., :3] / np.maximum(made[..., 3:], np.float32(LEAST_ALPHA)), np.float32)
    return to_pixels(np.clip(straight, 0, 1), colors), cover, Box(top, left, height, width)


def with_cuts_seen(person: Silhouette, plate: Size, stand: Stand, foot: Point, degrees: float) -> Stand:
    """A stand whose cuts are those that are seen once the person is turned."""
    seen, along = dict[str, float](), np.linspace(0, 1, LOOKED_AT)
    for name in ("top", "bottom", "left", "right"):
        side: Crop | None = getattr(person.cropped, name)
        if side is None:
            continue
        upright = name in ("left", "right")
        length = person.size[0 if upright else 1]
        span, at = (side.first + (side.last - side.first) * along) * length, getattr(person, name)
        points = [(each, at) if upright else (at, each) for each in span]
        lie = [turn((stand.top + stand.scale * y, stand.left + stand.scale * x), foot, degrees) for y, x in points]
        inside = sum(HIDDEN <= y <= plate[0] - HIDDEN and HIDDEN <= x <= plate[1] - HIDDEN for y, x in lie)
        if inside > 1:
            seen[name] = stand.scale * (side.last - side.first) * length * inside / LOOKED_AT
    return stand._replace(shown=seen)
