"""Before and after."""

import pytest
from page.acting import settled, shown
from playwright.sync_api import Page, expect


def test_before_is_cut_and_paste_and_after_is_not(studio: Page) -> None:
    settled(studio)
    person = studio.evaluate("studio.stage.person()")
    at = [(person["left"] + person["width"] / 2) / 1500, (person["top"] + 0.6 * person["height"]) / 1000]
    after = shown(studio, *at)
    studio.keyboard.down("\\")
    studio.wait_for_timeout(100)
    before = shown(studio, *at)
    studio.keyboard.up("\\")
    studio.wait_for_timeout(100)
    assert before == pytest.approx([40, 119, 170], abs=8)  # as it was drawn, see `drawn_person`
    assert max(abs(one - other) for one, other in zip(before, after, strict=True)) > 20
    assert shown(studio, *at) == pytest.approx(after, abs=8)  # a finer JPEG of the same may have come meanwhile


def test_a_line_splits_the_picture_and_is_moved_by_pointer_and_key(studio: Page) -> None:
    studio.get_by_role("radio", name="Split").click()
    line = studio.get_by_role("slider", name="Where the picture is split")
    box = line.bounding_box()
    assert box is not None
    studio.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    studio.mouse.down()
    studio.mouse.move(box["x"] + box["width"] / 2 - 150, box["y"] + 40, steps=3)
    studio.mouse.up()
    moved = studio.evaluate("studio.stage.split")
    assert moved < 0.45
    line.press("ArrowRight")
    assert studio.evaluate("studio.stage.split") == pytest.approx(moved + 0.02)


def test_side_by_side_shows_both(studio: Page) -> None:
    studio.get_by_role("radio", name="Side by side").click()
    assert studio.evaluate("studio.stage.panes().map((each) => each.shows)") == ["before", "after"]
    expect(studio.get_by_text("cut and paste", exact=True)).to_be_visible()
    studio.keyboard.press("c")
    assert studio.evaluate("studio.stage.comparison") == "off"
