"""foreign: what phones, cameras and film people have comes as it was drawn, and what is wrong with it is one sentence."""

import io
from pathlib import Path

import numpy as np
import pytest
from foreign_files import camera_dng, dng, exr
from labeled_files import GPS, everything
from PIL import Image as pillow
from ramps import EIGHT, LIGHT, RAMPS, SIXTEEN, X, heic

from cleanplate.errors import PhotoError
from cleanplate.files import foreign
from cleanplate.files.formats import kind_of
from cleanplate.files.photos import read_image, write_image
from cleanplate.pixels.color import to_float, to_linear, to_srgb
from cleanplate.pixels.icc import profile
from cleanplate.values import Image

MATTE = X.astype(np.float32)


# ---- HEIC -----------------------------------------------------------------------------------------------------------------


def test_a_heic_of_a_phone_comes_in_its_own_profile_with_its_author_and_without_its_place() -> None:
    with pillow.open(io.BytesIO(everything("JPEG"))) as labeled:
        exif = labeled.info["exif"]
    picture = pillow.fromarray(EIGHT)
    picture.info["icc_profile"] = profile("display-p3")
    image = read_image(heic(picture, exif=exif), space="keep")
    assert np.abs(image.pixels.astype(int) - EIGHT).max() <= 4
    assert image.profile == profile("display-p3")
    assert image.tags is not None
    assert image.tags.main[0x013B] == "Änne Beispiel"
    assert GPS not in repr(image.tags)


def test_a_heic_with_alpha_and_one_of_ten_bits_keep_them() -> None:
    library = pytest.importorskip("pillow_heif")
    image = read_image(heic(pillow.fromarray(np.dstack([EIGHT, (MATTE * 255).round().astype(np.uint8)]))))
    assert image.alpha is not None
    assert np.abs(image.alpha - MATTE).max() < 0.02
    file = io.BytesIO()
    library.from_bytes(mode="RGB;16", size=(80, 60), data=SIXTEEN.tobytes()).save(file, quality=-1, chroma=444)
    deep = read_image(file.getvalue())
    assert deep.pixels.dtype == np.uint16
    assert np.abs(deep.pixels.astype(int) - SIXTEEN).max() < 65535 * 4 / 1023


def test_a_heic_is_turned_once() -> None:
    exif = pillow.Exif()
    exif[0x0112] = 6
    assert read_image(heic(pillow.fromarray(EIGHT), exif=exif.tobytes())).size == (80, 60)


def test_a_heic_is_written_and_read(tmp_path: Path) -> None:
    write_image(Image(EIGHT, profile=profile("adobe-rgb")), tmp_path / "a.heic", quality=100)
    back = read_image(tmp_path / "a.heic", space="keep")
    assert back.profile == profile("adobe-rgb")
    assert np.abs(back.pixels.astype(int) - EIGHT).max() <= 4


# ---- camera raw --------------------------------------------------------------------------------------------------------


def test_a_raw_file_gives_back_the_light_that_was_drawn() -> None:
    image = read_image(dng(LIGHT), space="keep")
    assert image.pixels.dtype == np.uint16
    assert image.profile == profile("display-p3")
    assert image.tags is not None
    assert image.tags.main[0x010F] == "Drawn"
    found = to_linear(to_float(image.pixels))
    np.testing.assert_allclose(found[8:-4, 4:-4], LIGHT[8:-4, 4:-4], atol=2e-3)  # to the edges LibRaw makes colors up


@pytest.mark.parametrize(("turned", "size"), [(1, (60, 80)), (6, (80, 60)), (8, (80, 60)), (3, (60, 80))])
def test_a_raw_file_comes_upright(turned: int, size: tuple[int, int]) -> None:
    assert read_image(dng(LIGHT, turned)).size == size


def test_a_raw_file_as_cameras_write_it_comes_whole_and_white_in_the_light_it_was_taken_in() -> None:
    """A preview first, the sensor behind it in lossless JPEG, taken under a lamp: white is what the camera measured."""
    data = camera_dng(LIGHT, (0.9, 1.0, 0.4))
    image = read_image(data, space="keep")
    assert image.size == LIGHT.shape[:2]  # not the preview's
    found = to_linear(to_float(image.pixels))
    np.testing.assert_allclose(found[8:-4, 4:-4], LIGHT[8:-4, 4:-4], atol=4e-3)
    assert image.tags is not None
    assert image.tags.main[0x010F] == "Drawn"
    assert read_image(camera_dng(LIGHT, (0.9, 1.0, 0.4), 6)).size == (80, 60)


def test_a_small_tiff_with_its_picture_first_is_no_raw_file() -> None:
    file = io.BytesIO()
    pillow.fromarray(EIGHT).save(file, "TIFF")
    assert kind_of(file, "a") == "TIFF"
    assert kind_of(io.BytesIO(dng(LIGHT)), "a") == "camera raw"


# ---- linear light ------------------------------------------------------------------------------------------------------


def test_an_exr_goes_through_srgbs_curve_and_what_was_clipped_is_told(tmp_path: Path) -> None:
    data = exr(tmp_path / "a.exr", {"RGB": (RAMPS * 1.25).astype(np.float32)})
    image = read_image(data)
    expected = to_srgb(np.clip(RAMPS * 1.25, 0, 1).astype(np.float32))
    np.testing.assert_allclose(to_float(image.pixels), expected, atol=2e-5)
    share = f"{((RAMPS * 1.25).max(-1) > 1.0001).mean():.2%}"
    assert "linear light" in image.warnings[0]
    assert share in image.warnings[0]


def test_an_exr_of_other_primaries_comes_in_those_of_srgb(tmp_path: Path) -> None:
    p3 = (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290)
    inside = (0.3 + 0.4 * RAMPS).astype(np.float32)
    image = read_image(exr(tmp_path / "a.exr", {"RGB": inside}, chromaticities=p3))
    to_srgb_light = np.array([[1.2249402, -0.2249402, 0], [-0.0420569, 1.0420569, 0], [-0.0196376, -0.0786361, 1.0982737]])
    np.testing.assert_allclose(to_linear(to_float(image.pixels)), inside @ to_srgb_light.T, atol=2e-4)  # published matrix


def test_an_exrs_alpha_is_made_straight(tmp_path: Path) -> None:
    cover = (0.1 + 0.9 * X).astype(np.float32)
    data = exr(tmp_path / "a.exr", {"RGBA": np.dstack([RAMPS * cover[..., None], cover]).astype(np.float32)})
    image = read_image(data)
    np.testing.assert_allclose(image.alpha, cover, atol=1e-6)
    np.testing.assert_allclose(to_linear(to_float(image.pixels)), RAMPS, atol=1e-4)


def test_an_exr_without_colors_is_refused_and_one_of_luminance_is_grey(tmp_path: Path) -> None:
    grey = read_image(exr(tmp_path / "a.exr", {"Y": X.astype(np.float32)})).pixels
    assert (grey[..., 0] == grey[..., 2]).all()
    with pytest.raises(PhotoError, match=r"has the channels Z, and R, G, B or Y are needed"):
        read_image(exr(tmp_path / "b.exr", {"Z": X.astype(np.float32)}))


def test_radiance_agrees_with_the_exr_of_the_same(tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    cv2.imwrite(str(tmp_path / "a.hdr"), RAMPS[..., ::-1].astype(np.float32))
    image = read_image(tmp_path / "a.hdr")
    np.testing.assert_allclose(to_linear(to_float(image.pixels)), RAMPS, atol=1 / 128)  # eight bits and an exponent
    assert "linear light" in image.warnings[0]


# ---- TIFF --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"tile": (32, 32)}, {"compression": "lzw"}, {"compression": "lzw", "predictor": True},
        {"compression": "deflate", "tile": (16, 16)},
        {"planarconfig": "separate", "compression": "deflate"}, {"planarconfig": "separate"}, {"byteorder": ">"}, {"bigtiff": True},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("samples", [EIGHT, SIXTEEN], ids=["8", "16"])
def test_every_build_of_tiff_gives_its_own_samples(options: dict[str, object], samples: np.ndarray) -> None:
    file = io.BytesIO()
    planes = np.moveaxis(samples, -1, 0) if "planarconfig" in options else samples
    writer = {name: options.pop(name) for name in ("byteorder", "bigtiff") if name in (options := dict(options))}
    with pytest.importorskip("tifffile").TiffWriter(file, **writer) as tiff:
        tiff.write(planes, photometric="rgb", **options)
    np.testing.assert_array_equal(read_image(file.getvalue()).pixels, samples)


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_floats_of_a_tiff_within_zero_and_one_come_as_sixteen_bits_without_a_word(kind: type) -> None:
    file = io.BytesIO()
    pytest.importorskip("tifffile").imwrite(file, RAMPS.astype(kind), photometric="rgb", compression="deflate")
    image = read_image(file.getvalue())
    np.testing.assert_allclose(to_float(image.pixels), RAMPS.astype(kind), atol=1e-5)
    assert image.warnings == ()


def test_floats_beyond_are_clipped_with_a_word() -> None:
    file = io.BytesIO()
    pytest.importorskip("tifffile").imwrite(file, (RAMPS * 2 - 0.5).astype(np.float32), photometric="rgb")
    assert "holds floats, of which 0 to 1 was taken" in read_image(file.getvalue()).warnings[0]


def test_premultiplied_color_is_divided_and_black_where_nothing_is_seen() -> None:
    """By hand; what a file holds where alpha is 0 (an added glow) is no color of the person."""
    color = np.float32([[[0.25, 0.5, 0.125], [0, 0, 0], [0.1, 0.2, 0.3]]])
    with np.errstate(all="raise"):
        found = foreign.divided(color, np.float32([[0.5, 0, 1]]))
    np.testing.assert_allclose(found, [[[0.5, 1, 0.25], [0, 0, 0], [0.1, 0.2, 0.3]]], rtol=1e-6)
