import cv2
import numpy as np
import pytest

from cleanplate import resampling

RNG = np.random.default_rng(8)


@pytest.mark.parametrize(("whole", "cells"), [(64, 16), (50, 16), (1000, 128), (16, 16), (5, 16)])
def test_shares_and_interpolation_are_opencvs_resize_written_as_a_matrix(whole: int, cells: int) -> None:
    line = RNG.random((whole, 1), np.float32)
    method = cv2.INTER_AREA if whole >= cells else cv2.INTER_LINEAR
    wanted = cv2.resize(np.repeat(line, 8, 1), (8, cells), interpolation=method)[:, :1]
    assert np.allclose(resampling.shares(cells, 0, whole, whole) @ line, wanted, atol=1e-5)
    back = cv2.resize(np.repeat(wanted, 8, 1), (8, 4 * whole), interpolation=cv2.INTER_LINEAR)[:, :1]
    if 4 * whole >= cells:
        assert np.allclose(resampling.interpolation(cells, 0, 4 * whole, 4 * whole) @ wanted, back, atol=1e-5)


def test_the_shares_of_parts_add_up_to_those_of_the_whole() -> None:
    whole = resampling.shares(16, 0, 100, 100)
    parts = [resampling.shares(16, start, 37 if start < 63 else 100 - start, 100) for start in (0, 37, 74)]
    assert np.allclose(np.concatenate(parts, 1), whole)
    assert np.allclose(whole.sum(1), 1)


@pytest.mark.parametrize(
    ("whole", "start", "count"), [(100, 0, 100), (100, 33, 20), (16, 0, 16), (16, 3, 1), (160, 150, 10), (5, 2, 3)]
)
def test_summing_into_cells_is_the_product_with_their_shares(whole: int, start: int, count: int) -> None:
    array = RNG.random((3, 2, count), np.float32)
    wanted = array @ resampling.shares(16, start, count, whole).T
    assert np.allclose(resampling.shrink_last(array, 16, start, whole), wanted, atol=1e-6)
