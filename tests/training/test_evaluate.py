from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from drawn import person, save, scene

from cleanplate.color import FloatArray
from cleanplate.errors import InputError
from cleanplate.training import datasets, evaluate
from cleanplate.types import Image


class Fake:
    """A compositor that darkens by ``share`` and remembers the plates it was given."""

    def __init__(self, share: float = 0.0) -> None:
        self.share = share
        self.plates: list[np.ndarray] = []

    def harmonize(self, composite: Image, alpha: FloatArray, plate: object) -> SimpleNamespace:
        self.plates.append(plate.image.pixels)  # type: ignore[attr-defined]
        return SimpleNamespace(image=Image(np.rint(composite.pixels * (1 - self.share)).astype(np.uint8)))

    def blend(self, source: FloatArray, alpha: FloatArray, plate: FloatArray) -> tuple[FloatArray, FloatArray]:
        return alpha, source


@pytest.fixture(scope="module")
def kept() -> dict[str, evaluate.Table]:
    return {}


@pytest.fixture
def result(tree: Path, known_matte: list[int], kept: dict[str, evaluate.Table]) -> evaluate.Table:
    """The whole evaluation with a compositor that does nothing; made once."""
    if not kept:
        kept["all"] = evaluate.run(tree, "all", 2, Fake())  # type: ignore[arg-type]
    return kept["all"]


def test_a_result_is_stage_set_method_metric_and_count(result: evaluate.Table) -> None:
    assert set(result) == {"harmonize", "blend"}
    kinds = ("reinhard", "other", "histogram", "graded")
    assert set(result["harmonize"]) == {f"{who}-{kind}" for who in ("portraits", "fullbody") for kind in kinds}
    assert set(result["blend"]) == {"modnet-256", "modnet-512", "corrupted"}
    for methods in result["harmonize"].values():
        assert set(methods) == {"none", "reinhard-complete", "reinhard-visible", "ours", "ours-wrong-plate"}
        for row in methods.values():
            assert set(row) == {"mse", "psnr", "fmse", "fpsnr", "worse_share", "n"}
            assert row["n"] == 2
    for methods in result["blend"].values():
        assert set(methods) == {"linear", "linear-foreground", "ours"}
        assert all(set(row) == {"band_l1", "band_psnr", "contamination", "n"} for row in methods.values())


def test_every_number_is_finite_and_none_is_an_accidental_zero(result: evaluate.Table) -> None:
    for stage in result.values():
        for methods in stage.values():
            for row in methods.values():
                assert all(np.isfinite(value) for value in row.values())
                assert all(row[name] > 0 for name in row if name not in ("worse_share",))


def test_doing_nothing_is_never_worse_than_doing_nothing(result: evaluate.Table) -> None:
    assert {methods["none"]["worse_share"] for methods in result["harmonize"].values()} == {0.0}


def test_a_compositor_that_changes_nothing_has_the_numbers_of_none(result: evaluate.Table) -> None:
    for methods in result["harmonize"].values():
        assert methods["ours"] == methods["none"] == methods["ours-wrong-plate"]
    for methods in result["blend"].values():
        assert methods["ours"] == methods["linear"]


def test_estimated_colors_leave_less_of_the_old_background_than_the_plain_photo(result: evaluate.Table) -> None:
    for name in ("modnet-256", "modnet-512"):
        methods = result["blend"][name]
        assert methods["linear-foreground"]["contamination"] < methods["linear"]["contamination"]


def test_a_compositor_that_spoils_is_counted_as_worse(tree: Path, known_matte: list[int]) -> None:
    spoiled = evaluate.run(tree, "all", 1, Fake(1.0))  # type: ignore[arg-type]
    for methods in spoiled["harmonize"].values():  # one picture in each set, so the share is that picture's verdict
        assert methods["ours"]["worse_share"] == float(methods["ours"]["fmse"] > methods["none"]["fmse"])
    assert sum(methods["ours"]["worse_share"] for methods in spoiled["harmonize"].values()) >= 4


@pytest.mark.usefixtures("known_matte")
def test_the_same_call_gives_the_same_numbers(tree: Path, result: evaluate.Table) -> None:
    assert evaluate.run(tree, "all", 2, Fake()) == result  # type: ignore[arg-type]


@pytest.mark.usefixtures("known_matte", "known_split")
def test_a_split_is_judged_by_its_own_people_alone(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    plain = datasets.load
    monkeypatch.setattr(datasets, "load", lambda photo: seen.append(photo.name) or plain(photo))  # type: ignore[func-returns-value]
    evaluate.run(tree, "validation", 1, Fake())  # type: ignore[arg-type]
    assert {name for name in seen if name.startswith("portraits")} == {"portraits_x/p4"}
    assert not {"backgrounds/b0", "backgrounds/b1", "colour_refs_x/b0"} & set(seen)


def test_the_wrong_plate_is_another_photos_and_the_right_one_the_samples_own(tree: Path) -> None:
    people = [photo for photo in datasets.read_tree(tree) if photo.kind == "portraits"][:2]
    fake = Fake()
    evaluate.evaluate_harmonization(people, [scene(1), scene(2)], fake)  # type: ignore[arg-type]
    pairs = list(zip(fake.plates[::2], fake.plates[1::2], strict=True))
    assert len(pairs) == 8
    assert all(not np.array_equal(own, stranger) for own, stranger in pairs)
    first, second = pairs[:4], pairs[4:]
    for (own, _), (_, stranger) in zip(first, second, strict=True):
        assert np.array_equal(own, stranger)  # the second photo's stranger is the first photo


def test_too_little_to_judge_is_refused_in_one_sentence(tmp_path: Path) -> None:
    save(tmp_path / "portraits_x" / "a.png", person(1))
    save(tmp_path / "backgrounds" / "b.png", scene(1))
    with pytest.raises(InputError, match="needs people and at least two backgrounds") as caught:
        evaluate.run(tmp_path, "all", compositor=Fake())  # type: ignore[arg-type]
    assert len(str(caught.value).splitlines()) == 1


def test_a_limit_picks_evenly_and_keeps_both_ends(tree: Path) -> None:
    photos = [photo for photo in datasets.read_tree(tree) if photo.kind == "portraits"]
    assert [photo.name[-1] for photo in evaluate.spread(photos, 3)] in (["0", "2", "5"], ["0", "3", "5"])
    assert evaluate.spread(photos, None) == evaluate.spread(photos, 99) == photos


def test_the_table_shows_every_method_of_every_set_with_its_count() -> None:
    result = {"harmonize": {"portraits-x": {"none": {"mse": 12.3456, "n": 7}, "ours": {"mse": 1.5, "n": 7}}}}
    assert evaluate.table(result).splitlines() == [
        "### harmonize: portraits-x (7 pictures)", "", "| method | mse |", "|---|---:|", "| none | 12.35 |", "| ours | 1.5 |",
    ]  # fmt: skip
