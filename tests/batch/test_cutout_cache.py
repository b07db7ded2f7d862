import dataclasses
import os

import labeled_files
import numpy as np
import pytest
from discs import PLAIN

from cleanplate.batch import cutout_cache
from cleanplate.batch.cutout_cache import Kept
from cleanplate.files import labels, photos
from cleanplate.recipes import Recipe
from cleanplate.settings import Placement, Settings
from cleanplate.values import Crop, Cropped, Cutout, Image

CONTENTS = {"person": "1", "plate": "2"}


def cutout(kind=np.uint8, side=20) -> Cutout:
    rng = np.random.default_rng(0)
    pixels, alpha = rng.integers(0, 255, (side, side, 3)).astype(kind), rng.random((side, side)).astype(np.float32)
    return Cutout(Image(pixels), alpha, True, True, Cropped(bottom=Crop(0.1, 0.2, 0.9)), ("A word.",))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_cutout_comes_back_as_it_was(tmp_path, kind):
    kept, put = Kept(str(tmp_path / "cutouts"), 1 << 20), cutout(kind)
    kept.put("a", put)
    found = kept.find("a")
    assert found is not None
    np.testing.assert_array_equal(found.image.pixels, put.image.pixels)
    np.testing.assert_array_equal(found.alpha, put.alpha)
    assert found.image.pixels.dtype == kind
    assert (found.clean, found.bled, found.cropped, found.warnings) == (put.clean, put.bled, put.cropped, put.warnings)


def test_what_its_file_says_and_its_profile_come_back_too(tmp_path):
    image = photos.read_image(labeled_files.everything("JPEG"))
    assert image.tags is not None
    kept = Kept(str(tmp_path), 1 << 20)
    kept.put("a", Cutout(dataclasses.replace(image, profile=b"profile"), np.ones(image.size, np.float32)))
    found = kept.find("a")
    assert found is not None
    assert found.image.profile == b"profile"
    assert found.image.tags is not None
    assert found.image.tags.words == image.tags.words
    assert labels.labels(None, found.image.tags, "keep") == labels.labels(None, image.tags, "keep")


def test_one_whose_crop_is_not_known_comes_back_so(tmp_path):
    kept = Kept(str(tmp_path), 1 << 20)
    kept.put("a", dataclasses.replace(cutout(), cropped=None))
    found = kept.find("a")
    assert found is not None
    assert found.cropped is None


def test_the_least_used_go_when_there_is_no_room(tmp_path):
    size = len(cutout_cache.written(cutout()))
    kept = Kept(str(tmp_path), 3 * size)
    for age, name in enumerate("abc"):
        kept.put(name, cutout())
        os.utime(tmp_path / f"{name}.npz", (1000 + age, 1000 + age))
    assert kept.find("a") is not None  # and so it is used last
    kept.put("d", cutout())
    assert sorted(each.stem for each in tmp_path.glob("*.npz")) == ["a", "d"]  # a tenth more is made free than is needed
    assert sum(each.stat().st_size for each in tmp_path.glob("*.npz")) <= 3 * size


def test_none_is_kept_that_is_larger_than_all_may_be(tmp_path):
    Kept(str(tmp_path), 10).put("a", cutout())
    Kept(str(tmp_path), 0).put("a", cutout())
    assert not list(tmp_path.glob("*.npz"))


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 half", b"text"])
def test_a_damaged_one_counts_as_none(tmp_path, damage):
    (tmp_path / "a.npz").write_bytes(damage)
    assert Kept(str(tmp_path), 1 << 20).find("a") is None


def test_a_full_disk_costs_no_more_than_the_cutout(monkeypatch, tmp_path):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    Kept(str(tmp_path), 1 << 20).put("a", cutout())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("recipe", "contents", "same"),
    [
        (PLAIN, CONTENTS, True),
        (PLAIN, CONTENTS | {"plate": "3"}, True),
        (Recipe(Placement(0.5), dataclasses.replace(PLAIN.settings, strength=0.3, shadow=0)), CONTENTS, True),
        (PLAIN, CONTENTS | {"person": "3"}, False),
        (PLAIN, CONTENTS | {"drop_mask": "3"}, False),
        (Recipe(settings=Settings(harmonize=False)), CONTENTS, False),
        (Recipe(settings=dataclasses.replace(PLAIN.settings, keep="all")), CONTENTS, False),
        (Recipe(settings=dataclasses.replace(PLAIN.settings, clean_hair=0.5)), CONTENTS, False),
        (dataclasses.replace(PLAIN, weights="open"), CONTENTS, False),
    ],
)
def test_a_cutout_has_the_name_of_what_it_depends_on(item, recipe, contents, same):
    other = dataclasses.replace(item, recipe=recipe)
    assert (cutout_cache.key(other, contents) == cutout_cache.key(item, CONTENTS)) is same
