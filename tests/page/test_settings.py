"""The settings at the side."""

from typing import Any

import pytest
from page.acting import fields, middle, settled, shown, until
from playwright.sync_api import Page, expect

from cleanplate import recipes

SCENE = ("aperture", "defocus", "weights")


def test_every_field_of_a_recipe_has_a_control(studio: Page) -> None:
    for name in recipes.NAMES:
        if name in ("size", "light"):  # the one is asked for at the export, the other is the sun
            continue
        expect(studio.locator(f"#field-{name}")).to_be_attached()
    expect(studio.get_by_role("slider", name="Light from")).to_be_visible()


@pytest.mark.parametrize("name", ["strength", "exposure", "warmth", "edge", "wrap", "shadow", "grain", "soften", "clean_hair"])
def test_a_slider_has_the_librarys_bounds_and_sets_its_field(studio: Page, name: str) -> None:
    bounds = recipes.schema()["properties"][name]
    slider = studio.locator(f"#field-{name}")
    assert float(slider.get_attribute("min") or "nan") == bounds["minimum"]
    assert float(slider.get_attribute("max") or "nan") == bounds["maximum"]
    slider.fill("0.35")
    settled(studio)
    assert fields(studio) == {name: 0.35}


def test_a_double_click_and_the_button_give_the_default_back(studio: Page) -> None:
    slider = studio.locator("#field-wrap")
    for reset in (slider.dblclick, studio.get_by_role("button", name="Reset Light wrap").click):
        slider.fill("0.35")
        settled(studio)
        reset()
        settled(studio)
        assert fields(studio) == {}


def test_strength_moves_the_colors_and_its_way_is_one_step(studio: Page) -> None:
    slider = studio.locator("#field-strength")
    person = studio.evaluate("studio.stage.person()")
    at = [(person["left"] + person["width"] / 2) / 1500, (person["top"] + 0.6 * person["height"]) / 1000]
    whole = shown(studio, *at)
    box = slider.bounding_box()
    assert box is not None
    studio.mouse.move(box["x"] + box["width"] * 2 / 3, box["y"] + box["height"] / 2)
    studio.mouse.down()
    studio.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2, steps=8)
    studio.mouse.up()
    settled(studio)
    assert fields(studio) == {"strength": 0}
    assert shown(studio, *at) != whole
    studio.keyboard.press("Control+z")
    settled(studio)
    assert fields(studio) == {}


def test_between_its_ends_strength_is_drawn_without_an_answer(studio: Page) -> None:
    studio.locator("#field-strength").hover()
    until(studio, "Boolean(studio.previews.ends.pictures.none && studio.previews.ends.pictures.most)")
    person = studio.evaluate("studio.stage.person()")
    at = [(person["left"] + person["width"] / 2) / 1500, (person["top"] + 0.6 * person["height"]) / 1000]
    studio.evaluate("studio.previews.previews.send = () => -1")  # a server that is silent from now on
    seen = []
    for value in ("0", "0.75", "1.5"):
        studio.locator("#field-strength").fill(value)
        studio.wait_for_timeout(150)
        seen.append(shown(studio, *at))
    assert seen[0] != seen[2]
    assert all(abs(2 * half - low - high) <= 4 for low, half, high in zip(*seen, strict=True))


def at_the_chest(page: Page) -> list[float]:
    person = page.evaluate("studio.stage.person()")
    return [(person["left"] + person["width"] / 2) / 1500, (person["top"] + 0.6 * person["height"]) / 1000]


def test_exposure_and_warmth_are_seen_on_the_person_said_in_their_units_and_given_back_by_a_double_click(studio: Page) -> None:
    settled(studio)
    at, sky = at_the_chest(studio), [0.9, 0.1]
    plain, place = shown(studio, *at), shown(studio, *sky)
    for name, value, said, channel, sign in (("exposure", "-1", "\u22121.00", 1, -1), ("warmth", "1", "+100 %", 0, 1)):
        slider = studio.locator(f"#field-{name}")
        slider.fill(value)
        settled(studio)
        assert studio.locator(f"output[for=field-{name}]").inner_text() == said
        assert sign * (shown(studio, *at)[channel] - plain[channel]) > 8
        assert shown(studio, *sky) == pytest.approx(place, abs=2)
        slider.dblclick()
        settled(studio)
        assert fields(studio) == {}
        assert shown(studio, *at) == pytest.approx(plain, abs=5)  # JPEG's error, of saturated colors


def test_a_person_left_in_their_own_colors_but_darkened_is_moved_as_they_look(studio: Page) -> None:
    """While the pointer has them, what is drawn is what the program made of them and not their photo."""
    studio.locator("#field-harmonize").uncheck()
    studio.locator("#field-exposure").fill("-2")
    settled(studio)
    until(studio, "studio.previews.recolored.size === 1")
    dark = shown(studio, *at_the_chest(studio))
    across, down = middle(studio)
    studio.mouse.move(across, down)
    studio.mouse.down()
    studio.mouse.move(across + 90, down, steps=4)
    studio.wait_for_timeout(80)
    assert studio.evaluate("studio.stage.moving")
    assert shown(studio, *at_the_chest(studio)) == pytest.approx(dark, abs=12)
    studio.mouse.up()


def test_the_sun_is_dragged_around_the_person_and_found_again(studio: Page) -> None:
    dial = studio.get_by_role("slider", name="Light from")
    dial.scroll_into_view_if_needed()
    box = dial.bounding_box()
    assert box is not None
    studio.mouse.click(box["x"] + box["width"] * 0.88, box["y"] + box["height"] / 2)
    settled(studio)
    assert fields(studio)["light"] == pytest.approx(90, abs=3)
    dial.press("ArrowRight")
    settled(studio)
    assert fields(studio)["light"] == pytest.approx(95, abs=3)
    studio.get_by_role("button", name="Find it").click()
    settled(studio)
    assert fields(studio) == {}


@pytest.mark.parametrize(("name", "label", "value"), [("weights", "In floats", "open"), ("fit", "As in photo", "keep")])
def test_a_choice_sets_its_field(studio: Page, name: str, label: str, value: Any) -> None:
    studio.get_by_role("radio", name=label).click()
    settled(studio)
    found = studio.evaluate("studio.history.doc.scene") if name in SCENE else fields(studio)
    assert found == {name: value}


def test_switches_leave_out_blending_and_harmonizing(studio: Page) -> None:
    for name in ("blend", "harmonize"):
        studio.locator(f"#field-{name}").uncheck()
    settled(studio)
    assert fields(studio) == {"blend": False, "harmonize": False}


def test_a_lens_and_defocus_go_for_the_whole_picture(studio: Page) -> None:
    studio.locator("#field-defocus").fill("2.5")
    studio.locator("#field-aperture").fill("6")
    settled(studio)
    assert (studio.evaluate("studio.history.doc.scene"), fields(studio)) == ({"defocus": 2.5, "aperture": 6}, {})
