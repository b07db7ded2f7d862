from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn import scene
from published import dim, places, ppr10k_360p

from cleanplate.errors import InputError
from cleanplate.training.readers import datasets, layouts, still_plates
from cleanplate.training.samples import drawing, recoloring, synthesis
from cleanplate.training.samples.drawing import BlendSet, HarmonizeSet

SIZE = 64


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture
def harmonize_set(tree: Path, tmp_path: Path, known_matte: list[int]) -> HarmonizeSet:
    return HarmonizeSet(datasets.read_tree(tree), SIZE, tmp_path / "mattes")


@pytest.fixture
def blend_set(tmp_path: Path, known_matte: list[int]) -> BlendSet:
    tree = dim(tmp_path / "tree", 3)
    places(tree, 5)
    return BlendSet(layouts.read(tree).photos, 96, tmp_path / "mattes")


# ---- harmonization -------------------------------------------------------------------------------------------------


def test_a_sample_is_its_target_where_alpha_is_zero_and_its_facts_say_what_it_is(harmonize_set: HarmonizeSet) -> None:
    origins = set()
    for seed in range(24):
        drawn = harmonize_set.draw(generator(seed), seed)
        sample = synthesis.Sample(**drawn.pictures)
        assert sample.composite.shape == sample.plate.shape == sample.target.shape == (SIZE, SIZE, 3)
        outside = sample.alpha == 0
        assert np.array_equal(sample.composite[outside], sample.target[outside])
        assert drawn.facts["ratio"] == pytest.approx(float(sample.alpha.mean()), abs=1e-4)
        assert drawn.facts["recoloring"] in (*recoloring.RECOLORINGS, "nothing", "natural")
        origins.add(drawn.facts["origin"])
    assert origins == {"group", "single", "region"}  # the drawn tree has no clips


def test_a_recomposed_sample_has_another_photo_of_the_session_as_plate(harmonize_set: HarmonizeSet) -> None:
    for seed in range(6):
        found = harmonize_set.group(generator(seed))
        assert {found.facts["person"], found.facts["background"]} == {"portraits_x/p1", "portraits_x/p2"}
        outside = found.alpha == 0
        assert np.abs(found.picture[outside].astype(int) - found.plate[outside]).max() <= 1  # an alpha of 0.001 is 0 in 8 bits


def test_ppr10k_gives_recomposed_groups_alone_as_in_the_paper(tmp_path: Path) -> None:
    tree = ppr10k_360p(tmp_path, {3: 2, 4: 1, 5: 3})
    places(tree)
    source = HarmonizeSet(layouts.read(tree).photos, SIZE, tmp_path / "mattes")
    assert source.shares() == {"group": 1.0}
    for seed in range(6):
        facts = source.draw(generator(seed), seed).facts
        assert facts["origin"] == "group"
        assert facts["group"] in ("ppr10k/3", "ppr10k/5")  # a lone photo has no other to go to
        assert facts["background"].split("_")[0] == facts["group"]


def test_a_frame_of_a_still_clip_has_the_median_as_plate(harmonize_set: HarmonizeSet, monkeypatch: pytest.MonkeyPatch) -> None:
    harmonize_set.clips = harmonize_set.groups
    plate = scene(77, (80, 64))
    monkeypatch.setattr(still_plates, "of_clip", lambda _: still_plates.StillPlate(plate, 0.9, 0.001))
    found = harmonize_set.still(generator(1))
    assert np.abs(found.plate / 255 - scene(77, (96, 96))).mean() < 0.02
    assert found.facts["background"].endswith("median")
    monkeypatch.setattr(still_plates, "of_clip", lambda _: None)
    harmonize_set.shelf.held.clear()
    assert harmonize_set.still(generator(1)).facts["origin"] == "group"  # the camera moves


def test_only_the_asked_kinds_of_recoloring_are_drawn(tree: Path, tmp_path: Path, known_matte: list[int]) -> None:
    source = HarmonizeSet(datasets.read_tree(tree), 48, tmp_path, ("histogram",))
    kinds = {source.draw(generator(seed), seed).facts["recoloring"] for seed in range(12)}
    assert kinds <= {"histogram", "nothing", "natural"}
    assert "histogram" in kinds


def test_too_few_photos_are_refused_in_one_sentence(tree: Path, tmp_path: Path) -> None:
    photos = datasets.read_tree(tree)
    with pytest.raises(InputError, match="nobody in this split to recolor") as caught:
        HarmonizeSet([photo for photo in photos if photo.kind == "scenes"], SIZE, tmp_path)
    assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(InputError, match="nothing to take colors from"):
        HarmonizeSet([photo for photo in photos if photo.kind == "portraits"], SIZE, tmp_path)


# ---- blending ------------------------------------------------------------------------------------------------------


def test_the_blending_target_is_the_person_on_the_plate_and_the_source_the_person_on_another_scene(blend_set: BlendSet) -> None:
    for number in range(8):
        drawn = blend_set.draw(generator(number), number)
        found, truth = drawn.pictures, drawn.pictures["true_alpha"]
        assert set(found) == {"source", "alpha", "plate", "target", "true_alpha"}
        assert np.array_equal(found["target"][truth == 0], found["plate"][truth == 0])
        deep = cv2.erode(truth, np.ones((5, 5), np.uint8)) > 0.99  # light of the backdrop may lie on the rim
        assert np.abs(found["source"][deep] - found["target"][deep]).mean() < 0.02
        assert drawn.facts["background"] != drawn.facts["source_background"]


def test_every_person_meets_every_background_once_before_any_comes_again(blend_set: BlendSet) -> None:
    """The paper's counts: people times backgrounds samples are all pairs."""
    pairs = set()
    total = len(blend_set.people) * len(blend_set.scenes)
    for number in range(total):
        facts = blend_set.draw(generator(number), number).facts
        pairs.add((facts["person"], facts["background"]))
    assert len(pairs) == total == 20


def test_a_person_whose_matte_cannot_be_trusted_gives_way_to_the_next(blend_set: BlendSet, monkeypatch: pytest.MonkeyPatch) -> None:
    first = blend_set.people[0]
    asked = BlendSet.portrait
    monkeypatch.setattr(BlendSet, "portrait", lambda self, photo: None if photo == first else asked(self, photo))
    assert blend_set.draw(generator(), 0).facts["person"] == blend_set.people[1].name
    monkeypatch.setattr(BlendSet, "portrait", lambda *_: None)
    with pytest.raises(InputError, match="No predicted matte in this split agrees"):
        blend_set.draw(generator(), 0)


def test_blending_needs_alphas_and_two_scenes(tree: Path, tmp_path: Path) -> None:
    photos = datasets.read_tree(tree)
    with pytest.raises(InputError, match="has an alpha or a mask"):
        BlendSet([photo for photo in photos if photo.kind == "scenes"], SIZE, tmp_path)
    with pytest.raises(InputError, match="has 0 scenes and blending needs two"):
        BlendSet([photo for photo in photos if photo.mask], SIZE, tmp_path)


# ---- the shelf -----------------------------------------------------------------------------------------------------


def test_the_shelf_makes_a_thing_once_and_forgets_the_oldest() -> None:
    shelf, made = drawing.Shelf(2), []
    for key in "abacaba":
        shelf.get(key, lambda key=key: made.append(key))  # type: ignore[misc]
    assert "".join(made) == "abcab"
