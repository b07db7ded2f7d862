"""PSD and PSB, opened by psd-tools' own compositor and by Pillow, which know nothing of how they were made."""

import dataclasses
import io

import numpy as np
import psd_tools
import pytest
from PIL import Image as pillow
from psd_tools.composite import composite as recomposed
from stacked import ASKED, layers

from cleanplate import OutputError
from cleanplate.handoff import layered, psd
from cleanplate.pixels import profiles
from cleanplate.pixels.color import srgb_profile
from cleanplate.stages.sheets import Layers


def written(sheets: Layers, suffix: str = "psd") -> bytes:
    file = io.BytesIO()
    layered.write_layers(sheets, file, format=suffix)
    return file.getvalue()


def opened(data: bytes) -> psd_tools.PSDImage:
    return psd_tools.PSDImage.open(io.BytesIO(data))


@pytest.mark.parametrize("suffix", ["psd", "psb"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("asked", ASKED)
def test_another_reader_stacks_the_layers_to_the_composite(asked: str, kind: type, suffix: str) -> None:
    made = layers(asked, kind)
    found, top, most = opened(written(made, suffix)), *((255, 1) if kind is np.uint8 else (65535, 4))
    colors, _, alpha = recomposed(found, force=True)
    assert np.abs(np.rint(colors * top) - made.image.pixels).max() <= most
    assert alpha.min() > 1 - 1e-5


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_the_merged_picture_is_the_composite_itself(kind: type) -> None:
    made = layers("all", kind)
    assert (np.rint(opened(written(made)).numpy() * np.iinfo(kind).max) == made.image.pixels).all()
    if kind is np.uint8:
        with pillow.open(io.BytesIO(written(made))) as picture:
            assert (np.asarray(picture) == made.image.pixels).all()
            assert picture.info["icc_profile"] == srgb_profile()


def test_planes_of_16_bits_are_deflated_the_same_with_and_without_imagecodecs(monkeypatch: pytest.MonkeyPatch) -> None:
    made = layers("all", np.uint16)

    def planes(data: bytes) -> list[bytes]:
        """Inflated by psd-tools, by zlib."""
        return [layer.numpy().tobytes() for layer in opened(data).descendants() if layer.has_pixels()]

    quick = written(made)
    monkeypatch.setattr(profiles, "available", lambda: False)
    usual = written(made)
    assert planes(quick) == planes(usual) != []
    assert quick != usual  # libdeflate's bytes are not zlib's


def test_groups_and_layers_bear_the_names_of_what_they_are() -> None:
    found = opened(written(layers("all")))
    assert [(group.name, [each.name for each in group]) for group in found] == [
        ("plate", ["plate", "out of focus"]), ("shadow", ["shadow"]),
        ("person", ["person", "color", "light wrap", "grain, darker", "grain, lighter"]),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_the_person_is_masked_not_erased_and_the_color_clipped_to_them(kind: type) -> None:
    made = layers("half of the color", kind)
    found = {each.name: each for each in opened(written(made)).descendants() if not each.is_group()}
    person, sheet = found["person"], next(each for each in made.sheets if each.name == "person")
    assert person.mask.bbox == (sheet.box.left, sheet.box.top, sheet.box.left + sheet.box.width, sheet.box.top + sheet.box.height)
    assert (np.rint(person.numpy("mask")[..., 0] * np.iinfo(kind).max) == sheet.mask).all()
    assert person.numpy("shape").min() == 1
    assert [each.name for each in person.clip_layers][:1] == ["color"]
    assert found["color"].opacity == 128
    assert found["shadow"].blend_mode is psd_tools.constants.BlendMode.MULTIPLY


def test_a_side_too_long_for_a_psd_is_refused_in_one_sentence(tmp_path) -> None:
    wide = np.zeros((1, psd.LONGEST_SIDE + 1, 3), np.uint8)
    made = layers()
    large = dataclasses.replace(made, image=dataclasses.replace(made.image, pixels=wide), sheets=made.sheets[:1])
    with pytest.raises(OutputError, match=r"PSD holds 30000 pixels on a side and this picture has 30001x1; try \.psb\.$"):
        layered.write_layers(large, tmp_path / "wide.psd")
    assert not list(tmp_path.iterdir())
    with pytest.raises(OutputError, match=r"try \.psb"):
        layered.check_room("wide.psd", None, (1, 30001))
    layered.check_room("wide.psb", None, (1, 30001))


def test_a_file_beyond_two_gigabytes_is_refused_as_psd(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(psd, "MOST_BYTES", 1000)
    with pytest.raises(OutputError, match=r"it takes 0\.0 GB and PSD holds 2; try \.psb"):
        layered.write_layers(layers("no color"), tmp_path / "out.psd")
    assert not list(tmp_path.iterdir())
    layered.write_layers(layers("no color"), tmp_path / "out.psb")


def test_the_same_layers_give_the_same_bytes() -> None:
    assert written(layers()) == written(layers())
