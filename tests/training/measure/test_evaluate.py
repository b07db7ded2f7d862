import copy
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from drawn import person, save, scene, silhouette

from cleanplate.errors import InputError
from cleanplate.pixels.color import FloatArray, to_uint8
from cleanplate.training.measure import baselines, evaluate, metrics
from cleanplate.training.readers import datasets
from cleanplate.training.samples import recoloring, skin
from cleanplate.training.samples.synthesis import Sample
from cleanplate.values import Image


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


SETS = [name for name, kinds in evaluate.RECOLORINGS.items() if evaluate.offered(kinds)]


@pytest.fixture(scope="module")
def kept() -> dict[str, evaluate.Table]:
    return {}


@pytest.fixture
def result(tree: Path, known_matte: list[int], kept: dict[str, evaluate.Table]) -> evaluate.Table:
    """The whole evaluation with a compositor that does nothing; made once."""
    if not kept:
        kept["all"] = whole(tree)
    return kept["all"]


def whole(tree: Path) -> evaluate.Table:
    """Without what took how long, which no two runs share."""
    return {name: part for name, part in evaluate.run(tree, "all", 2, Fake()).items() if name != "blend_seconds"}  # type: ignore[arg-type]


def approx(part: object) -> object:
    """Equal to rounding: OpenCV's threads add up in any order."""
    if isinstance(part, dict):
        return {name: approx(each) for name, each in part.items()}
    return pytest.approx(part, rel=1e-6, abs=1e-9) if isinstance(part, float | list) else part


def test_a_result_is_stage_set_method_metric_and_count(result: evaluate.Table) -> None:
    assert set(result) == {"harmonize", "by_foreground_ratio", "by_skin_tone", "blend", "matte", "about"}
    assert set(result["harmonize"]) == {f"{who}-{kind}" for who in ("portraits", "fullbody") for kind in SETS}
    assert set(result["blend"]) == set(result["matte"]) == {"modnet-256", "modnet-512", "corrupted", "photographed", "saturated"}
    for methods in result["harmonize"].values():
        assert set(methods) == {*baselines.HARMONIZERS, "ours", "ours-wrong-plate", "ours-visible"}
        for row in methods.values():
            assert set(row) == {"mse", "psnr", "fmse", "fpsnr", "ssim", "fssim", "detail", "worse_share", "n", "interval"}
            assert row["n"] == 2
    for methods in result["blend"].values():
        assert set(methods) == {*baselines.BLENDS, "ours"}
    for methods in result["matte"].values():
        assert set(methods) == {"given"}  # no method here changes the alpha


def test_every_number_is_finite_and_none_is_an_accidental_zero(result: evaluate.Table) -> None:
    for stage in ("harmonize", "blend", "matte"):
        for methods in copy.deepcopy(result[stage]).values():
            for row in methods.values():
                ends = row.pop("interval")
                assert all(np.isfinite(value) for value in row.values())
                exact = stage == "matte"  # the drawn people's alpha may be found without any error
                assert all(row[name] > 0 or exact for name in row if name not in ("worse_share", "conn"))
                assert all(low - 1e-9 <= row[name] <= high + 1e-9 for name, (low, high) in ends.items())


def test_doing_nothing_is_never_worse_than_doing_nothing(result: evaluate.Table) -> None:
    assert {methods["none"]["worse_share"] for methods in result["harmonize"].values()} == {0.0}


def test_a_single_bin_is_the_mean_of_its_set(result: evaluate.Table) -> None:
    """All drawn people are alike: one bin of the share, and so few pictures that their tones are one bin too."""
    for key, facts in (("by_foreground_ratio", ["15-100%"]), ("by_skin_tone", None)):
        for name, found in result[key].items():
            (label, row), = found["bins"].items()
            assert facts is None or [label] == facts
            assert row["n"] + found["unknown"] == 2
            if not found["unknown"]:
                assert row["ours"] == pytest.approx(result["harmonize"][name]["ours"]["fmse"])
            assert found["worst_over_mean"]["ours"] == pytest.approx(1)


def test_a_compositor_that_changes_nothing_has_the_numbers_of_none(result: evaluate.Table) -> None:
    for methods in result["harmonize"].values():
        assert methods["ours"] == methods["none"] == methods["ours-wrong-plate"] == methods["ours-visible"]
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
    assert approx(whole(tree)) == result


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
    threes = list(zip(fake.plates[::3], fake.plates[1::3], fake.plates[2::3], strict=True))
    assert len(threes) == 2 * len(SETS)
    assert all(not np.array_equal(own, stranger) for own, stranger, _ in threes)
    first, second = threes[: len(SETS)], threes[len(SETS) :]
    for (own, _, _), (_, stranger, _) in zip(first, second, strict=True):
        assert np.array_equal(own, stranger)  # the second photo's stranger is the first photo


def test_too_little_to_judge_is_refused_in_one_sentence(tmp_path: Path) -> None:
    save(tmp_path / "portraits_x" / "a.png", person(1))
    save(tmp_path / "backgrounds" / "b.png", scene(1))
    with pytest.raises(InputError, match="needs people and at least two backgrounds") as caught:
        evaluate.run(tmp_path, "all", compositor=Fake())  # type: ignore[arg-type]
    assert len(str(caught.value).splitlines()) == 1


def test_a_limit_picks_evenly_and_keeps_both_ends(tree: Path) -> None:
    photos = [photo for photo in datasets.read_tree(tree) if photo.kind == "portraits"]
    assert [photo.name[-1] for photo in datasets.spread(photos, 3)] in (["0", "2", "5"], ["0", "3", "5"])
    assert datasets.spread(photos, None) == datasets.spread(photos, 99) == photos


def test_the_visible_plate_knows_the_composite_alone() -> None:
    """What the person covers is filled in from the composite; where they are not it is the composite's own."""
    alpha, photo = silhouette((256, 256)), person(3, (256, 256))
    composite = np.where(alpha[..., None] > 0, photo * np.float32(0.5), photo)
    sample, fake = Sample(composite, alpha, np.zeros_like(photo), photo), Fake()
    evaluate.ours(fake, scene(9, (256, 256)))["ours-visible"](sample)  # type: ignore[arg-type]
    far = cv2.dilate((alpha > 0).astype(np.uint8), np.ones((25, 25), np.uint8)) == 0  # near the person the fill has its margin
    assert np.abs(fake.plates[0][far].astype(int) - to_uint8(composite)[far]).max() <= 1


def test_a_harmonizer_of_ones_own_is_measured_beside_the_others(tree: Path) -> None:
    """One that answers with the truth: no error, and never worse."""
    people = [photo for photo in datasets.read_tree(tree) if photo.kind == "portraits"][:2]
    own = {"cheat": lambda sample: to_uint8(sample.target)}
    found = evaluate.evaluate_harmonization(people, [scene(1)], Fake(), harmonizers=own).means()  # type: ignore[arg-type]
    for methods in found.values():
        assert methods["cheat"]["fmse"] == methods["cheat"]["worse_share"] == 0
        assert methods["cheat"]["ssim"] == methods["cheat"]["detail"] == pytest.approx(1)


def test_the_tone_is_taken_from_the_photo_before_anything_is_done_to_it(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [photo for photo in datasets.read_tree(tree) if photo.kind == "portraits"][:1]
    seen: list[np.ndarray] = []
    monkeypatch.setattr(skin, "tone", lambda picture, alpha: seen.append(picture) or "tan")  # type: ignore[func-returns-value]
    found = evaluate.evaluate_harmonization(people, [scene(1)], Fake())  # type: ignore[arg-type]
    material = evaluate.person_material(people[0])
    assert material is not None
    np.testing.assert_array_equal(seen[-1], material.picture)
    assert {label for bins in found.binned("tone", "fmse").values() for label in bins["bins"]} == {"tan"}


def test_the_ratio_bin_is_that_of_the_conventions_mask(tree: Path) -> None:
    photo = next(photo for photo in datasets.read_tree(tree) if photo.kind == "portraits")
    material = evaluate.person_material(photo)
    assert material is not None
    found = evaluate.evaluate_harmonization([photo], [scene(1)], Fake()).binned("ratio", "fmse")  # type: ignore[arg-type]
    assert {label for bins in found.values() for label in bins["bins"]} == {metrics.ratio_bin(metrics.foreground(material.alpha))}


def test_a_recoloring_that_synthesis_does_not_know_is_no_set_and_no_other_error_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    assert evaluate.offered(("reinhard", "grade"))
    assert not evaluate.offered(("reinhard", "sepia"))

    def broken(*_: object) -> None:
        raise ValueError("shapes differ")

    monkeypatch.setattr(recoloring, "recolor", broken)
    with pytest.raises(ValueError, match="shapes differ"):
        evaluate.offered(("reinhard",))


def test_another_convention_gives_other_numbers_for_the_same_pictures(tree: Path) -> None:
    people = [photo for photo in datasets.read_tree(tree) if photo.kind == "portraits"][:1]
    plain, pct = (
        evaluate.evaluate_harmonization(people, [scene(1)], Fake(), evaluate.CONVENTIONS[name]).means()  # type: ignore[arg-type]
        for name in ("ours", "pctnet")
    )
    for name, methods in plain.items():
        assert methods["none"]["fmse"] != pct[name]["none"]["fmse"]
