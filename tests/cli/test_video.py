"""video: how far a film is, and what does not go with films."""

import shutil

import pytest
from commands import refused, run

from cleanplate import cli


def test_painted_areas_with_a_video_are_refused(folder, capsys, monkeypatch, cutout, plate, mask):
    monkeypatch.setattr(cli.video, "wanted", lambda *_: True)
    said = refused(capsys, 2, "compose", cutout, plate, "-o", folder / "out.mp4", "--drop-mask", mask)
    assert "go with pictures" in said


def test_how_far_a_film_is_is_told_every_so_often_and_at_its_last_frame(monkeypatch, capsys):
    from cleanplate.cli import video
    from cleanplate.video_job import Progress

    now = [100.0]
    monkeypatch.setattr(video.time, "monotonic", lambda: now[0])
    tell = video.meter()
    for done, passed in ((1, 0), (2, 0.5), (3, 0.99), (4, 0.5), (10, 0)):
        now[0] += passed * video.OFTEN
        tell(Progress(done, 10, 2.0 * done))
    told = capsys.readouterr().err.split("\r")[1:]
    assert [each.split(",")[0] for each in told] == ["frame 1 of 10", "frame 3 of 10", "frame 10 of 10"]
    assert "0.5 a second, 0:18 left" in told[0]


@pytest.mark.parametrize(
    ("progress", "told"),
    [
        ((50, 200, 10.0), "frame 50 of 200, 5.0 a second, 0:30 left"),
        ((1, 3661, 1.0), "frame 1 of 3661, 1.0 a second, 61:00 left"),
        ((7, None, 2.0), "frame 7, 3.5 a second"), ((12, 10, 3.0), "frame 12 of 10, 4.0 a second, 0:00 left"),
    ],
)  # fmt: skip
def test_a_line_on_how_far_a_film_is_by_hand(progress, told):
    from cleanplate.cli import video
    from cleanplate.video_job import Progress

    assert video.line(Progress(*progress)) == told


@pytest.mark.parametrize("flag", ["--space=srgb", "--depth=8", "--compression=lzw", "--metadata=none", "--mark=none"])
def test_what_pictures_are_written_with_is_refused_for_a_film(flag, tmp_path, capsys, plate):
    for number in (1, 2):
        shutil.copy(plate, tmp_path / f"a00{number}.png")
    assert run("compose", tmp_path / "a%03d.png", plate, "-o", tmp_path / "o.mp4", flag) == 2
    assert f"{flag.partition('=')[0]} goes with pictures, and a video was given" in capsys.readouterr().err
