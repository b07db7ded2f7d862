"""The door for layered files."""

import sys
from pathlib import Path

import pytest
from stacked import composed, layers

import cleanplate
from cleanplate import InputError, MissingExtra, OutputError, Settings
from cleanplate.cli import main
from cleanplate.handoff import layered


def test_a_composite_saves_its_layers_by_the_name(tmp_path: Path) -> None:
    composed(Settings()).save(tmp_path / "out.psd")
    assert (tmp_path / "out.psd").read_bytes()[:4] == b"8BPS"
    with pytest.raises(OutputError, match="exists already"):
        composed(Settings()).save(tmp_path / "out.psd")


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
