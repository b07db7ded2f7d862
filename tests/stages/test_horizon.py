"""Horizons are compared with those of drawn scenes whose camera is known."""

import cv2
import numpy as np
import pytest

from cleanplate.stages.horizon import MOST, SHORTEST, USUAL, afar, edges, guess, horizon, level_line, sky, vanishing_height

SIZE = 480, 720


def street(at: float, seed: int = 0) -> np.ndarray:
    """A street between houses, as a pinhole camera of known pitch sees it: level edges along two directions of the ground.

    The horizon of a camera whose pitch only shifts the picture (as a view camera's) is where its own height goes: ``at``.
    """
    height, width = SIZE
    random, picture = np.random.default_rng(seed), np.full((height, width, 3), 150, np.uint8)
    focal, eye = 600.0, at * height

    def seen(x, y, z):  # meters: right, up from the camera, ahead
        return round(width / 2 + focal * x / z), round(eye - focal * y / z)

    for side in (-1, 1):
        for storey in range(4):
            low, high = -1.6 + 3 * storey, 1.4 + 3 * storey
            corners = [seen(side * 4, low, 3), seen(side * 4, high, 3), seen(side * 4, high, 60), seen(side * 4, low, 60)]
            cv2.fillPoly(picture, [np.array(corners)], [int(value) for value in random.integers(40, 220, 3)])
    for line in np.linspace(-3.5, 3.5, 8):
        cv2.line(picture, seen(line, -1.6, 2), seen(line, -1.6, 60), (240, 240, 240), 2)
    return picture


@pytest.mark.parametrize("at", [0.3, 0.45, 0.6, 0.75])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_the_horizon_of_a_street_is_where_its_camera_says(at, depth):
    picture = street(at).astype(depth) * (1 if depth is np.uint8 else 257)
    assert horizon(picture) == pytest.approx(at, abs=0.02)


def test_the_same_street_mirrored_or_larger_has_the_same_horizon():
    picture = street(0.4)
    larger = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    assert horizon(np.ascontiguousarray(picture[:, ::-1])) == pytest.approx(0.4, abs=0.02)
    assert horizon(larger) == pytest.approx(0.4, abs=0.02)


@pytest.mark.parametrize("at", [0.35, 0.6])
def test_the_sea_ends_at_the_horizon(at):
    picture = np.empty((*SIZE, 3), np.uint8)
    row = round(at * SIZE[0])
    picture[:row], picture[row:] = (150, 190, 230), (30, 70, 110)
    noisy = np.clip(picture + np.random.default_rng(1).normal(0, 6, picture.shape), 0, 255).astype(np.uint8)
    assert horizon(noisy) == pytest.approx(at, abs=0.01)


def test_nothing_is_said_of_noise_a_wall_or_a_gradient():
    noise = np.random.default_rng(2).integers(0, 255, (*SIZE, 3), np.uint8)
    ramp = np.repeat(np.linspace(0, 255, SIZE[0]).astype(np.uint8)[:, None], SIZE[1], 1)
    assert [horizon(picture) for picture in (noise, np.full((*SIZE, 3), 128, np.uint8), np.dstack([ramp] * 3))] == [None] * 3


def leaves(count: int, largest: int) -> np.ndarray:
    """Leaves of all sizes up to ``largest`` pixels before a bright sky: no edge of them runs anywhere."""
    random, picture = np.random.default_rng(5), np.full((*SIZE, 3), 200, np.uint8)
    for _ in range(count):
        at = int(random.integers(SIZE[1])), int(random.integers(SIZE[0] // 4, SIZE[0]))
        color = [int(each) for each in random.integers(20, 150, 3)]
        cv2.circle(picture, at, int(random.integers(1, largest)), color, -1, cv2.LINE_AA)
    return picture


def test_a_place_seen_from_afar_has_a_horizon_even_where_nothing_shows_it_and_one_seen_from_near_has_none() -> None:
    assert horizon(leaves(9000, 6)) == USUAL
    assert horizon(cv2.GaussianBlur(leaves(9000, 6), (0, 0), 6)) is None  # the same out of focus, as behind something near
    assert not afar(leaves(60, 90))  # few large things: a table laid
    ground = leaves(9000, 6)
    ground[: SIZE[0] // 2] = 200  # a sky tells nothing of how far the ground goes
    assert afar(ground)
    assert not afar(ground[::-1])


def test_bricks_at_arms_length_are_no_view_from_afar() -> None:
    """The same leaves under a sky are; a painted or whitewashed wall above them is no sky."""
    under, filled = leaves(9000, 6), leaves(9000, 6)
    filled[: SIZE[0] // 2] = filled[SIZE[0] // 2 :][::-1]
    assert not afar(filled)
    for wall in ((220, 205, 180), (230, 170, 30)):
        walled = under.copy()
        walled[: SIZE[0] // 4] = wall
        assert not afar(walled)
    for color in ((120, 160, 220), (235, 170, 150), (250, 250, 250)):  # noon, sunset, overcast
        open_air = under.copy()
        open_air[: SIZE[0] // 4] = color
        assert afar(open_air), color


def test_the_share_of_sky_is_that_of_the_upper_quarter() -> None:
    half = np.full((*SIZE, 3), (120, 160, 220), np.uint8)
    half[:, : SIZE[1] // 2] = (60, 50, 20)
    assert sky(half) == pytest.approx(0.5, abs=0.03)  # detail is seen a little beside the edge too
    night = np.full((*SIZE, 3), 25, np.uint8)
    assert sky(night) == 0


def test_a_cameras_noise_on_a_wall_is_no_view_from_afar() -> None:
    wall = np.full((*SIZE, 3), 128, np.uint8)
    assert not afar(np.clip(wall + np.random.default_rng(7).normal(0, 15, wall.shape), 0, 255).astype(np.uint8))


def test_edges_too_few_to_be_sure_of_move_the_guess_halfway_to_where_they_meet() -> None:
    random, (height, width) = np.random.default_rng(8), SIZE
    one, other = random.uniform(0, 1, (2, 40, 2)) * (width, height)
    lines = [*np.hstack([one, one + (other - one) * 60 / np.linalg.norm(other - one, axis=1)[:, None]])]
    for angle in np.radians([12, 25, 40, 155, 168, 200, 330, 345]):  # these meet at a point on 0.7 of the height
        way = np.array([np.cos(angle), np.sin(angle)])
        lines.append(np.concatenate([(360, 336) + 80 * way, (360, 336) + 180 * way]))
    found = np.array(lines)
    assert vanishing_height(found, SIZE) is None
    assert vanishing_height(found, SIZE, usual=True) == pytest.approx(0.7, abs=0.02)
    assert guess(found, SIZE) == pytest.approx((0.7 + USUAL) / 2, abs=0.01)


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (24, 32)])
def test_thin_and_tiny_plates_have_none_or_one_inside(size):
    found = horizon(np.random.default_rng(3).integers(0, 255, (*size, 3), np.uint8))
    assert found is None or 0 < found < 1


@pytest.mark.parametrize(("at", "seen"), [(-1.9, True), (2.9, True), (-2.1, False), (3.1, False)])
def test_edges_may_meet_two_and_a_half_widths_from_the_middle_and_no_further(at, seen) -> None:
    """Counted in widths of the picture from its left border, at half its height."""
    height, width = 240, 100
    meeting, ways = np.array([at * width, 120.0]), np.radians(np.linspace(-24, 24, 13))
    toward = np.column_stack([np.cos(ways), np.sin(ways)]) * (1 if at < 0 else -1)
    first, last = (meeting + abs(at * width - away) * toward for away in (20, 80))
    found = vanishing_height(np.hstack([first, last]), (height, width))
    assert found == (pytest.approx(0.5, abs=0.01) if seen else None)


def test_edges_that_are_short_or_level_or_upright_tell_nothing() -> None:
    picture = np.full((*SIZE, 3), 200, np.uint8)
    for column, (length, degrees) in enumerate([(1.3, 35), (0.7, 35), (4, 1), (4, 80), (4, 60)]):
        way = length * SHORTEST * SIZE[1] * np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
        start = np.array([60 + 130 * column, 200])
        cv2.line(picture, start, (start + np.rint(way).astype(int)), (20, 20, 20), 9)
    found = edges(picture)
    assert {int(each) for each in (found[:, [0, 2]].mean(1) - 30) // 130} == {0, 4}
    assert (np.diff(np.hypot(found[:, 2] - found[:, 0], found[:, 3] - found[:, 1])) <= 0).all()  # longest first


@pytest.mark.parametrize("row", [60, 120, 150])
def test_a_level_line_lies_between_its_two_rows_and_one_at_the_border_is_none(row) -> None:
    picture = np.full((240, 320, 3), 190, np.uint8)
    picture[row:] = 60
    assert level_line(picture) == pytest.approx(row / 240, abs=1.5 / 240)
    for border in (row // 4, 240 - row // 4):
        picture[:border], picture[border:] = 190, 60
        assert level_line(picture) is None


def test_of_edges_beyond_count_the_longest_are_kept() -> None:
    random, picture = np.random.default_rng(4), np.full((*SIZE, 3), 200, np.uint8)
    for row in range(20, 460, 40):
        for column in range(20, 680, 40):
            long = int(random.integers(27, 36))
            cv2.line(picture, (column, row), (column + long, row + long), (20, 20, 20), 5)
    found = edges(picture)
    assert len(found) == MOST
    length = np.hypot(found[:, 2] - found[:, 0], found[:, 3] - found[:, 1])
    assert length.min() > 30 * np.sqrt(2)  # of 187 lines, of which most have two edges


def fan(count: int, widest: float = 180.0, askew: float = 0.0, seed: int = 0) -> np.ndarray:
    """Edges that run to a point at a third of the height, within so many degrees of level, each turned a little by chance."""
    random, meeting, lines = np.random.default_rng(seed), np.array((360, 160)), []
    for way in np.linspace(-widest, widest, count):
        middle = meeting + 150 * np.array([np.cos(np.radians(way)), np.sin(np.radians(way))])
        turned = np.radians(way + random.normal(0, askew))
        half = 60 * np.array([np.cos(turned), np.sin(turned)])
        lines.append(np.concatenate([middle - half, middle + half]))
    return np.array(lines)


def test_edges_that_run_nearly_alike_tell_nothing_of_where_they_meet() -> None:
    assert vanishing_height(fan(9, 6), SIZE) == pytest.approx(1 / 3, abs=0.005)
    assert vanishing_height(fan(9, 2.8), SIZE) is None


@pytest.mark.parametrize("seed", range(3))
def test_meeting_points_a_little_apart_are_one_horizon(seed: int) -> None:
    assert vanishing_height(fan(12, 170, askew=4, seed=seed), SIZE) == pytest.approx(1 / 3, abs=0.03)


@pytest.mark.parametrize("seed", range(3))
def test_what_eight_edges_agree_on_counts_more_than_what_thirty_others_meet_in_by_chance(seed: int) -> None:
    random = np.random.default_rng(seed)
    one, other = random.uniform(0, 1, (2, 30, 2)) * (SIZE[1], SIZE[0])
    chance = np.hstack([one, one + (other - one) * 60 / np.linalg.norm(other - one, axis=1)[:, None]])
    assert vanishing_height(np.concatenate([chance, fan(8, 170)]), SIZE) == pytest.approx(1 / 3, abs=0.01)
