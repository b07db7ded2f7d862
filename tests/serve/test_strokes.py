"""Strokes are vectors: the same at every size, and they follow the photo's edges."""

import numpy as np
import pytest

from cleanplate.errors import InputError
from cleanplate.serve import strokes
from cleanplate.serve.strokes import Stroke


def filled(size: tuple[int, int], one: Stroke) -> np.ndarray:
    part, much = strokes.weight(one, size)
    answer = np.zeros(size, np.float32)
    answer[part] = much
    return answer


def test_a_hard_dab_is_a_disc_of_its_size() -> None:
    found = filled((200, 300), Stroke("keep", 0.2, 1.0, ((0.5, 0.5),)))
    down, across = np.mgrid[0:200, 0:300]
    far = np.hypot(across - 149.5, down - 99.5)
    assert (found[far < 28.5] == 1).all()
    assert (found[far > 30.5] == 0).all()


def test_a_soft_dab_falls_from_one_in_the_middle_to_nothing_at_its_rim() -> None:
    row = filled((200, 300), Stroke("keep", 0.2, 0.0, ((0.5, 0.5),)))[100, 150:182]
    assert row[0] > 0.99
    assert (np.diff(row) <= 0).all()
    assert row[15] == pytest.approx(0.5, abs=0.06)  # halfway
    assert row[30:].max() < 0.01


@pytest.mark.parametrize("hardness", [0.0, 0.6, 1.0])
def test_a_stroke_at_half_the_size_is_the_stroke_made_small(hardness: float) -> None:
    one = Stroke("keep", 0.1, hardness, ((0.2, 0.3), (0.7, 0.4), (0.6, 0.8)))
    large, small = filled((400, 600), one), filled((200, 300), one)
    shrunk = large.reshape(200, 2, 300, 2).mean((1, 3))
    assert np.abs(shrunk - small).mean() < 0.004


def test_every_point_near_the_line_is_as_far_from_it_as_it_is() -> None:
    one = Stroke("keep", 0.3, 0.0, ((0.2, 0.5), (0.8, 0.5)))
    found = filled((100, 100), one)
    share = np.clip((15 - np.abs(np.arange(100) - 49.5)) / 15, 0, 1)
    assert found[:, 50] == pytest.approx(share * share * (3 - 2 * share), abs=0.07)  # the line lies on whole rows


def test_a_stroke_beyond_the_photo_does_nothing() -> None:
    assert strokes.weight(Stroke("drop", 0.1, 1.0, ((3.0, 0.5),)), (50, 50))[1].size == 0


def test_a_later_stroke_takes_back_an_earlier_one() -> None:
    photo = np.full((100, 100, 3), 128, np.uint8)
    keep, drop = (Stroke(kind, 0.3, 1.0, ((0.5, 0.5),)) for kind in ("keep", "drop"))
    kept, dropped = strokes.areas([keep, drop], photo)
    assert kept is not None
    assert dropped is not None
    assert (kept[50, 50], dropped[50, 50]) == (0, 1)
    kept, dropped = strokes.areas([drop, keep], photo)
    assert kept is not None
    assert dropped is not None
    assert (kept[50, 50], dropped[50, 50]) == (1, 0)


def test_no_strokes_of_a_kind_give_no_area() -> None:
    photo = np.full((20, 20, 3), 128, np.uint8)
    assert strokes.areas([Stroke("soften", 0.3, 1.0, ((0.5, 0.5),))], photo) == (None, None)


def test_areas_are_in_255_steps_as_the_command_lines_pictures_are() -> None:
    kept, _ = strokes.areas([Stroke("keep", 0.4, 0.0, ((0.5, 0.5),))], np.full((90, 120, 3), 128, np.uint8))
    assert kept is not None
    assert np.abs(kept * 255 - np.round(kept * 255)).max() < 1e-4


def test_a_soft_rim_ends_at_an_edge_of_the_photo_and_fades_where_there_is_none() -> None:
    flat, edged = np.full((200, 300, 3), 40, np.uint8), np.full((200, 300, 3), 40, np.uint8)
    edged[:, 160:] = 220
    soft = Stroke("keep", 0.3, 0.2, ((0.45, 0.3), (0.45, 0.7)))  # its core ends at column 144, its rim at 180
    plain, cut = (strokes.areas([soft], each)[0] for each in (flat, edged))
    assert plain is not None
    assert cut is not None
    assert np.abs(np.diff(plain[100])).max() < 0.08
    assert cut[100, 158] - cut[100, 161] > 0.5
    assert (cut[100, 181:] == 0).all()
    assert (cut[100, 128:143] == 1).all()


def test_soften_blurs_an_edge_where_it_went_and_nowhere_else() -> None:
    alpha = np.zeros((100, 200), np.float32)
    alpha[:, 100:] = 1
    found = strokes.softened(alpha, [Stroke("soften", 0.1, 1.0, ((0.5, 0.2),))])
    assert np.abs(np.diff(found[20])).max() < 0.5
    assert np.array_equal(found[60:], alpha[60:])
    assert found[20].sum() == pytest.approx(alpha[20].sum(), rel=0.02)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("a stroke", "is a list"),
        ([{"brush": "keep"}], "is an object of"),
        ([{"brush": "burn", "size": 0.1, "hardness": 1, "points": [[0, 0]]}], "There is no brush burn"),
        ([{"brush": "keep", "size": 0, "hardness": 1, "points": [[0, 0]]}], "`size` is above 0"),
        ([{"brush": "keep", "size": 0.1, "hardness": 2, "points": [[0, 0]]}], "`hardness` lies between"),
        ([{"brush": "keep", "size": 0.1, "hardness": 1, "points": []}], "one point or more"),
        ([{"brush": "keep", "size": 0.1, "hardness": 1, "points": [[0, float("nan")]]}], "one point or more"),
        ([{"brush": "keep", "size": "wide", "hardness": 1, "points": [[0, 0]]}], "are numbers"),
        ([{"brush": "keep", "size": 0.1, "hardness": 1, "points": [[0]]}], "are numbers"),
    ],
)
def test_what_is_no_stroke_is_refused_in_a_sentence(given: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        strokes.from_fields(given)
