"""A film in the page: scrubbed, previewed and rendered to its end."""

from pathlib import Path

import numpy as np
import pytest
from page.acting import settled, shown, until
from page.test_opening import drop
from playwright.sync_api import Page, expect

from cleanplate.video import videos
from cleanplate.video.codecs import Encoding

SIZE, FRAMES = (180, 240), 30  # height and width; at 25 frames a second


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
    assert studio.evaluate("[document.querySelector('video').videoWidth, document.querySelector('video').videoHeight]") == [SIZE[1], SIZE[0]]
    assert studio.evaluate("document.querySelector('video').duration") == pytest.approx(1, abs=0.05)


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
