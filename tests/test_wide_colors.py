"""Plates and people of other profiles than sRGB, from file to file: the plate's own samples, depth and profile come out."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow
from PIL import ImageCms

import cleanplate
from cleanplate.errors import InputError, MissingExtra
from cleanplate.files import photos
from cleanplate.pixels import profiles
from cleanplate.pixels.color import to_float
from cleanplate.pixels.icc import SPACES, profile
from cleanplate.settings import Settings
from cleanplate.values import Cutout, Image

SIZE = 96, 120
ALPHA = np.zeros(SIZE, np.float32)
ALPHA[20:, 35:85] = 1  # in the middle, where a person is put
ALPHA[20:, 34] = ALPHA[20:, 85] = 0.5
PLAIN = Settings(shadow=0)
KEPT = cleanplate.Placement(fit="keep")


def smooth(kind: type, low: float = 0.05, high: float = 0.95) -> np.ndarray:
    """A picture of colors that change slowly, all over the space."""
    y, x = np.mgrid[0:1:96j, 0:1:120j]
    waves = np.stack([0.5 + 0.5 * np.sin(6 * x + 2 * y), 0.5 + 0.5 * np.cos(5 * y), 0.5 + 0.5 * np.sin(9 * x * y)], -1)
    return ((low + (high - low) * waves) * np.iinfo(kind).max).round().astype(kind)


def person(pixels: np.ndarray, own: bytes | None = None) -> Cutout:
    return Cutout(Image(pixels, profile=own), ALPHA, clean=True, bled=True)


@pytest.mark.parametrize(("suffix", "kind"), [("png", np.uint8), ("tif", np.uint8), ("png", np.uint16), ("tif", np.uint16)])
@pytest.mark.parametrize("name", SPACES)
def test_what_the_person_does_not_touch_comes_out_bit_for_bit(suffix: str, kind: type, name: str, tmp_path: Path) -> None:
    plate = Image(smooth(kind, 0, 1), profile=profile(name))
    photos.write_image(plate, tmp_path / f"plate.{suffix}")
    made = cleanplate.compose(person(smooth(np.uint8)), tmp_path / f"plate.{suffix}", placement=KEPT, settings=PLAIN)
    made.save(tmp_path / f"out.{suffix}")
    back = photos.read_image(tmp_path / f"out.{suffix}", space="keep")
    assert back.profile == profile(name)
    assert back.pixels.dtype == kind
    untouched = np.ones(SIZE, bool)
    untouched[made.box.slices] = made.alpha == 0
    assert untouched.mean() > 0.4
    np.testing.assert_array_equal(back.pixels[untouched], plate.pixels[untouched])
    assert (back.pixels != plate.pixels).any()


def test_a_person_of_the_plates_profile_keeps_their_samples_where_nothing_is_asked_of_their_colors() -> None:
    wide, settings = profile("prophoto"), Settings(shadow=0, harmonize=False)
    colors, plate = smooth(np.uint16, 0, 1), Image(smooth(np.uint16)[::-1].copy(), profile=wide)
    made = cleanplate.compose(person(colors, wide), plate, placement=KEPT, settings=settings)
    np.testing.assert_array_equal(made.image.pixels[ALPHA == 1], colors[ALPHA == 1])
    np.testing.assert_allclose(profiles.from_srgb(made.foreground, wide), to_float(colors)[made.box.slices], atol=1e-4)


@pytest.mark.parametrize("name", SPACES)
def test_a_wide_plate_gives_the_colors_that_the_same_plate_gives_in_srgb(name: str) -> None:
    """An independent way to the same picture: the plate brought to sRGB before, by littleCMS."""
    plate = Image(smooth(np.uint16, 0.3, 0.7))
    wide = Image(profiles.converted(plate.pixels, None, profile(name)), profile=profile(name))
    usual, other = (
        cleanplate.compose(person(smooth(np.uint8, 0.2, 0.8)), each, placement=KEPT, settings=PLAIN).image for each in (plate, wide)
    )
    found = profiles.to_srgb(other.pixels, other.profile)
    np.testing.assert_allclose(found[ALPHA == 1], to_float(usual.pixels)[ALPHA == 1], atol=0.004)


def test_a_persons_colors_beyond_srgb_are_not_crushed() -> None:
    """Pure red, green and blue of Display P3 lie outside sRGB; halves of them apart must stay apart after harmonization."""
    wide = profile("display-p3")
    pixels = np.zeros((*SIZE, 3), np.uint16)
    pixels[..., 1] = np.linspace(52000, 65535, SIZE[1]).round()
    made = cleanplate.compose(person(pixels, wide), Image(smooth(np.uint16), profile=wide), placement=KEPT, settings=PLAIN).image
    beyond = profiles.to_srgb(made.pixels, wide)[ALPHA == 1]
    assert (beyond.min(1) < -0.1).mean() > 0.9


def test_a_space_can_be_asked_for(tmp_path: Path) -> None:
    plate = Image(smooth(np.uint16, 0.2, 0.8))
    made = cleanplate.compose(person(smooth(np.uint8)), plate, placement=KEPT, settings=PLAIN, space="prophoto").image
    assert made.profile == profile("prophoto")
    usual = cleanplate.compose(person(smooth(np.uint8)), plate, placement=KEPT, settings=PLAIN).image
    found = profiles.to_srgb(made.pixels, made.profile)
    np.testing.assert_allclose(found[ALPHA == 0], to_float(usual.pixels)[ALPHA == 0], atol=1e-4)
    with pytest.raises(InputError, match=r"no `space` rec2020: give one of keep, srgb, display-p3, adobe-rgb, prophoto"):
        cleanplate.compose(person(smooth(np.uint8)), plate, space="rec2020")


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_bmp_of_a_wide_picture_is_srgb_since_it_cannot_say_otherwise(kind: type, tmp_path: Path) -> None:
    """Against Pillow's littleCMS, which has 8 bits alone: a level for its rounding, and one for ours."""
    wide = smooth(kind, 0.4, 0.6)  # all within sRGB
    photos.write_image(Image(wide, profile=profile("adobe-rgb")), tmp_path / "out.bmp")
    own, target = ImageCms.ImageCmsProfile(io.BytesIO(profile("adobe-rgb"))), ImageCms.createProfile("sRGB")
    eight = pillow.fromarray((wide / (np.iinfo(kind).max / 255)).round().astype(np.uint8))
    with pillow.open(tmp_path / "out.bmp") as written:
        found, expected = np.asarray(written, int), np.asarray(ImageCms.profileToProfile(eight, own, target, 1), int)
    assert np.abs(found - expected).max() <= 2
    assert np.abs(found - np.asarray(eight, int)).max() > 4


def test_an_existing_composite_keeps_its_profile_and_what_its_mask_leaves_out() -> None:
    wide = profile("adobe-rgb")
    pasted = Image(smooth(np.uint16, 0, 1), profile=wide)
    made = cleanplate.harmonize(pasted, ALPHA).image
    assert made.profile == wide
    np.testing.assert_array_equal(made.pixels[ALPHA == 0], pasted.pixels[ALPHA == 0])
    assert np.abs(made.pixels.astype(int) - pasted.pixels)[ALPHA == 1].max() > 300
    np.testing.assert_array_equal(cleanplate.harmonize(pasted, ALPHA, settings=Settings(strength=0)).image.pixels, pasted.pixels)


def test_a_film_before_a_wide_plate_is_srgb() -> None:
    plate = Image(profiles.converted(smooth(np.uint8), None, profile("display-p3")), profile=profile("display-p3"))
    frames = [np.dstack([smooth(np.uint8), (ALPHA * 255).round().astype(np.uint8)])] * 2
    same, compositor = Image(profiles.converted(plate.pixels, plate.profile, None)), cleanplate.Compositor()
    wide, usual = (next(compositor.compose_frames(frames, each, settings=PLAIN)) for each in (plate, same))
    np.testing.assert_array_equal(wide, usual)


def test_without_imagecodecs_a_wide_plate_comes_as_srgb_and_a_named_space_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    photos.write_image(Image(smooth(np.uint8), profile=profile("display-p3")), file, format="png")
    monkeypatch.setitem(__import__("sys").modules, "imagecodecs", None)
    profiles.available.cache_clear()
    try:
        image = photos.read_image(file.getvalue(), space="keep")
        assert image.profile is None
        assert np.abs(image.pixels.astype(int) - smooth(np.uint8)).max() > 3
        with pytest.raises(MissingExtra, match=r"cleanplate\[pro\]"):
            photos.read_image(file.getvalue(), space="prophoto")
    finally:
        profiles.available.cache_clear()
