"""The door for layered files."""

import dataclasses
import io
import sys
import zipfile
from pathlib import Path

import OpenEXR
import psd_tools
import pytest
from PIL import Image as pillow
from psd_tools.constants import Resource
from stacked import composed, layers

import cleanplate
from cleanplate import InputError, MissingExtra, OutputError, Settings
from cleanplate.cli import main
from cleanplate.handoff import layered
from cleanplate.values import Tags


def test_a_composite_saves_its_layers_by_the_name(tmp_path: Path) -> None:
    composed(Settings()).save(tmp_path / "out.psd")
    assert (tmp_path / "out.psd").read_bytes()[:4] == b"8BPS"
    with pytest.raises(OutputError, match="exists already"):
        composed(Settings()).save(tmp_path / "out.psd")


@pytest.mark.parametrize("suffix", ["psd", "psb", "exr", "ora"])
def test_a_layered_file_says_whose_pictures_it_is_made_of_and_that_it_is_a_composite(suffix: str, tmp_path: Path) -> None:
    tags = Tags({0x013B: "Änne", 0x8298: "© Änne"}), Tags({0x013B: "Ben", 0x8298: "© Ben"})
    made = dataclasses.replace(composed(Settings()), sources=tags)
    made.save(tmp_path / f"out.{suffix}")
    said = SAID[suffix](tmp_path / f"out.{suffix}")
    for each in ("© Änne; © Ben", "digitalsourcetype/composite", "cleanplate"):
        assert each.encode() in said
    made.save(tmp_path / f"silent.{suffix}", metadata="none", mark="none")
    assert SAID[suffix](tmp_path / f"silent.{suffix}") == b""


def said_by_psd(path: Path) -> bytes:
    """By psd-tools: EXIF and XMP."""
    held = psd_tools.PSDImage.open(path).image_resources
    found = [held.get_data(name) for name in (Resource.EXIF_DATA_1, Resource.XMP_METADATA)]
    return b"".join(each for each in found if each)


def said_by_exr(path: Path) -> bytes:
    with OpenEXR.File(str(path), header_only=True) as file:
        return "".join(file.header().get(name, "") for name in ("owner", "software", "xmp")).encode()


def said_by_ora(path: Path) -> bytes:
    """By Pillow, of the merged picture."""
    with zipfile.ZipFile(path) as archive, pillow.open(io.BytesIO(archive.read("mergedimage.png"))) as picture:
        picture.load()
        return picture.info.get("exif", b"") + picture.info.get("XML:com.adobe.xmp", "").encode()


SAID = {"psd": said_by_psd, "psb": said_by_psd, "exr": said_by_exr, "ora": said_by_ora}


def test_the_person_alone_says_whose_picture_they_are_from_and_is_no_composite() -> None:
    tags = Tags({0x013B: "Änne"}), Tags({0x013B: "Ben"})
    made = dataclasses.replace(composed(Settings()), sources=tags)
    packet = made.cutout_labels().packet()
    assert b"Ben" in packet
    assert b"nne" not in packet
    assert b"digitalsourcetype" not in packet
    assert made.cutout_labels("none").packet() == b""


def test_a_composite_without_layers_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no layers for .*out\.psd: compose it with layers=True\.$"):
        composed(Settings(), layers=False).save(tmp_path / "out.psd")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(OutputError, match=r"There is no layered format \.xyz: give one of \.psd"):
        layered.write_layers(layers(), "out.xyz")


def test_a_missing_library_names_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "psd_tools", None)
    monkeypatch.delitem(sys.modules, "cleanplate.handoff.psd", raising=False)
    for each in [name for name in sys.modules if name.startswith("psd_tools.")]:
        monkeypatch.delitem(sys.modules, each)
    with pytest.raises(MissingExtra, match=r"psd-tools is not installed; run: pip install 'cleanplate\[layers\]'"):
        layered.check_target(tmp_path / "out.psd")


@pytest.mark.usefixtures("stand_ins")
def test_the_command_writes_what_python_writes(tmp_path: Path, cutout: Path, plate: Path) -> None:
    assert main(["compose", str(cutout), str(plate), "-o", str(tmp_path / "out.psd"), "-q"]) == 0
    cleanplate.compose(cutout, plate, layers=True).save(tmp_path / "same.psd")
    assert (tmp_path / "out.psd").read_bytes() == (tmp_path / "same.psd").read_bytes()
    assert main(["compose", str(cutout), str(plate), "-o", str(tmp_path / "out.psd"), "-q"]) == 2
    assert main(["compose", str(cutout), str(plate), "-o", str(cutout.with_suffix(".psd")), "-q"]) == 0
    assert cleanplate.compose(cutout, plate).layers is None


def test_a_video_has_no_layers(tmp_path: Path, plate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"\0\0\0\x18ftypmp42")
    assert main(["compose", str(film), str(plate), "-o", str(tmp_path / "out.psd"), "-q"]) == 2
    assert "takes pictures only" in capsys.readouterr().err
