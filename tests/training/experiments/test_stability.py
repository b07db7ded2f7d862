"""stability: drawn films and methods that flicker or spill on purpose."""

import numpy as np
import pytest
from drawn import person, scene, silhouette

pytest.importorskip("torch")

from methods_drawn import METHODS, SIDE

from cleanplate.pixels.over import over
from cleanplate.training.experiments import sequences, stability

pytestmark = pytest.mark.train


def film(kind: str = "growth", frames: int = 6) -> sequences.Film:
    return sequences.FILMS[kind](person(3, SIDE), silhouette(SIDE), scene(300, SIDE), frames)


@pytest.mark.parametrize("kind", sequences.FILMS)
@pytest.mark.parametrize("name", METHODS)
def test_no_method_touches_the_plate_and_cues_of_a_still_plate_never_change(kind: str, name: str) -> None:
    method, shown = METHODS[name], film(kind)
    answers = [method(composite, alpha, shown.plate) for composite, alpha in zip(shown.composites, shown.alphas, strict=True)]
    assert stability.measure(shown, answers)["s5"] == 0
    change = stability.cues_change(method, shown)
    assert (change == 0) is (name not in ("reinhard-visible", "net-visible", "net-rain"))


def test_a_translation_by_whole_pixels_is_undone_exactly() -> None:
    shown = film("translation")
    found = stability.measure(shown, shown.composites)
    assert found["s1"] < 0.05  # the soft rim of what is called sure
    assert found["s3"] < 0.02
    moved = [np.flatnonzero(alpha.max(0) > 0.5)[0] for alpha in shown.alphas]
    assert moved[-1] - moved[0] == 32
    picture = np.random.default_rng(0).random((16, 16)).astype(np.float32)
    assert np.array_equal(sequences.warp(picture, sequences.shift(3))[:, 3:], picture[:, :-3])


def test_a_growing_foreground_covers_twelve_times_as_much_where_nothing_cuts_it_off() -> None:
    disc = np.clip(12 - np.hypot(*(np.mgrid[:64, :64] - 31.5)), 0, 1).astype(np.float32)
    shown = sequences.growth(person(3, SIDE), disc, scene(300, SIDE), 5)
    shares = [float(alpha.sum()) for alpha in shown.alphas]
    assert shares == sorted(shares)
    assert shares[-1] / shares[0] == pytest.approx((1.4 / 0.4) ** 2, rel=0.05)


def test_a_flicker_on_purpose_is_caught_in_every_measure_and_a_slow_drift_is_no_flicker() -> None:
    shown = film("jitter", 16)
    times = {"flicker": [0.1 * (-1) ** at for at in range(16)], "drift": np.linspace(-0.1, 0.1, 16)}
    found = {
        name: stability.measure(shown, [
            over(composite + np.float32(step), alpha, composite)
            for composite, alpha, step in zip(shown.composites, shown.alphas, steps, strict=True)
        ])
        for name, steps in times.items()
    }  # fmt: skip
    still = stability.measure(shown, shown.composites)
    assert found["flicker"]["s1"] == pytest.approx(25.5, abs=1)
    assert found["flicker"]["s2"] == pytest.approx(51, abs=2)
    assert found["flicker"]["s3"] > found["drift"]["s3"] > 10 * still["s3"]
    assert found["flicker"]["s4"] > 20 * found["drift"]["s4"]


def test_a_method_that_spills_over_the_edge_is_caught() -> None:
    shown = film()
    assert stability.measure(shown, [np.clip(each + 0.02, 0, 1) for each in shown.composites])["s5"] >= 4


def test_records_hold_the_ratio_to_the_composites_own_motion() -> None:
    records = stability.run({"none": {0: METHODS["none"]}, "reinhard": {0: METHODS["reinhard-visible"]}}, {"growth": [film()]})
    assert records[0]["s1_ratio"] == pytest.approx(1)
    assert records[1]["s1_ratio"] == pytest.approx(records[1]["s1"] / records[0]["s1"])
