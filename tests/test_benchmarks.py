"""benchmarks: the machinery that takes samples in turns and tells them. How long anything takes is not asked here."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

import cleanplate
from benchmarks import bench, fuzz, matte_faults, palettes, peers, pictures, scaling, speed, timing, yardsticks
from benchmarks.timing import Row
from cleanplate.errors import MissingExtra


class Drawn:
    """A clock that is moved by the jobs themselves."""

    def __init__(self) -> None:
        self.now, self.log = 0.0, ""

    def job(self, name: str, *seconds: float):
        left = list(seconds)

        def run() -> None:
            self.log += name
            self.now += left.pop(0)

        return timing.timed(run, lambda: self.now)


def test_jobs_run_in_turns_and_the_first_round_does_not_count():
    clock = Drawn()
    found = timing.turns({"a": clock.job("a", 50, 1, 2, 3), "b": clock.job("b", 70, 4, 4, 4)}, 3)
    assert clock.log == "abababab"
    assert found == {"a": [1, 2, 3], "b": [4, 4, 4]}
    assert timing.turns({"a": clock.job("a", 5)}, 1, warm=False) == {"a": [5]}


def test_a_ratio_is_taken_within_each_turn_so_that_a_slow_moment_slows_both():
    """Of the medians it would be 1.5 / 1; turn by turn the job always takes twice as long."""
    found = {"job": [2.0, 20.0, 3.0], "yardstick": [1.0, 10.0, 1.5]}
    assert timing.ratios(found, "job", "yardstick") == [2, 2, 2]


def test_median_and_spread_are_those_of_numpy_and_one_slow_sample_moves_neither():
    values = np.random.default_rng(0).random(9)
    row = timing.summary([*values[:8], 1e6], "s")
    low, middle, high = np.percentile([*values[:8], 1e6], [25, 50, 75])
    assert (row.measured, row.spread) == pytest.approx((middle, high - low))
    assert row.measured < 1
    assert timing.spread([3.0]) == 0


def test_a_row_says_whether_its_limit_is_kept():
    assert [Row(1, "s", limit).verdict for limit in (1, 0.5, None)] == ["yes", "MISSED", ""]
    assert "| row | 1 | 0.5 | MISSED | 0 | s | word |" in timing.table({"row": Row(1, "s", 0.5, 0, "word")})


def test_a_cheap_row_runs_and_its_json_has_the_columns(capsys, tmp_path):
    target = tmp_path / "rows.json"
    told = ["--rows", "preview", "--repeats", "1", "--quick"]
    assert speed.main([*told, "--json", str(target)]) == 0  # in a hurry nothing is missed
    rows = json.loads(target.read_text())
    assert {"preview, other plate", "preview, other placement", "preview, other strength"} < set(rows)
    for row in rows.values():
        assert set(row) == {"measured", "unit", "limit", "spread", "note"}
        assert row["measured"] > 0
        assert (row["unit"], row["limit"] in speed.PREVIEW.values()) == ("ms", True)
    printed = capsys.readouterr().out
    assert all(name in printed for name in rows)
    timing.deliver({"row": Row(1, "s")}, "-")
    assert json.loads(capsys.readouterr().out) == {"row": {"measured": 1, "unit": "s", "limit": None, "spread": 0.0, "note": ""}}


def test_a_missed_limit_is_named_and_is_the_exit_code(monkeypatch, capsys):
    rows = {"slow": Row(3, "s", 2), "quick": Row(1, "s", 2), "free": Row(9, "s")}
    monkeypatch.setattr(speed, "ROWS", {"preview": lambda bench: rows})
    assert speed.main(["--rows", "preview"]) == 1
    assert "bench: missed: slow\n" in capsys.readouterr().err
    rows["slow"] = Row(2, "s", 2)
    assert speed.main(["--rows", "preview"]) == 0
    assert "missed" not in capsys.readouterr().err


def test_a_row_that_cannot_run_here_is_told_and_the_others_go_on(capsys):
    def lacking(bench: object) -> timing.Rows:
        raise MissingExtra("abacus", "bench")

    makers = {"lacking": lacking, "other": lambda bench: {"other": Row(1, "s")}}
    assert bench.run(SimpleNamespace(), makers) == {"other": Row(1, "s")}
    assert "lacking skipped: abacus is not installed; run: pip install 'cleanplate[bench]'" in capsys.readouterr().err


@pytest.mark.parametrize(("row", "module"), [("color", "color_matcher"), ("edges", "pymatting")])
def test_a_peer_that_is_not_installed_is_told_in_one_line(row, module, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr(peers, "compared", lambda bench, ours, jobs, unit: dict.fromkeys(jobs))
    pasted = SimpleNamespace(pixels=np.zeros((4, 4, 3), np.uint8)), np.zeros((4, 4), np.float32)
    album = SimpleNamespace(pasted=lambda size: pasted)
    found = peers.ROWS[row](SimpleNamespace(album=album, frame=lambda size: size, compositor=lambda: None))
    assert not [name for name in found if module.replace("_", "-") in name]
    assert capsys.readouterr().err.count("\n") == 1


def test_pictures_have_the_size_that_was_asked_for_and_the_same_person_at_each(tmp_path):
    album = pictures.Album(tmp_path)
    files = album.files((90, 120))
    assert cleanplate.read_image(files.person).size == cleanplate.read_image(files.plate).size == (90, 120)
    assert cleanplate.read_alpha(files.matte).shape == (90, 120)
    assert album.alpha((90, 120)).mean() == pytest.approx(album.alpha((360, 480)).mean(), abs=0.01)
    height, width = pictures.portrait(128)
    assert height * width <= 128e6 < (height + 4) * (width + 4)


def test_the_fast_reinhard_moves_the_foreground_to_the_statistics_of_the_background():
    """By its definition: in Lab, mean and deviation of the one become those of the other; the background stays."""
    rng = np.random.default_rng(0)
    composite = rng.normal((120, 140, 100), 12, (64, 64, 3)).clip(0, 255).astype(np.uint8)
    mask = np.zeros((64, 64), np.uint8)
    mask[16:48, 16:48] = 255
    composite[mask > 0] //= 2
    found = yardsticks.reinhard(composite, mask)
    lab = cv2.cvtColor(found.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    for one, other in zip(yardsticks.statistics(lab, mask), yardsticks.statistics(lab, 255 - mask), strict=True):
        np.testing.assert_allclose(one, other, atol=0.5)
    np.testing.assert_array_equal(found[mask == 0], composite[mask == 0])


def test_flatness_is_how_far_the_dearest_megapixel_is_above_the_cheapest():
    seconds = {8: [1.0, 1.0, 9.0], 16: [1.4], 128: [1.1]}
    costs = {size: {"ours": some, "yardstick": [2 * size * each for each in some]} for size, some in seconds.items()}
    rows = scaling.flatness(costs)
    assert rows["ours"].measured == pytest.approx(40)
    assert rows["ours"].verdict == "MISSED"
    assert rows["yardstick"].measured == pytest.approx(1660)


def test_a_cost_is_that_of_one_megapixel_and_large_pictures_are_taken_fewer_times(monkeypatch):
    """Every job takes a second for each of its megapixels, but one that decodes and encodes takes half."""
    clock = SimpleNamespace(now=0.0)

    def work(seconds: float) -> None:
        clock.now += seconds

    monkeypatch.setattr(yardsticks, "decode_and_encode", lambda files: lambda: work(files.megapixels / 2))
    drawn = SimpleNamespace(
        album=SimpleNamespace(files=lambda size: SimpleNamespace(megapixels=size)), size=lambda megapixels: megapixels, repeats=5,
        compose=lambda files, given: work(files.megapixels), timed=lambda job: timing.timed(job, lambda: clock.now),
    )  # fmt: skip
    found = scaling.costs(drawn, (8, 128))
    assert [len(each["ours"]) for each in found.values()] == [5, scaling.FEW]
    for each in found.values():
        assert each["ours"] == pytest.approx([1.0] * len(each["ours"]))
        assert each["yardstick"] == pytest.approx([0.5] * len(each["ours"]))


def test_spoiled_files_are_read_or_refused_in_one_sentence() -> None:
    """The first 200 of those of `make fuzz`, in a child process of its own."""
    assert fuzz.faults(1, 200) == []


def test_spoiled_files_are_the_same_every_time_and_differ_from_whole_ones() -> None:
    files = fuzz.originals()
    first, again = ([fuzz.case(files, 3, number) for number in range(30)] for _ in range(2))
    assert first == again
    assert len({content for _, content in first} - {content for _, content in files}) >= 28


def test_what_fails_at_the_door_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crashes(path: Path) -> None:
        path.with_name("left").touch()
        raise ValueError("odd")

    monkeypatch.setattr(cleanplate, "read_image", crashes)
    assert fuzz.fault(".png", b"", tmp_path) == "ValueError: odd"
    monkeypatch.setattr(cleanplate, "read_image", lambda path: None)
    assert fuzz.fault(".png", b"", tmp_path) == "left ['left']"


def test_what_a_matte_lost_is_counted_well_inside_the_mask_and_what_it_added_well_outside():
    """A square of 40 x 60 that the photo crops at the bottom: the outline itself, 2 % of its size, counts for neither."""
    mask = np.zeros((100, 100), np.bool_)
    mask[40:, 30:70] = True
    alpha = mask.astype(np.float32)
    alpha[:, 69:71] = 0.5  # an outline that is not quite the mask's
    lost, added, iou, sad = matte_faults.against(alpha, mask)
    assert (lost, iou) == (0, pytest.approx(39 / 40))
    assert added == pytest.approx(38 * 2 * 0.5 / 2400, rel=0.2)  # above the square's upper edge and what is near it
    alpha = mask.astype(np.float32)
    alpha[90:, 45:55] = 0  # lost at the photo's border, where no outline is
    alpha[:10, :10] = 1
    lost, added, iou, sad = matte_faults.against(alpha, mask)
    assert (lost, added, sad) == pytest.approx((100 / 2400, 100 / 2400, 200 / 2400))
    assert iou == pytest.approx(2300 / 2500)


def test_what_was_taken_away_is_counted_as_the_places_and_as_the_persons(capsys):
    mask = np.zeros((10, 10), np.bool_)
    mask[:, :5] = True
    whole = np.ones((10, 10), np.float32)
    left = whole.copy()
    left[:2, 5:], left[:1, :5] = 0, 0.5
    gone = matte_faults.taken({"seen again": whole, "mended": left}, mask)
    assert gone == pytest.approx([10 / 50, 2.5 / 50])
    matte_faults.print_taken(np.array([gone, [0, 0], [0.3, 0.004]]))
    assert "from 2 of 3 with masks; 90.3% of it was the place's; over 0.5% of 1 people" in capsys.readouterr().out


def test_a_foreign_place_is_of_the_same_folder_and_never_ones_own_and_folders_means_are_taken_off():
    folders = np.array(["a", "b", "a", "b", "a", "b", "c"])
    among = np.array([0, 1, 2, 3, 4, 6])
    for seed in range(20):
        found = palettes.foreign(np.random.default_rng(seed), folders, among)
        assert sorted(found) == sorted(among)
        assert (folders[found] == folders[among]).all()
        assert (found != among).tolist() == [True] * 5 + [False]  # who is alone has no other
    less = palettes.less_means(np.array([[1.0], [5.0], [3.0]]), np.array(["a", "b", "a"]))
    assert less.tolist() == [[-1.0], [0.0], [1.0]]
