"""Files that are whole or not there at all; temporary files of the dead and of the living."""

import contextlib
import multiprocessing
import os
import sys
import time
from pathlib import Path

import pytest

from cleanplate.errors import OutputError
from cleanplate.files.atomic import deliver, those_among, whole_file, whole_files
from cleanplate.files.temporary import sweep


def parts(folder) -> list[str]:
    return sorted(path.name for path in folder.glob(".cleanplate-*.part"))


def test_a_file_gets_its_name_at_the_end_only(tmp_path):
    with whole_file(tmp_path / "a", overwrite=False) as temporary:
        with open(temporary, "wb") as file:
            file.write(b"new")
        assert not (tmp_path / "a").exists()
        assert len(parts(tmp_path)) == 1
    assert (tmp_path / "a").read_bytes() == b"new"
    assert parts(tmp_path) == []


def test_a_link_stays_a_link_to_the_new_file(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    deliver(b"new", tmp_path / "link", "link", overwrite=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_an_input_is_known_by_another_name_and_what_is_not_there_is_none(tmp_path):
    (tmp_path / "in").write_bytes(b"own")
    (tmp_path / "other").write_bytes(b"own")
    (tmp_path / "link").symlink_to("in")
    (tmp_path / "twin").hardlink_to(tmp_path / "in")
    files = [tmp_path / name for name in ("link", "other", "twin", "gone")]
    assert list(those_among(files, [tmp_path / "in", tmp_path / "not there"])) == [tmp_path / "link", tmp_path / "twin"]


def test_a_missing_folder_is_one_sentence(tmp_path):
    with pytest.raises(OutputError, match="could not be written"):
        deliver(b"new", tmp_path / "no" / "a", "a", overwrite=False)


def without_links(*_: object, **__: object) -> None:
    raise PermissionError(1, "Operation not permitted")  # what FAT answers


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_is_kept(tmp_path, monkeypatch, links):
    if not links:
        monkeypatch.setattr(os, "link", without_links)
    with contextlib.ExitStack() as closing:
        Path(closing.enter_context(whole_file(tmp_path / "a", overwrite=False))).write_bytes(b"new")
        (tmp_path / "a").write_bytes(b"somebody else's")
        with pytest.raises(OutputError, match="a appeared while it was being made and is kept"):
            closing.close()
    assert (tmp_path / "a").read_bytes() == b"somebody else's"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_without_links_a_new_file_gets_its_name_too(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", without_links)
    deliver(b"new", tmp_path / "a", "a", overwrite=False)
    assert (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.skipif(os.name != "posix", reason="modes are told there")
@pytest.mark.parametrize("mode", [0o600, 0o444, 0o660])
def test_an_overwritten_file_keeps_its_mode_and_nobody_else_reads_it_before(tmp_path, mode):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(mode)
    with whole_file(tmp_path / "a", overwrite=True) as temporary:
        assert os.stat(temporary).st_mode & 0o777 == 0o600
    assert (tmp_path / "a").stat().st_mode & 0o777 == mode


@pytest.mark.skipif(os.name != "posix", reason="modes are told there")
def test_a_new_file_has_the_mode_that_the_user_asks_of_new_files(tmp_path):
    before = os.umask(0o027)
    try:
        deliver(b"new", tmp_path / "a", "a", overwrite=False)
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def filled(folder, names: str, content: str) -> None:
    for name in names:
        (folder / name).write_text(content)


def contents(folder) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def test_files_move_in_together_at_the_end(tmp_path):
    filled(tmp_path, "bc", "old")
    with whole_files(tmp_path, overwrite=True) as beside:
        filled(Path(beside), "ab", "new")
        assert {name: text for name, text in contents_of_files(tmp_path).items() if name in "abc"} == {"b": "old", "c": "old"}
    assert contents(tmp_path) == {"a": "new", "b": "new", "c": "old"}


def contents_of_files(folder) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def test_nothing_moves_in_when_the_block_fails(tmp_path):
    filled(tmp_path, "bc", "old")
    with contextlib.suppress(KeyboardInterrupt), whole_files(tmp_path, overwrite=True) as beside:
        filled(Path(beside), "ab", "new")
        raise KeyboardInterrupt
    assert contents(tmp_path) == {"b": "old", "c": "old"}


def test_when_one_file_cannot_be_moved_all_others_go_back(tmp_path):
    filled(tmp_path, "b", "old")
    (tmp_path / "c").mkdir()
    with contextlib.ExitStack() as closing:
        filled(Path(closing.enter_context(whole_files(tmp_path, overwrite=True))), "abc", "new")
        with pytest.raises(OSError, match="directory"):
            closing.close()
    assert contents_of_files(tmp_path) == {"b": "old"}
    assert parts(tmp_path) == []


def test_of_files_that_move_in_none_replaces_one_that_appeared(tmp_path):
    with contextlib.ExitStack() as closing:
        filled(Path(closing.enter_context(whole_files(tmp_path, overwrite=False))), "abc", "new")
        filled(tmp_path, "b", "somebody else's")
        with pytest.raises(OutputError, match="b appeared"):
            closing.close()
    assert contents(tmp_path) == {"b": "somebody else's"}


def hold(folder: str, ready: object, stop: object) -> None:
    with whole_file(os.path.join(folder, "a"), overwrite=False):
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


@pytest.mark.skipif(sys.platform == "win32", reason="files cannot be locked there")
def test_folders_of_the_dead_are_swept_and_those_of_the_living_are_not(tmp_path):
    long_ago = (time.time() - 3600,) * 2
    for name in ("dead", "orphan"):
        (tmp_path / f".cleanplate-{name}.parts").mkdir()
        filled(tmp_path / f".cleanplate-{name}.parts", "a", "new")
    (tmp_path / ".cleanplate-dead.part").touch()
    with whole_files(tmp_path, overwrite=False) as beside:
        for path in tmp_path.iterdir():
            os.utime(path, long_ago)
        sweep(tmp_path)
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([Path(beside).name, Path(beside).name[:-1]])


@pytest.mark.skipif(sys.platform == "win32", reason="files cannot be locked there")
def test_the_first_picture_into_a_folder_sweeps_it(tmp_path):
    (tmp_path / ".cleanplate-dead.part").touch()
    os.utime(tmp_path / ".cleanplate-dead.part", (time.time() - 3600,) * 2)
    deliver(b"new", tmp_path / "a", "a", overwrite=False)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="open files are counted there")
def test_no_file_stays_open_after_it_was_written_or_given_up(tmp_path: Path) -> None:
    def once(stop: bool) -> None:
        with contextlib.suppress(KeyboardInterrupt), whole_file(tmp_path / "a.bin", overwrite=True):
            if stop:
                raise KeyboardInterrupt
        with contextlib.suppress(KeyboardInterrupt), whole_files(tmp_path, overwrite=True) as beside:
            Path(beside, "b.bin").touch()
            if stop:
                raise KeyboardInterrupt

    once(False)
    before = len(os.listdir("/proc/self/fd"))
    for stop in (False, True, False):
        once(stop)
    assert len(os.listdir("/proc/self/fd")) == before
