"""serve.previews: the latest message is answered, quickly first and then well; what is seen is what is composed."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from servers import EXAMPLES, Server, pixels_of
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect


@contextmanager
def opened(server: Server, **options: object) -> Iterator[ClientConnection]:
    with connect(server.address.replace("http", "ws") + "v1/previews", max_size=1 << 28, **options) as line:
        yield line


def answer(line: ClientConnection) -> tuple[dict, bytes]:
    """The next answer: its header and the picture; of a refusal the problem."""
    found = line.recv(timeout=60)
    if isinstance(found, str):
        return json.loads(found), b""
    length = int.from_bytes(found[:4], "big")
    return json.loads(found[4 : 4 + length]), found[4 + length :]


@pytest.fixture(scope="module")
def kept(server):
    with server.client() as client:
        person, plate = client.keep_cutout(EXAMPLES / "portrait.png"), client.keep_plate(EXAMPLES / "plate.jpg")
    return {"plate": plate.id, "layers": [{"person": person.id, "x": 0.4}]}


def test_a_preview_comes_quickly_and_then_well(server, kept):
    with opened(server) as line:
        line.send(json.dumps({"request": 7, **kept, "side": 640}))
        (first, quick), (second, well) = answer(line), answer(line)
    assert (first["request"], first["rest"], first["quality"]) == (7, False, 70)
    assert (second["request"], second["rest"], second["quality"]) == (7, True, 90)
    assert pixels_of(quick).shape == pixels_of(well).shape == (427, 640, 3)
    assert (first["width"], first["height"], first["type"]) == (640, 427, "image/jpeg")
    assert len(quick) < len(well)


def test_it_looks_as_the_whole_picture_will(server, client, kept):
    whole = pixels_of(client.compose_layers(client_kept(kept), kept["layers"], format="png").data)
    with opened(server) as line:
        line.send(json.dumps({"request": 1, **kept, "quality": 95}))
        _, small = answer(line)
    from PIL import Image as pillow

    seen = pixels_of(small)
    wanted = np.asarray(pillow.fromarray(whole).resize(seen.shape[1::-1], pillow.Resampling.BOX))
    assert np.abs(seen.astype(int) - wanted).mean() < 3


def client_kept(kept: dict):
    from cleanplate.serve.client import Kept

    return Kept(kept["plate"], {})


def test_at_the_true_size_a_part_is_the_part_of_the_picture(server, client, kept):
    whole = pixels_of(client.compose_layers(client_kept(kept), kept["layers"], format="png").data)
    with opened(server) as line:
        line.send(json.dumps({"request": 1, **kept, "side": None, "region": [0.25, 0.5, 0.1, 0.2], "quality": 95}))
        told, part = answer(line)
    assert (told["width"], told["height"]) == (180, 240)
    assert np.abs(pixels_of(part).astype(int) - whole[600:840, 450:630]).mean() < 1.5


def test_of_many_messages_the_last_is_answered_and_most_are_not(server, kept):
    with opened(server) as line:
        for number in range(30):
            line.send(json.dumps({"request": number, **kept, "layers": [{**kept["layers"][0], "x": 0.2 + 0.02 * number}]}))
        seen = []
        while not seen or seen[-1]["request"] != 29:
            seen.append(answer(line)[0])
    assert [each["request"] for each in seen] == sorted(each["request"] for each in seen)
    assert len(seen) < 10


def test_where_somebody_was_put_can_be_asked_for_again(server, kept):
    person = kept["layers"][0]["person"]
    with opened(server) as line:
        line.send(json.dumps({"request": 1, **kept, "layers": [{"person": person}], "side": 640}))
        chosen, first = answer(line)
        (place,) = chosen["placed"]
        line.send(json.dumps({"request": 2, **kept, "layers": [{"person": person, **place}], "side": 640}))
        told, again = next(found for found in iter(lambda: answer(line), None) if found[0]["request"] == 2)
    np.testing.assert_allclose(told["boxes"], chosen["boxes"], atol=2 / 427)
    assert np.abs(pixels_of(first).astype(int) - pixels_of(again)).mean() < 2


def test_a_person_alone_comes_with_alpha_in_the_plates_colors(server, kept):
    with opened(server) as line:
        line.send(json.dumps({"request": 1, **kept, "give": "person"}))
        told, data = answer(line)
        line.send(json.dumps({"request": 2, **kept, "quality": 95}))
        _, whole = answer(line)
    pixels, picture = pixels_of(data), pixels_of(whole)
    assert told["type"] == "image/png"
    assert pixels.shape == (told["height"], told["width"], 4)
    left, top = round(told["boxes"][0][0] * 1280), round(told["boxes"][0][1] * 853)
    inside = picture[top : top + pixels.shape[0], left : left + pixels.shape[1]].astype(int)
    solid = pixels[..., 3] == 255
    assert np.abs(inside - pixels[..., :3])[solid].mean() < 2


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"plate": "0" * 32}, "plate"), ({"layers": []}, "layers"), ({"side": 8}, "side"), ({"region": [0, 0, 0, 1]}, "region"),
        ({"region": [2, 0, 1, 1]}, "region"), ({"give": "all"}, "give"), ({"colour": 1}, "colour"), ({"quality": 101}, "quality"),
        ({"size": "9x9x9"}, "9x9x9"), ({"plate": "../../etc/passwd"}, "plate"), ({"layers": "x"}, "layers"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_said_and_the_line_stays_open(server, kept, change, word):
    with opened(server) as line:
        line.send(json.dumps({"request": 5, **kept, **change}))
        told, _ = answer(line)
        assert told["request"] == 5
        assert word in told["problem"]["detail"]
        assert 400 <= told["problem"]["status"] < 500
        for text in ("{", "[]", '"x"'):
            line.send(text)
            assert answer(line)[0]["problem"]["status"] == 400
        line.send(json.dumps({"request": 6, **kept, "side": 64}))
        assert answer(line)[0]["request"] == 6


@pytest.mark.parametrize("name", ["defocus", "aperture"])
def test_settings_of_the_whole_picture_stand_beside_the_layers(server, kept, name):
    with opened(server) as line:
        line.send(json.dumps({"request": 1, **kept, "layers": [{**kept["layers"][0], name: 2}]}))
        assert f"`{name}` goes for the whole picture" in answer(line)[0]["problem"]["detail"]
        line.send(json.dumps({"request": 2, **kept, name: 2}))
        assert "problem" not in answer(line)[0]


def test_another_sites_page_gets_no_line(server):
    with pytest.raises(InvalidStatus) as refused, opened(server, origin="http://evil.example"):
        pass
    assert refused.value.response.status_code == 403


def test_a_token_goes_in_as_a_subprotocol(start, disc, ground):
    token = "t0ken-" * 4
    with start(token=token) as server:
        with pytest.raises(InvalidStatus), opened(server):
            pass
        with pytest.raises(InvalidStatus), opened(server, subprotocols=["cleanplate", "token.wrong"]):
            pass
        with opened(server, subprotocols=["cleanplate", "token." + token]) as line:
            assert line.subprotocol == "cleanplate"
            line.send("{}")
            assert answer(line)[0]["problem"]["status"] == 422


@pytest.mark.long
def test_a_line_stays_open_for_longer_than_a_request_may_take(start):
    with start(receive_seconds=1) as server, opened(server) as line:
        time.sleep(2)
        line.send("{}")
        assert answer(line)[0]["problem"]["status"] == 422


def test_small_pictures_of_what_is_kept(client, kept):
    plate = client.request("GET", f"/v1/plates/{kept['plate']}/preview.jpg?side=320")[1]
    assert pixels_of(plate).shape == (213, 320, 3)
    person = client.request("GET", f"/v1/cutouts/{kept['layers'][0]['person']}/preview.png?side=128")[1]
    found = pixels_of(person)
    assert found.shape == (128, 128, 4)
    assert 0.2 < found[..., 3].mean() / 255 < 0.9


def test_who_goes_away_in_the_middle_harms_nobody(server, client, kept, disc, ground):
    for _ in range(3):
        with opened(server) as line:
            line.send(json.dumps({"request": 1, **kept}))
            time.sleep(0.02)
    assert client.compose(disc, ground).width == 120
