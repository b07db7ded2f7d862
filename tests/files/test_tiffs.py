"""tiffs: every way to pack a TIFF is read back the same by a reader of other people."""

import io

import numpy as np
import pytest

from cleanplate.files import tiffs
from cleanplate.files.photos import read_image, write_image
from cleanplate.pixels.icc import profile
from cleanplate.values import Image

tifffile = pytest.importorskip("tifffile")


def written(image: Image, **form: object) -> io.BytesIO:
    file = io.BytesIO()
    write_image(image, file, format="tif", **form)  # type: ignore[arg-type]
    file.seek(0)
    return file


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("compression", tiffs.COMPRESSIONS)
@pytest.mark.parametrize("tiled", [False, True])
@pytest.mark.parametrize("with_alpha", [False, True])
def test_tifffile_reads_the_same_samples(
    kind: type, compression: str, tiled: bool, with_alpha: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiffs, "LARGE", 1 if tiled else 1 << 40)
    monkeypatch.setattr(tiffs, "ROWS", 20_000)
    rng = np.random.default_rng(5)
    pixels = rng.integers(0, np.iinfo(kind).max, (530, 1030, 3)).astype(kind)
    alpha = rng.integers(0, 256, (530, 1030)).astype(np.float32) / np.float32(255) if with_alpha else None
    file = written(Image(pixels, alpha, profile=profile("display-p3")), compression=compression)
    with tifffile.TiffFile(file) as opened:
        page = opened.pages[0]
        np.testing.assert_array_equal(page.asarray()[..., :3], pixels)
        assert page.is_tiled == tiled
        assert page.compression == {"deflate": 8, "lzw": 5, "none": 1}[compression]
        assert page.iccprofile == profile("display-p3")
        assert len(page.dataoffsets) > 1
        assert page.extrasamples == ((2,) if with_alpha else ())
    back = read_image(file.getvalue(), space="keep")
    np.testing.assert_array_equal(back.pixels, pixels)
    if with_alpha:
        np.testing.assert_allclose(back.alpha, alpha, atol=1e-4)


def test_deflate_is_the_same_picture_with_and_without_imagecodecs(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(6).integers(0, 65535, (70, 50, 3)).astype(np.uint16)
    by_libdeflate = written(Image(pixels)).getvalue()
    monkeypatch.setattr(tiffs.profiles, "available", lambda: False)
    by_zlib = written(Image(pixels)).getvalue()
    assert by_libdeflate != by_zlib
    for data in (by_libdeflate, by_zlib):
        np.testing.assert_array_equal(tifffile.imread(io.BytesIO(data)), pixels)


def test_a_large_picture_comes_in_tiles_and_a_small_one_in_strips() -> None:
    with tifffile.TiffFile(written(Image(np.zeros((4001, 4001, 3), np.uint8)))) as opened:
        assert opened.pages[0].is_tiled
    with tifffile.TiffFile(written(Image(np.zeros((100, 100, 3), np.uint8)))) as opened:
        assert not opened.pages[0].is_tiled
