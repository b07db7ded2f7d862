"""Source, plate, cut-and-paste and cleanplate side by side: the picture of the README.

    python examples/figure.py docs/figure.jpg
"""

import sys
from pathlib import Path

import cv2
import numpy as np

import cleanplate
from cleanplate.color import to_uint8
from cleanplate.compositing import crop_to_fill

HERE = Path(__file__).parent
HEIGHT, GAP, BAR = 480, 8, 34  # pixels


def panel(image: cleanplate.Image, words: str) -> np.ndarray:
    """The picture at the figure's height, with its caption below."""
    width = round(HEIGHT * image.size[1] / image.size[0])
    pixels = crop_to_fill(image, (HEIGHT, width)).pixels
    pixels = pixels if pixels.dtype == np.uint8 else to_uint8(pixels.astype(np.float32) / 65535)
    bar = np.full((BAR, width, 3), 255, np.uint8)
    cv2.putText(bar, words, (4, BAR - 11), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (40, 40, 40), 1, cv2.LINE_AA)
    return np.concatenate([pixels, bar])


def main(target: str) -> None:
    photo = cleanplate.read_image(next(HERE.glob("portrait.*")))
    plate = cleanplate.Plate.open(HERE / "plate.jpg")
    compositor = cleanplate.Compositor()
    cutout = compositor.cutout(photo)
    pasted = compositor.compose(cutout, plate, settings=cleanplate.Settings(blend=False, harmonize=False))
    ours = compositor.compose(cutout, plate)
    panels = [
        panel(photo, "photo"),
        panel(plate.image, "plate"),
        panel(pasted.image, "cut and paste"),
        panel(ours.image, "cleanplate"),
    ]
    gap = np.full((HEIGHT + BAR, GAP, 3), 255, np.uint8)
    row = np.concatenate([part for each in panels for part in (each, gap)][:-1], 1)
    cleanplate.write_image(cleanplate.Image(np.ascontiguousarray(row)), target, overwrite=True, quality=90)


if __name__ == "__main__":
    main(sys.argv[1])
