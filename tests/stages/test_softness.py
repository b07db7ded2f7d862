import cv2
import numpy as np
import pytest

from cleanplate.pixels.color import to_float, to_uint8
from cleanplate.stages import softness
from cleanplate.stages.compositing import Layer
from cleanplate.values import Box

SIZE = (400, 520)


def sharp(seed: int = 1) -> np.ndarray:
    """Boards, poles and leaves, drawn eight times as large, as a lens and pixels would see them: float in [0, 1]."""
    rng = np.random.default_rng(seed)
    large = np.full((SIZE[0] * 4, SIZE[1] * 4, 3), 0.5, np.float32)
    for _ in range(700):
        at, angle, tone = rng.uniform(0, 1, 2) * large.shape[1::-1], float(rng.uniform(0, 180)), rng.uniform(0.1, 0.9, 3)
        axes = int(rng.integers(4, 140)), int(rng.integers(3, 20))
        cv2.ellipse(large, tuple(map(int, at)), axes, angle, 0, 360, tone.tolist(), -1)
    return cv2.resize(cv2.GaussianBlur(large, (0, 0), 1.6), SIZE[::-1], interpolation=cv2.INTER_AREA)


def blurred(picture: np.ndarray, deviation: float) -> np.ndarray:
    return cv2.GaussianBlur(picture, (0, 0), deviation)


def noisy(picture: np.ndarray, deviation: float) -> np.ndarray:
    return picture + np.random.default_rng(2).normal(0, deviation, (*SIZE, 3)).astype(np.float32)


@pytest.mark.parametrize("deviation", [1.0, 1.5, 2.0, 3.0])
def test_a_picture_blurred_by_a_known_bell_curve_is_measured_so(deviation):
    own = softness.of_picture(to_uint8(sharp()))
    found = softness.of_picture(to_uint8(blurred(sharp(), deviation)))
    assert own < softness.SHARP
    assert found == pytest.approx(np.hypot(deviation, own), rel=0.2)
    if deviation <= 2:
        grainy = to_uint8(noisy(blurred(sharp(), deviation), 3 / 255))
        assert softness.of_picture(grainy, noise=0.67 * 3 / 255) == pytest.approx(found, rel=0.3)


@pytest.mark.parametrize("deviation", [1.5, 2.2])
def test_a_person_is_softened_to_about_the_plate(deviation):
    plate, person = softness.of_picture(to_uint8(blurred(sharp(2), deviation))), to_uint8(sharp(3))
    alpha, box = np.ones(SIZE, np.float32), Box(0, 0, *SIZE)
    lacking = softness.lacking(plate, softness.of_picture(person, alpha))
    soft, cover, wider = softness.softened(Layer(person, alpha, box), SIZE, lacking)[:3]
    assert softness.of_picture(soft, cover) == pytest.approx(plate, rel=0.15)
    assert wider == box
    assert (cover == 1).all()
    direct = blurred(to_float(person), lacking)  # the whole picture at once
    assert np.abs(to_float(soft) - direct)[20:-20, 20:-20].max() < 2 / 255


def test_a_sharp_plate_and_one_sharp_somewhere_soften_nothing():
    mixed = blurred(sharp(), 4)
    mixed[:, :150] = sharp()[:, :150]
    for plate in (sharp(), mixed):
        assert softness.lacking(softness.of_picture(to_uint8(plate)), softness.of_picture(to_uint8(sharp(3)))) == 0


def test_nobody_is_sharpened_and_a_plain_plate_says_nothing():
    soft = softness.of_picture(to_uint8(blurred(sharp(), 2)))
    assert softness.lacking(soft, softness.of_picture(to_uint8(blurred(sharp(3), 3)))) == 0
    plain = np.full((*SIZE, 3), 128, np.uint8)
    assert softness.of_picture(plain) is None
    assert softness.of_picture(plain[:5, :7]) is None
    assert softness.lacking(None, 0.5) == softness.lacking(2.0, None) == 0


def test_a_plate_wholly_out_of_focus_softens_less_than_one_enlarged():
    amounts = [softness.lacking(deviation, 0.5) for deviation in (1.0, 1.5, 2.5, 3.5, 8.0, 20.0)]
    assert amounts[:4] == sorted(amounts[:4])
    assert max(amounts) <= softness.MOST_ADDED
    assert amounts[5] == pytest.approx(softness.LEAST_KEPT * softness.MOST_ADDED)
    assert softness.lacking(2.0, 0.5, 0.5) == pytest.approx(softness.lacking(2.0, 0.5) / 2)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_colors_of_what_is_transparent_do_not_get_in_and_the_box_grows(kind):
    top = 1 if kind is np.float32 else np.iinfo(kind).max
    person, alpha = np.zeros((300, 60, 3), kind), np.zeros((300, 60), np.float32)
    person[:] = np.array([0, top, 0])  # green behind a red person
    person[10:-10, 10:-10], alpha[10:-10, 10:-10] = np.array([top * 0.8, 0, 0]).astype(kind), 1
    soft, cover, wider = softness.softened(Layer(person, alpha, Box(50, 3, 300, 60)), (600, 64), 1.5)[:3]
    assert soft.dtype == person.dtype
    assert wider == Box(45, 0, 310, 64)
    told = cover > 0.01
    assert not soft[..., 1][told].any()
    np.testing.assert_allclose(soft[..., 0][told] / top, 0.8, atol=0.01)
    whole = np.zeros((310, 64), np.float32)
    whole[5:305, 3:63] = alpha
    np.testing.assert_allclose(cover, cv2.GaussianBlur(whole, (11, 11), 1.5, borderType=cv2.BORDER_REPLICATE), atol=2e-3)
    assert cover.sum() == pytest.approx(alpha.sum(), rel=0.01)
