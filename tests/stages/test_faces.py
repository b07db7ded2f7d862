"""Faces: the example portrait, whose face was marked by eye, moved about, and places without one."""

from pathlib import Path

import numpy as np
import pytest

import cleanplate
from cleanplate.pixels.resampling import reduce
from cleanplate.stages import faces, framing
from cleanplate.stages.faces import Face, View

PORTRAIT = cleanplate.read_image(Path(__file__).parents[2] / "examples/portrait.png").pixels
BROW, CHIN, LEFT, RIGHT = 90, 178, 182, 268  # by eye, in its 512 x 512 pixels


def found(pixels: np.ndarray, alpha: np.ndarray | None = None) -> Face | None:
    alpha = np.ones(pixels.shape[:2], np.float32) if alpha is None else alpha
    return faces.face(pixels, alpha, framing.extent(alpha, framing.SEEN))


def is_near(face: Face | None, scale: float = 1.0, down: float = 0.0, across: float = 0.0, within: float = 1 / 6) -> bool:
    """Whether it is the marked one at that place, within that share of its height."""
    wanted = np.array([BROW, LEFT, CHIN, RIGHT]) * scale + [down, across, down, across]
    return face is not None and bool(np.abs(np.array(face[:4]) - wanted).max() < (CHIN - BROW) * scale * within)


def test_the_face_of_the_example_is_where_the_eye_sees_it() -> None:
    assert is_near(found(PORTRAIT))


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_small_face_at_the_top_of_a_whole_figure_is_found(depth: type) -> None:
    figure = np.full((1400, 700, 3), 120, np.uint8)
    figure[100:500, 160:560] = reduce(PORTRAIT, (400, 400))
    alpha = np.zeros((1400, 700), np.float32)
    alpha[105:500, 170:550] = alpha[500:1390, 200:500] = 1
    pixels = figure if depth is np.uint8 else figure.astype(np.uint16) * 257
    assert is_near(found(pixels, alpha), 400 / 512, 100, 160)


def test_a_face_so_near_that_the_photo_crops_it_is_found() -> None:
    assert is_near(found(np.ascontiguousarray(PORTRAIT[70:182, 160:290])), 1, -70, -160, 1 / 4)


def test_in_a_mirror_the_face_is_on_the_other_side() -> None:
    face = found(np.ascontiguousarray(PORTRAIT[:, ::-1]))
    assert face is not None
    assert face.left == pytest.approx(512 - RIGHT, abs=14)
    assert face.right == pytest.approx(512 - LEFT, abs=14)


def test_nobody_s_face_is_seen_in_a_coat_a_wall_or_beside_the_person() -> None:
    assert found(np.ascontiguousarray(PORTRAIT[220:])) is None
    assert found(np.full((200, 100, 3), 128, np.uint8)) is None
    another = np.ones((512, 512), np.float32)
    another[BROW:CHIN, LEFT - 10 : RIGHT + 10] = 0
    assert found(PORTRAIT, another) is None


def test_what_lies_beyond_the_photo_is_black_and_the_rest_keeps_its_place() -> None:
    picture = np.full((64, 64, 3), 255, np.uint8)
    seen = faces.seen(picture, View(-32, 32, 64))  # the upper half of the square lies above, the right half beside the photo
    assert (seen[64:, :64] == 1).all()
    assert (seen[:64] == 0).all()
    assert (seen[:, 64:] == 0).all()


def test_answers_count_from_the_middles_of_their_cells() -> None:
    """By hand: a cell of 8 pixels of 128, two faces each, then cells of 16, six each."""
    at = faces.anchors()
    assert at.shape == (896, 2)
    assert at[[0, 1, 2, 32, 511, 512, 517, 518, 895]].tolist() == [
        [4 / 128, 4 / 128], [4 / 128, 4 / 128], [12 / 128, 4 / 128], [4 / 128, 12 / 128], [124 / 128, 124 / 128],
        [8 / 128, 8 / 128], [8 / 128, 8 / 128], [24 / 128, 8 / 128], [120 / 128, 120 / 128],
    ]  # fmt: skip


def test_the_surest_answer_is_brought_to_the_photo_by_hand() -> None:
    odds, boxes = np.full((896, 1), -9.0, np.float32), np.zeros((896, 16), np.float32)
    odds[2], boxes[2, :4] = 2.0, (4, 12, 32, 64)  # its middle 16 pixels across and down
    face = faces.surest(odds, boxes, View(100, 200, 256))
    assert face == pytest.approx((100 + 2 * (16 - 32), 200 + 0, 100 + 2 * (16 + 32), 200 + 64, 1 / (1 + np.exp(-2))), abs=1e-4)
    boxes[2, 2] = 0
    assert faces.surest(odds, boxes, View(100, 200, 256)) is None  # no face is as wide as nothing


def test_the_upper_part_of_a_person_lies_in_the_middle_of_what_is_looked_at() -> None:
    """By hand: of somebody 200 high from row 40 on, as wide as columns 100 to 180, the upper half and all of them."""
    alpha = np.zeros((300, 400), np.float32)
    alpha[40:240, 100:180] = 1
    person = framing.extent(alpha, framing.SEEN)
    side = faces.AROUND * 100
    assert faces.view(alpha, person, 0.5) == pytest.approx((90 - side / 2, 140 - side / 2, side))
    side = faces.AROUND * 200
    assert faces.view(alpha, person, 1.0) == pytest.approx((140 - side / 2, 140 - side / 2, side))
