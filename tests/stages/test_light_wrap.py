import cv2
import numpy as np
import pytest

from cleanplate.compositor import Compositor
from cleanplate.pixels import over
from cleanplate.pixels.color import to_float
from cleanplate.plates import Plate
from cleanplate.settings import Placement, Settings
from cleanplate.stages import compositing, light_wrap
from cleanplate.stages.compositing import Layer
from cleanplate.stages.light_wrap import LEVEL, RADIUS
from cleanplate.values import Box, Cutout, Image

BOX = Box(30, 60, 150, 120)


def disc(size: tuple[int, int] = (BOX.height, BOX.width)) -> np.ndarray:
    y, x = np.mgrid[: size[0], : size[1]]
    return np.clip(0.4 * min(size) + 0.5 - np.hypot(y - size[0] / 2, x - size[1] / 2), 0, 1).astype(np.float32)


def plate(kind: type = np.uint8) -> np.ndarray:
    """Bright at the left, black at the right."""
    ramp = np.linspace(1, 0, 240)[None, :, None].repeat(240, 0).repeat(3, 2) * np.float64([1, 0.9, 0.7])
    return np.rint(ramp * np.iinfo(kind).max).astype(kind)


def slowly(under: np.ndarray, colors: np.ndarray, alpha: np.ndarray, strength: float) -> np.ndarray:
    """The whole picture in floats at full size, no strips, nothing made small."""
    whole = np.zeros(under.shape[:2])
    whole[BOX.slices] = alpha
    light = to_float(under).astype(float) ** 2 * (1 - whole[..., None])
    spilled = strength * LEVEL * cv2.GaussianBlur(light, (0, 0), RADIUS * BOX.height)[BOX.slices]
    front = np.sqrt(to_float(colors) ** 2 + spilled * (1 - to_float(colors) ** 2))
    answer = to_float(under).astype(float)
    answer[BOX.slices] = over.over(front, alpha, answer[BOX.slices])
    return answer


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("strip", [1 << 10, 1 << 17])
def test_the_light_that_is_found_small_and_added_in_strips_is_that_of_the_slow_way(kind: type, strip: int) -> None:
    under, alpha = plate(kind), disc()
    colors = np.full((*alpha.shape, 3), np.iinfo(kind).max // 4, kind)
    image = under.copy()
    layer, light = Layer(colors, alpha, BOX), light_wrap.spill(under, alpha, BOX, 0.8)
    compositing.lay(image, layer, compositing.made_ready(layer, image, None, 0)._replace(light=light), strip)
    wanted = slowly(under, colors, alpha, 0.8)
    assert np.abs(to_float(image) - wanted).max() < 3 / 255
    plain = under.copy()
    compositing.compose(plain, Layer(colors, alpha, BOX))
    assert np.abs(to_float(image) - to_float(plain)).max() > 20 / 255  # there is something to see
    assert (image == plain)[BOX.top + 75, BOX.left + 60].all()  # and nothing of it deep inside


def test_light_of_one_row_reaches_the_same_rows_in_strips_as_at_once() -> None:
    small = np.zeros((3, 10, 8), np.float32)
    small[:, 4, 2:5] = 0.5
    light, whole, columns = light_wrap.Spill(small, (43, 40)), np.full((43, 3, 40), 0.25, np.float32), slice(0, 40)
    parts = whole.copy()
    light.into(whole, slice(0, 43), columns, 1.0)
    for top in range(43):
        light.into(parts[top : top + 1], slice(top, top + 1), columns, 1.0)
    assert np.ptp(whole) > 0.1
    np.testing.assert_allclose(parts, whole, atol=1e-6)


def test_strength_zero_a_black_plate_and_a_deep_inside_give_what_was_there_bit_for_bit() -> None:
    alpha, black = disc(), np.zeros((240, 240, 3), np.uint8)
    colors = np.random.default_rng(3).integers(0, 256, (*alpha.shape, 3), np.uint8)
    assert light_wrap.spill(plate(), alpha, BOX, 0) is None
    for strength in (0.3, 1.0):
        image, plain = black.copy(), black.copy()
        compositing.compose(image, Layer(colors, alpha, BOX), light=light_wrap.spill(black, alpha, BOX, strength))
        compositing.compose(plain, Layer(colors, alpha, BOX))
        np.testing.assert_array_equal(image, plain)


def test_where_alpha_is_zero_the_plates_bytes_stay_and_more_is_brighter() -> None:
    under, alpha = plate(), disc()
    colors, before = np.full((*alpha.shape, 3), 40, np.uint8), None
    for strength in (0.0, 0.3, 0.6, 1.0):
        image = under.copy()
        compositing.compose(image, Layer(colors, alpha, BOX), light=light_wrap.spill(under, alpha, BOX, strength))
        outside = np.ones(under.shape[:2], bool)
        outside[BOX.slices] = alpha == 0
        assert (image[outside] == under[outside]).all()
        assert before is None or ((image >= before).all() and (image > before).any())
        before = image


def test_the_light_follows_the_plates_bright_side_and_a_person_of_one_pixel_passes() -> None:
    light = light_wrap.spill(plate(), disc(), BOX, 1.0)
    assert light is not None
    left, right = (light.light[..., half].max() for half in (slice(0, 40), slice(-40, None)))
    assert left > 2 * right
    assert light_wrap.spill(plate(), np.ones((1, 1), np.float32), Box(239, 239, 1, 1), 1.0) is not None


def test_photos_and_films_of_every_quality_take_it_and_off_is_off() -> None:
    alpha, scene = disc((120, 120)), Plate(Image(plate()))
    cutout = Cutout(Image(np.full((120, 120, 3), 40, np.uint8)), alpha, clean=True)
    made, where = Compositor(), Placement(0.6, 0.5, 0.9)
    off, on = (made.compose(cutout, scene, where, Settings(harmonize=False, wrap=wrap)).image.pixels for wrap in (0.0, 0.7))
    assert (on > off).any()
    assert (on >= off).all()
    for quality in ("fast", "best"):
        frames = made.compose_frames(cutout, [plate()] * 2, where, Settings(harmonize=False, wrap=0.7), quality)
        for frame in frames:
            np.testing.assert_array_equal(frame, on)


@pytest.mark.parametrize("box", [Box(200, 150, 900, 700), Box(0, 300, 1100, 600), Box(500, 0, 600, 1000)])
def test_the_light_on_a_large_person_is_that_of_the_slow_way_though_it_is_found_on_a_small_picture(box: Box) -> None:
    """The persons of the tests above are smaller than what it is found on. These also touch the plate's borders."""
    down, across = np.mgrid[:1100, :1000]
    under = np.rint(np.dstack([200 - across / 10, 40 + down / 8, 90 + 60 * np.sin(down / 90)])).astype(np.uint8)
    alpha, whole = disc((box.height, box.width)), np.zeros((1100, 1000))
    whole[box.slices] = alpha
    found = light_wrap.spill(under, alpha, box, 0.8)
    assert found is not None
    assert found.size == (box.height, box.width)
    assert max(found.light.shape[1:]) <= light_wrap.SIDE
    light = to_float(under).astype(float) ** 2 * (1 - whole[..., None])
    wanted = 0.8 * LEVEL * cv2.GaussianBlur(light, (0, 0), RADIUS * box.height)[box.slices]
    large = cv2.resize(found.light.transpose(1, 2, 0), (box.width, box.height), interpolation=cv2.INTER_LINEAR)
    edge = (wanted > 0.02).all(2) & (alpha > 0.05)
    assert edge.sum() > 1000
    assert np.abs(large - wanted)[edge].max() < 0.04
    assert abs((large - wanted)[edge].mean()) < 0.002
