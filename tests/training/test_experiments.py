"""What the experiments measure, on drawn pictures and on methods whose answer is known beforehand."""

import itertools
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn import person, scene, silhouette

torch = pytest.importorskip("torch")

from cleanplate.pixels.holes import fill  # noqa: E402
from cleanplate.pixels.over import over  # noqa: E402
from cleanplate.training.experiments import measures, methods, samples, sequences, stability, style, two_stage  # noqa: E402
from cleanplate.training.experiments.methods import Method  # noqa: E402
from cleanplate.training.networks import harmonizers  # noqa: E402
from cleanplate.training.samples import pack, synthesis  # noqa: E402

pytestmark = pytest.mark.train
SIDE = (64, 64)
DrawnPack = Callable[[], pack.Pack]


def lively(**switches: str) -> harmonizers.FastHarmonizer:
    torch.manual_seed(0)
    network = harmonizers.FastHarmonizer((4, 6, 8, 10, 12), 4, **switches)  # type: ignore[arg-type]
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    return network.eval()


def every_method() -> dict[str, Method]:
    found = {name: seeds[0] for name, seeds in methods.classical().items()}
    switched = {"complete": {}, "visible": {"cues": "visible"}, "none": {"cues": "none"}, "rain": {"normalization": "rain"}}
    for name, switches in switched.items():
        found[f"net-{name}"] = methods.trained(lively(**switches), 64)
    return found | {"shipped": methods.shipped()}


METHODS = every_method()


def subject(count: int = 4) -> style.Subject:
    plates = [scene(seed, SIDE) ** (1 + seed % 3) for seed in range(200, 200 + count)]
    return style.Subject(person(1, SIDE), silhouette(SIDE), plates, [scene(seed, SIDE) for seed in range(count)])


def paints(reads: Callable[..., np.ndarray]) -> Method:
    """Paints the foreground with one color: what ``reads`` makes of composite and cues. Its cues are the plate's mean color."""

    def answer(composite: np.ndarray, alpha: np.ndarray, cues: np.ndarray) -> np.ndarray:
        color = np.broadcast_to(reads(composite, alpha, cues), composite.shape).astype(np.float32)
        return over(color, alpha, composite)

    return Method(lambda composite, alpha, plate: plate.mean((0, 1)), answer)


# ---- measures ------------------------------------------------------------------------------------------------------


def test_spearman_without_ties_is_one_minus_six_sums_of_squared_rank_differences() -> None:
    for order in itertools.permutations(range(5)):
        squared = sum((i - place) ** 2 for i, place in enumerate(order))
        assert measures.spearman(range(5), [place * place for place in order]) == pytest.approx(1 - 6 * squared / (5 * 24))
    assert measures.spearman([1, 2, 3], [4, 4, 4]) == 0


def test_a_spread_over_seeds_is_students_interval_of_the_seeds_means() -> None:
    records = [{"seed": seed, "x": value} for seed, values in enumerate(([0, 2], [2], [3, 3])) for value in values]
    found = measures.over_seeds([*records, {"seed": 0, "x": None}, {"seed": 1, "x": float("nan")}], "x")
    assert found.mean == pytest.approx(2)
    assert found.half == pytest.approx(4.303 * 1 / 3**0.5)  # of 1, 2 and 3
    assert str(measures.over_seeds(records[:2], "x")) == "1"
    assert measures.over_seeds([], "x").of == 0


def test_a_bootstrap_interval_holds_the_mean_and_is_about_as_wide_as_the_normals() -> None:
    values = np.random.default_rng(0).normal(1, 2, 400)
    low, high = measures.bootstrap(list(values))
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)


def test_similarity_at_a_pixel_is_ssims_formula_over_a_gaussian_window() -> None:
    one, other = (np.random.default_rng(seed).random((21, 21)).astype(np.float32) for seed in range(2))
    area = np.zeros((21, 21), bool)
    area[10, 10] = True
    taps = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    weights = np.outer(taps, taps) / taps.sum() ** 2
    a, b = one[5:16, 5:16].astype(np.float64), other[5:16, 5:16].astype(np.float64)
    mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
    var_a, var_b = (weights * (a - mean_a) ** 2).sum(), (weights * (b - mean_b) ** 2).sum()
    both = (weights * (a - mean_a) * (b - mean_b)).sum()
    wanted = (2 * mean_a * mean_b + 1e-4) * (2 * both + 9e-4) / ((mean_a**2 + mean_b**2 + 1e-4) * (var_a + var_b + 9e-4))
    assert measures.similarity(one, other, area) == pytest.approx(wanted, abs=1e-5)


def test_content_survives_another_color_and_not_a_blur() -> None:
    picture, area = np.random.default_rng(1).random((64, 64, 3)).astype(np.float32), np.ones(SIDE, bool)
    tinted = picture * np.array([0.5, 0.8, 0.3], np.float32) + np.float32(0.1)
    assert measures.content(tinted, picture, area) == pytest.approx(1, abs=1e-3)
    assert measures.content(cv2.GaussianBlur(picture, (0, 0), 1.0), picture, area) < 0.9


def test_the_interior_is_the_sure_part_less_five_pixels_of_a_picture_of_256() -> None:
    alpha = np.zeros((256, 256), np.float32)
    alpha[100:, 50:150] = 1
    wanted = np.zeros((256, 256), bool)
    wanted[105:, 55:145] = True  # the picture's own border is no edge of the person
    assert np.array_equal(measures.interior(alpha), wanted)
    assert measures.interior(np.pad(np.ones((2, 2), np.float32), 20)).sum() == 4  # a speck is not eroded away


# ---- style ---------------------------------------------------------------------------------------------------------


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


# ---- stability -----------------------------------------------------------------------------------------------------


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


# ---- two stages ----------------------------------------------------------------------------------------------------


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


# ---- samples -------------------------------------------------------------------------------------------------------


def test_held_out_samples_are_the_same_every_time_and_of_every_place_that_the_pack_has(drawn_pack: DrawnPack) -> None:
    first, second = (samples.held_out(drawn_pack(), 32, 2) for _ in range(2))
    assert {name.split("-")[0] for name in first} == {"filled", "groups", "scenes"}  # no clip in this pack
    for name, chosen in first.items():
        assert all(np.array_equal(a, b) for pair in zip(chosen, second[name], strict=True) for a, b in zip(*pair, strict=True))
    one, other = first["filled-graded"]
    assert not np.array_equal(one.composite, other.composite)


def test_subjects_on_looks_know_what_they_should_look_like(drawn_pack: DrawnPack) -> None:
    found = samples.style_subjects(drawn_pack(), 64, 2, 3)
    assert [len(found[kind]) for kind in ("scenes", "looks")] == [2, 2]
    given = found["looks"][0]
    assert given.truths is not None
    for plate, truth in zip(given.plates, given.truths, strict=True):  # where nobody stands, plate and truth are one picture
        assert np.abs(plate - truth)[cv2.dilate(given.alpha, np.ones((9, 9))) == 0].mean() < 0.05
        assert np.abs(truth - given.foreground)[given.alpha > 0.9].mean() > 0.01


def test_a_real_clip_that_is_too_short_says_so(tmp_path: Path) -> None:
    from cleanplate.errors import InputError

    writer = cv2.VideoWriter(str(tmp_path / "a.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 64))
    writer.write(np.zeros((64, 64, 3), np.uint8))
    writer.release()
    with pytest.raises(InputError, match="ends after 1 frames and 3 are needed"):
        sequences.clip(tmp_path / "a.avi", scene(1, SIDE), 3, 64)


