"""Broken and odd inputs, all drawn here: each opens right or is refused in one sentence, and nothing is left behind."""

import io
import os
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow
from PIL import ImageCms, ImageFile

from cleanplate.errors import OutputError, PhotoError
from cleanplate.files import formats
from cleanplate.files.photos import check_target, read_alpha, read_image, write_alpha, write_image
from cleanplate.values import Image

SMOOTH = np.add.outer(np.arange(64) * 2, np.arange(96)).astype(np.uint8)[..., None] + np.array([0, 10, 20], np.uint8)
NOISE = np.random.default_rng(3).integers(0, 256, (64, 96, 3)).astype(np.uint8)
GREY16 = np.linspace(0, 65535, 64 * 96).astype(np.uint16).reshape(64, 96)
GREY = np.tile(np.arange(96, dtype=np.uint8) * 2, (64, 1))
WINDOWS = os.name == "nt"


def saved(pixels: np.ndarray | pillow.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture = pixels if isinstance(pixels, pillow.Image) else pillow.fromarray(pixels)
    picture.save(file, kind, **options)
    return file.getvalue()


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def png(width: int, height: int, *chunks: tuple[bytes, bytes], depth: int = 8, kind: int = 2) -> bytes:
    """A hand-built PNG whose header may say anything."""
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)), *chunks, (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(d)) + m + d + struct.pack(">I", zlib.crc32(m + d)) for m, d in parts)
    return b"\x89PNG\r\n\x1a\n" + body


def bmp(width: int, height: int, bits: int, rows: bytes, palette: bytes = b"") -> bytes:
    """A hand-built BMP with the 40-byte header."""
    start = 54 + len(palette)
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, 0, len(rows), 2835, 2835, len(palette) // 4, 0)
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + header + palette + rows


def tiff(picture: np.ndarray, tags: dict[int, object]) -> bytes:
    """An uncompressed little-endian TIFF in one strip, with any tags."""
    from PIL import TiffImagePlugin

    directory = TiffImagePlugin.ImageFileDirectory_v2(b"II*\0\0\0\0\0")
    data = picture.tobytes()
    size = {256: picture.shape[1], 257: picture.shape[0], 259: 1, 273: 0, 278: picture.shape[0], 279: len(data)}
    for tag, value in (size | tags).items():
        directory[tag] = value
    file = io.BytesIO()
    directory.save(file)
    return file.getvalue() + data


def jpeg2_in_one() -> bytes:
    """Two JPEGs in one file with an MPO index, as by a stereo camera."""
    return saved(SMOOTH, "MPO", save_all=True, append_images=[pillow.fromarray(255 - SMOOTH)])


def profile(name: str) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


def cmyk(**options: object) -> bytes:
    return saved(pillow.fromarray(SMOOTH).convert("CMYK"), "JPEG", quality=95, **options)


def exif_of_nonsense() -> bytes:
    return saved(SMOOTH, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + bytes(9))


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.jpg": (lambda: b"", "empty"),
    "text.jpg": (lambda: b"Dear diary,\nno picture today.\n" * 9, "format"),
    "page.png": (lambda: b"<!DOCTYPE html><html><body>404</body></html>", "format"),
    "zeros.jpg": (lambda: bytes(500), "format"),
    "noise.png": (lambda: NOISE.tobytes(), "format"),
    "one byte.jpg": (lambda: b"\xff", "format"),
    "letter.png": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", "format"),
    "windows.eps": (lambda: b"\xc5\xd0\xd3\xc6" + bytes(60), "format"),
    "layers.jpg": (lambda: b"8BPS\0\1" + bytes(60), "format"),
    "phone.jpg": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "broken"),
    "clip.jpg": (lambda: b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(40), "format"),
    "paper.jpg": (lambda: b"%PDF-1.7\n", "format"),
    "drawing.png": (lambda: b"<svg viewBox='0 0 9 9'/>", "format"),
    "wave.jp2": (lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40), "format"),
    "pixels.ppm": (lambda: saved(SMOOTH, "PPM"), "format"),
    "icon.ico": (lambda: saved(SMOOTH, "ICO"), "format"),
    "cut.jpg": (lambda: half(saved(NOISE, "JPEG")), "truncated"),
    "cut.png": (lambda: half(saved(NOISE, "PNG")), "truncated"),
    "cut.webp": (lambda: half(saved(NOISE, "WEBP")), "truncated"),
    "cut.avif": (lambda: half(saved(NOISE, "AVIF")), "truncated"),
    "cut.bmp": (lambda: half(saved(NOISE, "BMP")), "truncated"),
    "cut.gif": (lambda: half(saved(NOISE, "GIF")), "truncated"),
    "cut.tif": (lambda: saved(NOISE, "TIFF")[:-100], "truncated"),
    "cut deflated.tif": (lambda: saved(NOISE, "TIFF", compression="tiff_adobe_deflate")[:4000], "truncated"),
    "header only.png": (lambda: saved(NOISE, "PNG")[:20], "truncated"),
    "header only.webp": (lambda: saved(NOISE, "WEBP")[:20], "truncated"),
    "strips missing.tif": (lambda: tiff(SMOOTH, {257: 99, 258: (8,) * 3, 262: 2, 277: 3, 278: 64}), "truncated"),
    "bomb.png": (lambda: png(20000, 20000, (b"IDAT", zlib.compress(bytes(100)))), "too-large"),
    "bomb.bmp": (lambda: bmp(2**30, 2**30, 24, bytes(99)), "too-large"),
    "bomb.gif": (lambda: b"GIF89a" + struct.pack("<HH", 65535, 65535) + saved(SMOOTH, "GIF")[10:], "too-large"),
    "nothing.png": (lambda: png(0, 0, (b"IDAT", zlib.compress(b""))), "broken"),
    "no data.png": (lambda: png(9, 9), "broken"),
    "garbled.png": (lambda: png(9, 9, (b"IDAT", b"this is not deflated")), "broken"),
    "bad sum.png": (lambda: saved(SMOOTH, "PNG").replace(b"IHDR\0\0\0\x60", b"IHDR\0\0\0\x61"), "broken"),
    "talkative.png": (lambda: png(9, 9, (b"zTXt", b"a\0\0" + zlib.compress(bytes(2**27), 9))), "broken"),
    "odd bits.bmp": (lambda: bmp(9, 9, 13, bytes(999)), "broken"),
    "headless.gif": (lambda: b"GIF89a" + struct.pack("<HH", 9, 9) + b"\0\0\0;", "broken"),
    "misfit.png": (lambda: saved(SMOOTH, "PNG", icc_profile=profile("LAB")), "profile"),
    "bright.tif": (lambda: saved(np.full((9, 9), 1.5, np.float32), "TIFF"), "format"),
    "undefined.tif": (lambda: saved(np.full((9, 9), np.nan, np.float32), "TIFF"), "format"),
    "wide range.tif": (lambda: saved(pillow.fromarray(np.full((9, 9), 70000, np.int32)), "TIFF"), "format"),
    "below zero.tif": (lambda: saved(pillow.fromarray(np.full((9, 9), -1, np.int32)), "TIFF"), "format"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("read", [read_image, read_alpha])
def test_bad_file_is_refused_in_one_sentence(
    name: str, read: Callable[..., object], tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    make, reason = REFUSED[name]
    path = tmp_path / name
    path.write_bytes(make())
    if read is read_alpha and reason == "profile":
        pytest.skip("profiles do not matter to a matte")
    start = time.perf_counter()
    with pytest.raises(PhotoError) as caught:
        read(path)
    assert time.perf_counter() - start < 1
    assert caught.value.reason == reason
    sentence(caught.value, name)
    assert os.listdir(tmp_path) == [name]
    assert not recwarn.list


def sentence(error: Exception, name: str) -> None:
    text = str(error)
    assert text.isprintable()
    assert name in text
    assert text.endswith(".")
    assert len(text) < 1000


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"%!PS-Adobe", "EPS"),
        (b"hello", "text"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "MP4"), (b"\0\1\2\3", "no known"),
    ],
)  # fmt: skip
def test_refusal_names_what_was_found_and_what_is_taken(data: bytes, word: str) -> None:
    with pytest.raises(PhotoError, match=rf"{word}.*{formats.ACCEPTED}"):
        read_image(data)


def test_stream_is_refused_off_its_first_bytes() -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            assert 0 < size <= 64
            return b"A" * size

    with pytest.raises(PhotoError, match="text"):
        read_image(Endless())  # type: ignore[arg-type]


def test_stream_that_gives_a_byte_at_a_time_is_read_whole() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(1, size or 0))

    np.testing.assert_array_equal(read_image(Slow(saved(SMOOTH, "PNG"))).pixels, SMOOTH)


def test_cut_file_is_refused_even_where_pillow_was_told_to_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(PhotoError):
        read_image(half(saved(NOISE, "JPEG")))
    assert ImageFile.LOAD_TRUNCATED_IMAGES


def test_header_of_a_bomb_takes_no_memory_to_refuse(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    data = png(20000, 20000, (b"IDAT", zlib.compress(bytes(10**6))))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(PhotoError, match="20000x20000 = 400"):
        read_image(data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kilobytes


def test_eps_starts_no_other_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a program was started"))
    with pytest.raises(PhotoError):
        read_image(REFUSED["letter.png"][0]())


# Names that lead nowhere


def test_missing_file_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jpg", tmp_path / "no folder" / "none.jpg"):
        with pytest.raises(PhotoError) as caught:
            read_image(path)
        assert caught.value.reason == "missing"
        sentence(caught.value, "none.jpg")


def test_folder_as_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="is a folder") as caught:
        read_image(tmp_path)
    assert caught.value.reason == "unreadable"


def test_unreadable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "locked.jpg"
    path.write_bytes(saved(SMOOTH, "JPEG"))

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("cleanplate.files.sources.open", denied, raising=False)  # root may read all: file modes cannot show it
    with pytest.raises(PhotoError, match="permissions") as caught:
        read_image(path)
    assert caught.value.reason == "unreadable"


def test_name_that_the_system_refuses_is_one_sentence() -> None:
    for name in ("a" * 300 + ".jpg", "zero\0byte.jpg", ""):
        with pytest.raises(PhotoError) as caught:
            read_image(name)
        assert str(caught.value).isprintable()


@pytest.mark.skipif(WINDOWS, reason="such names need a POSIX system")
def test_line_breaks_and_raw_bytes_in_a_name_do_not_break_the_sentence(tmp_path: Path) -> None:
    for name in ("two\nlines.jpg", os.fsdecode(b"b\xffd.jpg")):
        (tmp_path / name).write_bytes(b"")
        with pytest.raises(PhotoError) as caught:
            read_image(tmp_path / name)
        assert str(caught.value).isprintable()
        (tmp_path / name).write_bytes(saved(SMOOTH, "PNG"))
        assert read_image(tmp_path / name).size == (64, 96)


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


# Outputs


def bad_targets(folder: Path) -> dict[str, tuple[Path, str]]:
    (folder / "taken.png").write_bytes(b"old")
    (folder / "input.png").write_bytes(saved(SMOOTH, "PNG"))
    (folder / "folder.png").mkdir()
    (folder / "file").write_bytes(b"")
    (folder / "link.png").symlink_to(folder / "input.png")
    os.link(folder / "input.png", folder / "hard.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.png")
    return {
        "existing": (folder / "taken.png", "exists already"),
        "input itself": (folder / "input.png", "one of the inputs"),
        "input by another path": (folder / "folder.png" / ".." / "input.png", "one of the inputs"),
        "input by a symbolic link": (folder / "link.png", "one of the inputs"),
        "input by a hard link": (folder / "hard.png", "one of the inputs"),
        "a folder": (folder / "folder.png", "is a folder"),
        "a pipe": (folder / "pipe.png", "device or pipe"),
        "a loop of links": (folder / "loop.png", "no usable file name"),
        "folder missing": (folder / "none" / "a.png", "no folder"),
        "file for a folder": (folder / "file" / "a.png", "no folder"),
        "unknown suffix": (folder / "a.xyz", "suffix .xyz"),
        "a format only read": (folder / "a.gif", "suffix .gif"),
        "no suffix": (folder / "a", "names no format"),
        "name too long": (folder / ("a" * 300 + ".png"), "no usable file name"),
        "zero byte": (folder / "a\0.png", "no usable file name"),
    }


@pytest.mark.skipif(WINDOWS, reason="links and pipes need a POSIX system")
@pytest.mark.parametrize("case", [
    "existing", "input itself", "input by another path", "input by a symbolic link", "input by a hard link", "a folder",
    "a pipe", "a loop of links", "folder missing", "file for a folder", "unknown suffix", "a format only read",
    "no suffix", "name too long", "zero byte",
])  # fmt: skip
def test_bad_target_is_refused_in_one_sentence_and_nothing_changes(case: str, tmp_path: Path) -> None:
    target, words = bad_targets(tmp_path)[case]
    before = listing(tmp_path)
    inputs = [tmp_path / "input.png", tmp_path / "missing.png"]
    overwrite = case != "existing"
    for attempt in (
        lambda: check_target(target, overwrite=overwrite, inputs=inputs),
        lambda: write_image(Image(SMOOTH), target, overwrite=overwrite, inputs=inputs),
        lambda: write_alpha(np.zeros((4, 4), np.float32), target, overwrite=overwrite, inputs=inputs),
    ):
        with pytest.raises(OutputError, match=words) as caught:
            attempt()
        sentence(caught.value, target.name.replace("\0", "?"))
    assert listing(tmp_path) == before


def listing(folder: Path) -> list[tuple[str, bytes]]:
    return sorted((path.name, path.read_bytes() if path.is_file() else b"") for path in folder.rglob("*"))


def test_read_only_folder_is_refused_before_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write all: folder modes cannot show it
    with pytest.raises(OutputError, match="read-only"):
        check_target(tmp_path / "a.png")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody can write to")
def test_folder_that_takes_no_files_is_refused_in_one_sentence() -> None:
    with pytest.raises(OutputError) as caught:
        write_image(Image(SMOOTH), "/proc/a.png")
    sentence(caught.value, "a.png")


def test_stream_that_fails_is_refused_in_one_sentence() -> None:
    class Full(io.BytesIO):
        name = "pipe"

        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"pipe.*No space.*free some space"):
        write_image(Image(SMOOTH), Full(), format="png")
