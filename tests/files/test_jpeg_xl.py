"""JPEG XL, in and out, compared with imagecodecs' own binding of libjxl."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest

from cleanplate.errors import MissingExtra, OutputError, PhotoError
from cleanplate.files import encoding
from cleanplate.files.photos import read_image, write_image
from cleanplate.pixels.icc import profile
from cleanplate.values import Image

pytest.importorskip("pylibjxl")
Y, X = np.mgrid[0:1:60j, 0:1:80j]
RAMPS = np.stack([X, Y, 1 - X], -1)
EIGHT, SIXTEEN = (RAMPS * 255).round().astype(np.uint8), (RAMPS * 65535).round().astype(np.uint16)


def written(quality: int, **more: object) -> bytes:
    file = io.BytesIO()
    write_image(Image(EIGHT, **more), file, format="jxl", quality=quality)  # type: ignore[arg-type]
    return file.getvalue()


@pytest.mark.parametrize(("quality", "off"), [(100, 0), (95, 4), (50, 24)])
def test_what_is_written_another_reader_reads_and_so_does_this(quality: int, off: int) -> None:
    codecs = pytest.importorskip("imagecodecs")
    data = written(quality, profile=profile("adobe-rgb"))
    assert np.abs(codecs.jpegxl_decode(data).astype(int) - EIGHT).max() <= off
    back = read_image(data, space="keep")
    assert back.profile == profile("adobe-rgb")
    assert np.abs(back.pixels.astype(int) - EIGHT).max() <= off


def test_alpha_goes_both_ways() -> None:
    back = read_image(written(100, alpha=X.astype(np.float32)))
    assert back.alpha is not None
    assert np.abs(back.alpha - X).max() <= 0.5 / 255 + 1e-6


def test_sixteen_bits_and_floats_of_others_come_whole() -> None:
    codecs = pytest.importorskip("imagecodecs")
    assert (read_image(codecs.jpegxl_encode(SIXTEEN, lossless=True)).pixels == SIXTEEN).all()
    floats = read_image(codecs.jpegxl_encode(RAMPS.astype(np.float32), lossless=True)).floats
    assert floats is not None
    assert (floats.values == RAMPS.astype(np.float32)).all()


def test_one_that_is_cut_off_or_too_large_or_no_picture_is_refused_in_a_sentence(tmp_path: Path) -> None:
    data = written(100)
    with pytest.raises(PhotoError, match=r"the limit is 0\.001 million: shrink it or raise the pixel limit\.$"):
        read_image(data, pixel_limit=1000)
    for spoiled in (data[: len(data) // 2], data[:40], b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(40)):
        with pytest.raises(PhotoError) as caught:
            read_image(spoiled)
        assert "\n" not in str(caught.value)
    with pytest.raises(OutputError, match="cannot hold 16 bits"):
        write_image(Image(EIGHT), tmp_path / "a.jxl", depth=16)


def test_without_its_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pylibjxl", None)
    with pytest.raises(MissingExtra, match=r"pip install 'cleanplate\[heif\]'"):
        written(95)


def test_a_quality_is_libjxls_distance() -> None:
    assert encoding.distance(100) == 0
    assert encoding.distance(90) == pytest.approx(1.0)  # what it calls visually lossless
    assert encoding.distance(29) > encoding.distance(30)


def test_labels_lie_in_boxes_that_are_not_packed() -> None:
    from cleanplate.files.labels import labels

    file = io.BytesIO()
    write_image(Image(EIGHT), file, format="jxl", labels=labels(None, None))
    data, at, kinds = file.getvalue(), 0, []
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        kinds.append(kind)
        at += length
    assert kinds == [b"JXL ", b"ftyp", b"jxlc", b"Exif", b"xml "]
    assert b"digitalsourcetype/composite" in data
