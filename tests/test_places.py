"""Files that are whole or not there at all; temporary files of the dead and of the living."""

import multiprocessing
import os
import sys
import time

import pytest

from cleanplate.errors import OutputError
from cleanplate.places import deliver, sweep, whole_file


def parts(folder) -> list[str]:
    return sorted(path.name for path in folder.glob(".cleanplate-*.part"))


def test_a_file_gets_its_name_at_the_end_only(tmp_path):
    with whole_file(tmp_path / "a") as temporary:
        with open(temporary, "wb") as file:
            file.write(b"new")
        assert not (tmp_path / "a").exists()
        assert len(parts(tmp_path)) == 1
    assert (tmp_path / "a").read_bytes() == b"new"
    assert parts(tmp_path) == []


def test_a_link_stays_a_link_to_the_new_file(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    deliver(b"new", tmp_path / "link", "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_missing_folder_is_one_sentence(tmp_path):
    with pytest.raises(OutputError, match="could not be written"):
        deliver(b"new", tmp_path / "no" / "a", "a")


def hold(folder: str, ready: object, stop: object) -> None:
    with whole_file(os.path.join(folder, "a")):
        ready.set()  # type: ignore[attr-defined]
        stop.wait(30)  # type: ignore[attr-defined]


@pytest.mark.skipif(sys.platform == "win32", reason="files cannot be locked there")
def test_only_old_files_that_nobody_holds_are_swept(tmp_path):
    context = multiprocessing.get_context("spawn")
    ready, stop = context.Event(), context.Event()
    child = context.Process(target=hold, args=(str(tmp_path), ready, stop))
    child.start()
    assert ready.wait(60)
    (held,) = parts(tmp_path)
    for name in (".cleanplate-old.part", ".cleanplate-young.part", "other.part"):
        (tmp_path / name).touch()
    for name in (held, ".cleanplate-old.part", "other.part"):
        os.utime(tmp_path / name, (time.time() - 3600,) * 2)
    sweep(tmp_path)
    assert parts(tmp_path) == sorted([held, ".cleanplate-young.part"])
    assert (tmp_path / "other.part").exists()
    stop.set()
    child.join(60)
    assert (tmp_path / "a").exists()
