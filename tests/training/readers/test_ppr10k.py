from pathlib import Path

import numpy as np
import pytest
from drawn import person, save
from published import TALL, WIDE, mask, ppr10k_360p

from cleanplate.errors import InputError
from cleanplate.training.readers import datasets, ppr10k

GROUPS = {3: 2, 12: 3, 1355: 2, 1356: 2, 1680: 1}


def test_photos_come_by_group_and_index_in_the_order_of_numbers(tmp_path: Path) -> None:
    found = ppr10k.read(ppr10k_360p(tmp_path, GROUPS))
    assert [photo.name for photo in found[:5]] == ["ppr10k/3_0", "ppr10k/3_1", "ppr10k/12_0", "ppr10k/12_1", "ppr10k/12_2"]
    assert [photo.group for photo in found[:3]] == ["ppr10k/3", "ppr10k/3", "ppr10k/12"]
    assert {photo.kind for photo in found} == {"portraits"}
    assert all(photo.mask is not None and photo.mask.stem == photo.image.stem for photo in found)


@pytest.mark.parametrize("expert", ["a", "b", "c"])
def test_every_expert_has_an_own_folder(tmp_path: Path, expert: str) -> None:
    photo = ppr10k.read(ppr10k_360p(tmp_path, {3: 2}), expert)[1]
    assert photo.image.parent.name == f"target_{expert}"
    wanted = np.clip(person(3, TALL) + 0.02 * "abc".index(expert), 0, 1)
    assert np.abs(datasets.load(photo) - wanted).max() < 0.003


def test_sources_of_sixteen_bits_and_their_augmented_versions_are_read_with_the_masks_of_the_photo(tmp_path: Path) -> None:
    tree = ppr10k_360p(tmp_path, {3: 2})
    source, augmented = ppr10k.read(tree, "source"), ppr10k.read(tree, "source_aug_6")
    assert [photo.name for photo in augmented] == ["ppr10k/3_0_1", "ppr10k/3_1_1"]
    assert [photo.mask for photo in augmented] == [photo.mask for photo in source]
    np.testing.assert_allclose(datasets.load(source[0])[..., 0], person(3, WIDE)[..., 0], atol=2e-5)  # finer than 8 bits


def test_masks_are_softened(tmp_path: Path) -> None:
    photo = ppr10k.read(ppr10k_360p(tmp_path, {3: 2}))[0]
    soft = datasets.load_mask(photo, WIDE)
    assert set(np.unique(mask(WIDE))) == {0, 1}
    assert ((soft > 0.05) & (soft < 0.95)).any()
    assert np.abs(soft - mask(WIDE)).mean() < 0.05


def test_the_official_split_is_by_the_number_of_the_group(tmp_path: Path) -> None:
    found = ppr10k.read(ppr10k_360p(tmp_path, GROUPS))
    train, test = ppr10k.official(found, "train"), ppr10k.official(found, "test")
    assert {photo.group for photo in train} == {"ppr10k/3", "ppr10k/12", "ppr10k/1355"}
    assert {photo.group for photo in test} == {"ppr10k/1356", "ppr10k/1680"}
    assert ppr10k.official(found, "validation") == test


def test_the_full_layout_and_the_one_of_its_training_code_are_read_too(tmp_path: Path) -> None:
    save(tmp_path / "full" / "target_a" / "7_0.tif", person(7))
    save(tmp_path / "full" / "masks_full" / "7_0.png", mask((160, 128)))
    assert [photo.name for photo in ppr10k.read(tmp_path / "full")] == ["ppr10k/7_0"]
    for part, name in (("train", "8_0"), ("val", "1400_0")):
        save(tmp_path / "code" / part / "target_a" / f"{name}.tif", person(8))
        save(tmp_path / "code" / part / "masks" / f"{name}.png", mask((160, 128)))
    assert [photo.name for photo in ppr10k.read(tmp_path / "code")] == ["ppr10k/8_0", "ppr10k/1400_0"]


def test_small_photos_are_taken_where_both_sizes_are_there(tmp_path: Path) -> None:
    tree = ppr10k_360p(tmp_path, {3: 1})
    save(tree / "target_a" / "3_0.tif", person(3))
    save(tree / "masks_full" / "3_0.png", mask((160, 128)))
    found = ppr10k.read(tree)
    assert len(found) == 1
    assert "360p" in str(found[0].image.relative_to(tree))
    assert "360p" in str(found[0].mask)


def test_missing_masks_are_refused_in_one_sentence(tmp_path: Path) -> None:
    tree = ppr10k_360p(tmp_path, {3: 2})
    (tree / "masks_360p" / "3_1.png").unlink()
    with pytest.raises(InputError, match=r"3_1\.tif has no mask 3_1\.png") as caught:
        ppr10k.read(tree)
    assert len(str(caught.value).splitlines()) == 1
    (tree / "masks_360p").rename(tree / "elsewhere")
    with pytest.raises(InputError, match="has no masks beside it"):
        ppr10k.read(tree)


def test_an_expert_who_is_not_there_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "target_a" / "3_0.tif", person(3))
    with pytest.raises(InputError, match="holds no folder target_b"):
        ppr10k.read(tmp_path, "b")
