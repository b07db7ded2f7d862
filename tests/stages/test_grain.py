import cv2
import numpy as np
import pytest

from cleanplate.pixels.color import to_uint8
from cleanplate.stages import compositing, noise
from cleanplate.stages.grain import CURVE, SIDES, Grain, missing, patterns
from cleanplate.stages.noise import LEVELS, Noise
from cleanplate.values import Box

SIZE = (512, 640)
WHOLE = np.ones(SIZE, np.float32)
BOX = Box(40, 30, 400, 500)


def drawn(deviation: float, size: float = 0.0, seed: int = 1, colored: bool = True) -> np.ndarray:
    """Noise of a deviation in shares of white, blurred by a bell curve of that size and made as strong again."""
    white = np.random.default_rng(seed).normal(0, 1, (*SIZE, 3 if colored else 1)).astype(np.float32)
    blurred = cv2.GaussianBlur(white, (0, 0), size).reshape(white.shape) if size else white
    return np.repeat(blurred / blurred.std() * deviation, 1 if colored else 3, 2)


def found(deviation: float, size: float = 0.0, seed: int = 1, colored: bool = True) -> Noise:
    answer = noise.of_person(to_uint8(np.float32(0.5) + drawn(deviation / 255, size, seed, colored)), WHOLE)
    assert answer is not None
    return answer


def some() -> Grain:
    grain = missing(found(6, 0.6), found(1, seed=3))
    assert grain is not None
    return grain


def composed(grain: Grain | None, strip: int = 1 << 17, kind: type = np.uint8) -> np.ndarray:
    alpha = np.zeros((BOX.height, BOX.width), np.float32)
    alpha[20:-20, 20:-20] = 1
    alpha[100:200, 300:400] = 0.5
    colors = (np.linspace(0.1, 0.9, BOX.width)[None, :, None] * np.iinfo(kind).max).repeat(BOX.height, 0).repeat(3, 2).astype(kind)
    image = np.random.default_rng(4).integers(0, 200, (*SIZE, 3)).astype(kind)
    layer = compositing.Layer(colors, alpha, BOX)
    compositing.lay(image, layer, compositing.made_ready(layer, image, None, 0)._replace(grain=grain), strip)
    return image


@pytest.mark.parametrize(("size", "colored"), [(0.0, True), (0.6, True), (1.2, True), (0.6, False)])
def test_grain_brings_the_noise_of_a_person_to_that_of_the_plate(size, colored):
    plate, own = found(6, size, colored=colored), drawn(1 / 255, seed=3)
    person = noise.of_person(to_uint8(np.float32(0.5) + own), WHOLE)
    planes = np.ascontiguousarray((np.float32(0.5) + own).transpose(0, 2, 1))
    missing(plate, person).into(planes, slice(0, SIZE[0]), slice(0, SIZE[1]), 1.0)
    after = noise.of_person(to_uint8(planes.transpose(0, 2, 1)), WHOLE)
    wanted = np.maximum(plate.power, person.power)[3:5].mean(0)
    rows = slice(None) if colored else 0  # color of which there is none has no share to keep
    np.testing.assert_allclose(np.sqrt(after.power[3:5].mean(0)[rows] / wanted[rows]), 1, atol=0.35 if size > 1 else 0.15)


def test_nothing_is_added_to_equal_or_to_stronger_noise_or_at_strength_zero():
    assert missing(found(5), found(5, seed=2)) is None
    assert missing(found(3), found(6)) is None
    assert missing(found(6), found(1), 0) is None
    assert missing(None, found(1)) is None
    assert missing(found(6), None) is None


def test_half_a_strength_is_half_of_the_deviation():
    np.testing.assert_allclose(missing(found(6), found(1), 0.5).gain, some_gain() / 2, rtol=1e-5)


def some_gain() -> np.ndarray:
    return missing(found(6), found(1)).gain


def test_what_is_missing_is_a_matter_of_level():
    power = np.zeros((LEVELS, 3, 3), np.float32)
    power[:4, :, :] = (5 / 255) ** 2 * np.float32([1, 0.25, 0.0625])
    clean = Noise(np.zeros_like(power), np.full(LEVELS, 10))
    grain = missing(Noise(power, np.full(LEVELS, 10)), clean)
    planes = np.empty((300, 3, 400), np.float32)
    planes[..., :200], planes[..., 200:] = 0.2, 0.8
    before = planes.copy()
    grain.into(planes, slice(0, 300), slice(0, 400), 1.0)
    changed = planes - before
    assert changed[..., :200].std() * 255 == pytest.approx(5, rel=0.1)
    assert not changed[..., 200:].any()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_strips_equal_the_whole_bit_for_bit_and_alpha_zero_leaves_the_plates_bytes(kind):
    grain, whole = some(), composed(some(), 1 << 30, kind)
    for strip in (1 << 10, 3 << 13):
        np.testing.assert_array_equal(composed(grain, strip, kind), whole)
    plain = composed(None, kind=kind)
    outside = np.ones(SIZE, bool)
    outside[BOX.top + 20 : BOX.top + 380, BOX.left + 20 : BOX.left + 480] = False
    np.testing.assert_array_equal(whole[outside], plain[outside])
    inside = (whole.astype(float) - plain)[~outside] * 255 / np.iinfo(kind).max
    assert 4 < inside.std() < 8
    soft = np.s_[BOX.top + 100 : BOX.top + 200, BOX.left + 300 : BOX.left + 400]
    firm = np.s_[BOX.top + 250 : BOX.top + 350, BOX.left + 300 : BOX.left + 400]
    ratio = (whole.astype(float) - plain)[soft].std() / (whole.astype(float) - plain)[firm].std()
    assert ratio == pytest.approx(0.5, abs=0.06)


def test_the_same_seed_gives_the_same_bytes_and_every_frame_others():
    np.testing.assert_array_equal(composed(some().fresh(7)), composed(some().fresh(7)))
    one, two = (composed(some().fresh(frame)).astype(float) - composed(None) for frame in (7, 8))
    inside = np.s_[150:350, 100:300]
    assert abs(np.corrcoef(one[inside].ravel(), two[inside].ravel())[0, 1]) < 0.05


def test_patterns_go_on_without_a_seam_and_do_not_repeat_within_a_picture():
    power = np.full((3, 3), 1e-4, np.float32) * np.float32([1, 0.5, 0.3])
    height, width = 40, 2000
    grain = Grain(patterns(power), np.ones(CURVE, np.float32), ((0, 0), (0, 0)))
    out = np.empty((height, 3, width), np.float32)
    grain.drawn(grain.patterns, out, slice(0, height), slice(0, width))
    steps = np.abs(np.diff(out[:, 0], axis=1)).mean(0)
    edges = [side - 1 for _, side in SIDES]
    assert steps[edges].max() < 1.4 * steps.mean()
    for apart in (SIDES[0][1], SIDES[1][1]):
        row = out[:, 0] - out[:, 0].mean()
        assert (row[:, apart:] * row[:, :-apart]).mean() < 0.65 * row.var()


def test_eight_bits_and_luma_get_the_same_grain():
    grain, rows, columns = some(), slice(10, 210), slice(20, 320)
    planes = np.full((200, 3, 300), 127.0, np.float32)
    grain.into(planes, rows, columns, 255.0)
    quickly = grain.onto(np.full((200, 300, 3), 127, np.uint8), rows, columns)
    assert np.abs(quickly.astype(float) - planes.transpose(0, 2, 1)).max() <= 0.51
    luma, weights = np.full((200, 300), 16 + 127 * 219 / 255, np.float32), (0.2126, 0.7152, 0.0722)
    grain.into_luma(luma, rows, columns, weights, 16.0, 235.0)
    wanted = 16 + np.einsum("ycx,c->yx", planes, weights) * 219 / 255
    np.testing.assert_allclose(luma, wanted, atol=0.02)
