"""What bytes say of a video file, against files that PyAV wrote."""

import io
from pathlib import Path

import pytest
from clips import STEADY, clip

from cleanplate.video_boxes import boxes, is_container, is_cut, is_encrypted, matroska_end


def written(tmp_path: Path, suffix: str, **how: object) -> bytes:
    return clip(tmp_path / f"a{suffix}", STEADY[:5], **how).read_bytes()


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".avi"])
def test_a_file_without_its_last_bytes_is_cut_and_a_whole_one_is_not(tmp_path, suffix):
    data = written(tmp_path, suffix)
    assert is_container(data)
    assert is_cut(io.BytesIO(data)) is False
    for missing in (2, len(data) // 2):
        assert is_cut(io.BytesIO(data[:-missing])) is True


def test_what_does_not_tell_its_length_is_not_called_cut(tmp_path):
    assert is_cut(io.BytesIO(written(tmp_path, ".ts"))) is None
    live = bytearray(written(tmp_path, ".mkv"))
    at = live.index(b"\x18S\x80g") + 4
    live[at : at + 8] = b"\x01" + b"\xff" * 7  # unknown length, RFC 8794
    assert is_cut(io.BytesIO(live)) is None
    assert is_cut(io.BytesIO(b"")) is None


def test_a_makers_trailer_behind_the_boxes_is_no_cut(tmp_path):
    assert is_cut(io.BytesIO(written(tmp_path, ".mp4") + b"\x7f\xff\xff\xffSEFT" + bytes(20))) is False


def test_the_outermost_boxes_fill_the_file(tmp_path):
    data = written(tmp_path, ".mp4")
    found = list(boxes(io.BytesIO(data), 0, len(data)))
    assert [kind for kind, _, _ in found] == [b"ftyp", b"free", b"mdat", b"moov"]
    assert found[-1][2] == len(data)
    assert matroska_end(io.BytesIO(written(tmp_path, ".mkv"))) == (tmp_path / "a.mkv").stat().st_size


def test_a_box_of_64_bit_length_is_read(tmp_path):
    data = b"\0\0\0\1mdat" + (24).to_bytes(8, "big") + bytes(8)
    assert list(boxes(io.BytesIO(data), 0, len(data))) == [(b"mdat", 16, 24)]


def test_an_encrypted_entry_is_found_and_a_plain_one_is_not(tmp_path):
    data = written(tmp_path, ".mp4")
    assert not is_encrypted(io.BytesIO(data))
    assert not is_encrypted(io.BytesIO(data + b"encv"))
    assert is_encrypted(io.BytesIO(data.replace(b"avc1\0\0\0\0", b"encv\0\0\0\0")))
