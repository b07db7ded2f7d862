"""Two places drawn out of focus, as a portrait lens shows them: a winter evening and a street at night.

    python examples/places.py examples        # writes cold.jpg and dark.jpg
"""

import sys
from pathlib import Path

import cv2
import numpy as np

import cleanplate
from cleanplate.pixels.color import to_srgb, to_uint8

SIZE = 800, 1200  # height, width


def gradient(*stops: tuple[float, tuple[float, float, float]]) -> np.ndarray:
    """Rows from top to bottom through colors in linear light, each at a share of the height."""
    at, colors = [each[0] for each in stops], np.array([each[1] for each in stops])
    rows = np.linspace(0, 1, SIZE[0])
    column = np.stack([np.interp(rows, at, colors[:, channel]) for channel in range(3)], 1)
    return np.repeat(column[:, None], SIZE[1], 1).astype(np.float32)


def disc(picture: np.ndarray, middle: tuple[float, float], radius: float, color: np.ndarray, share: float = 1.0) -> None:
    """A point out of focus: a disc, laid over by a share of it, added to by the rest."""
    cover = np.zeros(SIZE, np.float32)
    cv2.circle(cover, (round(middle[0] * 16), round(middle[1] * 16)), round(radius * 16), 1.0, -1, cv2.LINE_AA, 4)
    cover = cv2.GaussianBlur(cover, (0, 0), max(1.0, radius / 12))[..., None]
    picture += cover * (color - share * picture)


def finished(picture: np.ndarray, rng: np.random.Generator, grain: float) -> cleanplate.Image:
    """In 8 bits, with the noise of a camera."""
    noisy = picture * (1 + rng.normal(0, grain, picture.shape))
    return cleanplate.Image(to_uint8(to_srgb(np.clip(noisy, 0, 1).astype(np.float32))))


def cold(seed: int = 4) -> cleanplate.Image:
    """Snow and firs under the sky after sunset."""
    rng = np.random.default_rng(seed)
    sky = (0, (0.09, 0.16, 0.33)), (0.45, (0.24, 0.33, 0.50)), (0.6, (0.30, 0.36, 0.48))
    picture = gradient(*sky, (0.62, (0.22, 0.30, 0.45)), (1, (0.33, 0.43, 0.6)))
    for _ in range(26):
        x, height = rng.uniform(-40, SIZE[1] + 40), rng.uniform(0.18, 0.6) * SIZE[0]
        foot, wide = rng.uniform(0.6, 0.72) * SIZE[0], height * 0.2
        corners = np.array([[x, foot - height], [x - wide, foot], [x + wide, foot]], np.int32)
        cover = cv2.fillPoly(np.zeros(SIZE, np.float32), [corners], 1.0)
        cover = cv2.GaussianBlur(cover, (0, 0), 14)[..., None]
        snow = cv2.GaussianBlur(rng.uniform(0, 1, SIZE).astype(np.float32), (0, 0), 9)[..., None]
        branches = np.float32([0.03, 0.05, 0.08]) + np.clip(4 * (snow - 0.5), 0, 1) * np.float32([0.2, 0.28, 0.4])
        picture += cover * (branches - picture)
    picture = cv2.GaussianBlur(picture, (0, 0), 6)
    for _ in range(70):
        disc(picture, (rng.uniform(0, SIZE[1]), rng.uniform(0, SIZE[0])), rng.uniform(3, 11), np.float32([0.18, 0.22, 0.28]), 0.25)
    return finished(picture, rng, 0.03)


def dark(seed: int = 9) -> cleanplate.Image:
    """Lamps, windows and their reflection on a wet street."""
    rng = np.random.default_rng(seed)
    air = (0, (0.004, 0.006, 0.014)), (0.5, (0.018, 0.013, 0.016))
    picture = gradient(*air, (0.62, (0.012, 0.010, 0.012)), (1, (0.006, 0.006, 0.009)))
    for _ in range(90):
        x, depth = rng.uniform(0, SIZE[1]), rng.uniform(0, 1)
        y, radius = (0.62 - 0.5 * rng.beta(1.2, 2.2)) * SIZE[0], 6 + 34 * depth**2
        warmth = rng.normal(0.75, 0.45)
        color = rng.uniform(0.12, 0.6) * np.exp(np.float32([warmth, 0.1, -warmth]))
        disc(picture, (x, y), radius, color.astype(np.float32), 0.1)
        mirrored = 2 * 0.64 * SIZE[0] - y
        if mirrored < SIZE[0] + 40:
            streak, axes = np.zeros_like(picture), (max(2, round(radius * 0.7)), round(radius * 2.6))
            cv2.ellipse(streak, (round(x), round(mirrored)), axes, 0, 0, 360, tuple(map(float, color * 0.16)), -1)
            picture += cv2.GaussianBlur(streak, (0, 0), 10)
    return finished(cv2.GaussianBlur(picture, (0, 0), 1.5), rng, 0.06)


def main(folder: str) -> None:
    for name, image in (("cold", cold()), ("dark", dark())):
        cleanplate.write_image(image, Path(folder) / f"{name}.jpg", overwrite=True, quality=92)


if __name__ == "__main__":
    main(sys.argv[1])
