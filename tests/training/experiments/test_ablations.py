"""Training of variants on a tiny budget, and the document that results are written into."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cleanplate.errors import InputError  # noqa: E402
from cleanplate.training.experiments import __main__ as command  # noqa: E402
from cleanplate.training.experiments import ablations, methods, samples, sequences, stability, style, two_stage, variants, write  # noqa: E402
from cleanplate.training.run.checkpoints import build  # noqa: E402
from cleanplate.training.run.config import load_config  # noqa: E402
from cleanplate.training.run.harmonize_source import HarmonizeSource  # noqa: E402
from cleanplate.training.samples import pack  # noqa: E402
from cleanplate.training.samples.synthesis import Sample  # noqa: E402

pytestmark = pytest.mark.train
DrawnPack = Callable[[], pack.Pack]
TINY = variants.Budget(2, 2, 32, 4)


def test_every_variant_differs_from_its_baseline_in_its_network_its_run_or_its_plate() -> None:
    seen = []
    for name, variant in variants.VARIANTS.items():
        config = variants.config_of(variant, 0, TINY)
        described = (str(build(config)), json.dumps(config.network), config.adversarial, config.verification)
        seen.append((name, (*described, config.boundary_weight, variant.plate_filled)))
    assert len({each for _, each in seen}) == len(seen)


def test_a_finished_variant_is_kept_and_not_trained_again(
    drawn_pack: DrawnPack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = drawn_pack().folder
    given = variants.sources_of("harmonize", (folder, folder), TINY)
    sets = samples.held_out(drawn_pack(), 32, 1)
    first = ablations.one("filled", 3, given, tmp_path, TINY, sets, 1)
    assert first["seed"] == 3
    assert first["config"]["steps"] == 2
    assert len(first["records"]) == sum(len(each) for each in sets.values())
    monkeypatch.setattr(ablations, "train", None)
    assert ablations.one("filled", 3, given, tmp_path, TINY, sets, 1) == json.loads(json.dumps(first))
    with pytest.raises(InputError, match="give another --out"):
        ablations.one("filled", 3, given, tmp_path, variants.Budget(4, 2, 32, 4), sets, 1)


def test_a_blend_variant_is_measured_against_the_linear_blend(drawn_pack: DrawnPack, tmp_path: Path) -> None:
    folder = drawn_pack().folder
    given = variants.sources_of("blend", (folder, folder), TINY)
    found = ablations.one("blend-with-plate", 0, given, tmp_path, TINY, {}, 2)
    assert len(found["records"]) == 2
    for record in found["records"]:
        assert record["linear_band_psnr"] > 0
        assert abs(record["band_l1"] - record["linear_band_l1"]) < 20  # hardly trained, it is still the linear blend


def test_a_pool_gives_samples_of_its_source_and_no_other_size(drawn_pack: DrawnPack) -> None:
    source = HarmonizeSource(drawn_pack())
    found = variants.Pool(source, 32, 2).draw(np.random.default_rng(1), 6, 32)
    truths = [source.draw(np.random.default_rng((9, index)), 1, 32) for index in range(2)]
    for name, drawn in found.items():
        nearest = [min(float(abs(each - truth[name][0]).max()) for truth in truths) for each in drawn]
        assert max(nearest) <= 0.5 / 255 + 1e-6, name  # rounded to 8 bits, nothing else
    with pytest.raises(InputError, match="make one of that size"):
        variants.Pool(source, 32, 1).draw(np.random.default_rng(1), 1, 64)


def test_a_filled_plate_says_nothing_of_the_foreground(drawn_pack: DrawnPack) -> None:
    source = HarmonizeSource(drawn_pack())
    plain, filled = (each.draw(np.random.default_rng(0), 2, 32) for each in (source, variants.Filled(source)))
    assert not np.array_equal(plain["plate"], filled["plate"])
    assert all(np.array_equal(plain[name], filled[name]) for name in ("composite", "alpha", "target"))

    class Repainted:
        def draw(self, rng: np.random.Generator, batch: int, size: int) -> dict[str, np.ndarray]:
            found = source.draw(rng, batch, size)
            return found | {"composite": np.where(found["alpha"] > 0.02, np.float32(0.5), found["composite"])}

    again = variants.Filled(Repainted()).draw(np.random.default_rng(0), 2, 32)
    np.testing.assert_allclose(again["plate"], filled["plate"], atol=1e-6)


def test_error_ratios_are_sums_over_sums_for_each_seed() -> None:
    rows = [(0, 1.0, 2.0), (0, 3.0, 2.0), (1, 1.0, 4.0)]
    records = [{"seed": seed, "fmse": fmse, "nothing": nothing} for seed, fmse, nothing in rows]
    assert ablations.error_ratio(records) == {0: 1.0, 1: 0.25}
    assert [ablations.ratio_bin(each) for each in (0.0, 0.05, 0.1, 0.6, 1.0)] == ["0-0.1", "0-0.1", "0.1-0.25", "0.5-1", "0.5-1"]


# ---- the document --------------------------------------------------------------------------------------------------


def ablation_records() -> list[dict[str, object]]:
    return [
        {"variant": variant, "seed": seed, "place": place, "kind": kind, "sample": 0, "ratio": 0.3}
        | {"nothing": 100.0, "fmse": 100 * share + seed, "wrong_plate": 150.0}
        for variant, share in (("complete", 0.4), ("visible", 0.5))
        for seed in range(3)
        for place in ("filled", "groups")
        for kind in ("reinhard", "graded")
    ]


def test_a_section_replaces_its_former_self_and_nothing_else() -> None:
    text = "# Results\n\nwords\n"
    once = write.replaced(text, "style", "first")
    both = write.replaced(once, "stability", "other")
    again = write.replaced(both, "style", "second")
    assert once.startswith(text)
    assert again == both.replace("first", "second")
    assert again.count("<!-- begin: style -->") == 1


def test_the_document_gets_tables_with_spreads_the_command_and_plots(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    write.save(tmp_path / "out", "ablations", "python -m x", ablation_records())  # type: ignore[arg-type]
    document = tmp_path / "docs" / "results.md"
    document.parent.mkdir()
    document.write_text("# Results\n\nwords\n")
    for _ in range(2):
        assert write.write(tmp_path / "out", document, document.parent / "figures") == ["ablations"]
        figure = (document.parent / "figures" / "ablations.svg").read_bytes()
        text = document.read_text()
    assert "words" in text
    assert "`python -m x`" in text
    assert "| complete | 0.41 ± 0.025 |" in text  # 0.40, 0.41, 0.42 and Student's 4.303
    assert "(figures/ablations.svg)" in text
    write.write(tmp_path / "out", document, document.parent / "figures")
    assert (document.parent / "figures" / "ablations.svg").read_bytes() == figure


@pytest.mark.usefixtures("known_matte")
def test_every_experiment_writes_its_section_and_its_plot(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    disc = np.clip(20 - np.hypot(*(np.mgrid[:64, :64] - 31.5)), 0, 1).astype(np.float32)
    plates = [np.random.default_rng(seed).random((64, 64, 3)).astype(np.float32) ** (seed + 1) for seed in range(3)]
    classical = {"none": methods.nothing(), "rain": methods.reinhard("visible"), "complete": methods.reinhard("complete")}
    known = {name: dict.fromkeys(range(2), found) for name, found in classical.items()}
    film = sequences.growth(plates[2], disc, plates[0], 5)
    case = two_stage.case(Sample(plates[2], disc, plates[0], plates[2]), plates[1])
    ways = {"linear": lambda source, alpha, plate: (alpha, source), "learned": lambda source, alpha, plate: (alpha, source)}
    out = tmp_path / "out"
    write.save(out, "style", "a", style.run(known, {"scenes": [style.Subject(plates[2], disc, plates)]}))
    write.save(out, "stability", "b", stability.run(known, {"growth": [film]}))
    write.save(out, "two-stage", "c", two_stage.run(known, ways, [case]))
    assert write.write(out, tmp_path / "results.md", tmp_path / "figures") == ["style", "stability", "two-stage"]
    text = (tmp_path / "results.md").read_text()
    assert "Complete cues less RAIN" in text
    assert "linear + complete" in text
    assert "learned-last + rain" in text
    assert "nan" not in text
    assert len(list((tmp_path / "figures").glob("*.svg"))) == 3


def test_nothing_to_write_up_says_so(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(InputError, match="holds no results"):
        write.write(tmp_path, tmp_path / "results.md", tmp_path)


# ---- the command ---------------------------------------------------------------------------------------------------


def test_the_command_that_is_written_down_names_no_folder_and_every_changed_option() -> None:
    given = ["style", "--out", "/secret/out", "--packs", "/secret/packs", "--seeds", "4", "5", "--count", "7"]
    words = command.said(command.parser().parse_args(given))
    assert words == "python -m cleanplate.training.experiments style --out OUT --packs PACKS --seeds 4 5 --count 7"


def test_without_a_pack_the_command_says_what_to_give(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["style", "--out", str(tmp_path)]) == 2
    assert "give --data to build it" in capsys.readouterr().err


def test_an_experiment_runs_on_what_the_ablations_left(drawn_pack: DrawnPack, tmp_path: Path) -> None:
    for split in ("train", "validation"):
        (tmp_path / f"pack-{split}").symlink_to(drawn_pack().folder)
    common = ["--out", str(tmp_path), "--seeds", "0", "--steps", "2", "--batch", "2", "--size", "32", "--count", "1"]
    for variant in ("rain", "complete"):  # what was finished before is kept
        assert command.main(["ablations", *common, "--variants", variant]) == 0
    kept = write.load(tmp_path, "ablations")
    assert kept is not None
    assert list(dict.fromkeys(row["variant"] for row in kept["records"])) == ["complete", "rain"]
    assert "--variants complete rain" in kept["command"]
    assert command.main(["style", *common, "--plates", "3", "--side", "64"]) == 0
    found = write.load(tmp_path, "style")
    assert found is not None
    assert {row["method"] for row in found["records"]} == {"complete", "rain", "reinhard-complete", "reinhard-visible", "shipped"}
    assert all(0 <= row["retrieval"] <= 1 for row in found["records"])


def test_the_paper_size_is_trained_as_its_configuration_says_but_for_batch_length_and_discriminator() -> None:
    written = load_config(Path(__file__).parents[3] / "configs" / "harmonize-paper.toml")
    ours = variants.config_of(variants.VARIANTS["paper-size"], 0, variants.Budget(1000))
    same = ("model", "network", "sizes", "rate", "schedule", "betas", "decay", "clip", "by_foreground", "squared", "harm")
    assert [getattr(ours, name) for name in same] == [getattr(written, name) for name in same]
    assert ours.steps == 120
    assert ours.adversarial == 0
