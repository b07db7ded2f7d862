"""doors: one picture in every form that people have gives one result; anything else is one sentence that names it."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as pillow

import cleanplate
from cleanplate import Compositor, Cutout, Image, InputError, Plate, Settings, inputs

PLAIN = Settings(blend=False, harmonize=False)


def forms(path: Path) -> dict[str, Any]:
    """A picture of 8 bits without alpha as whatever it may be."""
    data, pixels = path.read_bytes(), np.asarray(pillow.open(path))
    return {
        "name": str(path), "path": path, "file": path.open("rb"), "stream": io.BytesIO(data), "bytes": data,
        "bytearray": bytearray(data), "memoryview": memoryview(data), "Pillow": pillow.open(path),
        "uint8": pixels, "uint16": pixels.astype(np.uint16) * 257, "big-endian": (pixels.astype(np.uint16) * 257).astype(">u2"),
        "float64": pixels / 255, "float32": (pixels / 255).astype(np.float32), "turned view": pixels[:, ::-1].copy()[:, ::-1],
        "Image": Image(np.asarray(pillow.open(path).convert("RGB"))),
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_picture_in_every_form_is_the_same_person_and_the_same_plate(pasted, mask, plate):
    """The box and the pixels are those of the files; what has 16 bits lies within a level of 8."""
    wanted = cleanplate.compose(pasted, plate, alpha=mask, settings=PLAIN).image.pixels
    for name, given in forms(pasted).items():
        found = cleanplate.compose(given, plate, alpha=mask, settings=PLAIN).image.pixels
        assert np.abs(found.astype(int) - wanted).max() <= 1, name
    for name, given in forms(plate).items():
        found = cleanplate.compose(pasted, given, alpha=mask, settings=PLAIN).image.pixels
        deep = found.dtype == np.uint16
        assert deep == (name in ("uint16", "big-endian", "float64", "float32")), name
        assert np.abs(found / (257 if deep else 1) - wanted).max() <= 1, name
    person = Cutout(cleanplate.read_image(pasted), cleanplate.read_alpha(mask))
    assert (cleanplate.compose(person, Plate.open(plate), settings=PLAIN).image.pixels == wanted).all()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_matte_in_every_form_is_the_same(pasted, mask, plate):
    wanted = cleanplate.compose(pasted, plate, alpha=mask, settings=PLAIN).image.pixels
    grey = np.asarray(pillow.open(mask))
    rgb = np.dstack([grey] * 3)
    seen = Image(rgb, (grey / 255).astype(np.float32))
    for name, given in (forms(mask) | {"bool": grey > 0, "rgba": np.dstack([rgb, grey]), "with alpha": seen}).items():
        assert (cleanplate.compose(pasted, plate, alpha=given, settings=PLAIN).image.pixels == wanted).all(), name
    found = (cleanplate.harmonize(pasted, given).image.pixels for given in (mask, grey, grey > 0, pillow.open(mask)))
    assert len({each.tobytes() for each in found}) == 1


def test_the_reusable_doors_take_the_same_forms(cutout, plate):
    wanted = Compositor().compose(cleanplate.read_image(cutout), Plate.open(plate), settings=PLAIN).image.pixels
    for person, behind in ((cutout, plate), (pillow.open(cutout), pillow.open(plate)), (np.asarray(pillow.open(cutout)), plate)):
        assert (Compositor().compose(person, behind, settings=PLAIN).image.pixels == wanted).all()
    assert Compositor().cutout(cutout).clean


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I", "F", "I;16", "LAB", "YCbCr", "HSV"])
def test_a_pillow_picture_of_any_mode_is_what_its_file_gives(tmp_path, mode):
    """Lab, YCbCr and HSV have no lossless file of their own; for them Pillow's conversion to RGB is the witness."""
    ramp = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4
    color = pillow.fromarray(np.dstack([ramp, ramp.T, ramp[::-1]]))
    if mode in ("I", "I;16"):
        picture = pillow.fromarray(ramp.astype(np.int32 if mode == "I" else np.uint16) * 257)
    elif mode == "F":
        picture = pillow.fromarray(ramp.astype(np.float32) / 255)
    elif mode == "LAB":
        picture = pillow.fromarray(np.dstack([ramp, np.full((8, 8, 2), 0, np.uint8)]), "RGB")
        picture = pillow.frombytes("LAB", (8, 8), picture.tobytes())
    else:
        picture = color.convert(mode)
    found = inputs.image(picture)
    if mode in ("YCbCr", "HSV"):
        assert (found.pixels == np.asarray(picture.convert("RGB"))).all()
        return
    path = tmp_path / "same.tif"
    picture.save(path)
    wanted = cleanplate.read_image(path)
    assert found.pixels.dtype == wanted.pixels.dtype
    assert (found.pixels == wanted.pixels).all()
    assert (found.alpha is None) == (wanted.alpha is None)
    assert found.alpha is None or (found.alpha == wanted.alpha).all()


@pytest.mark.parametrize(("mode", "key"), [("L", 40), ("RGB", (40, 40, 40))])
def test_a_pillow_picture_in_which_one_color_stands_for_transparent_has_that_as_alpha(tmp_path, mode, key):
    picture = pillow.fromarray(np.arange(0, 200, 10, dtype=np.uint8).reshape(4, 5)).convert(mode)
    picture.save(tmp_path / "keyed.png", transparency=key)
    opened = pillow.open(tmp_path / "keyed.png")
    found, wanted = inputs.image(opened), cleanplate.read_image(tmp_path / "keyed.png")
    opened.close()
    assert found.alpha is not None
    assert (found.alpha == wanted.alpha).all()
    assert found.alpha.sum() == 19


def test_a_pillow_picture_is_turned_and_its_profile_is_applied_as_in_a_file(tmp_path):
    from PIL import ImageCms

    pixels = np.random.default_rng(3).integers(0, 255, (6, 9, 3), np.uint8)
    exif = pillow.Exif()
    exif[0x0112] = 6
    other = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    pillow.fromarray(pixels).save(tmp_path / "turned.png", exif=exif)
    opened = pillow.open(tmp_path / "turned.png")
    assert (inputs.image(opened).pixels == cleanplate.read_image(tmp_path / "turned.png").pixels).all()
    assert inputs.image(opened).size == (9, 6)
    opened.info["icc_profile"] = other.tobytes()
    with pytest.raises(cleanplate.PhotoError, match="color profile that does not fit"):
        inputs.image(opened)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "The person is None: give a path"), ([1, 2], "is a list: give"), (7, "is an int: give"),
        (io.StringIO("text"), "is a StringIO: give"), (np.zeros((4, 4), np.uint8), r"array of \(4, 4\) uint8: give \(height"),
        (np.zeros((4, 4, 3), np.int64), "int64: give"), (np.zeros((4, 4, 2), np.uint8), r"\(4, 4, 2\) uint8: give"),
        (np.zeros((0, 4, 3), np.uint8), r"\(0, 4, 3\)"), (np.full((4, 4, 3), 255.0), "from 255 to 255: floats lie within"),
        (np.full((4, 4, 3), np.nan), "from nan to nan"), (pillow.new("RGB", (0, 3)), "0x3 pixels"), (object(), "is an object:"),
        (Plate(Image(np.zeros((4, 4, 3), np.uint8))), "is a Plate: give"), (np.zeros((4, 4, 3), bool), "bool: give"),
    ],
)  # fmt: skip
def test_anything_else_is_one_sentence_that_names_what_was_given(given, words):
    with pytest.raises(InputError, match=words) as refusal:
        cleanplate.compose(given, Image(np.zeros((4, 4, 3), np.uint8)))
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).startswith("The person is ")


def test_the_plate_the_matte_and_the_mask_are_named_too(pasted, plate):
    for told, name in (({"plate": 3}, "The plate"), ({"plate": plate, "alpha": ["ab"]}, "The matte")):
        with pytest.raises(InputError, match=f"^{name} is a"):
            cleanplate.compose(pasted, **told)
    with pytest.raises(InputError, match=r"^The mask is an array of"):
        cleanplate.harmonize(pasted, np.zeros((60, 80), np.int32))
    with pytest.raises(InputError, match=r"^The composite is None"):
        cleanplate.harmonize(None, pasted)  # type: ignore[arg-type]


def test_what_is_given_is_never_written_into(pasted, mask, plate):
    person, behind, cover = (np.array(pillow.open(each)) for each in (pasted, plate, mask))
    before = [each.copy() for each in (person, behind, cover)]
    for given in ((person, behind, cover), (Image(person), Plate(Image(behind)), cover.astype(np.float32) / 255)):
        cleanplate.compose(given[0], given[1], alpha=given[2])
        cleanplate.harmonize(given[0], given[2])
    for each, saved in zip((person, behind, cover), before, strict=True):
        assert (each == saved).all()
    drawn = np.asarray(pillow.fromarray(cover).resize((64, 64)).resize(cover.shape[::-1]), np.float32) / 255
    saved = drawn.copy()
    cleanplate.compose(pasted, plate, alpha=drawn)  # of files alone the arrays would be this package's own
    assert (drawn == saved).all()


@pytest.mark.parametrize("size", [(0, 0), (-5, 10), (1.5, 4), (3,), "12", (1, 65_501), (30_000, 30_000)])
def test_a_size_that_is_none_is_refused_at_every_door(cutout, plate, size):
    frames = [np.zeros((20, 20, 3), np.uint8)]
    with pytest.raises(InputError, match=r"^size is \(height, width\)"):
        cleanplate.compose(cutout, plate, size=size)
    with pytest.raises(InputError, match=r"^size is \(height, width\)"):
        Compositor().compose_frames(frames, plate, size=size)


def test_short_memory_is_said_of_a_pillow_picture_too(monkeypatch):
    """The words of ``errors.is_memory_short``, not that the picture is damaged."""
    picture = pillow.new("RGB", (4, 4))

    def fails():
        raise MemoryError

    monkeypatch.setattr(picture, "load", fails)
    with pytest.raises(cleanplate.MemoryShort):
        inputs.image(picture)


# ---- frames ----------------------------------------------------------------------------------------------------------


def test_frames_in_every_form_are_the_same_film(stand_ins, portrait):
    picture = pillow.open(portrait).convert("RGB").resize((320, 320))
    pixels, plate = np.asarray(picture), np.full((320, 320, 3), 90, np.uint8)
    (wanted,) = Compositor().compose_frames([pixels], plate, settings=PLAIN, quality="fast")
    for given in ([picture], [Image(pixels)], [pixels / 255], pixels[None], iter([pixels.astype(np.uint16) * 257])):
        (found,) = Compositor().compose_frames(given, plate, settings=PLAIN, quality="fast")
        assert np.abs(found.astype(int) - wanted).max() <= 2  # the network sees 16 bits rounded once more


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([np.zeros((20, 20), np.uint8)], "Frame 1 of the person is an array of (20, 20) uint8"),
        ([np.zeros((20, 20, 3), np.int64)], "Frame 1 of the person is an array of (20, 20, 3) int64"),
        ([np.full((20, 20, 3), 9.0)], "Frame 1 of the person is an array of (20, 20, 3) float64 from 9 to 9"),
        ([None], "Frame 1 of the person is None"), (5, "The person is an int"), (None, "The person is None"),
    ],
)  # fmt: skip
def test_a_frame_that_is_none_is_one_sentence_with_its_number(plate, frames, words):
    with pytest.raises(InputError) as refusal:
        list(Compositor().compose_frames(frames, plate))
    assert str(refusal.value).startswith(words)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(plate, rate):
    with pytest.raises(InputError, match="rate"):
        Compositor().compose_frames([np.zeros((20, 20, 3), np.uint8)], plate, rate=rate)


# ---- what comes out --------------------------------------------------------------------------------------------------


def test_results_come_as_pillow_pictures_and_arrays_of_their_own(cutout, plate):
    done = cleanplate.compose(cutout, plate, settings=PLAIN)
    assert (done.to_array() == done.image.pixels).all()
    assert (np.asarray(done.to_pil()) == done.image.pixels).all()
    done.to_array()[...] = 0
    assert done.image.pixels.any()
    person = cleanplate.matte(cutout)
    assert (np.asarray(person.to_pil()) == np.asarray(pillow.open(cutout))).all()
    assert (person.to_array() == np.asarray(pillow.open(cutout))).all()


def test_a_pillow_picture_goes_out_and_in_unchanged_and_saves_its_profile(tmp_path, cutout):
    image = cleanplate.read_image(cutout)
    again = inputs.image(image.to_pil())
    assert (again.pixels == image.pixels).all()
    assert again.alpha is not None
    assert (again.alpha == image.alpha).all()
    image.to_pil().save(tmp_path / "saved.png")
    with pillow.open(tmp_path / "saved.png") as saved:
        assert "icc_profile" in saved.info
    deep = Image(image.pixels.astype(np.uint16) * 257)
    assert (np.asarray(deep.to_pil()) == image.pixels).all()


def test_the_matting_door_gives_what_the_compositor_finds(portrait, plate):
    assert (cleanplate.matte(portrait).alpha == Compositor().cutout(cleanplate.read_image(portrait)).alpha).all()
    with pytest.raises(cleanplate.NoPersonError) as refusal:
        cleanplate.matte(plate)
    assert "alpha" not in str(refusal.value)
    here = np.zeros(cleanplate.read_image(portrait).size, bool)
    here[:20, :20] = True
    found = cleanplate.matte(portrait, drop_mask=here, keep_mask=here[::-1]).alpha
    assert (found[:20, :20].max(), found[-20:, :20].min()) == (0, 1)


# ---- the seams ------------------------------------------------------------------------------------------------------------


def test_a_size_of_one_pixel_is_a_size_and_one_of_none_is_not() -> None:
    for size in ((1, 1), (1, 9), (9, 1), None):
        inputs.check_size(size)
    for wrong in ((0, 1), (1, 0), (-1, 5)):
        with pytest.raises(InputError, match="both 1 or more"):
            inputs.check_size(wrong)
