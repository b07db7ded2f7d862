"""Outputs that cannot be written: each is refused in one sentence before the work, and nothing changes."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from odd_files import SMOOTH, WINDOWS, saved, sentence

from cleanplate.errors import OutputError
from cleanplate.files.photos import check_target, write_alpha, write_image
from cleanplate.values import Image

# Outputs


def bad_targets(folder: Path) -> dict[str, tuple[Path, str]]:
    (folder / "taken.png").write_bytes(b"old")
    (folder / "input.png").write_bytes(saved(SMOOTH, "PNG"))
    (folder / "folder.png").mkdir()
    (folder / "file").write_bytes(b"")
    (folder / "link.png").symlink_to(folder / "input.png")
    os.link(folder / "input.png", folder / "hard.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.png")
    return {
        "existing": (folder / "taken.png", "exists already"),
        "input itself": (folder / "input.png", "one of the inputs"),
        "input by another path": (folder / "folder.png" / ".." / "input.png", "one of the inputs"),
        "input by a symbolic link": (folder / "link.png", "one of the inputs"),
        "input by a hard link": (folder / "hard.png", "one of the inputs"),
        "a folder": (folder / "folder.png", "is a folder"),
        "a pipe": (folder / "pipe.png", "device or pipe"),
        "a loop of links": (folder / "loop.png", "no usable file name"),
        "folder missing": (folder / "none" / "a.png", "no folder"),
        "file for a folder": (folder / "file" / "a.png", "no folder"),
        "unknown suffix": (folder / "a.xyz", "suffix .xyz"),
        "a format only read": (folder / "a.gif", "suffix .gif"),
        "no suffix": (folder / "a", "names no format"),
        "name too long": (folder / ("a" * 300 + ".png"), "no usable file name"),
        "zero byte": (folder / "a\0.png", "no usable file name"),
    }


@pytest.mark.skipif(WINDOWS, reason="links and pipes need a POSIX system")
@pytest.mark.parametrize("case", [
    "existing", "input itself", "input by another path", "input by a symbolic link", "input by a hard link", "a folder",
    "a pipe", "a loop of links", "folder missing", "file for a folder", "unknown suffix", "a format only read",
    "no suffix", "name too long", "zero byte",
])  # fmt: skip
def test_bad_target_is_refused_in_one_sentence_and_nothing_changes(case: str, tmp_path: Path) -> None:
    target, words = bad_targets(tmp_path)[case]
    before = listing(tmp_path)
    inputs = [tmp_path / "input.png", tmp_path / "missing.png"]
    overwrite = case != "existing"
    for attempt in (
        lambda: check_target(target, overwrite=overwrite, inputs=inputs),
        lambda: write_image(Image(SMOOTH), target, overwrite=overwrite, inputs=inputs),
        lambda: write_alpha(np.zeros((4, 4), np.float32), target, overwrite=overwrite, inputs=inputs),
    ):
        with pytest.raises(OutputError, match=words) as caught:
            attempt()
        sentence(caught.value, target.name.replace("\0", "?"))
    assert listing(tmp_path) == before


def listing(folder: Path) -> list[tuple[str, bytes]]:
    return sorted((path.name, path.read_bytes() if path.is_file() else b"") for path in folder.rglob("*"))


def test_read_only_folder_is_refused_before_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write all: folder modes cannot show it
    with pytest.raises(OutputError, match="read-only"):
        check_target(tmp_path / "a.png")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody can write to")
def test_folder_that_takes_no_files_is_refused_in_one_sentence() -> None:
    with pytest.raises(OutputError) as caught:
        write_image(Image(SMOOTH), "/proc/a.png")
    sentence(caught.value, "a.png")


def test_stream_that_fails_is_refused_in_one_sentence() -> None:
    class Full(io.BytesIO):
        name = "pipe"

        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"pipe.*No space.*free some space"):
        write_image(Image(SMOOTH), Full(), format="png")
