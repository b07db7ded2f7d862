"""What bytes say of a video file, against files that PyAV wrote."""

import io
from pathlib import Path

import pytest
from clips import STEADY, clip

from cleanplate.video import boxes as video_boxes
from cleanplate.video.boxes import TooManyBoxes, boxes, is_container, is_cut, is_encrypted, matroska_end


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


@pytest.mark.parametrize("length", range(8))
def test_a_first_box_of_a_length_that_no_box_has_is_no_box_and_0_is_to_the_end(tmp_path, length):
    data = length.to_bytes(4, "big") + written(tmp_path, ".mp4")[4:]
    assert is_container(data)
    found = list(boxes(io.BytesIO(data), 0, len(data)))
    assert found == ([(b"ftyp", 8, len(data))] if length == 0 else found if length == 1 else [])
    assert is_cut(io.BytesIO(data)) is {0: False, 1: True}.get(length)
    assert not is_encrypted(io.BytesIO(data))


@pytest.mark.parametrize("mark", [b"\x1aE\xdf\xa3", b"\x18S\x80g"])
def test_a_part_of_matroska_longer_than_any_file_is_cut(tmp_path, mark):
    data = bytearray(written(tmp_path, ".mkv"))
    at = data.index(mark) + 4
    data[at : at + (8 if mark[0] == 0x18 else 1)] = b"\x01" + b"\xff" * 6 + b"\xf0"
    assert is_cut(io.BytesIO(data)) is True


def test_boxes_are_looked_at_up_to_a_number_of_them_over_all_levels(monkeypatch):
    monkeypatch.setattr(video_boxes, "MOST_BOXES", 10)
    free = b"\0\0\0\x08free"
    assert len(list(boxes(io.BytesIO(free * 10), 0, 80))) == 10
    with pytest.raises(TooManyBoxes):
        list(boxes(io.BytesIO(free * 11), 0, 88))
    half = (8 + 40).to_bytes(4, "big") + b"moov" + free * 5  # six boxes each
    assert not is_encrypted(io.BytesIO(half))
    with pytest.raises(TooManyBoxes):
        is_encrypted(io.BytesIO(half + half))


@pytest.mark.parametrize("width", range(1, 9))
def test_the_end_of_matroska_is_read_from_lengths_of_any_number_of_bytes(width):
    """RFC 8794, 4: as many bytes as there are leading zeros and one; all ones mean that nobody knows."""
    def element(mark: bytes, length: int, content: bytes) -> bytes:
        return mark + ((1 << 7 * width) | length).to_bytes(width, "big") + content

    head = element(b"\x1aE\xdf\xa3", 9, bytes(9))
    for length in (0, 1, 100, (1 << 7 * width) - 2):
        if length < 1 << 7 * width:
            found = matroska_end(io.BytesIO(head + element(b"\x18S\x80g", length, bytes(20))))
            assert found == len(head) + 4 + width + length
    assert matroska_end(io.BytesIO(head + element(b"\x18S\x80g", (1 << 7 * width) - 1, bytes(20)))) == 0
    assert matroska_end(io.BytesIO(head + element(b"\x18S\x80h", 5, bytes(20)))) == 0  # no segment


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (b"\0\0\0\x18ftypisom", True), (b"\0\0\0\x18ftypavif", False), (b"\0\0\0\x08wide\0\0\0\0mdat", True),
        (b"RIFF\x10\0\0\0AVI LIST", True), (b"RIFF\x10\0\0\0WAVEfmt ", False), (b"XXXX\x10\0\0\0AVI LIST", False),
        (b"\x1aE\xdf\xa3\x9f", True), (b"\0\0\1\xbaD\0", True), (b"\0\0\1\xb3", False),
        (b"G" + bytes(187) + b"G" + bytes(187), True), (bytes(4) + b"G" + bytes(191) + b"G", True),
        (b"G" + bytes(186) + b"G" + bytes(187), False), (b"G", False), (b"", False),
    ],
)  # fmt: skip
def test_a_container_is_known_by_the_first_bytes_that_its_own_document_asks_for(head, known):
    """ISO/IEC 14496-12, RIFF, RFC 9559, ISO/IEC 13818-1 (packs; packets of 188 bytes, and of 192 on a camera's disc)."""
    assert is_container(head) is known
