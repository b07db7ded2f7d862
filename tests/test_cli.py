"""cli: the same job by command and by call gives the same pixels; refusals are one sentence, the right exit code and no file."""

import inspect
import io
import json
import os
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image as pillow

import cleanplate
from cleanplate import cli
from cleanplate.models import graphs
from cleanplate.pixels.icc import profile
from cleanplate.settings import Placement, Settings
from cleanplate.values import Tags

COMMANDS = (
    "compose", "harmonize", "matte", "cues", "models", "devices", "evaluate", "synthesize", "shards", "train", "export", "batch",
    "serve", "studio",
)  # fmt: skip
PLAIN = ("--no-blend", "--no-harmonize")
WINDOWS = os.name == "nt"


def run(*arguments: str | Path) -> int:
    return cli.main([str(each) for each in arguments])


def pixels(path: Path) -> np.ndarray:
    return cleanplate.read_image(path).pixels


def feed(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(path.read_bytes())))


# ---- the same job ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("stand_ins")
def test_composing_by_command_and_by_call_gives_the_same_pixels(tmp_path, cutout, plate):
    out = tmp_path / "out.png"
    assert run("compose", cutout, plate, "-o", out, "--size", "100x60", "--height", "0.5", "--x", "0.3", "--y", "0.9") == 0
    called = cleanplate.compose(cutout, plate, size=(60, 100), placement=Placement(0.5, 0.3, 0.9))
    assert pixels(out).shape == (60, 100, 3)
    np.testing.assert_array_equal(pixels(out), called.image.pixels)


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ((), Settings()),
        (("--strength", "0.25"), Settings(strength=0.25)),
        (("--wrap", "0.5", "--no-blend"), Settings(wrap=0.5, blend=False)),
        (("--shadow", "0.5", "--light", "-30", "--defocus", "2"), Settings(shadow=0.5, light=-30, defocus=2)),
        (("--grain", "0.8", "--soften", "0.5"), Settings(grain=0.8, soften=0.5)),
        (("--clean-hair", "1"), Settings(clean_hair=1.0)),
        (("--exposure", "-0.5", "--warmth", "0.3", "--edge", "-0.2"), Settings(exposure=-0.5, warmth=0.3, edge=-0.2)),
        (("--keep", "all"), Settings(keep="all")),
        (("--no-harmonize",), Settings(harmonize=False)),
        (("--no-blend",), Settings(blend=False)),
        (PLAIN, Settings(blend=False, harmonize=False)),
    ],
)
def test_settings_by_command_and_by_call_are_the_same(tmp_path, pasted, mask, plate, options, settings):
    out = tmp_path / "out.png"
    assert run("compose", pasted, plate, "--alpha", mask, "-o", out, *options) == 0
    called = cleanplate.compose(pasted, plate, alpha=mask, settings=settings)
    np.testing.assert_array_equal(pixels(out), called.image.pixels)


@pytest.mark.usefixtures("stand_ins")
def test_harmonizing_by_command_and_by_call_gives_the_same_pixels(tmp_path, pasted, mask, plate):
    for name, options in (("with.png", ("--plate", plate)), ("without.png", ())):
        out = tmp_path / name
        light = ("--exposure", "0.5", "--warmth", "-0.4")
        assert run("harmonize", pasted, mask, "-o", out, "--strength", "0.5", *light, *options) == 0
        beyond = plate if options else None
        called = cleanplate.harmonize(pasted, mask, beyond, Settings(strength=0.5, exposure=0.5, warmth=-0.4))
        np.testing.assert_array_equal(pixels(out), called.image.pixels)
        dark = cleanplate.harmonize(pasted, mask, beyond, Settings(strength=0.5)).image.pixels
        assert pixels(out).sum() > dark.sum()  # half a stop brighter
        assert not np.array_equal(pixels(out), pixels(pasted))


def test_a_matte_by_command_and_by_call_is_the_same(tmp_path, portrait):
    out, called = tmp_path / "alpha.png", tmp_path / "called.png"
    assert run("matte", portrait, "-o", out) == 0
    cleanplate.write_alpha(cleanplate.Compositor().cutout(cleanplate.read_image(portrait)).alpha, called)
    assert out.read_bytes() == called.read_bytes()
    alpha = cleanplate.read_alpha(out)
    assert alpha[300, 200] == 1  # the suit
    assert alpha[30, 20] == 0  # the flag


@pytest.mark.usefixtures("stand_ins")
def test_running_twice_gives_the_same_bytes(tmp_path, cutout, plate):
    first, second = tmp_path / "first.jpg", tmp_path / "second.jpg"
    assert run("compose", cutout, plate, "-o", first) == run("compose", cutout, plate, "-o", second) == 0
    assert first.read_bytes() == second.read_bytes()


def test_the_bundled_example_composes_with_the_shipped_weights(tmp_path, portrait, capsys):
    out = tmp_path / "out.jpg"
    assert run("compose", portrait, portrait.with_name("plate.jpg"), "-o", out) == 0, capsys.readouterr().err
    assert pixels(out).shape == pixels(portrait.with_name("plate.jpg")).shape


# ---- pipes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("piped", ["person", "plate", "matte"])
def test_an_input_through_stdin_is_the_file_itself(tmp_path, monkeypatch, pasted, mask, plate, piped):
    by_file, by_pipe = tmp_path / "file.png", tmp_path / "pipe.png"
    given = {"person": pasted, "plate": plate, "matte": mask}
    feed(monkeypatch, given[piped])
    for out, names in ((by_file, given), (by_pipe, given | {piped: "-"})):
        assert run("compose", names["person"], names["plate"], "--alpha", names["matte"], "-o", out, *PLAIN) == 0
    assert by_pipe.read_bytes() == by_file.read_bytes()


@pytest.mark.parametrize("kind", [None, "png", "jpg", "webp", "tif"])
def test_stdout_gets_the_bytes_of_the_file(tmp_path, capsysbinary, cutout, plate, kind):
    out = tmp_path / f"out.{kind or 'png'}"
    assert run("compose", cutout, plate, "-o", out, "--quality", "80", *PLAIN) == 0
    capsysbinary.readouterr()
    told = ("--format", kind) if kind else ()
    assert run("compose", cutout, plate, "-o", "-", "--quality", "80", *PLAIN, *told) == 0
    assert capsysbinary.readouterr().out == out.read_bytes()


def test_a_whole_pipe_of_processes_composes(python, tmp_path, cutout, plate):
    out = tmp_path / "out.png"
    assert run("compose", cutout, plate, "-o", out, *PLAIN) == 0
    done = python("-m", "cleanplate", "compose", "-", plate, "-o", "-", "--quiet", *PLAIN, input=cutout.read_bytes())
    assert (done.returncode, done.stderr, done.stdout) == (0, b"", out.read_bytes())


@pytest.mark.skipif(WINDOWS, reason="a closed pipe is another error there")
def test_a_reader_that_goes_away_ends_the_command_quietly(cutout, plate):
    path = str(Path(cleanplate.__file__).parents[1])
    command = [sys.executable, "-m", "cleanplate", "compose", str(cutout), str(plate), "-o", "-", "--size", "900x900", *PLAIN]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path})
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


# ---- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("stand_ins")
def test_stages_and_the_place_of_the_picture_are_told_on_stderr(tmp_path, capsys, cutout, plate):
    assert run("compose", cutout, plate, "-o", tmp_path / "out.png") == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert [line.split()[0] for line in told.err.splitlines()][-1] == "in"
    assert {"place", "harmonize", "compose"} <= {line.split()[0] for line in told.err.splitlines()}
    assert str(tmp_path / "out.png") in told.err.splitlines()[-1]


def test_quiet_says_nothing(tmp_path, capsys, cutout, plate):
    assert run("compose", cutout, plate, "-o", tmp_path / "out.png", "--quiet", *PLAIN) == 0
    assert capsys.readouterr() == ("", "")


def test_every_command_is_known_and_has_help(capsys):
    assert {each.name or each.callback.__name__ for each in cli.app.registered_commands} == set(COMMANDS)
    for command in COMMANDS:
        assert run(command, "--help") == 0
        assert f"cleanplate {command}" in capsys.readouterr().out


def test_options_stand_in_groups_and_none_is_left_out(capsys):
    assert run("compose", "--help") == 0
    said = capsys.readouterr().out
    at = [said.index(f"\n{title}:\n") for title in ("Arguments", "Place", "Look", "Film", "Files", "Hand-off", "Machine")]
    assert at == sorted(at)
    groups = {"--height": 1, "--fit": 1, "--strength": 2, "--keep-mask": 2, "--film-quality": 3, "--quality": 4}
    groups |= {"--lut-out": 5, "--device": 6}
    for flag, group in groups.items():
        assert at[group] < said.index(f"  {flag}") < [*at, len(said)][group + 1]
    for command in COMMANDS:
        run(command, "--help")
        said = capsys.readouterr().out
        asked = inspect.signature(next(each for each in cli.COMMANDS if each.__name__ == command)).parameters
        listed = said[re.search(r"^[A-Z][a-z]+:\n", said, re.MULTILINE).start() :]  # type: ignore[union-attr]
        count = len([each for each in asked if each != "context"]) + 1  # and --help
        assert len(re.findall(r"^  \S", listed, re.MULTILINE)) == count


def test_what_a_command_writes_stands_in_its_help(capsys):
    for command, words in (("matte", "Writes a grey picture"), ("harmonize", "Writes the composite again")):
        run(command, "--help")
        assert words in capsys.readouterr().out


def test_the_version_is_the_package_s_own(capsys):
    assert run("--version") == 0
    assert capsys.readouterr().out == f"cleanplate {cleanplate.__version__}\n"


def test_models_lists_every_weight_file_with_its_true_sha256(capsys):
    assert run("models", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert "modnet" in listed
    for facts in listed.values():
        content = graphs.read_weights(facts["file"])
        assert (facts["sha256"], facts["bytes"]) == (sha256(content).hexdigest(), len(content))
    assert run("models") == 0
    assert "Apache-2.0" in capsys.readouterr().out


def test_devices_say_whether_they_work_and_else_what_to_run(capsys, monkeypatch):
    from cleanplate.models import devices

    monkeypatch.setattr(devices, "installed", lambda device: device == "cpu")
    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.setattr(graphs, "_graphs", {})
    assert run("devices") == 0
    said = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert (said["cpu"], said["auto"]) == ("works", "takes cpu")
    assert "pip uninstall -y onnxruntime && pip install onnxruntime-gpu" in said["cuda"]
    assert "pip install 'cleanplate[openvino]'" in said["openvino"]
    assert set(said) == {each.value for each in devices.Device}


# ---- refusals --------------------------------------------------------------------------------------------------------


def refused(capsys: pytest.CaptureFixture[str], code: int, *arguments: str | Path) -> str:
    """The one sentence of a refusal; what lay in the output's folder lies there unchanged, and nothing else."""
    capsys.readouterr()
    assert run(*arguments) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert told.err.startswith("cleanplate: ")
    return told.err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "outputs"
    made.mkdir()
    return made


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


@pytest.mark.parametrize("command", [("train", "blend", "--data", ".", "--out", "runs"), ("export", __file__, "-o", "onnx")])
def test_training_without_torch_names_the_pip_command(capsys, monkeypatch, command):
    for name in [each for each in sys.modules if each.startswith("cleanplate.training.")]:
        monkeypatch.delitem(sys.modules, name)
        monkeypatch.delattr(f"cleanplate.training.{name.split('.')[2]}", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert "pip install 'cleanplate[train]'" in refused(capsys, 3, *command)


def test_an_interrupt_ends_with_130_and_no_file(folder, monkeypatch, cutout, plate):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cleanplate, "compose", interrupted)
    assert run("compose", cutout, plate, "-o", folder / "out.png") == 130
    assert list(folder.iterdir()) == []


# ---- training --------------------------------------------------------------------------------------------------------


def test_evaluate_prints_the_tables_or_the_json(tmp_path, capsys, monkeypatch):
    from cleanplate.training.measure import evaluate, tables

    asked, result = [], {"blend": {"portraits": {"none": {"band_l1": 1.0, "n": 3}}}}
    monkeypatch.setattr(evaluate, "run", lambda *given: asked.append(given) or result)
    out = tmp_path / "found.json"
    assert run("evaluate", "--data", tmp_path, "--split", "all", "--limit", "3", "--json", out, "--convention", "idih") == 0
    assert asked == [(tmp_path, "all", 3, None, "idih", evaluate.Extras())]
    assert capsys.readouterr().out == tables.table(result) + "\n"
    assert json.loads(out.read_text()) == result
    assert run("evaluate", "--data", tmp_path, "--json", "-") == 0
    assert json.loads(capsys.readouterr().out) == result
    assert "exists" in refused(capsys, 2, "evaluate", "--data", tmp_path, "--json", out)
    assert len(asked) == 2


def test_evaluate_writes_a_page_and_takes_slow_methods_and_candidates(tmp_path, capsys, monkeypatch):
    from cleanplate.training.measure import baselines, candidates, evaluate

    asked = []
    monkeypatch.setattr(evaluate, "run", lambda *given: asked.append(given) or {"about": {"split": "validation"}})
    monkeypatch.setattr(candidates, "compositor", lambda folder: folder)
    page = tmp_path / "page"
    told = ("evaluate", "--data", tmp_path, "--report", page, "--candidates", tmp_path, "--slow")
    assert run(*told) == 0
    assert asked[0][3] == tmp_path
    assert asked[0][5].blends == baselines.SLOW
    assert (page / "index.html").exists()
    assert "exists already" in refused(capsys, 2, *told)
    assert len(asked) == 1  # refused before any work
    assert run(*told, "--overwrite") == 0


def test_evaluate_takes_an_iharmony4_tree_in_place_of_data(tmp_path, capsys, monkeypatch):
    from cleanplate.training.measure import iharmony4

    asked = []
    monkeypatch.setattr(iharmony4, "run", lambda *given: asked.append(given) or {})
    assert run("evaluate", "--iharmony4", tmp_path, "--full-size", "--limit", "5") == 0
    assert asked == [(tmp_path, 5, None, "ours", True)]
    both = ("--data", tmp_path, "--iharmony4", tmp_path)
    for wrong in ((), both, ("--iharmony4", tmp_path, "--slow"), ("--data", tmp_path, "--full-size")):
        assert "Give --data DATA" in refused(capsys, 2, "evaluate", *wrong)
    assert len(asked) == 1


def test_train_and_export_print_where_their_files_are(tmp_path, capsys, monkeypatch):
    import cleanplate.training.run

    asked: list[tuple[object, ...]] = []
    rooms = {
        "train": lambda *given, **named: asked.append((*given, named)) or tmp_path / "best.pt",
        "export": lambda *given: asked.append(given) or given[0],
    }
    for name, room in rooms.items():
        monkeypatch.setattr(cleanplate.training.run, name, SimpleNamespace(run=room), raising=False)
    given = "--data", tmp_path, "--out", tmp_path / "runs"
    assert run("train", "blend", *given, "--steps", "7", "--init", "old.pt", "--tensorboard") == 0
    assert capsys.readouterr().out == f"{tmp_path / 'best.pt'}\n"
    assert run("export", __file__, "-o", tmp_path) == 0
    assert capsys.readouterr().out == f"{__file__}\n"
    further = {"init": "old.pt", "tensorboard": True}
    assert asked == [("blend", str(tmp_path), tmp_path / "runs", None, 7, None, further), ([Path(__file__)], tmp_path)]


def test_of_several_processes_only_the_first_prints_the_checkpoint(tmp_path, capsys, monkeypatch):
    import cleanplate.training.run

    room = SimpleNamespace(run=lambda *given, **named: tmp_path / "best.pt")
    monkeypatch.setattr(cleanplate.training.run, "train", room, raising=False)
    for rank, said in (("1", ""), ("0", f"{tmp_path / 'best.pt'}\n")):
        monkeypatch.setenv("RANK", rank)
        assert run("train", "blend", "--data", tmp_path, "--out", tmp_path) == 0
        assert capsys.readouterr().out == said


# ---- who is taken, and where they stand ------------------------------------------------------------------------------


@pytest.fixture
def cropped(tmp_path: Path) -> tuple[Path, Path]:
    """A photo and a matte of somebody whom it crops at the left and at the bottom."""
    matte = np.zeros((80, 60), np.uint8)
    matte[20:, :30] = 255
    pillow.fromarray(np.full((80, 60, 3), 150, np.uint8)).save(tmp_path / "photo.png")
    pillow.fromarray(matte).save(tmp_path / "matte.png")
    return tmp_path / "photo.png", tmp_path / "matte.png"


def test_a_cut_that_is_seen_is_named_and_by_default_none_is(tmp_path, capsys, cropped, plate):
    photo, matte = cropped
    told = ("compose", photo, plate, "--alpha", matte, *PLAIN, "-q", "--size", "160x80")
    assert run(*told, "-o", tmp_path / "chosen.png") == 0
    assert capsys.readouterr().err == ""
    assert run(*told, "-o", tmp_path / "asked.png", "--x", "0.6", "--y", "0.9") == 0
    assert "cropped the person at the bottom and left" in capsys.readouterr().err
    assert run(*told, "-o", tmp_path / "kept.png", "--fit", "keep") == 0
    plain = Settings(blend=False, harmonize=False)
    called = cleanplate.compose(photo, plate, alpha=matte, size=(80, 160), placement=Placement(fit="keep"), settings=plain)
    np.testing.assert_array_equal(pixels(tmp_path / "kept.png"), called.image.pixels)


def test_painted_areas_change_the_matte_and_the_picture(tmp_path, cropped, plate):
    photo, matte = cropped
    paint = np.zeros((80, 60), np.uint8)
    paint[30:40, 10:20] = 255
    pillow.fromarray(paint).save(tmp_path / "paint.png")
    told = ("compose", photo, plate, "--alpha", matte, *PLAIN, "--x", "0.5", "--height", "0.5", "--y", "0.9")
    drop, keep = (("--" + name, tmp_path / "paint.png") for name in ("drop-mask", "keep-mask"))
    assert run(*told, "-o", tmp_path / "one.png") == 0
    assert run(*told, "-o", tmp_path / "two.png", *drop) == 0
    assert run(*told, "-o", tmp_path / "three.png", *drop, *keep) == 0
    one, two, three = (pixels(tmp_path / f"{name}.png") for name in ("one", "two", "three"))
    assert 0.003 < (one != two).any(2).mean() < 0.1
    np.testing.assert_array_equal(two, three)  # what is dropped is dropped


def test_painted_areas_with_a_video_are_refused(folder, capsys, monkeypatch, cutout, plate, mask):
    monkeypatch.setattr(cli.video, "wanted", lambda *_: True)
    said = refused(capsys, 2, "compose", cutout, plate, "-o", folder / "out.mp4", "--drop-mask", mask)
    assert "go with pictures" in said


def test_how_far_a_film_is_is_told_every_so_often_and_at_its_last_frame(monkeypatch, capsys):
    from cleanplate.cli import video
    from cleanplate.video_job import Progress

    now = [100.0]
    monkeypatch.setattr(video.time, "monotonic", lambda: now[0])
    tell = video.meter()
    for done, passed in ((1, 0), (2, 0.5), (3, 0.99), (4, 0.5), (10, 0)):
        now[0] += passed * video.OFTEN
        tell(Progress(done, 10, 2.0 * done))
    told = capsys.readouterr().err.split("\r")[1:]
    assert [each.split(",")[0] for each in told] == ["frame 1 of 10", "frame 3 of 10", "frame 10 of 10"]
    assert "0.5 a second, 0:18 left" in told[0]


@pytest.mark.parametrize(
    ("progress", "told"),
    [
        ((50, 200, 10.0), "frame 50 of 200, 5.0 a second, 0:30 left"),
        ((1, 3661, 1.0), "frame 1 of 3661, 1.0 a second, 61:00 left"),
        ((7, None, 2.0), "frame 7, 3.5 a second"), ((12, 10, 3.0), "frame 12 of 10, 4.0 a second, 0:00 left"),
    ],
)  # fmt: skip
def test_a_line_on_how_far_a_film_is_by_hand(progress, told):
    from cleanplate.cli import video
    from cleanplate.video_job import Progress

    assert video.line(Progress(*progress)) == told


@pytest.mark.usefixtures("stand_ins")
def test_harmonizing_looks_at_the_plate_that_is_named_and_needs_none(tmp_path, pasted, mask, plate, capsys):
    assert run("harmonize", pasted, mask, "-o", tmp_path / "a.png") == 0
    assert "harmonize" in capsys.readouterr().err  # how long each stage took
    assert run("harmonize", pasted, mask, "-o", tmp_path / "b.png", "--plate", plate) == 0
    assert run("harmonize", pasted, mask, "-o", tmp_path / "c.png", "--plate", tmp_path / "nowhere.png") == 2
    assert "nowhere.png" in capsys.readouterr().err
    assert not (tmp_path / "c.png").exists()


# ---- how a composite is written ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("stand_ins")
def test_depth_format_and_labels_go_from_the_flags_into_the_file(tmp_path, cutout, plate):
    asked = ("--format", "tif", "--depth", "16", "--compression", "lzw", "--metadata", "none", "--mark", "none")
    assert run("compose", cutout, plate, "-o", tmp_path / "out", "-q", "--space", "display-p3", *asked) == 0
    image = cleanplate.read_image(tmp_path / "out", space="keep")
    assert image.pixels.dtype == np.uint16
    assert image.profile == profile("display-p3")
    assert image.tags == Tags()


@pytest.mark.usefixtures("stand_ins")
def test_a_tiff_of_floats_is_a_plate_of_the_command_too(tmp_path, cutout):
    """Its header is none that Pillow reads, and the command asks a plate's size before the work."""
    tifffile, light = pytest.importorskip("tifffile"), np.random.default_rng(3).random((60, 80, 3), np.float32) * 2
    tifffile.imwrite(tmp_path / "plate.tif", light, photometric="rgb")
    assert run("compose", cutout, tmp_path / "plate.tif", "-o", tmp_path / "out.tif", "-q", "--height", "0.5") == 0
    found = tifffile.imread(tmp_path / "out.tif")
    assert found.dtype == np.float32
    assert (found[:10] == light[:10]).all()


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize("command", ["compose", "harmonize"])
def test_a_composite_says_that_it_is_one(command, tmp_path, cutout, plate):
    given = (cutout, plate) if command == "compose" else (plate, plate)
    assert run(command, *given, "-o", tmp_path / "out.jpg", "-q") == 0
    tags = cleanplate.read_image(tmp_path / "out.jpg").tags
    assert tags is not None
    assert tags.words["{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"].texts[0].endswith("/composite")


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--depth", "16", "-o", "out.jpg"], "out.jpg cannot hold 16 bits: write a .png or .tif, or ask for a depth of 8."),
        (["--depth", "10", "-o", "out.png"], "--depth is 8, 16 or float; 10 was given."),
        (["--format", "jpg", "-o", "out.png"], "--format jpg was asked for and out.png has the suffix .png"),
    ],
)
def test_a_form_that_no_file_can_have_is_refused_before_the_work(flags, sentence, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("compose", "nobody.jpg", "nowhere.jpg", "-q", *flags) == 2
    assert sentence in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("flag", ["--space=srgb", "--depth=8", "--compression=lzw", "--metadata=none", "--mark=none"])
def test_what_pictures_are_written_with_is_refused_for_a_film(flag, tmp_path, capsys, plate):
    for number in (1, 2):
        shutil.copy(plate, tmp_path / f"a00{number}.png")
    assert run("compose", tmp_path / "a%03d.png", plate, "-o", tmp_path / "o.mp4", flag) == 2
    assert f"{flag.partition('=')[0]} goes with pictures, and a video was given" in capsys.readouterr().err
