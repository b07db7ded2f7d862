"""streams: what is piped in and out are the bytes of the files; what is said meanwhile goes to stderr."""

import io
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from commands import PLAIN, WINDOWS, run

import cleanplate


def feed(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(path.read_bytes())))


@pytest.mark.parametrize("piped", ["person", "plate", "matte"])
def test_an_input_through_stdin_is_the_file_itself(tmp_path, monkeypatch, pasted, mask, plate, piped):
    by_file, by_pipe = tmp_path / "file.png", tmp_path / "pipe.png"
    given = {"person": pasted, "plate": plate, "matte": mask}
    feed(monkeypatch, given[piped])
    for out, names in ((by_file, given), (by_pipe, given | {piped: "-"})):
        assert run("compose", names["person"], names["plate"], "--alpha", names["matte"], "-o", out, *PLAIN) == 0
    assert by_pipe.read_bytes() == by_file.read_bytes()


@pytest.mark.parametrize("kind", [None, "png", "jpg", "webp", "tif"])
def test_stdout_gets_the_bytes_of_the_file(tmp_path, capsysbinary, cutout, plate, kind):
    out = tmp_path / f"out.{kind or 'png'}"
    assert run("compose", cutout, plate, "-o", out, "--quality", "80", *PLAIN) == 0
    capsysbinary.readouterr()
    told = ("--format", kind) if kind else ()
    assert run("compose", cutout, plate, "-o", "-", "--quality", "80", *PLAIN, *told) == 0
    assert capsysbinary.readouterr().out == out.read_bytes()


def test_a_whole_pipe_of_processes_composes(python, tmp_path, cutout, plate):
    out = tmp_path / "out.png"
    assert run("compose", cutout, plate, "-o", out, *PLAIN) == 0
    done = python("-m", "cleanplate", "compose", "-", plate, "-o", "-", "--quiet", *PLAIN, input=cutout.read_bytes())
    assert (done.returncode, done.stderr, done.stdout) == (0, b"", out.read_bytes())


@pytest.mark.skipif(WINDOWS, reason="a closed pipe is another error there")
def test_a_reader_that_goes_away_ends_the_command_quietly(cutout, plate):
    path = str(Path(cleanplate.__file__).parents[1])
    command = [sys.executable, "-m", "cleanplate", "compose", str(cutout), str(plate), "-o", "-", "--size", "900x900", *PLAIN]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path})
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.usefixtures("stand_ins")
def test_stages_and_the_place_of_the_picture_are_told_on_stderr(tmp_path, capsys, cutout, plate):
    assert run("compose", cutout, plate, "-o", tmp_path / "out.png") == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert [line.split()[0] for line in told.err.splitlines()][-1] == "in"
    assert {"place", "harmonize", "compose"} <= {line.split()[0] for line in told.err.splitlines()}
    assert str(tmp_path / "out.png") in told.err.splitlines()[-1]


def test_quiet_says_nothing(tmp_path, capsys, cutout, plate):
    assert run("compose", cutout, plate, "-o", tmp_path / "out.png", "--quiet", *PLAIN) == 0
    assert capsys.readouterr() == ("", "")
