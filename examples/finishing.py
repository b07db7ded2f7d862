"""What each finishing step does, off and on: ``python examples/finishing.py docs/figures/finishing.jpg``.

The portrait and plate of this folder, and a figure and a plaza that are drawn here.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

import cleanplate
from cleanplate import Cutout, Image, Placement, Settings
from cleanplate.stages.framing import crop_to_fill

HERE, CELL = Path(__file__).parent, (300, 450)
CHOSEN, FEET = Placement(), Placement(height=0.62, x=0.5, y=0.86)


def plaza(noise: float = 2) -> np.ndarray:
    """A tiled ground under a bright sky, the horizon at 0.46; (480, 720, 3) uint8."""
    rows, columns = np.mgrid[:480, :720].astype(np.float32)
    sky = np.dstack([150 + rows / 9, 180 + rows / 12, 215 + rows / 30])
    far = 190 / np.maximum(rows - 215, 1)
    tiles = ((np.floor(far * 9) + np.floor((columns - 360) * far / 42)) % 2)[..., None]
    image = np.where(rows[..., None] > 220, np.float32([188, 176, 158]) - 16 * tiles, sky)
    return np.clip(image + np.random.default_rng(1).normal(0, noise, image.shape), 0, 255).astype(np.uint8)


def walker() -> Cutout:
    """A drawn figure that stands."""
    shape = np.zeros((1300, 600), np.uint8)
    cv2.ellipse(shape, (300, 110), (62, 80), 0, 0, 360, 255, -1)
    cv2.fillPoly(shape, [np.int32([[200, 215], [400, 215], [385, 620], [215, 620]])], 255)
    for hip, foot in ((250, 225), (350, 375)):
        cv2.line(shape, (hip, 600), (foot, 1120), 255, 76)
        cv2.ellipse(shape, (foot, 1145), (58, 24), 0, 0, 360, 255, -1)
    for shoulder, hand in ((215, 170), (385, 430)):
        cv2.line(shape, (shoulder, 250), (hand, 640), 255, 48)
    colors = np.full((1300, 600, 3), (70, 80, 120), np.uint8)
    colors[:200], colors[610:1105], colors[1105:] = (200, 150, 120), (60, 58, 62), (50, 36, 30)
    alpha = cv2.GaussianBlur(shape, (0, 0), 3).astype(np.float32) / 255
    return Cutout(Image(cv2.GaussianBlur(colors, (0, 0), 4)), alpha, clean=True, bled=True)


def cell(picture: np.ndarray, words: str) -> np.ndarray:
    """A picture cut to a cell, with words on it."""
    shown = crop_to_fill(Image(np.ascontiguousarray(picture)), CELL).pixels.copy()
    shown[:34] //= 2
    cv2.putText(shown, words, (10, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1, cv2.LINE_AA)
    return shown


def main(target: Path) -> None:
    compositor, standing = cleanplate.Compositor(), walker()
    portrait, plate = compositor.cutout(HERE / "portrait.png"), cleanplate.read_image(HERE / "plate.jpg").pixels
    rng = np.random.default_rng(2)
    grainy = np.clip(plate + cv2.GaussianBlur(rng.normal(0, 24, plate.shape), (0, 0), 0.7), 0, 255).astype(np.uint8)

    def made(person: Cutout, place: np.ndarray, where: Placement = CHOSEN, **told: float) -> np.ndarray:
        return compositor.compose(person, place, where, Settings(**told)).to_array()

    def drawn(where: Placement = CHOSEN, **told: float) -> np.ndarray:
        return made(standing, plaza(), where, harmonize=False, **told)

    narrow = compositor.cutout(cleanplate.read_image(HERE / "portrait.png").pixels[:, 90:400])  # cropped at both sides
    face, ground = np.s_[250:550, 700:1150], np.s_[180:480, 135:585]
    rows = [
        (drawn(Placement(fit="keep")), "--fit keep", drawn(), "height by the horizon"),
        (made(narrow, plate, Placement(fit="keep")), "--fit keep: a straight end", made(narrow, plate), "the end is rounded"),
        (drawn(FEET, shadow=0)[ground], "--shadow 0", drawn(FEET, light=290)[ground], "--light 290"),
        (made(portrait, plate), "--wrap 0", made(portrait, plate, wrap=1), "--wrap 1"),
        (made(portrait, plaza()), "--aperture 0", made(portrait, plaza(), aperture=12), "--aperture 12"),
        (made(portrait, grainy)[face], "--grain 0, at 1:1", made(portrait, grainy, grain=1)[face], "--grain 1, at 1:1"),
    ]
    page = np.vstack([np.hstack([cell(off, one), cell(on, other)]) for off, one, on, other in rows])
    cleanplate.write_image(Image(page), target, overwrite=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
