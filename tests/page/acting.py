"""What a test asks of the page, and waits for."""

import time
from typing import Any

from playwright.sync_api import Page

LONG = 40.0  # seconds that a test waits before it gives up: a machine may be busy


def until(page: Page, script: str, given: Any = None) -> None:
    """Wait until a script is true. Playwright's own way evaluates text in the page, which the page's policy forbids."""
    end = time.monotonic() + LONG
    while not page.evaluate(script, given):
        assert time.monotonic() < end, f"This did not become true in {LONG:g} s: {script}"
        page.wait_for_timeout(25)


def settled(page: Page) -> None:
    """Wait until what is shown is what is asked for."""
    page.wait_for_timeout(60)  # for the change to reach the page
    until(page, "studio.previews.current && !studio.stage.moving")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")  # and is drawn


def fields(page: Page, at: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(f"studio.history.doc.layers[{at}].fields")
    return found


def place(page: Page, at: int = 0) -> dict[str, float]:
    """Where a person stands."""
    found: dict[str, float] = page.evaluate(f"studio.previews.place({at})")
    return found


def middle(page: Page, at: int = 0) -> tuple[float, float]:
    """The middle of a person on the page, in CSS pixels."""
    script = """(at) => { const pane = studio.stage.panes().at(-1), box = document.getElementById("marks").getBoundingClientRect();
        const on = studio.stage.onPage(studio.stage.person(at), pane);
        return [box.left + on.left + on.width / 2, box.top + on.top + on.height / 2]; }"""
    across, down = page.evaluate(script, at)
    return across, down


def shown(page: Page, across: float, down: float) -> list[int]:
    """The color of the canvas at a point of the picture, in fractions."""
    script = """([u, v]) => { const pane = studio.stage.panes().at(-1), size = studio.stage.picture;
        const at = [pane.left + u * size.width * pane.zoom, pane.top + v * size.height * pane.zoom];
        const [x, y] = at.map((each) => Math.round(each * devicePixelRatio));
        return [...document.getElementById("picture").getContext("2d").getImageData(x, y, 1, 1).data]; }"""
    found: list[int] = page.evaluate(script, [across, down])
    return found[:3]
