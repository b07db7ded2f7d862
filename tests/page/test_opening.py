"""The page opens, and pictures come into it."""

import json
from pathlib import Path

from page.acting import fields, settled, until
from page.conftest import READY
from playwright.sync_api import Page, expect

DROP = """([selector, name, type, bytes]) => { const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], name, { type }));
    const zone = () => document.querySelector(selector);
    window.dispatchEvent(new DragEvent("dragenter", { dataTransfer: data }));
    for (const kind of ["dragover", "drop"]) zone().dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true })); }"""


def drop(page: Page, zone: str, path: Path, kind: str = "image/png") -> None:
    page.evaluate(DROP, [f"[data-zone={zone}]", path.name, kind, list(path.read_bytes())])


def test_the_example_is_composed_without_any_upload_of_the_user(page: Page, server: str) -> None:
    page.goto(server)
    page.wait_for_selector(READY)
    expect(page.get_by_text("This is the example.")).to_be_visible()
    assert page.evaluate("studio.history.doc.layers[0].name") == "portrait.png"
    assert page.evaluate("studio.previews.whole.bitmap.width") == 1280


def test_the_page_says_that_nothing_leaves_this_computer(studio: Page) -> None:
    expect(studio.get_by_text("Nothing leaves this computer.")).to_be_visible()


def test_a_dropped_person_and_place_take_the_examples_place(studio: Page, person_file: Path, plate_file: Path) -> None:
    drop(studio, "person", person_file)
    until(studio, "studio.history.doc.layers[0].name === 'person.png'")
    drop(studio, "plate", plate_file)
    until(studio, "studio.history.doc.plate.name === 'plate.png'")
    settled(studio)
    expect(studio.get_by_text("This is the example.")).to_be_hidden()


def test_a_chosen_person_is_opened(studio: Page, person_file: Path) -> None:
    with studio.expect_file_chooser() as chooser:
        studio.locator("[data-is='person 0']").click()
    chooser.value.set_files(person_file)
    until(studio, "studio.history.doc.layers[0].name === 'person.png'")


def test_a_pasted_picture_is_asked_after_and_opened(studio: Page, plate_file: Path) -> None:
    script = """(bytes) => { const data = new DataTransfer(); data.items.add(new File([new Uint8Array(bytes)], "image.png", { type: "image/png" }));
        window.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data })); }"""
    studio.evaluate(script, list(plate_file.read_bytes()))
    studio.get_by_role("button", name="The place").click()
    until(studio, "studio.history.doc.plate.name === 'image.png'")


def test_a_broken_file_is_refused_in_the_programs_own_sentence(studio: Page, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture at all")
    drop(studio, "person", broken)
    expect(studio.locator("#notices")).to_contain_text("not a picture that can be read")
    settled(studio)  # and what was there is there still
    assert studio.evaluate("studio.history.doc.example")


def test_a_photo_of_nobody_is_refused_in_a_sentence(studio: Page, plate_file: Path) -> None:
    drop(studio, "person", plate_file)
    expect(studio.locator("#notices")).to_contain_text("No person was found")


def test_a_reload_goes_on_where_it_was_with_its_steps(studio: Page) -> None:
    studio.locator("#field-wrap").fill("0.4")
    settled(studio)
    studio.reload()
    settled(studio)
    assert fields(studio) == {"wrap": 0.4}
    studio.get_by_role("button", name="Undo").click()
    settled(studio)
    assert fields(studio) == {}


def test_two_tabs_know_nothing_of_each_other(studio: Page, server: str) -> None:
    other = studio.context.new_page()
    other.goto(server)
    other.wait_for_selector(READY)
    studio.locator("#field-wrap").fill("0.4")
    settled(studio)
    other.reload()
    settled(other)
    assert (fields(studio), fields(other)) == ({"wrap": 0.4}, {})


def test_what_the_program_has_forgotten_is_said(studio: Page) -> None:
    kept = json.loads(studio.evaluate("sessionStorage.getItem('cleanplate')"))
    kept["doc"]["plate"]["id"] = "0" * 32
    studio.evaluate("(text) => sessionStorage.setItem('cleanplate', text)", json.dumps(kept))
    studio.reload()
    expect(studio.locator("#notices")).to_contain_text("has forgotten these pictures")


def test_two_people_are_laid_one_over_the_other_with_settings_of_their_own(studio: Page, person_file: Path) -> None:
    with studio.expect_file_chooser() as chooser:
        studio.get_by_role("button", name="Add another person").click()
    chooser.value.set_files(person_file)
    until(studio, "studio.history.doc.layers.length === 2")
    settled(studio)
    studio.locator("#field-strength").fill("0.3")
    studio.locator("#field-x").fill("0.8")
    settled(studio)
    assert fields(studio, 0) == {}
    assert fields(studio, 1) == {"strength": 0.3, "x": 0.8}
    assert studio.evaluate("studio.previews.placed.length") == 2
    studio.get_by_role("button", name="Remove Person 2").click()
    settled(studio)
    assert studio.evaluate("studio.history.doc.layers.length") == 1
