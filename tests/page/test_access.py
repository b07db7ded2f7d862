"""For everybody: by keyboard, at any width, dark and light, and nothing from elsewhere."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from page.acting import settled
from playwright.sync_api import Page, expect

WIDTHS = [(360, 740), (768, 1024), (1280, 800), (1920, 1080), (3840, 2160)]


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("opened", ["page", "brush", "export", "keys", "split"])
def test_axe_finds_nothing(studio: Page, scheme: str, opened: str) -> None:
    studio.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    act = {"page": "", "brush": "b", "export": "e", "keys": "?", "split": "c"}[opened]
    if act:
        studio.keyboard.press(act)
    settled(studio)
    found = Axe().run(studio)
    assert [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found.response["violations"]] == []


@pytest.mark.parametrize("size", WIDTHS)
def test_nothing_is_cut_off_at_any_width(studio: Page, size: tuple[int, int]) -> None:
    studio.set_viewport_size({"width": size[0], "height": size[1]})
    settled(studio)
    assert studio.evaluate("document.documentElement.scrollWidth") <= size[0]
    for name in ("Export", "Undo (Ctrl Z)", "Move (V)", "1:1"):
        box = studio.get_by_role("button", name=name, exact=True).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]
        assert box["y"] + box["height"] <= size[1]


def test_every_control_is_reached_by_tab_and_shows_its_focus(studio: Page) -> None:
    reached = set()
    for _ in range(60):
        studio.keyboard.press("Tab")
        state = studio.evaluate("(() => { const at = document.activeElement; return [at.id || at.getAttribute('aria-label') || at.dataset.is || at.textContent, at === document.body, getComputedStyle(at).outlineStyle]; })()")
        if not state[1]:
            reached.add(state[0])
            assert state[2] != "none", f"{state[0]} shows no focus"
    assert {"export", "surface", "field-strength", "field-height", "tool-brush", "person 0", "place", "add"} <= reached


def test_the_canvas_says_where_the_person_is(studio: Page) -> None:
    surface = studio.locator("#surface")
    before = surface.get_attribute("aria-valuetext") or studio.locator("#said").inner_text()
    surface.focus()
    studio.keyboard.press("Shift+ArrowLeft")
    settled(studio)
    expect(studio.locator("#said")).not_to_have_text(before)


def test_nothing_moves_for_those_who_asked_for_that(studio: Page) -> None:
    names = studio.evaluate("document.getAnimations().length")
    assert names == 0


def test_the_page_is_given_a_policy_that_lets_nothing_in_from_elsewhere(page: Page, server: str) -> None:
    answer = page.goto(server)
    assert answer is not None
    assert "default-src 'self'" in answer.headers.get("content-security-policy", "")
