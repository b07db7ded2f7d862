import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import SIZE, person, save, silhouette
from PIL import Image as pillow

from cleanplate.errors import InputError, OutputError
from cleanplate.training.samples import sets
from cleanplate.training.samples.drawing import Drawn
from cleanplate.training.samples.sets import Blend
from cleanplate.training.samples.synthesis import Sample

SETTINGS = {"size": 160}


class Painter:
    """Draws noise over drawn people, for either stage; fails at one number when told to."""

    def __init__(self, stage: str, fails_at: int | None = None) -> None:
        self.stage, self.fails_at, self.asked = stage, fails_at, list[int]()

    def draw(self, rng: np.random.Generator, number: int) -> Drawn:
        if number == self.fails_at:
            raise KeyboardInterrupt
        self.asked.append(number)
        arrays = {
            field: silhouette(SIZE) if field.endswith("alpha") else np.clip(person(number) + rng.normal(0, 0.05, (*SIZE, 3)), 0, 1)
            for field in sets.FIELDS[self.stage]
        }
        return Drawn({name: np.float32(each) for name, each in arrays.items()}, {"person": f"p{number}", "ratio": 0.2})


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def write(out: Path, stage: str = "harmonize", count: int = 3, seed: int = 5, painter: Painter | None = None, **more: Any) -> Path:
    return sets.write(painter or Painter(stage), stage, out, count, seed, SETTINGS, **more)


@pytest.mark.parametrize("stage", ["harmonize", "blend"])
def test_a_set_holds_every_picture_the_manifest_and_a_sheet_and_nothing_else(stage: str, tmp_path: Path) -> None:
    manifest = write(tmp_path / "set", stage)
    wanted = {f"{field}/{number:06d}.png" for field in sets.FIELDS[stage] for number in range(3)} | {"manifest.jsonl", "sheet.png"}
    assert set(content(tmp_path / "set")) == wanted
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    assert [line["seed"] for line in lines] == [[5, 0], [5, 1], [5, 2]]
    assert lines[1]["person"] == "p1"
    assert lines[2]["files"] == {field: f"{field}/000002.png" for field in sets.FIELDS[stage]}
    with pillow.open(tmp_path / "set" / "sheet.png") as sheet:
        assert sheet.size == (3 * (len(sets.FIELDS[stage]) * sets.TILE + 8), sets.TILE)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        write(tmp_path / name, seed=seed)
    assert content(tmp_path / "a") == content(tmp_path / "b")
    assert content(tmp_path / "a")["target/000000.png"] != content(tmp_path / "c")["target/000000.png"]


def test_a_sample_does_not_depend_on_how_many_are_drawn(tmp_path: Path) -> None:
    write(tmp_path / "few", count=2)
    write(tmp_path / "many", count=4)
    few, many = content(tmp_path / "few"), content(tmp_path / "many")
    assert all(many[name] == data for name, data in few.items() if "/" in name)
    assert many["manifest.jsonl"].startswith(few["manifest.jsonl"])


def test_a_killed_run_is_finished_by_the_next_with_the_same_bytes_and_no_work_done_twice(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "set", count=5, painter=Painter("harmonize", fails_at=3))
    assert not (tmp_path / "set" / "manifest.jsonl").exists()
    with pytest.raises(InputError, match="is unfinished: run the same command again"):
        sets.entries(tmp_path / "set")
    save(tmp_path / "set" / "alpha" / "000003.png", silhouette(SIZE))  # killed between two pictures of a sample
    for name in ("alpha/.half-a-file", ".half-a-sheet.part", "manifest.jsonl.part"):
        (tmp_path / "set" / name).write_bytes(b"x")
    painter = Painter("harmonize")
    write(tmp_path / "set", count=5, painter=painter)
    assert painter.asked == [3, 4]
    write(tmp_path / "whole", count=5)
    assert content(tmp_path / "set") == content(tmp_path / "whole")


def test_a_broken_off_set_may_be_finished_shorter(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "set", count=5, painter=Painter("harmonize", fails_at=4))
    write(tmp_path / "set", count=2)
    write(tmp_path / "whole", count=2)
    assert content(tmp_path / "set") == content(tmp_path / "whole")


# ---- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stage", "kind"), [("harmonize", Sample), ("blend", Blend)])
def test_what_was_written_comes_back_to_half_a_level(stage: str, kind: type, tmp_path: Path) -> None:
    write(tmp_path / "set", stage)
    for number, entry in enumerate(sets.entries(tmp_path / "set")):
        found = sets.load(tmp_path / "set", entry)
        assert isinstance(found, kind)
        drawn = Painter(stage).draw(np.random.default_rng((5, number)), number)
        for name, picture in drawn.pictures.items():
            assert np.abs(getattr(found, name) - picture).max() <= 0.5 / 255 + 1e-6
            assert getattr(found, name).dtype == np.float32


def test_a_set_that_is_read_and_written_again_has_the_same_pictures(tmp_path: Path) -> None:
    write(tmp_path / "set")
    entry = sets.entries(tmp_path / "set")[0]
    again = tmp_path / "again.png"
    sets.save(again, sets.load(tmp_path / "set", entry).target)
    assert again.read_bytes() == (tmp_path / "set" / "target" / "000000.png").read_bytes()


def test_a_folder_that_is_no_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no set"):
        sets.entries(tmp_path)
    for text in ("", "{}\n", "[1]\n", '{"stage": "other", "files": {}}\n', "not json\n"):
        (tmp_path / "manifest.jsonl").write_text(text)
        with pytest.raises(InputError, match="is no manifest of a set") as caught:
            sets.entries(tmp_path)
        assert len(str(caught.value).splitlines()) == 1


# ---- where it goes -------------------------------------------------------------------------------------------------


def test_an_existing_set_is_kept_unless_it_may_be_overwritten(tmp_path: Path) -> None:
    write(tmp_path / "set")
    before = content(tmp_path / "set")
    with pytest.raises(OutputError, match="holds a set already"):
        write(tmp_path / "set", seed=9)
    assert content(tmp_path / "set") == before
    write(tmp_path / "set", "blend", count=1, overwrite=True)
    write(tmp_path / "new", "blend", count=1)
    new = content(tmp_path / "new")
    assert {name: data for name, data in content(tmp_path / "set").items() if name in new} == new
    assert not (tmp_path / "set" / "composite").exists()


def test_a_folder_with_other_files_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(OutputError, match="holds other files than a set"):
            write(tmp_path, overwrite=overwrite)
    assert content(tmp_path) == {"mine.txt": b"mine"}
    with pytest.raises(OutputError, match="is a file"):
        write(tmp_path / "mine.txt")


def test_an_unfinished_set_of_other_settings_is_not_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "set", painter=Painter("harmonize", fails_at=1))
    with pytest.raises(OutputError, match="unfinished set of other settings"):
        write(tmp_path / "set", seed=6)
    write(tmp_path / "set", seed=6, overwrite=True)
    write(tmp_path / "whole", seed=6)
    assert content(tmp_path / "set") == content(tmp_path / "whole")


def test_a_set_of_no_samples_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least one sample"):
        write(tmp_path / "set", count=0)
    assert not (tmp_path / "set").exists()


def test_the_sheet_shows_the_pictures_in_their_order(tmp_path: Path) -> None:
    for field, level in (("a", 0.1), ("b", 0.9)):
        sets.save(tmp_path / f"{field}.png", np.full((40, 20, 3), level, np.float32))
    shown = sets.sheet(tmp_path, [{"files": {"a": "a.png", "b": "b.png"}}])
    assert shown.shape == (sets.TILE, 2 * sets.TILE + 8, 3)
    assert shown[70, 30, 0] == pytest.approx(0.1, abs=0.01)  # a tall picture fills the left half of its tile
    assert shown[70, 110, 0] == pytest.approx(0.5, abs=0.01)
    assert shown[70, sets.TILE + 30, 0] == pytest.approx(0.9, abs=0.01)
