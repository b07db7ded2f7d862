"""two_stage: what wrong alphas cost in either order of the stages."""

import numpy as np
import pytest
from drawn import person, scene, silhouette

pytest.importorskip("torch")

from methods_drawn import METHODS

from cleanplate.pixels.holes import fill
from cleanplate.pixels.over import over
from cleanplate.training.experiments import two_stage
from cleanplate.training.experiments.methods import Method
from cleanplate.training.samples import synthesis

pytestmark = pytest.mark.train


def case() -> two_stage.Case:
    size = (128, 128)
    material = synthesis.Material(person(4, size), silhouette(size), fill(person(4, size), silhouette(size)))
    return two_stage.case(synthesis.harmonization_sample(material.picture**1.5, material), scene(9, size))


@pytest.mark.usefixtures("known_matte")
def test_corrupted_alphas_are_worse_by_the_level() -> None:
    found = case()
    errors = {name: float(np.abs(alpha - found.alpha).mean()) for name, alpha in two_stage.alphas(found, 0).items()}
    assert errors["true"] == 0
    assert errors["corrupted-1"] / errors["corrupted-3"] == pytest.approx(0.33, abs=0.01)
    assert errors["corrupted-2"] / errors["corrupted-3"] == pytest.approx(0.67, abs=0.01)


@pytest.mark.usefixtures("known_matte")
def test_who_knows_the_colors_blends_the_true_alpha_perfectly_and_worse_with_the_alpha() -> None:
    found = case()
    colors = (found.blended - (1 - found.alpha[..., None]) * found.plate) / np.maximum(found.alpha[..., None], 1e-3)

    def knows(source: np.ndarray, alpha: np.ndarray, plate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return alpha, colors

    def restores(composite: np.ndarray, alpha: np.ndarray, cues: np.ndarray) -> np.ndarray:
        return found.target

    oracle = Method(METHODS["none"].look, restores)
    records = two_stage.run({"none": {0: METHODS["none"]}, "oracle": {0: oracle}}, {"knows": knows}, [found])
    true = [record for record in records if record["alpha"] == "true"]
    assert true[0]["band_psnr"] == 100
    assert {record["blend"] for record in records} == {"knows", "knows-last"}
    assert true[0]["contamination"] == pytest.approx(0, abs=1e-3)
    assert true[0]["fmse"] > 100
    after = [record for record in records if record["blend"] == "knows"]
    assert all(record["fmse"] == 0 and record["fssim"] == pytest.approx(1) for record in after if record["method"] == "oracle")
    assert two_stage.degradation([record for record in after if record["method"] == "none"], "band_l1") > 0.1


def test_harmonizing_first_moves_the_sources_colors_before_they_are_blended() -> None:
    found, seen = case(), []

    def keeps(source: np.ndarray, alpha: np.ndarray, plate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        seen.append(source)
        return alpha, source

    darker = Method(METHODS["none"].look, lambda composite, alpha, cues: composite - 0.1 * alpha[..., None])
    answer = two_stage.harmonized_first(darker, keeps, found, found.alpha)
    wanted = np.clip(found.source - 0.1 * found.alpha[..., None], 0, 1)
    np.testing.assert_allclose(seen[0], wanted, atol=1e-6)
    np.testing.assert_allclose(answer, over(wanted, found.alpha, found.plate), atol=1e-6)


def test_degradation_is_the_rise_of_the_error_with_a_hundredth_of_alpha_error() -> None:
    records = [{"alpha_error": error, "x": 5 + 300 * error} for error in (0, 0.01, 0.03)]
    assert two_stage.degradation(records, "x") == pytest.approx(3)
