"""A real server and the system's browser. `make test-page` sets PAGE; `make test` needs no browser and leaves this folder out."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

if "PAGE" not in os.environ:
    collect_ignore_glob = ["*.py"]
else:
    from page.acting import LONG
    from page.browser import FLAGS, found
    from page.pictures import drawn_person, drawn_plate
    from playwright.sync_api import Browser, Page, sync_playwright

READY = "html[data-state=ready]"


@contextmanager
def serving() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server that runs as users run it: its address and its process."""
    command = [sys.executable, "-m", "cleanplate", "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if "http://" in line:
            break
    try:
        yield "http://" + line.split("http://", 1)[1].split()[0].rstrip("/.,"), process
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Its address."""
    with serving() as (address, _):
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found(), args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def page(browser: "Browser", server: str) -> Iterator["Page"]:
    """An empty tab. At the end nothing may have been asked of another address, and nothing have gone wrong unseen."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True, reduced_motion="reduce")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened, wrong = context.new_page(), []
    opened.set_default_timeout(1000 * LONG)
    opened.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    opened.on("console", lambda said: wrong.append(said.text) if said.type == "error" and "status of 4" not in said.text else None)
    opened.on("request", lambda asked: None if asked.url.startswith((server, "blob:", "data:")) else wrong.append(asked.url))
    yield opened
    context.close()
    assert wrong == []


@pytest.fixture
def studio(page: "Page", server: str) -> "Page":
    """The page with a drawn person in a drawn place, as somebody would drop them: quick, for no network looks for the person."""
    page.route("**/example-person.png", lambda route: route.fulfill(body=drawn_person(), content_type="image/png"))
    page.route("**/example-plate.jpg", lambda route: route.fulfill(body=drawn_plate(), content_type="image/png"))
    page.goto(server)
    page.wait_for_selector(READY)
    return page


@pytest.fixture
def person_file(tmp_path: Path) -> Path:
    path = tmp_path / "person.png"
    path.write_bytes(drawn_person())
    return path


@pytest.fixture
def plate_file(tmp_path: Path) -> Path:
    path = tmp_path / "plate.png"
    path.write_bytes(drawn_plate(240, 160))
    return path
