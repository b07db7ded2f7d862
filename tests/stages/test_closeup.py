"""closeup: windows around people of all sizes, and their color changes in the whole frame."""

import numpy as np
import pytest

from cleanplate.stages.closeup import CELLS, COVERED, FILLED, FINEST, NARROWEST, WHOLE, Window, around, kept, of_cells, over_frame
from cleanplate.transforms import applying
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box

FRAME = (240, 320)


@pytest.mark.parametrize("seed", range(40))
def test_a_window_holds_the_person_and_they_fill_it_as_far_as_the_frame_and_the_finest_allow(seed: int) -> None:
    rng = np.random.default_rng(seed)
    height, width = int(rng.integers(4, 241)), int(rng.integers(4, 321))
    person = Box(int(rng.integers(241 - height)), int(rng.integers(321 - width)), height, width)
    window = around(person, FRAME)
    box = window.box(FRAME)
    assert box.top - 1 <= person.top
    assert person.top + height <= box.top + box.height + 1
    assert box.left - 1 <= person.left
    assert person.left + width <= box.left + box.width + 1
    down, across = height / box.height, width / box.width
    assert down <= FILLED + 0.02 or window.rows == CELLS
    assert across <= FILLED + 0.02 or window.columns == CELLS
    assert max(down, across) > FILLED * CELLS / (CELLS + 1) - 0.02 or window.rows == FINEST
    assert box.width * 3 <= box.height * 4 + 6  # of the frame's shape, or narrower
    assert box.width >= NARROWEST * box.height - 3 or window.rows == window.columns
    assert down * across <= COVERED + 0.02 or window.rows == window.columns  # where it is narrower


def test_somebody_slim_is_seen_in_a_window_narrower_than_a_wide_plate() -> None:
    """By hand: 320 rows, of which they fill 200; at least 250 columns, so that their 80 cover a fifth at most, hence twelfths."""
    frame = 400, 800
    window = around(Box(180, 300, 200, 80), frame)
    assert (window.rows, window.columns) == (5, 12)
    assert window.box(frame) == Box(80, 200, 320, 267)
    assert around(Box(180, 300, 200, 240), frame) == Window(1, 1, 5, 5)  # somebody stout is large enough
    assert around(Box(180, 300, 200, 20), frame).columns == 13  # who is thinner still: 240 columns at least, for 320 rows


def test_a_windows_sides_are_cells_of_their_own() -> None:
    assert kept(Window(0, 0, 4, 8), Box(0, 0, 60, 20), (400, 400)).rows > 4  # far too small in it from top to bottom
    slim = Box(60, 100, 120, 20)
    assert kept(WHOLE, slim, FRAME).columns > CELLS  # and from left to right


def test_who_fills_the_plate_is_seen_in_all_of_it() -> None:
    assert around(Box(40, 100, 200, 90), FRAME) == WHOLE
    assert WHOLE.box(FRAME) == Box(0, 0, *FRAME)


def test_a_window_is_kept_until_somebody_leaves_it_or_is_far_too_small_in_it() -> None:
    window = around(Box(100, 100, 60, 20), FRAME)
    assert kept(window, Box(104, 110, 60, 20), FRAME) == window
    gone = Box(100, 280, 60, 20)
    assert kept(window, gone, FRAME) == around(gone, FRAME) != window
    larger = Box(20, 100, 200, 80)
    assert kept(window, larger, FRAME) == WHOLE
    assert kept(WHOLE, Box(60, 100, 120, 70), FRAME) == WHOLE  # one cell better is not worth a change
    assert kept(WHOLE, Box(60, 100, 60, 20), FRAME).rows > CELLS


@pytest.mark.parametrize(("kind", "shape"), [("affine-grid", (4, 4)), ("affine-grid", (8, 4)), ("bilateral-grid", (8, 8, 3))])
@pytest.mark.parametrize("window", [Window(2, 3, 8, 8), Window(0, 1, 5, 5), Window(4, 0, 8, 8), Window(1, 3, 6, 9)])
def test_inside_the_window_its_change_is_the_same_in_the_whole_frame_and_around_it_as_at_its_border(kind, shape, window) -> None:
    rng = np.random.default_rng(1)
    frame = 40 * window.rows, 40 * window.columns
    box = window.box(frame)
    grid = (np.eye(3, 4) + 0.3 * rng.standard_normal((*shape, 3, 4))).astype(np.float32)
    small = Transform(grid, kind, 0.5, np.linspace(0, 1, 5, dtype=np.float32)[:, None].repeat(3, 1) ** 2)
    whole = over_frame(small, window)
    assert whole.confidence == 0.5
    colors = rng.random((box.height, box.width, 3), np.float32)
    inside = applying.apply(small, colors, Box(0, 0, box.height, box.width), (box.height, box.width))
    assert np.abs(applying.apply(whole, colors, box, frame) - inside).max() < 2e-5
    gray = np.full((*frame, 3), 0.5, np.float32)
    everywhere = applying.apply(whole, gray, Box(0, 0, *frame), frame)
    assert (everywhere[: box.top + 1] == everywhere[box.top]).all()
    assert (everywhere[:, box.left + box.width - 1 :] == everywhere[:, [-1]]).all()


def test_one_map_and_one_table_are_of_the_whole_frame_already() -> None:
    for transform in (Transform(np.eye(3, 4, dtype=np.float32)[None, None]), Transform(applying.identity_lut(3), "lut")):
        assert over_frame(transform, Window(1, 1, 8, 8)) is transform


def test_a_grid_of_any_number_of_cells_is_taken() -> None:
    maps = np.broadcast_to(np.eye(3, 4, dtype=np.float32), (3, 5, 3, 4)) * np.linspace(1, 2, 5, dtype=np.float32)[:, None, None]
    found = over_frame(Transform(maps.copy()), Window(1, 1, 6, 6))
    assert found.grid.shape[:2] == (18, 30)
    assert found.grid[9, 15, 0, 0] == pytest.approx(1.5, abs=0.05)
    assert of_cells(maps, 3, 5) is maps


def test_who_fills_their_window_to_its_border_is_inside_and_a_pixel_more_is_not() -> None:
    frame = 400, 400
    window = Window(3, 3, 10, 10)
    box = window.box(frame)
    assert box == Box(120, 120, 160, 160)
    assert kept(window, box, frame) == window
    for other in (Box(119, 120, 160, 160), Box(120, 119, 160, 160), Box(121, 120, 160, 160), Box(120, 121, 160, 160)):
        assert kept(window, other, frame) == around(other, frame) != window


@pytest.mark.parametrize(("top", "left"), [(100, 150), (200, 90), (170, 260)])
def test_somebody_far_from_the_frames_borders_is_in_the_middle_of_their_window(top: int, left: int) -> None:
    frame, person = (400, 400), Box(top, left, 60, 30)
    box = around(person, frame).box(frame)
    cell = box.height / CELLS
    assert abs(box.top + box.height / 2 - (top + 30)) <= cell / 2 + 1
    assert abs(box.left + box.width / 2 - (left + 15)) <= cell / 2 + 1


def test_a_window_of_a_tiny_frame_is_a_pixel_at_least() -> None:
    assert Window(0, 0, 20, 20).box((2, 2)) == Box(0, 0, 1, 1)
