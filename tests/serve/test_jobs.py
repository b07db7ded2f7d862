"""serve.jobs and serve.films: a film to its end, watched; canceled; refused. The same film as the command's."""

import time

import numpy as np
import pytest
from servers import EXAMPLES

from cleanplate import cli, open_video
from cleanplate.serve import films
from cleanplate.serve.client import Problem
from cleanplate.serve.options import Options
from cleanplate.serve.problems import Refused
from cleanplate.serve.store import Store

pytest.importorskip("av")
from clips import clip


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A drawn plate that moves for 24 frames."""
    path = tmp_path_factory.mktemp("film") / "plate.mp4"
    clip(path, [512 * number for number in range(24)])
    return path


def frames_of(data: bytes, tmp_path) -> np.ndarray:
    path = tmp_path / "found.mp4"
    path.write_bytes(data)
    with open_video(path) as video:
        return np.stack([frame.pixels for frame in video])


def test_a_film_is_made_watched_and_fetched_and_is_that_of_the_command(tmp_path, client, disc, film):
    person = tmp_path / "person.png"
    person.write_bytes(disc)
    # lossless: what x264 loses differs from run to run, with threads and so small a frame
    job = client.begin_film(person, film, height=0.5, film_quality="fast", crf=0)
    seen = list(client.progress(job))
    assert seen[-1]["state"] == "done", seen[-1]
    assert seen[-1]["done"] == 24
    assert [each["done"] for each in seen] == sorted(each["done"] for each in seen)
    out = tmp_path / "out.mp4"
    flags = ["--height", "0.5", "--film-quality", "fast", "--crf", "0", "-o", str(out), "-q"]
    assert cli.main(["compose", str(person), str(film), *flags]) == 0
    np.testing.assert_array_equal(frames_of(client.result(job), tmp_path), frames_of(out.read_bytes(), tmp_path))
    answer, part = client.request("GET", f"/v1/jobs/{job}/result", headers={"Range": "bytes=4-7"})
    assert (answer.status, part) == (206, b"ftyp")
    client.cancel(job)
    with pytest.raises(Problem, match="send it again"):
        client.state(job)


def test_a_film_is_canceled_and_the_next_has_its_turn(start, film, disc):
    with start() as server, server.client() as client:
        long = client.begin_film(EXAMPLES / "portrait.png", film, size="1920x1440", film_quality="best")
        short = client.begin_film(disc, film, height=0.5, film_quality="fast")
        while client.state(long)["state"] == "waiting":
            time.sleep(0.1)
        assert client.state(short)["state"] == "waiting"
        with pytest.raises(Problem) as refused:
            client.result(short)
        assert refused.value.status == 409
        client.cancel(long)
        assert list(client.progress(short))[-1]["state"] == "done"


@pytest.mark.parametrize(
    ("fields", "word"),
    [({"container": "exe"}, "container"), ({"crf": -1}, "crf"), ({"crf": "x"}, "crf"), ({"sound": "loud"}, "sound"),
     ({"film_quality": "worst"}, "worst"), ({"salvage": "perhaps"}, "salvage"), ({"out": "x.mp4"}, "out"),
     ({"start": 1e300}, "start")],
)  # fmt: skip
def test_what_a_film_cannot_be_is_said_at_once(client, film, disc, fields, word):
    with pytest.raises(Problem) as refused:
        client.begin_film(disc, film, **fields)
    assert refused.value.status == 422
    assert word in refused.value.detail


def test_what_is_no_film_fails_in_words_that_name_no_file_of_the_server(client, film, disc, ground):
    tries = ((disc, ground, "Neither the person nor the plate is a video"), (disc, film.read_bytes()[:300], "The plate"))
    for person, plate, word in tries:
        *_, last = client.progress(client.begin_film(person, plate))
        assert last["state"] == "failed"
        assert last["problem"]["detail"].startswith(word)
        assert "/" not in last["problem"]["detail"]


def test_so_many_films_may_wait_and_one_that_is_made_is_work(tmp_path):
    found = films.Films(Options(), Store(str(tmp_path), 60, 10**6))
    found.films = {str(at): films.Film({"do": "film"}, str(tmp_path)) for at in range(films.MOST_WAITING)}
    assert found.full
    assert not found.at_work
    found.films["0"].state = "running"
    assert not found.full
    assert found.at_work
    found.films["0"].state = "done"
    assert not found.at_work
    found.films["0"].state = "waiting"
    with pytest.raises(Refused) as refused:
        found.begin({"do": "film"}, str(tmp_path))
    assert refused.value.status == 503
