"""strips: a box worked on by all cores."""

import threading

import numpy as np
import pytest

from cleanplate.pixels import threads
from cleanplate.stages import strips
from cleanplate.values import Box

BYTES = np.dtype(np.uint8)


@pytest.mark.parametrize(("cores", "rows", "count"), [(1, 8, 1), (3, 8, 3), (3, 2, 2)])
def test_work_is_called_once_for_each_core_or_strip_with_a_desk_of_its_own(
    cores: int, rows: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "cores", lambda: cores)
    desks: list[strips.Desk] = []
    strips.with_desks(desks.append, Box(0, 0, rows, 4), 4, BYTES)
    assert len({id(each) for each in desks}) == len(desks) == count


@pytest.mark.parametrize("here", [True, False])
def test_what_goes_wrong_in_any_thread_comes_out(here: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "cores", lambda: 2)
    caller = threading.get_ident()

    def work(_: strips.Desk) -> None:
        if (threading.get_ident() == caller) == here:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        strips.with_desks(work, Box(0, 0, 8, 4), 4, BYTES)
