"""serve.filming: a film is sent once; its frames are kept as pictures are, and it is composed by its id."""

import json

import numpy as np
import pytest
from PIL import Image as pillow
from servers import EXAMPLES, pixels_of

from cleanplate.serve.client import Kept, Problem
from cleanplate.video import videos
from cleanplate.video.codecs import Encoding

SIZE, FRAMES = (60, 80), 20  # height and width


@pytest.fixture
def street(tmp_path):
    """A plate that grows brighter by 10 in each of 20 frames, 25 in a second."""
    path = tmp_path / "street.mp4"
    with videos.create_video(path, Encoding(size=SIZE)) as writer:
        for number in range(FRAMES):
            writer.write(np.full((*SIZE, 3), 20 + 10 * number, np.uint8), number)
    return path


def kept_film(client, path):
    told = json.loads(client.post("/v1/films", {"film": path})[1])
    return Kept(told["id"], told)


def still(client, film, **fields):
    told = json.loads(client.post_json(f"/v1/films/{film.id}/stills", fields)[1])
    return Kept(told["id"], told)


def test_a_film_is_told_by_its_size_and_length(client, street):
    told = kept_film(client, street).told
    assert (told["width"], told["height"], told["frames"], told["rate"]) == (80, 60, FRAMES, 25)
    assert told["seconds"] == pytest.approx(FRAMES / 25)


@pytest.mark.parametrize(("at", "bright"), [(0, 20), (0.4, 120), (99, 210)])
def test_a_frame_is_the_one_at_that_time_or_the_last(client, street, at, bright):
    plate = still(client, kept_film(client, street), at=at, **{"as": "plate"})
    seen = pixels_of(client.request("GET", f"/v1/plates/{plate.id}/preview.jpg")[1])
    assert abs(int(seen[30, 40, 1]) - bright) <= 3


def test_a_frame_can_be_the_person(client, tmp_path):
    photo = np.asarray(pillow.open(EXAMPLES / "portrait.png").convert("RGB"))
    path = tmp_path / "talk.mp4"
    with videos.create_video(path, Encoding(size=photo.shape[:2])) as writer:
        for number in range(3):
            writer.write(photo, number)
    person = still(client, kept_film(client, path), at=0, **{"as": "person"})
    assert person.told["box"][3] > 0.8


def test_a_film_is_composed_by_its_id_as_by_its_file(client, street, disc):
    made = []
    for plate in (kept_film(client, street), street):
        job = client.begin_film(disc, plate, container="mkv", codec="ffv1")
        assert list(client.progress(job))[-1]["state"] == "done"
        made.append(client.result(job))
    assert frames_of(made[0]) == frames_of(made[1])


def frames_of(data):
    import io

    import av

    with av.open(io.BytesIO(data)) as container:
        return [frame.to_ndarray(format="rgb24").tobytes() for frame in container.decode(video=0)]


def test_what_is_no_film_and_no_time_is_refused(client, street, disc):
    with pytest.raises(Problem, match="none that can be read") as refused:
        kept_film(client, disc)
    assert refused.value.status == 415
    film = kept_film(client, street)
    for fields, said in [({"as": "hat"}, "`as` is one of"), ({"as": "plate", "at": -1}, "`at` is seconds"), ({"as": "plate", "x": 1}, "no field `x`")]:
        with pytest.raises(Problem, match=said):
            still(client, film, **fields)
    client.request("DELETE", f"/v1/films/{film.id}")
    with pytest.raises(Problem, match="no such film"):
        still(client, film, **{"as": "plate"})
