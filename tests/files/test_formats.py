"""formats: limits are exact and hold before anything is decoded."""

import io
from pathlib import Path

import numpy as np
import pytest
from drawn_files import PIXELS8, RANDOM, SMOOTH, saved
from PIL import Image as pillow

from cleanplate.errors import PhotoError
from cleanplate.files.photos import read_image


def test_pixel_limit_is_exact() -> None:
    data = saved(pillow.fromarray(PIXELS8), "PNG")
    assert read_image(data, pixel_limit=13 * 17).size == (13, 17)
    with pytest.raises(PhotoError) as caught:
        read_image(data, pixel_limit=13 * 17 - 1)
    assert caught.value.reason == "too-large"


@pytest.mark.parametrize("size", [(65_500, 1), (1, 65_500)])
def test_a_side_may_have_65500_pixels_and_no_more(size: tuple[int, int]) -> None:
    assert read_image(saved(pillow.new("L", size), "PNG")).size == size[::-1]
    longer = size[0] + (size[0] > 1), size[1] + (size[1] > 1)
    with pytest.raises(PhotoError, match="the limit is 65500 on a side") as caught:
        read_image(saved(pillow.new("L", longer), "PNG"))
    assert caught.value.reason == "too-large"


@pytest.mark.parametrize(
    ("head", "kind"),  # the first bytes that each format's own document asks for
    [
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"), (b"\xff\x4f\xff\x51\0\x2f", "JPEG 2000"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "EPS"), (b"%PDF-1.7", "PDF"),
        (b"DDS \x7c\0\0\0", "DDS"), (b"\0\0\1\0\1\0", "ICO"), (b"<svg xmlns=", "SVG"), (b"SIMPLE  =                    T", "FITS"),
        (b"\x1aE\xdf\xa3\x9fB", "Matroska video"), (b"PK\3\4\x14\0", "ZIP"),
        (b"\0\0\0\x18ftypisom\0\0\2\0isommp41", "MP4 video"),
        (b"Dear all,\r\n\tthis is", "text"), (b"Dear all\x7f", "no known kind of"), (b"\x1f\x8b\x08\0", "no known kind of"),
    ],
)  # fmt: skip
def test_what_is_no_picture_here_is_named_by_its_first_bytes(head: bytes, kind: str) -> None:
    with pytest.raises(PhotoError, match=f"holds {kind} data, not a picture"):
        read_image(head + bytes(40) if kind != "text" else head)


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_tiff_of_tiles_is_read_and_refused_when_one_lies_beyond_the_file(tmp_path: Path, compression: str | None) -> None:
    import tifffile

    path = tmp_path / "tiles.tif"
    pixels = RANDOM.integers(0, 256, (48, 80, 3)).astype(np.uint8)
    tifffile.imwrite(path, pixels, tile=(16, 16), photometric="rgb", compression=compression)
    assert (read_image(path).pixels == pixels).all()
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(PhotoError, match="cut off"):
        read_image(path)


@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "TIFF", "JPEG"])  # a PNG ends with twelve bytes that say so
def test_a_file_that_lacks_its_last_byte_is_cut_off_and_one_with_a_byte_more_is_read(kind: str) -> None:
    stream = io.BytesIO()
    pillow.fromarray(SMOOTH[:, :47]).save(stream, kind)
    whole = stream.getvalue()
    assert (read_image(whole + b"\0").pixels == read_image(whole).pixels).all()
    with pytest.raises(PhotoError, match="cut off"):
        read_image(whole[:-1])
