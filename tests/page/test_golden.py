"""The page as it was looked at and found good, in three widths, dark and light: `GOLDEN=write make test-page` writes it anew.

The pictures are kept at half size and compared in blocks, so that another machine's letters pass, and what is gone, moved or of
another color does not.
"""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from page.acting import settled
from PIL import Image as pillow
from playwright.sync_api import Page

FOLDER = Path(__file__).parents[1] / "golden" / "page"
WIDTHS = [(360, 740), (768, 1024), (1280, 800)]
BLOCK = 8  # pixels of the halved picture
ANYWHERE, ALL = 40, 2.5  # levels of 255 by which the mean of a block, and of the picture, may be off


def seen(page: Page) -> np.ndarray:
    """What is on the page, at half size."""
    page.mouse.move(1, 1)
    page.evaluate("document.activeElement.blur()")
    settled(page)
    page.wait_for_timeout(250)
    picture = pillow.open(io.BytesIO(page.screenshot())).convert("RGB")
    return np.asarray(picture.reduce(2))


def off(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """By how much the worst block differs, and the whole."""
    apart = np.abs(one.astype(np.float32) - other).mean(2)
    high, wide = (each // BLOCK * BLOCK for each in apart.shape)
    blocks = apart[:high, :wide].reshape(high // BLOCK, BLOCK, wide // BLOCK, BLOCK).mean((1, 3))
    return float(blocks.max()), float(apart.mean())


def dressed(page: Page, size: tuple[int, int], scheme: str) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", WIDTHS, ids=lambda size: str(size[0]))
def test_the_page_looks_as_it_was_found_good(studio: Page, size: tuple[int, int], scheme: str) -> None:
    dressed(studio, size, scheme)
    found, path = seen(studio), FOLDER / f"{size[0]}-{scheme}.jpg"
    if os.environ.get("GOLDEN") == "write":
        FOLDER.mkdir(parents=True, exist_ok=True)
        pillow.fromarray(found).save(path, quality=90)
    worst, mean = off(found, np.asarray(pillow.open(path)))
    assert worst < ANYWHERE
    assert mean < ALL


@pytest.mark.parametrize("gone", [".tools", "#export", ".cards", "#picture", ".field:nth-of-type(1)"])
def test_what_is_gone_is_noticed(studio: Page, gone: str) -> None:
    dressed(studio, (1280, 800), "dark")
    studio.evaluate("(gone) => { document.querySelector(gone).style.visibility = 'hidden'; }", gone)
    assert off(seen(studio), np.asarray(pillow.open(FOLDER / "1280-dark.jpg")))[0] > ANYWHERE
