"""What is written beside the picture, by the command."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow
from stacked import ASKED, composed

import cleanplate
from cleanplate.cli import main
from cleanplate.pixels.color import to_float
from cleanplate.pixels.over import over

pytestmark = pytest.mark.usefixtures("stand_ins")


def test_the_cutout_over_the_plate_is_the_composite(tmp_path: Path, cutout: Path, plate: Path) -> None:
    names = {each: tmp_path / f"{each}-alone.png" for each in ("out", "cutout", "foreground", "alpha")}
    flags = [part for name in ("cutout", "foreground", "alpha") for part in (f"--{name}-out", str(names[name]))]
    assert main(["compose", str(cutout), str(plate), "-o", str(names["out"]), "-q", "--shadow", "0", *flags]) == 0
    person, whole = cleanplate.read_image(names["cutout"]), cleanplate.read_image(names["out"])
    under = to_float(cleanplate.read_image(plate).pixels)
    assert np.abs(over(to_float(person.pixels), person.alpha, under) * 255 - whole.pixels).max() <= 1
    assert (cleanplate.read_image(names["foreground"]).pixels == person.pixels).all()
    assert (cleanplate.read_alpha(names["alpha"]) == person.alpha).all()
    assert not person.pixels[person.alpha == 0].any()


def test_sixteen_bits_stay_sixteen_where_the_file_holds_them(tmp_path: Path) -> None:
    alone = composed(ASKED["wrap"], np.uint16).layers.cutout()
    cleanplate.write_image(alone, tmp_path / "deep.tif")
    found = cleanplate.read_image(tmp_path / "deep.tif")
    assert (found.pixels == alone.pixels).all()
    assert np.abs(found.alpha - alone.alpha).max() < 1e-6


def test_a_table_is_written_and_told_of(tmp_path: Path, cutout: Path, plate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, table = tmp_path / "out.png", tmp_path / "match.cube"
    assert main(["compose", str(cutout), str(plate), "-o", str(out), "--lut-out", str(table), "--lut-size", "17"]) == 0
    assert "of 255 off it on average" in capsys.readouterr().err
    assert len(cleanplate.read_cube(table).grid) == 17
    again = tmp_path / "again.png"
    assert main(["compose", str(cutout), str(plate), "-o", str(again), "-q", "--lut-in", str(table)]) == 0
    with pillow.open(out) as one, pillow.open(again) as two:
        assert np.abs(np.asarray(one).astype(int) - np.asarray(two)).max() <= 1


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--cutout-out", "out.png"], "have the same name"), (["--alpha-out", "-"], "is stdout"),
        (["--cutout-out", "c.jpg"], "c.jpg cannot hold the person's alpha"), (["--lut-out", "t.txt"], "ends in .cube"),
        (["--lut-out", "t.cube", "--no-harmonize"], "the colors are left as they are"),
        (["--exr-compression", "zip"], "--exr-compression goes with an .exr"), (["--lut-in", "none.cube"], "does not exist"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_refused_before_any_work(
    flags: list[str], said: str, tmp_path: Path, cutout: Path, plate: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    before = sorted(tmp_path.iterdir())
    monkeypatch.chdir(tmp_path)
    assert main(["compose", str(cutout), str(plate), "-o", "out.png", "-q", *flags]) == 2
    assert said in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before


def test_films_have_none_of_them(tmp_path: Path, plate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"\0\0\0\x18ftypmp42")
    assert main(["compose", str(film), str(plate), "-o", str(tmp_path / "o.mp4"), "--alpha-out", str(tmp_path / "a.png")]) == 2
    assert "--alpha-out goes with pictures, and a video was given: leave it out." in capsys.readouterr().err
