"""serve.store: what is sent lies in a private folder under names of ours, and is gone when it is not needed."""

import os
import signal
import stat
import time
from pathlib import Path

import pytest
from servers import running

from cleanplate.files import temporary
from cleanplate.serve.client import Problem
from cleanplate.serve.store import Store, new_identity

UP = ["../" * count + name for count in (1, 3, 9) for name in ("x", "etc/passwd", "tmp/x.png")]
NAMES = [*UP, *(each.replace("/", "\\") for each in UP), *(each.replace("/", "%2f") for each in UP), "/etc/passwd", "//x", "\0",
         "a\0b.png", "C:\\x", "~/x", "..", ".", "", "CON", "x" * 500, "\u202egnp.x", "|id", "$(id)", "';--"]  # fmt: skip


def files_under(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file() and each.suffix != ".part"]


@pytest.mark.long
def test_no_name_that_a_client_gives_becomes_a_path(tmp_path, disc, ground):
    assert len(NAMES) >= 40
    folder, marker = tmp_path / "tmp", tmp_path / "marker"
    marker.write_bytes(b"")
    with running(folder) as server, server.client() as client:
        for name in NAMES:
            said = name.replace("\\", "\\\\").replace('"', "").replace("\0", "\\0")
            body = b"".join(
                f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="{said}"\r\n\r\n'.encode() + data + b"\r\n"
                for field, data in (("person", disc), ("plate", ground))
            )
            kind = {"Content-Type": "multipart/form-data; boundary=b"}
            answer, _ = client.request("POST", "/v1/compose", body + b"--b--\r\n", kind)
            assert answer.status == 200
        time.sleep(0.3)
        assert files_under(folder) == []
    assert sorted(each.name for each in tmp_path.iterdir()) == ["marker", "tmp"]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", "0" * 31, "0" * 33, "g" * 32, "0" * 32 + "\n", "A" * 32])
def test_an_id_is_looked_up_and_never_a_path(client, name):
    from urllib.parse import quote

    for path in ("/v1/plates/{}/preview.jpg", "/v1/cutouts/{}/preview.png", "/v1/jobs/{}/result"):
        with pytest.raises(Problem) as refused:
            client.get_json(path.format(quote(name, safe="")))
        assert refused.value.status in (404, 422)


def test_ids_are_128_random_bits():
    found = {new_identity() for _ in range(1000)}
    assert len(found) == 1000
    assert {len(bytes.fromhex(each)) * 8 for each in found} == {128}


def test_what_is_kept_is_private_and_goes_when_it_is_forgotten(tmp_path, disc, ground):
    folder = tmp_path / "tmp"
    with running(folder) as server, server.client() as client:
        kept = client.keep_cutout(disc)
        client.keep_plate(ground)
        found = files_under(folder)
        assert len(found) == 6  # source, alpha, small and facts; source and small
        for path in found:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        client.request("DELETE", f"/v1/cutouts/{kept.id}")
        assert len(files_under(folder)) == 2
        with pytest.raises(Problem, match="send it again"):
            client.compose(kept, ground)
    assert list(folder.iterdir()) == []


def test_what_a_killed_server_left_is_removed_by_the_next(tmp_path, monkeypatch, disc):
    folder = tmp_path / "tmp"
    with running(folder) as server, server.client() as client:
        client.keep_cutout(disc)
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
    assert files_under(folder)
    for each in folder.iterdir():  # older than what a living one may just be about to lock
        os.utime(each, (time.time() - 2 * temporary.YOUNG,) * 2)
    with running(folder) as server, server.client() as client:
        client.get_json("/healthz")
        assert files_under(folder) == []


def test_what_is_not_used_is_forgotten_and_the_longest_unused_first(tmp_path):
    def keep(store: Store, size: int) -> str:
        folder = store.new_folder()
        Path(folder, "source").write_bytes(bytes(size))
        return store.keep("plate", folder, {})["id"]

    store = Store(str(tmp_path), seconds=1000, most=250)
    first, second = keep(store, 100), keep(store, 100)
    store.find("plate", first)
    third = keep(store, 100)
    assert store.kept.keys() == {first, third}
    assert second not in store.kept
    store.seconds = -1
    store.sweep()
    assert not store.kept
    assert list(tmp_path.iterdir()) == []
