"""How soft a picture is at its sharpest places, and a person softened as much.

A photo that was enlarged, or is out of focus everywhere, has nothing sharp in it; a portrait's background that is blurred behind
something sharp has. So only the sharpest places count, and the person is blurred where even they are clearly soft.
"""

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray, Pixels, as_float, to_pixels
from cleanplate.stages.compositing import Layer
from cleanplate.values import Size

Colors = Pixels | FloatArray

TILE = 16  # pixels of a side of what one answer is given for
AROUND = 4  # pixels around it that blurring by one pixel still sees
WINDOW = 4 * TILE + 2 * AROUND  # pixels of a side of the parts that are looked at
MOST = 160  # of them, spread evenly
SHARPEST = 0.05  # of the tiles count
FEWEST = 12  # tiles with something to see, below which nothing is said
SEEN = 0.01  # a slope in shares of white a pixel from which on there is something to see in a tile
SOLID = 0.99  # alpha from which on nothing of the old background is seen
SHARP, SOFT = 0.85, 1.15  # deviation, in pixels, of a picture's sharpest places that is a camera's own; that is clearly soft
MOST_ADDED = 2.5  # pixels: three to four times enlarged; what is softer is meant so, and a person before it is mostly sharp
BLURRED = 3.5, 8.0  # deviation from which on a plate rather is out of focus than enlarged, and from which on surely
LEAST_KEPT = 0.3  # of the softening where it surely is
LEAST_ADDED = 0.35  # pixels, below which blurring is not seen
STRIP = 256  # rows that are blurred at a time
ALL = 1 - 1e-5  # of alpha: what is less by rounding alone is all
LEAST_ALPHA = 0.001  # a quarter of a level of 8 bits, below which no color is told


def of_picture(pixels: Pixels | FloatArray, alpha: FloatArray | None = None, noise: float = 0.0) -> float | None:
    """Deviation in pixels of the bell curve by which a picture's sharpest places are blurred; None where nothing is to be seen.

    By how much steeper they are than the picture blurred by one pixel more (as Zhuo and Sim, *Defocus map estimation from a single
    image*, 2011, do it for edges): of a thin line of deviation s, squares of slopes sum up to ``s^-3``.

    Args:
        pixels: (height, width, 3) integers, or float32 from 0 to 1.
        alpha: (height, width) float32: only where it is solid is looked.
        noise: its deviation in shares of white, which is not taken for sharpness.
    """
    size = pixels.shape[0], pixels.shape[1]
    sharp, blurred = list[FloatArray](), list[FloatArray]()
    for part in windows(size):
        if alpha is not None and not (alpha[part] >= SOLID).any():
            continue
        grey = cv2.cvtColor(np.ascontiguousarray(as_float(pixels[part])), cv2.COLOR_RGB2GRAY)
        more = cv2.GaussianBlur(grey, (0, 0), 1.0)
        valid = None if alpha is None else cv2.erode(alpha[part], np.ones((2 * AROUND + 1,) * 2, np.uint8)) >= SOLID
        for found, each in ((sharp, grey), (blurred, more)):
            found.append(slopes(np.asarray(each, np.float32), valid))
    if not sharp:
        return None
    steep, less = np.concatenate(sharp) - 4 * np.float32(noise) ** 2, np.concatenate(blurred)
    told = less > max(SEEN, 3 * noise) ** 2
    if np.count_nonzero(told) < FEWEST:
        return None
    ratio = float(np.quantile(np.sqrt(np.maximum(steep[told] / less[told], 1)), 1 - SHARPEST))
    return 1 / math.sqrt(max(ratio ** (4 / 3) - 1, 1e-3))


def windows(size: Size) -> list[tuple[slice, slice]]:
    """Parts of a picture of that size, about MOST of them, spread evenly.

    >>> len(windows((3000, 4000))), windows((50, 60))
    (165, [(slice(0, 50, None), slice(0, 60, None))])
    """
    apart = max(WINDOW - 2 * AROUND, math.ceil(math.sqrt(size[0] * size[1] / MOST)))
    tops, lefts = (range(max(0, side - WINDOW) % apart // 2, max(1, side - WINDOW + 1), apart) for side in size)
    return [(slice(top, min(top + WINDOW, size[0])), slice(left, min(left + WINDOW, size[1]))) for top in tops for left in lefts]


def slopes(grey: FloatArray, valid: npt.NDArray[np.bool_] | None) -> FloatArray:
    """The mean square of the slope in each tile, margins left out; 0 where not all of a tile is valid.

    Args:
        grey: (height, width) float32.
        valid: (height, width).
    """
    inner = slice(AROUND, -AROUND)
    down, across = np.diff(grey, axis=0)[inner, inner], np.diff(grey, axis=1)[inner, inner]
    rows, columns = (min(side) // TILE for side in zip(down.shape, across.shape, strict=True))
    squares = down[: rows * TILE, : columns * TILE] ** 2 + across[: rows * TILE, : columns * TILE] ** 2
    answer = as_tiles(squares, rows, columns).mean((1, 3))
    if valid is not None:
        answer = answer * as_tiles(valid[inner, inner][: rows * TILE, : columns * TILE], rows, columns).all((1, 3))
    return np.asarray(answer.ravel(), np.float32)


def as_tiles(values: npt.NDArray[np.generic], rows: int, columns: int) -> npt.NDArray[np.generic]:
    return values.reshape(rows, TILE, columns, TILE)


def lacking(plate: float | None, person: float | None, strength: float = 1.0) -> float:
    """Deviation in pixels by which a person is to be blurred so that they are as soft as the plate; 0 for not at all.

    Args:
        plate, person: what ``of_picture`` says of them.
        strength: 0 to 1, of it.

    >>> lacking(0.8, 0.5), round(lacking(1.3, 0.5), 2), lacking(1.3, 1.4)
    (0.0, 1.2, 0.0)
    """
    if plate is None or person is None or plate <= max(person, SHARP):
        return 0.0
    clear = min(1.0, (plate - SHARP) / (SOFT - SHARP))
    enlarged = 1 - (1 - LEAST_KEPT) * min(1.0, max(0.0, (plate - BLURRED[0]) / (BLURRED[1] - BLURRED[0])))
    added = strength * clear * enlarged * min(MOST_ADDED, math.sqrt(plate**2 - person**2))
    return added if added >= LEAST_ADDED else 0.0


def softened(layer: Layer, frame: Size, deviation: float) -> Layer:
    """A person blurred by a bell curve, colors premultiplied, so that nothing of what is transparent gets in; their box is larger.

    Args:
        frame: the size of the frame they lie in, beyond which they go on as they end.
        deviation: in pixels, above 0.
    """
    pixels, alpha, box = layer[:3]
    reach = math.ceil(3 * deviation)
    wider = box.grown(reach, frame)
    above, left = box.top - wider.top, box.left - wider.left
    edges = above, wider.height - box.height - above, left, wider.width - box.width - left
    cover = np.asarray(cv2.copyMakeBorder(alpha, *edges, cv2.BORDER_CONSTANT, value=0), np.float32)
    colors: Any = cv2.copyMakeBorder(pixels, *edges, cv2.BORDER_REPLICATE)
    soft, answer = np.empty_like(cover), np.empty_like(colors)
    for top in range(0, wider.height, STRIP):
        inner = slice(top, min(top + STRIP, wider.height))
        outer = slice(max(0, top - reach), inner.stop + reach)
        kept = slice(inner.start - outer.start, inner.stop - outer.start)
        weight = blurred(cover[outer], deviation)[kept]
        shown = blurred(as_float(colors[outer]) * cover[outer, :, None], deviation)[kept]
        shown /= np.maximum(weight, LEAST_ALPHA)[..., None]
        answer[inner] = np.clip(shown, 0, 1) if colors.dtype == np.float32 else to_pixels(shown, colors)
        soft[inner] = np.where(weight < LEAST_ALPHA, 0, np.where(weight > ALL, 1, weight))
    return Layer(answer, soft, wider, layer.feet)


def blurred(values: FloatArray, deviation: float) -> FloatArray:
    side = 2 * math.ceil(3 * deviation) + 1
    return np.asarray(cv2.GaussianBlur(values, (side, side), deviation, borderType=cv2.BORDER_REPLICATE), np.float32)
