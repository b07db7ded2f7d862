"""The studio's page at work, as an animated picture: python examples/studio.py docs/figures/studio.webp

The real page in the system's Chromium, with the bundled pictures. It needs the extras `serve` and `page`.
"""

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image as pillow

ROOT = Path(__file__).parent.parent
SIZE, WIDE = {"width": 1280, "height": 800}, 960  # of the window, and the picture's width
QUICK, SLOW, QUALITY = 80, 1300, 72  # milliseconds that a frame is shown while something moves, and where one is to look; of WebP
READY = "html[data-state=ready]"
POINTER = (
    "M0 0v17l4.2-4 3 6.7 2.8-1.2-3-6.500h6z"  # drawn over the page: a headless browser shows none
)


DRAW = """(path) => { const made = (name) => document.createElementNS("http://www.w3.org/2000/svg", name);
    const svg = made("svg"), shape = made("path");
    for (const [name, value] of [["id", "pointer"], ["width", "18"], ["height", "24"]]) svg.setAttribute(name, value);
    for (const [name, value] of [["d", path], ["stroke", "#000"], ["fill", "#fff"]]) shape.setAttribute(name, value);
    svg.append(shape); document.body.append(svg);
    Object.assign(svg.style, { position: "fixed", zIndex: 9, pointerEvents: "none", left: "640px", top: "400px" }); }"""
POINT = "([x, y]) => { const at = document.getElementById('pointer').style; at.left = x + 'px'; at.top = y + 'px'; }"


class Recorder:
    """Takes pictures of a page."""

    def __init__(self, page: Any) -> None:
        self.page, self.frames, self.times, self.at = page, list[pillow.Image](), list[int](), (640.0, 400.0)

    def shot(self, milliseconds: int = QUICK) -> None:
        picture = pillow.open(io.BytesIO(self.page.screenshot(type="png"))).convert("RGB")
        self.frames.append(picture.resize((WIDE, round(WIDE * picture.height / picture.width)), pillow.Resampling.LANCZOS))
        self.times.append(milliseconds)

    def glide(self, x: float, y: float, steps: int) -> None:
        """Move the pointer there, a picture for each step."""
        start = self.at
        for step in range(1, steps + 1):
            share = step / steps
            eased = share * share * (3 - 2 * share)
            self.at = start[0] + (x - start[0]) * eased, start[1] + (y - start[1]) * eased
            self.page.mouse.move(*self.at)
            self.page.evaluate(POINT, self.at)
            self.page.wait_for_timeout(60)
            self.shot()

    def rest(self, milliseconds: int = SLOW) -> None:
        for _ in range(400):
            if self.page.evaluate("studio.previews.current && !studio.stage.moving"):
                break
            self.page.wait_for_timeout(25)
        self.page.wait_for_timeout(350)
        self.shot(milliseconds)


def film(page: Any) -> Recorder:
    """What is shown: drag, mirror, strength, the split line, back to the chosen place."""
    shows = Recorder(page)
    page.evaluate(DRAW, POINTER)
    shows.rest()
    shows.glide(460, 560, 4)
    page.mouse.down()
    shows.glide(660, 572, 12)
    page.mouse.up()
    shows.rest(900)
    page.mouse.wheel(0, 150)
    shows.rest(900)
    slider = page.locator("#field-strength").bounding_box()
    shows.glide(slider["x"] + slider["width"] * 2 / 3, slider["y"] + slider["height"] / 2, 5)
    page.mouse.down()
    shows.glide(slider["x"] + 9, slider["y"] + slider["height"] / 2, 9)
    shows.rest(700)
    shows.glide(slider["x"] + slider["width"] * 2 / 3, slider["y"] + slider["height"] / 2, 9)
    page.mouse.up()
    shows.rest(500)
    page.keyboard.press("c")
    line = page.locator("#split").bounding_box()
    shows.glide(line["x"] + line["width"] / 2, line["y"] + line["height"] / 2, 4)
    page.mouse.down()
    shows.glide(line["x"] + 330, line["y"] + line["height"] / 2, 10)
    shows.glide(line["x"] - 60, line["y"] + line["height"] / 2, 12)
    page.mouse.up()
    shows.rest()
    return shows


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("Name the picture to write: python examples/studio.py docs/figures/studio.webp")
    sys.path.insert(0, str(ROOT / "tests"))
    from page.browser import FLAGS, NONE, found
    from playwright.sync_api import sync_playwright

    if found() is None:
        sys.exit(NONE)
    with sync_playwright() as playwright, server() as address:
        browser = playwright.chromium.launch(executable_path=found(), args=list(FLAGS))
        page = browser.new_page(viewport=SIZE, color_scheme="dark")
        page.goto(address)
        page.wait_for_selector(READY)
        page.wait_for_timeout(1500)
        shows = film(page)
        browser.close()
    first, *others = shows.frames
    first.save(sys.argv[1], save_all=True, append_images=others, duration=shows.times, loop=0, quality=QUALITY, method=4)
    print(f"{sys.argv[1]}: {len(shows.frames)} pictures, {os.path.getsize(sys.argv[1]) / 1e6:.1f} MB")


@contextmanager
def server() -> Iterator[str]:
    """`cleanplate serve` on a free port."""
    process = subprocess.Popen([sys.executable, "-m", "cleanplate", "serve", "--port", "0"], stderr=subprocess.PIPE, text=True)
    try:
        said = next(line for line in process.stderr or () if "http://" in line)
        yield re.findall(r"http://\S+", said)[0]
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    main()
