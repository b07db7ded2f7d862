from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from drawn import person, save, scene, silhouette
from PIL import Image as pillow

from cleanplate.errors import InputError, PhotoError
from cleanplate.pixels.color import FloatArray
from cleanplate.training.measure import iharmony4
from cleanplate.training.measure.conventions import CONVENTIONS
from cleanplate.training.measure.tables import Table
from cleanplate.values import Image

SIZES = {"HCOCO": (90, 70), "Hday2night": (64, 80)}


class Fake:
    """A compositor that answers black; what it was given is kept."""

    def __init__(self) -> None:
        self.given: list[tuple[np.ndarray, FloatArray]] = []

    def harmonize(self, composite: Image, alpha: FloatArray) -> SimpleNamespace:
        self.given.append((composite.pixels, alpha))
        return SimpleNamespace(image=Image(np.zeros_like(composite.pixels)))


def add(part: Path, real: str, mask: str, composites: int, seed: int) -> list[str]:
    size = SIZES[part.name]
    save(part / "real_images" / f"{real}.jpg", person(seed, size))
    save(part / "masks" / f"{real}_{mask}.png", (silhouette(size) > 0.5).astype(np.float32))
    names = [f"{real}_{mask}_{number}.jpg" for number in range(1, composites + 1)]
    for number, name in enumerate(names):
        save(part / "composite_images" / name, 0.6 * person(seed, size) + 0.4 * scene(seed + number, size))
    return names


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two of the four parts, three test pictures and one of training; the lists end in blank lines and carriage returns."""
    test = add(tmp_path / "HCOCO", "c12", "34", 2, 1)
    train = add(tmp_path / "HCOCO", "c13", "7", 1, 2)
    (tmp_path / "HCOCO" / "HCOCO_test.txt").write_text("\r\n".join(test) + "\r\n\n")
    (tmp_path / "HCOCO" / "HCOCO_train.txt").write_text("\n".join(train))
    night = add(tmp_path / "Hday2night", "d90000004-12", "1", 1, 3)
    (tmp_path / "Hday2night" / "Hday2night_test.txt").write_text("Hday2night/composite_images/" + night[0])
    return tmp_path


def test_a_composites_name_leads_to_its_mask_and_its_photo(root: Path) -> None:
    found = iharmony4.read_tree(root)
    assert [each.part for each in found] == ["HCOCO", "HCOCO", "Hday2night"]
    assert found[1] == iharmony4.Pair(
        "HCOCO", root / "HCOCO/composite_images/c12_34_2.jpg", root / "HCOCO/masks/c12_34.png", root / "HCOCO/real_images/c12.jpg"
    )
    assert found[2].real.name == "d90000004-12.jpg"
    assert all(path.exists() for each in found for path in each[1:])
    assert {each.mask.name for each in found} == {"c12_34.png", "d90000004-12_1.png"}


def test_the_training_list_is_another(root: Path) -> None:
    (root / "Hday2night" / "Hday2night_train.txt").write_text("")
    assert [each.composite.name for each in iharmony4.read_tree(root, "train")] == ["c13_7_1.jpg"]


@pytest.mark.parametrize(("spoil", "words"), [
    (lambda root: (root / "HCOCO/HCOCO_test.txt").unlink(), "has no HCOCO_test.txt"),
    (lambda root: (root / "HCOCO/HCOCO_test.txt").write_text("c12.jpg"), "is no name of iHarmony4"),
    (lambda root: [(root / f"{part}/{part}_test.txt").write_text("\n") for part in SIZES], "holds no pictures of HCOCO"),
])  # fmt: skip
def test_a_tree_that_is_not_as_published_is_refused(root: Path, spoil: object, words: str) -> None:
    spoil(root)  # type: ignore[operator]
    with pytest.raises(InputError, match=words):
        iharmony4.read_tree(root)


def test_a_missing_picture_and_one_of_another_size_are_refused(root: Path) -> None:
    files = iharmony4.read_tree(root)[0]
    save(files.mask, np.zeros((5, 5), np.float32))
    with pytest.raises(InputError, match="have different sizes"):
        iharmony4.load(files, CONVENTIONS["ours"])
    files.mask.unlink()
    with pytest.raises(PhotoError, match="cannot be read"):
        iharmony4.load(files, CONVENTIONS["ours"])


def test_pictures_are_resized_as_the_convention_says_and_the_network_gets_a_soft_alpha(root: Path) -> None:
    files = iharmony4.read_tree(root)[0]
    stored = np.asarray(pillow.open(files.composite).convert("RGB"))
    found = iharmony4.load(files, CONVENTIONS["dovenet"], 32)
    wanted = np.asarray(pillow.fromarray(stored).resize((32, 32), pillow.Resampling.BICUBIC))
    np.testing.assert_array_equal(found.composite, wanted)
    assert set(np.unique(found.weight)) == {0.0, 1.0}
    assert ((found.alpha > 0) & (found.alpha < 1)).any()
    np.testing.assert_array_equal(iharmony4.load(files, CONVENTIONS["ours"], None).composite, stored)


@pytest.fixture
def result(root: Path) -> Table:
    return iharmony4.run(root, None, Fake(), full=True)  # type: ignore[arg-type]


def test_all_is_the_mean_over_pictures_and_not_over_parts(result: Table) -> None:
    for key in ("iharmony4", "iharmony4-full"):
        assert list(result[key]) == ["HCOCO", "Hday2night", "All"]
        for method in ("none", "ours"):
            first, second, whole = (result[key][name][method] for name in result[key])
            assert (first["n"], second["n"], whole["n"]) == (2, 1, 3)
            for metric in ("mse", "psnr", "fmse", "fpsnr", "fssim"):
                assert whole[metric] == pytest.approx((2 * first[metric] + second[metric]) / 3)


def test_the_numbers_of_a_picture_are_those_of_its_files(root: Path, result: Table) -> None:
    """At full size nothing is resized: the composite's error inside the mask, straight from the files."""
    files = iharmony4.read_tree(root)[2]
    composite, real = (np.asarray(pillow.open(path).convert("RGB"), float) for path in (files.composite, files.real))
    inside = np.asarray(pillow.open(files.mask)) > 127
    row = result["iharmony4-full"]["Hday2night"]
    assert row["none"]["fmse"] == pytest.approx(((composite - real) ** 2)[inside].mean())
    assert row["none"]["mse"] == pytest.approx(((composite - real) ** 2).mean())
    assert row["ours"]["mse"] == pytest.approx((real**2).mean())  # the stand-in answers black
    assert (row["none"]["worse_share"], row["ours"]["worse_share"]) == (0.0, 1.0)


def test_bins_are_by_the_masks_share(result: Table) -> None:
    assert set(result["by_foreground_ratio"]["iharmony4 All"]["bins"]) == {"15-100%"}


def test_a_limit_is_for_each_part(root: Path) -> None:
    fake = Fake()
    found = iharmony4.run(root, 1, fake)  # type: ignore[arg-type]
    assert found["about"]["iharmony4"] == len(fake.given) == 2
    assert "iharmony4-full" not in found


def test_a_mask_that_shrinking_lost_is_nothing_to_do() -> None:
    loaded = iharmony4.Loaded(*np.zeros((2, 8, 8, 3), np.uint8), *np.zeros((2, 8, 8), np.float32))
    found = dict(iharmony4.answers(loaded, Fake()))  # type: ignore[arg-type]
    assert found["ours"] is found["none"]
