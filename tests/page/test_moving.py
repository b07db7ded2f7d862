"""The person is taken hold of: drag, handles, wheel, pinch and keys."""

import pytest
from page.acting import fields, middle, place, settled, shown, until
from playwright.sync_api import Page

PINCH = """([across, down, first, last]) => { const surface = document.getElementById("surface");
    surface.setPointerCapture = () => undefined;
    const at = { clientY: down, button: 0, bubbles: true };
    const send = (kind, id, x) => surface.dispatchEvent(new PointerEvent(kind, { ...at, pointerId: id, clientX: x }));
    send("pointerdown", 11, across - first); send("pointerdown", 12, across + first);
    send("pointermove", 11, across - last); send("pointermove", 12, across + last);
    send("pointerup", 11, across - last); send("pointerup", 12, across + last); }"""


def drag(page: Page, start: tuple[float, float], by: tuple[float, float], keep: bool = False) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + by[0], start[1] + by[1], steps=6)
    if not keep:
        page.mouse.up()


def test_a_person_is_dragged_as_far_as_the_pointer_went(studio: Page) -> None:
    before, scale, size = place(studio), studio.evaluate("studio.stage.scale"), studio.evaluate("studio.stage.picture")
    drag(studio, middle(studio), (-180, -60))
    settled(studio)
    after = place(studio)
    assert after["x"] - before["x"] == pytest.approx(-180 / (scale * size["width"]), abs=2e-3)
    assert after["y"] - before["y"] == pytest.approx(-60 / (scale * size["height"]), abs=2e-3)
    assert after["height"] == pytest.approx(before["height"], abs=1e-4)


def test_a_dragged_person_follows_the_pointer_before_the_server_answers(studio: Page) -> None:
    settled(studio)
    studio.evaluate("studio.previews.previews.send = () => -1")  # a server that is silent from now on
    start = middle(studio)
    colors = shown(studio, 0.2, 0.7)
    drag(studio, start, (-300, 0), keep=True)
    studio.wait_for_timeout(200)
    at = place(studio)
    person = studio.evaluate("studio.stage.person()")
    size = studio.evaluate("studio.stage.picture")
    across, down = person["left"] + person["width"] / 2, person["top"] + 0.6 * person["height"]
    inside = shown(studio, across / size["width"], down / size["height"])
    assert at["x"] < 0.35
    assert colors[0] > colors[2] + 40  # the ground is orange
    assert inside[2] > inside[0]  # the person blue


def test_what_the_server_composes_takes_over_where_the_pointer_rests(studio: Page) -> None:
    drag(studio, middle(studio), (-200, -20), keep=True)
    until(studio, "studio.previews.current")
    studio.mouse.up()
    settled(studio)
    assert not studio.evaluate("studio.stage.moving")


def test_a_handle_scales_around_the_feet(studio: Page) -> None:
    before = place(studio)
    studio.mouse.move(*middle(studio))
    corners = studio.evaluate("studio.stage.handles(studio.stage.panes()[0])")
    box = studio.locator("#marks").bounding_box()
    assert box is not None
    start = box["x"] + corners[0]["x"], box["y"] + corners[0]["y"]
    drag(studio, start, (20, 60))
    settled(studio)
    after = place(studio)
    assert after["height"] < before["height"]
    assert (after["x"], after["y"]) == pytest.approx((before["x"], before["y"]), abs=1e-3)


@pytest.mark.parametrize(("delta", "larger"), [(-200, True), (200, False)])
def test_the_wheel_over_a_person_scales_them(studio: Page, delta: int, larger: bool) -> None:
    before = place(studio)
    studio.mouse.move(*middle(studio))
    studio.mouse.wheel(0, delta)
    until(studio, "studio.history.layer.fields.height !== undefined")
    settled(studio)
    assert (place(studio)["height"] > before["height"]) is larger


def test_two_fingers_scale_a_person_by_how_far_they_part(studio: Page) -> None:
    before = place(studio)["height"]
    studio.evaluate(PINCH, [*middle(studio), 40, 60])
    settled(studio)
    assert place(studio)["height"] == pytest.approx(1.5 * before, rel=0.01)


def test_arrow_keys_move_and_signs_scale(studio: Page) -> None:
    before = place(studio)
    studio.locator("#surface").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowRight"):
        studio.keyboard.press(key)
    settled(studio)
    after = place(studio)
    assert after["x"] - before["x"] == pytest.approx(0.07, abs=1e-3)
    assert after["y"] - before["y"] == pytest.approx(-0.01, abs=1e-3)
    studio.keyboard.press("+")
    settled(studio)
    assert place(studio)["height"] > after["height"]


def test_feet_snap_to_the_middle_of_the_picture_and_not_with_alt(studio: Page) -> None:
    studio.locator("#field-x").fill("0.56")
    settled(studio)
    scale, size = studio.evaluate("studio.stage.scale"), studio.evaluate("studio.stage.picture")
    near = (0.5 - 0.56) * scale * size["width"] + 5
    drag(studio, middle(studio), (near, 0))
    settled(studio)
    assert place(studio)["x"] == 0.5
    studio.locator("#field-x").fill("0.56")
    settled(studio)
    studio.keyboard.down("Alt")
    drag(studio, middle(studio), (near, 0))
    studio.keyboard.up("Alt")
    settled(studio)
    assert place(studio)["x"] == pytest.approx(0.5 + 5 / (scale * size["width"]), abs=2e-3)


def test_a_mirrored_person_looks_the_other_way(studio: Page) -> None:
    settled(studio)
    foot = studio.evaluate("studio.previews.place(0).x")
    frame = studio.evaluate("studio.stage.person(0)")
    studio.keyboard.press("f")
    assert studio.evaluate("studio.history.layer.fields.flip") is True
    settled(studio)
    assert studio.evaluate("studio.previews.place(0).x") == pytest.approx(foot, abs=0.02)
    assert studio.evaluate("studio.stage.person(0).width") == pytest.approx(frame["width"], rel=0.02)
    studio.keyboard.press("f")
    assert "flip" not in studio.evaluate("studio.history.layer.fields")


def test_a_person_is_turned_by_the_knob_by_keys_and_by_the_slider(studio: Page) -> None:
    settled(studio)
    studio.mouse.move(*middle(studio))
    knob = """(() => { const { x, y } = studio.stage.knob(studio.stage.panes().at(-1));
        const box = document.getElementById("marks").getBoundingClientRect();
        return [box.left + x, box.top + y]; })()"""
    across, down = studio.evaluate(knob)
    drag(studio, (across, down), (90, 30))
    turned = studio.evaluate("studio.history.layer.fields.rotate")
    assert 5 < turned < 90
    settled(studio)
    again = studio.evaluate(knob)
    assert again[0] > across + 20  # the knob went with them
    studio.locator("#surface").focus()
    studio.keyboard.press(",")
    studio.keyboard.press("Shift+>")
    assert studio.evaluate("studio.history.layer.fields.rotate") == pytest.approx(turned + 9)
    studio.locator("#field-rotate").fill("-12.5")
    assert studio.evaluate("studio.history.layer.fields.rotate") == -12.5
    settled(studio)
    studio.locator("#surface").focus()
    studio.keyboard.press("Delete")
    assert "rotate" not in studio.evaluate("studio.history.layer.fields")


def test_a_drag_is_one_step_to_undo_and_to_redo(studio: Page) -> None:
    before = place(studio)
    drag(studio, middle(studio), (-150, -40))
    settled(studio)
    moved = fields(studio)
    studio.keyboard.press("Control+z")
    settled(studio)
    assert fields(studio) == {}
    assert place(studio) == pytest.approx(before)
    studio.keyboard.press("Control+Shift+z")
    settled(studio)
    assert fields(studio) == moved


def test_the_chosen_place_is_given_back_by_a_key(studio: Page) -> None:
    before = place(studio)
    drag(studio, middle(studio), (-150, -40))
    settled(studio)
    studio.keyboard.press("Delete")
    settled(studio)
    assert place(studio) == pytest.approx(before, abs=1e-6)
