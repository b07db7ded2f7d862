"""conversion: pictures come upright and sRGB by their profiles, mattes as alpha or luminance."""

import io

import numpy as np
import pytest
from drawn_files import (
    ALPHA,
    P3_TO_XYZ,
    PIXELS8,
    SMOOTH,
    XYZ_TO_SRGB,
    cmyk_profile,
    grey_profile,
    p3_profile,
    saved,
)
from PIL import Image as pillow
from PIL import ImageCms, ImageOps

from cleanplate.files.photos import read_alpha, read_image
from cleanplate.pixels.color import to_srgb, to_uint8


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once_as_by_pillow(kind: str, orientation: int) -> None:
    exif = pillow.Exif()
    exif[0x0112] = orientation
    data = saved(pillow.fromarray(SMOOTH), kind, exif=exif, **({} if kind in ("PNG", "TIFF") else {"quality": 95}))
    upright = ImageOps.exif_transpose(pillow.open(io.BytesIO(data)))
    np.testing.assert_array_equal(read_image(data).pixels, np.asarray(upright.convert("RGB")))
    assert read_image(data).size == ((48, 32) if orientation >= 5 else (32, 48))


def test_orientation_six_turns_the_left_column_to_the_top() -> None:
    exif = pillow.Exif()
    exif[0x0112] = 6
    lower_left_red = np.zeros((2, 3, 3), np.uint8)
    lower_left_red[1, 0] = 255, 0, 0
    image = read_image(saved(pillow.fromarray(lower_left_red), "PNG", exif=exif))
    assert image.size == (3, 2)
    assert image.pixels[0, 0].tolist() == [255, 0, 0]


def test_alpha_is_turned_with_its_picture() -> None:
    exif = pillow.Exif()
    exif[0x0112] = 8
    rgba = np.dstack([PIXELS8, to_uint8(ALPHA)])
    image = read_image(saved(pillow.fromarray(rgba), "PNG", exif=exif))
    np.testing.assert_array_equal(image.alpha, np.rot90(ALPHA))


def test_wide_gamut_agrees_with_arithmetic_by_hand() -> None:
    data = saved(pillow.fromarray(SMOOTH), "PNG", icc_profile=p3_profile())
    linear = (SMOOTH / 255.0) ** 2.2 @ P3_TO_XYZ.T @ XYZ_TO_SRGB.T
    expected = to_srgb(np.clip(linear, 0, 1).astype(np.float32)) * 255
    assert np.abs(expected - SMOOTH).max() > 10  # the profile matters
    assert np.abs(read_image(data).pixels - expected).max() <= 2


def test_grey_profile_agrees_with_arithmetic_by_hand() -> None:
    ramp = np.arange(256, dtype=np.uint8)[None]
    image = read_image(saved(pillow.fromarray(ramp), "PNG", icc_profile=grey_profile(1.8)))
    expected = to_srgb(((ramp / 255.0) ** 1.8).astype(np.float32)) * 255
    assert np.abs(image.pixels - expected[..., None]).max() <= 2


def test_grey_pixels_with_a_color_profile_take_it_as_equal_rgb() -> None:
    ramp = np.arange(256, dtype=np.uint8)[None]
    grey = read_image(saved(pillow.fromarray(ramp), "PNG", icc_profile=p3_profile()))
    color = read_image(saved(pillow.fromarray(np.dstack([ramp] * 3)), "PNG", icc_profile=p3_profile()))
    np.testing.assert_array_equal(grey.pixels, color.pixels)


def test_srgb_profile_leaves_every_value_alone() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    np.testing.assert_array_equal(
        read_image(saved(pillow.fromarray(PIXELS8), "PNG", icc_profile=profile)).pixels, PIXELS8
    )


def test_lab_tiff_agrees_with_arithmetic_by_hand() -> None:
    data = saved(pillow.frombytes("LAB", (2, 1), bytes([128, 0, 0, 200, 40, 236])), "TIFF")
    expected = []
    for lightness, a, b in ((128 / 2.55, 0, 0), (200 / 2.55, 40, -20)):
        y = (lightness + 16) / 116
        xyz = np.array([y + a / 500, y, y - b / 200]) ** 3 * [0.9642, 1, 0.8249]
        expected.append(to_srgb(np.clip(XYZ_TO_SRGB @ xyz, 0, 1).astype(np.float32)) * 255)
    assert np.abs(read_image(data).pixels[0] - np.array(expected)).max() <= 2


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_with_a_profile_agrees_with_littlecms(kind: str) -> None:
    data = saved(pillow.fromarray(SMOOTH).convert("CMYK"), kind, icc_profile=cmyk_profile())
    with pillow.open(io.BytesIO(data)) as picture:
        plain = np.asarray(picture.convert("RGB"), int)
        profiles = ImageCms.ImageCmsProfile(io.BytesIO(cmyk_profile())), ImageCms.createProfile("sRGB")
        expected = ImageCms.profileToProfile(picture, *profiles, ImageCms.Intent.RELATIVE_COLORIMETRIC, "RGB")
    pixels = read_image(data).pixels.astype(int)
    assert np.abs(pixels - np.asarray(expected, int)).max() <= 2
    assert np.abs(pixels - plain).max() > 10


def test_matte_prefers_an_alpha_channel_that_varies_to_the_grey() -> None:
    varied = np.dstack([PIXELS8, to_uint8(ALPHA)])
    np.testing.assert_array_equal(read_alpha(saved(pillow.fromarray(varied), "PNG")), ALPHA)
    opaque = np.dstack([np.dstack([to_uint8(ALPHA)] * 3), np.full((13, 17), 255, np.uint8)])
    np.testing.assert_array_equal(read_alpha(saved(pillow.fromarray(opaque), "PNG")), ALPHA)


def test_matte_ignores_a_color_profile() -> None:
    data = saved(pillow.fromarray(to_uint8(ALPHA)), "PNG", icc_profile=grey_profile(1.8))
    np.testing.assert_array_equal(read_alpha(data), ALPHA)


def test_matte_of_one_bit_holds_zero_and_one() -> None:
    data = saved(pillow.fromarray(PIXELS8[..., 0] > 99), "PNG")
    np.testing.assert_array_equal(read_alpha(data), (PIXELS8[..., 0] > 99).astype(np.float32))


def test_matte_in_color_is_its_luminance() -> None:
    expected = PIXELS8 @ np.array([0.299, 0.587, 0.114]) / 255
    np.testing.assert_allclose(read_alpha(saved(pillow.fromarray(PIXELS8), "PNG")), expected, atol=1e-6)
