from pathlib import Path

import numpy as np
import pytest
from drawn import save, scene, silhouette
from published import d646, dim, pair, ppm, rgba

from cleanplate.errors import InputError
from cleanplate.pixels.over import over
from cleanplate.training.readers import matting_sets
from cleanplate.training.samples import people


def test_the_folders_of_deep_image_matting_are_found_with_all_their_parts(tmp_path: Path) -> None:
    found = matting_sets.read(dim(tmp_path, 4))
    assert sorted(photo.image.stem for photo in found) == ["held", "person0", "person1", "person2", "person3"]
    assert {photo.kind for photo in found} == {"cutouts"}
    assert len({photo.name for photo in found}) == 5
    assert all(photo.mask is not None and photo.mask.stem == photo.image.stem for photo in found)


def test_distinctions_ppm_and_rgba_folders_are_found_together(tmp_path: Path) -> None:
    found = matting_sets.read(rgba(ppm(d646(tmp_path))))
    kinds = {photo.name: photo.kind for photo in found}
    assert kinds == {
        "Distinctions-646/Test/Test0(1)": "cutouts", "Distinctions-646/Test/Test1(1)": "cutouts",
        "Distinctions-646/Train/Train0(1)": "cutouts", "Distinctions-646/Train/Train1(1)": "cutouts",
        "PPM-100/0_o": "mattes", "PPM-100/1_o": "mattes", "rgba_people/c0": "cutouts", "rgba_people/c1": "cutouts",
    }  # fmt: skip


def test_other_pictures_are_nobody(tmp_path: Path) -> None:
    save(tmp_path / "holiday" / "a.png", scene(1))
    pair(tmp_path, "pictures", "notes", "b", 2)
    assert matting_sets.read(tmp_path) == []


def test_a_picture_without_its_alpha_is_refused(tmp_path: Path) -> None:
    tree = dim(tmp_path, 2)
    next(tree.rglob("alpha/person1.png")).unlink()
    with pytest.raises(InputError, match=r"person1\.jpg has no alpha of the same name in alpha/") as caught:
        matting_sets.read(tree)
    assert len(str(caught.value).splitlines()) == 1


# ---- the people in them --------------------------------------------------------------------------------------------


def test_a_foregrounds_own_colors_and_alpha_are_taken_as_they_are(tmp_path: Path) -> None:
    photo = matting_sets.read(d646(tmp_path))[0]
    found = people.portrait(photo, 4096, tmp_path)
    assert found is not None
    np.testing.assert_allclose(found.foreground, 0.3 + 0.4 * scene(400, (120, 96)), atol=0.003)
    np.testing.assert_allclose(found.alpha, silhouette((120, 96)), atol=0.003)


def test_under_a_soft_alpha_of_a_whole_photo_the_persons_colors_are_estimated(tmp_path: Path) -> None:
    photo = matting_sets.read(ppm(tmp_path))[0]
    found = people.portrait(photo, 4096, tmp_path)
    assert found is not None
    true, soft = 0.3 + 0.4 * scene(1500, (160, 128)), (found.alpha > 0.2) & (found.alpha < 0.8)
    raw = over(true, silhouette((160, 128)), scene(500, (160, 128)))
    assert np.abs(found.foreground - true)[soft].mean() < 0.4 * np.abs(raw - true)[soft].mean()


def test_what_is_hidden_under_no_alpha_does_not_leak_into_a_smaller_cutout(tmp_path: Path) -> None:
    photo = matting_sets.read(rgba(tmp_path))[0]
    small = people.portrait(photo, 40, tmp_path)
    assert small is not None
    assert max(small.alpha.shape) == 40
    touched = small.alpha > 0.02
    wanted = 0.3 + 0.4 * scene(600, small.alpha.shape)  # type: ignore[arg-type]
    assert np.abs(small.foreground - wanted)[touched].max() < 0.08


def test_a_picture_that_should_carry_its_alpha_and_does_not_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "rgba_people" / "flat.png", scene(1))
    with pytest.raises(InputError, match=r"flat\.png has no alpha channel"):
        people.portrait(matting_sets.read(tmp_path)[0], 64, tmp_path)


def test_an_alpha_of_another_size_is_refused(tmp_path: Path) -> None:
    pair(tmp_path, "fg", "alpha", "a", 1)
    save(tmp_path / "alpha" / "a.png", silhouette((60, 48)))
    with pytest.raises(InputError, match="differ in size; give an alpha of 96x120 pixels"):
        people.portrait(matting_sets.read(tmp_path)[0], 64, tmp_path)
