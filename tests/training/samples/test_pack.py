import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn import SIZE, person, save, scene, silhouette

from cleanplate.errors import InputError
from cleanplate.pixels.over import over
from cleanplate.pixels.resampling import resize
from cleanplate.stages import matting, mending
from cleanplate.training.readers import datasets
from cleanplate.training.samples import pack
from cleanplate.training.samples.portraits import Portrait, agreement, tight


def photos(tree: Path) -> list[datasets.Photo]:
    return datasets.select(datasets.read_tree(tree), "train")


def first_portrait(tree: Path) -> datasets.Photo:
    return next(photo for photo in datasets.read_tree(tree) if photo.name == "portraits_x/p0")


@pytest.mark.usefixtures("known_split", "known_matte")
def test_a_built_pack_holds_the_people_scenes_and_styles_of_its_split(tree: Path, tmp_path: Path) -> None:
    pack.build(photos(tree), tmp_path)
    built = pack.Pack(tmp_path)
    assert built.pictures.shape == built.plates.shape == (4, 256, 256, 3)
    assert built.alphas.shape == (4, 256, 256)
    assert built.scenes.shape == (2, 256, 256, 3)
    assert built.styles.shape == (3, 48, 48, 3)
    assert all(each.dtype == np.uint8 for each in (built.pictures, built.alphas, built.plates, built.scenes, built.styles))
    assert [len(members) for members in built.groups] == [2]
    behind = built.alphas[0] == 0
    assert np.abs(built.alphas[0] / 255.0 - silhouette((256, 256))).mean() < 0.01
    assert np.abs(built.pictures[0] / 255.0 - person(0, (256, 256)))[behind].mean() < 0.02
    assert np.abs(built.plates[0] / 255.0 - scene(0, (256, 256))).mean() < 0.05  # the person is filled in


@pytest.mark.usefixtures("known_split", "known_matte")
def test_a_pack_of_every_second_person_has_half_of_them_and_all_places(tree: Path, tmp_path: Path) -> None:
    pack.build(photos(tree), tmp_path)
    whole, half = pack.Pack(tmp_path), pack.Pack(tmp_path, every=2)
    for name in ("pictures", "alphas", "plates"):
        assert np.array_equal(getattr(half, name), getattr(whole, name)[[0, 2]])
    assert np.array_equal(half.scenes, whole.scenes)
    assert np.array_equal(half.styles, whole.styles)
    (tmp_path / "groups.json").write_text(json.dumps(["a", "b", "a", "b"]))
    assert pack.Pack(tmp_path, every=2).groups == [[0, 1]]


@pytest.mark.usefixtures("known_split")
def test_a_matte_that_is_there_is_not_computed_again(tree: Path, tmp_path: Path, known_matte: list[int]) -> None:
    pack.build(photos(tree), tmp_path)
    assert len(known_matte) == 4
    before = (tmp_path / "alphas.npy").read_bytes()
    pack.build(photos(tree), tmp_path)
    assert len(known_matte) == 4
    assert (tmp_path / "alphas.npy").read_bytes() == before


@pytest.mark.usefixtures("known_split", "known_matte")
def test_ensuring_a_pack_builds_only_what_is_not_there(tree: Path, tmp_path: Path) -> None:
    pack.ensure(photos(tree), tmp_path, "harmonize")
    assert not (tmp_path / "blend.npy").exists()
    (tmp_path / "groups.json").write_text(json.dumps(["mine"]))
    pack.ensure(photos(tree), tmp_path, "blend")
    assert json.loads((tmp_path / "groups.json").read_text()) == ["mine"]
    assert (tmp_path / "blend.npy").exists()


def test_a_matte_that_disagrees_with_the_mask_gives_way_to_it(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = first_portrait(tree)
    picture = datasets.load(photo)
    monkeypatch.setattr(matting, "predict", lambda *_: np.full((512, 416), 0.9, np.float32))
    assert np.array_equal(pack.alpha_of(photo, picture, tmp_path), datasets.load_mask(photo, SIZE))
    assert pack.portrait(photo, tmp_path) is None


@pytest.mark.usefixtures("known_matte")
def test_a_matte_that_agrees_with_the_mask_is_taken_and_is_softer(tree: Path, tmp_path: Path) -> None:
    photo = first_portrait(tree)
    picture = datasets.load(photo)
    alpha = pack.alpha_of(photo, picture, tmp_path)
    assert np.array_equal(alpha, pack.matte_of(photo, picture, tmp_path))
    assert not np.array_equal(alpha, datasets.load_mask(photo, SIZE))
    found = pack.portrait(photo, tmp_path)
    assert found is not None
    assert np.array_equal(found.alpha, tight(picture, alpha).alpha)


@pytest.mark.usefixtures("known_matte")
@pytest.mark.parametrize(("moved", "trusted"), [(0, True), (12, False)])
def test_a_photo_without_a_mask_is_trusted_where_a_second_network_sees_the_same(
    moved: int, trusted: bool, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = replace(first_portrait(tree), mask=None)
    alpha = pack.matte_of(photo, datasets.load(photo), tmp_path)
    known = np.roll(resize(alpha, (mending.SIDE, mending.SIDE)), moved, 1)
    monkeypatch.setattr(mending, "looks", lambda small: (known + 0.6, known - 0.6))  # their mean
    assert (pack.portrait(photo, tmp_path) is not None) == trusted


def test_a_split_without_people_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="too few to train on") as caught:
        pack.build([], tmp_path)
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "groups.json").exists()


@pytest.mark.usefixtures("known_matte")
def test_a_tree_without_backgrounds_has_nothing_to_blend_with(tmp_path: Path) -> None:
    save(tmp_path / "portraits_x" / "images" / "a.png", person(0))
    save(tmp_path / "portraits_x" / "masks" / "a.png", (silhouette(SIZE) > 0.5).astype(np.float32))
    with pytest.raises(InputError, match="give nothing to blend"):
        pack.build_blend(datasets.read_tree(tmp_path), tmp_path / "out")


# ---- blending ------------------------------------------------------------------------------------------------------


@pytest.fixture
def source() -> dict[str, np.ndarray]:
    portrait = Portrait(0.3 + 0.4 * scene(1), silhouette(SIZE))
    return pack.blend_source(np.random.default_rng(4), "corrupted", portrait, scene(2))


def test_a_blending_source_is_the_true_person_over_a_scene_with_a_spoiled_alpha(source: dict[str, np.ndarray]) -> None:
    size = source["source"].shape[:2]
    assert min(size) >= pack.CROP
    assert set(source) == set(pack.BLEND_FIELDS) | {"backdrop"}
    assert all(each.shape[:2] == size and each.min() >= 0 and each.max() <= 1 for each in source.values())
    assert not np.array_equal(source["alpha"], source["true_alpha"])
    assert agreement(source["alpha"], source["true_alpha"]) > 0.7
    solid = source["true_alpha"] == 1
    np.testing.assert_allclose(source["source"][solid], source["true_foreground"][solid], atol=0.06)  # up to the noise


def test_the_estimated_colors_explain_the_source_under_the_given_alpha(source: dict[str, np.ndarray]) -> None:
    explained = over(source["foreground"], source["alpha"], source["background"])
    assert np.abs(explained - source["source"]).mean() < 0.02


def test_crops_are_cut_around_the_soft_edge_with_every_field_in_its_place(source: dict[str, np.ndarray]) -> None:
    cuts = pack.crops(np.random.default_rng(5), source)
    assert len(cuts) == pack.CROPS
    for cut in cuts:
        assert cut.shape == (pack.CROP, pack.CROP, sum(pack.BLEND_FIELDS.values()))
        assert cut.dtype == np.uint8
        true = cut[..., 4] / 255
        assert ((true > 0.05) & (true < 0.95)).any() or (np.abs(cut[..., 3] / 255 - true) > 0.1).any()
    whole = np.rint(np.concatenate([source[name].reshape(*source["alpha"].shape, -1) for name in pack.BLEND_FIELDS], 2) * 255)
    corners = np.argwhere((whole == cuts[0][0, 0]).all(2))
    assert any(np.array_equal(whole[top : top + pack.CROP, left : left + pack.CROP], cuts[0]) for top, left in corners)


def test_nothing_is_cut_where_no_edge_is_soft(source: dict[str, np.ndarray]) -> None:
    flat = {name: np.ones_like(each) for name, each in source.items()}
    assert pack.crops(np.random.default_rng(6), flat) == []


@pytest.mark.usefixtures("known_split", "known_matte")
def test_a_blend_pack_is_the_same_when_it_is_built_again(tree: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        pack.build_blend(photos(tree), tmp_path / name)
    first = (tmp_path / "a" / "blend.npy").read_bytes()
    assert first == (tmp_path / "b" / "blend.npy").read_bytes()
    assert np.load(tmp_path / "a" / "blend.npy").shape == (4 * pack.CROPS, pack.CROP, pack.CROP, 20)


def test_crops_with_the_fields_of_an_older_program_are_refused_and_named(tmp_path: Path) -> None:
    for name in (*pack.FIELDS, "blend"):
        np.save(tmp_path / f"{name}.npy", np.zeros((1, 8, 8, 14), np.uint8))
    (tmp_path / "groups.json").write_text('[""]')
    with pytest.raises(InputError, match=r"blend\.npy holds 14 channels and training needs 20: delete it") as caught:
        pack.Pack(tmp_path).blend_crops()
    assert len(str(caught.value).splitlines()) == 1
