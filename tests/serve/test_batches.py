"""serve.batches: several people in several plates, watched, canceled, fetched; one that cannot be made stops no other."""

import io
import json
import os
import time
import zipfile

import pytest

from cleanplate.serve.client import Client, Problem

REPORT = "report.jsonl"


def ended(client: Client, job: str) -> dict:
    return list(client.progress(job))[-1]


def opened(client: Client, job: str) -> tuple[dict[str, bytes], list[dict]]:
    """The pictures by name, and the report's lines."""
    with zipfile.ZipFile(io.BytesIO(client.result(job))) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name) for name in archive.namelist()}
    return held, [json.loads(line) for line in held.pop(REPORT).decode().splitlines()]


@pytest.fixture
def plates(tmp_path, ground):
    found = []
    for name in ("first.png", "zweite straße.png"):
        found.append(tmp_path / name)
        found[-1].write_bytes(ground)
    return found


def test_everybody_on_every_plate_has_the_bytes_of_a_request_alone(client, disc, portrait, plates):
    asked = {"format": "png", "height": 0.5, "exposure": 0.4}
    job = client.begin_batch([disc, portrait], plates, **asked)
    seen = list(client.progress(job))
    assert seen[-1]["state"] == "done", seen[-1]
    assert [each["done"] for each in seen] == sorted(each["done"] for each in seen)
    assert (seen[-1]["pictures"], seen[-1]["done"], seen[-1]["failed"], seen[-1]["warnings"]) == (4, 4, 0, [])
    pictures, report = opened(client, job)
    assert list(pictures) == [f"000{number}.png" for number in range(1, 5)]
    assert [(each["file"], each["person"], each["plate"], each["state"]) for each in report] == [
        ("0001.png", "file", "first.png", "done"), ("0002.png", "file", "zweite straße.png", "done"),
        ("0003.png", portrait.name, "first.png", "done"), ("0004.png", portrait.name, "zweite straße.png", "done"),
    ]  # fmt: skip
    for number, person in ((1, disc), (4, portrait)):
        assert pictures[f"000{number}.png"] == client.compose(person, plates[0], **asked).data
    client.cancel(job)
    with pytest.raises(Problem, match="send it again"):
        client.state(job)


def test_what_is_kept_already_is_taken_by_its_id_and_the_first_stands_on_the_first(client, disc, ground, plates):
    people, places = [client.keep_cutout(disc), disc], [plates[0], client.keep_plate(ground)]
    job = client.begin_batch(people, places, pairing="order", format="png")
    assert ended(client, job)["state"] == "done"
    pictures, report = opened(client, job)
    assert len(pictures) == 2
    assert report[1]["person"] == people[0].id  # files come first, then ids
    assert pictures["0001.png"] == client.compose(disc, plates[0], format="png").data


def test_what_cannot_be_made_is_reported_and_stops_no_other(start, disc, ground):
    """A picture that is none, and one that ends the worker which reads it."""
    with start(work_seconds=20) as server, server.client() as client:
        job = client.begin_batch([b"no picture", b"CRASH" * 9, disc], [ground, ground], format="png")
        last = ended(client, job)
        assert (last["state"], last["done"], last["failed"]) == ("done", 6, 4)
        assert last["warnings"] == ["4 of 6 pictures could not be made: report.jsonl says why."]
        pictures, report = opened(client, job)
        assert list(pictures) == ["0005.png", "0006.png"]
        assert [each["file"] for each in report] == [None] * 4 + ["0005.png", "0006.png"]
        assert report[0]["problem"] == report[1]["problem"]
        assert report[0]["problem"].startswith("The person holds")
        assert "ended the process" in report[2]["problem"]
        assert "/" not in report[0]["problem"] + report[2]["problem"]


def test_a_batch_is_canceled_and_leaves_nothing(start, tmp_path, portrait, ground):
    with start() as server, server.client() as client:
        job = client.begin_batch([portrait], [ground] * 60, size="1600x1200")
        with pytest.raises(Problem) as refused:
            client.result(job)
        assert refused.value.status == 409
        while not client.state(job)["done"]:
            time.sleep(0.05)
        client.cancel(job)
        left = [name for _, _, names in os.walk(tmp_path) for name in names if name.startswith(("out", "made", "plates"))]
        assert left == []
        assert client.get_json("/healthz") == {"status": "ok"}


def test_layers_come_as_layers(client, disc, ground):
    pytest.importorskip("psd_tools")
    job = client.begin_batch([disc], [ground], format="psd")
    assert ended(client, job)["state"] == "done"
    assert opened(client, job)[0]["0001.psd"][:4] == b"8BPS"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"pairing": "some"}, "no `pairing` some"), ({"pairing": "order", "plates": 2}, "takes one plate a person"),
        ({"plates": 0}, "`plates` is missing"), ({"people": 0}, "`people` is missing"),
        ({"people": 40, "plates": 40}, "at most 1000"),
        ({"sound": "none"}, "no field `sound`"), ({"format": "gif"}, "no `format` gif"), ({"exposure": 9}, "`exposure` is stops"),
        ({"plates": "[3]"}, "`plates` holds files, or a list of ids"), ({"plates": "abc"}, "`plates`"),
        ({"plates": json.dumps(["0" * 32])}, "send it again"),
    ],
)  # fmt: skip
def test_what_a_batch_cannot_be_is_said_at_once(client, disc, ground, fields, said):
    told = {"people": 1, "plates": 1} | fields
    for name, picture in (("people", disc), ("plates", ground)):
        if isinstance(told[name], int):
            told[name] = [picture] * told[name] or None
    in_json = isinstance(told["plates"], str)
    with pytest.raises(Problem) as refused:
        client.post_json("/v1/jobs", told | {"people": [client.keep_cutout(disc).id]}) if in_json else client.post("/v1/jobs", told)
    assert said in refused.value.detail
    assert refused.value.status in (404, 422)


def test_a_file_of_a_film_does_not_go_with_a_batch(client, disc, ground):
    with pytest.raises(Problem, match="`person` is of a film"):
        client.post("/v1/jobs", {"person": disc, "people": [disc], "plates": [ground]})
