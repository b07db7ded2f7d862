"""Put a cutout into the plate's frame; the over equation; fill a hole."""

import cv2
import numpy as np

from cleanplate.color import FloatArray, Pixels, to_float, to_pixels, to_uint8
from cleanplate.errors import InputError
from cleanplate.resampling import enlarge_cubic, reduce, resize, straight
from cleanplate.types import Box, Cutout, Image, Placement, Size

TOUCHED = float(np.finfo(np.float32).tiny)  # the least alpha that is not 0
HEADROOM = 0.04  # of the plate's height, above a person who is enlarged to span it
SEEN = 0.05  # alpha from which a pixel counts as the person when their extent is measured
LEAST_CUT = 0.002  # share of a picture that its alpha has to leave out to count: a stray pixel or rounded corners cut nobody out


def over(foreground: FloatArray, alpha: FloatArray, plate: FloatArray) -> FloatArray:
    """Porter and Duff's over, straight colors: ``alpha * foreground + (1 - alpha) * plate``.

    Args:
        foreground, plate: (height, width, 3) float32, any range.
        alpha: (height, width) float32 in [0, 1].

    Where alpha is 0 the plate comes back bit for bit, where it is 1 the foreground.

    >>> float(over(np.ones((1, 1, 3), np.float32), np.full((1, 1), 0.25, np.float32), np.zeros((1, 1, 3), np.float32))[0, 0, 0])
    0.25
    """
    weight = alpha[..., None]
    return weight * foreground + (1 - weight) * plate


def fill(picture: FloatArray, alpha: FloatArray, margin: float = 0.02) -> FloatArray:
    """The picture with what alpha covers filled in from its surroundings: a stand-in for a complete plate.

    Pull-push (Gortler et al., *The Lumigraph*, 1996): colors are averaged down a pyramid with the hole left out, then brought back
    up into it. Smooth, no texture: good for statistics, not for looking at.

    Args:
        picture: (height, width, 3) float32.
        alpha: (height, width) float32 in [0, 1]; the hole is everything above 0, widened by ``margin`` of the longer side.
    """
    reach = max(1, round(margin * max(alpha.shape)))
    hole = np.asarray(cv2.dilate((alpha > 0.02).astype(np.float32), np.ones((2 * reach + 1,) * 2, np.uint8)), np.float32)
    known = 1 - hole
    if not known.any():  # nothing is left to fill from
        known = 1 - alpha + np.float32(1e-3)
    levels: list[tuple[FloatArray, FloatArray]] = [(picture * known[..., None], known)]
    while max(levels[-1][1].shape) > 1:
        colors, weight = levels[-1]
        size = max(1, weight.shape[0] // 2), max(1, weight.shape[1] // 2)
        levels.append((resize(colors, size), resize(weight, size)))
    answer = levels[-1][0] / np.maximum(levels[-1][1], 1e-6)[..., None]
    for colors, weight in levels[-2::-1]:
        coarse = resize(answer, weight.shape)
        sure = np.minimum(weight * 4, 1)[..., None]
        answer = sure * colors / np.maximum(weight, 1e-6)[..., None] + (1 - sure) * coarse
    return np.asarray(answer, np.float32)


FILLED_SIDE = 512  # long side of a filled-in plate: it is only looked at for its statistics


def filled(composite: Image, alpha: FloatArray) -> Image:
    """A small stand-in for the complete plate of a composite whose foreground alpha is known; see ``fill``."""
    scale = min(1.0, FILLED_SIDE / max(alpha.shape))
    size = max(1, round(alpha.shape[0] * scale)), max(1, round(alpha.shape[1] * scale))
    return Image(to_uint8(fill(to_float(reduce(composite.pixels, size)), reduce(alpha, size))))


# ---- placement -----------------------------------------------------------------------------------------------------


def cuts_out(alpha: FloatArray) -> bool:
    """Whether a picture's own alpha says where somebody is: it leaves part of the picture out.

    >>> cuts_out(np.float32([[0, 1]])), cuts_out(np.full((1, 2), 0.99, np.float32))
    (True, False)
    """
    return int(np.count_nonzero(alpha < SEEN)) >= LEAST_CUT * alpha.size


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


def target_box(person: Box, source: Size, plate: Size, placement: Placement) -> tuple[float, float, float]:
    """Scale, top and left (in plate pixels) at which the person's extent goes into the plate.

    What is not asked for follows the source photo: the same share of the frame's height, the same foot line, the middle. A person
    cut off by the photo's bottom or by one side stays at that edge of the plate; one cut off on both sides spans it as far as the
    head stays in the picture.
    """
    cut_left, cut_right = person.left == 0, person.left + person.width == source[1]
    cut_bottom = person.top + person.height >= source[0] - max(1, source[0] // 200)
    if placement.height is not None:
        scale = placement.height * plate[0] / person.height
    else:
        scale = min(plate[0] / source[0], plate[1] / person.width)
        if cut_left and cut_right:
            scale = max(scale, min(plate[1] / source[1], (1 - HEADROOM) * plate[0] / person.height))
    height, width = person.height * scale, person.width * scale
    foot = (person.top + person.height) / source[0] if placement.y is None and not cut_bottom else placement.y
    bottom = plate[0] * (1.0 if foot is None else foot)
    if placement.x is not None:
        left = placement.x * plate[1] - width / 2
    elif cut_left != cut_right:
        left = 0 if cut_left else plate[1] - width
    else:
        left = (plate[1] - width) / 2
    return scale, bottom - height, left


def place(cutout: Cutout, plate: Size, placement: Placement) -> tuple[Cutout, Box]:
    """The cutout resampled to the plate's scale and cut to its frame, and where it lies there.

    Raises:
        InputError: the person would lie wholly outside the frame.
    """
    rows, columns = cutout.alpha.max(1), cutout.alpha.max(0)
    person, touched = reaching(rows, columns, SEEN), reaching(rows, columns, TOUCHED)
    scale, top, left = target_box(person, cutout.size, plate, placement)
    top -= (person.top - touched.top) * scale
    left -= (person.left - touched.left) * scale
    down = visible(touched.top, touched.height, top, scale, plate[0])
    across = visible(touched.left, touched.width, left, scale, plate[1])
    if down is None or across is None:
        raise InputError("At this placement the person lies outside the plate; move `x`, `y` or change `height`.")
    part, box = (down[0], across[0]), Box(down[1], across[1], down[2], across[2])
    image: Pixels = cutout.image.pixels[part]
    alpha = cutout.alpha[part]
    if (box.height, box.width) != alpha.shape:
        image, alpha = straight(image, alpha, (box.height, box.width), colored=cutout.colored)
    return Cutout(Image(image), alpha, cutout.clean, cutout.bled, cutout.warnings), box


def visible(start: int, length: int, origin: float, scale: float, whole: int) -> tuple[slice, int, int] | None:
    """Along one axis: which source pixels are seen, where they begin in the plate, how many they fill there; None for none."""
    low, high = max(0.0, origin), min(float(whole), origin + length * scale)
    if round(high) - round(low) < 1:
        return None
    first = start + int((low - origin) / scale)
    last = min(start + length, start + max(1, int(np.ceil((high - origin) / scale))))
    return slice(first, max(first + 1, last)), round(low), round(high) - round(low)


def crop_to_fill(image: Image, size: Size) -> Image:
    """The image scaled and cut around its middle to exactly (height, width), nothing squeezed."""
    return Image(filling(image.pixels, size))


def filling(pixels: Pixels, size: Size) -> Pixels:
    """``crop_to_fill`` of an array of 3 channels, or 4 with straight alpha; the array itself where it has that size."""
    own = pixels.shape[0], pixels.shape[1]
    if own == size:
        return pixels
    scale = max(size[0] / own[0], size[1] / own[1])
    height, width = (max(1, min(have, round(want / scale))) for have, want in zip(own, size, strict=True))
    top, left = (own[0] - height) // 2, (own[1] - width) // 2
    part = pixels[top : top + height, left : left + width]
    if part.shape[2] == 3:
        return enlarge_cubic(part, size)
    colors, alpha = straight(np.ascontiguousarray(part[..., :3]), to_float(part[..., 3]), size)
    return np.dstack([colors, to_pixels(alpha, part)])
