"""Odd pictures, all drawn here: each opens right."""

import io
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from odd_files import NOISE, SMOOTH, bmp, png, saved, tiff
from PIL import Image as pillow

from cleanplate.files.photos import read_alpha, read_image

GREY16 = np.linspace(0, 65535, 64 * 96).astype(np.uint16).reshape(64, 96)
GREY = np.tile(np.arange(96, dtype=np.uint8) * 2, (64, 1))


def jpeg2_in_one() -> bytes:
    """Two JPEGs in one file with an MPO index, as by a stereo camera."""
    return saved(SMOOTH, "MPO", save_all=True, append_images=[pillow.fromarray(255 - SMOOTH)])


def cmyk(**options: object) -> bytes:
    return saved(pillow.fromarray(SMOOTH).convert("CMYK"), "JPEG", quality=95, **options)


def exif_of_nonsense() -> bytes:
    return saved(SMOOTH, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + bytes(9))


def test_stream_that_gives_a_byte_at_a_time_is_read_whole() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(1, size or 0))

    np.testing.assert_array_equal(read_image(Slow(saved(SMOOTH, "PNG"))).pixels, SMOOTH)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_named_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    command = [sys.executable, "-c", "import sys; open(sys.argv[1], 'wb').write(bytes.fromhex(sys.argv[2]))"]
    with subprocess.Popen([*command, tmp_path / "pipe.png", saved(SMOOTH, "PNG").hex()]):
        np.testing.assert_array_equal(read_image(tmp_path / "pipe.png").pixels, SMOOTH)


# Odd files that open


def rgba(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    return np.dstack([pixels, alpha])


PALETTE = pillow.fromarray(NOISE).quantize(16)
TWO_BANDS = np.dstack([GREY, 255 - GREY])
SPOTS = tuple(int(value) for value in SMOOTH[5, 7])

OPENED: dict[str, tuple[Callable[[], bytes], np.ndarray, float, np.ndarray | None]] = {
    # name: how it is made, the RGB that it shows in [0, 1], how far off it may be, its alpha in [0, 1]
    "one pixel.png": (lambda: saved(SMOOTH[:1, :1], "PNG"), SMOOTH[:1, :1] / 255, 0, None),
    "one row.jpg": (lambda: saved(SMOOTH[:1], "JPEG", quality=95), SMOOTH[:1] / 255, 0.05, None),
    "wrong suffix.jpg": (lambda: saved(SMOOTH, "PNG"), SMOOTH / 255, 0, None),
    "trailing junk.png": (lambda: saved(SMOOTH, "PNG") + NOISE.tobytes(), SMOOTH / 255, 0, None),
    "grey16.png": (lambda: saved(GREY16, "PNG"), np.dstack([GREY16] * 3) / 65535, 0, None),
    "grey16.tif": (lambda: saved(GREY16, "TIFF"), np.dstack([GREY16] * 3) / 65535, 0, None),
    "grey16 big-endian.tif": (
        lambda: saved(pillow.frombytes("I;16B", (96, 64), GREY16.astype(">u2").tobytes()), "TIFF"),
        np.dstack([GREY16] * 3) / 65535, 0, None,
    ),
    "grey16 negative.tif": (
        lambda: tiff(GREY16, {258: 16, 262: 0, 277: 1}),
        1 - np.dstack([GREY16] * 3) / 65535, 0, None,
    ),
    "grey32.tif": (
        lambda: saved(pillow.fromarray(GREY16.astype(np.int32)), "TIFF"), np.dstack([GREY16] * 3) / 65535, 0, None,
    ),
    "grey12.tif": (lambda: tiff(np.array([[0xFF, 0xF8, 0x00]], np.uint8), {256: 2, 258: 12, 262: 1, 277: 1, 279: 3}),
                   np.array([[[1.0] * 3, [2048 / 4095] * 3]]), 1e-4, None),
    "float.tif": (
        lambda: saved((GREY16 / 65535).astype(np.float32), "TIFF"),
        np.dstack([GREY16] * 3) / 65535, 1e-5, None,
    ),
    "negative.tif": (lambda: tiff(GREY, {258: 8, 262: 0, 277: 1}), 1 - np.dstack([GREY] * 3) / 255, 0, None),
    "ycbcr.tif": (lambda: saved(pillow.fromarray(SMOOTH).convert("YCbCr"), "TIFF"), SMOOTH / 255, 0.01, None),
    "cmyk.jpg": (cmyk, SMOOTH / 255, 0.03, None),
    "cmyk.tif": (lambda: saved(pillow.fromarray(SMOOTH).convert("CMYK"), "TIFF"), SMOOTH / 255, 0.005, None),
    "cmyk with damaged profile.jpg": (lambda: cmyk(icc_profile=b"nonsense" * 30), SMOOTH / 255, 0.03, None),
    "damaged profile.png": (lambda: saved(SMOOTH, "PNG", icc_profile=b"nonsense" * 30), SMOOTH / 255, 0, None),
    "unpackable profile.png": (
        lambda: png(1, 1, (b"iCCP", b"a\0\0nonsense"), (b"IDAT", zlib.compress(b"\0\1\2\3"))),
        np.array([[[1, 2, 3]]]) / 255, 0, None,
    ),
    "damaged exif.jpg": (exif_of_nonsense, SMOOTH / 255, 0.06, None),
    "one bit.png": (lambda: saved(GREY > 99, "PNG"), np.dstack([GREY > 99] * 3), 0, None),
    "one bit.tif": (
        lambda: saved(pillow.fromarray(GREY > 99), "TIFF", compression="group4"),
        np.dstack([GREY > 99] * 3), 0, None,
    ),
    "palette.png": (lambda: saved(PALETTE, "PNG"), np.asarray(PALETTE.convert("RGB")) / 255, 0, None),
    "palette.tif": (lambda: saved(PALETTE, "TIFF"), np.asarray(PALETTE.convert("RGB")) / 255, 0, None),
    "palette with one clear color.png": (
        lambda: saved(PALETTE, "PNG", transparency=3),
        np.asarray(PALETTE.convert("RGB")) / 255, 0, np.asarray(PALETTE) != 3,
    ),
    "palette with soft colors.png": (
        lambda: saved(PALETTE, "PNG", transparency=bytes(range(0, 256, 17))),
        np.asarray(PALETTE.convert("RGB")) / 255, 0, np.asarray(PALETTE) * 17 / 255,
    ),
    "palette with one clear color.gif": (
        lambda: saved(PALETTE, "GIF", transparency=3),
        np.asarray(PALETTE.convert("RGB")) / 255, 0, np.asarray(PALETTE) != 3,
    ),
    "clear color.png": (lambda: saved(SMOOTH, "PNG", transparency=SPOTS), SMOOTH / 255, 0, (SMOOTH != SPOTS).any(-1)),
    "clear grey.png": (lambda: saved(GREY, "PNG", transparency=40), np.dstack([GREY] * 3) / 255, 0, GREY != 40),
    "grey and alpha.png": (lambda: saved(TWO_BANDS, "PNG"), np.dstack([GREY] * 3) / 255, 0, 1 - GREY / 255),
    "grey and alpha.tif": (lambda: saved(TWO_BANDS, "TIFF"), np.dstack([GREY] * 3) / 255, 0, 1 - GREY / 255),
    "clear all over.png": (lambda: saved(rgba(SMOOTH, GREY * 0), "PNG"), SMOOTH / 255, 0, GREY * 0.0),
    "premultiplied.tif": (
        lambda: tiff(rgba(SMOOTH // 2, np.full_like(GREY, 128)), {258: (8,) * 4, 262: 2, 277: 4, 338: 1}),
        SMOOTH / 255, 0.02, np.full(GREY.shape, 128 / 255),
    ),
    "premultiplied grey.tif": (
        lambda: tiff(np.dstack([GREY // 2, np.full_like(GREY, 128)]), {258: (8, 8), 262: 1, 277: 2, 338: 1}),
        np.dstack([GREY] * 3) / 255, 0.02, np.full(GREY.shape, 128 / 255),
    ),
    "no frames to move.png": (
        lambda: png(1, 1, (b"acTL", bytes(8)), (b"IDAT", zlib.compress(b"\0\1\2\3"))),
        np.array([[[1, 2, 3]]]) / 255, 0, None,
    ),
    "alpha.webp": (lambda: saved(rgba(SMOOTH, GREY), "WEBP", lossless=True, exact=True), SMOOTH / 255, 0, GREY / 255),
    "alpha.avif": (lambda: saved(rgba(SMOOTH, GREY), "AVIF", quality=100), SMOOTH / 255, 0.03, GREY / 255),
    "moving.gif": (
        lambda: saved(PALETTE, "GIF", save_all=True, append_images=[pillow.fromarray(SMOOTH)]),
        np.asarray(PALETTE.convert("RGB")) / 255, 0, None,
    ),
    "moving.webp": (
        lambda: saved(SMOOTH, "WEBP", save_all=True, append_images=[pillow.fromarray(NOISE)], lossless=True),
        SMOOTH / 255, 0, None,
    ),
    "moving.png": (
        lambda: saved(SMOOTH, "PNG", save_all=True, append_images=[pillow.fromarray(NOISE)]),
        SMOOTH / 255, 0, None,
    ),
    "two pages.tif": (
        lambda: saved(SMOOTH, "TIFF", save_all=True, append_images=[pillow.fromarray(NOISE)]),
        SMOOTH / 255, 0, None,
    ),
    "stereo.mpo": (jpeg2_in_one, SMOOTH / 255, 0.06, None),
    "progressive.jpg": (lambda: saved(SMOOTH, "JPEG", progressive=True, quality=95), SMOOTH / 255, 0.06, None),
    "top down.bmp": (lambda: bmp(96, -64, 24, SMOOTH[..., ::-1].tobytes()), SMOOTH / 255, 0, None),
    "upside down.bmp": (lambda: bmp(96, 64, 24, SMOOTH[::-1, :, ::-1].tobytes()), SMOOTH / 255, 0, None),
    "two colors.bmp": (
        lambda: bmp(8, 1, 1, b"\xa5\0\0\0", bytes([0, 0, 255, 0, 255, 0, 0, 0])),
        np.array([[(0, 0, 1) if bit == "1" else (1, 0, 0) for bit in "10100101"]]), 0, None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OPENED)
def test_odd_file_opens_right(name: str, tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    make, shown, tolerance, alpha = OPENED[name]
    path = tmp_path / name
    path.write_bytes(make())
    image = read_image(path)
    values = image.pixels / np.iinfo(image.pixels.dtype).max
    assert values.shape == shown.shape
    assert np.abs(values - shown).max() <= tolerance + 1e-9
    assert (image.alpha is None) == (alpha is None)
    if image.alpha is not None:
        assert np.abs(image.alpha - np.asarray(alpha, float)).max() <= 1e-6
    assert os.listdir(tmp_path) == [name]
    assert not recwarn.list


@pytest.mark.parametrize("name", ["grey16.png", "grey16.tif", "grey16 big-endian.tif", "grey32.tif", "float.tif"])
def test_deep_grey_does_not_go_white_as_a_matte(name: str) -> None:
    np.testing.assert_allclose(read_alpha(OPENED[name][0]()), GREY16 / 65535, atol=1e-5)
