"""What leaves the page is what the command line makes of the same pictures."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from page.acting import fields, settled
from page.pictures import drawn_person, drawn_plate
from playwright.sync_api import Page, expect


def exported(page: Page, into: Path, format: str = "jpg") -> Path:
    page.get_by_role("button", name="Export", exact=True).click()
    page.locator("#export-format").select_option(format)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    path = into / f"page.{format}"
    download.value.save_as(path)
    return path


def by_command(page: Page, folder: Path) -> Path:
    """What the command that the page shows makes, of the files that the page was given."""
    (folder / "portrait.png").write_bytes(drawn_person())
    (folder / "plate.jpg").write_bytes(drawn_plate())
    told = shlex.split(page.locator("dialog code").inner_text())
    assert told[:2] == ["cleanplate", "compose"]
    subprocess.run([sys.executable, "-m", "cleanplate", *told[1:], "--quiet"], cwd=folder, check=True)
    return folder / told[told.index("-o") + 1]


@pytest.mark.parametrize("format", ["jpg", "png", "webp", "tif", "avif", "bmp"])
def test_an_export_has_the_bytes_of_the_command_line(studio: Page, tmp_path: Path, format: str) -> None:
    studio.locator("#field-x").fill("0.3")
    studio.locator("#field-wrap").fill("0.4")
    studio.locator("#field-defocus").fill("1.5")
    settled(studio)
    made = exported(studio, tmp_path, format)
    assert made.read_bytes() == by_command(studio, tmp_path).read_bytes()


def test_size_and_quality_are_the_command_lines_too(studio: Page, tmp_path: Path) -> None:
    studio.get_by_role("button", name="Export", exact=True).click()
    studio.locator("#export-quality").fill("60")
    studio.locator("#export-size").select_option("other")
    studio.locator("#export-other").fill("800x800")
    studio.locator("#export-other").press("Tab")
    with studio.expect_download() as download:
        studio.get_by_role("button", name="Save picture").click()
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
    assert json.loads(path.read_text()) == {"x": 0.3, "grain": 0.5, "defocus": 2}
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
