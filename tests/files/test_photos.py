"""photos: what is read is what the file shows, what is written comes back, and refusals leave the disk as it was."""

import errno
import io
import os
import stat
import struct
import threading
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as pillow
from PIL import ImageCms, ImageFile, ImageOps

from cleanplate.errors import InputError, OutputError, PhotoError
from cleanplate.files import atomic, decoding, photos
from cleanplate.files.photos import WRITABLE, check_target, encoded, read_alpha, read_image, write_alpha, write_image
from cleanplate.pixels import color
from cleanplate.pixels.color import to_float, to_srgb, to_uint8
from cleanplate.values import Image

RANDOM = np.random.default_rng(7)
PIXELS8 = RANDOM.integers(0, 256, (13, 17, 3)).astype(np.uint8)
PIXELS16 = RANDOM.integers(0, 65536, (13, 17, 3)).astype(np.uint16)
ALPHA = to_float(RANDOM.integers(0, 256, (13, 17)).astype(np.uint8))
SMOOTH = np.add.outer(np.arange(32) * 4, np.arange(48) * 2).astype(np.uint8)[..., None] + np.array(
    [0, 10, 20], np.uint8
)
# Display P3 to XYZ at D50 (the columns of its ICC profile), and XYZ at D50 to linear sRGB (B. Lindbloom).
P3_TO_XYZ = np.array([[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]])
XYZ_TO_SRGB = np.array(
    [[3.1338561, -1.6168667, -0.4906146], [-0.9787684, 1.9161415, 0.0334540], [0.0719453, -0.2289914, 1.4052427]]
)


def icc(space: bytes, tags: dict[bytes, bytes], kind: bytes = b"mntr", pcs: bytes = b"XYZ ") -> bytes:
    """A small version-2 ICC profile, made by hand (ICC.1:2001-04)."""
    white = b"XYZ " + bytes(4) + fixed(0.9642, 1.0, 0.8249)
    tags = {b"wtpt": white, b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78), **tags}
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table, body = table + name + struct.pack(">II", start + len(body), len(data)), body + data
    header = struct.pack(">I4sI4s4s4s", start + len(body), b"test", 0x02100000, kind, space, pcs)
    header += bytes(12) + b"acsp" + bytes(28)
    header += fixed(0.9642, 1.0, 0.8249) + bytes(48)
    return header + struct.pack(">I", len(tags)) + table + body


def fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def gamma(value: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256)) + bytes(2)


def p3_profile() -> bytes:
    """Display P3's primaries with the plain gamma 2.2, so that the test can do the arithmetic itself."""
    columns = {mark: b"XYZ " + bytes(4) + fixed(*P3_TO_XYZ[:, i]) for i, mark in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    return icc(b"RGB ", columns | {mark: gamma(2.2) for mark in (b"rTRC", b"gTRC", b"bTRC")})


def grey_profile(value: float) -> bytes:
    return icc(b"GRAY", {b"kTRC": gamma(value)})


def cmyk_profile() -> bytes:
    """A printer of 16 measured corners, each given in Lab: a table for littleCMS to interpolate (lut8Type)."""
    corners = [
        (240 * (1 - 0.4 * c) * (1 - 0.5 * m) * (1 - 0.1 * y) * (1 - k), 128 - 40 * c + 70 * m, 128 - 40 * c + 80 * y)
        for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)
    ]  # fmt: skip
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table += (
        bytes(range(256)) * 4 + bytes(round(value) for corner in corners for value in corner) + bytes(range(256)) * 3
    )
    return icc(b"CMYK", {b"A2B0": table}, b"prtr", b"Lab ")


def saved(picture: pillow.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


# Reading


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_lossless_files_give_pillows_own_values(kind: str) -> None:
    image = read_image(saved(pillow.fromarray(PIXELS8), kind))
    assert image.pixels.dtype == np.uint8
    assert image.alpha is None
    np.testing.assert_array_equal(image.pixels, PIXELS8)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
def test_lossy_files_give_pillows_own_values(kind: str) -> None:
    data = saved(pillow.fromarray(SMOOTH), kind)
    np.testing.assert_array_equal(read_image(data).pixels, np.asarray(pillow.open(io.BytesIO(data)).convert("RGB")))


def test_path_bytes_and_stream_give_the_same_picture(tmp_path: Path) -> None:
    data = saved(pillow.fromarray(PIXELS8), "PNG")
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with path.open("rb") as stream:
        for source in (path, str(path), data, io.BytesIO(data), stream):
            np.testing.assert_array_equal(read_image(source).pixels, PIXELS8)


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


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_is_read_as_pillow_reads_it(subsampling: str, progressive: bool) -> None:
    """By the faster library where nothing is unusual, by Pillow itself where that library so much as warns."""
    file = io.BytesIO()
    large = np.kron(SMOOTH, np.ones((3, 5, 1), np.uint8))
    pillow.fromarray(large).save(file, "JPEG", quality=90, subsampling=subsampling, progressive=progressive)
    wanted = np.asarray(pillow.open(file))
    assert (read_image(file.getvalue()).pixels == wanted).all()
    assert decoding.faultless_jpeg(file, wanted.shape[1::-1]) is not None
    data = bytearray(file.getvalue())
    data[-60:-20] = bytes(40)  # of which libjpeg only warns
    assert decoding.faultless_jpeg(io.BytesIO(data), wanted.shape[1::-1]) is None
    assert (read_image(bytes(data)).pixels == np.asarray(pillow.open(io.BytesIO(data)))).all()
    assert decoding.faultless_jpeg(file, (8, 8)) is None  # nothing larger than the header promised


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


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("with_alpha", [False, True])
def test_sixteen_bits_survive_writing_and_reading(kind: str, with_alpha: bool) -> None:
    fine = (RANDOM.integers(0, 65536, (13, 17)) / np.float32(65535)).astype(np.float32)
    image, file = Image(PIXELS16, fine if with_alpha else None), io.BytesIO()
    write_image(image, file, format=kind)
    back = read_image(file.getvalue())
    assert back.pixels.dtype == np.uint16
    np.testing.assert_array_equal(back.pixels, PIXELS16)
    if with_alpha:
        assert back.alpha is not None
        np.testing.assert_allclose(back.alpha, fine, atol=1e-6)


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_sixteen_bit_tiff_of_another_writer_reads_right(compression: str | None, byteorder: str, planes: str) -> None:
    tifffile = pytest.importorskip("tifffile")
    file = io.BytesIO()
    samples = PIXELS16 if planes == "contig" else PIXELS16.transpose(2, 0, 1)
    options = {"photometric": "rgb", "planarconfig": planes, "compression": compression, "byteorder": byteorder}
    tifffile.imwrite(file, samples, **options)
    pixels = read_image(file.getvalue()).pixels
    if planes == "separate" and compression:  # documented: compressed planes come at 8 bits
        assert np.abs(pixels - PIXELS16 / 257).max() <= 1
    else:
        np.testing.assert_array_equal(pixels, PIXELS16)


def test_sixteen_bit_files_read_the_same_in_opencv_and_tifffile() -> None:
    cv2, tifffile = pytest.importorskip("cv2"), pytest.importorskip("tifffile")
    files = {}
    for kind in ("PNG", "TIFF"):
        files[kind] = io.BytesIO()
        write_image(Image(PIXELS16), files[kind], format=kind)
        decoded = cv2.imdecode(np.frombuffer(files[kind].getvalue(), np.uint8), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(decoded[..., ::-1], PIXELS16)
    files["TIFF"].seek(0)
    np.testing.assert_array_equal(tifffile.imread(files["TIFF"]), PIXELS16)


def test_sixteen_bit_png_of_grey_and_alpha_reads_exactly() -> None:
    grey, alpha = PIXELS16[..., 0], PIXELS16[..., 1]
    rows = np.dstack([grey, alpha]).astype(">u2").tobytes()
    image = read_image(png(17, 13, 16, 4, rows, 17 * 4))
    np.testing.assert_array_equal(image.pixels, np.dstack([grey] * 3))
    assert image.alpha is not None
    np.testing.assert_allclose(image.alpha, alpha / 65535, atol=1e-6)


def png(
    width: int, height: int, depth: int, kind: int, rows: bytes, stride: int, *chunks: tuple[bytes, bytes]
) -> bytes:
    """A PNG put together by hand, unfiltered."""
    import zlib

    lines = b"".join(b"\0" + rows[i : i + stride] for i in range(0, len(rows), stride))
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    parts = ((b"IHDR", header), *chunks, (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(d)) + m + d + struct.pack(">I", zlib.crc32(m + d)) for m, d in parts)
    return b"\x89PNG\r\n\x1a\n" + body


def test_key_color_of_a_sixteen_bit_png_is_compared_at_sixteen_bits() -> None:
    pixels = np.array([[[1000, 2000, 3000], [1001, 2000, 3000]]], np.uint16)  # the same high bytes
    key = (b"tRNS", struct.pack(">3H", 1000, 2000, 3000))
    image = read_image(png(2, 1, 16, 2, pixels.astype(">u2").tobytes(), 12, key))
    assert image.alpha is not None
    assert image.alpha.tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("depth", "data", "key"), [(1, b"\x40", 1), (2, b"\x1b", 1), (4, b"\x01\x23", 1), (8, b"\0\1\2\3", 1)]
)
def test_key_grey_is_counted_in_the_files_own_depth(depth: int, data: bytes, key: int) -> None:
    image = read_image(png(4, 1, depth, 0, data, len(data), (b"tRNS", struct.pack(">H", key))))
    assert image.alpha is not None
    assert image.alpha.tolist() == [[1, 0, 1, 1]]


def test_sixteen_bits_with_a_foreign_profile_come_converted_at_eight() -> None:
    tags = {"photometric": "rgb", "extratags": [(34675, 7, None, p3_profile(), True)]}
    file = io.BytesIO()
    pytest.importorskip("tifffile").imwrite(file, SMOOTH.astype(np.uint16) * 257, **tags)
    eight = read_image(saved(pillow.fromarray(SMOOTH), "PNG", icc_profile=p3_profile()))
    np.testing.assert_array_equal(read_image(file.getvalue()).pixels, eight.pixels)


def test_pixel_limit_is_exact() -> None:
    data = saved(pillow.fromarray(PIXELS8), "PNG")
    assert read_image(data, pixel_limit=13 * 17).size == (13, 17)
    with pytest.raises(PhotoError) as caught:
        read_image(data, pixel_limit=13 * 17 - 1)
    assert caught.value.reason == "too-large"


def test_pillows_own_limit_and_the_callers_warnings_stay_as_they_were() -> None:
    before, limit = list(warnings.filters), pillow.MAX_IMAGE_PIXELS
    threads = [threading.Thread(target=read_image, args=(saved(pillow.fromarray(PIXELS8), "PNG"),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pillow, "MAX_IMAGE_PIXELS", 1)
        assert read_image(saved(pillow.fromarray(PIXELS8), "PNG")).size == (13, 17)
    assert list(warnings.filters) == before
    assert limit == pillow.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("meanwhile", [False, True, None])
def test_what_the_program_around_sets_while_a_file_is_read_stays(
    monkeypatch: pytest.MonkeyPatch, before: bool, meanwhile: bool | None
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", before)
    data = saved(pillow.fromarray(PIXELS8), "PNG")

    class Changes(io.BytesIO):
        calls = 0

        def read(self, count: int | None = -1) -> bytes:
            self.calls += 1
            if self.calls == 3:
                if meanwhile is not None:
                    ImageFile.LOAD_TRUNCATED_IMAGES = meanwhile
                warnings.filterwarnings("ignore", message="the program's own")
            return super().read(count)

    with warnings.catch_warnings(), photos._strict:  # another thread is reading too
        monkeypatch.setattr(photos, "_whole", lambda stream, name: stream)
        assert np.array_equal(read_image(Changes(data)).pixels, PIXELS8)
    assert ImageFile.LOAD_TRUNCATED_IMAGES is (before if meanwhile is None else meanwhile)


def test_a_setting_that_is_changed_at_the_very_end_of_a_read_stays_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for before in (True, False):
        monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", before)
        with photos._strict:
            ImageFile.LOAD_TRUNCATED_IMAGES = not before
        assert ImageFile.LOAD_TRUNCATED_IMAGES is not before


def test_the_program_s_own_filter_of_warnings_survives_a_read() -> None:
    with warnings.catch_warnings():
        filters = list(warnings.filters)
        with photos._strict:
            warnings.filterwarnings("ignore", message="the program's own")
        assert [each for each in warnings.filters if each not in filters] == [warnings.filters[0]]
        assert warnings.filters[0][1].pattern == "the program's own"


def test_no_half_picture_comes_of_a_setting_that_is_switched_on_while_a_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)
    data = saved(pillow.fromarray(RANDOM.integers(0, 256, (200, 200, 3)).astype(np.uint8)), "PNG")[:-30_000]
    decode, calls = decoding.decode, []

    def loosened(*arguments: Any) -> decoding.Decoded:
        calls.append(arguments)
        if len(calls) == 1:
            ImageFile.LOAD_TRUNCATED_IMAGES = True
        return decode(*arguments)

    monkeypatch.setattr(decoding, "decode", loosened)
    with pytest.raises(PhotoError) as caught:
        read_image(data)
    assert caught.value.reason == "truncated"
    assert len(calls) == 2
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


# Mattes


@pytest.mark.parametrize(
    ("kind", "depth"), [("PNG", 8), ("TIFF", 8), ("BMP", 8), ("WEBP", 8), ("PNG", 16), ("TIFF", 16)]
)
def test_matte_comes_back_within_half_a_level(kind: str, depth: int) -> None:
    fine, file = RANDOM.random((9, 11), np.float32), io.BytesIO()
    write_alpha(fine, file, format=kind, depth=depth)
    back = read_alpha(file.getvalue())
    assert back.dtype == np.float32
    assert np.abs(back - fine).max() <= 0.5 / (2**depth - 1) + 1e-6


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


@pytest.mark.parametrize(
    "bad", [np.full((2, 2), 1.5, np.float32), np.zeros((2, 2, 1), np.float32), np.zeros((0, 3), np.float32)]
)
def test_matte_out_of_shape_or_range_is_refused(bad: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        write_alpha(bad, tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


# Writing


@pytest.mark.parametrize("suffix", WRITABLE)
def test_written_file_is_what_its_suffix_says(suffix: str, tmp_path: Path) -> None:
    for pixels in (SMOOTH, SMOOTH.astype(np.uint16) * 257):
        write_image(Image(pixels), tmp_path / f"a{suffix.upper()}", overwrite=True)
        with pillow.open(tmp_path / f"a{suffix.upper()}") as picture:
            assert picture.format == WRITABLE[suffix]
        back = read_image(tmp_path / f"a{suffix.upper()}").pixels
        assert np.abs(back / np.iinfo(back.dtype).max - SMOOTH / 255).max() < 0.02
    assert [path.name for path in tmp_path.iterdir()] == [f"a{suffix.upper()}"]


@pytest.mark.parametrize("kind", sorted(set(WRITABLE.values()) - {"BMP"}))
@pytest.mark.parametrize("pixels", [SMOOTH, SMOOTH.astype(np.uint16) * 257])
def test_written_file_carries_an_srgb_profile_and_no_metadata(kind: str, pixels: np.ndarray) -> None:
    file = io.BytesIO()
    write_image(Image(pixels), file, format=kind)
    with pillow.open(file) as picture:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(profile)
        assert not {"exif", "xmp"} & set(picture.info)


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


@pytest.mark.parametrize("suffix", [".jpg", ".bmp"])
def test_alpha_into_a_format_without_one_is_refused(suffix: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"a\.(jpg|bmp).*\.png"):
        write_image(Image(PIXELS8, ALPHA), tmp_path / f"a{suffix}")
    assert not list(tmp_path.iterdir())


def test_sixteen_bit_matte_into_jpeg_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="16 bits"):
        write_alpha(ALPHA, tmp_path / "a.jpg", depth=16)


def test_stream_without_a_format_is_refused() -> None:
    with pytest.raises(OutputError, match=r"\.png"):
        write_image(Image(PIXELS8), io.BytesIO())


@pytest.mark.parametrize("quality", [0, 101])
def test_quality_out_of_range_is_refused(quality: int) -> None:
    with pytest.raises(InputError, match="quality"):
        write_image(Image(PIXELS8), io.BytesIO(), format="png", quality=quality)


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


@pytest.mark.parametrize("size", [(65_500, 1), (1, 65_500)])
def test_a_side_may_have_65500_pixels_and_no_more(size: tuple[int, int]) -> None:
    assert read_image(saved(pillow.new("L", size), "PNG")).size == size[::-1]
    longer = size[0] + (size[0] > 1), size[1] + (size[1] > 1)
    with pytest.raises(PhotoError, match="the limit is 65500 on a side") as caught:
        read_image(saved(pillow.new("L", longer), "PNG"))
    assert caught.value.reason == "too-large"


PEAK = """if True:
    import re, sys
    from cleanplate.files.photos import read_image
    def peak():  # of this process alone, in KB; what resource tells knows its parent's too
        return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])
    read_image(sys.argv[2])  # what is loaded once
    before = peak()
    read_image(sys.argv[1])
    print(peak() - before)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the peak is read there")
@pytest.mark.parametrize("kind", ["rgba16", "rgb16", "rgba", "palette"])
def test_reading_takes_at_most_20_bytes_for_a_pixel(tmp_path: Path, python: Callable[..., Any], kind: str) -> None:
    height, width = 2000, 4000
    small = np.indices((height, width)).sum(0).astype(np.uint8)
    rgb = np.dstack([small, small[::-1], 255 - small])
    if kind.endswith("16"):
        alpha = small / np.float32(255) if kind == "rgba16" else None
        write_image(Image(rgb.astype(np.uint16) * 257, alpha), tmp_path / "large.png")
    else:
        picture = pillow.fromarray(np.dstack([rgb, small]) if kind == "rgba" else rgb)
        (picture if kind == "rgba" else picture.quantize(16)).save(tmp_path / "large.png", compress_level=1)
    write_image(Image(PIXELS16, np.ones(PIXELS16.shape[:2], np.float32)), tmp_path / "small.png")
    done = python("-c", PEAK, tmp_path / "large.png", tmp_path / "small.png")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) * 1024 <= 20 * height * width


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.mark.parametrize(
    "words",
    [
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(3_000_000))),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(bytes(3_000_000))),
        chunk(b"tEXt", b"Comment\0" + b"y" * 900_000) * 80,
    ],
    ids=["zTXt", "iTXt", "tEXt"],
)
@pytest.mark.parametrize("before", [True, False])
def test_a_png_with_too_many_words_is_read_without_them(words: bytes, before: bool) -> None:
    data = encoded(Image(PIXELS16), "PNG", 95, "a")
    at = data.index(b"iCCP") - 4 if before else len(data) - 12
    assert np.array_equal(read_image(data[:at] + words + data[at:]).pixels, PIXELS16)


def test_permissions_are_those_that_umask_gives(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_image(Image(PIXELS8), tmp_path / "a.png")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o640


def test_overwriting_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"old")
    (tmp_path / "link.png").symlink_to(tmp_path / "a.png")
    write_image(Image(PIXELS8), tmp_path / "link.png", overwrite=True)
    assert (tmp_path / "link.png").is_symlink()
    np.testing.assert_array_equal(read_image(tmp_path / "a.png").pixels, PIXELS8)


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
@pytest.mark.parametrize(
    ("failure", "raised"),
    [(OSError(errno.ENOSPC, "No space left on device"), OutputError), (KeyboardInterrupt(), KeyboardInterrupt)],
)
def test_failure_half_way_leaves_the_old_file_and_nothing_else(
    step: str, failure: BaseException, raised: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.png"
    target.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise failure

    if step == "write":
        plain = open

        def full_disk(path: str, mode: str) -> io.IOBase:
            file = plain(path, mode)
            return Broken(file, fail)

        monkeypatch.setattr(atomic, "open", full_disk, raising=False)
    else:
        monkeypatch.setattr(os, step, fail)
    with pytest.raises(raised) as caught:
        write_image(Image(PIXELS8), target, overwrite=True)
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert target.read_bytes() == b"old"
    if raised is OutputError:
        assert "a.png" in str(caught.value)
        assert "no space" in str(caught.value).lower()


class Broken:
    """A file that takes three bytes and then fails."""

    def __init__(self, file, fail) -> None:  # type: ignore[no-untyped-def]
        self.file, self.fail = file, fail

    def __enter__(self) -> "Broken":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def write(self, data: bytes) -> None:
        self.file.write(data[:3])
        self.fail()


def test_check_target_lets_a_good_target_pass_and_makes_nothing(tmp_path: Path) -> None:
    check_target(tmp_path / "a.png", inputs=[tmp_path / "b.png", "-"])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [(1, 1), (17, 301), (120, 90)])
@pytest.mark.parametrize("quality", [1, 75, 95, 100])
def test_a_jpeg_is_byte_for_byte_what_pillow_would_have_written(size: tuple[int, int], quality: int) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    ours, theirs = io.BytesIO(), io.BytesIO()
    write_image(Image(pixels), ours, format="jpg", quality=quality)
    pillow.fromarray(pixels).save(theirs, "JPEG", quality=quality, subsampling="4:4:4", icc_profile=color.srgb_profile())
    assert ours.getvalue() == theirs.getvalue()


def test_a_picture_is_copied_out_of_pillow_whole_whatever_its_shape() -> None:
    for shape in ((1, 1), (3, 1), (700, 1000), (1, 300_000)):
        for channels in ((), (3,), (4,)):
            pixels = np.random.default_rng(2).integers(0, 256, shape + channels, np.uint8)
            assert (decoding.samples(pillow.fromarray(pixels)) == pixels).all()
