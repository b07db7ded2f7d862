"""style: whether an answer follows the cues, on methods whose answer is known beforehand."""

from collections.abc import Callable

import numpy as np
import pytest
from drawn import person, scene, silhouette

pytest.importorskip("torch")

from methods_drawn import METHODS, SIDE

from cleanplate.pixels.over import over
from cleanplate.training.experiments import methods, style
from cleanplate.training.experiments.methods import Method

pytestmark = pytest.mark.train


def subject(count: int = 4) -> style.Subject:
    plates = [scene(seed, SIDE) ** (1 + seed % 3) for seed in range(200, 200 + count)]
    return style.Subject(person(1, SIDE), silhouette(SIDE), plates, [scene(seed, SIDE) for seed in range(count)])


def paints(reads: Callable[..., np.ndarray]) -> Method:
    """Paints the foreground with one color: what ``reads`` makes of composite and cues. Its cues are the plate's mean color."""

    def answer(composite: np.ndarray, alpha: np.ndarray, cues: np.ndarray) -> np.ndarray:
        color = np.broadcast_to(reads(composite, alpha, cues), composite.shape).astype(np.float32)
        return over(color, alpha, composite)

    return Method(lambda composite, alpha, plate: plate.mean((0, 1)), answer)


@pytest.mark.parametrize("name", METHODS)
def test_swapping_cues_with_themselves_is_the_identity(name: str) -> None:
    given = subject()
    found = style.answers(METHODS[name], given, 1)
    assert np.array_equal(found.swapped[1], found.own[1])
    outside = given.alpha == 0
    assert np.array_equal(found.own[2][outside], given.plates[2][outside])


def test_cues_that_are_obeyed_give_full_control_and_those_that_are_not_none() -> None:
    obeys = style.measure(paints(lambda composite, alpha, cues: cues), subject(), 0)
    assert obeys["transfer_ratio"] == pytest.approx(0, abs=1e-4)
    assert obeys["retrieval"] == obeys["monotonicity"] == pytest.approx(1)
    deaf = style.measure(paints(lambda composite, alpha, cues: composite[alpha == 0].mean(0)), subject(), 0)
    assert deaf["transfer_ratio"] == pytest.approx(1)
    assert deaf["retrieval"] == deaf["monotonicity"] == 0
    assert np.isnan(style.measure(methods.nothing(), subject(), 0)["transfer_ratio"])


def test_half_obedience_gives_a_transfer_ratio_of_about_one_half() -> None:
    half = style.measure(paints(lambda composite, alpha, cues: (cues + composite[alpha == 0].mean(0)) / 2), subject(), 0)
    assert 0.4 < half["transfer_ratio"] < 0.6


def test_the_gap_to_the_truth_is_the_difference_of_both_answers_quality() -> None:
    given = subject()
    found = style.measure(paints(lambda composite, alpha, cues: cues), given, 0)
    assert found["truth_gap"] == pytest.approx(0, abs=0.05)  # the same color on any plate
    assert style.measure(METHODS["none"], given._replace(truths=None), 0)["truth_gap"] is None


def test_rains_cues_are_those_of_the_other_composite_and_change_the_answer() -> None:
    found = style.answers(METHODS["net-rain"], subject(), 0)
    assert len({each.tobytes() for each in found.cues}) == 4
    assert np.abs(found.swapped[1] - found.own[0]).max() > 2e-5  # so narrow a network hardly listens; the same cues change 0
