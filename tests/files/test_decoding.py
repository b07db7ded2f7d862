"""decoding: every sample as the file has it, for few bytes of memory."""

import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_files import PIXELS16, SMOOTH, chunk, png
from PIL import Image as pillow

from cleanplate.files import decoding, samples
from cleanplate.files.encoding import PLAIN
from cleanplate.files.photos import encoded, read_image, write_image
from cleanplate.values import Image


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


@pytest.mark.parametrize(
    ("depth", "data", "key"), [(1, b"\x40", 1), (2, b"\x1b", 1), (4, b"\x01\x23", 1), (8, b"\0\1\2\3", 1)]
)
def test_key_grey_is_counted_in_the_files_own_depth(depth: int, data: bytes, key: int) -> None:
    image = read_image(png(4, 1, depth, 0, data, len(data), (b"tRNS", struct.pack(">H", key))))
    assert image.alpha is not None
    assert image.alpha.tolist() == [[1, 0, 1, 1]]


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
    data = encoded(Image(PIXELS16), "PNG", "a", PLAIN)
    at = data.index(b"iCCP") - 4 if before else len(data) - 12
    image = read_image(data[:at] + words + data[at:])
    assert np.array_equal(image.pixels, PIXELS16)
    assert image.warnings == ("The picture given as bytes carries more text than a picture may; the text was left out.",)
    assert read_image(data).warnings == ()


def test_a_picture_is_copied_out_of_pillow_whole_whatever_its_shape() -> None:
    for shape in ((1, 1), (3, 1), (700, 1000), (1, 300_000)):
        for channels in ((), (3,), (4,)):
            pixels = np.random.default_rng(2).integers(0, 256, shape + channels, np.uint8)
            assert (samples.copied(pillow.fromarray(pixels)) == pixels).all()
