import pytest

from cleanplate import InputError, OutputError
from cleanplate.batch import naming


@pytest.mark.parametrize(
    ("template", "name"),
    [
        (naming.ONE_PLATE, "2026/may/anna.jpg"),
        (naming.MORE, "2026/may/anna_beach.jpg"),
        ("{plate.name}/{person.name}.{ext}", "beach.webp/anna.x.png.jpg"),
        ("{index}-{person.suffix}.{ext}", "000012-png.jpg"),
    ],
)
def test_a_template_is_filled_with_parts_of_both_names(template, name):
    person = "2026/may/anna.png" if "name" not in template else "2026/may/anna.x.png"
    assert naming.named(template, person, "places/beach.webp", 12, "jpg") == name


def test_a_file_without_a_folder_lies_at_the_top():
    assert naming.named(naming.ONE_PLATE, "anna.png", "beach.webp", 1, "jpg") == "anna.jpg"


@pytest.mark.parametrize("field", ["person", "person.__class__", "plate.color", ""])
def test_a_field_that_there_is_not_is_refused(field):
    with pytest.raises(InputError, match=r"There is no \{.*\} in a name: give those of person.stem"):
        naming.named(f"{{{field}}}.jpg", "a.jpg", "b.jpg", 1, "jpg")


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("../anna.jpg", "leads out"), ("/anna.jpg", "leads out"), ("C:/anna.jpg", "leads out"), ("a/../../b.jpg", "leads out"),
        (".anna.jpg", "hidden"), (".cleanplate/anna.jpg", "hidden"), ("a/.b/c.jpg", "hidden"), ("an\nna.jpg", "cannot be shown"),
        ("report.html", "name of a report"), ("report-3-of-8.jsonl", "name of a report"), ("anna.gif", "ends in one of"),
        ("anna", "ends in one of"), ("anna.mp4", "ends in one of"), ("é" * 130 + ".jpg", "longer than"),
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_is_refused(out, said):
    with pytest.raises(OutputError, match=said):
        naming.check(out, film=False)


def test_a_film_has_the_name_of_a_film():
    naming.check("anna.mp4", film=True)
    with pytest.raises(OutputError, match="is to be a film"):
        naming.check("anna.jpg", film=True)


@pytest.mark.parametrize("other", ["a/anna.jpg", "A/Anna.jpg", "a/anna.JPG", "a/anna.jpg/ben.jpg"])
def test_two_results_of_one_name_are_refused_also_where_case_does_not_count(other):
    with pytest.raises(OutputError, match="tells them apart"):
        naming.check_clashes([("a/anna.jpg", "one"), (other, "two")])
    naming.check_clashes([("a/anna.jpg", "one"), ("a/ben.jpg", "two"), ("anna.jpg", "three")])


def test_composed_and_decomposed_letters_are_one_name():
    with pytest.raises(OutputError, match="both become"):
        naming.check_clashes([("\u00e9.jpg", "one"), ("e\u0301.jpg", "two")])
