import pytest

from cleanplate.pixels import threads


@pytest.mark.parametrize("count", [1, 2])
def test_work_on_all_cores_is_done_once_for_each_part_and_errors_come_out(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "cores", lambda: count)
    done: list[int] = []
    threads.on_all_cores(done.append, range(7))
    assert sorted(done) == list(range(7))
    with pytest.raises(ZeroDivisionError):
        threads.on_all_cores(lambda part: 1 // part, [1, 0, 2])
