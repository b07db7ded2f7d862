"""sixteen_bits: both bytes of every sample, whoever wrote the file."""

import io
import struct

import numpy as np
import pytest
from drawn_files import P3_TO_XYZ, PIXELS16, RANDOM, SMOOTH, XYZ_TO_SRGB, p3_profile, png, saved
from PIL import Image as pillow

from cleanplate.files import foreign
from cleanplate.files.photos import read_image, write_image
from cleanplate.pixels import profiles
from cleanplate.pixels.color import to_srgb
from cleanplate.values import Image


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
    np.testing.assert_array_equal(read_image(file.getvalue()).pixels, PIXELS16)


def test_compressed_planes_come_at_eight_bits_without_tifffile(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    planes = PIXELS16.transpose(2, 0, 1)
    pytest.importorskip("tifffile").imwrite(file, planes, photometric="rgb", planarconfig="separate", compression="zlib")
    monkeypatch.setattr(foreign, "keeps_deep_tiff", lambda picture: False)
    assert np.abs(read_image(file.getvalue()).pixels - PIXELS16 / 257).max() <= 1


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


def test_key_color_of_a_sixteen_bit_png_is_compared_at_sixteen_bits() -> None:
    pixels = np.array([[[1000, 2000, 3000], [1001, 2000, 3000]]], np.uint16)  # the same high bytes
    key = (b"tRNS", struct.pack(">3H", 1000, 2000, 3000))
    image = read_image(png(2, 1, 16, 2, pixels.astype(">u2").tobytes(), 12, key))
    assert image.alpha is not None
    assert image.alpha.tolist() == [[0, 1]]


def p3_tiff() -> io.BytesIO:
    """16 bits in Display P3."""
    tags, file = {"photometric": "rgb", "extratags": [(34675, 7, None, p3_profile(), True)]}, io.BytesIO()
    pytest.importorskip("tifffile").imwrite(file, SMOOTH.astype(np.uint16) * 257, **tags)
    return file


def test_sixteen_bits_with_a_foreign_profile_stay_sixteen() -> None:
    linear = (SMOOTH / 255.0) ** 2.2 @ P3_TO_XYZ.T @ XYZ_TO_SRGB.T
    expected = to_srgb(np.clip(linear, 0, 1).astype(np.float32)) * 65535
    assert np.abs(read_image(p3_tiff().getvalue()).pixels - expected).max() <= 40  # the matrices have five digits


def test_sixteen_bits_with_a_foreign_profile_come_at_eight_without_imagecodecs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "available", lambda: False)
    file = p3_tiff()
    eight = read_image(saved(pillow.fromarray(SMOOTH), "PNG", icc_profile=p3_profile()))
    np.testing.assert_array_equal(read_image(file.getvalue()).pixels, eight.pixels)


def test_a_tiff_says_that_its_alpha_is_straight() -> None:
    """TIFF 6.0, ExtraSamples: 2 is unassociated alpha; without it an editor takes the fourth channel for anything."""
    tifffile, file = pytest.importorskip("tifffile"), io.BytesIO()
    write_image(Image(PIXELS16, np.full(PIXELS16.shape[:2], 0.5, np.float32)), file, format="TIFF")
    with tifffile.TiffFile(io.BytesIO(file.getvalue())) as read:
        assert read.pages[0].extrasamples == (2,)
        assert read.pages[0].tags["SamplesPerPixel"].value == 4
