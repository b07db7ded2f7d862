"""Photo, plate, cut and paste and cleanplate side by side, in three lights: the picture of the README.

    python examples/figure.py docs/figure.jpg
"""

import sys
from pathlib import Path

import cv2
import numpy as np

import cleanplate
from cleanplate.pixels.color import to_uint8
from cleanplate.stages.framing import crop_to_fill

HERE = Path(__file__).parent
HEIGHT, GAP, BAR = 360, 8, 34  # pixels


def panel(image: cleanplate.Image, words: str) -> np.ndarray:
    """The picture at the figure's height, with its caption below."""
    width = round(HEIGHT * image.size[1] / image.size[0])
    pixels = crop_to_fill(image, (HEIGHT, width)).pixels
    pixels = pixels if pixels.dtype == np.uint8 else to_uint8(pixels.astype(np.float32) / 65535)
    bar = np.full((BAR, width, 3), 255, np.uint8)
    cv2.putText(bar, words, (4, BAR - 11), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (40, 40, 40), 1, cv2.LINE_AA)
    return np.concatenate([pixels, bar])


def row(compositor: cleanplate.Compositor, cutout: cleanplate.Cutout, plate: cleanplate.Plate, words: str) -> np.ndarray:
    """Photo, plate, cut and paste, and ours."""
    pasted = compositor.compose(cutout, plate, settings=cleanplate.Settings(blend=False, harmonize=False))
    ours = compositor.compose(cutout, plate)
    panels = [
        panel(cutout.image, "photo"),
        panel(plate.image, f"plate: {words}"),
        panel(pasted.image, "cut and paste"),
        panel(ours.image, "cleanplate"),
    ]
    gap = np.full((HEIGHT + BAR, GAP, 3), 255, np.uint8)
    return np.concatenate([part for each in panels for part in (each, gap)][:-1], 1)


def main(target: str) -> None:
    compositor = cleanplate.Compositor()
    cutout = compositor.cutout(cleanplate.read_image(HERE / "portrait.png"))
    places = {"warm": "plate.jpg", "cold": "cold.jpg", "dark": "dark.jpg"}
    rows = [row(compositor, cutout, cleanplate.Plate.open(HERE / file), words) for words, file in places.items()]
    cleanplate.write_image(cleanplate.Image(np.ascontiguousarray(np.concatenate(rows))), target, overwrite=True, quality=88)


if __name__ == "__main__":
    main(sys.argv[1])
