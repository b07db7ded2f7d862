"""A few people, a batch and one of its items."""

from pathlib import Path

import pytest
from discs import PLAIN, draw

from cleanplate.batch.items import Item, Job


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return draw(tmp_path / "people", "anna.png", "ben.png", "more/cleo.png")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(str(tmp_path / "out"))


@pytest.fixture
def item(people: Path, plate: Path) -> Item:
    return Item(str(people / "anna.png"), str(plate), "anna.png", PLAIN)
