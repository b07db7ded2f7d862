"""placing: a face that was seen is not cut off."""

import dataclasses

import numpy as np
import pytest
from busts import CHOSEN, silhouette_of

from cleanplate.stages import crops, framing, placing, silhouettes
from cleanplate.stages.faces import Face
from cleanplate.values import Box, Cropped


def seen_with(face: Face, alpha: np.ndarray, plate: tuple[int, int], rounded: bool = True) -> placing.Stand:
    person = silhouettes.silhouette(alpha, framing.extent(alpha, framing.SEEN), crops.cropped(alpha), face)
    return placing.stand(person, plate, CHOSEN, rounded=rounded)


@pytest.mark.parametrize("top", [60, 110, 160])
def test_a_face_that_was_seen_is_shown_from_brow_to_chin_wherever_it_is(top: int) -> None:
    """Hair fills the photo from side to side, so the person is enlarged; by their outline alone the face might be anywhere."""
    stand = seen_with(Face(top, 70, top + 80, 130), np.ones((300, 200), np.float32), (180, 320))
    assert stand.shown == {}
    brow, chin = (stand.top + row * stand.scale for row in (top, top + 80))
    assert 0 <= brow < chin <= 180
    assert (brow + chin) / 2 == pytest.approx(90, abs=0.5)


def test_a_cut_at_the_side_is_shown_rather_than_a_face_without_its_mouth() -> None:
    """Cropped at both sides, on the left all along and on the right at the foot alone."""
    alpha = np.zeros((300, 180), np.float32)
    alpha[20:, :140] = alpha[250:, 140:] = 1
    shown, hidden = (seen_with(Face(top, 40, top + 140, 120), alpha, (560, 900), rounded=False) for top in (150, 40))
    assert set(shown.shown) == {"right"}
    assert shown.top + 290 * shown.scale <= 560
    assert hidden.shown == {}  # the same photo with the face further up loses nothing


@pytest.mark.parametrize("turn", [1, -1])
def test_nobody_is_enlarged_for_a_short_cut_that_is_rounded_but_for_a_long_one(turn: int) -> None:
    """They lie at the side where more of them is cropped."""
    alpha = np.zeros((300, 180), np.float32)
    alpha[20:, :140] = alpha[250:, 140:] = 1
    face = Face(40, 40, 180, 120) if turn == 1 else Face(40, 60, 180, 140)
    short = seen_with(face, alpha[:, ::turn], (560, 900))
    assert short.shown == {"right" if turn == 1 else "left": pytest.approx(50 / 300 * 560)}
    assert short.scale == pytest.approx(560 / 300)  # their own
    assert short.left == pytest.approx(0 if turn == 1 else 900 - 180 * short.scale)
    person = silhouettes.silhouette(alpha, framing.extent(alpha, framing.SEEN), crops.cropped(alpha), face)
    trimmed = placing.stand(dataclasses.replace(person, trimmed=True), (560, 900), CHOSEN)  # may be no photo's: nothing is rounded
    assert trimmed == placing.stand(person, (560, 900), CHOSEN, rounded=False)
    alpha[20:, 140:] = 1
    long = seen_with(face, alpha[:, ::turn], (560, 500))
    assert (long.shown, long.scale) == ({}, pytest.approx(500 / 180))


def test_without_a_face_that_was_seen_no_cut_is_shown_for_a_guess() -> None:
    alpha = np.zeros((300, 180), np.float32)
    alpha[20:, :140] = alpha[250:, 140:] = 1
    assert placing.stand(silhouette_of(alpha), (560, 900), CHOSEN).shown == {}


def test_the_head_s_middle_is_that_of_the_face() -> None:
    alpha = np.ones((300, 200), np.float32)
    person = silhouettes.silhouette(alpha, Box(0, 0, 300, 200), Cropped(), Face(60, 110, 140, 170))
    assert (person.head, person.brow, person.chin, person.seen) == (140, 60, 140, True)
    small = person.scaled((150, 100))
    assert (small.head, small.brow, small.chin) == (70, 30, 70)
    guessed = silhouettes.silhouette(alpha, Box(0, 0, 300, 200), Cropped())
    assert (guessed.seen, guessed.head) == (False, 100)
    assert guessed.brow == pytest.approx(silhouettes.BROW * guessed.chin)


def test_even_a_short_cut_is_hidden_where_that_costs_little() -> None:
    """Cropped on the right in its lowest ten rows alone: they go below the plate's edge, though that is more of the person."""
    alpha = np.ones((300, 200), np.float32)
    alpha[:290, 180:] = 0
    stand = seen_with(Face(60, 70, 140, 130), alpha, (300, 400))
    assert stand.shown == {}
    assert stand.top + 290 * stand.scale == pytest.approx(300, abs=1)


def test_how_far_the_ends_that_are_shown_lie_from_a_box_by_hand() -> None:
    alpha = np.zeros((300, 200), np.float32)
    alpha[9:291, 9:191] = 1  # a frame around the photo
    person = silhouette_of(alpha)
    stand = placing.Stand(2.0, 30.0, 40.0, dict.fromkeys(("top", "bottom", "left", "right"), 1.0))
    found = stand.ends(person, Box(20, 35, 600, 420))
    assert found == {"top": 28, "bottom": 8, "left": 23, "right": 33}
    assert stand._replace(shown={"left": 5.0}).ends(person, Box(20, 35, 600, 420)) == {"left": 23}
