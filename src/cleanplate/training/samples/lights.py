"""The light of places, drawn at random: low sun, lamps, dusk, night, colored lamps, fog, cloud, glare. Nothing here needs torch.

A photo taken in plain light, person and place together, is put under such a light: then the place looks as such places do, and
the person in it as people there. A light is one function of color, as the looks of ``looks``; pictures are (..., 3) float32,
sRGB-encoded in [0, 1].
"""

from typing import NamedTuple

import cv2
import numpy as np

from cleanplate.pixels.color import FloatArray, to_linear, to_srgb
from cleanplate.training.samples.grades import LUMA, Change

Range = tuple[float, float]


class Kind(NamedTuple):
    """What is drawn of a kind of light, each evenly between two numbers.

    Args:
        often: how often it is drawn beside the others.
        stops: of exposure.
        warmth: natural logarithm by which red is gained, and blue lost.
        contrast: exponent about a middle gray of 0.45, encoded.
        saturation: share of the chroma that is kept.
        haze: share of the picture that a light gray covers.
    """

    often: float
    stops: Range
    warmth: Range
    contrast: Range = (0.95, 1.15)
    saturation: Range = (0.85, 1.1)
    haze: Range = (0.0, 0.0)


KINDS = {
    "sun": Kind(3, (-0.6, 0.3), (0.15, 0.5), (1.0, 1.2), (0.9, 1.15)),
    "lamps": Kind(2, (-0.9, 0.1), (0.2, 0.6), (0.95, 1.15), (0.8, 1.0)),
    "dusk": Kind(2, (-1.1, -0.2), (-0.4, -0.05), (0.9, 1.1), (0.6, 0.95)),
    "night": Kind(3, (-1.7, -0.6), (-0.3, 0.45), (1.0, 1.3), (0.7, 1.0)),
    "gel": Kind(1, (-1.2, 0.0), (0.0, 0.0)),  # its hue is any
    "fog": Kind(2, (-0.2, 0.4), (-0.12, 0.06), (0.8, 1.0), (0.5, 0.85), (0.12, 0.45)),
    "cloud": Kind(2, (-0.5, 0.3), (-0.2, 0.0), (0.85, 1.0), (0.75, 1.0)),
    "glare": Kind(1, (0.2, 0.9), (-0.05, 0.2), (0.85, 1.1), (0.85, 1.1)),
}
GREEN = 0.06  # natural logarithm, deviation of green's own gain
GEL = (0.25, 0.6)  # natural logarithm of the strongest gain of a colored lamp
GRAY, WHITE = 0.45, 3.0  # pivot of the contrast; sharpness of the shoulder, see ``light.shoulder``
LAMPS = (2, 14)  # bright points in a place at night


class Light(NamedTuple):
    """A light of a kind, as a function of color."""

    kind: str
    change: Change


def draw_light(rng: np.random.Generator) -> Light:
    """Any light."""
    names = list(KINDS)
    often = np.array([KINDS[name].often for name in names])
    name = names[int(rng.choice(len(names), p=often / often.sum()))]
    stops, warmth, contrast, saturation, haze = (np.float32(rng.uniform(*each)) for each in KINDS[name][1:])
    cast: FloatArray = np.array([warmth, rng.normal(0, GREEN), -warmth], np.float32)
    if name == "gel":
        strongest, turn = rng.uniform(*GEL), rng.uniform(0, 2 * np.pi)
        cast = np.asarray([strongest * np.cos(turn + at * np.pi / 3) for at in (0, 2, 4)], np.float32)
    gains = np.exp(cast) * np.float32(2) ** stops
    air = np.float32(rng.uniform(0.72, 0.92)) * np.exp(0.15 * cast)

    def change(picture: FloatArray) -> FloatArray:
        lit = soft_white(to_srgb(to_linear(picture) * gains), to_srgb(np.maximum(gains, np.float32(1))))
        lit = np.asarray(np.float32(GRAY) * (lit / np.float32(GRAY)) ** contrast, np.float32)
        luma = (lit @ LUMA)[..., None]
        lit = np.asarray(luma + saturation * (lit - luma), np.float32)
        return np.asarray(np.clip(lit + haze * (air - lit), 0, 1), np.float32)

    return Light(name, change)


def soft_white(values: FloatArray, top: FloatArray) -> FloatArray:
    """Values that reach up to ``top`` bent back softly, so that they reach up to 1.

    >>> round(float(soft_white(np.float32([2.0]), np.float32([2.0]))[0]), 6)
    1.0
    """
    over = 1 - np.maximum(top, np.float32(1)) ** np.float32(-WHITE)
    return np.asarray(values * (1 + over * np.maximum(values, 0) ** np.float32(WHITE)) ** np.float32(-1 / WHITE), np.float32)


def draw_lamps(rng: np.random.Generator, plate: FloatArray) -> FloatArray:
    """Bright points put into a place at night, mostly of warm light, as windows and street lamps are: (height, width, 3)."""
    side, glow = plate.shape[0], np.zeros_like(plate)
    for _ in range(int(rng.integers(*LAMPS))):
        at = int(rng.integers(plate.shape[1])), int(rng.integers(round(0.7 * side)))
        warmth = float(rng.normal(0.35, 0.35))
        color = np.float32(rng.uniform(0.4, 1.2)) * np.exp(np.array([warmth, 0, -warmth], np.float32))
        cv2.circle(glow, at, max(1, round(side * float(rng.uniform(0.004, 0.02)))), tuple(map(float, color)), -1, cv2.LINE_AA)
    halo = cv2.GaussianBlur(glow, (0, 0), side * 0.02)
    return np.asarray(np.clip(to_srgb(np.clip(to_linear(plate) + glow + 0.5 * halo, 0, 1)), 0, 1), np.float32)
