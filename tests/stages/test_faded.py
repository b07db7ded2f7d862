"""faded: how deep a photo's black is, and what is done about it."""

from pathlib import Path

import numpy as np
import pytest

import cleanplate
from cleanplate import Cutout, Image, Plate, Settings
from cleanplate.pixels import icc, profiles
from cleanplate.pixels.color import to_float, to_uint8, to_uint16
from cleanplate.stages import faces, faded
from cleanplate.transforms.levels import Levels


def photo(black: float | tuple[float, float, float], size: tuple[int, int] = (120, 90)) -> np.ndarray:
    """Colors from a black to white, evenly often."""
    rng = np.random.default_rng(1)
    low = np.broadcast_to(np.float32(black), 3)
    return low + (1 - low) * rng.random((*size, 3), np.float32)


@pytest.mark.parametrize("black", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("convert", [to_uint8, to_uint16])
def test_a_black_is_found_where_the_histogram_begins(black: float, convert) -> None:
    assert faded.black(convert(photo(black))) == pytest.approx(black + 0.002 * (1 - black), abs=0.004)


def test_the_deepest_channel_counts_since_shadows_of_skin_have_little_blue() -> None:
    assert faded.black(to_uint8(photo((0.4, 0.2, 0.05)))) == pytest.approx(0.05, abs=0.006)
    assert faded.black(to_uint8(photo((0.05, 0.2, 0.4)))) == pytest.approx(0.05, abs=0.006)


def test_only_where_alpha_is_solid_and_a_few_dark_pixels_are_noise() -> None:
    picture, alpha = to_uint8(photo(0.2)), np.ones((120, 90), np.float32)
    picture[:40] = 0
    assert faded.black(picture, alpha) == 0
    alpha[:40] = 0.9
    assert faded.black(picture, alpha) == pytest.approx(0.2, abs=0.01)
    picture[60, :10] = 0
    assert faded.black(picture, alpha) == pytest.approx(0.2, abs=0.01)
    alpha[43:] = 0
    assert faded.black(picture, alpha) == 0  # of too few pixels nothing is said


def test_a_preview_tells_about_what_the_photo_tells_and_one_in_another_profile_the_same() -> None:
    smooth = np.repeat(np.repeat(photo(0.15, (60, 45)), 24, 0), 24, 1)
    whole, small = to_uint8(smooth), to_uint8(smooth[::3, ::3])
    assert faded.black(whole) == pytest.approx(faded.black(small), abs=0.02)
    wide = icc.profile("prophoto")  # whose encoding has another exponent
    inside = to_uint16(0.1 + 0.4 * smooth)
    assert faded.black(profiles.converted(inside, None, wide), profile=wide) == pytest.approx(faded.black(inside), abs=0.01)


def test_a_plate_with_people_in_it_has_the_black_of_the_empty_one() -> None:
    empty = Plate(Image(to_uint8(photo(0.2))))
    assert empty.with_people(Image(to_uint8(photo(0.0)))).black() == empty.black() == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize(
    ("person", "plate", "wanted"),
    [
        (0.05, 0.0, None), (0.2, 0.2, None), (0.2, 0.25, None), (0.2, 0.0, 0.0), (0.2, 0.12, 0.12), (0.08, 0.0, 0.0),
        (0.065, 0.0, 0.0325), (0.1, 0.097, None),
    ],
)  # fmt: skip
def test_levels_by_hand(person: float, plate: float, wanted: float | None) -> None:
    found = faded.levels(person, plate)
    assert found == (None if wanted is None else Levels(person, pytest.approx(wanted)))


def somebody(black: float) -> Cutout:
    """A head and shoulders in soft stripes from that black to white."""
    y, x = np.mgrid[:240, :200]
    alpha = ((np.hypot((y - 70) / 55, (x - 100) / 40) < 1) | ((y > 120) & (np.abs(x - 100) < 80))).astype(np.float32)
    gray = black + (1 - black) * (0.5 + 0.5 * np.sin(x / 9 + y / 31))
    return Cutout(Image(to_uint8(np.repeat(gray[..., None], 3, 2).astype(np.float32))), alpha, bled=True)


@pytest.fixture
def face(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faded.faces, "face", lambda *_: faces.Face(20, 60, 110, 140))


def darkest(composite: cleanplate.Composite) -> float:
    inside = composite.image.pixels[composite.box.slices][composite.alpha > 0.99]
    return float(np.percentile(inside.max(1), 0.5)) / 255


@pytest.mark.usefixtures("face")
def test_a_faded_person_gets_the_black_of_the_plate_and_one_who_has_it_is_left_alone() -> None:
    compositor, rng = cleanplate.Compositor(), np.random.default_rng(4)
    scene = rng.random((30, 40, 3)).repeat(12, 0).repeat(12, 1)
    deep, hazy = (Plate(Image(to_uint8((low + (1 - low) * scene).astype(np.float32)))) for low in (0.0, 0.3))
    for black in (0.0, 0.25):
        assert darkest(compositor.compose(somebody(black), deep)) < 0.04, black
    assert darkest(compositor.compose(somebody(0.25), hazy)) > 0.15
    off = compositor.compose(somebody(0.25), deep, settings=Settings(strength=0))
    assert darkest(off) == pytest.approx(0.25, abs=0.02)


@pytest.mark.usefixtures("face")
def test_a_composite_that_is_there_already_gets_the_same() -> None:
    compositor, rng = cleanplate.Compositor(), np.random.default_rng(4)
    plate = Plate(Image(to_uint8(rng.random((20, 25, 3)).repeat(12, 0).repeat(12, 1).astype(np.float32))))
    pasted = compositor.compose(somebody(0.25), plate, settings=Settings(harmonize=False, shadow=0))
    alpha = np.zeros(plate.image.size, np.float32)
    alpha[pasted.box.slices] = pasted.alpha
    found = compositor.harmonize(pasted.image, alpha, plate)
    assert darkest(pasted) > 0.2
    assert darkest(found) < 0.04


def test_a_thing_without_a_face_has_no_black_to_take_back_and_a_photographed_face_has() -> None:
    thing = somebody(0.25)
    assert faded.before(not_asked, thing.image.pixels, thing.alpha) is None
    photo = cleanplate.read_image(Path(__file__).parents[2] / "examples" / "portrait.png")
    veiled = to_uint8(0.2 + 0.8 * to_float(photo.pixels))
    alpha = cleanplate.matte(photo).alpha
    assert faded.before(lambda: 0.05, veiled, alpha) == Levels(pytest.approx(0.2, abs=0.02), pytest.approx(0.05))
    assert faded.before(not_asked, photo.pixels, alpha) is None


def not_asked() -> float:
    raise AssertionError("the plate's black is looked for in vain")
