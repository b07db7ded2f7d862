"""What is seen of noise in small blocks of a picture: how much varies from pixel to pixel, on three scales, and how it does.

Which of it is noise and which a texture is told by ``noise``.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray, Pixels, as_float

BLOCK = 16  # pixels of a block's side
OCTAVES = 3  # scales: every pixel, means of 2 x 2, means of 4 x 4
NOTHING = np.float32(1e-9)  # a power that is none: below that of 16 bits' rounding
AXES = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]], np.float32)  # brightness, and two of color
BASIS = np.asarray(AXES / np.linalg.norm(AXES, axis=1, keepdims=True), np.float32)


@dataclass(frozen=True, eq=False)
class Blocks:
    """What is seen in n blocks.

    Args:
        mean: (n, 3), their colors.
        power: (n, 3, OCTAVES), as in ``Noise``.
        uneven: (n,), the variance of their coarse shape but for a slope.
        kurtosis: (n,), of brightness in the second octave.
        whole: (n,), whether nothing in them is black or white, where noise is cut off.
    """

    mean: FloatArray
    power: FloatArray
    uneven: FloatArray
    kurtosis: FloatArray
    whole: npt.NDArray[np.bool_]


def in_blocks(picture: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """(height, width, ...) seen as (rows, columns, BLOCK, BLOCK, ...); what is left at the right and the bottom is not in it."""
    rows, columns = picture.shape[0] // BLOCK, picture.shape[1] // BLOCK
    whole = picture[: rows * BLOCK, : columns * BLOCK]
    return whole.reshape(rows, BLOCK, columns, BLOCK, *picture.shape[2:]).swapaxes(1, 2)


def looked_at(blocks: Pixels | FloatArray) -> Blocks:
    """(n, BLOCK, BLOCK, 3) integers or float32 from 0 to 1."""
    colors = np.ascontiguousarray(as_float(blocks).transpose(1, 2, 3, 0))  # n last: what is done then runs along it
    whole = (colors.min((0, 1, 2)) > 0) & (colors.max((0, 1, 2)) < 1)
    octave = np.stack([sum(row[each] * colors[:, :, each] for each in range(3)) for row in BASIS], 2)
    powers, kurtosis = list[FloatArray](), np.zeros(len(blocks), np.float32)
    for each in range(OCTAVES):
        octave = octave if each == 0 else halved(octave)
        powers.append(roughness(octave))
        if each == 1:
            kurtosis = peaked(octave[:, :, 0])
    return Blocks(colors.mean((0, 1)).T, np.stack(powers, -1).swapaxes(0, 1), unevenness(octave[:, :, 0]), kurtosis, whole)


def second_differences(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """``2 x - its two neighbors``, down and across, of (rows, columns, ...): blind to slopes."""
    down = 2 * values[1:-1] - values[:-2] - values[2:]
    across = 2 * values[:, 1:-1] - values[:, :-2] - values[:, 2:]
    return down, across


def roughness(values: FloatArray) -> FloatArray:
    """Mean square of the second differences of (rows, columns, ...), in units in which white noise has its variance.

    >>> float(roughness(np.float32([[0, 6, 0], [6, 0, 6], [0, 6, 0]])))
    24.0
    """
    squares = [np.square(each, out=each).mean((0, 1)) for each in second_differences(values)]
    return np.asarray((squares[0] + squares[1]) / 12, np.float32)


def peaked(values: FloatArray) -> FloatArray:
    """Kurtosis of the second differences of (rows, columns, n): 3 where they are a bell curve, more where there are edges."""
    both = np.concatenate([each.reshape(-1, values.shape[2]) for each in second_differences(values)])
    squares = both * both
    return np.asarray((squares * squares).mean(0) / np.maximum(squares.mean(0) ** 2, NOTHING**2), np.float32)


def halved(values: FloatArray) -> FloatArray:
    """(rows, columns, ...), even numbers of them: means of 2 x 2."""
    pairs = values[::2] + values[1::2]
    return np.asarray((pairs[:, ::2] + pairs[:, 1::2]) / 4, np.float32)


def unevenness(values: FloatArray) -> FloatArray:
    """The variance of (side, side, n) about the plane that fits each of them."""
    side = len(values)
    slope = np.arange(side, dtype=np.float32) - np.float32((side - 1) / 2)
    slope /= np.sqrt(side * (slope @ slope))
    rest = values - values.mean((0, 1))
    squares = (rest * rest).sum((0, 1))
    slopes = np.einsum("yxn,y->n", rest, slope) ** 2 + np.einsum("yxn,x->n", rest, slope) ** 2
    return np.asarray((squares - slopes) / (side * side - 3), np.float32)


