"""The shadow that a light from one side casts along the ground: the person's outline, laid down.

Each slice of their height is laid where it falls and blurred there, which is a small part of the ground around them.
"""

import math

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.resampling import resize
from cleanplate.stages.footing import Footing
from cleanplate.stages.occlusion import REACH, blurred, person_columns
from cleanplate.values import Box, Size

LENGTH = 0.8  # of a cast shadow, over the person's height: a light 51 degrees high
THIN = 0.05  # of the person's height: the least that a shadow falls down or up the picture, else it were a line
FINER = 4  # times as tall is a shadow laid down, which flattens the outline, and then made small
FADING, SOFTEST, SHARPEST = 0.5, 0.045, 0.006  # of a cast shadow at the head: how much fainter, how blurred; and at the feet
SLICES = ((-1.0, 0.0, 0.15), (0.0, 0.15, 0.45), (0.15, 0.45, 1.0), (0.45, 1.0, 2.0))  # of the height: from, most, to

Affine = npt.NDArray[np.float64]  # (2, 3): columns and rows of what a point (column, row, 1) becomes


def fall(angle: float, flat: float) -> tuple[float, float]:
    """How far a shadow falls to the right and down the picture, over the height of what casts it.

    >>> [tuple(round(each, 2) for each in fall(angle, 0.25)) for angle in (90, 270, 210)]
    [(-0.8, 0.05), (0.8, 0.05), (0.4, -0.17)]
    """
    across, along = -math.sin(math.radians(angle)), round(math.cos(math.radians(angle)), 9)
    return LENGTH * across, math.copysign(max(THIN, LENGTH * flat * abs(along)), along + 1e-12)


def cast(alpha: FloatArray, foot: Footing, angle: float, flat: float) -> FloatArray:
    """How much of that light the person hides from the ground: their outline laid down, softer and fainter with height.

    Args:
        alpha: (rows, columns) float32.
        angle: see ``Light``.
        flat: see ``flatness``.
    """
    size, columns, answer = (alpha.shape[0], alpha.shape[1]), person_columns(alpha), np.zeros_like(alpha)
    right, down = fall(angle, flat)
    onto, body, high = landing(foot, right, down), alpha[:, columns], np.clip(foot.above(size)[:, columns], 0, 1)
    for below, height, beyond in SLICES:
        part = body * np.maximum(0, np.minimum((high - below) / (height - below), (beyond - high) / (beyond - height)))
        rows = np.flatnonzero(part.any(1))
        if len(rows):
            own = Box(int(rows[0]), columns.start, int(rows[-1] + 1 - rows[0]), columns.stop - columns.start)
            sigma = (SHARPEST + (SOFTEST - SHARPEST) * height) * foot.tall
            sigmas = sigma, sigma * max(flat, abs(down))
            there = landed(own, onto, sigmas, size)
            down_there = laid(part[rows[0] : rows[-1] + 1], own, onto, there)
            answer[there.slices] += (1 - FADING * height) * blurred(down_there, *sigmas)
    return np.clip(answer, 0, 1)


def landing(foot: Footing, right: float, down: float) -> Affine:
    """The map that lays a picture on the ground: a point h above the foot line goes to that line and on by h times ``fall``."""
    slope, at = foot.slope, foot.at + (foot.slope - 1) / 2  # OpenCV counts from the middle of the first pixel
    return np.array([[1 + right * slope, -right, right * at], [slope * (1 + down), -down, at * (1 + down)]], np.float64)


def landed(own: Box, onto: Affine, sigmas: tuple[float, float], size: Size) -> Box:
    """Where what lies in a box is laid and what a blur reaches of it, in a picture of that size; at least one pixel of that."""
    ends = [(x, y, 1) for x in (own.left - 1, own.left + own.width) for y in (own.top - 1, own.top + own.height)]
    corners, aside = np.array(ends) @ onto.T, np.array([math.ceil(REACH * max(each, 1)) for each in sigmas])
    most = np.array([size[1], size[0]]) - 1
    left, top = np.clip(np.floor(corners.min(0)).astype(int) - aside, 0, most)
    right, bottom = np.clip(np.ceil(corners.max(0)).astype(int) + aside, 0, most)
    return Box(int(top), int(left), int(bottom - top + 1), int(right - left + 1))


def laid(part: FloatArray, own: Box, onto: Affine, there: Box) -> FloatArray:
    """What lies in one box, laid down in another one; made taller first and then small, since laying down flattens."""
    matrix = onto.copy()
    matrix[:, 2] += onto[:, :2] @ (own.left, own.top) - (there.left, there.top)
    matrix[1] = matrix[1] * FINER + [0, 0, (FINER - 1) / 2]
    tall = cv2.warpAffine(part, matrix, (there.width, FINER * there.height), flags=cv2.INTER_LINEAR)
    return resize(np.asarray(tall, np.float32), (there.height, there.width))
