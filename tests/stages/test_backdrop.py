"""What lies behind a person: their shadow and a plate out of focus, the same in photos and films."""

from pathlib import Path

import numpy as np
import pytest

from cleanplate import read_image
from cleanplate.compositor import Compositor
from cleanplate.film.composing import Composer
from cleanplate.film.cutting_out import Laid
from cleanplate.film.quality import QUALITIES, FilmLook
from cleanplate.film.timing import counted
from cleanplate.pixels.color import to_float, to_linear, to_srgb
from cleanplate.plates import Plate
from cleanplate.settings import Placement, Settings
from cleanplate.stages import backdrop, defocus, surroundings
from cleanplate.stages import horizon as horizons
from cleanplate.stages.backdrop import Standing
from cleanplate.stages.compositing import Layer
from cleanplate.values import Box, Cutout, Image

WHERE = Placement(height=0.6, x=0.5, y=0.9)
BARE = {"harmonize": False, "blend": False}


def scene(kind: type = np.uint8) -> np.ndarray:
    """A floor before a striped wall."""
    image = np.full((200, 300, 3), (150, 140, 130), np.uint8)
    image[:110] = np.where(np.arange(300) // 9 % 2, 90, 200)[None, :, None]
    image[110:, ::30] = 100
    return image.astype(kind) * (np.iinfo(kind).max // 255)


def walker(cropped: bool = False) -> Cutout:
    """Two legs and a body, whole or cropped by their photo at the knees."""
    alpha = np.zeros((120, 60), np.float32)
    alpha[10:70, 15:45] = 1
    alpha[70:110, 17:25] = alpha[70:110, 35:43] = 1
    alpha = np.ascontiguousarray(alpha[:90]) if cropped else alpha
    return Cutout(Image(np.full((*alpha.shape, 3), 60, np.uint8)), alpha, clean=True, bled=True)


def made(cutout: Cutout, plate: np.ndarray | None = None, where: Placement = WHERE, **settings: float) -> np.ndarray:
    told = Settings(**BARE, **settings)
    return Compositor().compose(cutout, Plate(Image(scene() if plate is None else plate)), where, told).image.pixels


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_off_is_off_bit_for_bit_and_a_shadow_only_darkens_the_plate(kind: type) -> None:
    under = scene(kind)
    off, on = made(walker(), under, shadow=0), made(walker(), under)
    outside = (off == under).all(2)
    assert outside.mean() > 0.7
    assert (on <= off).all()
    assert (on < off)[outside].any()
    inside = (off == 60 * (np.iinfo(kind).max // 255)).all(2)
    assert inside.sum() > 2000
    np.testing.assert_array_equal(on[inside], off[inside])
    np.testing.assert_array_equal(on[:40], under[:40])
    np.testing.assert_array_equal(under, scene(kind))  # what was given is not written into


def test_whom_the_photo_cropped_at_the_bottom_throws_none_wherever_they_are_put() -> None:
    for where in (Placement(), WHERE, Placement(height=0.4, y=0.7), Placement(fit="keep")):
        np.testing.assert_array_equal(made(walker(cropped=True), where=where), made(walker(cropped=True), where=where, shadow=0))


def test_an_existing_composite_is_left_as_it_is() -> None:
    mask = np.zeros((200, 300), np.float32)
    mask[60:160, 140:170] = 1
    for told in (Settings(harmonize=False), Settings(harmonize=False, defocus=3)):
        np.testing.assert_array_equal(Compositor().harmonize(scene(), mask, None, told).image.pixels, scene())


def test_the_plate_is_blurred_and_the_person_is_not_nor_is_anything_of_them_in_it() -> None:
    bright = Cutout(Image(np.full((120, 60, 3), 255, np.uint8)), walker().alpha, clean=True, bled=True)
    sharp, soft, plain = made(bright, shadow=0), made(bright, shadow=0, defocus=4), made(walker(), shadow=0, defocus=4)
    person, outside = (sharp == 255).all(2), (sharp == scene()).all(2)
    assert (soft[person] == 255).all()
    np.testing.assert_array_equal(soft[outside], plain[outside])  # whoever stands before it, it is the same plate
    assert np.abs(soft.astype(int) - sharp)[:60].mean() > 10
    np.testing.assert_array_equal(soft[178:182], sharp[178:182])  # the ground at their feet
    cropped = made(walker(cropped=True), defocus=4)
    assert (cropped[:, :100] == defocus.defocused(scene(), 4)[:, :100]).all()


@pytest.mark.parametrize("quality", QUALITIES)
def test_films_get_what_photos_get_and_a_still_person_has_a_still_shadow(quality: str) -> None:
    for told in (Settings(**BARE), Settings(**BARE, defocus=3, light=300, shadow=0.7)):
        wanted = Compositor().compose(walker(), Plate(Image(scene())), WHERE, told).image.pixels
        plates = [scene()] * 3
        for frame in Compositor().compose_frames(walker(), plates, WHERE, told, quality):
            assert np.abs(frame.astype(int) - wanted).max() <= 2
        first, *others = Compositor().compose_frames(walker(), plates, WHERE, told, quality)
        assert all((each == first).all() for each in others)


def test_light_and_focus_are_decided_once_in_a_shot(monkeypatch: pytest.MonkeyPatch) -> None:
    looked, found = list[int](), surroundings.light
    monkeypatch.setattr(surroundings, "light", lambda *given: looked.append(1) or found(*given))
    bright, dark = scene(), 255 - scene()[::-1]
    told = Settings(**BARE, defocus=2)
    frames = list(Compositor().compose_frames(walker(), [bright, bright, bright, dark, dark], WHERE, told))
    assert (len(frames), len(looked)) == (5, 2)  # once for each of two shots
    behind = backdrop.Backdrop(told)
    who, away = (Standing(walker().alpha, Box(top, 100, 120, 60), (200, 300), True) for top in (50, 80))
    first = behind.blurred(bright, who)
    assert behind.blurred(bright, away) is first  # a still plate is blurred once
    np.testing.assert_array_equal(behind.blurred(bright.copy(), away), first)
    behind.start()
    assert (behind.blurred(bright, away) != first).any()


def test_nobody_at_first_leaves_the_focus_as_it_is_when_they_come() -> None:
    behind = backdrop.Backdrop(Settings(defocus=2))
    who = Standing(walker().alpha, Box(50, 100, 120, 60), (200, 300), True)
    np.testing.assert_array_equal(behind.blurred(scene(), None), behind.blurred(scene(), who))


def standing(face: float, top: int = 50) -> Standing:
    return Standing(walker().alpha, Box(top, 100, 120, 60), (200, 300), True, lambda: face)


def test_through_a_lens_the_plate_is_the_softer_the_larger_a_face_is_and_at_most_as_soft_as_can_be_asked_for() -> None:
    for face, disc in ((0.26, 1.3), (0.52, 2.6), (3.0, 10.0), (0.0, 0.0)):  # by hand: 6.5 mm beside a face of 130
        found = backdrop.Backdrop(Settings(aperture=6.5)).blurred(scene(), standing(face))
        np.testing.assert_array_equal(found, backdrop.Backdrop(Settings(defocus=disc)).blurred(scene(), standing(face)))
    both = backdrop.Backdrop(Settings(aperture=6.5, defocus=1)).blurred(scene(), standing(0.26))
    np.testing.assert_array_equal(both, backdrop.Backdrop(Settings(defocus=2.3)).blurred(scene(), standing(0.26)))


def test_a_lens_is_focused_on_whoever_comes_first_and_stays_so() -> None:
    behind, under = backdrop.Backdrop(Settings(aperture=6.5)), scene()
    assert behind.blurred(under, None) is under
    first = behind.blurred(under, standing(0.26))
    assert (first != under).any()
    for other in (standing(0.1, 80), None):
        np.testing.assert_array_equal(behind.blurred(under.copy(), other), first)
    light = to_linear(to_float(under))
    np.testing.assert_allclose(to_srgb(behind.blurred_light(light, under, None)), to_float(first), atol=0.6 / 255)
    behind.start()
    assert (behind.blurred(under, standing(0.1)) != first).any()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_a_face_is_as_high_as_the_eye_sees_it_and_nothing_where_nobody_is(kind: type) -> None:
    drawn = read_image(Path(__file__).parents[2] / "examples/portrait.png").pixels
    pixels = to_float(drawn) if kind is np.float32 else drawn.astype(kind) * (np.iinfo(kind).max // 255)
    layer = Layer(pixels, np.ones((512, 512), np.float32), Box(0, 0, 512, 512))
    assert backdrop.face_height(layer) == pytest.approx(88, abs=15)  # marked by eye
    assert backdrop.face_height(layer._replace(alpha=np.zeros_like(layer.alpha))) == 0


def test_who_is_turned_away_has_a_face_as_high_as_their_outline_tells() -> None:
    """By hand: a head 80 wide is 1.25 times as high, and the face is the lower seven tenths of it."""
    y, x = np.mgrid[:400, :400] + 0.5
    head = ((x - 200) / 40) ** 2 + ((y - 70) / 50) ** 2 < 1
    alpha = (head | ((abs(x - 200) < 20) & (y > 110) & (y < 150)) | ((abs(x - 200) < 100) & (y > 149))).astype(np.float32)
    layer = Layer(np.full((400, 400, 3), 90, np.uint8), alpha, Box(0, 0, 400, 400))
    assert backdrop.face_height(layer) == pytest.approx(70, abs=4)


def test_a_filmed_person_alone_has_neither() -> None:
    frames = [np.dstack([scene(), np.zeros((200, 300), np.uint8)])] * 2
    for frame in frames:
        frame[60:160, 140:170, 3] = 255
    take = Compositor().take(FilmLook(Placement(), Settings(**BARE), "best", (200, 300), 25.0, alone=True))
    people = take.filmed(counted(frames, 25.0))
    for each in take.before_still(people, Plate(Image(scene()))):
        assert not each.item.pixels[each.item.alpha == 0].any()


def test_a_film_placed_by_hand_that_crops_their_feet_throws_none() -> None:
    frame = np.dstack([scene(), np.zeros((200, 300), np.uint8)])
    frame[60:, 140:170, 3] = 255  # to the frame's lower edge
    told = {"placement": Placement(height=0.4, x=0.5, y=0.8), "quality": "fast"}
    with_, without = (
        list(Compositor().compose_frames([frame] * 6, Plate(Image(scene())), settings=Settings(**BARE, shadow=shadow), **told))
        for shadow in (1.0, 0.0)
    )
    for on, off in zip(with_, without, strict=True):
        np.testing.assert_array_equal(on, off)
    frame[150:, :, 3] = 0
    whole = list(Compositor().compose_frames([frame] * 6, Plate(Image(scene())), settings=Settings(**BARE), **told))
    assert (whole[0] < with_[0]).any()


def test_whom_the_photo_cropped_throws_none_before_a_moving_plate_either() -> None:
    on, off = (
        list(Compositor().compose_frames(walker(cropped=True), [scene()] * 2, WHERE, Settings(**BARE, shadow=shadow)))
        for shadow in (1.0, 0.0)
    )
    np.testing.assert_array_equal(on, off)


def test_each_frame_of_a_moving_plate_is_blurred_as_long_as_nobody_is_there_too() -> None:
    empty, plates = np.zeros((200, 300, 4), np.uint8), [scene(), scene() // 2, scene()]
    frames = [empty.copy() for _ in plates]
    frames[0][60:150, 140:170, 3] = 255
    found = Compositor().compose_frames(frames, plates, settings=Settings(**BARE, defocus=3, shadow=0))
    level = horizons.horizon(plates[0])  # once for the shot
    assert level == pytest.approx(0.55, abs=0.03)  # where the floor ends
    for frame, plate in zip(found, plates, strict=True):
        np.testing.assert_array_equal(frame[:, :100], defocus.defocused(plate, 3, 150, level)[:, :100])


def test_a_cut_of_the_persons_film_begins_another_shot(monkeypatch: pytest.MonkeyPatch) -> None:
    looked, found = list[int](), surroundings.light
    monkeypatch.setattr(surroundings, "light", lambda *given: looked.append(1) or found(*given))
    composer = Composer(FilmLook(Placement(), Settings(), "best", (200, 300), 25.0), None)
    for cut in (False, False, True, False):
        colors = np.full((120, 60, 3), 60, np.uint8)
        composer(Laid(Layer(colors, walker().alpha, Box(50, 100, 120, 60)), cut), scene())
    assert len(looked) == 2
