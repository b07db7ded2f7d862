"""serve.painting: strokes over HTTP do what the command line's masks do; a mirrored person is the mirrored photo's."""

import io
import json
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image as pillow
from servers import EXAMPLES, pixels_of, png

from cleanplate import cli, recipes
from cleanplate.serve.client import Client, Kept, Problem

KEEP = {"brush": "keep", "size": 0.1, "hardness": 0.5, "points": [[0.1, 0.2], [0.3, 0.4]]}
DROP = {"brush": "drop", "size": 0.2, "hardness": 0.8, "points": [[0.5, 0.15]]}


def painted(client: Client, person: Kept, **fields: object) -> Kept:
    told = json.loads(client.post_json(f"/v1/cutouts/{person.id}/paintings", fields)[1])
    return Kept(told["id"], told)


@pytest.mark.parametrize("name", ["portrait.png", "disc"])
def test_strokes_give_the_bytes_of_the_command_lines_masks(tmp_path, client, disc, name):
    person = tmp_path / "person.png"
    person.write_bytes(disc if name == "disc" else (EXAMPLES / name).read_bytes())
    kept, plate = client.keep_cutout(person), client.keep_plate(EXAMPLES / "cold.jpg")
    made = painted(client, kept, strokes=[KEEP, DROP])
    masks = []
    for area in ("keep", "drop"):
        path = tmp_path / f"{area}.png"
        path.write_bytes(client.request("GET", f"/v1/cutouts/{made.id}/{area}_mask.png")[1])
        masks += [f"--{area}-mask", str(path)]
    sent = client.compose(made, plate, format="png").data
    out = tmp_path / "out.png"
    assert cli.main(["compose", str(person), str(EXAMPLES / "cold.jpg"), "-o", str(out), "-q", *masks]) == 0
    assert sent == out.read_bytes()


def test_everybody_is_kept_where_that_is_asked_for(tmp_path, client):
    photo = np.asarray(pillow.open(EXAMPLES / "portrait.png"))
    two = tmp_path / "two.png"
    pillow.fromarray(np.hstack([photo, photo[:, ::-1]])).save(two)
    kept, plate = client.keep_cutout(two), client.keep_plate(EXAMPLES / "cold.jpg")
    everybody = painted(client, kept, keep="all")
    assert client.compose(everybody, plate, format="png").data == client.compose(two, plate, keep="all", format="png").data


def test_while_a_painting_takes_long_health_and_previews_are_answered(client, server, disc):
    """On one core: strokes over a large photo take seconds, and nobody may take the server for dead or see the page stand still."""
    kept = client.keep_cutout(disc)
    with server.client() as other, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(painted, other, kept, strokes=[KEEP | {"hardness": 0.777}])
        time.sleep(0.3)
        for _ in range(3):
            assert client.get_json("/healthz") == {"status": "ok"}
            time.sleep(1.1)  # its answer is good for a second
        client.request("GET", f"/v1/cutouts/{kept.id}/preview.png")
        assert not slow.done()
        assert slow.result().told["width"] == kept.told["width"]


def test_a_mirrored_person_is_who_a_mirrored_photo_shows(client, disc):
    mirrored = png(pixels_of(disc)[:, ::-1].copy())
    plate = client.keep_plate(EXAMPLES / "cold.jpg")
    flipped = painted(client, client.keep_cutout(disc), flip=True)
    one, other = (pixels_of(client.compose(each, plate, format="png").data) for each in (flipped, client.keep_cutout(mirrored)))
    assert np.array_equal(one, other)


def test_nothing_asked_for_changes_nothing(client):
    kept, plate = client.keep_cutout(EXAMPLES / "portrait.png"), client.keep_plate(EXAMPLES / "cold.jpg")
    again = painted(client, kept)
    assert {**again.told, "id": 0} == {**kept.told, "id": 0}
    assert client.compose(again, plate).data == client.compose(kept, plate).data


def test_the_photo_itself_is_given_small(client):
    kept = client.keep_cutout(EXAMPLES / "portrait.png")
    answer, data = client.request("GET", f"/v1/cutouts/{kept.id}/photo.jpg")
    assert answer.headers["Content-Type"] == "image/jpeg"
    own = np.asarray(pillow.open(EXAMPLES / "portrait.png").convert("RGB"), np.float32)
    assert np.abs(np.asarray(pillow.open(io.BytesIO(data)), np.float32) - own).mean() < 3


def test_the_fields_of_a_recipe_are_told(client):
    told = client.get_json("/v1/recipe")
    assert set(told.pop("layered")) <= {"psd", "psb", "ora", "exr"}
    assert set(told.pop("formats")) >= {"jpg", "png", "webp", "tif", "avif", "heic"}
    assert told == json.loads(json.dumps(recipes.schema()))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"strokes": "many"}, "is a list"),
        ({"flip": "yes"}, "`flip` is true or false"),
        ({"keep": "some"}, "nobody some to keep"),
        ({"glow": 1}, "no field `glow`"),
    ],
)
def test_what_cannot_be_painted_is_refused_before_anybody_works_on_it(client, disc, fields, said):
    with pytest.raises(Problem, match=said) as refused:
        painted(client, client.keep_cutout(disc), **fields)
    assert refused.value.status == 422


def test_an_area_that_was_not_painted_is_not_there(client, disc):
    kept = client.keep_cutout(disc)
    for name in ("keep_mask", "source", "..%2f..%2fetc%2fpasswd"):
        with pytest.raises(Problem) as refused:
            client.request("GET", f"/v1/cutouts/{kept.id}/{name}.png")
        assert refused.value.status == 404
