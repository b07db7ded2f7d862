"""The colors on either side of a soft edge, estimated in two ways.

Multi-level estimation finds the foreground and background that explain the photo under its alpha; a wrong alpha leads it astray.
``sure_colors`` are smooth and carried from where the alpha is sure, whatever it says in between. The blender is given both.
"""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray, channels_first, channels_last
from cleanplate.pixels.holes import fill
from cleanplate.pixels.resampling import limited_size, resize
from cleanplate.values import Size

COLORS_SIDE = 640  # long side at which colors are estimated; the last step to full size is closed
CLOSED = 0.1  # how much that step trusts the estimate over the pixel
SOLID = 0.98  # alpha from which a pixel is all foreground; below 1 - SOLID it is all background
FALL = 0.08  # alpha over which that fades
APART = 0.004  # of the longer side, between a pixel that is not sure and those that speak for it
REGULARIZATION = 1e-5  # of the multi-level estimation; Germer et al.'s values
GRADIENT_WEIGHT = 1.0
TINY, MANY_STEPS, FEW_STEPS = 32, 10, 2  # Jacobi steps of a level: many while its longer side is tiny, then few
STRIP = 16384  # pixels in a strip of rows: with the strip's other planes they stay in a core's own cache


def edge_colors(
    picture: FloatArray, alpha: FloatArray, both: FloatArray | None = None, sure: tuple[FloatArray, FloatArray] | None = None
) -> dict[str, FloatArray]:
    """The four estimates that the blending network is given, by its names for them.

    Args:
        both: see ``full_size_colors``.
        sure: ``sure_colors``, where they are known already.
    """
    foreground, background = full_size_colors(picture, alpha, both)
    front, behind = sure or sure_colors(picture, alpha)
    return {"foreground": foreground, "background": background, "front": front, "behind": behind}


def limited(picture: FloatArray, alpha: FloatArray, side: int = COLORS_SIDE) -> tuple[FloatArray, FloatArray]:
    """Both shrunk to a long side of at most ``side``."""
    size = limited_size((alpha.shape[0], alpha.shape[1]), side)
    return resize(picture, size), resize(alpha, size)


def sure_colors(picture: FloatArray, alpha: FloatArray, side: int = COLORS_SIDE) -> tuple[FloatArray, FloatArray]:
    """Foreground and background colors carried from where the alpha is sure into where it is not (``holes.fill``).

    Args:
        picture, alpha: as ``estimate_colors`` takes them.
        side: long side at which they are carried.
    """
    some, cover = limited(picture, alpha, side)
    front = fill(some, np.clip((SOLID - cover) / FALL, 0, 1), APART)
    behind = fill(some, np.clip((cover - (1 - SOLID)) / FALL, 0, 1), APART)
    return resize(front, alpha.shape), resize(behind, alpha.shape)


def full_size_colors(picture: FloatArray, alpha: FloatArray, both: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
    """``estimate_colors`` at limited size, brought to full size by one exact step of its data term in every pixel.

    With F0, B0 enlarged and r = I - alpha F0 - (1 - alpha) B0: ``F = F0 + alpha r / (alpha^2 + (1 - alpha)^2 + CLOSED)``, the
    least-squares answer that stays near them. Where alpha is 1 the foreground is the picture itself.

    Args:
        both: F0 and B0 at their limited size, (2, 3, rows, columns), where they are known already.
    """
    both = estimate_planes(*limited(picture, alpha)) if both is None else both
    front, back = (np.stack([resize(plane, alpha.shape) for plane in each]) for each in both)
    seen = channels_first(picture)
    rest = 1 - alpha
    step = (seen - alpha * front - rest * back) / (alpha * alpha + rest * rest + np.float32(CLOSED))
    behind = np.clip(back + rest * step, 0, 1)
    return channels_last(np.clip(seen + closed(seen, alpha, front, back), 0, 1)), channels_last(behind)


def closed(picture: FloatArray, alpha: FloatArray, front: FloatArray, back: FloatArray) -> FloatArray:
    """What that step changes in the picture, fading over the last fiftieth of alpha; planes (3, height, width), not clipped.

    Each pixel of it is a sum of the picture's, F0 and B0 by weights that depend on alpha alone, so it is in their units.

    Args:
        front, back: F0 and B0; what they hold is lost.
    """
    rest = 1 - alpha
    weight = alpha / (alpha * alpha + rest * rest + np.float32(CLOSED))
    fade = np.clip(50 * rest, 0, 1)
    front *= fade * (1 - weight * alpha)
    back *= fade * (weight * rest)
    front -= back
    front -= np.multiply(picture, fade * (1 - weight), out=back)
    return front


# ---- multi-level estimation ------------------------------------------------------------------------------------------


def estimate_colors(picture: FloatArray, alpha: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Foreground and background colors behind a soft alpha: Germer et al., *Fast Multi-Level Foreground Estimation*, ICPR 2020.

    From one pixel up to the full size, each level starts from the one below and takes Jacobi steps of its ``System``.

    Args:
        picture: (height, width, 3) float32 in [0, 1].
        alpha: (height, width) float32 in [0, 1].

    Returns:
        foreground and background, (height, width, 3) float32 in [0, 1] each.
    """
    front, back = estimate_planes(picture, alpha)
    return channels_last(front), channels_last(back)


def estimate_planes(picture: FloatArray, alpha: FloatArray) -> FloatArray:
    """``estimate_colors`` as planes, (2, 3, height, width)."""
    both, size = mean_colors(picture, alpha), (alpha.shape[0], alpha.shape[1])
    tables = [np.asarray(cv2.integral(each), np.float64) for each in (picture, alpha)]
    for fewer in sizes(size):
        if 3 * max(fewer) < max(size):  # OpenCV, which looks at every pixel again, is the slower way
            both = relax(both, *(np.asarray(means(table, fewer), np.float32) for table in tables))
        else:
            both = relax(both, resize(picture, fewer), resize(alpha, fewer))
    return relax(both, picture, alpha)


def mean_colors(picture: FloatArray, alpha: FloatArray) -> FloatArray:
    """The picture's mean by alpha and by its rest: foreground and background of one pixel, (2, 3, 1, 1)."""
    answer = np.empty((2, 3, 1, 1), np.float32)
    for colors, cover in zip(answer, (alpha.ravel(), 1 - alpha.ravel()), strict=True):
        colors[:, 0, 0] = cover @ picture.reshape(-1, 3) / (cover.sum() + np.float32(1e-6))
    return answer


def sizes(size: Size) -> list[Size]:
    """Those of the levels below a picture's own, from one pixel up: both sides grow by even factors, the longer by two at most.

    >>> sizes((8, 2))
    [(1, 1), (2, 1), (4, 2)]
    """
    count = max(1, int(np.ceil(np.log2(max(size)))))
    return [(max(1, round(size[0] ** (at / count))), max(1, round(size[1] ** (at / count)))) for at in range(count)]


def means(sums: npt.NDArray[np.float64], size: Size) -> npt.NDArray[np.float64]:
    """A picture shrunk by area to (rows, columns), from its summed-area table (Crow 1984) at whatever fractions of a pixel.

    >>> means(cv2.integral(np.array([[1, 3, 5]], np.float32)), (1, 2)).round(3).tolist()
    [[1.667, 4.333]]
    """
    for axis, count in enumerate(size):
        whole = sums.shape[axis] - 1
        at = np.linspace(0, whole, count + 1)
        below = np.minimum(at.astype(int), whole - 1)
        lower, upper = sums.take(below, axis), sums.take(below + 1, axis)
        share = (at - below).reshape((-1,) + (1,) * (sums.ndim - 1 - axis))
        sums = np.diff(lower + share * (upper - lower), axis=axis) * (count / whole)
    return sums


def relax(below: FloatArray, picture: FloatArray, alpha: FloatArray) -> FloatArray:
    """The Jacobi steps of one level, begun with the colors of the level below.

    Args:
        below: (2, 3, rows, columns), foreground and background in planes.
        picture: (height, width, 3) float32.
        alpha: (height, width) float32.

    Returns:
        (2, 3, height, width) float32 in [0, 1].
    """
    height, width = alpha.shape
    both = np.empty((2, 3, height + 2, width + 2), np.float32)  # a pixel around it, in which the edges are repeated
    for old, new in zip((*below[0], *below[1]), (*both[0], *both[1]), strict=True):
        new[1:-1, 1:-1] = cv2.resize(old, (width, height), interpolation=cv2.INTER_NEAREST)
    after = np.empty_like(both)
    system = System(picture, alpha)
    for _ in range(MANY_STEPS if max(height, width) <= TINY else FEW_STEPS):
        repeat_edges(both)
        for top in range(0, height, system.rows):
            system.step(both, after, slice(top, min(top + system.rows, height)))
        both, after = after, both
    return both[:, :, 1:-1, 1:-1]


def repeat_edges(both: FloatArray) -> None:
    """The outermost pixels filled with their neighbors."""
    both[:, :, 0], both[:, :, -1] = both[:, :, 1], both[:, :, -2]
    both[..., 0], both[..., -1] = both[..., 1], both[..., -2]


class System:
    """The linear equations of one level, which Germer et al. solve for F and B of a pixel together, its neighbors being known.

    ``|a F + b B - I|^2`` with ``b = 1 - a``, plus ``w_j (|F - F_j|^2 + |B - B_j|^2)`` over the four neighbors j, is least where::

        [a a + W    a b  ] [F]   [a I + sum_j w_j F_j]      w_j = REGULARIZATION + GRADIENT_WEIGHT |a - a_j|
        [  a b    b b + W] [B] = [b I + sum_j w_j B_j]      W   = sum_j w_j

    Args:
        picture: I, (height, width, 3) float32.
        alpha: a, (height, width) float32.
    """

    def __init__(self, picture: FloatArray, alpha: FloatArray) -> None:
        height, width = alpha.shape
        self.down, self.across = (np.full(size, REGULARIZATION, np.float32) for size in ((height + 1, width), (height, width + 1)))
        self.down[1:-1] += np.float32(GRADIENT_WEIGHT) * np.abs(alpha[1:] - alpha[:-1])  # between a pixel and the one above it
        self.across[:, 1:-1] += np.float32(GRADIENT_WEIGHT) * np.abs(alpha[:, 1:] - alpha[:, :-1])
        rest, total = 1 - alpha, self.down[:-1] + self.down[1:] + self.across[:, :-1] + self.across[:, 1:]
        self.inverse = inverse(alpha * alpha + total, alpha * rest, rest * rest + total)
        self.shares, self.picture = np.stack([alpha, rest])[:, None], channels_first(picture)
        self.rows = max(1, STRIP // width)  # in a strip
        self.room = np.empty((2, 2, 3, min(height, self.rows), width), np.float32)

    def step(self, both: FloatArray, after: FloatArray, rows: slice) -> None:
        """One Jacobi step of some rows, read from ``both`` and written into ``after``, (2, 3, height + 2, width + 2)."""
        right, part = self.room[..., : rows.stop - rows.start, :]
        np.multiply(self.shares[:, :, rows], self.picture[:, rows], out=right)
        for weight, near in self.neighbors(both, rows):
            right += np.multiply(weight, near, out=part)
        answer = after[:, :, rows.start + 1 : rows.stop + 1, 1:-1]
        for unknown, (first, second) in zip(answer, self.inverse, strict=True):
            np.multiply(first[rows], right[0], out=part[0])
            np.multiply(second[rows], right[1], out=part[1])
            np.add(part[0], part[1], out=unknown)
        np.clip(answer, 0, 1, out=answer)

    def neighbors(self, both: FloatArray, rows: slice) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Weights w_j, (rows, width), and colors of the pixels above, below, left and right, (2, 3, rows, width)."""
        top, end = rows.start + 1, rows.stop + 1  # in ``both``, which has a pixel more around it
        yield self.down[rows], both[:, :, top - 1 : end - 1, 1:-1]
        yield self.down[top:end], both[:, :, top + 1 : end + 1, 1:-1]
        yield self.across[rows, :-1], both[:, :, top:end, :-2]
        yield self.across[rows, 1:], both[:, :, top:end, 2:]


def inverse(first: FloatArray, cross: FloatArray, second: FloatArray) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """That of the symmetric matrices [[first, cross], [cross, second]], row by row; what they hold is lost.

    >>> inverse(np.float32([2]), np.float32([0]), np.float32([4]))[1][1].tolist()
    [0.25]
    """
    scale = 1 / (first * second - cross * cross)
    first *= scale
    second *= scale
    cross *= -scale
    return (second, cross), (cross, first)
