"""serve.pictures: what comes over HTTP is, byte for byte, what the command writes; what is refused is refused in its words."""

import io
import json
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as pillow
from servers import EXAMPLES, pixels_of, png

from cleanplate import cli, recipes
from cleanplate.serve.client import Kept, Problem


def command(tmp_path, *arguments: object, kind: str = "png") -> bytes:
    """What the command line writes."""
    out = tmp_path / f"out.{kind}"
    assert cli.main([*map(str, arguments), "-o", str(out), "--overwrite", "-q"]) == 0
    return out.read_bytes()


def test_a_photo_composed_over_http_has_the_bytes_of_the_command(tmp_path, client):
    person, plate = EXAMPLES / "portrait.png", EXAMPLES / "plate.jpg"
    sent = client.compose(person, plate, strength=0.8, wrap=0.3, exposure=-0.5, warmth=0.4, edge=-0.1, format="jpg")
    asked = "--strength", 0.8, "--wrap", 0.3, "--exposure", -0.5, "--warmth", 0.4, "--edge", -0.1
    assert sent.data == command(tmp_path, "compose", person, plate, *asked, kind="jpg")
    assert (sent.type, sent.width, sent.height) == ("image/jpeg", 1800, 1200)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"height": 0.5, "x": 0.3, "y": 0.9},
        {"size": "80x100", "harmonize": False},
        {"blend": "no", "defocus": 2, "quality": 60, "format": "webp"},
    ],
)
def test_each_field_means_what_the_flag_means(tmp_path, client, files, fields):
    flags: list[object] = []
    for name, value in fields.items():
        if name != "format":
            flags += [f"--no-{name}"] if value in (False, "no") else [f"--{name}", value]
    kind = fields.get("format", "png")
    made = command(tmp_path, "compose", *files, *flags, kind=kind)
    assert client.compose(*files, **{"format": "png", **fields}).data == made


def test_somebody_kept_gives_the_same_bytes_as_their_photo(client):
    person, plate = EXAMPLES / "portrait.png", EXAMPLES / "plate.jpg"
    kept, behind = client.keep_cutout(person), client.keep_plate(plate)
    asked = {"size": "450x300", "format": "png"}
    once = client.compose(person, plate, x=0.3, **asked)
    assert client.compose(kept, behind, x=0.3, **asked).data == once.data
    assert client.compose(kept, plate, x=0.3, **asked).data == once.data
    assert client.compose_layers(behind, [{"person": kept, "x": 0.3}], **asked).data == once.data


def test_mattes_go_in_as_files(tmp_path, client, files):
    matte, keep, drop = tmp_path / "matte.png", tmp_path / "keep.png", tmp_path / "drop.png"
    for path, low in ((matte, 10), (keep, 20), (drop, 40)):
        cover = np.zeros((60, 60), np.uint8)
        cover[low : low + 15] = 255
        path.write_bytes(png(cover))
    flags = ("--alpha", matte, "--keep-mask", keep, "--drop-mask", drop)
    made = command(tmp_path, "compose", *files, *flags)
    assert client.compose(*files, alpha=matte, keep_mask=keep, drop_mask=drop, format="png").data == made
    kept = client.keep_cutout(files[0], alpha=matte, keep_mask=keep, drop_mask=drop)
    assert client.compose(kept, files[1], format="png").data == made


def test_harmonizing_and_matting_give_the_bytes_of_the_commands(tmp_path, client, pasted, mask, portrait, files):
    found = client.harmonize(pasted, mask, strength=0.5, format="png")
    assert found.data == command(tmp_path, "harmonize", pasted, mask, "--strength", 0.5)
    found = client.harmonize(pasted, mask, files[1], format="png")
    assert found.data == command(tmp_path, "harmonize", pasted, mask, "--plate", files[1])
    found = client.harmonize(pasted, mask, exposure=0.5, warmth=-0.4, format="png")
    assert found.data == command(tmp_path, "harmonize", pasted, mask, "--exposure", 0.5, "--warmth", -0.4)
    with pytest.raises(Problem, match="edge"):  # there is nothing behind the foreground of a composite
        client.harmonize(pasted, mask, edge=0.5)
    assert client.matte(portrait).data == command(tmp_path, "matte", portrait)


def test_one_layer_lies_over_the_one_before(client, disc, ground):
    red = np.zeros((20, 20, 4), np.uint8)
    red[2:18, 2:18] = (255, 0, 0, 255)
    plate, back, front = client.keep_plate(ground), client.keep_cutout(disc), client.keep_cutout(png(red))
    place = {"x": 0.5, "y": 0.8, "height": 0.4, "harmonize": False, "shadow": 0, "blend": False}
    both = client.compose_layers(plate, [{"person": back, **place}, {"person": front, **place}], format="png")
    other = client.compose_layers(plate, [{"person": front, **place}, {"person": back, **place}], format="png")
    middle = (round(0.65 * 90), 60)
    assert pixels_of(both.data)[middle].tolist() == [255, 0, 0]
    assert pixels_of(other.data)[middle].tolist() == [40, 80, 200]


def test_somebody_beside_others_changes_nothing_of_them(client, disc, ground):
    plate, person = client.keep_plate(ground), client.keep_cutout(disc)
    left, right = {"person": person, "x": 0.2, "height": 0.4}, {"person": person, "x": 0.8, "height": 0.4}
    alone = pixels_of(client.compose_layers(plate, [left], format="png").data)
    both = pixels_of(client.compose_layers(plate, [left, right], format="png").data)
    only = pixels_of(client.compose_layers(plate, [right], format="png").data)
    np.testing.assert_array_equal(both[:, :60], alone[:, :60])
    assert np.abs(both[:, 60:].astype(int) - only[:, 60:]).max() <= 8  # the same plate's light; the other is seen in the picture


def test_a_place_is_put_out_of_focus_once_however_many_people_stand_in_it(client, disc):
    noise = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    plate, person = client.keep_plate(png(noise)), client.keep_cutout(disc)
    left, right = {"person": person, "x": 0.2, "height": 0.4}, {"person": person, "x": 0.8, "height": 0.4}
    for asked in ({"defocus": 5}, {"aperture": 20}):
        alone, both = (client.compose_layers(plate, each, format="png", **asked).data for each in ([left], [left, right]))
        np.testing.assert_array_equal(pixels_of(both)[:30], pixels_of(alone)[:30])  # above their heads
        assert np.abs(pixels_of(alone)[:30].astype(int) - noise[:30]).mean() > 10


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "status", "reason"),
    [
        (b"Dear Sir or Madam", 415, "format"),
        (b"\x89PNG\r\n\x1a\n", 422, "truncated"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", 415, "format"),
        (b"GIF89a" + bytes(40), 422, None),
    ],
)
def test_what_is_no_picture_is_refused_in_the_words_of_the_command(tmp_path, capfd, client, ground, person, status, reason):
    with pytest.raises(Problem) as refused:
        client.compose(person, ground)
    assert refused.value.status == status
    assert reason in (None, refused.value.reason)
    path, plate = tmp_path / "person.png", tmp_path / "plate.png"
    path.write_bytes(person)
    plate.write_bytes(ground)
    assert cli.main(["compose", str(path), str(plate), "-o", str(tmp_path / "out.png")]) == 2
    assert capfd.readouterr().err.strip() == f"cleanplate: {refused.value.detail}".replace("The person", str(path))


def test_an_empty_file_is_refused(client, ground):
    with pytest.raises(Problem, match=r"The person is empty: give a picture file\.") as refused:
        client.compose(b"", ground)
    assert refused.value.status == 415


def test_nobody_in_the_photo_is_said(client, ground):
    with pytest.raises(Problem) as refused:
        client.compose(ground, ground)
    assert (refused.value.status, refused.value.reason) == (422, "no-person")


def test_too_many_pixels_are_refused_before_they_are_decoded(client, ground):
    header = b"IHDR" + (20_000).to_bytes(4, "big") * 2 + b"\x08\2\0\0\0"
    head = b"\x89PNG\r\n\x1a\n\0\0\0\r" + header + zlib.crc32(header).to_bytes(4, "big") + b"\0\0\0\0IDAT"
    with pytest.raises(Problem, match=r"400\.0 million pixels and the limit is 50 million") as refused:
        client.compose(head, ground)
    assert (refused.value.status, refused.value.reason) == (413, "too-large")


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"strenght": 1}, "strenght"), ({"format": "exe"}, "format"), ({"quality": 0}, "quality"), ({"plate": None}, "plate"),
        ({"strength": "much"}, "strength"), ({"layers": "[]"}, "layers"), ({"size": "0x0"}, "size"),
        ({"plate": Kept("0" * 32, {})}, "plate"),
    ],
)  # fmt: skip
def test_what_a_request_lacks_or_has_too_much_is_named(client, disc, ground, fields, word):
    sent = {"person": disc, "plate": ground} | fields
    with pytest.raises(Problem) as refused:
        client.picture("/v1/compose", sent)
    assert 400 <= refused.value.status < 500
    assert word in refused.value.detail


PROPERTIES = recipes.schema()["properties"]
NUMBERS = [name for name, each in PROPERTIES.items() if "maximum" in each]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(NUMBERS), above=st.booleans(), far=st.floats(0.001, 1e9))
def test_every_number_has_two_bounds(client, disc, ground, name, above, far):
    bounds = PROPERTIES[name]
    low = bounds.get("minimum", bounds.get("exclusiveMinimum"))
    with pytest.raises(Problem) as refused:
        client.compose(disc, ground, **{name: bounds["maximum"] + far if above else low - far})
    assert refused.value.status == 422
    assert f"`{name}`" in refused.value.detail


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999", [1], {"a": 1}, True])
def test_what_is_no_number_is_refused(client, disc, ground, value):
    with pytest.raises(Problem) as refused:
        client.compose(disc, ground, strength=value)
    assert refused.value.status == 422


def test_answers_carry_no_words_about_the_camera(client, ground, tmp_path):
    exif = pillow.Exif()
    exif[0x010F] = "ACME"
    exif.get_ifd(0x8825)[1] = "N"
    file = io.BytesIO()
    pillow.open(io.BytesIO(ground)).convert("RGB").save(file, "JPEG", exif=exif)
    with_places = file.getvalue()
    assert pillow.open(io.BytesIO(with_places)).getexif()
    for kind in ("jpg", "png", "webp", "tif"):
        sent = client.compose(EXAMPLES / "portrait.png", with_places, format=kind)
        found = pillow.open(io.BytesIO(sent.data))
        assert not {0x010F, 0x8825} & set(found.getexif())
        assert b"ACME" not in sent.data
        assert found.info.get("icc_profile")


def test_several_at_once_get_their_own_pictures(server, disc, ground):
    places = [0.1 + 0.1 * k for k in range(3)]  # as many as work or may wait: one and two

    def ask(x: float) -> bytes:
        with server.client() as own:
            return own.compose(disc, ground, x=x, height=0.4, format="png").data

    alone = [ask(x) for x in places]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(ask, places)) == alone


def test_a_body_that_is_no_form_is_refused(client):
    kinds = ("application/json", "application/json", "text/plain", "multipart/form-data")
    for kind, body in zip(kinds, (b"{", b"[]", b"x", b"x"), strict=True):
        with pytest.raises(Problem) as refused:
            client.request("POST", "/v1/compose", body, {"Content-Type": kind})
        assert (refused.value.status, refused.value.reason) == (400, "body")


def test_a_number_of_json_is_not_taken_for_one_that_was_left_out(client, disc, ground):
    plate, person = client.keep_plate(ground), client.keep_cutout(disc)
    for wrong in ({"quality": 0}, {"depth": 0}, {"format": 0}):
        with pytest.raises(Problem) as refused:
            client.compose_layers(plate, [{"person": person}], **wrong)
        assert refused.value.status == 422


def test_depth_and_labels_go_into_the_file(tmp_path, client, files):
    asked = {"format": "tif", "depth": 16, "metadata": "none", "mark": "none", "compression": "none"}
    flags = ("--depth", 16, "--metadata", "none", "--mark", "none", "--compression", "none")
    assert client.compose(*files, **asked).data == command(tmp_path, "compose", *files, *flags, kind="tif")


def test_an_answer_that_refuses_is_a_problem_of_the_standard(client):
    client.connection.request("POST", "/v1/compose", b"{}", {"Content-Type": "application/json"})
    answer = client.connection.getresponse()
    told = json.loads(answer.read())
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert told.keys() == {"type", "title", "status", "reason", "detail"}
    assert told["status"] == answer.status == 422
