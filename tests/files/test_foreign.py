"""foreign: what phones, cameras and film people have comes as it was drawn, and what is wrong with it is one sentence."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from foreign_files import camera_dng, dng, exr, psd
from labeled_files import GPS, everything
from PIL import Image as pillow

import cleanplate
from cleanplate.errors import MissingExtra, PhotoError
from cleanplate.files import foreign
from cleanplate.files.formats import kind_of
from cleanplate.files.photos import read_alpha, read_image, write_image
from cleanplate.pixels.color import to_float, to_linear, to_srgb
from cleanplate.pixels.icc import profile
from cleanplate.values import Image

Y, X = np.mgrid[0:1:60j, 0:1:80j]
RAMPS = np.stack([X, Y, 1 - X], -1)
EIGHT, SIXTEEN = (RAMPS * 255).round().astype(np.uint8), (RAMPS * 65535).round().astype(np.uint16)
LIGHT = np.stack([0.2 + 0.6 * X, 0.2 + 0.6 * Y, 0.8 - 0.6 * X], -1)
LIGHT[:4] = 1  # LibRaw takes the brightest for white
MATTE = X.astype(np.float32)


# ---- HEIC --------------------------------------------------------------------------------------------------------------


def heic(picture: pillow.Image, **options: object) -> bytes:
    file = io.BytesIO()
    pytest.importorskip("pillow_heif").from_pillow(picture).save(file, quality=100, chroma=444, **options)
    return file.getvalue()


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


# ---- PSD ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("samples", [EIGHT, SIXTEEN, EIGHT[..., :1]], ids=["8", "16", "grey"])
def test_a_psds_flattened_picture_is_its_own(samples: np.ndarray, large: bool, packed: bool) -> None:
    data = psd(samples, mode=1 if samples.shape[2] == 1 else 3, packed=packed, large=large)
    if not large and samples.dtype == np.uint8:  # which Pillow reads too
        with pillow.open(io.BytesIO(data)) as opened:
            np.testing.assert_array_equal(np.asarray(opened.convert("RGB")), np.broadcast_to(samples, EIGHT.shape))
    np.testing.assert_array_equal(read_image(data).pixels, np.broadcast_to(samples, EIGHT.shape))


def test_a_psds_profile_and_transparency_are_taken() -> None:
    cover = (0.1 + 0.9 * X)[..., None]
    matted = np.dstack([RAMPS * cover + 1 - cover, cover])  # Photoshop lays it on white
    image = read_image(psd((matted * 65535).round().astype(np.uint16), clear=True, profile=profile("prophoto")), space="keep")
    assert image.profile == profile("prophoto")
    np.testing.assert_allclose(image.alpha, cover[..., 0], atol=1e-4)
    np.testing.assert_allclose(to_float(image.pixels), RAMPS, atol=2e-4)
    assert read_image(psd(np.dstack([EIGHT, EIGHT[..., :1]]))).alpha is None  # a channel of another use


def test_a_psd_in_ink_is_read_as_a_jpeg_in_ink() -> None:
    ink = np.asarray(pillow.fromarray(EIGHT).convert("CMYK"))
    np.testing.assert_array_equal(
        read_image(psd(255 - ink, mode=4)).pixels, np.asarray(pillow.fromarray(ink, "CMYK").convert("RGB"))
    )


def test_a_psd_without_its_flattened_picture_is_refused() -> None:
    with pytest.raises(PhotoError, match=r"was saved without its flattened picture \(maximize compatibility\)"):
        read_image(psd(EIGHT, real=False))


# ---- bounds ------------------------------------------------------------------------------------------------------------


def drawn(kind: str, folder: Path) -> bytes:
    """A picture of 60 x 80 of a foreign kind."""
    if kind == "heif":
        return heic(pillow.fromarray(EIGHT))
    if kind == "raw":
        return dng(LIGHT)
    if kind == "exr":
        return exr(folder / "a.exr", {"RGB": RAMPS.astype(np.float32)})
    if kind == "psd":
        return psd(EIGHT)
    if kind == "tiff":
        file = io.BytesIO()
        pytest.importorskip("tifffile").imwrite(file, RAMPS.astype(np.float32), photometric="rgb")
        return file.getvalue()
    pytest.importorskip("cv2").imwrite(str(folder / "a.hdr"), RAMPS.astype(np.float32))
    return (folder / "a.hdr").read_bytes()


KINDS = sorted(foreign.KINDS.values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_beyond_the_pixel_limit_is_refused(kind: str, tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=r"80x60 = 0\.0 million pixels and the limit is 0\.004 million") as refused:
        read_image(drawn(kind, tmp_path), pixel_limit=4000)
    assert refused.value.reason == "too-large"


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_file_is_refused_in_one_sentence(kind: str, tmp_path: Path) -> None:
    data = drawn(kind, tmp_path)
    with pytest.raises(PhotoError) as refused:
        read_image(data[: len(data) * 2 // 3])
    assert len(str(refused.value).splitlines()) == 1
    assert refused.value.reason in ("truncated", "broken", "format")


@pytest.mark.parametrize(
    ("kind", "module"),
    [("heif", "pillow_heif"), ("raw", "rawpy"), ("exr", "OpenEXR"), ("tiff", "tifffile"), ("psd", "imagecodecs")],
)
def test_a_missing_library_is_named_with_its_extra(
    kind: str, module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = drawn(kind, tmp_path)
    (tmp_path / f"{module}.py").write_text(f"raise ImportError('gone', name='{module}')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    package, extra = foreign.LIBRARIES[module]
    advice = rf"holds .* data, and {package}, which reads them, is not installed; run: pip install 'cleanplate\[{extra}\]'"
    with pytest.raises(MissingExtra, match=advice):
        read_image(data)


HALF = {"shape": [2, 2, 3], "type": "|u1", "blocks": [0, 0, 0, 0]}


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("import os; os.abort()", "ends its decoder"),
        ("import time; time.sleep(60)", "takes it too long"),
        ("print('{')", "ends its decoder"),
        (f"import sys; sys.stdin.buffer.read(); print({json.dumps(HALF)!r})", "ends its decoder"),
    ],
    ids=["abort", "hang", "half a line", "half a picture"],
)
def test_a_decoder_that_dies_or_hangs_is_one_sentence(
    script: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = drawn("psd", tmp_path)
    (tmp_path / "script.py").write_text(script)
    monkeypatch.setattr(foreign, "SCRIPT", tmp_path / "script.py")
    monkeypatch.setattr(foreign, "SECONDS", 0.5)
    with pytest.raises(PhotoError, match=sentence):
        read_image(data)


@pytest.mark.skipif(sys.platform != "linux", reason="bounds on memory are Linux's here")
def test_a_decoder_that_asks_for_too_much_memory_gets_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = foreign.SCRIPT.read_text().replace("    return runpy", "    bytearray(3 << 30)\n    return runpy")
    assert "3 << 30" in text
    (tmp_path / "script.py").write_text(text)
    monkeypatch.setattr(foreign, "SCRIPT", tmp_path / "script.py")
    with pytest.raises(cleanplate.MemoryShort):
        read_image(drawn("psd", tmp_path))


def test_mattes_of_foreign_kinds_are_read_too() -> None:
    assert np.abs(read_alpha(psd(EIGHT[..., :1], mode=1)) - X).max() < 0.005
