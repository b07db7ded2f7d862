import cv2
import numpy as np
import pytest

from cleanplate.pixels.color import to_float, to_uint8, to_uint16
from cleanplate.stages import noise, noise_blocks
from cleanplate.values import Box

SIZE = (512, 640)
WHOLE = np.ones(SIZE, np.float32)


def drawn(deviation: float, size: float = 0.0, seed: int = 1, colored: bool = True) -> np.ndarray:
    """Noise of a deviation in shares of white, blurred by a bell curve of that size and made as strong again."""
    white = np.random.default_rng(seed).normal(0, 1, (*SIZE, 3 if colored else 1)).astype(np.float32)
    blurred = cv2.GaussianBlur(white, (0, 0), size).reshape(white.shape) if size else white
    return np.repeat(blurred / blurred.std() * deviation, 1 if colored else 3, 2)


def scene() -> np.ndarray:
    """Sky that darkens, edges, a fine texture: a picture without noise, float."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
    picture = np.stack([0.55 - y / 2500, 0.6 - y / 2500, 0.75 - y / 2500], 2)
    picture[340:] = (0.45 + 0.05 * np.sin(x[340:] * 0.9) * np.sin(y[340:] * 1.1))[..., None] * np.float32([1, 0.9, 0.7])
    for left in range(0, 640, 80):
        picture[250:400, left : left + 40] = np.float32([0.5, 0.35, 0.3]) + left / 4000
    return picture


def roughness_slowly(values: np.ndarray) -> float:
    """Mean square of second differences by convolution."""
    second = np.float64([[1, -2, 1]])
    parts = [cv2.filter2D(values.astype(np.float64), -1, kernel)[1:-1, 1:-1] for kernel in (second, second.T)]
    return float(sum((part**2).mean() for part in parts) / 12)


def of_drawn(values: np.ndarray) -> np.ndarray:
    """What the drawn noise itself has, (3, OCTAVES)."""
    planes = values.astype(np.float64) @ noise_blocks.BASIS.T
    halves = [planes, *(cv2.resize(planes, None, fx=1 / k, fy=1 / k, interpolation=cv2.INTER_AREA) for k in (2, 4))]
    return np.array([[roughness_slowly(each[..., plane]) for each in halves] for plane in range(3)])


@pytest.mark.parametrize("kind", [to_uint8, to_uint16])
@pytest.mark.parametrize("size", [0.0, 0.6, 1.2])
def test_noise_of_known_strength_and_size_is_measured_within_15_percent(kind, size):
    values = drawn(6 / 255, size)
    pixels = kind(np.float32(0.5) + values)
    for found in (noise.of_plate(pixels), noise.of_person(pixels, WHOLE)):
        middle = found.power[noise.LEVELS // 2 - 1 : noise.LEVELS // 2 + 1].mean(0)
        np.testing.assert_allclose(np.sqrt(middle / of_drawn(values)), 1, atol=0.15)


def test_in_a_picture_with_edges_and_texture_it_is_measured_too():
    values = drawn(5 / 255, 0.5)
    found = noise.of_plate(to_uint8(scene() + values))
    seen = found.power[found.seen.argmax(), :, :2]
    np.testing.assert_allclose(np.sqrt(seen / of_drawn(values)[:, :2]), 1, atol=0.15)


def test_white_noise_is_what_the_wavelets_of_another_library_find():
    pytest.importorskip("pywt")
    from skimage.restoration import estimate_sigma

    pixels = to_uint8(scene() * 0 + 0.5 + drawn(4 / 255))
    theirs = estimate_sigma(to_float(pixels), channel_axis=-1, average_sigmas=True)
    ours = np.sqrt(noise.of_plate(pixels).power[3:5, :, 0].mean())
    assert ours == pytest.approx(theirs, rel=0.1)


@pytest.mark.parametrize("spoil", ["nothing", "JPEG", "blur"])
def test_a_clean_plate_has_none_be_it_compressed_or_blurred(spoil):
    pixels = to_uint8(scene())
    if spoil == "JPEG":
        pixels = cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_COLOR)
    if spoil == "blur":
        pixels = cv2.GaussianBlur(pixels, (0, 0), 2)
    found = noise.of_plate(pixels)
    assert found is None or found.deviation < 0.5 / 255


def test_a_texture_is_no_noise():
    rng = np.random.default_rng(2)
    leaves = np.full((*SIZE, 3), 0.4, np.float32)
    for y, x, tone in zip(rng.integers(0, SIZE[0], 9000), rng.integers(0, SIZE[1], 9000), rng.normal(0.4, 0.08, 9000), strict=True):
        cv2.ellipse(leaves, (int(x), int(y)), (5, 2), float(rng.integers(180)), 0, 360, (tone, tone * 1.1, tone * 0.7), -1)
    found = noise.of_plate(to_uint8(leaves))
    assert found is None or found.deviation < 1 / 255


def test_it_is_found_by_level():
    values = drawn(1.0) * np.where(np.arange(SIZE[1]) < 320, 3 / 255, 4.2 / 255)[None, :, None].astype(np.float32)
    ground = np.where(np.arange(SIZE[1]) < 320, 0.31, 0.69)[None, :, None].astype(np.float32)
    deviations = noise.of_plate(to_uint8(ground + values)).deviations[:, 0, 0] * 255
    assert deviations[2] == pytest.approx(3, rel=0.15)
    assert deviations[5] == pytest.approx(4.2, rel=0.15)


def test_a_color_change_changes_it_by_its_slope():
    pixels = to_uint8(np.float32(0.5) + drawn(4 / 255))
    half = noise.of_person(pixels, WHOLE, lambda means: means * np.float32(0.5))
    whole = noise.of_person(pixels, WHOLE)
    at = noise.LEVELS // 4
    np.testing.assert_allclose(half.power[at - 1 : at + 1].mean(0), whole.power[3:5].mean(0) / 4, rtol=0.2)
    assert half.seen[at - 1 : at + 1].sum() == half.seen.sum()


def test_only_what_is_solid_counts_of_a_person_and_nobody_of_a_plate():
    pixels, alpha = to_uint8(np.float32(0.5) + drawn(2 / 255)), WHOLE.copy()
    spoiled = pixels.copy()
    spoiled[:, 320:] = to_uint8(np.float32(0.5) + drawn(12 / 255, seed=5))[:, 320:]
    alpha[:, 320:] = 0.5
    assert noise.of_person(spoiled, alpha).deviations[3, 0, 0] * 255 == pytest.approx(2, rel=0.15)
    person = np.full((SIZE[0], 320), 0.5, np.float32), Box(0, 320, SIZE[0], 320)
    assert noise.of_plate(spoiled, person).deviations[3, 0, 0] * 255 == pytest.approx(2, rel=0.15)
    assert noise.of_person(pixels[:40, :40], WHOLE[:40, :40]) is None
    assert noise.of_plate(pixels[:10, :10]) is None


def test_of_a_large_plate_about_as_many_blocks_are_looked_at_as_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    looked, really = list[int](), noise.looked_at
    monkeypatch.setattr(noise, "MOST", 400)
    monkeypatch.setattr(noise, "looked_at", lambda blocks: looked.append(len(blocks)) or really(blocks))
    noise.of_plate(np.full((60 * noise.BLOCK, 60 * noise.BLOCK, 3), 90, np.uint8))
    assert 200 < looked[0] <= 400
