import numpy as np
import pytest

from cleanplate.film import coded
from cleanplate.film.composing import Composer
from cleanplate.film.cuts import Cuts
from cleanplate.film.cutting_out import Laid
from cleanplate.film.matching import Matching
from cleanplate.film.outlines import Outline
from cleanplate.film.quality import FilmLook
from cleanplate.film.soft_edges import SmallPerson
from cleanplate.pixels.color import to_uint8
from cleanplate.settings import Placement, Settings
from cleanplate.stages import noise
from cleanplate.stages.compositing import Layer
from cleanplate.stages.grain import Grain
from cleanplate.stages.texture import Texture
from cleanplate.values import Box
from cleanplate.video.coding import BT709, LIMITED, Coding
from cleanplate.video.yuv420 import encoded

SIZE = (320, 400)
BOX = Box(40, 80, 200, 240)


def film(deviation: float, seed: int) -> np.ndarray:
    return to_uint8(0.5 + np.random.default_rng(seed).normal(0, deviation, (*SIZE, 3)).astype(np.float32))


def laid() -> Layer:
    return Layer(np.full((BOX.height, BOX.width, 3), 128, np.uint8), np.ones((BOX.height, BOX.width), np.float32), BOX)


def grain(matching: Matching, plate: np.ndarray, cut: bool = False) -> Grain | None:
    """That of the next frame; with ``cut`` of a new shot before the same plate."""
    if cut:
        matching.start(same_plate=True)
    return matching.grain(laid(), plate, None)


def test_grain_is_decided_once_for_a_shot_and_drawn_afresh_for_every_frame(monkeypatch):
    looked, really = [], noise.of_plate
    monkeypatch.setattr(noise, "of_plate", lambda *given: looked.append(1) or really(*given))
    matching, plates = Matching(Settings(grain=1)), [film(0.03, seed) for seed in range(4)]
    found = [grain(matching, plate) for plate in plates[:3]]
    assert len(looked) == 1
    assert len({each.starts for each in found}) == 3
    matching.start(same_plate=False)
    grain(matching, plates[3])
    assert len(looked) == 2
    assert grain(Matching(Settings()), plates[0]) is None
    assert len(looked) == 2


def test_how_soft_somebody_is_made_is_decided_once_for_a_shot(monkeypatch):
    decided = iter([2.0, 0.0])
    monkeypatch.setattr(Texture, "blur", lambda *_: next(decided))
    matching, plate = Matching(Settings(soften=1)), film(0.2, 1)
    person = laid()._replace(foreground=np.ascontiguousarray(plate[BOX.slices]))
    for _ in range(3):
        assert matching.softened(person, plate).foreground.std() < 0.7 * person.foreground.std()
    matching.start(same_plate=False)
    assert matching.softened(person, plate) is person
    assert Matching(Settings()).softened(person, plate) is person


def test_a_cut_of_the_plate_begins_a_shot_too(monkeypatch):
    looked, really = [], noise.of_plate
    monkeypatch.setattr(noise, "of_plate", lambda *given: looked.append(1) or really(*given))
    compose = Composer(FilmLook(Placement(), Settings(grain=1), "best", SIZE, 25.0), None, Cuts())
    other = np.ascontiguousarray(film(0.03, 2) // 3)
    other[:, :200] += 150
    for plate, person, times in (
        (film(0.03, 1), Laid(laid()), 1), (film(0.03, 3), Laid(laid()), 1), (other, None, 1), (other.copy(), Laid(laid()), 2),
        (other.copy(), Laid(laid(), cut=True), 3),
    ):  # fmt: skip
        compose(person, plate)
        assert len(looked) == times


def test_a_still_plate_is_looked_at_once_for_all_shots(monkeypatch):
    looked, really = [], noise.of_plate
    monkeypatch.setattr(noise, "of_plate", lambda *given: looked.append(1) or really(*given))
    matching, plate = Matching(Settings(grain=1)), film(0.03, 1)
    for _ in range(3):
        assert grain(matching, plate, cut=True) is not None
    assert len(looked) == 1


def test_frames_in_halved_color_get_grain_in_luma_and_only_where_the_person_is(monkeypatch):
    coding = Coding(LIMITED, BT709, BT709, BT709)
    plate, frame = encoded(film(0.03, 1), coding), encoded(np.full((*SIZE, 3), 128, np.uint8), coding)
    alpha = np.ones((BOX.height // 2, BOX.width // 2), np.float32)
    alpha[:, :30] = 0
    small = SmallPerson(frame.rgb()[::2, ::2], alpha, Box(BOX.top // 2, BOX.left // 2, *alpha.shape), (160, 200))
    person = Outline(frame, small, None, False)
    found = Matching(Settings(grain=1)).grain(person, plate, None)
    with_it, without, in_pieces = plate.copy(), plate.copy(), plate.copy()
    coded.compose_coded(with_it, person, grain=found)
    coded.compose_coded(without, person)
    monkeypatch.setattr(coded, "STRIP", 1 << 12)
    coded.compose_coded(in_pieces, person, grain=found)
    np.testing.assert_array_equal(in_pieces.luma, with_it.luma)
    np.testing.assert_array_equal(with_it.blue, without.blue)
    outside = np.ones(SIZE, bool)
    outside[BOX.top : BOX.top + BOX.height, BOX.left + 56 : BOX.left + BOX.width] = False
    np.testing.assert_array_equal(with_it.luma[outside], plate.luma[outside])
    inside = np.s_[60:220, 160:300]
    assert with_it.luma[inside].std() == pytest.approx(plate.luma[inside].std(), rel=0.2)
    assert without.luma[inside].std() == 0
