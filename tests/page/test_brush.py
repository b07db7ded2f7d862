"""The brush: strokes as vectors, painted at full size by the program."""

import itertools
import shlex
import subprocess
import sys
from pathlib import Path

from page.acting import place, settled, until
from page.pictures import drawn_person, drawn_plate
from playwright.sync_api import Page

CORNER = """(() => { const pane = studio.stage.panes()[0], box = document.getElementById("marks").getBoundingClientRect();
    return [box.left + pane.left, box.top + pane.top]; })()"""
ROW = """async ([cutout]) => { const answer = await fetch(`/v1/cutouts/${cutout}/preview.png`);
    const bitmap = await createImageBitmap(await answer.blob());
    const ctx = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d"); ctx.drawImage(bitmap, 0, 0);
    return [...ctx.getImageData(0, Math.round(0.6 * bitmap.height), bitmap.width, 1).data].filter((_, i) => i % 4 === 3); }"""


def stroke(page: Page, points: list[tuple[float, float]]) -> None:
    """Paint along points in fractions of the photo."""
    photo, scale = page.evaluate("studio.stage.photo()"), page.evaluate("studio.stage.scale")
    left, top = page.evaluate(CORNER)
    width, height = scale * photo["width"], scale * photo["height"]
    at = [(left + scale * photo["left"] + u * width, top + scale * photo["top"] + v * height) for u, v in points]
    before = page.evaluate("studio.history.layer.cutout")
    page.mouse.move(*at[0])
    page.mouse.down()
    for point in at:
        page.mouse.move(*point, steps=3)
    page.mouse.up()
    until(page, "(before) => studio.history.layer.cutout !== before", before)
    settled(page)


def test_a_dropped_head_is_gone_and_undo_brings_it_back(studio: Page) -> None:
    whole = studio.evaluate("studio.history.layer.outline.box")
    studio.keyboard.press("b")
    studio.get_by_role("radio", name="Drop").click()
    for _ in range(6):
        studio.keyboard.press("]")
    stroke(studio, [(0.3, 0.1), (0.7, 0.1), (0.7, 0.2), (0.3, 0.2)])
    assert studio.evaluate("studio.history.layer.outline.box")[1] > whole[1] + 0.1  # they begin at the shoulders
    studio.keyboard.press("Control+z")
    until(studio, "studio.history.layer.cutout === studio.history.layer.source")
    settled(studio)
    assert studio.evaluate("studio.history.layer.outline.box") == whole


def test_brackets_size_the_brush_and_x_takes_the_next(studio: Page) -> None:
    studio.keyboard.press("b")
    before = studio.evaluate("document.querySelector('#painting input').value")
    studio.keyboard.press("]")
    assert float(studio.evaluate("document.querySelector('#painting input').value")) > float(before)
    studio.keyboard.press("[")
    assert abs(float(studio.evaluate("document.querySelector('#painting input').value")) - float(before)) < 0.003
    studio.keyboard.press("x")
    assert studio.evaluate("document.querySelector('#painting [aria-checked=true]').dataset.value") == "drop"


def test_what_is_painted_has_the_bytes_of_the_command_lines_masks(studio: Page, tmp_path: Path) -> None:
    studio.keyboard.press("b")
    stroke(studio, [(0.1, 0.4), (0.2, 0.6)])
    studio.get_by_role("radio", name="Drop").click()
    stroke(studio, [(0.4, 0.85), (0.6, 0.85)])
    at = place(studio)
    studio.keyboard.press("e")
    for name in ("keep", "drop"):
        cutout = studio.evaluate("studio.history.layer.cutout")
        answer = studio.request.get(f"{studio.url}v1/cutouts/{cutout}/{name}_mask.png")
        (tmp_path / f"{name}-mask.png").write_bytes(answer.body())
    with studio.expect_download() as download:
        studio.get_by_role("button", name="Save", exact=True).click()
    download.value.save_as(tmp_path / "page.jpg")
    (tmp_path / "portrait.png").write_bytes(drawn_person())
    (tmp_path / "plate.jpg").write_bytes(drawn_plate())
    told = shlex.split(studio.locator("dialog code").inner_text())
    assert {"--keep-mask", "--drop-mask"} < set(told)
    subprocess.run([sys.executable, "-m", "cleanplate", *told[1:], "--quiet"], cwd=tmp_path, check=True)
    assert (tmp_path / "page.jpg").read_bytes() == (tmp_path / "out.jpg").read_bytes()
    assert at["height"] > 0


def test_softened_edges_are_softer_and_nothing_else_changes(studio: Page) -> None:
    studio.keyboard.press("b")
    studio.get_by_role("radio", name="Soften").click()
    stroke(studio, [(0.27, 0.5), (0.27, 0.7)])
    before = studio.evaluate(ROW, [studio.evaluate("studio.history.layer.source")])
    after = studio.evaluate(ROW, [studio.evaluate("studio.history.layer.cutout")])
    half = len(before) // 2
    steps = [max(abs(one - other) for one, other in itertools.pairwise(row[:half])) for row in (before, after)]
    assert steps[0] > 1.2 * steps[1]
    assert after[half:] == before[half:]
