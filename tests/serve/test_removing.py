"""serve.removebg, serve.rembg and serve.removing: what those services' contracts say, against plain numbers."""

import base64
import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image as pillow
from servers import EXAMPLES, pixels_of, png

from cleanplate.serve.client import Client, form

PATH = "/v1.0/removebg"


@pytest.fixture(scope="module")
def block() -> bytes:
    """An opaque red block of 40 x 20 at (30, 50) in an empty picture of 100 x 100."""
    pixels = np.zeros((100, 100, 4), np.uint8)
    pixels[50:70, 30:70] = (220, 30, 30, 255)
    return png(pixels)


def ask(client: Client, fields: dict, path: str = PATH, **headers: str):
    """Status, headers and body, refused or not."""
    kind, body = form(fields)
    client.connection.request("POST", path, body, {"Content-Type": kind} | {k.replace("_", "-"): v for k, v in headers.items()})
    answer = client.connection.getresponse()
    return answer.status, answer.headers, answer.read()


def alpha_box(pixels: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is more than half there."""
    rows, columns = (np.flatnonzero((pixels[..., 3] > 127).any(axis)) for axis in (1, 0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def test_a_person_comes_back_alone_where_they_were(client, block):
    status, headers, data = ask(client, {"image_file": block})
    assert status == 200
    assert headers["Content-Type"] == "image/png"
    assert alpha_box(pixels_of(data)) == (30, 50, 70, 70)
    told = {name: headers[f"X-{name}"] for name in ("Credits-Charged", "Width", "Height", "Type")}
    assert told == {"Credits-Charged": "0", "Width": "100", "Height": "100", "Type": "person"}
    assert [int(headers[f"X-Foreground-{name}"]) for name in ("Left", "Top", "Width", "Height")] == [30, 50, 40, 20]


def test_a_photo_is_cut_out_and_small_unless_more_is_asked_for(client):
    photo = (EXAMPLES / "portrait.png").read_bytes()
    for size, side in (("preview", 500), ("full", 512), ("4k", 512), ("auto", 512)):
        pixels = pixels_of(ask(client, {"image_file": photo, "size": size})[2])
        assert pixels.shape == (side, side, 4)
    assert 0.3 < pixels[..., 3].mean() / 255 < 0.8


def test_json_carries_the_same_picture_for_who_accepts_it(client, block):
    plain = ask(client, {"image_file": block})[2]
    _, headers, body = ask(client, {"image_file": block}, Accept="application/json")
    told = json.loads(body)["data"]
    assert base64.b64decode(told["result_b64"]) == plain
    assert (told["foreground_left"], told["foreground_top"]) == (30, 50)
    assert headers["X-Width"] == "100"


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_picture_may_come_as_base64(client, block, kind):
    import urllib.parse

    text = base64.b64encode(block).decode()
    body = json.dumps({"image_file_b64": text}) if kind.endswith("json") else urllib.parse.urlencode({"image_file_b64": text})
    _, found = client.request("POST", PATH, body.encode(), {"Content-Type": kind})
    assert found == ask(client, {"image_file": block})[2]


def test_colors_lie_behind(client, block):
    pixels = pixels_of(ask(client, {"image_file": block, "bg_color": "00f"})[2])
    assert pixels.shape == (100, 100, 3)  # a JPEG: nothing is transparent
    assert np.abs(pixels[10, 10].astype(int) - (0, 0, 255)).max() <= 3
    assert np.abs(pixels[60, 50].astype(int) - (220, 30, 30)).max() <= 6
    half = pixels_of(ask(client, {"image_file": block, "bg_color": "0000ff80", "format": "png"})[2])
    assert half[10, 10].tolist() == [0, 0, 255, 128]
    assert half[60, 50].tolist() == [220, 30, 30, 255]


def test_a_picture_lies_behind_and_the_person_stands_where_they_were(client, block, ground):
    pixels = pixels_of(ask(client, {"image_file": block, "bg_image_file": ground, "format": "png"})[2])
    assert pixels.shape == (100, 100, 3)
    wide = pillow.open(io.BytesIO(ground)).resize((133, 100), pillow.Resampling.BICUBIC).crop((17, 0, 117, 100))
    outside = np.ones((100, 100), bool)
    outside[45:75, 25:75] = False
    assert np.abs(pixels.astype(int) - np.asarray(wide))[outside].mean() < 2
    assert pixels[60, 50, 0] > pixels[60, 50, 2] + 60  # still red
    inside = np.abs(pixels.astype(int) - np.asarray(wide)).max(2) > 30
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    assert abs(rows[0] - 50) <= 1
    assert abs(columns[0] - 30) <= 1


@pytest.mark.parametrize(
    ("fields", "box"),
    [
        ({"scale": "100%"}, (0, 25, 100, 75)),
        ({"scale": "50%"}, (25, 38, 75, 62)),
        ({"scale": "10%"}, (45, 47, 55, 53)),
        ({"scale": "50%", "position": "0%"}, (0, 0, 50, 25)),
        ({"scale": "50%", "position": "100% 0%"}, (50, 0, 100, 25)),
        ({"position": "center"}, (30, 40, 70, 60)),
        ({"scale": "original", "position": "original"}, (30, 50, 70, 70)),
    ],
)
def test_scale_and_position(client, block, fields, box):
    found = alpha_box(pixels_of(ask(client, {"image_file": block, **fields})[2]))
    assert np.abs(np.subtract(found, box)).max() <= 1


@pytest.mark.parametrize(
    ("margin", "size", "box"),
    [
        (None, (20, 40), (0, 0, 40, 20)),
        ("5px", (30, 50), (5, 5, 45, 25)),
        ("50%", (40, 80), (20, 10, 60, 30)),
        ("10px 5px", (40, 50), (5, 10, 45, 30)),
        ("1px 2px 3px 4px", (24, 46), (4, 1, 44, 21)),
    ],
)
def test_empty_borders_are_cut_off_but_for_a_margin(client, block, margin, size, box):
    pixels = pixels_of(ask(client, {"image_file": block, "crop": "true", "crop_margin": margin})[2])
    assert pixels.shape[:2] == size
    assert alpha_box(pixels) == box


def test_nobody_beyond_the_region_is_taken(client, block):
    pixels = pixels_of(ask(client, {"image_file": block, "roi": "0% 0% 50% 100%"})[2])
    assert alpha_box(pixels) == (30, 50, 50, 70)
    assert pixels_of(ask(client, {"image_file": block, "roi": "40px 60px 0px 0px"})[2])[55, 35, 3] == 255


def test_alpha_alone_and_a_zip_of_both(client, block):
    whole = pixels_of(ask(client, {"image_file": block})[2])
    matte = pixels_of(ask(client, {"image_file": block, "channels": "alpha"})[2])
    np.testing.assert_array_equal(matte, whole[..., 3])
    _, headers, data = ask(client, {"image_file": block, "format": "zip"})
    assert headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["color.jpg", "alpha.png"]
        np.testing.assert_array_equal(pixels_of(archive.read("alpha.png")), whole[..., 3])
        assert pixels_of(archive.read("color.jpg")).shape == (100, 100, 3)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "missing_source"), ({"image_url": "http://127.0.0.1/a.png"}, "invalid_image_url"),
        ({"image_file": True, "bg_image_url": "http://127.0.0.1/a.png"}, "invalid_bg_image_url"),
        ({"image_file": True, "image_file_b64": "AAAA"}, "multiple_sources"),
        ({"image_file": True, "bg_color": "fff", "bg_image_file": b"x"}, "multiple_bg_sources"),
        ({"image_file": True, "bg_color": "no color"}, "invalid_bg_color"), ({"image_file": True, "size": "huge"}, "invalid_size"),
        ({"image_file": True, "scale": "5%"}, "invalid_scale"), ({"image_file": True, "scale": "50px"}, "invalid_scale"),
        ({"image_file": True, "position": "left"}, "invalid_position"),
        ({"image_file": True, "crop_margin": "9"}, "invalid_crop_margin"),
        ({"image_file": True, "roi": "0% 0%"}, "invalid_roi"), ({"image_file": True, "channels": "a"}, "invalid_channels"),
        ({"image_file": True, "format": "gif"}, "invalid_format"), ({"image_file": b"text"}, "invalid_file_type"),
        ({"image_file": True, "semitransparency": "x"}, "invalid_semitransparency"),
        ({"image_file": True, "sise": "x"}, "unknown_parameter"),
        ({"image_file": True, "roi": "0px 0px 500px 5px"}, "input"), ({"image_file_b64": "!"}, "invalid_file_type"),
    ],
)  # fmt: skip
def test_what_is_refused_has_that_services_form(client, block, fields, code):
    sent = {name: block if value is True else value for name, value in fields.items()}
    status, _, body = ask(client, sent)
    (error,) = json.loads(body)["errors"]
    assert (status, error["code"]) == (400, code)
    assert error["title"].endswith(".")


def test_a_photo_of_nobody_is_an_unknown_foreground(client, ground):
    status, _, body = ask(client, {"image_file": ground})
    assert (status, json.loads(body)["errors"][0]["code"]) == (400, "unknown_foreground")


def test_without_the_token_it_is_403_as_there(start, block):
    with start(token="a long enough token") as server, server.client() as client:  # noqa: S106
        status, _, body = ask(client, {"image_file": block})
        assert (status, json.loads(body)["errors"][0]["code"]) == (403, "auth_failed")
        assert ask(client, {"image_file": block}, X_Api_Key="a long enough token")[0] == 200


def test_an_account_has_what_clients_look_at(client):
    told = client.get_json("/v1.0/account")["data"]["attributes"]
    assert told["credits"].keys() == {"total", "subscription", "payg", "enterprise"}
    assert told["api"].keys() == {"free_calls", "sizes"}


# ---- rembg -----------------------------------------------------------------------------------------------------------


def test_rembgs_request_gives_its_png(client, block):
    status, headers, data = ask(client, {"file": block, "model": "u2net", "a": "true", "af": 240, "ppm": "false"}, "/api/remove")
    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert alpha_box(pixels_of(data)) == (30, 50, 70, 70)
    matte = pixels_of(ask(client, {"file": block, "om": "true"}, "/api/remove")[2])
    assert (matte.shape, matte[60, 50], matte[0, 0]) == ((100, 100), 255, 0)
    filled = pixels_of(ask(client, {"file": block, "bgc": "0,0,255,255"}, "/api/remove")[2])
    assert filled[0, 0].tolist()[:3] == [0, 0, 255]


@pytest.mark.parametrize("fields", [{}, {"file": b"x"}, {"file": b"", "bgc": "1"}, {"path": "/etc/passwd"}])
def test_what_rembg_cannot_take_is_a_problem_and_no_mistake(client, fields):
    status, headers, _ = ask(client, fields, "/api/remove")
    assert status in (415, 422)
    assert headers["Content-Type"] == "application/problem+json"


def test_an_address_is_not_fetched(client):
    client.connection.request("GET", "/api/remove?url=http://127.0.0.1/a.png")
    answer = client.connection.getresponse()
    assert (answer.status, b"never fetched" in answer.read()) == (422, True)
