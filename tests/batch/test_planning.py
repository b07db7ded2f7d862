from pathlib import Path

import pytest
from discs import draw

from cleanplate import InputError, OutputError
from cleanplate.batch import planning
from cleanplate.batch.planning import Wish, plan


def planned(*given: object, **more: object) -> list[tuple[str, str, str]]:
    items, _ = plan(Wish([str(each) for each in given], **more), "out")  # type: ignore[arg-type]
    return [(Path(each.person).name, Path(each.plate).name, each.out) for each in items]


@pytest.fixture
def plates(tmp_path):
    return draw(tmp_path / "plates", "anna.png", "ben.png", "cleo.png")


def test_everybody_stands_on_one_plate_in_the_same_tree(people, plate):
    assert [out for *_, out in planned(people, plate)] == ["anna.jpg", "ben.jpg", "more/cleo.jpg"]


def test_everybody_stands_on_every_plate(people, plates):
    found = planned(people, plates)
    assert len(found) == len(set(found)) == 9
    assert found[1] == ("anna.png", "ben.png", "anna_ben.jpg")


def test_pairs_in_order_and_by_name(people, plates):
    in_order = [
        ("anna.png", "anna.png", "anna_anna.jpg"),
        ("ben.png", "ben.png", "ben_ben.jpg"),
        ("cleo.png", "cleo.png", "more/cleo_cleo.jpg"),
    ]
    assert planned(people, plates, pairing="order") == planned(people, plates, pairing="name") == in_order
    (plates / "anna.png").rename(plates / "zoe.png")
    assert planned(people, plates, pairing="order")[0][1] == "ben.png"
    with pytest.raises(InputError, match=r"anna\.png has no plate of its name"):
        planned(people, plates, pairing="name")


def test_pairs_in_order_take_as_many_of_both(people, plate):
    with pytest.raises(InputError, match="3 people and 1 plates"):
        planned(people, plate, pairing="order")


def test_films_become_films(tmp_path, plate):
    (tmp_path / "talk.mov").touch()
    assert planned(tmp_path / "talk.mov", plate, format="png", film_format="webm")[0][2] == "talk.webm"
    assert planned(plate, tmp_path / "talk.mov", format="png")[0][2] == "plate.mp4"


def test_three_files_of_one_stem_are_refused_and_a_name_tells_them_apart(tmp_path, plate):
    people = draw(tmp_path / "people", "a.webp", "a.png", "sub/a.png")
    with pytest.raises(OutputError, match=r"would both become a\.jpg: give a `name`"):
        planned(people, plate)
    assert [out for *_, out in planned(people, plate, name="{person.folder}/{person.name}.{ext}")] == [
        "a.png.jpg",
        "a.webp.jpg",
        "sub/a.png.jpg",
    ]


def test_a_manifest_names_its_own_plates_or_takes_those_given(tmp_path, people, plate):
    path = tmp_path / "jobs.csv"
    path.write_text(f"person,plate,out\npeople/anna.png,,\npeople/ben.png,{plate},b.png\n")
    assert planned(path, plate) == [("anna.png", "plate.png", "people/anna.jpg"), ("ben.png", "plate.png", "b.png")]
    with pytest.raises(InputError, match="names no plate"):
        planned(path)


def test_what_a_manifest_names_and_is_not_there_is_told_before_the_work(tmp_path, people, plate):
    rows = ["person,plate", f"people/anna.png,{plate}", f"people/zoe.png,{plate}", f"s3://bucket/cleo.png,{plate}"]
    (tmp_path / "jobs.csv").write_text("\n".join(rows))
    assert plan(Wish([str(tmp_path / "jobs.csv")]), "out")[1] == [
        f"Not there, so that their pictures will fail: {tmp_path / 'people' / 'zoe.png'}."
    ]
    more = [f"people/{number}.png,{plate}" for number in range(planning.TOLD + 3)]
    (tmp_path / "jobs.csv").write_text("\n".join([*rows[:1], *more]))
    assert plan(Wish([str(tmp_path / "jobs.csv")]), "out")[1][0].endswith(f"{planning.TOLD - 1}.png and 3 more.")


def test_people_without_a_plate_are_refused(people):
    with pytest.raises(InputError, match="no plate"):
        planned(people)


@pytest.mark.parametrize("made", ["link", "hard link", "itself"])
def test_a_result_over_an_input_is_refused(tmp_path, people, plate, made):
    out = tmp_path / "out"
    if made == "itself":
        out.symlink_to(people)
    else:
        out.mkdir()
        (out / "anna.png").symlink_to(people / "anna.png") if made == "link" else (out / "anna.png").hardlink_to(
            people / "anna.png"
        )
    with pytest.raises(OutputError, match="one of the inputs"):
        plan(Wish([str(people / "anna.png"), str(plate)], format="png"), str(out))


@pytest.mark.parametrize(
    "wrong", [{"pairing": "some"}, {"format": "gif"}, {"film_format": "gif"}, {"shard": (0, 3)}, {"shard": (4, 3)}]
)
def test_a_wish_that_means_nothing_is_refused(wrong):
    with pytest.raises(InputError):
        Wish(["a", "b"], **wrong)


# ---- order and shards ----------------------------------------------------------------------------------------------


def many(tmp_path, plates: int):
    people = draw(tmp_path / "people", *(f"{number}.png" for number in range(12)))
    places = draw(tmp_path / "plates", *(f"p{number}.png" for number in range(plates)))
    return plan(Wish([str(people), str(places)]), "out")[0]


def test_a_person_stands_on_some_plates_in_a_row_and_then_comes_again(tmp_path):
    found = planning.units(many(tmp_path, 10))
    assert [len(unit) for unit in found] == [8] * 12 + [2] * 12
    assert all(len({each.person for each in unit}) == 1 for unit in found)
    assert all(each.kept for unit in found for each in unit)


def test_a_cutout_that_is_asked_for_once_is_not_kept(tmp_path):
    assert not any(each.kept for unit in planning.units(many(tmp_path, 3)) for each in unit)


@pytest.mark.parametrize("count", [1, 2, 5, 40])
def test_shards_have_every_item_once(tmp_path, count):
    items = many(tmp_path, 10)
    outs = [each.out for shard in range(1, count + 1) for unit in planning.units(items, (shard, count)) for each in unit]
    assert sorted(outs) == sorted(each.out for each in items)


def test_a_shard_stays_the_same_when_people_are_added(tmp_path):
    def parts(items):
        return [{each.person for unit in planning.units(items, (shard, 3)) for each in unit} for shard in (1, 2, 3)]

    items = many(tmp_path, 3)
    draw(tmp_path / "people", "aaa.png", "zzz.png")
    later = plan(Wish([str(tmp_path / "people"), str(tmp_path / "plates")]), "out")[0]
    assert parts(items) == [{each for each in part if not each.endswith(("aaa.png", "zzz.png"))} for part in parts(later)]
    assert set.union(*parts(items)) == {each.person for each in items}
