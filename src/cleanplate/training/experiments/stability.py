"""Temporal stability: a moving and growing foreground before a still plate must keep its colors, and the plate its pixels.

S1 to S5 are measured in the foreground's own pixels, in 8-bit levels or L*a*b*, of the answer and of the composite as it is.
"""

from typing import Any

import numpy as np

from cleanplate.pixels.color import FloatArray, to_uint8
from cleanplate.training.experiments import measures
from cleanplate.training.experiments.methods import Method, Methods
from cleanplate.training.experiments.sequences import Film, warp

STILL = 0.05  # levels below which the composite itself does not move: no ratio to it makes sense
MEASURES = ("s1", "s2", "s3", "s4", "s5")


def pixel_motion(pictures: np.ndarray) -> tuple[float, float]:
    """S1, the mean over pixels of the deviation in time, and S2, the mean absolute difference of neighboring frames.

    Args:
        pictures: (frames, pixels, 3).

    >>> pixel_motion(np.array([0.0, 2, 0, 2]).reshape(4, 1, 1))
    (1.0, 2.0)
    """
    return float(pictures.std(0).mean()), float(np.abs(np.diff(pictures, axis=0)).mean())


def drift(signal: np.ndarray) -> float:
    """S3: the deviation in time of a mean color, ``sqrt(sum of variances)``: a CIE76 difference.

    >>> drift(np.array([[0.0, 0, 0], [6, 8, 0]]))
    5.0
    """
    return float(np.sqrt(signal.var(0).sum()))


def flicker(signal: np.ndarray) -> float:
    """S4: the variance of a mean color that lies above a quarter of the sampling rate (Parseval's sum over those frequencies).

    >>> flicker(np.array([[1.0], [-1], [1], [-1]])), flicker(np.array([[1.0], [1], [1], [1]]))
    (1.0, 0.0)
    """
    count = len(signal)
    power = np.abs(np.fft.fft(signal, axis=0) / count) ** 2
    return float(power[np.abs(np.fft.fftfreq(count)) > 0.25].sum())


def colors_in_time(film: Film, frames: list[FloatArray]) -> tuple[np.ndarray, np.ndarray | None]:
    """The foreground's mean color in each frame, (frames, 3) L*a*b*, and its pixels, (frames, pixels, 3) levels.

    No pixels for a real clip: they cannot be followed.
    """
    if film.maps is None:
        return np.array([measures.look(each, area).mean for each, area in zip(frames, film.area, strict=True)]), None
    undone = [warp(each, matrix, inverse=True) for each, matrix in zip(frames, film.maps, strict=True)]
    area = film.area[0]
    return np.array([measures.look(each, area).mean for each in undone]), np.array([each[area] for each in undone]) * 255


def measure(film: Film, frames: list[FloatArray]) -> dict[str, Any]:
    """S1 to S5 and the signal that S3 and S4 come from."""
    frames = [np.asarray(to_uint8(each), np.float32) / np.float32(255) for each in frames]
    signal, pixels = colors_in_time(film, frames)
    s1, s2 = (None, None) if pixels is None else pixel_motion(pixels)
    plate, pairs = np.asarray(to_uint8(film.plate), np.float32) / np.float32(255), zip(frames, film.alphas, strict=True)
    outside = [float(np.abs((each - plate)[area == 0]).max(initial=0)) * 255 for each, area in pairs]
    return {"s1": s1, "s2": s2, "s3": drift(signal), "s4": flicker(signal), "s5": max(outside), "signal": signal.round(3).tolist()}


def cues_change(method: Method, film: Film) -> float:
    """The largest change of any cue between the first frame and another; exactly 0 where only the plate is looked at."""
    looks = [method.look(composite, alpha, film.plate) for composite, alpha in zip(film.composites, film.alphas, strict=True)]
    return max((float(np.abs(each - looks[0]).max(initial=0)) for each in looks), default=0.0)


def run(methods: Methods, films: dict[str, list[Film]]) -> list[dict[str, Any]]:
    """One record for each method, seed and film, with the ratio of every measure to the composite's own."""
    records: list[dict[str, Any]] = []
    for kind, takes in films.items():
        for index, film in enumerate(takes):
            before = measure(film, film.composites)
            for name, seeds in methods.items():
                for seed, method in seeds.items():
                    pairs = zip(film.composites, film.alphas, strict=True)
                    found = measure(film, [method(composite, alpha, film.plate) for composite, alpha in pairs])
                    moving = {each: (before[each] or 0) > STILL for each in MEASURES[:4]}
                    ratios = {f"{each}_ratio": found[each] / before[each] if moves else None for each, moves in moving.items()}
                    named = {"film": kind, "method": name, "seed": seed, "sample": index}
                    records.append(named | found | ratios | {"cues_change": cues_change(method, film)})
    return records
