import numpy as np
import pytest

from cleanplate.film.matching import Matching
from cleanplate.pixels.color import to_uint8
from cleanplate.stages import noise
from cleanplate.values import Box
from cleanplate.video import yuv420
from cleanplate.video.coding import BT709, LIMITED, Coding
from cleanplate.video.yuv420 import encoded

SIZE = (320, 400)
BOX = Box(40, 80, 200, 240)


def film(deviation: float, seed: int) -> np.ndarray:
    return to_uint8(0.5 + np.random.default_rng(seed).normal(0, deviation, (*SIZE, 3)).astype(np.float32))


def laid() -> tuple[np.ndarray, np.ndarray, Box]:
    return np.full((BOX.height, BOX.width, 3), 128, np.uint8), np.ones((BOX.height, BOX.width), np.float32), BOX


def test_grain_is_decided_once_for_a_shot_and_drawn_afresh_for_every_frame(monkeypatch):
    looked, really = [], noise.of_plate
    monkeypatch.setattr(noise, "of_plate", lambda *given: looked.append(1) or really(*given))
    matching, plates = Matching(1.0, 0.0), [film(0.03, seed) for seed in range(4)]
    found = [matching.grain(laid(), plate, None, 1.0) for plate in plates[:3]]
    assert len(looked) == 1
    assert len({each.starts for each in found}) == 3
    matching.cut()
    matching.grain(laid(), plates[3], None, 1.0)
    assert len(looked) == 2
    assert Matching(0.0, 0.0).grain(laid(), plates[0], None, 1.0) is None
    assert len(looked) == 2


def test_a_still_plate_is_looked_at_once_for_all_shots(monkeypatch):
    looked, really = [], noise.of_plate
    monkeypatch.setattr(noise, "of_plate", lambda *given: looked.append(1) or really(*given))
    matching, plate = Matching(1.0, 0.0), film(0.03, 1)
    for _ in range(3):
        matching.cut()
        assert matching.grain(laid(), plate, None, 1.0) is not None
    assert len(looked) == 1


def test_frames_in_halved_color_get_grain_in_luma_and_only_where_the_person_is(monkeypatch):
    coding = Coding(LIMITED, BT709, BT709, BT709)
    plate, person = encoded(film(0.03, 1), coding), encoded(np.full((*SIZE, 3), 128, np.uint8), coding)
    alpha = np.ones((BOX.height // 2, BOX.width // 2), np.float32)
    alpha[:, :30] = 0
    grain = Matching(1.0, 0.0).grain(laid(), plate, None, 1.0)
    with_it, without, in_pieces = plate.copy(), plate.copy(), plate.copy()
    yuv420.finish(with_it, person, alpha, None, BOX, grain=grain)
    yuv420.finish(without, person, alpha, None, BOX)
    monkeypatch.setattr(yuv420, "STRIP", 1 << 12)
    yuv420.finish(in_pieces, person, alpha, None, BOX, grain=grain)
    np.testing.assert_array_equal(in_pieces.luma, with_it.luma)
    np.testing.assert_array_equal(with_it.blue, without.blue)
    outside = np.ones(SIZE, bool)
    outside[BOX.top : BOX.top + BOX.height, BOX.left + 56 : BOX.left + BOX.width] = False
    np.testing.assert_array_equal(with_it.luma[outside], plate.luma[outside])
    inside = np.s_[60:220, 160:300]
    assert with_it.luma[inside].std() == pytest.approx(plate.luma[inside].std(), rel=0.2)
    assert without.luma[inside].std() == 0
