"""How long the page keeps one waiting, in the system's Chromium, on the bundled pictures: `python -m benchmarks.previews`.

From the start of `cleanplate serve` to the first picture. At 1 and 24 million pixels: from the last move to the true picture that
was asked for (p50, p95), and how many previews a second come while the person is dragged; from the end of a brush's stroke, which
is painted at full size, to the picture with it, and meanwhile how long `/healthz` takes.
"""

import argparse
import io
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image as pillow

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))
SIZES = (1, 24)  # million pixels
READY = """() => new Promise((done) => { const look = () =>
    document.documentElement.dataset.state === "ready" ? done() : requestAnimationFrame(look); look(); })"""
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
        history.setPlace({ ...start, x: start.x + 0.1 * Math.sin(i / 20) }, "bench"); stage.redraw(); frames += 1;
        await new Promise(requestAnimationFrame); }
    stage.moving = false; const passed = (performance.now() - begin) / 1000;
    return [previews.answers.filter((each) => each.at > begin).length / passed, frames / passed,
        previews.answers.filter((each) => each.at > begin).map((each) => 1000 * each.seconds)]; }"""


STROKE = """async ([at, wide]) => { const { history, previews } = studio, begin = performance.now();
    const frame = () => new Promise(requestAnimationFrame);
    const points = Array.from({ length: 20 }, (_, i) => [0.3 + 0.02 * i, at]), was = history.layer.cutout;
    const stroke = { brush: "drop", size: wide, hardness: 0.6, points };
    history.changeLayer({ strokes: [...history.layer.strokes, stroke] });
    while (history.layer.cutout === was || !previews.current) await frame();
    return performance.now() - begin; }"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Latency of previews, in a real browser.")
    parser.add_argument("--moves", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--strokes", type=int, default=8)
    parser.add_argument("--starts", type=int, default=5)
    asked = parser.parse_args()
    from page.browser import FLAGS, NONE, found
    from playwright.sync_api import sync_playwright

    if found() is None:
        sys.exit(NONE)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; milliseconds; previews of 1280 pixels")
    print("| plate and person | p50 | p95 | previews a second in a drag | frames drawn a second | of it the server, median |")
    print("|---:|---:|---:|---:|---:|---:|")
    strokes: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found(), args=list(FLAGS))
        starts = [first_picture(browser) for _ in range(asked.starts)]
        with server() as address:
            for size in SIZES:
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                opened(page, address, size)
                print(moved(page, size, asked.moves, asked.seconds))
                strokes.append(brushed(page, address, size, asked.strokes))
                page.close()
        browser.close()
    print("\n| plate and person | a stroke to its picture, median | longest | /healthz meanwhile, median | longest |")
    print("|---:|---:|---:|---:|---:|", *strokes, sep="\n")
    said, shown = (sorted(each) for each in zip(*starts, strict=True))
    to_address, to_picture = statistics.median(said), statistics.median(shown)
    print(f"\nfrom the start to the address {to_address:.1f} s, to the first picture {to_picture:.1f} s", end="")
    print(f" (medians of {len(starts)}; {shown[0]:.1f} to {shown[-1]:.1f})")


def moved(page: Any, size: int, moves: int, seconds: float) -> str:
    """A row on moves and a drag."""
    page.evaluate(MOVE, [5])  # everything is loaded
    took = sorted(page.evaluate(MOVE, [moves]))
    rate, drawn, served = page.evaluate(DRAG, [seconds])
    p95 = took[min(len(took) - 1, round(0.95 * len(took)))]
    return f"| {size} MP | {statistics.median(took):.0f} | {p95:.0f} | {rate:.1f} | {drawn:.0f} | {statistics.median(served):.0f} |"


def brushed(page: Any, address: str, size: int, count: int) -> str:
    """A row on strokes, each over those before it."""
    page.evaluate(STROKE, [0.02, 0.02])
    with asking(address) as waited:
        took = [page.evaluate(STROKE, [0.05 + 0.03 * each, 0.02]) for each in range(count)]
    figures = statistics.median(took), max(took), statistics.median(waited), max(waited)
    return f"| {size} MP | " + " | ".join(f"{each:.0f}" for each in figures) + " |"


@contextmanager
def asking(address: str) -> Iterator[list[float]]:
    """How long each answer of `/healthz` takes, in milliseconds, asked after again and again."""
    waited, ended = list[float](), threading.Event()

    def ask() -> None:
        while not ended.wait(0.05):
            begin = time.perf_counter()
            urllib.request.urlopen(f"{address.rstrip('/')}/healthz", timeout=60).read()  # noqa: S310 - this machine's
            waited.append(1000 * (time.perf_counter() - begin))

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        yield waited
    finally:
        ended.set()
        asker.join()


def first_picture(browser: Any) -> tuple[float, float]:
    """Seconds from the start of the program to its address, and to the example's picture in a page that was not open before."""
    context, begin = browser.new_context(viewport={"width": 1440, "height": 900}), time.perf_counter()
    with server() as address:
        said = time.perf_counter() - begin
        page = context.new_page()
        page.goto(address)
        page.evaluate(READY)  # each frame: a selector is waited for in steps of up to half a second
        shown = time.perf_counter() - begin
    context.close()
    return said, shown


def opened(page: Any, address: str, size: int) -> None:
    """The page with the bundled pictures at so many million pixels."""
    for name, picture, kind in (("example-person.png", "portrait.png", "JPEG"), ("example-plate.jpg", "plate.jpg", "JPEG")):
        page.route(f"**/{name}", answering(enlarged(ROOT / "examples" / picture, size, kind)))
    page.goto(address)
    page.evaluate(READY)
    page.wait_for_timeout(1500)


def answering(body: bytes) -> Callable[[Any], None]:
    return lambda route: route.fulfill(body=body, content_type="image/jpeg")


def enlarged(path: Path, size: int, kind: str) -> bytes:
    picture = pillow.open(path).convert("RGB")
    scale = (size * 1e6 / (picture.width * picture.height)) ** 0.5
    file = io.BytesIO()
    large = round(picture.width * scale), round(picture.height * scale)
    picture.resize(large, pillow.Resampling.BICUBIC).save(file, kind, quality=95)
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
