"""The paper's recomposition: the person of one photo of a group on another photo of it. Nothing here needs torch.

The other photo shows the same person, and the paper does not say where the pasted one goes. Here scale and offset are drawn many
times, and the draw is taken that best avoids the plate's own person or best covers them: a half-covered double is what no user has.
A person who is cut off by the edge of their photo stays cut off by that edge of the plate, since they have no more body than that.
"""

from typing import NamedTuple

import cv2
import numpy as np

from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.over import over
from cleanplate.pixels.resampling import resize
from cleanplate.training.samples.synthesis import Material

DRAWS = 32  # placements tried
COARSE = 64  # pixels of the long side at which they are compared
FEATHER = 1.0  # deviation in pixels by which a pasted edge is softened
SMALLEST, LARGEST = 0.65, 1.15  # scale of the person, relative to what their photo is enlarged by to fill the plate's frame
SHOWN = 0.6  # share of the person that must stay in the frame
TOUCHING = 0.3  # alpha at a photo's border from which the person is cut off there


class Placing(NamedTuple):
    """Where a photo lies in the plate's frame: plate pixels per photo pixel, and its corner as shares of the plate's size."""

    scale: float
    top: float
    left: float


class Recomposition(NamedTuple):
    """A pasted person: the new photo, and how well they avoid (or cover) the person who is in the plate, both 0 to 1."""

    material: Material
    avoids: float
    covers: float


def move(array: FloatArray, placing: Placing, size: tuple[int, int]) -> FloatArray:
    """An array laid into a frame of another size; outside of it, alpha is 0 and colors repeat."""
    height, width = array.shape[:2]
    shrunk = max(1, round(height * placing.scale)), max(1, round(width * placing.scale))
    small = resize(array, shrunk)
    matrix = np.array([[1, 0, placing.left * size[1]], [0, 1, placing.top * size[0]]], np.float64)
    border = cv2.BORDER_CONSTANT if array.ndim == 2 else cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(small, matrix, size[::-1], flags=cv2.INTER_LINEAR, borderMode=border), np.float32)


def cut_off(alpha: FloatArray) -> list[bool]:
    """Whether a person is cut off by the top, bottom, left and right of their photo."""
    return [bool((edge > TOUCHING).mean() > 0.02) for edge in (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1])]


def draw_start(rng: np.random.Generator, length: float, first: bool, last: bool, free: tuple[float, float]) -> float:
    """Along one axis, where a photo begins that is ``length`` plates long: free, or held by the ends that cut the person off.

    >>> draw_start(np.random.default_rng(0), 0.75, False, True, (0, 0))
    0.25
    """
    if first and last:
        return float(rng.uniform(min(1 - length, 0.0), 0.0))
    if first:
        return float(rng.uniform(min(1 - length, 0.0), 0.0)) if length > 1 else 0.0
    if last:
        return float(rng.uniform(1 - length, 0.0)) if length > 1 else 1 - length
    return float(rng.uniform(*free))


def draw_placing(rng: np.random.Generator, alpha: FloatArray, size: tuple[int, int]) -> Placing:
    """Scale and offset of a photo in the plate's frame, with no look at what is there."""
    height, width = alpha.shape
    top, bottom, left, right = cut_off(alpha)
    scale = size[0] / height * float(rng.uniform(SMALLEST, LARGEST))
    if top and bottom:
        scale = max(scale, size[0] / height)
    if left and right:
        scale = max(scale, size[1] / width)
    tall, wide = height * scale / size[0], width * scale / size[1]
    down = draw_start(rng, tall, top, bottom, (1 - 1.05 * tall, 1 - 0.9 * tall))
    return Placing(scale, down, draw_start(rng, wide, left, right, (-0.5 * wide, 1 - 0.5 * wide)))


def judge(moved: FloatArray, other: FloatArray) -> tuple[float, float]:
    """How well a moved person avoids the other, ``1 - sum(a b) / min(sum a, sum b)``, and covers them, ``sum(a b) / sum(b)``.

    >>> half = np.array([[1, 0]], np.float32)
    >>> judge(half, half), judge(half, 1 - half)
    ((0.0, 1.0), (1.0, 0.0))
    """
    both, mine, theirs = float((moved * other).sum()), float(moved.sum()), float(other.sum())
    return 1 - both / max(min(mine, theirs), 1e-6), both / max(theirs, 1e-6)


def best_placing(rng: np.random.Generator, alpha: FloatArray, other: FloatArray) -> Placing:
    """Of ``DRAWS`` placements the one that best avoids or covers the plate's own person, if it shows enough of the pasted one."""
    shrink = COARSE / max(other.shape)
    frame = max(1, round(other.shape[0] * shrink)), max(1, round(other.shape[1] * shrink))
    small = resize(alpha, (max(1, round(alpha.shape[0] * shrink)), max(1, round(alpha.shape[1] * shrink))))
    theirs, best, score = resize(other, frame), None, -1.0
    for _ in range(DRAWS):
        placing = draw_placing(rng, small, frame)
        moved = move(small, placing, frame)
        shown = float(moved.sum()) / max(float(small.sum()) * placing.scale**2, 1e-6)
        worth = max(judge(moved, theirs)) - (1 if shown < SHOWN else 0)
        if best is None or worth > score:
            best, score = placing, worth
    return best if best is not None else Placing(1.0, 0.0, 0.0)


def recompose(
    rng: np.random.Generator, person: FloatArray, alpha: FloatArray, other: FloatArray, others_alpha: FloatArray
) -> Recomposition:
    """The person of one photo pasted on another photo of the group, which is the complete plate.

    Args:
        person, alpha: (height, width, 3) and (height, width) float32 in [0, 1].
        other, others_alpha: the other photo, maybe of another size, and where its own person is.
    """
    size = other.shape[0], other.shape[1]
    placing = best_placing(rng, alpha, others_alpha)
    soft = np.asarray(cv2.GaussianBlur(move(alpha, placing, size), (0, 0), FEATHER), np.float32)
    material = Material(over(move(person, placing, size), soft, other), soft, other)
    return Recomposition(material, *judge(soft, others_alpha))
