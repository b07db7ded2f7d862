"""rounding: a straight end of a person that is seen becomes a curve."""

import cv2
import numpy as np
import pytest
from busts import photos

from cleanplate.settings import Placement
from cleanplate.stages import faces, framing, rounding
from cleanplate.values import Cutout, Image

FACE = 80.0
RADIUS = rounding.RADIUS * FACE
Point = tuple[float, float]


def shoulder(rows: int = 200, columns: int = 150, first: int = 100, slope: float = 0.5) -> np.ndarray:
    """Somebody whose outline falls towards the left border, which it meets at row ``first``, and who goes on to the last row."""
    y, x = np.mgrid[:rows, :columns] + 0.5
    return np.clip(y - first + slope * x + 0.5, 0, 1).astype(np.float32)


def ear(rows: int = 200, columns: int = 150, top: int = 80, bottom: int = 120) -> np.ndarray:
    """What a border cut of a disk, from row to row."""
    y, x = np.mgrid[:rows, :columns] + 0.5
    half, middle = (bottom - top) / 2, (top + bottom) / 2
    inwards = half * 0.75
    return np.clip(np.hypot(half, inwards) - np.hypot(y - middle, x - inwards) + 0.5, 0, 1).astype(np.float32)


def lefts(alpha: np.ndarray) -> np.ndarray:
    """Where each row's coverage begins; a row without any is as wide as all."""
    return np.where((alpha >= 0.5).any(1), (alpha >= 0.5).argmax(1), alpha.shape[1])


def drawn(start: Point, corner: Point, end: Point, last: Point, size: tuple[int, int]) -> np.ndarray:
    """The area left of a quadratic Bezier curve and of a line after it: de Casteljau's points, a polygon of OpenCV at 8 times."""
    points = []
    for share in np.linspace(0, 1, 500):
        one = np.asarray(start) * (1 - share) + np.asarray(corner) * share
        two = np.asarray(corner) * (1 - share) + np.asarray(end) * share
        points.append(one * (1 - share) + two * share)
    polygon = np.array([*points, last, (-9, last[1]), (-9, start[1])])
    large = np.zeros((8 * size[0], 8 * size[1]), np.uint8)
    cv2.fillPoly(large, [np.rint(8 * polygon * 16).astype(np.int32)], 255, shift=4)
    return cv2.resize(large, size[::-1], interpolation=cv2.INTER_AREA) / np.float32(255)


def test_the_corner_of_a_shoulder_is_the_curve_that_an_independent_drawing_gives() -> None:
    alpha = shoulder(slope=0.5)
    found = rounding.rounded(alpha, {"left": 0.0}, FACE)
    lean, length = rounding.LEAN * 100, 100
    deep = rounding.DEEP * RADIUS
    corner, end, last = (lean, 100), (lean * (1 - RADIUS / length), 100 + RADIUS), (0, 200)
    wanted = alpha * (1 - drawn((deep, 100 - 0.5 * deep), corner, end, last, alpha.shape))
    assert np.abs(lefts(found) - lefts(wanted))[78:].max() <= 3  # where the outline is met is known to a pixel or two
    assert np.abs(lefts(found) - lefts(wanted))[110:].max() <= 1
    assert np.abs(lefts(found) - lefts(alpha))[80:130].mean() > 8  # and it is not little that is gone


def test_the_outline_has_no_corner_left_and_nothing_else_has_changed() -> None:
    alpha = shoulder()
    found = rounding.rounded(alpha, {"left": 0.0}, FACE)
    path = lefts(found)[75:].astype(float)
    smooth = np.convolve(path, np.ones(9) / 9, "valid")
    assert (np.diff(path) <= 0).all()  # outwards all the way down
    bends = np.abs(np.diff(np.arctan2(np.diff(smooth[::8]), 8)))
    assert bends.max() < np.radians(30)  # before: 63 degrees at once
    far = int(rounding.DEEP * RADIUS) + 3
    np.testing.assert_array_equal(found[:, far:], alpha[:, far:])
    np.testing.assert_array_equal(found[: 100 - far], alpha[: 100 - far])
    assert lefts(found)[-1] == 0  # it ends where the photo did


def test_a_mirror_a_turned_picture_and_a_larger_one_give_the_same() -> None:
    alpha = shoulder()
    wanted = rounding.rounded(alpha, {"left": 0.0}, FACE)
    np.testing.assert_array_equal(rounding.rounded(alpha[:, ::-1], {"right": 0.0}, FACE), wanted[:, ::-1])
    np.testing.assert_array_equal(rounding.rounded(alpha[::-1], {"left": 0.0}, FACE), wanted[::-1])
    np.testing.assert_array_equal(rounding.rounded(alpha.T, {"top": 0.0}, FACE), wanted.T)
    large = rounding.rounded(shoulder(400, 300, 200), {"left": 0.0}, 2 * FACE)
    assert np.abs(lefts(large)[::2] / 2 - lefts(wanted)).max() <= 2


def test_a_cut_with_both_ends_in_sight_becomes_a_round_one_about_its_middle() -> None:
    alpha = ear()
    found = rounding.rounded(alpha, {"left": 0.0}, FACE)
    taken = lefts(found) - lefts(alpha)
    assert taken[[80, 119]].tolist() == [taken[80]] * 2
    assert 2 <= taken[80] <= rounding.DEEP_CHORD * 20
    assert taken[98:102].tolist() == [0] * 4
    np.testing.assert_array_equal(found[100:], found[:100][::-1])
    assert np.abs(found - alpha).sum() < 0.15 * alpha.sum()


def test_each_part_that_a_border_cuts_is_rounded_by_itself() -> None:
    alpha = np.maximum(ear(top=20, bottom=50), shoulder(first=120))
    found = rounding.rounded(alpha, {"left": 0.0}, FACE)
    np.testing.assert_array_equal(found[:60, :40], rounding.rounded(ear(top=20, bottom=50), {"left": 0.0}, FACE)[:60, :40])
    np.testing.assert_allclose(found[130:], rounding.rounded(shoulder(first=120), {"left": 0.0}, FACE)[130:])


def test_the_line_of_a_cut_may_lie_inside_the_photo_and_what_fades_beyond_it_goes_with_it() -> None:
    fading = np.float32(0.4) * (np.arange(200) >= 100)[:, None] * np.ones(6, np.float32)
    alpha = np.concatenate([fading, shoulder()], 1).astype(np.float32)
    found = rounding.rounded(alpha, {"left": 6.0}, FACE)
    np.testing.assert_allclose(found[:, 6:], rounding.rounded(shoulder(), {"left": 0.0}, FACE), atol=1e-6)
    assert found[101:150, :6].max() == 0


def test_a_notch_at_the_last_rows_does_not_end_a_cut() -> None:
    alpha = shoulder()
    alpha[195:, :40] = 0
    whole, notched = (lefts(rounding.rounded(each, {"left": 0.0}, FACE))[80:170] for each in (shoulder(), alpha))
    np.testing.assert_allclose(notched, whole, atol=1)


def test_what_is_half_transparent_is_rounded_as_what_is_solid() -> None:
    solid, thin = (rounding.rounded(share * shoulder(), {"left": 0.0}, FACE) for share in (np.float32(1), np.float32(0.4)))
    np.testing.assert_allclose(lefts(thin / 0.4), lefts(solid), atol=2)


def test_the_bottom_and_a_cut_all_along_a_border_stay_and_nothing_given_is_changed() -> None:
    alpha = shoulder()
    before = alpha.copy()
    np.testing.assert_array_equal(rounding.rounded(alpha, {"bottom": 0.0}, FACE), alpha)
    whole = np.ones((50, 40), np.float32)
    np.testing.assert_array_equal(rounding.rounded(whole, {"left": 0.0, "right": 0.0, "top": 0.0}, FACE), whole)
    found = rounding.rounded(alpha, {"left": 0.0}, FACE)
    np.testing.assert_array_equal(alpha, before)
    assert found.dtype == np.float32
    assert (found <= alpha).all()
    assert found.min() >= 0


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (3, 2), (1, 40), (40, 1)])
@pytest.mark.parametrize("at", [-3.0, 0.0, 0.4, 2.0])
def test_however_small_it_is(shape: tuple[int, int], at: float) -> None:
    rng = np.random.default_rng(3)
    for face in (0.1, 5.0, 1000.0):
        found = rounding.rounded(rng.random(shape, np.float32), {"left": at, "right": at, "top": at}, face)
        assert found.shape == shape
        assert np.isfinite(found).all()


@pytest.mark.parametrize("rotate", [0.0, 20.0])
def test_a_placement_rounds_the_ends_that_it_shows_and_keep_leaves_them(rotate: float) -> None:
    alpha = dict(photos())["both"]
    cutout = Cutout(Image(np.full((*alpha.shape, 3), 128, np.uint8)), alpha, bled=True)
    asked = {"height": 0.5, "x": 0.5, "y": 0.7, "rotate": rotate}
    (kept, box), (rounded, same) = (framing.place(cutout, (400, 900), Placement(**asked, fit=fit)) for fit in ("keep", "auto"))
    assert box == same
    gone = kept.alpha - rounded.alpha
    assert gone.min() >= (-0.05 if rotate else 0)  # turning is bicubic
    assert 300 < gone.sum() < 0.1 * kept.alpha.sum()
    middle = kept.alpha.shape[1] // 2
    assert gone[:, :middle].sum() == pytest.approx(gone[:, middle:].sum(), rel=0.4)  # at both sides
    assert gone[: kept.alpha.shape[0] // 3].sum() == 0  # not at the head


def test_a_cutout_file_trimmed_to_the_person_stays_as_it_is_given() -> None:
    """Its border may touch a hand; one with room above a head is as a photo."""
    alpha = dict(photos())["both"]
    asked = {"height": 0.5, "x": 0.5, "y": 0.7}
    tight = alpha[np.flatnonzero(alpha.any(1))[0] :]
    for part, bled, changed in ((tight, False, False), (tight, True, True), (alpha, False, True)):
        cutout = Cutout(Image(np.full((*part.shape, 3), 128, np.uint8)), np.ascontiguousarray(part), clean=True, bled=bled)
        kept, rounded = (framing.place(cutout, (400, 900), Placement(**asked, fit=fit))[0].alpha for fit in ("keep", "auto"))
        assert (kept != rounded).any() == changed


def test_an_end_that_is_rounded_is_told_of_only_where_a_place_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    alpha = dict(photos())["both"]
    cutout = Cutout(Image(np.full((*alpha.shape, 3), 128, np.uint8)), alpha, bled=True)
    monkeypatch.setattr(framing.silhouettes.faces, "face", lambda *_: faces.Face(20, 40, 100, 100))  # else they are enlarged
    places = Placement(), Placement(height=0.9), Placement(rotate=20), Placement(fit="keep")
    chosen, asked, turned, kept = (framing.place(cutout, (400, 900), each)[0] for each in places)
    assert chosen.alpha.shape[1] < 450  # not enlarged to the plate's width
    assert chosen.warnings == ()
    assert "at the right" in asked.warnings[0]
    assert "at the bottom" in turned.warnings[0]  # a bottom is not rounded
    assert "at the right" in kept.warnings[0]  # nothing is
