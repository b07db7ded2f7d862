"""The video side of `compose`: the same verb, refusals in one sentence, and what is left when it is stopped."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from walks import film, frames_of

import cleanplate
from cleanplate import cli


def run(*arguments: object) -> int:
    return cli.main([str(each) for each in arguments])


def test_the_same_verb_composes_a_video(stand_ins, tmp_path, capsys, talk, plate):
    out = tmp_path / "out.mp4"
    assert run("compose", talk, plate, "-o", out, "--film-quality", "fast", "--progress") == 0
    said = capsys.readouterr().err
    assert "of 8" in said
    assert "8 frames" in said
    assert len(frames_of(out)) == 8
    assert run("compose", talk, plate, "-o", out, "--film-quality", "fast", "--quiet", "--overwrite") == 0
    assert capsys.readouterr().err == ""


def test_pictures_and_videos_do_not_take_each_others_names_and_options(tmp_path, capsys, talk, cutout, plate):
    def refused(*arguments: object) -> str:
        assert run("compose", *arguments) == 2
        return capsys.readouterr().err

    assert "takes pictures only" in refused(talk, plate, "-o", tmp_path / "out.jpg")
    assert "takes pictures only" in refused(talk, plate, "-o", "-")
    assert "two pictures were given" in refused(cutout, plate, "-o", tmp_path / "out.mp4")
    assert "--sound goes with videos" in refused(cutout, plate, "-o", tmp_path / "out.png", "--sound", "none")
    assert "--film-quality goes with videos" in refused(cutout, plate, "-o", tmp_path / "out.png", "--film-quality", "fast")
    assert "go with pictures" in refused(talk, plate, "-o", tmp_path / "out.mp4", "--quality", "90")
    assert "good" in refused(talk, plate, "-o", tmp_path / "out.mp4", "--film-quality", "good")
    assert {each.name for each in tmp_path.iterdir()} == {"talk.mp4", "plate.png", "cutout.png"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("name", ["out.mp4", "%d.png"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_job_that_is_stopped_leaves_no_file_under_its_name(tmp_path, pictures, plate, how, name):
    long = film(tmp_path / "long.mp4", pictures * 40, range(0, 40 * 320, 40))
    out = tmp_path / "outputs" / name
    out.parent.mkdir()
    slow = "--film-quality", "best", "--size", "2560x1920", "--progress"  # so that it is not done before the signal is there
    program = (  # it hears Ctrl-C even where this process's parent has turned that off
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "runpy.run_module('cleanplate', run_name='__main__')"
    )
    command = [sys.executable, "-c", program, "compose", long, plate, "-o", out, *slow]
    environment = os.environ | {"PYTHONPATH": str(Path(cleanplate.__file__).parents[1])}
    with subprocess.Popen([str(each) for each in command], stderr=subprocess.PIPE, env=environment) as process:
        assert process.stderr is not None
        process.stderr.read(8)  # the first words on progress
        process.send_signal(how)
        process.communicate(timeout=120)  # to its end: a reader that goes away is another way to be stopped
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -signal.SIGKILL}[how]
    left = [path.name for path in out.parent.iterdir()]
    if how == signal.SIGKILL:
        assert all(name.startswith(".cleanplate-") for name in left)
    else:
        assert left == []
