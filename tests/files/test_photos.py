"""photos: what is read is what the file shows, what is written comes back, and refusals leave the disk as it was."""

import errno
import io
import os
import stat
from pathlib import Path

import numpy as np
import pytest
from drawn_files import (
    ALPHA,
    PIXELS8,
    RANDOM,
    SMOOTH,
    saved,
)
from PIL import Image as pillow

from cleanplate.errors import InputError, OutputError
from cleanplate.files import atomic
from cleanplate.files.photos import check_target, read_alpha, read_image, write_alpha, write_image
from cleanplate.values import Image

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


@pytest.mark.parametrize(
    "bad", [np.full((2, 2), 1.5, np.float32), np.zeros((2, 2, 1), np.float32), np.zeros((0, 3), np.float32)]
)
def test_matte_out_of_shape_or_range_is_refused(bad: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        write_alpha(bad, tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


# Writing


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


