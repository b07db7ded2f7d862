"""serve/page: what is built is what the sources give, and nothing in it comes from elsewhere."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cleanplate.serve.app import PAGE

EXAMPLES = Path(__file__).parents[2] / "examples"
BUILT = {"index.html", "page.css", "page.js", "icon.svg", "example-person.png", "example-plate.jpg"}


def test_the_page_is_whole():
    assert {each.name for each in PAGE.iterdir()} == BUILT


def test_the_page_opens_with_the_examples():
    for name, source in {"example-person.png": "portrait.png", "example-plate.jpg": "plate.jpg"}.items():
        assert (PAGE / name).read_bytes() == (EXAMPLES / source).read_bytes()


def test_the_page_names_no_address_elsewhere():
    for name in ("index.html", "page.css", "page.js", "icon.svg"):
        found = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\"'`)\s]*", (PAGE / name).read_text(encoding="utf-8")))
        assert found <= {"http://www.w3.org/2000/svg"}, name


def test_the_page_has_no_script_or_style_of_its_own_in_the_markup():
    text = (PAGE / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=", text)


def test_every_sentence_stands_in_the_room_of_words():
    if not (PAGE.parent / "source").is_dir():
        pytest.skip("the sources of the page are no part of the wheel")
    for room in (PAGE.parent / "source").glob("*.ts"):
        if room.name != "words.ts":
            text = re.sub(r"^\s*(//|/?\*).*$", "", room.read_text(encoding="utf-8"), flags=re.M)
            assert not re.findall(r'"[A-Z][a-z]+ [a-z]+ [^"]*"', text), room.name


def test_what_is_built_is_current(tmp_path):
    """`make page` builds it."""
    page = PAGE.parent
    if shutil.which("node") is None or not (page / "node_modules" / "esbuild").is_dir():
        pytest.skip("needs node and what `make page` installs")
    subprocess.run([str(shutil.which("node")), page / "build.mjs", tmp_path], check=True, capture_output=True)
    for name in BUILT:
        assert (tmp_path / name).read_bytes() == (PAGE / name).read_bytes(), f"{name} is old: run `make page`"
