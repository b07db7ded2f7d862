import cv2
import numpy as np
import pytest

from cleanplate.pixels import interpolation
from cleanplate.pixels.interpolation import enlarged_part, pieces
from cleanplate.pixels.resampling import enlarge_cubic, resize

RNG = np.random.default_rng(8)


@pytest.mark.parametrize(("whole", "cells"), [(64, 16), (50, 16), (1000, 128), (16, 16), (5, 16)])
def test_shares_and_interpolation_are_opencvs_resize_written_as_a_matrix(whole: int, cells: int) -> None:
    line = RNG.random((whole, 1), np.float32)
    method = cv2.INTER_AREA if whole >= cells else cv2.INTER_LINEAR
    wanted = cv2.resize(np.repeat(line, 8, 1), (8, cells), interpolation=method)[:, :1]
    assert np.allclose(interpolation.shares(cells, 0, whole, whole) @ line, wanted, atol=1e-5)
    back = cv2.resize(np.repeat(wanted, 8, 1), (8, 4 * whole), interpolation=cv2.INTER_LINEAR)[:, :1]
    if 4 * whole >= cells:
        assert np.allclose(interpolation.interpolation(cells, 0, 4 * whole, 4 * whole) @ wanted, back, atol=1e-5)


def test_the_shares_of_parts_add_up_to_those_of_the_whole() -> None:
    whole = interpolation.shares(16, 0, 100, 100)
    parts = [interpolation.shares(16, start, 37 if start < 63 else 100 - start, 100) for start in (0, 37, 74)]
    assert np.allclose(np.concatenate(parts, 1), whole)
    assert np.allclose(whole.sum(1), 1)


@pytest.mark.parametrize(
    ("whole", "start", "count"),
    [(100, 0, 100), (100, 33, 20), (100, 0, 7), (100, 3, 10), (16, 0, 16), (16, 3, 1), (160, 150, 10), (5, 2, 3)],
)
def test_summing_into_cells_is_the_product_with_their_shares(whole: int, start: int, count: int) -> None:
    array = RNG.random((3, 2, count), np.float32)
    wanted = array @ interpolation.shares(16, start, count, whole).T
    assert np.allclose(interpolation.shrink_last(array, 16, start, whole), wanted, atol=1e-6)


@pytest.mark.parametrize("cubic", [False, True])
@pytest.mark.parametrize("size", [(300, 222), (61, 41), (60, 400)])
def test_a_part_enlarged_alone_is_that_part_of_the_whole(size: tuple[int, int], cubic: bool) -> None:
    small = RNG.random((60, 40, 3), np.float32)
    whole = (enlarge_cubic if cubic else resize)(small, size)
    for part in ((slice(0, 31), slice(0, size[1])), (slice(size[0] - 40, size[0]), slice(7, 40)), (slice(20, 21), slice(20, 21))):
        found = enlarged_part(np.ascontiguousarray(small.transpose(2, 0, 1)), size, part, cubic=cubic)
        assert np.allclose(found.transpose(1, 2, 0), whole[part], atol=1e-5)


def test_pieces_cover_a_picture_once() -> None:
    count = np.zeros((1003, 707), np.uint8)
    for part in pieces(np.ones((64, 45), np.bool_), (1003, 707)):
        count[part] += 1
    assert (count == 1).all()


def test_pieces_leave_out_what_is_not_wanted() -> None:
    wanted = np.zeros((64, 48), np.bool_)
    wanted[5, 40] = True
    (part,) = pieces(wanted, (1280, 960))
    assert part[0].start <= 5 * 20
    assert part[0].stop >= 6 * 20
    assert part[1].start <= 40 * 20
    assert part[1].stop >= 41 * 20
