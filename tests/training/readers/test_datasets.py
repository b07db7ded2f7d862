import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn import SIZE, person, save, silhouette

from cleanplate.errors import InputError
from cleanplate.training.readers import datasets
from cleanplate.training.readers.datasets import Photo


def test_a_tree_is_read_by_the_names_of_its_folders(tree: Path) -> None:
    found = datasets.read_tree(tree)
    assert {photo.name: photo.kind for photo in found if photo.name.endswith("0")} == {
        "portraits_x/p0": "portraits", "fullbody_x/p0": "fullbody", "backgrounds/b0": "scenes", "colour_refs_x/b0": "styles",
    }  # fmt: skip
    counts = {kind: sum(photo.kind == kind for photo in found) for kind in ("portraits", "fullbody", "scenes", "styles")}
    assert counts == {"portraits": 6, "fullbody": 2, "scenes": 4, "styles": 2}
    assert all((photo.mask is not None) == (photo.kind in ("portraits", "fullbody")) for photo in found)
    assert found == datasets.read_tree(tree)


def test_photos_of_one_session_share_a_group_and_others_have_none(tree: Path) -> None:
    groups = {photo.name: photo.group for photo in datasets.read_tree(tree) if photo.kind == "portraits"}
    assert groups["portraits_x/p1"] == groups["portraits_x/p2"] != ""
    assert {group for name, group in groups.items() if name not in ("portraits_x/p1", "portraits_x/p2")} == {""}


def test_a_portrait_without_its_mask_is_left_out_and_a_folder_without_masks_taken_whole(tmp_path: Path) -> None:
    for stem in ("a", "b"):
        save(tmp_path / "portraits_y" / "images" / f"{stem}.png", person(1))
        save(tmp_path / "portraits_z" / f"{stem}.png", person(1))
    save(tmp_path / "portraits_y" / "masks" / "a.png", silhouette(SIZE))
    (tmp_path / "portraits_z" / "notes.txt").write_text("not a picture")
    (tmp_path / "elsewhere").mkdir()
    found = datasets.read_tree(tmp_path)
    assert [photo.name for photo in found] == ["portraits_y/a", "portraits_z/a", "portraits_z/b"]
    assert [photo.mask is None for photo in found] == [False, True, True]


def test_a_clip_gives_evenly_spaced_frames_of_one_group(tmp_path: Path) -> None:
    path = tmp_path / "videos_x" / "walk.mp4"
    path.parent.mkdir()
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (64, 48))
    for index in range(12):
        writer.write(np.full((48, 64, 3), 20 * index, np.uint8))
    writer.release()
    found = datasets.read_tree(tmp_path)
    assert [photo.frame for photo in found] == [1, 3, 5, 7, 9, 11]
    assert {photo.group for photo in found} == {"videos_x/walk"}
    assert {photo.kind for photo in found} == {"clips"}
    for photo in found:
        picture = datasets.load(photo)
        assert picture.shape == (48, 64, 3)
        assert float(picture.mean()) * 255 == pytest.approx(20 * photo.frame, abs=6)
    with pytest.raises(InputError, match=r"walk\.mp4 has no frame 99"):
        datasets.load(Photo("videos_x/walk-9", "clips", path, frame=99))


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere is not a folder"):
        datasets.read_tree(tmp_path / "nowhere")


def test_a_folder_of_another_layout_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "pictures" / "a.png", person(1))
    with pytest.raises(InputError, match="holds no portraits") as caught:
        datasets.read_tree(tmp_path)
    assert len(str(caught.value).splitlines()) == 1


# ---- splits --------------------------------------------------------------------------------------------------------


def test_the_shipped_split_names_folders_and_stems() -> None:
    names = datasets.trained_on()
    assert len(names) > 1000
    assert all(name.count("/") == 1 for name in names)


@pytest.mark.usefixtures("known_split")
def test_every_photo_is_in_one_split_and_unlisted_names_are_validation(tree: Path) -> None:
    found = datasets.read_tree(tree)
    train, validation = datasets.select(found, "train"), datasets.select(found, "validation")
    assert {photo.name for photo in train if photo.kind == "portraits"} == {f"portraits_x/p{i}" for i in range(4)}
    assert {photo.name for photo in validation if photo.kind == "portraits"} == {"portraits_x/p4", "portraits_x/p5"}
    assert sorted(photo.name for photo in train + validation) == sorted(photo.name for photo in found)
    assert datasets.select(found, "all") == found


def test_a_stranger_to_the_shipped_split_is_validation(tree: Path) -> None:
    found = datasets.read_tree(tree)
    assert datasets.select(found, "validation") == found
    assert datasets.select(found, "train") == []


def many(groups: int, alone: int) -> list[Photo]:
    sessions = [(group, i) for group in range(groups) for i in range(3)]
    members = [Photo(f"portraits_m/g{group}-{i}", "portraits", Path("x"), None, f"g{group}") for group, i in sessions]
    return members + [Photo(f"portraits_m/s{i}", "portraits", Path("x")) for i in range(alone)]


def test_a_drawn_split_keeps_each_group_on_one_side() -> None:
    found = many(40, 160)
    chosen = {f"portraits_m/{stem}" for stem in datasets.draw_split(found)["portraits_m"]}
    sides: dict[str, set[bool]] = {}
    for photo in found:
        if photo.group:
            sides.setdefault(photo.group, set()).add(photo.name in chosen)
    assert all(len(side) == 1 for side in sides.values())
    assert {True, False} == set.union(*sides.values())


@pytest.mark.parametrize("share", [0.1, 0.3])
def test_a_drawn_split_holds_out_that_share_of_the_groups(share: float) -> None:
    found = many(40, 160)
    chosen = {f"portraits_m/{stem}" for stem in datasets.draw_split(found, share)["portraits_m"]}
    held = {photo.group or photo.name for photo in found if photo.name not in chosen}
    assert len(held) == round(share * 200)


def test_a_drawn_split_does_not_change_when_it_is_drawn_again_in_another_order() -> None:
    found = many(10, 30)
    assert datasets.draw_split(found) == datasets.draw_split(found[::-1])


# ---- loading -------------------------------------------------------------------------------------------------------


def test_a_photo_and_its_mask_come_as_floats_of_one_size(tree: Path) -> None:
    photo = datasets.read_tree(tree)[-1]
    assert photo.kind == "portraits"
    picture = datasets.load(photo)
    mask = datasets.load_mask(photo, picture.shape[:2])
    assert picture.shape == (*SIZE, 3)
    assert mask.shape == SIZE
    assert mask.dtype == picture.dtype == np.float32
    assert np.abs(mask - silhouette(SIZE)).mean() < 0.02
    assert ((mask > 0.05) & (mask < 0.95)).any()  # feathered: the file is hard-edged


def test_a_mask_of_another_size_is_brought_to_the_photos(tree: Path) -> None:
    photo = datasets.read_tree(tree)[-1]
    mask = datasets.load_mask(photo, (80, 64))
    assert mask.shape == (80, 64)
    assert np.abs(mask - silhouette((80, 64))).mean() < 0.03


def test_a_photo_without_a_mask_has_none_to_load(tree: Path) -> None:
    with pytest.raises(InputError, match="backgrounds/b0 has no mask"):
        datasets.load_mask(next(photo for photo in datasets.read_tree(tree) if photo.name == "backgrounds/b0"), SIZE)


def test_a_broken_list_of_sessions_is_an_error_and_not_a_silent_loss(tree: Path, tmp_path: Path) -> None:
    shutil.copytree(tree / "portraits_x", tmp_path / "portraits_x")
    (tmp_path / "portraits_x" / "session_groups.json").write_text("[[")
    with pytest.raises(InputError, match=r"session_groups\.json"):
        datasets.read_tree(tmp_path)
    (tmp_path / "portraits_x" / "session_groups.json").write_text(json.dumps([["p0", "p5"]]))
    groups = {photo.name: photo.group for photo in datasets.read_tree(tmp_path)}
    assert groups["portraits_x/p0"] == groups["portraits_x/p5"] != groups["portraits_x/p1"]


def test_a_folder_that_the_shipped_split_does_not_know_is_split_once_and_the_split_is_kept(tree: Path, tmp_path: Path) -> None:
    found = datasets.read_tree(tree)
    names = datasets.names_for(found, tmp_path / "out" / "split.json")
    assert names <= {photo.name for photo in found}
    assert datasets.select(found, "train", names)
    (tmp_path / "out" / "split.json").write_text('{"train": {"portraits_x": ["p0"]}}')
    assert datasets.names_for(found, tmp_path / "out" / "split.json") == {"portraits_x/p0"}


@pytest.mark.usefixtures("known_split")
def test_a_folder_that_the_shipped_split_knows_follows_it(tree: Path, tmp_path: Path) -> None:
    assert datasets.names_for(datasets.read_tree(tree), tmp_path / "split.json") == datasets.trained_on()
    assert not (tmp_path / "split.json").exists()


def test_pictures_count_as_clearly_licensed_by_where_they_come_from() -> None:
    """By the folder, and in a folder of many sources by the beginning of the name."""
    found = {
        name: datasets.clearly_licensed(Photo(name, "portraits", Path(name)))
        for name in ("portraits_18f_cc0/a", "portraits_pfcn/a", "backgrounds/kodak__1", "backgrounds/osie__1", "fullbody_ccp/a")
    }
    assert [name for name, clear in found.items() if clear] == ["portraits_18f_cc0/a", "backgrounds/kodak__1"]
