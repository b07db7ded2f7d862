"""composing, tracking and Compositor.compose_frames: films composed frame by frame, lazily, with one look for a whole shot."""

import itertools

import numpy as np
import pytest
from PIL import Image as pillow

import cleanplate
from cleanplate.compositor import Compositor
from cleanplate.errors import InputError, NoPersonError
from cleanplate.film import tracking
from cleanplate.film.quality import QUALITIES
from cleanplate.plates import Plate
from cleanplate.settings import Placement, Settings
from cleanplate.stages import matting
from cleanplate.values import Cutout, Image

SIZE = 160, 208  # of the made films


@pytest.fixture
def person(portrait) -> np.ndarray:
    """A frame with a person in the middle of a street of code, (160, 208, 3)."""
    return filmed(portrait, 40)


def filmed(portrait, left: int) -> np.ndarray:
    down, across = np.mgrid[: SIZE[0], : SIZE[1]]
    frame = np.dstack([90 + across // 4, 120 + down // 4, 140 + across // 8]).astype(np.uint8)
    photo = pillow.open(portrait).convert("RGB")
    photo.thumbnail((SIZE[0], SIZE[0]))
    some = np.asarray(photo)
    frame[SIZE[0] - some.shape[0] :, left : left + some.shape[1]] = some
    return frame


@pytest.fixture
def scene() -> Plate:
    down, across = np.mgrid[: SIZE[0], : SIZE[1]]
    return Plate(Image(np.dstack([150 + down // 2, 60 + across, 255 - across // 2 - down // 2]).astype(np.uint8)))


def films(pictures, plate, **told) -> list[np.ndarray]:
    return list(Compositor().compose_frames(pictures, plate, **{"quality": "fast"} | told))


# ---- what every film keeps -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quality", QUALITIES)
def test_a_repeated_frame_gives_a_repeated_composite_bit_for_bit(person, scene, quality):
    first, *others = films([person] * 4, scene, quality=quality)
    assert first.shape == person.shape
    assert all((each == first).all() for each in others)


def test_where_nobody_is_the_plate_lies_untouched_and_somebody_is_there(stand_ins, person, scene):
    (frame,) = films([person], scene)
    plate = scene.image.pixels
    assert (frame[:20, -30:] == plate[:20, -30:]).all()
    assert (frame != plate).any(2).mean() > 0.1


def test_the_color_change_is_the_one_that_photos_get(stand_ins, person, scene):
    """The network that stands in halves every color; strength 0 leaves the person as filmed."""
    (dark,), (plain,) = films([person], scene), films([person], scene, settings=Settings(strength=0))
    inside = (plain == person).all(2) & (matting.matte(person.astype(np.float32) / 255) == 1)
    assert inside.mean() > 0.1
    assert np.abs(dark[inside] - person[inside] / 2).max() <= 2  # an alpha a hair below 1 lets the plate through


def test_frames_are_taken_one_by_one_and_no_more_than_are_needed(stand_ins, person, scene):
    taken = []

    def endless():
        for number in itertools.count():
            taken.append(number)
            yield person

    found = Compositor().compose_frames(endless(), scene, quality="fast")
    for _ in range(3):
        next(found)
    assert len(taken) <= 4


def test_the_frames_given_are_never_changed(stand_ins, person, scene):
    before, plates = person.copy(), [scene.image.pixels.copy() for _ in range(2)]
    films([person] * 2, plates)
    assert (person == before).all()
    assert all((each == scene.image.pixels).all() for each in plates)


# ---- sizes and places ------------------------------------------------------------------------------------------------


def test_a_filmed_person_gives_the_size_and_size_overrides_it(stand_ins, person):
    plate = Plate(Image(np.full((90, 300, 3), 200, np.uint8)))
    assert films([person], plate)[0].shape == (*SIZE, 3)
    assert films([person], plate, size=(100, 120))[0].shape == (100, 120, 3)


def test_a_photographed_person_before_a_moving_plate_takes_its_size(stand_ins, portrait):
    image = cleanplate.read_image(portrait)
    plates = [np.full((120, 180, 3), 100 + 10 * step, np.uint8) for step in range(3)]
    found = films(image, plates)
    assert [each.shape for each in found] == [(120, 180, 3)] * 3
    assert [each[0, 0, 0] for each in found] == [100, 110, 120]


def test_a_placement_is_found_once_so_that_the_person_does_not_swim(stand_ins, portrait, scene):
    """The person walks to the right; the cutout's own extent changes, and the frame's place in the plate must not."""
    walk = [filmed(portrait, left) for left in range(0, 48, 8)]
    found = films(walk, scene, placement=Placement(height=0.5, x=0.5, y=1.0), settings=Settings(strength=0))
    middle = [np.flatnonzero((each != scene.image.pixels).any(2).any(0)).mean() for each in found]
    steps = np.diff(middle)
    scale = 0.5 * SIZE[0] / (SIZE[0] * 0.98)  # about half as high as filmed
    assert np.all(np.abs(steps - 8 * scale) < 2)


def test_a_placement_outside_the_plate_is_refused(person, scene):
    with pytest.raises(InputError, match="outside"):
        films([person] * 2, scene, placement=Placement(x=9.0))


def test_sixteen_bits_stay_sixteen_bits(stand_ins, person):
    deep = person.astype(np.uint16) * 257
    plate = Plate(Image(np.full((*SIZE, 3), 30000, np.uint16)))
    (found,) = films([deep], plate)
    assert found.dtype == np.uint16
    assert len(np.unique(found)) > 256


# ---- somebody and nobody ---------------------------------------------------------------------------------------------


def test_nobody_in_the_first_second_is_an_error_with_the_time(scene):
    empty = np.full((*SIZE, 3), 120, np.uint8)
    with pytest.raises(NoPersonError, match=r"first 1\.0 seconds"):
        films([empty] * 30, scene, rate=5.0)
    with pytest.raises(NoPersonError, match="in the video"):
        films([empty] * 2, scene, rate=25.0)


def test_a_person_who_leaves_leaves_the_plate_alone_and_one_lost_look_is_bridged(monkeypatch, person, scene):
    answers = iter([True, True, False, True, True, *[False] * 12])
    monkeypatch.setattr(matting, "someone", lambda *_: next(answers))
    found = films([person] * 15, scene, quality="best", settings=Settings(blend=False, harmonize=False))
    there = [bool((each != scene.image.pixels).any()) for each in found]
    assert there == [True] * (5 + tracking.ABSENCE) + [False] * (10 - tracking.ABSENCE)


def test_a_person_may_come_in_later_in_the_first_second(person, scene):
    empty = np.full((*SIZE, 3), 120, np.uint8)
    found = films([empty, empty, person, person], scene, rate=5.0)
    assert [bool((each != scene.image.pixels).any()) for each in found] == [False, False, True, True]


# ---- refusals --------------------------------------------------------------------------------------------------------


def test_two_pictures_and_an_unknown_quality_are_refused(person, scene):
    with pytest.raises(InputError, match="Neither"):
        films(Image(person), scene)
    with pytest.raises(InputError, match="quality"):
        films([person], scene, quality="superb")


def test_no_frames_give_no_frames(scene):
    assert films([], scene) == []


def test_frames_with_an_alpha_are_cut_out_by_it_and_no_network_looks(monkeypatch, person, scene):
    monkeypatch.setattr(matting, "predict", lambda *_: pytest.fail("looked"))
    down, across = np.mgrid[: person.shape[0], : person.shape[1]]
    cover = np.where(np.hypot(down - 50, across - 60) < 30, 255, 0).astype(np.uint8)
    frames = [np.dstack([person, np.roll(cover, 5 * shift, 1)]) for shift in range(3)]
    found, plate = films(frames, scene, settings=Settings(harmonize=False, shadow=0)), scene.image.pixels
    for frame, given in zip(found, frames, strict=True):
        inside = given[..., 3:] == 255
        assert (frame == np.where(inside, person, plate)).all()


def test_a_placed_frame_with_an_alpha_shows_nothing_of_what_is_transparent(person, scene):
    """The same disc on black and on white, made smaller: one picture."""
    down, across = np.mgrid[: SIZE[0], : SIZE[1]]
    inside = np.hypot(down - 80, across - 100) < 50
    frames = [np.dstack([np.where(inside[..., None], person, under), 255 * inside]).astype(np.uint8) for under in (0, 255)]
    told = {"placement": Placement(height=0.31), "settings": Settings(strength=0)}
    (black,), (white,) = (films([each], scene, **told) for each in frames)
    assert np.abs(black.astype(int) - white).max() <= 2
    assert (black != scene.image.pixels).any(2).mean() > 0.02


def test_a_frame_whose_alpha_is_empty_shows_the_plate_and_one_that_is_solid_is_matted(stand_ins, person, scene):
    solid, empty = (np.dstack([person, np.full(person.shape[:2], level, np.uint8)]) for level in (255, 0))
    (plain,), (first, second) = films([person], scene), films([solid, empty], scene)
    assert (first == plain).all()
    assert (second == scene.image.pixels).all()


def test_a_cutout_file_is_composed_as_it_is(stand_ins):
    colors = np.full((60, 60, 3), (40, 80, 200), np.uint8)
    alpha = np.zeros((60, 60), np.float32)
    alpha[10:50, 10:50] = 1
    plates = [np.full((60, 60, 3), 90, np.uint8)] * 2
    found = films(Cutout(Image(colors), alpha, clean=True), plates, settings=Settings(strength=0))
    assert (found[1][30, 30] == (40, 80, 200)).all()
    assert (found[1][2, 2] == 90).all()


def test_unplaced_frames_lie_where_they_were_filmed_and_placed_ones_do_not(person, scene):
    """A person who stands at the left of their own frame stays there unless a place is asked for."""
    down, across = np.mgrid[: SIZE[0], : SIZE[1]]
    disc = np.dstack([person, np.where(np.hypot(down - 60, across - 50) < 30, 255, 0).astype(np.uint8)])
    (plain,), (placed,) = (
        films([disc], scene, settings=Settings(strength=0, shadow=0), **more) for more in ({}, {"placement": Placement(x=0.75)})
    )
    changed = [np.flatnonzero((each != scene.image.pixels).any(2).any(0)) for each in (plain, placed)]
    assert [each.mean() for each in changed] == pytest.approx([50, 0.75 * SIZE[1]], abs=1.5)
    assert ((plain == person) | (plain == scene.image.pixels)).all()
