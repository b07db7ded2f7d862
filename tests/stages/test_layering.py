"""A composite taken apart: its sheets give it again, whatever was asked for."""

import dataclasses

import numpy as np
import pytest
from drawn_files import p3_profile
from stacked import ASKED, Brightening, composed, layers, standing

from cleanplate import Compositor, Placement, Plate, Settings
from cleanplate.pixels import profiles
from cleanplate.stages import layering
from cleanplate.stages.sheets import Sheet, blend
from cleanplate.values import Box

EVERY = slice(0, 400)  # rows of a frame


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("asked", ASKED)
def test_the_sheets_stacked_give_the_composite(asked: str, kind: type) -> None:
    result = composed(ASKED[asked], kind)
    assert result.layers is not None
    top, most = (255, 1) if kind is np.uint8 else (65535, 4)
    off = np.abs(np.rint(result.layers.stacked(EVERY) * top) - result.image.pixels)
    assert off.max() <= most
    assert result.layers.image is result.image
    assert (result.layers.stacked(slice(150, 380)) == result.layers.stacked(EVERY)[150:380]).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_the_sheets_of_a_plate_in_a_wide_profile_are_in_that_profile(kind: type) -> None:
    person, plate = standing(kind)
    wide = Plate(dataclasses.replace(plate.image, profile=p3_profile()))
    asked = {"wrap": 0.5, "grain": 1.0}
    maker, where = Compositor(harmonizer=Brightening()), Placement(0.6, 0.5, 0.85)
    result = maker.compose(person, wide, where, Settings(**asked), layers=True)
    top, most = (255, 1) if kind is np.uint8 else (65535, 4)
    assert np.abs(np.rint(result.layers.stacked(EVERY) * top) - result.image.pixels).max() <= most
    assert result.layers.cutout().profile == p3_profile()
    same = maker.compose(person, plate, where, Settings(**asked), layers=True)
    own, srgb = (profiles.to_srgb(each.layers.base.pixels, each.image.profile) for each in (result, same))
    rounding = 5 if kind is np.uint8 else 1  # a level of P3 in the dark is several of sRGB in one channel
    assert np.abs(np.clip(own, 0, 1) - srgb).max() < rounding / 255  # the same colors, of other numbers
    assert (result.layers.base.pixels != same.layers.base.pixels).any()


def test_asking_for_layers_changes_no_byte() -> None:
    assert (composed(ASKED["all"]).image.pixels == composed(ASKED["all"], layers=False).image.pixels).all()
    assert composed(Settings(), layers=False).layers is None


def test_there_is_a_sheet_for_each_step_that_was_asked_for_and_none_for_the_others() -> None:
    names = {asked: [each.name for each in layers(asked).sheets] for asked in ("no color", "as it is", "light alone", "all")}
    assert names == {
        "no color": ["plate", "shadow", "person"],
        "as it is": ["plate", "shadow", "person", "color"],
        "light alone": ["plate", "shadow", "person", "color"],
        "all": ["plate", "out of focus", "shadow", "person", "color", "light wrap", "grain, darker", "grain, lighter"],
    }


def test_the_plate_and_the_person_keep_their_own_colors() -> None:
    person, plate = standing()
    before = plate.image.pixels.copy()
    result = Compositor(harmonizer=Brightening()).compose(person, plate, Placement(0.6, 0.5, 0.85), ASKED["all"], layers=True)
    found = {each.name: each for each in result.layers.sheets}
    assert (found["plate"].pixels == before).all()
    finished, plain = (composed(each).layers.sheets for each in (Settings(wrap=1, grain=1), Settings(harmonize=False)))
    assert (finished[2].pixels == plain[2].pixels).all()
    assert found["person"].mask.max() == 255
    assert found["person"].alpha is None  # not erased: the mask lies beside the colors


def test_exposure_and_warmth_are_in_the_color_and_whole_whatever_the_strength() -> None:
    for asked in ("light", "light alone"):
        color = next(each for each in layers(asked).sheets if each.name == "color")
        assert (color.opacity, color.mode) == (1.0, "normal")
    lit, sheet = composed(ASKED["light alone"]), next(each for each in layers("light alone").sheets if each.name == "color")
    sure = lit.alpha > 0.999
    np.testing.assert_allclose(sheet.pixels[sure] / 255, np.clip(lit.foreground, 0, 1)[sure], atol=0.6 / 255)


def test_the_opacity_of_the_color_is_the_strength() -> None:
    half, whole = composed(Settings(strength=0.5)).layers, composed(Settings(strength=1.0)).layers
    color = next(each for each in half.sheets if each.name == "color")
    assert color.opacity == pytest.approx(0.5, abs=1 / 255)
    assert next(each for each in whole.sheets if each.name == "color").opacity == 1
    assert next(each for each in composed(Settings(strength=1.5)).layers.sheets if each.name == "color").opacity == 1


def test_the_person_alone_is_what_is_laid_over_the_plate() -> None:
    result = composed(Settings(wrap=0.7))
    found = result.layers
    solid = found.mask == 255
    off = np.abs(found.finished(slice(0, found.base.box.height))[solid] * 255 - result.image.pixels[found.base.box.slices][solid])
    assert off.max() < 1.01


def test_a_shadow_darkens_by_its_alpha_and_nothing_where_there_is_none() -> None:
    shadow = next(each for each in composed(Settings()).layers.sheets if each.name == "shadow")
    grey = np.full((shadow.box.height, shadow.box.width, 3), 0.5, np.float32)
    blend(grey, shadow, slice(0, shadow.box.height))
    assert (grey[shadow.alpha == 0] == 0.5).all()
    assert (grey <= 0.5).all()
    assert shadow.alpha.max() > 100


@pytest.mark.parametrize(("kind", "most"), [(np.uint8, 1), (np.uint16, 2)])
def test_whatever_is_lost_of_a_plate_is_taken_by_the_shadow(kind: type, most: int) -> None:
    rng, top = np.random.default_rng(4), np.iinfo(kind).max
    before = rng.integers(0, top, (40, 30, 3), kind, endpoint=True)
    kept = np.where(rng.random((40, 30, 3)) < 0.3, 1, rng.random((40, 30, 3)))  # some colors lose nothing where others do
    after = (before * kept).astype(kind)
    after[:5] = before[:5]
    (sheet,) = layering.shadow(before, after)
    under = before[sheet.box.slices] / np.float32(top)
    blend(under, sheet, slice(0, 35))
    assert np.abs(under * top - after[sheet.box.slices]).max() <= most
    assert sheet.box == Box(5, 0, 35, 30)


@pytest.mark.parametrize(("mode", "wanted"), [("normal", 0.6), ("multiply", 0.48), ("screen", 0.92)])
def test_sheets_are_blended_as_editors_do_it(mode: str, wanted: float) -> None:
    under, box = np.full((2, 2, 3), 0.8, np.float32), Box(0, 0, 2, 2)
    pixels = np.full((2, 2, 3), 153, np.uint8)  # 0.6
    blend(under, Sheet("", "plate", pixels, box, mode), slice(0, 2))
    assert under == pytest.approx(wanted, abs=1e-6)
    half = np.full((2, 2, 3), 0.8, np.float32)
    blend(half, Sheet("", "plate", pixels, box, mode, opacity=0.5), slice(0, 2))
    assert half == pytest.approx((wanted + 0.8) / 2, abs=1e-6)


def test_a_mask_opens_for_colors_beyond_white_and_for_no_others() -> None:
    alpha, under = np.full((1, 2), 0.4, np.float32), np.zeros((1, 2, 3), np.float32)
    wanted = np.stack([np.full((1, 3), 1.5), np.full((1, 3), 0.9)], 1).astype(np.float32)
    mask, colors = layering.opened(wanted, alpha, under, np.uint8([0]))
    assert mask.tolist() == [[153, 102]]  # 0.6 of white is 0.4 of one and a half
    assert colors[0].tolist() == pytest.approx(np.float32([[1] * 3, [0.9] * 3]))
