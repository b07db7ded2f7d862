"""Broken pictures, all drawn here, and names that lead nowhere: each is refused in one sentence, and nothing is left behind."""

import io
import os
import struct
import subprocess
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from odd_files import NOISE, SMOOTH, WINDOWS, bmp, png, saved, sentence, tiff
from PIL import Image as pillow
from PIL import ImageCms, ImageFile

from cleanplate.errors import PhotoError
from cleanplate.files import formats
from cleanplate.files.photos import read_alpha, read_image


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def profile(name: str) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


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
