"""pictures: the same job by command and by call gives the same pixels, in the file that was asked for."""

import numpy as np
import pytest
from commands import PLAIN, pixels, run
from PIL import Image as pillow

import cleanplate
from cleanplate.pixels.icc import profile
from cleanplate.settings import Placement, Settings
from cleanplate.values import Tags

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
        (
            ("--shadow", "0.5", "--light", "-30", "--defocus", "2", "--aperture", "6"),
            Settings(shadow=0.5, light=-30, defocus=2, aperture=6),
        ),
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


# ---- who is taken, and where they stand -----------------------------------------------------------------------------------


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
