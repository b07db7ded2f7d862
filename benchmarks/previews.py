"""How long a preview takes, from a move in the page to the true picture on its canvas: `python -m benchmarks.previews [--moves 60]`.

In the system's Chromium, against a server as `cleanplate studio` starts one; the pictures are the bundled ones, enlarged to 1 and 24
million pixels. Two figures for each size: from the last move to the picture that was asked for (p50, p95), and how many previews a
second come while the person is dragged.
"""

import argparse
import io
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image as pillow

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))
SIZES = (1, 24)  # million pixels
READY = "html[data-state=ready]"
MOVE = """async ([moves]) => { const { history, previews, stage } = studio, took = [];
    const frame = () => new Promise(requestAnimationFrame), start = previews.place(0);
    for (let i = 0; i < moves; i++) { const begin = performance.now();
        stage.moving = true; history.setPlace({ ...start, x: start.x + 0.002 * ((i % 40) - 20), y: start.y }, "bench");
        while (!previews.current) await frame();
        took.push(performance.now() - begin); stage.moving = false; await new Promise((done) => setTimeout(done, 60)); }
    return took; }"""
DRAG = """async ([seconds]) => { const { history, previews, stage } = studio, start = previews.place(0), begin = performance.now();
    const before = previews.answers.length ? previews.answers.at(-1).at : 0; let i = 0, frames = 0; stage.moving = true;
    while (performance.now() - begin < 1000 * seconds) { i += 1;
        history.setPlace({ ...start, x: start.x + 0.1 * Math.sin(i / 20) }, "bench"); stage.redraw(); frames += 1; await new Promise(requestAnimationFrame); }
    stage.moving = false; const passed = (performance.now() - begin) / 1000;
    return [previews.answers.filter((each) => each.at > begin).length / passed, frames / passed,
        previews.answers.filter((each) => each.at > begin).map((each) => 1000 * each.seconds)]; }"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Latency of previews, in a real browser.")
    parser.add_argument("--moves", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=6)
    asked = parser.parse_args()
    from page.browser import FLAGS, NONE, found
    from playwright.sync_api import sync_playwright

    if found() is None:
        sys.exit(NONE)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; milliseconds; previews of 1280 pixels")
    print("| plate and person | p50 | p95 | previews a second in a drag | frames drawn a second | of it the server, median |")
    print("|---:|---:|---:|---:|---:|---:|")
    with sync_playwright() as playwright, server() as address:
        browser = playwright.chromium.launch(executable_path=found(), args=list(FLAGS))
        for size in SIZES:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            opened(page, address, size)
            page.evaluate(MOVE, [5])  # everything is loaded
            took = sorted(page.evaluate(MOVE, [asked.moves]))
            rate, drawn, served = page.evaluate(DRAG, [asked.seconds])
            p95 = took[min(len(took) - 1, round(0.95 * len(took)))]
            print(f"| {size} MP | {statistics.median(took):.0f} | {p95:.0f} | {rate:.1f} | {drawn:.0f} | {statistics.median(served):.0f} |")
            page.close()
        browser.close()


def opened(page: Any, address: str, size: int) -> None:
    """The page with the bundled pictures at so many million pixels."""
    for name, picture, kind in (("example-person.png", "portrait.png", "JPEG"), ("example-plate.jpg", "plate.jpg", "JPEG")):
        page.route(f"**/{name}", answering(enlarged(ROOT / "examples" / picture, size, kind)))
    page.goto(address)
    page.wait_for_selector(READY, timeout=120_000)
    page.wait_for_timeout(1500)


def answering(body: bytes) -> Callable[[Any], None]:
    return lambda route: route.fulfill(body=body, content_type="image/jpeg")


def enlarged(path: Path, size: int, kind: str) -> bytes:
    picture = pillow.open(path).convert("RGB")
    scale = (size * 1e6 / (picture.width * picture.height)) ** 0.5
    file = io.BytesIO()
    picture.resize((round(picture.width * scale), round(picture.height * scale)), pillow.Resampling.BICUBIC).save(file, kind, quality=95)
    return file.getvalue()


@contextmanager
def server() -> Iterator[str]:
    """`cleanplate serve` on a free port."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "cleanplate", "serve", "--port", "0"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": folder})
        try:
            assert process.stderr is not None
            line = next(line for line in process.stderr if "http://" in line)
            found = re.search(r"http://\S+", line)
            assert found is not None
            yield found[0]
        finally:
            process.terminate()
            process.wait(30)


if __name__ == "__main__":
    main()
