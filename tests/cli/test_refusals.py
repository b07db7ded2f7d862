"""What is refused is told in one sentence with the right exit code, and leaves no file."""

import shutil

import pytest
from commands import PLAIN, WINDOWS, pixels, refused, run

import cleanplate
from cleanplate.models import graphs


def test_every_refused_input_is_one_sentence_and_leaves_no_file(tmp_path, folder, capsys, cutout, plate, mask):
    text = tmp_path / "text.jpg"
    text.write_text("no picture")
    out = folder / "out.png"
    job = ("compose", cutout, plate, "-o", out, *PLAIN)
    assert "does not exist" in refused(capsys, 2, "compose", tmp_path / "gone.png", plate, "-o", out)
    assert "text" in refused(capsys, 2, "compose", cutout, text, "-o", out)
    assert "strength" in refused(capsys, 2, *job, "--strength", "1.6")
    assert "strength" in refused(capsys, 2, *job, "--strength", "nan")
    assert "height" in refused(capsys, 2, *job, "--height", "0")
    assert "same size" in refused(capsys, 2, *job, "--alpha", mask)
    assert "no folder" in refused(capsys, 2, "compose", cutout, plate, "-o", folder / "gone" / "out.png")
    assert "suffix" in refused(capsys, 2, "compose", cutout, plate, "-o", folder / "out.doc")
    assert "is a folder" in refused(capsys, 2, "compose", cutout, plate, "-o", shutil.copytree(folder, folder.with_suffix(".png")))
    assert "stdin" in refused(capsys, 2, "compose", "-", "-", "-o", out)
    assert "stdin" in refused(capsys, 2, "harmonize", "-", mask, "--plate", "-", "-o", out)
    assert "--format" in refused(capsys, 2, *job, "--format", "jpg")
    assert "format" in refused(capsys, 2, "compose", cutout, plate, "-o", "-", "--format", "gif")
    assert list(folder.iterdir()) == []


def test_a_photo_without_a_person_is_refused(folder, capsys, plate):
    said = refused(capsys, 2, "matte", plate, "-o", folder / "alpha.png")
    assert "No person" in said
    assert "alpha" not in said.replace(str(folder), "")  # advice that this command has no option for
    assert "(--alpha)" in refused(capsys, 2, "compose", plate, plate, "-o", folder / "out.png")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("wrong", ["12", "0x5", "4xx4", "-3x4", "99999x99999"])
def test_a_size_that_is_none_is_a_usage_error(folder, capsys, cutout, plate, wrong):
    assert run("compose", cutout, plate, "-o", folder / "out.png", f"--size={wrong}") == 2
    assert wrong in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_an_existing_output_is_kept_unless_overwriting_is_asked_for(tmp_path, capsys, cutout, plate):
    out = tmp_path / "out.png"
    out.write_bytes(b"precious")
    said = refused(capsys, 2, "compose", cutout, plate, "-o", out, *PLAIN)
    assert "exists" in said
    assert "(--overwrite)" in said  # in Python `overwrite`
    assert out.read_bytes() == b"precious"
    assert run("compose", cutout, plate, "-o", out, "--overwrite", *PLAIN) == 0
    assert pixels(out).shape == (90, 120, 3)


@pytest.mark.skipif(WINDOWS, reason="links need rights there")
def test_an_input_is_never_written_over_by_whatever_name(tmp_path, capsys, cutout, plate, mask):
    before = plate.read_bytes()
    link = tmp_path / "link.png"
    link.symlink_to(plate)
    for out in (plate, link):
        for job in (("compose", cutout, plate), ("harmonize", cutout, mask, "--plate", plate), ("matte", plate)):
            assert "inputs" in refused(capsys, 2, *job, "-o", out, "--overwrite")
    assert plate.read_bytes() == before


def test_the_output_is_refused_before_any_network_is_loaded(tmp_path, capsys, monkeypatch, portrait, plate):
    def loaded(name: str) -> None:
        raise AssertionError(f"{name} was loaded")

    monkeypatch.setattr(graphs, "graph", loaded)
    (tmp_path / "out.png").write_bytes(b"precious")
    refused(capsys, 2, "compose", portrait, plate, "-o", tmp_path / "out.png")
    refused(capsys, 2, "compose", portrait, plate, "-o", tmp_path / "new.png", "--strength", "7")
    refused(capsys, 2, "matte", portrait, "-o", tmp_path / "out.png")


def test_names_that_begin_with_a_dash_go_after_two_dashes(tmp_path, monkeypatch, cutout, plate):
    monkeypatch.chdir(tmp_path)
    cutout.rename(tmp_path / "-person.png")
    assert run("compose", "--out=-out.png", *PLAIN, "--", "-person.png", plate) == 0
    assert (tmp_path / "-out.png").exists()


def test_missing_weights_are_a_fault_of_the_installation(folder, capsys, monkeypatch, cutout, plate):
    monkeypatch.setattr(graphs, "_graphs", {})
    monkeypatch.setattr(graphs, "catalogue", dict)
    assert "weights" in refused(capsys, 3, "compose", cutout, plate, "-o", folder / "out.png")
    assert list(folder.iterdir()) == []


def test_an_interrupt_ends_with_130_and_no_file(folder, monkeypatch, cutout, plate):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cleanplate, "compose", interrupted)
    assert run("compose", cutout, plate, "-o", folder / "out.png") == 130
    assert list(folder.iterdir()) == []
