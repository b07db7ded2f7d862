"""What is handed to an editor: ``python examples/handoff.py docs/figures/handoff.jpg docs/figures/looks.jpg``.

The first page shows the layers of one composite, the second one person in one place with the looks of others.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from finishing import CELL, HERE, plaza, walker

import cleanplate
from cleanplate import Cutout, Image, Placement, Settings
from cleanplate.stages.framing import crop_to_fill
from cleanplate.stages.sheets import Layers, Sheet

CHECKS = 12  # pixels of a side of the checkerboard that stands for nothing


def cell(picture: np.ndarray, words: str) -> np.ndarray:
    """A picture cut to a cell, with words on a dark bar."""
    shown = crop_to_fill(Image(np.ascontiguousarray(picture)), CELL).pixels.copy()
    shown[:30] = shown[:30] // 4
    cv2.putText(shown, words, (8, 21), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (255,) * 3, 1, cv2.LINE_AA)
    return shown


def framed(sheet: Sheet, layers: Layers) -> np.ndarray:
    """A sheet where it lies in its frame, over a checkerboard."""
    height, width = layers.size
    board = np.add.outer(np.arange(height) // CHECKS, np.arange(width) // CHECKS) % 2
    answer = np.repeat((205 + 35 * board[..., None]).astype(np.uint8), 3, 2)
    part = answer[sheet.box.slices]
    cover = np.ones(part.shape[:2], np.float32) if sheet.alpha is None else sheet.alpha / np.float32(255)
    cover = layers.mask / np.float32(255) if sheet.clipped else cover
    part[...] = np.rint(part + cover[..., None] * (sheet.pixels - part.astype(np.float32))).astype(np.uint8)
    return answer


def alone(mask: np.ndarray, layers: Layers) -> np.ndarray:
    answer = np.zeros((*layers.size, 3), np.uint8)
    answer[layers.base.box.slices] = mask[..., None]
    return answer


def stack(compositor: cleanplate.Compositor) -> np.ndarray:
    """Every layer of a figure on a plaza."""
    figure = walker()
    colors = Image(np.clip(figure.image.pixels * np.float32([1.1, 1.0, 0.75]), 0, 255).astype(np.uint8))
    person = Cutout(colors, figure.alpha, clean=True, bled=True)
    settings = Settings(wrap=1, light=290, defocus=1.5)
    result = compositor.compose(person, plaza(), Placement(0.75, 0.5, 0.9), settings, layers=True)
    found = result.layers
    cells = [cell(framed(each, found), f"{each.name}{' (clipped)' if each.clipped else ''}") for each in found.sheets]
    cells.insert(-2 if len(cells) > 5 else len(cells), cell(alone(found.mask, found), "the person's mask"))
    cells.append(cell(result.to_array(), "all of them: the composite"))
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % 3)
    return np.vstack([np.hstack(cells[at : at + 3]) for at in range(0, len(cells), 3)])


def looks(compositor: cleanplate.Compositor) -> np.ndarray:
    """One person in one place, by the looks of three."""
    person = compositor.clean(compositor.cutout(HERE / "portrait.png"))
    plate, cold, dark = (HERE / f"{name}.jpg" for name in ("plate", "cold", "dark"))
    asked = {
        "no --look": None, "--look cold.jpg": cold, "--look dark.jpg": dark,
        "the look: cold.jpg": "", "the look: dark.jpg": "", "--look cold.jpg --look plate.jpg": [(cold, 1), (plate, 1)],
    }  # fmt: skip
    places = {"the look: cold.jpg": cold, "the look: dark.jpg": dark}
    cells = list[np.ndarray]()
    for words, look in asked.items():
        made = places.get(words)
        picture = compositor.compose(person, plate, look=look).to_array() if made is None else cleanplate.read_image(made).pixels
        cells.append(cell(picture, words))
    return np.vstack([np.hstack(cells[:3]), np.hstack([cells[5], cells[3], cells[4]])])


def main(layers: Path, compared: Path) -> None:
    compositor = cleanplate.Compositor()
    for target, page in ((layers, stack(compositor)), (compared, looks(compositor))):
        cleanplate.write_image(Image(np.ascontiguousarray(page)), target, overwrite=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
