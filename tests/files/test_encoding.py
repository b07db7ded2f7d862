"""encoding: what is written is what its suffix says, byte for byte the same another day."""

import io
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from drawn_files import PIXELS8, SMOOTH
from PIL import Image as pillow
from PIL import ImageCms

from cleanplate.errors import OutputError
from cleanplate.files import photos
from cleanplate.files.photos import WRITABLE, read_image, write_image
from cleanplate.pixels import color
from cleanplate.values import Image

pillow_heif.register_heif_opener()  # for Pillow's own open(), which the package does not use


@pytest.mark.parametrize("suffix", WRITABLE)
def test_written_file_is_what_its_suffix_says(suffix: str, tmp_path: Path) -> None:
    for pixels in (SMOOTH, SMOOTH.astype(np.uint16) * 257):
        write_image(Image(pixels), tmp_path / f"a{suffix.upper()}", overwrite=True)
        if suffix != ".jxl":  # which Pillow does not know
            with pillow.open(tmp_path / f"a{suffix.upper()}") as picture:
                assert picture.format == WRITABLE[suffix]
        back = read_image(tmp_path / f"a{suffix.upper()}").pixels
        assert np.abs(back / np.iinfo(back.dtype).max - SMOOTH / 255).max() < 0.02
    assert [path.name for path in tmp_path.iterdir()] == [f"a{suffix.upper()}"]


@pytest.mark.parametrize("kind", sorted(set(WRITABLE.values()) - {"BMP", "JXL"}))
@pytest.mark.parametrize("pixels", [SMOOTH, SMOOTH.astype(np.uint16) * 257])
def test_written_file_carries_an_srgb_profile_and_no_metadata(kind: str, pixels: np.ndarray) -> None:
    file = io.BytesIO()
    write_image(Image(pixels), file, format=kind)
    with pillow.open(file) as picture:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(profile)
        assert not picture.info.get("exif")
        assert not picture.info.get("xmp")


@pytest.mark.parametrize("kind", sorted(set(WRITABLE.values())))
@pytest.mark.parametrize("pixels", [SMOOTH, SMOOTH.astype(np.uint16) * 257])
def test_same_picture_gives_the_same_bytes_on_another_day(
    kind: str, pixels: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [io.BytesIO(), io.BytesIO()]
    plain = ImageCms.ImageCmsProfile.tobytes
    for day, file in enumerate(files):
        color.srgb_profile.cache_clear()
        monkeypatch.setattr(
            ImageCms.ImageCmsProfile,
            "tobytes",
            lambda self, day=day: (d := plain(self))[:24] + bytes([day] * 12) + d[36:],
        )
        write_image(Image(pixels), file, format=kind)
    color.srgb_profile.cache_clear()
    assert files[0].getvalue() == files[1].getvalue()


def test_avif_bytes_do_not_depend_on_the_number_of_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [io.BytesIO(), io.BytesIO()]
    large = np.asarray(pillow.fromarray(SMOOTH).resize((1100, 700)))
    for threads, file in zip((1, 8), files, strict=True):
        monkeypatch.setattr("PIL.AvifImagePlugin.DEFAULT_MAX_THREADS", threads)
        write_image(Image(large), file, format="avif")
    assert files[0].getvalue() == files[1].getvalue()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "AVIF"])
def test_alpha_is_written_where_the_format_has_one(kind: str) -> None:
    file, ramp = io.BytesIO(), np.tile(np.linspace(0, 1, 48, dtype=np.float32), (32, 1))
    write_image(Image(SMOOTH, ramp), file, format=kind)
    back = read_image(file.getvalue()).alpha
    assert back is not None
    assert np.abs(back - ramp).max() < 0.01


def test_jpeg_halves_no_color() -> None:
    file = io.BytesIO()
    write_image(Image(PIXELS8), file, format="jpg")
    with pillow.open(file) as picture:
        assert [layer[1:3] for layer in picture.layer] == [(1, 1)] * 3


def test_sixteen_bits_are_rounded_not_cut_for_eight_bit_formats() -> None:
    file = io.BytesIO()
    write_image(Image(np.full((2, 2, 3), 255, np.uint16)), file, format="bmp")  # 255 / 257 = 0.99 of a level
    assert read_image(file.getvalue()).pixels.max() == 1


def test_picture_too_wide_for_its_format_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.webp.*16384x1.*\.png"):
        write_image(Image(np.zeros((1, 16384, 3), np.uint8)), tmp_path / "a.webp")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("suffix", "side"), [(".jpg", 65_500), (".webp", 16_383)])
def test_a_picture_too_long_for_its_format_is_refused_before_the_work(tmp_path: Path, suffix: str, side: int) -> None:
    for size in ((1, side), (side, 1)):
        photos.check_room(tmp_path / f"a{suffix}", None, size)
    for size in ((1, side + 1), (side + 1, 1)):
        with pytest.raises(OutputError, match=f"holds {side} pixels on a side"):
            photos.check_room(tmp_path / f"a{suffix}", None, size)
        photos.check_room(tmp_path / "a.png", None, size)
    write_image(Image(np.zeros((1, side, 3), np.uint8)), tmp_path / f"b{suffix}")
    pillow.new("RGB", (17_000, 1)).save(tmp_path / "plate.png")
    with pytest.raises(OutputError, match="this picture has 17000x1"):
        photos.check_room(tmp_path / "a.webp", None, tmp_path / "plate.png")


@pytest.mark.parametrize("size", [(1, 1), (17, 301), (120, 90)])
@pytest.mark.parametrize("quality", [1, 75, 95, 100])
def test_a_jpeg_is_byte_for_byte_what_pillow_would_have_written(size: tuple[int, int], quality: int) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    ours, theirs = io.BytesIO(), io.BytesIO()
    write_image(Image(pixels), ours, format="jpg", quality=quality)
    pillow.fromarray(pixels).save(theirs, "JPEG", quality=quality, subsampling="4:4:4", icc_profile=color.srgb_profile())
    assert ours.getvalue() == theirs.getvalue()
