from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from edge_cases import case

from cleanplate.errors import MissingExtra
from cleanplate.pixels import over
from cleanplate.pixels.color import FloatArray, to_uint8
from cleanplate.training.measure import baselines, boundaries, matting_metrics, metrics
from cleanplate.training.readers import datasets


class Keeps:
    """A compositor whose blending answers with the truth of ``case``."""

    def blend(self, source: FloatArray, alpha: FloatArray, plate: FloatArray) -> tuple[FloatArray, FloatArray]:
        return case().person.alpha, case().person.foreground


@pytest.fixture
def people(tree: Path) -> list[datasets.Photo]:
    return [photo for photo in datasets.read_tree(tree) if photo.kind == "portraits"]


@pytest.fixture
def scenes(tree: Path) -> list[datasets.Photo]:
    return [photo for photo in datasets.read_tree(tree) if photo.kind == "scenes"]


@pytest.fixture
def one_case(monkeypatch: pytest.MonkeyPatch) -> None:
    def only(*_: object) -> Iterator[boundaries.Case]:
        yield case()

    monkeypatch.setattr(boundaries, "cases", only)


@pytest.mark.usefixtures("known_matte")
def test_every_portrait_has_a_case_of_each_kind_and_a_few_have_a_wall_of_one_color(
    people: list[datasets.Photo], scenes: list[datasets.Photo]
) -> None:
    found = list(boundaries.cases(people[:2], scenes))
    assert [each.kind for each in found] == [*boundaries.KINDS, "photographed", "saturated"] * 2
    for each in found:
        if each.kind == "saturated":
            assert np.ptp(each.old, axis=(0, 1)).max() < 1e-6
            assert each.old.max() - each.old.min() == pytest.approx(0.9)
        np.testing.assert_array_equal(each.target, to_uint8(over.over(*each.person, each.plate)))
        if each.kind == "photographed":  # blurred, noisy, compressed, and lit by what is behind
            assert 0 < np.abs(each.source - over.over(*each.person, each.old)).mean() < 0.05
            assert each.person.alpha.sum() < found[0].person.alpha.sum()
        else:
            np.testing.assert_allclose(each.source, over.over(*each.person, each.old))
    assert not np.array_equal(found[4].old, found[9].old)  # another hue


@pytest.mark.usefixtures("known_matte")
def test_a_case_is_drawn_by_its_name_and_nothing_else(people: list[datasets.Photo], scenes: list[datasets.Photo]) -> None:
    alone = list(boundaries.cases(people[1:2], scenes))
    among = [each for each in boundaries.cases(people[:2], scenes) if each.name == people[1].name]
    for first, second in zip(alone[:3], among[:3], strict=True):
        np.testing.assert_array_equal(first.source, second.source)
        np.testing.assert_array_equal(first.alpha, second.alpha)


def test_the_truth_has_no_error_anywhere() -> None:
    found = boundaries.measure(case().target, case())
    assert {found[name] for name in ("band_l1", "soft_l1", "full_l1", "contamination")} == {0.0}
    assert {found[name] for name in ("band_psnr", "soft_psnr", "full_psnr")} == {100.0}
    assert found["band_grad"] < 1e-9


def test_band_soft_set_and_frame_count_their_own_pixels() -> None:
    """One level of error everywhere outside the band: nothing in the band or the soft set, and the frame has its share."""
    given = case()
    band = metrics.band(given.person.alpha)
    answer = given.target.copy()
    answer[band == 0] ^= 1
    found = boundaries.measure(answer, given)
    assert found["band_l1"] == found["soft_l1"] == 0.0
    assert found["full_l1"] == pytest.approx(1 - band.mean())


@pytest.mark.usefixtures("one_case")
def test_methods_are_judged_by_their_composites_and_changed_mattes() -> None:
    judged = boundaries.evaluate_blending([], [], Keeps())  # type: ignore[arg-type]
    composites, mattes = judged.composites.means()["modnet-512"], judged.mattes.means()["modnet-512"]
    assert set(composites) == {*baselines.BLENDS, "ours"} == set(judged.seconds)
    assert composites["ours"]["band_psnr"] == 100.0 > composites["linear"]["band_psnr"]
    assert set(mattes) == {"given", "ours"}
    wanted = matting_metrics.measure(case().alpha, case().person.alpha)
    assert {name: mattes["given"][name] for name in wanted} == pytest.approx(wanted)
    assert mattes["ours"]["sad"] == 0.0


@pytest.mark.usefixtures("one_case")
def test_a_method_whose_library_is_missing_is_skipped_with_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    def missing(*_: FloatArray) -> baselines.Blended:
        raise MissingExtra("pymatting", "bench")

    judged = boundaries.evaluate_blending([], [], Keeps(), {"closed-form": missing})  # type: ignore[arg-type]
    assert "closed-form" not in judged.composites.means()["modnet-512"]
    assert capsys.readouterr().err == (
        "evaluate: closed-form skipped: pymatting is not installed; run: pip install 'cleanplate[bench]'\n"
    )
