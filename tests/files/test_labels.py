"""labels: a composite's file names both authors and says what it is; nothing private comes along, by readers of other people."""

import io
import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from labeled_files import GPS, SERIAL, SOUGHT, everything
from PIL import Image as pillow

from cleanplate.errors import InputError
from cleanplate.files import photos
from cleanplate.files.labels import labels
from cleanplate.values import Image, Tags, Words

KINDS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "avif": "AVIF", "tif": "TIFF", "heic": "HEIF", "jxl": "JXL"}
SOURCE = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
PERSON = Tags({0x010F: "Phone Co", 0x013B: "Cleo & Söhne", 0x8298: "(c) Cleo"})
PIXELS = np.full((40, 60, 3), 77, np.uint8)


def plate(kind: str = "JPEG") -> Tags:
    found = photos.read_image(everything(kind)).tags
    assert found is not None
    return found


def written(suffix: str, depth: int, **asked: str) -> bytes:
    file = io.BytesIO()
    pixels = PIXELS if depth == 8 else PIXELS.astype(np.uint16)
    photos.write_image(Image(pixels), file, format=suffix, labels=labels(plate(), PERSON, **asked))  # type: ignore[arg-type]
    return file.getvalue()


EVERY = [*((suffix, 8) for suffix in KINDS), ("png", 16), ("tif", 16)]


@pytest.mark.parametrize(("suffix", "depth"), EVERY)
def test_both_authors_and_the_kind_of_picture_come_back(suffix: str, depth: int) -> None:
    back = photos.read_image(written(suffix, depth)).tags
    assert back is not None
    assert back.main[0x013B] == "Änne Beispiel; Zoë; Cleo & Söhne"
    assert back.main[0x8298] == "© Änne; (c) Cleo"
    assert back.words["{http://purl.org/dc/elements/1.1/}creator"].texts == ("Änne Beispiel", "Zoë", "Cleo & Söhne")
    assert back.words[SOURCE].texts[0].endswith("/compositeCapture")
    assert not back.exif


@pytest.mark.parametrize(("suffix", "depth"), EVERY)
@pytest.mark.parametrize("metadata", ["keep", "copyright", "none"])
def test_no_secret_of_either_picture_is_in_any_file(suffix: str, depth: int, metadata: str) -> None:
    data = written(suffix, depth, metadata=metadata)
    for secret in (GPS, SERIAL, SOUGHT):
        assert secret.encode() not in data
    if metadata == "none":
        assert b"Beispiel" not in data


@pytest.mark.parametrize(("suffix", "depth"), EVERY)
def test_the_plates_exposure_is_kept_only_when_that_is_asked_for(suffix: str, depth: int) -> None:
    back = photos.read_image(written(suffix, depth, metadata="keep")).tags
    assert back is not None
    assert float(back.exif[0x829A]) == 0.01
    assert back.main[0x010F] == "Camera Co"


@pytest.mark.parametrize(("suffix", "depth"), EVERY)
def test_with_none_of_both_a_file_says_nothing(suffix: str, depth: int) -> None:
    back = photos.read_image(written(suffix, depth, metadata="none", mark="none")).tags
    assert back == Tags()


@pytest.mark.parametrize(("suffix", "depth"), EVERY)
@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_reads_what_was_written_and_finds_no_fault(suffix: str, depth: int, tmp_path: Path) -> None:
    (tmp_path / f"a.{suffix}").write_bytes(written(suffix, depth, metadata="keep"))
    command = ["exiftool", "-j", "-G1", "-a", "-validate", "-warning", str(tmp_path / f"a.{suffix}")]
    command[3:3] = ["-charset", "exif=utf8"]
    told = json.loads(subprocess.run([*command, "-all"], check=True, stdout=subprocess.PIPE).stdout)[0]
    assert told["XMP-iptcExt:DigitalSourceType"].endswith("compositeCapture") or "apture" in told["XMP-iptcExt:DigitalSourceType"]
    assert told["IFD0:Artist"] == "Änne Beispiel; Zoë; Cleo & Söhne"
    assert told["IFD0:Copyright"] == "© Änne; (c) Cleo"
    assert told["IFD0:Software"].startswith("cleanplate ")
    assert told["ExifIFD:ExposureTime"] == "1/100"
    assert not [name for name in told if "GPS" in name or "Serial" in name or "Thumbnail" in name or "Orientation" in name]


@pytest.mark.parametrize(
    ("first", "second", "word"),
    [
        (None, None, "composite"),
        ({}, {}, "composite"),
        ({0x010F: "A"}, {}, "composite"),
        ({0x010F: "A"}, {0x010F: "B"}, "compositeCapture"),
        ("trainedAlgorithmicMedia", {0x010F: "B"}, "compositeWithTrainedAlgorithmicMedia"),
        ("digitalArt", {0x010F: "B"}, "composite"),
        ("digitalCapture", {0x010F: "B"}, "compositeCapture"),
    ],
)
def test_the_kind_of_composite_is_the_truth_and_no_more(first: object, second: object, word: str) -> None:
    def tags(given: object) -> Tags | None:
        if isinstance(given, str):
            return Tags({0x010F: "A"}, words={SOURCE: Words("", ("http://cv.iptc.org/newscodes/digitalsourcetype/" + given,))})
        return None if given is None else Tags(given)  # type: ignore[arg-type]

    for pair in ((first, second), (second, first)):
        assert labels(*map(tags, pair)).words[SOURCE].texts == ("http://cv.iptc.org/newscodes/digitalsourcetype/" + word,)


def test_what_there_is_not_is_refused() -> None:
    with pytest.raises(InputError, match=r"`metadata` is one of keep, copyright, none and .* all and composite"):
        labels(None, None, "all")  # type: ignore[arg-type]


def test_texts_that_xml_cannot_hold_are_written_without_that() -> None:
    file = io.BytesIO()
    nasty = Tags({0x013B: "a\x01<b>\ud800&"})
    photos.write_image(Image(PIXELS), file, format="png", labels=labels(nasty, None))
    with pillow.open(file) as picture:
        assert b"a&lt;b&gt;&amp;" in picture.info["xmp"]
