"""tracking: when the matting network looks, and what it sees."""

import numpy as np
import pytest

from cleanplate.errors import NoPersonError
from cleanplate.film import tracking
from cleanplate.film.timing import Timed
from cleanplate.stages import matting

SIZE = 160, 208


def timed(frames) -> list[Timed]:
    return [Timed(second / 4, frame) for second, frame in enumerate(frames)]


def test_somebody_whom_the_films_own_alpha_showed_is_remembered_when_the_alpha_ends(monkeypatch):
    """Frames with an empty or a whole alpha come later: nobody says that no person was found in the first second."""
    monkeypatch.setattr(matting, "predict", lambda picture, *_: np.zeros(picture.shape[:2], np.float32))
    person, cover = np.full((*SIZE, 3), 120, np.uint8), np.zeros(SIZE, np.uint8)
    cover[40:120, 40:100] = 255
    keyed, whole = np.dstack([person, cover]), np.dstack([person, np.full(SIZE, 255, np.uint8)])
    seen = [each.item.alpha is not None for each in tracking.matted(timed([keyed] * 2 + [whole] * 6), 1, 2.0)]
    assert seen == [True] * 2 + [False] * 6
    with pytest.raises(NoPersonError, match=r"first 1\.0 seconds"):
        list(tracking.matted(timed([whole] * 6), 1, 2.0))


def looked(monkeypatch, frames: int, every: int, cuts=(), misses=(), moved=()) -> list[int]:
    """The frames of a still film at which the network looked; where shots begin, nobody is found, the picture went astray."""
    now, looks = [0], []

    def predict(picture, side, device):
        looks.append(now[0])
        down, across = np.mgrid[: picture.shape[0], : picture.shape[1]]
        found = np.hypot(down - picture.shape[0] / 2, across - picture.shape[1] / 2) < 80
        return (found & (now[0] not in misses)).astype(np.float32)

    monkeypatch.setattr(matting, "predict", predict)
    monkeypatch.setattr(tracking.Cuts, "__call__", lambda self, _: now[0] in cuts)
    monkeypatch.setattr(tracking.SteadyAlpha, "astray", lambda self, _: 1.0 if now[0] in moved else 0.0)
    watch, picture = tracking.Tracker(every, 25.0), np.full((256, 352, 3), 90, np.uint8)
    for now[0] in range(frames):
        watch(picture)
    return looks


def test_the_matting_network_looks_in_its_turn_at_once_after_a_cut_and_where_the_picture_went_astray(monkeypatch):
    assert looked(monkeypatch, 8, 1) == list(range(8))
    assert looked(monkeypatch, 10, 3) == [0, 3, 6, 9]
    assert looked(monkeypatch, 10, 3, cuts=[4]) == [0, 3, 4, 7]
    assert looked(monkeypatch, 10, 4, moved=[2]) == [0, 2, 6]


def test_after_a_look_that_found_nobody_it_looks_until_it_finds_somebody_and_then_in_its_turn(monkeypatch):
    assert looked(monkeypatch, 13, 4, misses=[4, 5]) == [0, 4, 5, 6, 10]
    gone = range(4, 4 + tracking.ABSENCE + 1)
    assert looked(monkeypatch, 20, 4, misses=gone)[1 : len(gone) + 2] == [*gone, gone[-1] + 1]


@pytest.mark.parametrize(
    ("size", "seen"),
    [((1080, 1920), (256, 448)), ((1920, 1080), (448, 256)), ((256, 256), (256, 256)), ((90, 100), (256, 288))],
)
def test_the_network_sees_a_frame_at_its_own_size_in_8_bits_whatever_the_frame_has(size, seen):
    down, across = np.mgrid[: size[0], : size[1]]
    picture = np.dstack([40 + across * 100 / size[1], 90 + down * 60 / size[0], np.full(size, 77.0)])
    shallow, deep = (tracking.glance(np.rint(picture * many).astype(kind)) for many, kind in ((1, np.uint8), (257, np.uint16)))
    for found in (shallow, deep):
        assert (found.shape, found.dtype) == ((*seen, 3), np.uint8)
        rows, columns = np.mgrid[: seen[0], : seen[1]] + 0.5
        wanted = np.dstack([40 + columns * 100 / seen[1], 90 + rows * 60 / seen[0], np.full(seen, 77.0)])
        assert np.abs(found - wanted).max() <= 2
