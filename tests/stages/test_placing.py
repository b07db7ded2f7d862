"""placing: where somebody comes to stand, so that no side on which the photo cropped them is seen."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from busts import CHOSEN, photos

from cleanplate.errors import InputError
from cleanplate.settings import Placement
from cleanplate.stages import framing, placing
from cleanplate.values import Box, Cutout, Image

PLATES = {"16:9": (180, 320), "3:2": (200, 300), "1:1": (240, 240), "4:5": (300, 240), "9:16": (320, 180)}


def told(alpha: np.ndarray, **more: object) -> Cutout:
    """A cutout whose pixels say how far down and right they lie, in 64ths of a pixel."""
    pixels = np.zeros((*alpha.shape, 3), np.uint16)
    pixels[..., 0], pixels[..., 1] = (64 * np.arange(alpha.shape[0]) + 32)[:, None], 64 * np.arange(alpha.shape[1]) + 32
    return Cutout(Image(pixels), alpha, bled=True, **more)


def ends_seen(cutout: Cutout, plate: tuple[int, int], placement: Placement = CHOSEN) -> set[str]:
    """The sides on which the photo's outermost solid pixels are seen inside the plate, by where its pixels say they come from."""
    placed, box = framing.place(told(cutout.alpha, cropped=cutout.cropped), plate, placement)
    solid = placed.alpha > 0.5
    down, across = (placed.image.pixels[..., each].astype(float) / 64 for each in (0, 1))
    rows, columns = np.mgrid[: box.height, : box.width]
    rows, columns = rows + box.top, columns + box.left
    scale = box.height / (down.max() - down.min() + 1e-6)
    step, near = 1.01 * max(1.0, 1 / scale), 2 + scale  # pixels of the photo, and of the plate
    found = {
        "top": solid & (down < step) & (rows > near), "bottom": solid & (down > cutout.size[0] - step) & (rows < plate[0] - near),
        "left": solid & (across < step) & (columns > near),
        "right": solid & (across > cutout.size[1] - step) & (columns < plate[1] - near),
    }  # fmt: skip
    return {side for side, where in found.items() if max(where.any(0).sum(), where.any(1).sum()) > 0.03 * plate[0]}


# ---- a slow exact reference ------------------------------------------------------------------------------------------


def exactly(person: Box, foot: Fraction, plate: tuple[int, int], placement: Placement) -> tuple[Fraction, Fraction, Fraction]:
    """Scale, and where the photo's upper left corner lies, in fractions, straight from the words of ``Placement``."""
    height, x, y = (Fraction(each).limit_denominator(1000) for each in (placement.height, placement.x, placement.y))
    scale = height * plate[0] / person.height  # the visible height is that part of the plate's
    return scale, y * plate[0] - (person.top + person.height) * scale, x * plate[1] - foot * scale


def test_every_pixel_of_a_placed_person_comes_from_where_a_slow_exact_reference_says() -> None:
    rng = np.random.default_rng(5)
    for _ in range(60):
        size, plate = (int(each) for each in rng.integers(60, 120, 2)), tuple(int(each) for each in rng.integers(50, 300, 2))
        height, width = size
        top, left = int(rng.integers(4, height // 3)), int(rng.integers(6, width // 3))
        person = Box(top, left, int(rng.integers(20, height - top - 8)), int(rng.integers(20, width - left - 8)))
        alpha = np.zeros((height, width), np.float32)
        alpha[person.slices] = 1
        placement = Placement(*(int(each) / 100 for each in (rng.integers(20, 400), rng.integers(0, 101), rng.integers(20, 120))))
        scale, down, across = exactly(person, Fraction(2 * left + person.width, 2), plate, placement)
        placed, box = framing.place(told(alpha), plate, placement)
        first, last = (max(0, min(plate[0], round(down + row * scale))) for row in (top, top + person.height))
        begin, end = (max(0, min(plate[1], round(across + column * scale))) for column in (left, left + person.width))
        assert box == Box(first, begin, last - first, end - begin)  # the visible rows and columns, rounded once
        assert placed.alpha.min() > 0.9999
        for row, column in rng.integers(0, (box.height, box.width), (40, 2)):
            wanted = (box.top + row + 0.5 - float(down)) / float(scale), (box.left + column + 0.5 - float(across)) / float(scale)
            found = placed.image.pixels[row, column, :2].astype(float) / 64
            ends = (person.top, person.top + person.height), (person.left, person.left + person.width)
            for one, other, (low, high) in zip(found, wanted, ends, strict=True):
                inside = low + 2 < other < high - 2  # beyond, the border repeats
                assert not inside or abs(one - other) <= 0.75 / float(scale) + 0.05  # half a pixel of the plate, and rounding


def test_x_is_the_foot_point_whatever_the_arms_do() -> None:
    alpha = np.zeros((200, 300), np.float32)
    alpha[20:180, 100:120] = 1  # a body whose feet are around 110
    alpha[60:70, 120:260] = 1  # and an arm
    _, box = framing.place(told(alpha), (400, 600), Placement(height=0.4, x=0.3, y=0.9))
    assert box.left + 10 == pytest.approx(0.3 * 600, abs=0.51)


def test_a_person_cut_by_the_frame_is_what_a_larger_frame_shows_of_them() -> None:
    """Up to four pixels off while whole pixels of the photo were cut off before they were enlarged."""
    alpha = np.zeros((40, 40), np.float32)
    alpha[4:36, 3:38] = 1
    for x in (0.02, 0.31, 0.97, 1.2):
        part, box = framing.place(told(alpha), (101, 103), Placement(height=2.9, x=x, y=1.61))
        larger = Placement(2.9 / 5, (2 * 103 + x * 103) / 515, (2 * 101 + 1.61 * 101) / 505)
        whole, around = framing.place(told(alpha), (505, 515), larger)
        top, left = box.top + 202 - around.top, box.left + 206 - around.left
        same = whole.image.pixels[top : top + box.height, left : left + box.width, :2].astype(float) - part.image.pixels[..., :2]
        inner = np.abs(same)[20:-20, 20:-20] if min(box.height, box.width) > 60 else np.abs(same)
        assert np.median(inner) / 64 * 9 < 0.6  # pixels of the plate, at nine for one of the photo


@pytest.mark.parametrize(
    ("height", "person"), [(0.0001, Box(10, 30, 80, 20)), (0.004, Box(40, 10, 2, 60)), (0.02, Box(9, 40, 80, 9))]
)
def test_a_person_smaller_than_a_pixel_is_said_to_be_too_small(height: float, person: Box) -> None:
    alpha = np.zeros((100, 80), np.float32)
    alpha[person.slices] = 1
    with pytest.raises(InputError, match="smaller than a pixel"):
        framing.place(told(alpha), (100, 100), Placement(height=height))


# ---- what is chosen -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plate", PLATES.values(), ids=PLATES)
@pytest.mark.parametrize(("name", "alpha"), photos(), ids=[name for name, _ in photos()])
def test_no_cropped_side_is_seen_where_nothing_is_asked_for(name: str, alpha: np.ndarray, plate: tuple[int, int]) -> None:
    cutout = told(alpha)
    assert ends_seen(cutout, plate) == set()
    found, _ = framing.place(cutout, plate, Placement())
    assert found.warnings == ()
    head = found.image.pixels[found.alpha > 0.5][:, 0].min() / 64
    assert head < max(25, 0.45 * alpha.shape[0])  # of the head at least the lower half is there


def test_a_person_without_a_crop_is_neither_enlarged_nor_moved_and_keep_does_so_for_all() -> None:
    whole, both = (dict(photos())[name] for name in ("whole", "both"))
    for placement in (Placement(), Placement(fit="keep")):
        _, box = framing.place(told(whole), (400, 900), placement)
        assert (box.top + box.height, box.height) == (400, 360)
        assert box.left + box.width / 2 == pytest.approx(450, abs=1)
    _, kept = framing.place(told(both), (400, 900), Placement(fit="keep"))
    assert (kept.height, kept.width) == (2 * 185, 280)
    assert ends_seen(told(both), (400, 900), Placement(fit="keep")) & {"left", "right"}


def test_feet_stand_in_the_lower_third_and_where_the_photo_had_them() -> None:
    for feet, wanted in ((170, 0.85), (90, 2 / 3), (196, 0.97)):
        alpha = np.zeros((200, 160), np.float32)
        alpha[feet - 80 : feet, 70:80] = 1
        _, box = framing.place(told(alpha), (400, 400), Placement())
        assert (box.top + box.height) / 400 == pytest.approx(wanted, abs=0.003)
        _, box = framing.place(told(alpha), (400, 400), Placement(fit="keep"))
        assert (box.top + box.height) / 400 == pytest.approx(feet / 200, abs=0.003)


def test_a_place_asked_for_is_taken_and_the_cuts_seen_there_are_named() -> None:
    both = told(dict(photos())["both"])
    asked = Placement(height=0.5, x=0.5, y=0.7)
    found, box = framing.place(both, (400, 900), asked)
    assert box.height == 200
    assert ends_seen(both, (400, 900), asked) == {"bottom"}  # at the sides they are rounded
    assert ends_seen(both, (400, 900), replace(asked, fit="keep")) == {"bottom", "left", "right"}
    (sentence,) = found.warnings
    assert all(side in sentence for side in ("bottom", "left", "right"))
    assert "top" not in sentence
    assert framing.place(told(dict(photos())["whole"]), (400, 900), Placement(x=0.4))[0].warnings == ()


def test_what_is_not_asked_for_hides_the_cut_and_the_height_asked_for_is_the_one_seen() -> None:
    both = told(dict(photos())["both"])
    found, box = framing.place(both, (400, 900), Placement(height=0.5))
    assert "at the right, and" in found.warnings[0]
    assert box.left == 0
    assert box.height == pytest.approx(200, abs=1)
    left, at = framing.place(told(dict(photos())["left"]), (400, 900), Placement(height=0.5))
    assert (left.warnings, at.left) == ((), 0)


def test_of_a_head_too_large_for_the_plate_the_face_is_seen() -> None:
    alpha = np.ones((300, 200), np.float32)
    found, box = framing.place(told(alpha), (180, 320), CHOSEN)
    seen = found.image.pixels[..., 0].astype(float) / 64 / 300
    assert found.warnings == ()
    assert (box.height, box.width) == (180, 320)
    assert 0.15 < seen.min() < 0.4 < 0.5 < seen.max()  # not the hair that the photo begins with


def test_a_frame_around_the_photo_lies_beyond_the_plate_at_the_top_too() -> None:
    alpha = np.zeros((300, 200), np.float32)
    alpha[9:291, 9:191] = 1
    for plate in PLATES.values():
        found, box = framing.place(told(alpha), plate, CHOSEN)
        assert found.warnings == ()
        assert (box.height, box.width) == plate
        assert found.alpha.min() > 0.99


def test_a_side_cropped_only_at_its_foot_sinks_below_the_plate_instead_of_moving_the_person_aside() -> None:
    alpha = np.zeros((300, 200), np.float32)
    alpha[60:, 70:130] = 1
    alpha[285:, :70] = 1
    found, box = framing.place(told(alpha), (300, 600), CHOSEN)
    assert found.warnings == ()
    assert box.left + np.flatnonzero(found.alpha.max(0) > 0.5).mean() == pytest.approx(300, abs=1.5)
    alpha[180:, :70] = 1  # more of them than that is not given up
    found, box = framing.place(told(alpha), (300, 600), CHOSEN)
    assert (found.warnings, box.left) == ((), 0)


def test_one_cropped_side_moves_a_person_aside_and_only_two_enlarge_them() -> None:
    alpha = np.zeros((200, 200), np.float32)
    alpha[40:180, :60] = 1
    aside, box = framing.place(told(alpha), (200, 150), CHOSEN)
    assert (aside.warnings, box.left, box.height) == ((), 0, 140)  # as large as in their photo
    enlarged, box = framing.place(told(alpha[:, :60]), (200, 150), CHOSEN)
    assert (enlarged.warnings, box.left, box.width) == ((), 0, 150)


# ---- whole people under a horizon -----------------------------------------------------------------------------------------


def test_somebody_as_faint_as_can_be_seen_stands_where_a_solid_one_does() -> None:
    alpha = np.zeros((100, 80), np.float32)
    alpha[20:90, 30:50] = 1
    faint = np.where(alpha > 0, np.float32(framing.SEEN), np.float32(0))
    assert framing.place(told(faint), (200, 300), CHOSEN)[1] == framing.place(told(alpha), (200, 300), CHOSEN)[1]


@pytest.mark.parametrize("fit", ["auto", "keep"])
def test_a_person_cropped_at_one_side_lies_at_that_side_of_the_plate(fit: str) -> None:
    for name in ("left", "right"):
        _, box = framing.place(told(dict(photos())[name]), (300, 500), Placement(fit=fit))
        assert (box.left if name == "left" else 500 - box.left - box.width) == 0, name
        assert 0 < box.width < 400


# ---- laws ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plate", PLATES.values(), ids=PLATES)
@pytest.mark.parametrize(("name", "alpha"), photos(), ids=[name for name, _ in photos()])
@pytest.mark.parametrize("asked", [{}, {"fit": "keep"}, {"height": 0.7}, {"y": 0.8}], ids=str)
def test_a_photo_seen_in_a_mirror_is_placed_in_the_mirror(
    name: str, alpha: np.ndarray, plate: tuple[int, int], asked: dict[str, Any]
) -> None:
    """Nothing favors a side; and a plate twice as large shows the same twice as large."""
    found, box = framing.place(told(alpha), plate, Placement(**asked))
    mirrored, other = framing.place(told(np.ascontiguousarray(alpha[:, ::-1])), plate, Placement(**asked))
    assert (other.top, other.height) == pytest.approx((box.top, box.height), abs=1)
    assert len(found.warnings) == len(mirrored.warnings)
    wanted = plate[1] - box.left - box.width, plate[1] - box.left
    if (other.left, other.left + other.width) != pytest.approx(wanted, abs=1):
        assert name in ("both", "top and both", "all of it")  # cropped at both sides and narrower than the plate
        assert box.left == other.left == 0  # lies at the left
    _, large = framing.place(told(alpha), (2 * plate[0], 2 * plate[1]), Placement(**asked))
    assert (large.top, large.left, large.height, large.width) == pytest.approx(
        (2 * box.top, 2 * box.left, 2 * box.height, 2 * box.width), abs=2
    )


@pytest.mark.parametrize(
    ("start", "end", "head", "left", "right", "wanted"),
    [
        (10, 30, 20, False, False, 20), (10, 30, 20, True, False, -10), (10, 30, 20, False, True, 50),  # a plate 80 wide
        (0, 200, 90, False, False, -50), (0, 200, 10, False, False, 0), (0, 200, 190, False, False, -120),  # wider: the head
        (20, 220, 10, True, True, -20), (20, 220, 215, True, True, -140),  # in the middle
        (0, 80, 40, True, True, 0), (5, 84.5, 40, False, False, -5),
    ],
)  # fmt: skip
def test_where_the_photo_lies_across_the_plate_by_hand(start, end, head, left, right, wanted) -> None:
    assert placing.sideways(start, end, head, 80, left, right) == wanted
