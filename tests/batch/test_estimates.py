"""estimates: what a dry run says of films comes near what they are."""

import time
from pathlib import Path

import pytest
from discs import PLAIN, Here, draw

from cleanplate.batch import estimates, job
from cleanplate.batch.items import Item, Job
from cleanplate.pixels import threads

pytest.importorskip("av", reason="needs the extra `video` (PyAV)")
from clips import clip, pictures


@pytest.fixture
def films(tmp_path: Path) -> list[Item]:
    """A disc before two short films, and before one that is four times as long as what is tried of it."""
    person = draw(tmp_path / "people", "anna.png") / "anna.png"
    times = {"a": 30, "b": 30, "c": 200}
    plates = [
        clip(tmp_path / f"{name}.mp4", [512 * at for at in range(n)], shapes=(pictures(20) * 10)[:n]) for name, n in times.items()
    ]
    return [Item(str(person), str(plate), f"{plate.stem}.mp4", PLAIN) for plate in plates]


def test_films_are_as_long_as_their_frames_and_nothing_stays(tmp_path: Path, films: list[Item]) -> None:
    common = Job(str(tmp_path / "out"))
    found = estimates.estimate(job.prepare(common, films), 2)
    one = estimates.estimate(job.prepare(common, films[:1]), 2)
    assert (found.pictures, found.films) == (0, 3)
    assert not (tmp_path / "out").exists()
    made = list(Here(common).run(iter([tuple(films)])))
    assert [each.frames for each in made] == [30, 30, 200]
    assert found.film_bytes == pytest.approx(sum(each.bytes for each in made), rel=0.5)
    assert found.film_seconds > 0
    assert found.film_bytes == pytest.approx(one.film_bytes * 260 / 30, rel=0.01)


def test_films_that_cannot_be_made_have_no_estimate(tmp_path: Path, films: list[Item]) -> None:
    Path(films[0].plate).write_bytes(b"no film")
    found = estimates.estimate(job.prepare(Job(str(tmp_path / "out")), films[:1]), 1)
    assert (found.films, found.film_seconds, found.film_bytes) == (1, 0.0, 0)


def test_the_beginning_of_a_film_takes_no_longer_than_it_took(tmp_path: Path, films: list[Item]) -> None:
    batch, start = job.prepare(Job(str(tmp_path / "out")), films), time.perf_counter()
    seconds, held, pixels = estimates.beginning(batch, films[0])
    assert 0 < seconds <= time.perf_counter() - start
    assert held > 0
    assert pixels == 30 * 48 * 64


def test_pictures_take_no_longer_than_they_took(tmp_path: Path, item: Item) -> None:
    batch, start = job.prepare(Job(str(tmp_path / "out")), [item]), time.perf_counter()
    seconds, held = estimates.tried(batch, [item, item])
    assert 0 < 2 * seconds / threads.cores() <= time.perf_counter() - start
    assert held > 0


def test_no_more_are_tried_than_is_said_and_they_lie_evenly() -> None:
    assert [estimates.spread(range(6), count) for count in (1, 2, 4, 9)] == [[0], [0, 5], [0, 1, 2, 3], [0, 1, 2, 3, 4, 5]]
