"""What leaves the page is what the command line makes of the same pictures."""

import base64
import contextlib
import io
import json
import shlex
from pathlib import Path

import numpy as np
from page.acting import fields, settled, shown, until
from page.pictures import drawn_look, drawn_person, drawn_plate
from page.test_opening import drop
from PIL import Image as pillow
from playwright.sync_api import Page, expect

from cleanplate import cli

SEEN = """(() => { const { bitmap } = studio.previews.whole, canvas = document.createElement("canvas");
    canvas.width = bitmap.width; canvas.height = bitmap.height; canvas.getContext("2d").drawImage(bitmap, 0, 0);
    return canvas.toDataURL("image/png").split(",")[1]; })()"""

KINDS = [  # and depth and space
    ("psd", "", "keep"), ("psb", "16", "keep"), ("ora", "8", "display-p3"), ("exr", "8", "keep"), ("tif", "16", "adobe-rgb"),
    ("png", "16", "keep"), ("cutout.png", "8", "keep"), ("cutout.tif", "16", "keep"), ("foreground.png", "8", "keep"),
    ("alpha.tif", "16", "srgb"), ("lut.cube", "", "keep"),
]  # fmt: skip


def exported(page: Page, into: Path, format: str = "jpg") -> Path:
    page.get_by_role("button", name="Export", exact=True).click()
    page.locator("#export-format").select_option(format)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save", exact=True).click()
    path = into / f"page.{format}"
    download.value.save_as(path)
    return path


def by_command(page: Page, folder: Path) -> Path:
    """What the command that the page shows makes, of the files that the page was given."""
    (folder / "portrait.png").write_bytes(drawn_person())
    (folder / "plate.jpg").write_bytes(drawn_plate())
    told = shlex.split(page.locator("dialog code").inner_text())
    assert told[:2] == ["cleanplate", "compose"]
    with contextlib.chdir(folder):
        assert cli.main([*told[1:], "--quiet", "--overwrite"]) == 0
    parts = [each for each in told if each.endswith("-out")]
    return folder / told[told.index(parts[0] if parts else "-o") + 1]


def saved(page: Page, into: Path) -> Path:
    """What the open dialog saves."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Save", exact=True).click()
    path = into / "page"
    download.value.save_as(path)
    return path


def opened(page: Page, saved_as: str, **chosen: str) -> None:
    """The dialog, with this format and these choices."""
    settled(page)
    page.get_by_role("button", name="Export", exact=True).click()
    page.locator("#export-format").select_option(saved_as)
    for name, value in chosen.items():
        page.locator(f"#export-{name}").select_option(value)


def test_an_export_has_the_bytes_of_the_command_line(studio: Page, tmp_path: Path) -> None:
    studio.locator("#field-x").fill("0.3")
    studio.locator("#field-wrap").fill("0.4")
    for name, value in (("exposure", "-0.5"), ("warmth", "0.3"), ("edge", "0.2")):
        studio.locator(f"#field-{name}").fill(value)
    studio.locator("#field-defocus").fill("1.5")
    studio.locator("#field-rotate").fill("12")
    studio.keyboard.press("f")
    opened(studio, "jpg")
    for format in ("jpg", "png", "webp", "tif", "avif", "bmp"):
        studio.locator("#export-format").select_option(format)
        assert saved(studio, tmp_path).read_bytes() == by_command(studio, tmp_path).read_bytes(), format


def test_layers_and_parts_have_the_bytes_of_the_command_line(studio: Page, tmp_path: Path) -> None:
    studio.locator("#field-x").fill("0.3")
    studio.locator("#field-wrap").fill("0.4")
    studio.locator("#field-exposure").fill("-0.5")
    settled(studio)
    studio.get_by_role("button", name="Export", exact=True).click()
    for kind, depth, space in KINDS:
        studio.locator("#export-format").select_option(kind)
        studio.locator("#export-space").select_option(space)
        if depth:
            studio.locator("#export-depth").select_option(depth)
        made = saved(studio, tmp_path)
        assert made.read_bytes() == by_command(studio, tmp_path).read_bytes(), kind


def test_a_look_by_half_has_the_bytes_of_the_command_line_and_can_be_undone(studio: Page, tmp_path: Path) -> None:
    settled(studio)
    evening = tmp_path / "evening.png"
    evening.write_bytes(drawn_look())
    drop(studio, "look", evening, "image/png")
    studio.locator("#look-weight").fill("0.6")
    studio.locator("#look-weight").press("Tab")
    assert studio.evaluate("studio.history.doc.look.weight") == 0.6
    opened(studio, "png")
    assert "--look evening.png:0.6 --look plate.jpg:0.4" in studio.locator("dialog code").inner_text()
    looked = saved(studio, tmp_path).read_bytes()
    assert looked == by_command(studio, tmp_path).read_bytes()
    studio.keyboard.press("Escape")
    studio.locator("#look-remove").click()
    assert studio.evaluate("studio.history.doc.look") is None
    opened(studio, "png")
    assert saved(studio, tmp_path).read_bytes() != looked
    studio.keyboard.press("Escape")
    studio.keyboard.press("Control+z")
    assert studio.evaluate("studio.history.doc.look.name") == "evening.png"


def test_the_preview_shows_the_look(studio: Page, tmp_path: Path) -> None:
    settled(studio)
    across, down = (studio.evaluate("studio.previews.place(0)")[name] for name in ("x", "y"))
    before = shown(studio, across, down - 0.3)
    evening = tmp_path / "evening.png"
    evening.write_bytes(drawn_look())
    drop(studio, "look", evening, "image/png")
    until(studio, "studio.history.doc.look?.name === 'evening.png'")
    settled(studio)
    assert np.abs(np.subtract(shown(studio, across, down - 0.3), before)).max() > 4


def test_a_recipe_of_the_page_makes_the_same_picture_on_the_command_line(studio: Page, tmp_path: Path) -> None:
    studio.locator("#field-x").fill("0.3")
    studio.locator("#field-defocus").fill("2")
    opened(studio, "tif", depth="16")
    made = saved(studio, tmp_path)
    with studio.expect_download() as download:
        studio.get_by_role("button", name="Save recipe").click()
    download.value.save_as(tmp_path / "recipe.json")
    (tmp_path / "portrait.png").write_bytes(drawn_person())
    (tmp_path / "plate.jpg").write_bytes(drawn_plate())
    told = ["compose", "--recipe", "recipe.json", "-o", "again.tif", "--quiet"]
    with contextlib.chdir(tmp_path):
        assert cli.main(told) == 0
    assert (tmp_path / "again.tif").read_bytes() == made.read_bytes()


def test_what_is_shown_is_what_is_exported(studio: Page, tmp_path: Path) -> None:
    studio.locator("#field-x").fill("0.3")
    studio.locator("#field-wrap").fill("0.4")
    until(studio, "studio.previews.current && studio.previews.answers.at(-1).rest !== undefined")
    studio.wait_for_timeout(1500)  # the well-encoded preview follows at rest
    seen = pillow.open(io.BytesIO(base64.b64decode(studio.evaluate(SEEN)))).convert("RGB")
    made = pillow.open(exported(studio, tmp_path, "png")).resize(seen.size, pillow.Resampling.BOX)
    off = np.abs(np.asarray(seen, np.float32) - np.asarray(made, np.float32))
    assert off.mean() < 2.5
    assert np.percentile(off, 99) < 16


def test_size_and_quality_are_the_command_lines_too(studio: Page, tmp_path: Path) -> None:
    studio.get_by_role("button", name="Export", exact=True).click()
    studio.locator("#export-quality").fill("60")
    studio.locator("#export-size").select_option("other")
    studio.locator("#export-other").fill("800x800")
    studio.locator("#export-other").press("Tab")
    with studio.expect_download() as download:
        studio.get_by_role("button", name="Save", exact=True).click()
    download.value.save_as(tmp_path / "page.jpg")
    assert "--size 800x800 --quality 60" in studio.locator("dialog code").inner_text()
    assert (tmp_path / "page.jpg").read_bytes() == by_command(studio, tmp_path).read_bytes()


def test_a_recipe_goes_out_and_into_a_fresh_session(studio: Page, tmp_path: Path) -> None:
    studio.locator("#field-x").fill("0.3")
    studio.locator("#field-grain").fill("0.5")
    studio.locator("#field-defocus").fill("2")
    settled(studio)
    studio.get_by_role("button", name="Export", exact=True).click()
    with studio.expect_download() as download:
        studio.get_by_role("button", name="Save recipe").click()
    path = tmp_path / "recipe.json"
    download.value.save_as(path)
    assert json.loads(path.read_text())["fields"] == {"x": 0.3, "grain": 0.5, "defocus": 2}
    studio.evaluate("sessionStorage.clear()")
    studio.reload()
    settled(studio)
    studio.get_by_role("button", name="Export", exact=True).click()
    with studio.expect_file_chooser() as chooser:
        studio.get_by_role("button", name="Open recipe").click()
    chooser.value.set_files(path)
    settled(studio)
    assert fields(studio) == {"x": 0.3, "grain": 0.5}
    assert studio.evaluate("studio.history.doc.scene") == {"defocus": 2}


def test_what_is_no_recipe_is_refused_in_a_sentence(studio: Page, tmp_path: Path) -> None:
    path = tmp_path / "recipe.json"
    path.write_text('{"brightness": 1}')
    studio.get_by_role("button", name="Export", exact=True).click()
    with studio.expect_file_chooser() as chooser:
        studio.get_by_role("button", name="Open recipe").click()
    chooser.value.set_files(path)
    expect(studio.locator("#notices")).to_contain_text("This file is no recipe")


def test_the_clipboard_takes_the_picture(studio: Page) -> None:
    studio.get_by_role("button", name="Export", exact=True).click()
    studio.get_by_role("button", name="Copy picture").click()
    expect(studio.locator("#notices")).to_contain_text("Copied.")
    kinds = studio.evaluate("navigator.clipboard.read().then((items) => items.flatMap((each) => [...each.types]))")
    assert kinds == ["image/png"]
