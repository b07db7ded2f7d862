"""Films of one cutout before a still plate, whose motion is known exactly, so that it can be undone without estimating it."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray, to_float
from cleanplate.pixels.over import over
from cleanplate.pixels.resampling import squash
from cleanplate.stages import edge_colors, matting
from cleanplate.training.experiments import measures

SMALL, LARGE = 0.4, 1.4  # scales at both ends of the growing film; the area grows twelvefold


class Film(NamedTuple):
    """What a harmonizer is shown, frame by frame, and how to see every frame from the foreground.

    ``maps`` are (2, 3) affine maps from the foreground's own pixels to those of the frame; none for a real clip. ``area`` is the
    part of the foreground that is inside every frame, in its own pixels; for a real clip one for each frame.
    """

    plate: FloatArray
    composites: list[FloatArray]
    alphas: list[FloatArray]
    maps: list[FloatArray] | None
    area: list[np.ndarray]


def warp(picture: FloatArray, matrix: FloatArray, inverse: bool = False) -> FloatArray:
    """The picture moved by an affine map (or back by it), bilinear; colors go on beyond the border, an alpha ends there.

    A whole number of pixels moves it exactly. It is blurred first as far as it shrinks.
    """
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    if scale < 1 and not inverse:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.5 * (1 / scale**2 - 1) ** 0.5), np.float32)
    border = cv2.BORDER_CONSTANT if picture.ndim == 2 else cv2.BORDER_REPLICATE
    flags = cv2.INTER_LINEAR | (cv2.WARP_INVERSE_MAP if inverse else 0)
    size = picture.shape[1], picture.shape[0]
    return np.asarray(cv2.warpAffine(picture, matrix.astype(np.float64), size, flags=flags, borderMode=border), np.float32)


def scaling(scale: float, side: int) -> FloatArray:
    """Scaled about the middle of a square of pixels."""
    middle = (side - 1) / 2
    return np.array([[scale, 0, middle * (1 - scale)], [0, scale, middle * (1 - scale)]], np.float32)


def shift(pixels: int) -> FloatArray:
    """Moved to the right."""
    return np.array([[1, 0, pixels], [0, 1, 0]], np.float32)


def film(foreground: FloatArray, alpha: FloatArray, plate: FloatArray, maps: list[FloatArray]) -> Film:
    """The cutout at every one of these places."""
    alphas = [np.clip(warp(alpha, each), 0, 1) for each in maps]
    composites = [over(warp(foreground, each), area, plate) for each, area in zip(maps, alphas, strict=True)]
    inside = np.all([warp(np.ones_like(alpha), each, inverse=True) > 0.999 for each in maps], 0)  # what no frame cuts off
    return Film(plate, composites, alphas, maps, [measures.interior(alpha) & inside])


def translation(foreground: FloatArray, alpha: FloatArray, plate: FloatArray, count: int) -> Film:
    """Half as large, from a quarter of the frame left to a quarter right, by whole pixels: undone exactly."""
    side = alpha.shape[0]
    half = scaling(0.5, side)
    offsets = np.linspace(-side / 4, side / 4, count).round().astype(int)
    return film(warp(foreground, half), np.clip(warp(alpha, half), 0, 1), plate, [shift(int(each)) for each in offsets])


def growth(foreground: FloatArray, alpha: FloatArray, plate: FloatArray, count: int) -> Film:
    """From 0.4 to 1.4 of its size: the plate is hidden more and more."""
    return film(foreground, alpha, plate, [scaling(float(each), alpha.shape[0]) for each in np.geomspace(SMALL, LARGE, count)])


def jitter(foreground: FloatArray, alpha: FloatArray, plate: FloatArray, count: int, seed: int = 0) -> Film:
    """Standing still while its alpha is eroded or dilated by up to two pixels of a picture of 256, at random in every frame."""
    rng, side = np.random.default_rng(seed), alpha.shape[0]
    reach = max(1, round(2 * side / 256))
    alphas = []
    for pixels in rng.integers(-reach, reach + 1, count):
        kernel = np.ones((2 * abs(int(pixels)) + 1,) * 2, np.uint8)
        alphas.append(np.asarray((cv2.dilate if pixels > 0 else cv2.erode)(alpha, kernel), np.float32))
    still = [shift(0)] * count
    return Film(plate, [over(foreground, each, plate) for each in alphas], alphas, still, [measures.interior(alpha)])


def clip(path: Path, plate: FloatArray, count: int, side: int) -> Film:
    """The first frames of a real clip, matted by the shipped network, before a still plate.

    Raises:
        InputError: the clip is shorter, or does not open.
    """
    video, composites, alphas = cv2.VideoCapture(str(path)), [], []
    for index in range(count):
        read, frame = video.read()
        if not read:
            raise InputError(f"{path} ends after {index} frames and {count} are needed; give a longer clip or fewer frames.")
        picture = to_float(np.ascontiguousarray(frame[..., ::-1], np.uint8))
        alpha = np.clip(squash(matting.snapped(matting.refine(matting.predict(picture, 256), picture)), side), 0, 1)
        alphas.append(alpha)
        composites.append(over(edge_colors.estimate_colors(squash(picture, side), alpha)[0], alpha, plate))
    return Film(plate, composites, alphas, None, [measures.interior(each) for each in alphas])


FILMS = {"translation": translation, "growth": growth, "jitter": jitter}
