"""cleanplate synthesize, from photos to a folder that can be looked at."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import person, save
from published import d646, dim, places, ppr10k_360p, rgba

from cleanplate import cli
from cleanplate.training.samples import sets, synthesize
from cleanplate.training.samples.synthesis import Sample


def run(*arguments: str | Path | int) -> int:
    return cli.main(["synthesize", *map(str, arguments)])


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def manifest(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]


@pytest.mark.usefixtures("known_split", "known_matte")
@pytest.mark.parametrize("stage", ["harmonize", "blend"])
def test_two_runs_with_one_seed_write_the_same_bytes(
    stage: str, tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        assert run(stage, "--from", tree, "-o", tmp_path / name, "--count", 4, "--seed", 3, "--size", 64) == 0
        assert capsys.readouterr().out == f"{tmp_path / name / 'manifest.jsonl'}\n"
    assert content(tmp_path / "a") == content(tmp_path / "b")
    assert run(stage, "--from", tree, "-o", tmp_path / "c", "--count", 2, "--seed", 3, "--size", 64) == 0
    many = content(tmp_path / "a")
    assert all(many[name] == data for name, data in content(tmp_path / "c").items() if "/" in name)


@pytest.mark.usefixtures("known_split", "known_matte")
def test_a_written_harmonization_set_can_be_trained_on(tree: Path, tmp_path: Path) -> None:
    run("harmonize", "--from", tree, "-o", tmp_path / "set", "--count", 3, "--size", 64)
    for entry in sets.entries(tmp_path / "set"):
        sample = sets.load(tmp_path / "set", entry)
        assert isinstance(sample, Sample)
        outside = sample.alpha == 0
        np.testing.assert_allclose(sample.composite[outside], sample.target[outside], atol=1.01 / 255)  # written in 8 bits
        assert entry["ratio"] == pytest.approx(float(sample.alpha.mean()), abs=0.002)


@pytest.mark.usefixtures("known_split", "known_matte")
def test_a_split_holds_its_own_people_and_backgrounds_only(tree: Path, tmp_path: Path) -> None:
    run("blend", "--from", tree, "-o", tmp_path / "train", "--count", 6, "--size", 64)
    found = manifest(tmp_path / "train")
    assert {line["person"] for line in found} <= {f"portraits_x/p{index}" for index in range(4)}
    assert {line[name] for line in found for name in ("background", "source_background")} <= {"backgrounds/b0", "backgrounds/b1"}


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_no_person_and_no_background_of_a_matting_set_is_in_two_splits(split: str, tmp_path: Path, known_matte: list[int]) -> None:
    tree = dim(tmp_path / "tree", 8)
    places(tree, 14)
    run("blend", "--from", tree, "-o", tmp_path / split, "--count", 5, "--size", 64, "--split", split)
    others = {"train", "validation", "test"} - {split}
    for line in manifest(tmp_path / split):
        for other in others:
            drawer = synthesize.BlendSet(synthesize.layouts.part(synthesize.layouts.read(tree), other), 64, tmp_path)
            assert line["person"] not in {photo.name for photo in drawer.people}
            assert not {line["background"], line["source_background"]} & {photo.name for photo in drawer.scenes}


@pytest.mark.parametrize("layout", ["ppr10k", "matting"])
def test_foreign_layouts_are_recognized(layout: str, tmp_path: Path, known_matte: list[int]) -> None:
    tree = ppr10k_360p(tmp_path / "t", {3: 2, 4: 3}) if layout == "ppr10k" else rgba(d646(tmp_path / "t"))
    places(tree, 7)
    stage = "harmonize" if layout == "ppr10k" else "blend"
    assert run(stage, "--from", tree, "-o", tmp_path / "set", "--count", 3, "--size", 64) == 0
    assert len(manifest(tmp_path / "set")) == 3
    assert run(stage, "--from", tree, "-o", tmp_path / "told", "--count", 3, "--size", 64, "--layout", layout) == 0
    assert content(tmp_path / "set") == content(tmp_path / "told")


def test_experts_differ_in_the_target(tmp_path: Path, known_matte: list[int]) -> None:
    tree = ppr10k_360p(tmp_path / "t", {3: 2})
    places(tree)
    for expert in "ac":
        run("harmonize", "--from", tree, "-o", tmp_path / expert, "--count", 1, "--size", 64, "--expert", expert)
    assert content(tmp_path / "a")["target/000000.png"] != content(tmp_path / "c")["target/000000.png"]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path | int) -> str:
    assert run(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1
    return said.err


def test_what_cannot_be_used_is_refused_in_one_sentence_and_leaves_no_folder(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    save(tmp_path / "unknown" / "a.png", person(1))
    assert "no known layout" in refused(capsys, "blend", "--from", tmp_path / "unknown", "-o", out)
    assert "not a folder" in refused(capsys, "blend", "--from", tmp_path / "nowhere", "-o", out)
    save(tmp_path / "bare" / "portraits_x" / "images" / "a.png", person(1))
    assert "no masks/" in refused(capsys, "blend", "--from", tmp_path / "bare", "-o", out)
    lonely = ppr10k_360p(tmp_path / "lonely", {1400: 2})
    places(lonely)
    assert "nobody in this split" in refused(capsys, "harmonize", "--from", lonely, "-o", out)
    placeless = dim(tmp_path / "placeless", 3)
    assert "blending needs two" in refused(capsys, "blend", "--from", placeless, "-o", out)
    assert not out.exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").write_text("mine")
    told = ("--from", tree, "-o", tmp_path / "mine", "--split", "validation")
    assert "holds other files" in refused(capsys, "harmonize", *told)
