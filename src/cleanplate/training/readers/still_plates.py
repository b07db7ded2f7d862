"""True complete plates from clips whose camera stands still: what is behind a person comes to light when they move."""

from typing import NamedTuple

import cv2
import numpy as np

from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.holes import fill
from cleanplate.pixels.resampling import resize
from cleanplate.stages import matting
from cleanplate.training.readers import datasets
from cleanplate.training.readers.datasets import Photo

FRAMES = 16  # of a clip, evenly spaced
SIDE = 512  # long side at which plates are made; they are looked at for their colors
BORDER = 0.06  # share of a picture's sides that is its border
UNSEEN = 0.1  # alpha below which a pixel shows the background
EDGE = 0.01  # of the long side: by how much alphas are grown
ENOUGH = 0.12  # share of the frames that must show a pixel: two of sixteen, since a single one may be an error of the matte
STILL = 0.02  # mean change of the border from its median over time: noise and compression are below, a moving camera is not
LEAST_SEEN = 0.02  # share of the border that must be free of the person in half of the frames to judge by


class StillPlate(NamedTuple):
    """A plate (height, width, 3), the share of its pixels that was seen (the rest is filled in), and how still the camera was."""

    plate: FloatArray
    seen: float
    change: float


def masked_median(frames: FloatArray, alphas: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Per pixel and channel the median over those frames in which nobody is there.

    Args:
        frames: (count, height, width, 3) float32; alphas: (count, height, width).

    Returns:
        the plate, 0 where no frame shows it, and the share of frames that do, (height, width).

    >>> frames = np.array([0.1, 0.2, 0.9], np.float32).reshape(3, 1, 1, 1).repeat(3, 3)
    >>> plate, shown = masked_median(frames, np.array([0, 0, 1], np.float32).reshape(3, 1, 1))
    >>> round(float(plate[0, 0, 0]), 3), round(float(shown[0, 0]), 3)
    (0.15, 0.667)
    """
    free = alphas < UNSEEN
    count = free.sum(0)
    ordered = np.sort(np.where(free[..., None], frames, np.float32(np.inf)), axis=0)  # what is covered goes to the end
    low, high = (np.maximum(count - 1, 0) // 2)[None, ..., None], (count // 2)[None, ..., None]
    high = np.minimum(high, np.maximum(count - 1, 0)[None, ..., None])
    low_values, high_values = (np.take_along_axis(ordered, at, 0)[0] for at in (low, high))
    plate = np.where(count[..., None] > 0, low_values, 0) / 2 + np.where(count[..., None] > 0, high_values, 0) / 2
    return np.asarray(plate, np.float32), np.asarray(count / len(frames), np.float32)


def border_change(frames: FloatArray, alphas: FloatArray) -> float:
    """Mean absolute difference of the free border pixels from their median over time; infinite where too little is free."""
    height, width = alphas.shape[1:]
    rows, columns = max(1, round(BORDER * height)), max(1, round(BORDER * width))
    border = np.ones((height, width), bool)
    border[rows:-rows, columns:-columns] = False
    plate, shown = masked_median(frames, alphas)
    judged = border & (shown > 0.5)
    if judged.sum() < LEAST_SEEN * border.sum():
        return float("inf")
    free = (alphas < UNSEEN) & judged
    return float(np.abs(frames - plate)[free].mean())


def widened(alphas: FloatArray) -> FloatArray:
    """Alphas grown by a little over their uncertainty: the last traces of hair leave an outline in the plate."""
    reach = max(1, round(EDGE * max(alphas.shape[1:])))
    return np.stack([np.asarray(cv2.dilate(alpha, np.ones((2 * reach + 1,) * 2, np.uint8)), np.float32) for alpha in alphas])


def complete_plate(frames: FloatArray, alphas: FloatArray) -> StillPlate:
    """The masked median, and what no frame or only a stray one shows filled in from its surroundings.

    Args:
        frames: (count, height, width, 3) float32 in [0, 1]; alphas: (count, height, width).
    """
    plate, shown = masked_median(frames, widened(alphas))
    hole = np.asarray(shown < ENOUGH, np.float32)
    answer = np.where(hole[..., None] > 0, fill(plate, hole, margin=0.005), plate) if hole.any() else plate
    return StillPlate(np.asarray(answer, np.float32), float(1 - hole.mean()), border_change(frames, alphas))


def small(photo: Photo) -> FloatArray:
    """A frame, its long side at most ``SIDE``."""
    picture = datasets.load(photo)
    scale = min(1.0, SIDE / max(picture.shape[:2]))
    return resize(picture, (max(1, round(picture.shape[0] * scale)), max(1, round(picture.shape[1] * scale))))


def of_clip(clip: Photo, count: int = FRAMES) -> StillPlate | None:
    """The complete plate of the clip that a frame belongs to; None when its camera moves."""
    folder = clip.group.split("/")[0]
    pictures = [small(photo) for photo in datasets.frames(clip.image, folder, count)]
    alphas = [resize(matting.predict(picture, 256), picture.shape[:2]) for picture in pictures]
    found = complete_plate(np.stack(pictures), np.stack(alphas))
    return found if found.change <= STILL else None
