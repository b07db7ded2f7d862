"""A film in the page: scrubbed, previewed and rendered to its end."""

from pathlib import Path

import numpy as np
import pytest
from page.acting import fields, place, settled, shown, until
from page.test_opening import drop
from PIL import Image as pillow
from playwright.sync_api import Page, expect

from cleanplate.video import videos
from cleanplate.video.codecs import Encoding

SIZE, FRAMES = (180, 240), 30  # height and width; at 25 frames a second

LOADED = """(({ videoWidth, videoHeight, duration }) => [videoWidth, videoHeight, duration])(document.querySelector("video"))"""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A plate that grows from black to bright."""
    path = tmp_path / "street.mp4"
    with videos.create_video(path, Encoding(size=SIZE)) as writer:
        for number in range(FRAMES):
            writer.write(np.full((*SIZE, 3), 8 * number, np.uint8), number)
    return path


def test_a_film_behind_a_photographed_person_is_scrubbed_rendered_and_played(studio: Page, film: Path) -> None:
    drop(studio, "plate", film, "video/mp4")
    until(studio, "studio.history.doc.film?.name === 'street.mp4'")
    settled(studio)
    dark = shown(studio, 0.03, 0.03)
    studio.get_by_role("slider", name="Frame of the film").fill("1")
    until(studio, "studio.history.doc.film.at === 1")
    settled(studio)
    assert shown(studio, 0.03, 0.03)[0] > dark[0] + 100
    studio.get_by_role("button", name="End here").click()
    studio.get_by_role("button", name="Render film").click()
    video = studio.locator("dialog video")
    video.wait_for()
    until(studio, "document.querySelector('video').readyState >= 1")
    width, height, seconds = studio.evaluate(LOADED)
    assert (height, width) == SIZE
    assert seconds == pytest.approx(1, abs=0.05)


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """The example's person, who moves a little to the right in every frame before a gray wall that grows brighter."""
    photo = pillow.open(Path(__file__).parents[2] / "examples" / "portrait.png").convert("RGB")
    photo.thumbnail((240, 240))
    path = tmp_path / "talk.mp4"
    with videos.create_video(path, Encoding(size=(240, 320))) as writer:
        for number in range(FRAMES):
            frame = pillow.new("RGB", (320, 240), (60 + 2 * number,) * 3)
            frame.paste(photo, (20 + 2 * number, 240 - photo.height))
            writer.write(np.asarray(frame), number)
    return path


def test_somebody_filmed_is_cut_out_cut_to_length_moved_rendered_and_played(studio: Page, talk: Path) -> None:
    plate_before = studio.evaluate("studio.history.doc.plate.id")
    drop(studio, "person", talk, "video/mp4")
    until(studio, "studio.history.doc.film?.name === 'talk.mp4'")
    settled(studio)
    assert studio.evaluate("studio.history.doc.plate.id") == plate_before
    first = place(studio)
    scrub(studio, 0.4)
    settled(studio)
    moved = studio.evaluate("studio.history.doc.layers[0].outline.foot[0]")
    studio.get_by_role("button", name="Start here").click()
    scrub(studio, 0.8)
    settled(studio)
    assert studio.evaluate("studio.history.doc.layers[0].outline.foot[0]") > moved  # they walked on
    studio.get_by_role("button", name="End here").click()
    expect(studio.locator(".film .part")).to_have_text("0.4 s \u2013 0.8 s")
    studio.locator("#field-exposure").fill("-0.5")
    settled(studio)
    assert fields(studio)["exposure"] == -0.5
    assert place(studio) == pytest.approx(first, abs=0.02)  # where they were filmed
    studio.get_by_role("button", name="Render film").click()
    progress = studio.locator(".film progress")
    expect(progress).to_be_visible()
    studio.locator("dialog video").wait_for()
    until(studio, "document.querySelector('video').readyState >= 1")
    width, height, seconds = studio.evaluate(LOADED)
    assert (height, width) == (240, 320)
    assert seconds == pytest.approx(0.4, abs=0.05)
    until(studio, "document.querySelector('video').currentTime > 0")
    with studio.expect_download() as saved:
        studio.get_by_role("button", name="Save film").click()
    assert saved.value.suggested_filename == "talk-cleanplate.mp4"
    saved.value.save_as(kept := talk.with_name("made.mp4"))
    with videos.open_video(kept) as reader:
        frames = [each.pixels for each in reader]
    assert len(frames) in (10, 11)
    assert np.abs(frames[0][:20, -20:].astype(int) - 60).mean() > 20  # the place, and not the wall that was filmed
    assert np.abs(frames[0].astype(int) - frames[-1]).mean() > 1  # and they move in it


def test_what_goes_with_photos_alone_is_refused_for_somebody_filmed_in_a_sentence(studio: Page, talk: Path) -> None:
    drop(studio, "person", talk, "video/mp4")
    until(studio, "studio.history.doc.film?.name === 'talk.mp4'")
    settled(studio)
    studio.locator("#field-rotate").fill("5")
    settled(studio)
    studio.get_by_role("button", name="Render film").click()
    expect(studio.locator("#notices")).to_contain_text("`rotate` goes with a photographed person")
    studio.locator("#field-rotate").dblclick()
    studio.keyboard.press("b")
    expect(studio.locator("#notices")).to_contain_text("strokes are for photographs")


def scrub(page: Page, at: float) -> None:
    """Show the frame at so many seconds."""
    page.get_by_role("slider", name="Frame of the film").fill(str(at))
    until(page, f"studio.history.doc.film.at === {at}")


def test_a_film_being_made_is_canceled(studio: Page, film: Path) -> None:
    drop(studio, "plate", film, "video/mp4")
    until(studio, "studio.history.doc.film?.name === 'street.mp4'")
    settled(studio)
    studio.get_by_role("button", name="Render film").click()
    studio.locator("#film-cancel").click()
    expect(studio.get_by_role("button", name="Render film")).to_be_visible()
    assert studio.locator("dialog[open]").count() == 0


def test_what_is_no_film_is_refused_in_a_sentence(studio: Page, tmp_path: Path) -> None:
    path = tmp_path / "street.mp4"
    path.write_bytes(b"no film at all")
    drop(studio, "plate", path, "video/mp4")
    expect(studio.locator("#notices")).to_contain_text("none that can be read")
