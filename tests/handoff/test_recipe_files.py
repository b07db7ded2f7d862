"""Recipes: what was made can be made again, to the byte, and what was edited is made otherwise."""

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from PIL import Image as pillow

import cleanplate
from cleanplate import recipes
from cleanplate.cli import main
from cleanplate.handoff import exr, recipe_files

SCHEMA = Path(__file__).parents[2] / "docs" / "recipe.schema.json"


@pytest.fixture
def folder(tmp_path: Path, cutout: Path, plate: Path) -> Path:
    """A folder with two pictures, one whose look they take, a picture made of them, and its recipe."""
    cleanplate.write_alpha(np.ones((60, 60), np.float32), tmp_path / "mask.png")
    pillow.new("RGB", (90, 60), (120, 40, 20)).save(tmp_path / "look.png")
    flags = ["--strength", "0.7", "--x", "0.4", "--wrap", "0.3", "--quality", "80", "--look", f"{tmp_path / 'look.png'}:2"]
    flags += ["--keep-mask", str(tmp_path / "mask.png")]
    names = ["compose", str(cutout), str(plate), "-o", str(tmp_path / "out.jpg"), "--recipe-out", str(tmp_path / "r.json"), "-q"]
    assert main([*names, *flags]) == 0
    return tmp_path


def edited(folder: Path, **changes: Any) -> str:
    """The recipe with other top fields, or without those that are None."""
    told = json.loads((folder / "r.json").read_text()) | changes
    (folder / "e.json").write_text(json.dumps({name: value for name, value in told.items() if value is not None}))
    return str(folder / "e.json")


def test_a_recipe_gives_the_same_bytes_from_any_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert main(["compose", "--recipe", str(folder / "r.json"), "-o", str(folder / "again.jpg"), "-q"]) == 0
    assert (folder / "again.jpg").read_bytes() == (folder / "out.jpg").read_bytes()


def test_it_keeps_the_form_of_the_file_too(tmp_path: Path, cutout: Path, plate: Path) -> None:
    flags = ["--depth", "16", "--space", "display-p3", "--compression", "none", "--metadata", "none", "--mark", "none"]
    recipe, names = str(tmp_path / "r.json"), [str(tmp_path / f"{each}.tif") for each in "ab"]
    assert main(["compose", str(cutout), str(plate), "-o", names[0], "--recipe-out", recipe, "-q", *flags]) == 0
    assert main(["compose", "--recipe", recipe, "-o", names[1], "-q"]) == 0
    assert Path(names[0]).read_bytes() == Path(names[1]).read_bytes()
    assert cleanplate.read_image(names[1], space="keep").profile is not None
    layered = [str(tmp_path / f"{each}.exr") for each in "ab"]
    flags = ["--exr-compression", "rle", "--recipe-out", f"{recipe}.json"]
    assert main(["compose", "--recipe", recipe, "-o", layered[0], "-q", *flags]) == 0
    assert main(["compose", "--recipe", f"{recipe}.json", "-o", layered[1], "-q"]) == 0
    assert Path(layered[0]).read_bytes() == Path(layered[1]).read_bytes()


def test_its_words_are_those_of_the_rooms_that_write() -> None:
    assert tuple(exr.COMPRESSIONS) == recipe_files.EXR_COMPRESSIONS


def test_it_moves_with_its_pictures(folder: Path) -> None:
    moved = folder.rename(folder.with_name("elsewhere"))
    assert main(["compose", "--recipe", str(moved / "r.json"), "-o", str(moved / "again.jpg"), "-q"]) == 0
    assert (moved / "again.jpg").read_bytes() == (moved / "out.jpg").read_bytes()


def test_it_says_all_that_was_asked_and_found(folder: Path) -> None:
    told = json.loads((folder / "r.json").read_text())
    digest = hashlib.sha256((folder / "cutout.png").read_bytes()).hexdigest()
    assert told["inputs"]["person"] == {"file": "cutout.png", "sha256": digest}
    assert (told["inputs"]["look"][0]["file"], told["inputs"]["look"][0]["weight"]) == ("look.png", 2)
    assert told["fields"] | {"strength": 0.7, "x": 0.4, "wrap": 0.3} == told["fields"]
    assert set(told["fields"]) == set(recipes.NAMES)
    assert (told["form"], told["cleanplate"]) == ({"quality": 80}, cleanplate.__version__)
    assert told["found"]["size"] == "120x90"
    assert 0 < told["found"]["width"] <= 120


def test_flags_and_names_beside_a_recipe_win_over_it(folder: Path) -> None:
    def made(*flags: str) -> bytes:
        assert main(["compose", *flags, "-o", str(folder / "one.png"), "-q", "--overwrite"]) == 0
        return (folder / "one.png").read_bytes()

    recipe, pictures = ["--recipe", str(folder / "r.json")], [str(folder / "cutout.png"), str(folder / "plate.png")]
    rest = ["--look", f"{folder / 'look.png'}:2", "--keep-mask", str(folder / "mask.png"), "--wrap", "0.3"]
    assert made(*recipe, "--strength", "0.2") == made(*pictures, *rest, "--x", "0.4", "--strength", "0.2")
    assert made(*recipe, "--strength", "1.0") == made(*pictures, *rest, "--x", "0.4")  # also where it is the usual
    with pillow.open(pictures[0]) as picture:
        picture.point(lambda level: level // 2).save(folder / "other.png")
    assert made(str(folder / "other.png"), *recipe) != made(*recipe)
    (folder / "cutout.png").rename(folder / "gone.png")  # one that is not asked for may be gone
    same = [str(folder / "gone.png"), pictures[1], *rest, "--x", "0.4", "--strength", "0.7"]
    assert made(str(folder / "gone.png"), *recipe) == made(*same)


def test_editing_it_varies_the_picture(folder: Path) -> None:
    fields = json.loads((folder / "r.json").read_text())["fields"]
    varied = edited(folder, fields=fields | {"x": 0.8}, weights=None, seed=None, found=None, cleanplate=None)
    assert main(["compose", "--recipe", varied, "-o", str(folder / "varied.jpg"), "-q"]) == 0
    assert (folder / "varied.jpg").read_bytes() != (folder / "out.jpg").read_bytes()
    assert main(["compose", "--recipe", edited(folder, fields={}), "-o", str(folder / "plain.jpg"), "-q"]) == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shine": 1}, "has the field shine, which no recipe has"), ({"recipe": 2}, "is no recipe of this version"),
        ({"fields": {"shine": 1}}, "There is no field shine in a recipe"),
        ({"fields": {"strength": 9}}, "--strength lies between 0 and 1.5"),
        ({"inputs": {"persona": {"file": "cutout.png"}}}, "has the field persona"),
        ({"inputs": {}}, "PERSON and PLATE are missing"),
        ({"inputs": {"person": {"file": "plate.png", "sha256": "0" * 64}}}, "is another file than"),
        ({"inputs": {"person": {"file": "none.png"}, "plate": {"file": "plate.png"}}}, "none.png does not exist"),
        ({"inputs": {"person": {"file": "cutout.png", "url": "x"}}}, "is not described as files are"),
        ({"inputs": {"person": 3}}, "is not described"), ({"inputs": {"look": 1}}, "its parts are of other kinds"),
        ({"inputs": {"look": [{"file": "plate.png", "weight": "x"}]}}, "whose weight is no number"),
        ({"weights": {"modnet": "0"}}, "other weights of modnet"),
        ({"weights": {"other": "0"}}, "other weights of other"),
        ({"seed": 1}, "asks for the seed 1"), ({"fields": [1]}, "its parts are of other kinds"),
        ({"form": {"quality": "x"}}, "has the quality 'x', which there is not"), ({"form": {"depth": 12}}, "has the depth 12"),
        ({"form": {"quality": 300}}, "has the quality 300"), ({"form": {"shape": 1}}, "has the field shape"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_one_sentence(
    changes: dict[str, Any], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compose", "--recipe", edited(folder, **changes), "-o", str(folder / "no.jpg"), "-q"]) == 2
    assert said in capsys.readouterr().err
    assert not (folder / "no.jpg").exists()


@pytest.mark.parametrize("text", ["", "[]", "nonsense", "[" * 99999, '{"recipe": 1'])
def test_what_is_no_recipe_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(cleanplate.InputError, match="is no recipe"):
        recipe_files.read(tmp_path / "r.json", "1")


def test_one_of_another_version_is_made_with_a_word(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compose", "--recipe", edited(folder, cleanplate="9.9"), "-o", str(folder / "again.jpg"), "-q"]) == 0
    assert "was made by cleanplate 9.9, this is" in capsys.readouterr().err


def test_one_needs_names_that_can_be_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = [str(folder / "cutout.png"), str(folder / "plate.png")]
    assert main(["compose", *pictures, "-o", str(folder / "x.png"), "--recipe-out", str(folder / "r.txt"), "-q"]) == 2
    assert "ends in .json" in capsys.readouterr().err
    assert main(["compose", "-", pictures[1], "-o", str(folder / "x.png"), "--recipe-out", str(folder / "s.json"), "-q"]) == 2
    assert "one comes from stdin" in capsys.readouterr().err


def test_the_schema_in_the_documents_is_this_one_and_takes_what_is_written(folder: Path) -> None:
    known = json.loads(SCHEMA.read_text())
    assert known == recipe_files.schema(), "write it again: json.dumps(recipe_files.schema(), indent=2)"
    told = json.loads((folder / "r.json").read_text())
    jsonschema.Draft202012Validator.check_schema(known)
    jsonschema.validate(told, known)
    for wrong in ({"shine": 1}, {"fields": {"strength": 9}}, {"inputs": {"persona": {"file": "x"}}}, {"form": {"quality": 0}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(told | wrong, known)
