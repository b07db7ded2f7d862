"""Where a plate's horizon is, where that is plain: as high as the eye of the camera, and so of most people who stand on its ground.

Two witnesses. Straight edges that run away from the camera meet on it, whatever way they run, as long as they are level (vanishing
points; Hartley and Zisserman, *Multiple View Geometry*, 2004, 8.6); and seas, plains and roads end in a level line across the
picture. The camera is taken to be level from left to right, as most are.

Where neither is plain, a place that is seen from afar still has a horizon, and it is guessed: who stood there as high as the
picture would be a giant. A table or an armchair, seen from near, tells nothing of the kind.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import Pixels, to_float, to_uint8
from cleanplate.pixels.resampling import limited_size, reduce

SIDE = 640  # pixels of the long side at which a plate is looked at
Array = npt.NDArray[Any]

STEEPNESS = 4.0, 65.0  # degrees of edges that tell: flatter ones meet anywhere, steeper ones are mostly upright things
SHORTEST, MOST, FEWEST = 0.035, 150, 8  # of the long side: edges that count; the longest of them; with fewer nothing is said
APART = 6.0  # degrees that two edges lie apart for their meeting point to be sure
MISS = 1.5  # degrees by which an edge may miss a meeting point
SPREAD = 0.02  # of the height: how near to each other meeting points are one horizon
TRUSTED = 0.28  # share of all edges' length that has to agree
HEIGHTS = 0.02, 0.95  # of the height: a horizon in the picture
BOUNDARY, FAR_FROM_ALL = 3.2, (0.2, 0.75)  # how much stronger than other rows a level line has to be, and where
USUAL, SPREADS = 0.5, 0.2  # of the height: where the horizon of places seen from afar mostly lies, and how far from there it may
HINT = 0.1  # as ``TRUSTED``, of edges that tell where the horizon of a place seen from afar is likely to be
BUSY, AFAR, CELL = 3.0, 0.65, 13  # levels of fine detail in a cell of so many pixels; share of such cells in what is seen from afar
UNEVEN = 0.2  # of its mean: how much detail varies at least from cell to cell, else it is a camera's noise
SKY = 0.25  # share of the upper quarter that is sky where a place is seen from afar
SMOOTH, BRIGHT, YELLOW, ROSY = 2.0, 40.0, 3.0, (8.0, 30.0)  # levels; L*; b* of a sky at most; or a* from, b* to where the sun sets


def horizon(plate: Pixels) -> float | None:
    """The horizon's height from the top as a share of the plate's, or None where it is not plain and the plate is seen from near.

    Args:
        plate: (height, width, 3) uint8 or uint16, sRGB-encoded.
    """
    small = reduce(plate, limited_size((plate.shape[0], plate.shape[1]), SIDE))
    small = small if small.dtype == np.uint8 else to_uint8(to_float(small))
    lines, size = edges(small), (small.shape[0], small.shape[1])
    found = vanishing_height(lines, size)
    found = level_line(small) if found is None else found
    return guess(lines, size) if found is None and afar(small) else found


def guess(lines: Array, size: tuple[int, int]) -> float:
    """Where the horizon of a place seen from afar is likely to be: halfway to what its edges hint at from where it mostly is."""
    found = vanishing_height(lines, size, usual=True)
    return USUAL if found is None else (USUAL + found) / 2


def afar(picture: Array) -> bool:
    """Whether fine detail covers the lower half of a picture below a sky, as leaves, stones and windows do that are far away.

    Without a sky it may be a wall of bricks at arm's length.

    Torralba and Oliva, *Depth Estimation from Image Structure*, PAMI 2002: the farther a scene, the more its spectrum holds of high
    frequencies, since many small things are seen in it where near ones show few smooth surfaces.
    """
    fine = detail(picture[len(picture) // 2 :])[CELL // 2 :: CELL, CELL // 2 :: CELL]
    even = float(fine.std()) < UNEVEN * float(fine.mean()) if fine.size else True
    return not even and float((fine > BUSY).mean()) >= AFAR and sky(picture) >= SKY


def detail(picture: Array) -> Array:
    """How much fine detail there is around each pixel, in levels of 255."""
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(cv2.blur(np.abs(gray - cv2.GaussianBlur(gray, (0, 0), 1.5)), (CELL, CELL)))


def sky(picture: Array) -> float:
    """The share of a picture's upper quarter that is smooth and bright, and not yellow as walls are unless it is rosy too."""
    upper = picture[: max(1, len(picture) // 4)]
    light, red, yellow = cv2.split(cv2.cvtColor(to_float(upper), cv2.COLOR_RGB2LAB))
    hue = (yellow < YELLOW) | ((red > ROSY[0]) & (yellow < ROSY[1]))
    return float(((detail(upper) < SMOOTH) & (light > BRIGHT) & hue).mean())


def edges(picture: Array) -> Array:
    """Straight edges that tell, longest first: (count, 4) of x, y, x, y at either end.

    Von Gioi et al., *LSD: a Line Segment Detector*, IPOL 2012.

    Args:
        picture: (height, width, 3) uint8, sRGB-encoded.
    """
    found = cv2.createLineSegmentDetector().detect(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))[0]
    lines = np.empty((0, 4)) if found is None else found.reshape(-1, 4).astype(np.float64)
    across, down = np.abs(lines[:, 2] - lines[:, 0]), np.abs(lines[:, 3] - lines[:, 1])
    steep, length = np.degrees(np.arctan2(down, across)), np.hypot(across, down)
    tells = (steep > STEEPNESS[0]) & (steep < STEEPNESS[1]) & (length > SHORTEST * max(picture.shape))
    return np.asarray(lines[tells][np.argsort(-length[tells], kind="stable")[:MOST]])


def vanishing_height(lines: Array, size: tuple[int, int], usual: bool = False) -> float | None:
    """The height, as a share of the picture's, on which most edges meet.

    Args:
        usual: heights count more the nearer they are to where horizons mostly lie, and then a hint is enough.

    >>> road = np.float64([[0, 100, 45, 55], [100, 100, 55, 55], [0, 90, 40, 58], [100, 90, 60, 58]] * 2)
    >>> vanishing_height(road, (100, 100))
    0.5
    """
    if len(lines) < FEWEST:
        return None
    through = np.cross(homogeneous(lines[:, :2]), homogeneous(lines[:, 2:]))
    through /= np.hypot(through[:, 0], through[:, 1])[:, None]
    one, other = np.triu_indices(len(lines), 1)
    met = np.cross(through[one], through[other])
    met = met[np.abs(met[:, 2]) > np.sin(np.radians(APART))]
    met = met[:, :2] / met[:, 2:]
    height, width = size
    met = met[(np.abs(met[:, 0] - width / 2) < 2.5 * width) & (met[:, 1] > -0.3 * height) & (met[:, 1] < 1.3 * height)]
    if len(met) == 0:
        return None
    met = met[np.linspace(0, len(met) - 1, min(len(met), 400)).astype(int)]
    agree = agreement(lines, through, met)
    weight = agree**3 * (np.exp(-(((met[:, 1] / height - USUAL) / SPREADS) ** 2) / 2) if usual else 1)
    votes = weight * np.exp(-(((met[:, None, 1] - met[None, :, 1]) / (SPREAD * height)) ** 2) / 2)
    density = votes.sum(1)
    best = int(density.argmax())
    near = np.abs(met[:, 1] - met[best, 1]) < 3 * SPREAD * height
    at = float(np.average(met[near, 1], weights=weight[near])) / height
    sure = weight[near].sum() / weight.sum() * agree[near].max()
    return round(at, 4) if sure >= (HINT if usual else TRUSTED) and HEIGHTS[0] < at < HEIGHTS[1] else None


def homogeneous(points: Array) -> Array:
    """Points (count, 2) in homogeneous coordinates."""
    return np.column_stack([points, np.ones(len(points))])


def agreement(lines: Array, through: Array, met: Array) -> Array:
    """The share of all edges' length that runs to each meeting point."""
    length = np.hypot(*(lines[:, 2:] - lines[:, :2]).T)
    away = np.linalg.norm((lines[:, :2] + lines[:, 2:])[None] / 2 - met[:, None], axis=2)
    aside = np.abs(homogeneous(met) @ through.T)
    return np.asarray(((aside <= away * np.sin(np.radians(MISS))) * length).sum(1) / length.sum())


def level_line(picture: Array) -> float | None:
    """The height, as a share of the picture's, of a level line that crosses most of it as nothing else does."""
    lab = cv2.cvtColor(cv2.GaussianBlur(picture, (0, 0), 1.5), cv2.COLOR_RGB2LAB).astype(np.float32)
    height, reach = len(lab), max(2, len(lab) // 60)
    if height <= 5 * reach:  # no row has two of its own and others beside
        return None
    sums = np.concatenate([np.zeros_like(lab[:1]), np.cumsum(lab, axis=0)])
    rows = np.arange(reach, height - reach)
    step = np.linalg.norm(2 * sums[rows] - sums[rows - reach] - sums[rows + reach], axis=2) / reach
    strength = np.median(step, axis=1)
    best = int(strength.argmax())
    others = np.concatenate([strength[: max(0, best - 2 * reach)], strength[best + 2 * reach :]])
    at = rows[best] / height
    plain = strength[best] >= BOUNDARY * (np.percentile(others, 95) + 2)
    return round(float(at), 4) if plain and FAR_FROM_ALL[0] < at < FAR_FROM_ALL[1] else None
