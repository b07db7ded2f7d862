"""tags: who made a picture and under which rights is read from every format; where it was taken and with which device is not."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from labeled_files import GPS, SERIAL, SOUGHT, XMP, everything, exif, iptc
from PIL import Image as pillow
from PIL.PngImagePlugin import PngInfo

from cleanplate.files.photos import read_image
from cleanplate.files.tags import ARTIST, COPYRIGHT, from_iptc, parsed

FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"]


@pytest.mark.parametrize("kind", FORMATS)
def test_author_and_rights_are_read_from_every_format(kind: str) -> None:
    tags = read_image(everything(kind)).tags
    assert tags is not None
    if kind != "AVIF":  # Pillow, which draws these files, makes question marks of letters in it
        assert tags.main[ARTIST] == "Änne Beispiel"
        assert tags.main[COPYRIGHT] == "© Änne"
    if kind != "TIFF":  # Pillow, which draws these files, writes no sub-directory into a TIFF
        assert float(tags.exif[0x829A]) == 0.01
    assert tags.words["{http://ns.adobe.com/photoshop/1.0/}Credit"].texts == ("Agency & Co",)


@pytest.mark.parametrize("kind", FORMATS)
def test_no_place_serial_number_or_makers_note_is_ever_read(kind: str) -> None:
    told = repr(read_image(everything(kind)).tags)
    for secret in (GPS, SERIAL, SOUGHT):
        assert secret in repr(everything(kind)) or kind == "TIFF"
        assert secret not in told


def test_the_older_form_is_read_where_xmp_does_not_say_it() -> None:
    file = io.BytesIO()
    block = b"8BIM\x04\x04\0\0" + len(iptc()).to_bytes(4, "big") + iptc() + bytes(len(iptc()) % 2)
    pillow.new("RGB", (8, 8)).save(file, "JPEG")
    data = file.getvalue()
    segment = b"\xff\xed" + (2 + 14 + len(block)).to_bytes(2, "big") + b"Photoshop 3.0\0" + block
    tags = read_image(data[:2] + segment + data[2:]).tags
    assert tags is not None
    assert tags.words["{http://purl.org/dc/elements/1.1/}creator"].texts == ("Bo", "Cy")


@pytest.mark.parametrize("block", [b"", b"\x1c", iptc()[:-1], b"\x1c\x02\x50\xff\xff", b"nonsense"])
def test_a_damaged_older_form_says_what_is_there(block: bytes) -> None:
    assert len(from_iptc(block)) <= 1


@pytest.mark.parametrize(
    "packet", [b"", b"<x", XMP[:-30], b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + XMP, XMP + bytes(1 << 20), b"\xff\xfe<"]
)
def test_a_damaged_or_dangerous_packet_says_nothing_and_the_picture_is_read(packet: bytes) -> None:
    file, info = io.BytesIO(), PngInfo()
    info.add_itxt("XML:com.adobe.xmp", packet.decode("latin-1"), zip=True)
    pillow.fromarray(np.zeros((2, 3, 3), np.uint8)).save(file, "PNG", pnginfo=info)
    image = read_image(file.getvalue())
    assert image.size == (2, 3)
    assert image.tags is not None
    assert not image.tags.words


def test_a_damaged_exif_says_nothing_and_the_picture_is_read() -> None:
    file = io.BytesIO()
    pillow.new("RGB", (8, 8)).save(file, "JPEG", exif=exif()[:60])
    assert read_image(file.getvalue()).size == (8, 8)


def test_structures_are_left_out_and_arrays_kept() -> None:
    words = parsed(XMP)
    assert words["{http://purl.org/dc/elements/1.1/}creator"].texts == ("Änne Beispiel", "Zoë")
    assert not [name for name in words if "Location" in name or "GPS" in name]


@pytest.mark.parametrize(
    ("mark", "word"),
    [(b'hdrgm:Version="1.0"', "gain map"), (b'GDepth:Near="1"', "depth map"), (b'GCamera:MotionPhoto="1"', "moving part")],
)
def test_what_a_phone_hides_beside_its_picture_is_named(mark: bytes, word: str, tmp_path: Path) -> None:
    file = io.BytesIO()
    pillow.new("RGB", (8, 8)).save(file, "JPEG", xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + mark + b"</x:xmpmeta>")
    (tmp_path / "a.jpg").write_bytes(file.getvalue())
    assert word in " ".join(read_image(tmp_path / "a.jpg").warnings)
    (tmp_path / "b.jpg").write_bytes(everything("JPEG"))
    assert read_image(tmp_path / "b.jpg").warnings == ()
    assert json.dumps(read_image(tmp_path / "a.jpg").warnings).count("which the composite does not have") == 1
