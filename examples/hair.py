"""Draws curls before a sky, an alpha as unsure of them as a network's, and what ``clean_hair`` makes of both.

    python examples/hair.py docs/figures/clean-hair.jpg

From left to right: the drawn photo, composed without, composed with.
"""

import sys

import cv2
import numpy as np

import cleanplate
from cleanplate import Compositor, Cutout, Image, Placement, Plate, Settings

SIZE, FINER = (400, 360), 4  # of the photo; how many times as large it is drawn
SKY, PLATE, HAIR = (120, 175, 235), (120, 70, 50), (46, 30, 22)


def curls(rng: np.random.Generator) -> np.ndarray:
    """How much of each pixel drawn hair covers: (height, width) float32."""
    height, width = (FINER * side for side in SIZE)
    drawn = np.zeros((height, width), np.uint8)
    middle = np.array([width / 2, height * 0.75])
    cv2.ellipse(drawn, tuple(int(each) for each in middle), (width // 4, height // 3), 0, 0, 360, 255, -1)
    for _ in range(420):
        angle, turn = rng.uniform(-np.pi, 0), rng.choice([-1, 1]) * rng.uniform(0.02, 0.09)
        at, line = middle + np.array([np.cos(angle) * width / 4.3, np.sin(angle) * height / 3.2]), []
        for _ in range(rng.integers(40, 110)):
            line.append(at.copy())
            at, angle = at + 3 * np.array([np.cos(angle), np.sin(angle)]), angle + turn
        cv2.polylines(drawn, [np.round(line).astype(np.int32)], False, 255, int(rng.integers(4, 10)), cv2.LINE_AA)
    return cv2.resize(drawn, SIZE[::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def main(target: str) -> None:
    rng = np.random.default_rng(4)
    cover = curls(rng)
    glossy = np.float32(HAIR) * rng.normal(1, 0.15, (*SIZE, 1)).astype(np.float32)
    photo = Image(np.clip(cover[..., None] * glossy + (1 - cover[..., None]) * np.float32(SKY), 0, 255).astype(np.uint8))
    unsure = np.clip(cv2.GaussianBlur(cover, (0, 0), 5) * 1.3 - 0.05, 0, 1)
    plate, place, made = Plate(Image(np.full((*SIZE, 3), PLATE, np.uint8))), Placement(fit="keep"), Compositor()
    ways = (Settings(harmonize=False, clean_hair=strength) for strength in (0, 1))
    composed = [made.compose(Cutout(photo, unsure), plate, place, way).image.pixels for way in ways]
    cleanplate.write_image(Image(np.concatenate([photo.pixels, *composed], 1)), target, overwrite=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
