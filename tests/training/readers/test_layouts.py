from pathlib import Path

import pytest
from drawn import person, save
from published import dim, places, ppr10k_360p

from cleanplate.errors import InputError
from cleanplate.training.readers import layouts


@pytest.mark.parametrize("layout", ["cleanplate", "ppr10k", "matting"])
def test_every_layout_is_recognized_and_its_places_come_along(layout: str, tree: Path, tmp_path: Path) -> None:
    if layout != "cleanplate":
        tree = ppr10k_360p(tmp_path, {3: 2}) if layout == "ppr10k" else dim(tmp_path, 3)
        places(tree)
    found = layouts.read(tree)
    assert found.layout == layout
    assert sum(photo.kind == "scenes" for photo in found.photos) == 4
    assert any(photo.kind not in ("scenes", "styles") for photo in found.photos)
    assert layouts.read(tree, layout) == found


def test_a_tree_without_places_still_gives_its_people(tmp_path: Path) -> None:
    assert {photo.kind for photo in layouts.read(dim(tmp_path, 3)).photos} == {"cutouts"}


def test_ppr10k_follows_the_official_split_and_its_backgrounds_are_divided(tmp_path: Path) -> None:
    tree = ppr10k_360p(tmp_path, {3: 2, 1356: 2})
    places(tree, 9)
    found = layouts.read(tree)
    parts = {split: layouts.part(found, split) for split in ("train", "validation", "test")}
    assert {photo.group for photo in parts["train"] if photo.group} == {"ppr10k/3"}
    assert {photo.group for photo in parts["test"] if photo.group} == {"ppr10k/1356"}
    scenes = [photo.name for part in parts.values() for photo in part if photo.kind == "scenes"]
    assert sorted(scenes) == sorted(f"backgrounds/b{index}" for index in range(9))


@pytest.mark.usefixtures("known_split")
def test_what_the_shipped_split_knows_is_divided_by_it(tree: Path) -> None:
    found = layouts.read(tree)
    train = {photo.name for photo in layouts.part(found, "train")}
    assert {f"portraits_x/p{index}" for index in range(4)} <= train
    held = {photo.name for split in ("validation", "test") for photo in layouts.part(found, split)}
    assert held == {photo.name for photo in found.photos} - train
    assert "portraits_x/p4" in held


def test_an_unknown_layout_is_refused_in_one_sentence(tmp_path: Path) -> None:
    save(tmp_path / "pictures" / "a.png", person(1))
    with pytest.raises(InputError, match="has no known layout") as caught:
        layouts.read(tmp_path)
    assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(InputError, match="is not a folder"):
        layouts.read(tmp_path / "nowhere")


def test_people_without_a_folder_of_masks_are_refused(tmp_path: Path) -> None:
    save(tmp_path / "portraits_x" / "images" / "a.png", person(1))
    with pytest.raises(InputError, match="portraits_x has images/ but no masks/"):
        layouts.read(tmp_path)


def test_a_layout_that_the_tree_does_not_have_is_refused(tmp_path: Path) -> None:
    tree = dim(tmp_path, 2)
    with pytest.raises(InputError, match="holds no folder target_a"):
        layouts.read(tree, "ppr10k")
    save(tmp_path / "other" / "target_a" / "1_0.tif", person(1))
    with pytest.raises(InputError, match="holds nobody in the layout matting"):
        layouts.read(tmp_path / "other", "matting")
