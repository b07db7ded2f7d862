import json

import pytest

from cleanplate import InputError, Placement, Settings
from cleanplate.batch import manifests
from cleanplate.recipes import Recipe


@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_a_table_gives_files_recipes_and_names(tmp_path, comma):
    lines = [
        ["person", "plate", "height", "harmonize", "out"],
        ["a.png", "p.jpg", "0.5", "no", "x/y.png"],
        ["sub/b.png", "/q.jpg", "", "", ""],
    ]
    path = tmp_path / "jobs.csv"
    path.write_text("\ufeff" + "\r\n".join(comma.join(line) for line in lines), encoding="utf-8")
    first, second = manifests.read(str(path), {"strength": 0.5})
    assert first.files == {"person": str(tmp_path / "a.png"), "plate": str(tmp_path / "p.jpg")}
    assert first.recipe == Recipe(Placement(0.5), Settings(strength=0.5, harmonize=False))
    assert (first.out, second.out) == ("x/y.png", None)
    assert second.files == {"person": str(tmp_path / "sub/b.png"), "plate": "/q.jpg"}
    assert second.recipe == Recipe(settings=Settings(strength=0.5))


def test_lines_of_json_give_the_same(tmp_path):
    path = tmp_path / "jobs.jsonl"
    path.write_text(json.dumps({"person": "a.png", "plate": "s3://bucket/p.jpg", "wrap": 0.5, "keep_mask": "k.png"}) + "\n\n")
    (row,) = manifests.read(str(path), {})
    assert row.files == {"person": str(tmp_path / "a.png"), "plate": "s3://bucket/p.jpg", "keep_mask": str(tmp_path / "k.png")}
    assert row.recipe.settings.wrap == 0.5


def test_a_row_says_otherwise_than_the_command_line(tmp_path):
    path = tmp_path / "jobs.csv"
    path.write_text("person,plate,strength\na,p,0.25\na,p,\n")
    assert [row.recipe.settings.strength for row in manifests.read(str(path), {"strength": 0.75})] == [0.25, 0.75]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "person,plate,hight\na,b,1\n", "Line 2 of .*There is no column hight"),
        ("a.csv", "person,plate,height\na,b,0.5\na,b,tall\n", r"Line 3 of .*`height` is a number; tall was given"),
        ("a.csv", "person,plate,wrap\na,b,7\na,b,8\na,b,9\n", r"Line 2 of .*\(So are 2 more lines\.\)"),
        ("a.csv", "person,plate\na,b,c\n", "more cells than columns"),
        ("a.csv", "person,plate\n", "has no rows"),
        ("a.csv", "", "has no rows"),
        ("a.csv", b"person,plate\n\xff\xfe,b\n", "no text in UTF-8"),
        ("a.jsonl", "{", "Line 1 of .* is no JSON"),
        ("a.jsonl", "[1]", "is no JSON object"),
        ("a.jsonl", '{"person": 3, "plate": "b"}', "3 is no file"),
    ],
)
def test_a_manifest_that_cannot_be_is_refused_with_its_line(tmp_path, name, text, said):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=said):
        manifests.read(str(tmp_path / name), {})


def test_files_of_a_manifest_in_a_store_lie_beside_it():
    assert manifests.beside("s3://bucket/jobs/may.csv", "anna.jpg") == "s3://bucket/jobs/anna.jpg"
    assert manifests.beside("may.csv", "gs://other/anna.jpg") == "gs://other/anna.jpg"


def test_a_row_without_anybody_is_named_by_its_line(tmp_path):
    (tmp_path / "jobs.csv").write_text("person,plate\nanna.png,beach.jpg\n,beach.jpg\n")
    with pytest.raises(InputError, match=r"Line 3 of .*jobs\.csv: It names no person: give one in each\.$"):
        manifests.read(str(tmp_path / "jobs.csv"), {})
