"""Colors matched to another place than the plate."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import cleanplate
from cleanplate import Compositor, Cues, Image, InputError, OutputError, Plate, looks
from cleanplate.cli import main
from cleanplate.handoff import cue_files

EXAMPLES = Path(__file__).parent.parent / "examples"
PLATE, COLD, DARK = (EXAMPLES / f"{name}.jpg" for name in ("plate", "cold", "dark"))


@pytest.fixture(scope="module")
def compositor() -> Compositor:
    return Compositor()


@pytest.fixture(scope="module")
def person(compositor: Compositor) -> cleanplate.Cutout:
    return compositor.clean(compositor.cutout(EXAMPLES / "portrait.png"))


def skin(composite: cleanplate.Composite) -> np.ndarray:
    """The person's mean color, of 255."""
    return composite.foreground[composite.alpha > 0.9].mean(0) * 255


def test_the_plate_as_the_look_is_no_other_look(compositor: Compositor, person: cleanplate.Cutout) -> None:
    own = compositor.compose(person, PLATE)
    for look in (PLATE, compositor.look(PLATE), [(PLATE, 3.0)]):
        assert (compositor.compose(person, PLATE, look=look).image.pixels == own.image.pixels).all()


def test_the_person_comes_out_as_they_do_in_the_place_of_the_look(compositor: Compositor, person: cleanplate.Cutout) -> None:
    there, here = skin(compositor.compose(person, COLD)), skin(compositor.compose(person, PLATE))
    seen = compositor.compose(person, PLATE, look=COLD)
    assert np.abs(skin(seen) - there).max() < 1  # both plates hold them at one place, or nearly
    assert np.abs(here - there).max() > 10
    plate, alpha = cleanplate.read_image(PLATE).pixels, np.zeros(seen.image.size, np.float32)
    alpha[seen.box.slices] = seen.alpha
    assert (seen.image.pixels[alpha == 0] == plate[alpha == 0]).all()


def test_the_more_of_a_look_the_nearer_to_it(compositor: Compositor, person: cleanplate.Cutout) -> None:
    """Not in each channel: a network is no straight line."""
    mixtures = [[(COLD, cold), (DARK, dark)] for cold, dark in ((1, 0), (3, 1), (1, 1), (1, 3), (0, 1))]
    found = np.array([skin(compositor.compose(person, PLATE, look=each)) for each in mixtures])
    for each, look in ((found, COLD), (found[::-1], DARK)):
        assert (each[0] == skin(compositor.compose(person, PLATE, look=look))).all()
        away = np.linalg.norm(each - each[0], axis=1)
        assert (np.diff(away[:4]) > 0.5).all()
        assert away[4] > away[2] + 0.5


def test_mixing_is_a_weighted_mean_of_numbers_and_pictures() -> None:
    one, two = (Cues(np.float32([value, 0]), "x", np.full((2, 2, 3), value / 10, np.float32)) for value in (2, 6))
    found = Cues.mix([(one, 1), (two, 3)])
    assert found.values.tolist() == [5, 0]
    assert found.small == pytest.approx(0.5)
    assert Cues.mix([(one, 1), (Cues(two.values, "x"), 1)]).small is None
    for wrong in ([], [(one, 0)], [(one, -1)], [(one, float("nan"))], [(one, float("inf"))]):
        with pytest.raises(InputError, match="mixed by weights from 0 up"):
            Cues.mix(wrong)
    with pytest.raises(InputError, match="different networks"):
        Cues.mix([(one, 1), (Cues(two.values, "y"), 1)])


def test_a_file_of_cues_is_the_photo_s_look_to_the_last_bit(compositor: Compositor, tmp_path: Path) -> None:
    for place in (COLD, Image(cleanplate.read_image(COLD).pixels.astype(np.uint16) * 257 - 3)):
        cues = compositor.look(place)
        cleanplate.write_cues(cues, tmp_path / "look.cues", overwrite=True)
        found = cleanplate.read_cues(tmp_path / "look.cues")
        assert (found.values == cues.values).all()
        assert (found.small == cues.small).all()
        assert found.model == cues.model


def test_a_part_of_the_plate_is_the_reference(compositor: Compositor) -> None:
    halves = np.zeros((200, 300, 3), np.uint8)
    halves[:, :150], halves[:, 150:] = (220, 120, 40), (20, 60, 200)
    mask = np.zeros((200, 300), np.float32)
    mask[50:150, 20:120] = 1
    found = compositor.look(halves, mask)
    alone = compositor.look(np.full((100, 100, 3), (220, 120, 40), np.uint8))
    assert found.small == pytest.approx(alone.small, abs=1 / 255)
    assert found.values == pytest.approx(alone.values, abs=0.05)
    mask[50:150, 120:290] = 1
    assert np.abs(compositor.look(halves, mask).values - alone.values).max() > 0.1


def test_what_is_not_of_the_reference_is_filled_in_from_it(compositor: Compositor) -> None:
    picture, mask = np.full((120, 120, 3), (200, 100, 50), np.uint8), np.ones((120, 120), np.float32)
    picture[40:80, 40:80], mask[40:80, 40:80] = (0, 255, 0), 0
    assert looks.region(Image(picture), mask).pixels == pytest.approx(np.tile((200, 100, 50), (120, 120, 1)), abs=2)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{}", "holds no cues"), ("[1]", "holds no cues"), ("hello", "holds no cues"),
        ('{"cues": 2, "model": "", "values": []}', "holds no cues"),
        ('{"cues": 1, "model": "", "values": [NaN]}', "holds no cues"), ('{"cues": 1, "model": "", "values": [1e999]}', "finite"),
        ('{"cues": 1, "model": "", "values": [1], "extra": 1}', "holds no cues"),
        ('{"cues": 1, "model": "", "values": "x"}', "holds no cues"),
        ('{"cues": 1, "model": "", "values": [1], "side": 9, "white": 255, "small": [1, 2]}', "holds no cues"),
        ('{"cues": 1, "model": "", "values": [1], "side": 1, "white": 255, "small": [1, 2, 300]}', "holds no cues"),
        ("[" * 100000, "holds no cues"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_cues_is_refused_in_one_sentence(text: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "bad.cues").write_text(text)
    with pytest.raises(InputError, match=why):
        cleanplate.read_cues(tmp_path / "bad.cues")


def test_cues_of_another_network_are_refused(person: cleanplate.Cutout, compositor: Compositor) -> None:
    with pytest.raises(InputError, match="another harmonizer"):
        compositor.compose(person, PLATE, look=Cues(np.zeros(4, np.float32), "other"))
    small = dataclasses.replace(compositor.look(PLATE), small=np.zeros((4, 4, 3), np.float32))
    with pytest.raises(InputError, match="another harmonizer"):
        compositor.compose(person, PLATE, look=small)


def test_what_cannot_be_meant_is_refused(compositor: Compositor, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give one of them"):
        cleanplate.compose(EXAMPLES / "portrait.png", PLATE, look=COLD, reference_mask=np.ones((4, 4), np.float32))
    with pytest.raises(InputError, match="several looks were given"):
        compositor.look([(PLATE, 1), (COLD, 1)], np.ones((4, 4), np.float32))
    with pytest.raises(InputError, match="cues were given"):
        compositor.look(compositor.look(PLATE), np.ones((4, 4), np.float32))
    with pytest.raises(InputError, match="black everywhere"):
        compositor.look(np.ones((8, 8, 3), np.uint8), np.zeros((8, 8), np.float32))
    with pytest.raises(OutputError, match=r"ends in \.cues"):
        cue_files.write(Cues(np.zeros(1, np.float32)), tmp_path / "out.npz")


def test_the_command_keeps_a_look_and_takes_it_again(tmp_path: Path) -> None:
    kept, names = tmp_path / "cold.cues", [tmp_path / f"{each}.png" for each in "abc"]
    portrait = str(EXAMPLES / "portrait.png")
    assert main(["cues", str(COLD), "-o", str(kept), "-q"]) == 0
    assert main(["cues", str(COLD), "-o", str(kept), "-q"]) == 2
    for name, look in zip(names, (str(kept), str(COLD), f"{COLD}:0.5"), strict=True):
        assert main(["compose", portrait, str(PLATE), "-o", str(name), "-q", "--look", look]) == 0
    assert len({each.read_bytes() for each in names}) == 1
    cleanplate.compose(portrait, PLATE, look=kept).save(tmp_path / "same.png")
    assert (tmp_path / "same.png").read_bytes() == names[0].read_bytes()


def test_the_command_takes_a_part_of_the_plate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mask, portrait = np.zeros(Plate.open(PLATE).image.size, np.float32), str(EXAMPLES / "portrait.png")
    mask[: mask.shape[0] // 3] = 1
    cleanplate.write_alpha(mask, tmp_path / "sky.png")
    flags = ["-q", "--reference-mask", str(tmp_path / "sky.png")]
    assert main(["compose", portrait, str(PLATE), "-o", str(tmp_path / "a.png"), *flags]) == 0
    cleanplate.compose(portrait, PLATE, reference_mask=tmp_path / "sky.png").save(tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert main(["compose", portrait, str(PLATE), "-o", str(tmp_path / "c.png"), *flags, "--look", str(COLD)]) == 2
    assert "--look and --reference-mask each say" in capsys.readouterr().err
