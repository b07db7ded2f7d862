from pathlib import Path

import pytest

from cleanplate.training.readers import division
from cleanplate.training.readers.datasets import Photo
from cleanplate.training.readers.division import PEOPLE, PLACES, Shares


def photo(name: str, kind: str = "portraits", group: str = "") -> Photo:
    return Photo(name, kind, Path(name), None, group)


def tree(alone: int, sessions: int, scenes: int, styles: int = 0) -> list[Photo]:
    found = [photo(f"p/{index}") for index in range(alone)]
    found += [photo(f"p/s{session}-{index}", group=f"s{session}") for session in range(sessions) for index in range(3)]
    found += [photo(f"b/{index}", "scenes") for index in range(scenes)]
    return found + [photo(f"c/{index}", "styles") for index in range(styles)]


def test_the_papers_counts_come_of_461_people_and_140_places() -> None:
    people = list(division.divide([str(index) for index in range(461)], PEOPLE).values())
    places = list(division.divide([str(index) for index in range(140)], PLACES).values())
    assert [people.count(part) for part in division.PARTS] == [450, 2, 9]
    assert [places.count(part) for part in division.PARTS] == [100, 20, 20]
    assert 450 * 100 == 45_000  # every person on every background once


def test_no_person_and_no_background_is_in_two_splits() -> None:
    found = tree(100, 30, 50, 20)
    parts = {split: division.part(found, split) for split in division.PARTS}
    assert sorted(each.name for part in parts.values() for each in part) == sorted(each.name for each in found)
    keys = {split: {division.person_of(each) for each in part} for split, part in parts.items()}
    assert not keys["train"] & keys["validation"]
    assert not keys["train"] & keys["test"]
    assert not keys["validation"] & keys["test"]
    for part in parts.values():
        assert {"portraits", "scenes", "styles"} <= {each.kind for each in part}


def test_what_is_known_to_be_trained_on_stays_in_training_with_the_rest_of_its_session() -> None:
    found = tree(60, 20, 40)
    names = frozenset(each.name for each in found if not each.name.endswith(("1", "2")) or each.group == "s3")
    train = {each.name for each in division.part(found, "train", names)}
    assert names <= train
    held = [each for split in ("validation", "test") for each in division.part(found, split, names)]
    assert not {each.name for each in held} & names
    assert not {each.group for each in held if each.group} & {each.group for each in found if each.name in names and each.group}
    assert {each.name for each in found} == train | {each.name for each in held}


def test_the_division_does_not_depend_on_the_order() -> None:
    keys = [f"k{index}" for index in range(50)]
    assert division.divide(keys, PEOPLE) == division.divide(keys[::-1], PEOPLE)


@pytest.mark.parametrize("count", [3, 5, 10])
def test_few_people_still_give_somebody_to_every_part(count: int) -> None:
    parts = set(division.divide([f"k{index}" for index in range(count)], Shares(0.01, 0.01)).values())
    assert parts == set(division.PARTS)
