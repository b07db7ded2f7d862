"""pipeline: stages in threads, which end with whom they work for."""

import itertools
import threading
import time

import pytest

from cleanplate.film import pipeline


def test_a_stage_runs_ahead_by_no_more_than_its_depth():
    made = []
    items = pipeline.ahead((made.append(each) or each for each in itertools.count()), depth=2)
    assert next(items) == 0
    time.sleep(0.3)
    assert len(made) <= 4  # one taken, two waiting, one in the hand
    items.close()


def test_what_a_stage_raises_comes_out_as_itself():
    def broken():
        yield 1
        raise KeyError("as itself")

    items = pipeline.ahead(broken())
    assert next(items) == 1
    with pytest.raises(KeyError, match="as itself"):
        next(items)


def test_a_stage_that_is_given_up_closes_what_it_took_from():
    closed, before = threading.Event(), threading.active_count()

    def endless():
        try:
            yield from itertools.count()
        finally:
            closed.set()

    items = pipeline.ahead(pipeline.ahead(endless()))
    next(items)
    items.close()
    assert closed.is_set()
    assert threading.active_count() == before


def test_a_thread_that_dies_without_a_word_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where there is no memory for its last word."""
    monkeypatch.setattr(pipeline, "PATIENCE", 0.05)
    monkeypatch.setattr(pipeline, "fill", lambda belt, items: belt.put(next(items)))
    items = pipeline.ahead(iter("ab"))
    assert next(items) == "a"
    with pytest.raises(MemoryError):
        next(items)
