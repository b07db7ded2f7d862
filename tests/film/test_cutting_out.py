"""cutting_out: where a filmed person whose place is asked for stands, shot by shot."""

import itertools
from pathlib import Path

import numpy as np
import pytest

import cleanplate
from cleanplate.compositor import Compositor
from cleanplate.film import cutting_out, tracking
from cleanplate.film.quality import FilmLook
from cleanplate.film.timing import counted
from cleanplate.plates import Plate
from cleanplate.settings import Placement, Settings
from cleanplate.values import Image


def films(pictures, plate, **told) -> list[np.ndarray]:
    return list(Compositor().compose_frames(pictures, plate, **{"quality": "fast"} | told))


def whites(boxes, size=(100, 160)):
    """Frames of gray with a white person whose own alpha says where they are."""
    for top, left, height, width in boxes:
        frame = np.full((*size, 4), (90, 90, 90, 0), np.uint8)
        frame[top : top + height, left : left + width] = 255
        yield frame


def test_a_placed_person_whom_the_picture_crops_lies_at_that_side_of_the_plate_in_a_whole_shot():
    plate, told = Plate(Image(np.zeros((100, 160, 3), np.uint8))), {"settings": Settings(strength=0, blend=False)}
    frames = whites([(20, 0, 80, 60)] * 4 + [(20, 8, 80, 60)] * 4)
    shown = [each.max(2) > 128 for each in films(frames, plate, placement=Placement(height=0.4), **told)]
    assert all(each[99, :4].all() for each in shown[:4])  # at the left and at the bottom, as they are cropped
    assert not any(each[:50].any() for each in shown)
    assert [int(each[90].argmax()) for each in shown[4:]] == [4] * 4  # and later in the shot they move as they did


def test_each_shot_finds_its_own_place(monkeypatch):
    monkeypatch.setattr(tracking.Cuts, "__call__", lambda self, _: next(cuts))
    cuts = itertools.cycle([True] + [False] * 6)
    plate, told = Plate(Image(np.zeros((100, 160, 3), np.uint8))), {"settings": Settings(strength=0, blend=False)}
    frames = whites([(30, 20, 60, 20)] * 7 + [(40, 90, 30, 10)] * 7)
    shown = [each.max(2) > 128 for each in films(frames, plate, placement=Placement(height=0.5, x=0.5, y=0.9), **told)]
    for each in shown:
        rows, columns = np.flatnonzero(each.any(1)), np.flatnonzero(each.any(0))
        assert (len(rows), rows[-1]) == (pytest.approx(50, abs=1), pytest.approx(89, abs=1))
        assert columns.mean() == pytest.approx(79.5, abs=1)


def test_a_fit_alone_places_nobody_anew_and_a_cut_seen_in_every_shot_is_told_once(monkeypatch):
    monkeypatch.setattr(tracking.Cuts, "__call__", lambda self, _: next(cuts))
    cuts, said = itertools.cycle([True, False, False]), []
    plate, told = Plate(Image(np.zeros((100, 160, 3), np.uint8))), {"settings": Settings(strength=0, blend=False)}
    frames = list(whites([(20, 30, 60, 30)] * 2))
    for one, other in zip(films(frames, plate, **told), films(frames, plate, placement=Placement(fit="keep"), **told), strict=True):
        np.testing.assert_array_equal(one, other)
    frames, asked = list(whites([(20, 0, 80, 60)] * 9)), Placement(x=0.6, y=0.7, height=0.3)
    take = Compositor().take(FilmLook(asked, told["settings"], "fast", (100, 160), 25.0), warn=said.append)
    assert len(list(take.before_still(take.filmed(counted(frames, 25.0)), plate))) == 9
    assert len(said) == 1


def test_a_shot_is_placed_by_the_face_that_is_seen_in_its_first_frames() -> None:
    """A head that fills the frame from side to side, in a wide plate: its face is in the middle, where by its outline it is not."""
    portrait = cleanplate.read_image(Path(__file__).parents[2] / "examples/portrait.png").pixels[40:250, 160:310]
    small, alpha = np.ascontiguousarray(portrait), np.ones(portrait.shape[:2], np.float32)
    nobody, somebody = (tracking.Matted(small, each, alpha, cut=False) for each in (np.zeros_like(small), small))
    face = cutting_out.face_in(somebody)
    assert face is not None
    assert cutting_out.face_in(somebody._replace(alpha=None)) is None
    seen, unseen = (cutting_out.shot_place(each, (90, 160), Placement(), str) for each in ([nobody, somebody], [nobody]))
    down = seen.down
    scale = down.whole / (down.source.stop - down.source.start)
    middle = down.low - down.kept.start + ((face.top + face.bottom) / 2 - down.source.start) * scale
    assert down != unseen.down
    assert middle == pytest.approx(45, abs=3)
