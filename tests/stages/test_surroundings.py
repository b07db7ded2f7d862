import cv2
import numpy as np
import pytest

from cleanplate.pixels.color import to_linear
from cleanplate.stages import surroundings
from cleanplate.stages.surroundings import SKYLIGHT, Light

PLATE = 240, 360


def ground(value: int = 180, kind: type = np.uint8) -> np.ndarray:
    return np.full((*PLATE, 3), value * (np.iinfo(kind).max // 255), kind)


def test_an_even_plate_has_light_from_everywhere_and_a_said_angle_wins() -> None:
    assert surroundings.light(ground(), 0.5).share == 0
    assert surroundings.light(ground(), 0.5, -90) == Light(270, 1, SKYLIGHT)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_light_comes_from_the_side_to_which_all_of_the_plate_grows_brighter(kind: type) -> None:
    under = ground(kind=kind)
    ramp = np.linspace(0.15, 1, PLATE[1])[None, :, None]
    right = (under * ramp).astype(kind)
    found, other = surroundings.light(right, 0.5), surroundings.light(np.ascontiguousarray(right[:, ::-1]), 0.5)
    assert (found.angle, other.angle) == (90, 270)
    assert found.share == pytest.approx(other.share, abs=1e-3)
    assert found.share > 0.3
    split = np.concatenate([right[:144], right[144:, ::-1]])  # the sky says one thing, the ground another
    assert surroundings.light(split, 0.5).share == 0


def test_a_lamp_or_sun_that_is_seen_is_where_the_light_comes_from() -> None:
    for x, angles in ((180, (0, 0)), (300, (5, 40)), (60, (320, 355))):
        under = cv2.circle(ground(70), (x, 70), 14, (255, 255, 255), -1)
        found = surroundings.light(under, 0.5)
        assert found.share > 0
        turned = (found.angle + 1e-6 + 1) % 360 - 1
        assert angles[0] - 1.5 <= turned <= angles[1] + 1.5
    for deep in (20, 120):
        bright_sky = ground(70)
        bright_sky[:deep] = 250
        assert surroundings.light(bright_sky, 0.5).share == 0


def test_the_plates_own_shadows_color_ours_where_they_may_be_shadows() -> None:
    stripes = ground(200)
    lit = to_linear(np.float32([200 / 255]))[0]
    left = np.float32([0.3, 0.34, 0.45])
    shade = np.rint(255 * (1.055 * (lit * left) ** (1 / 2.4) - 0.055)).astype(np.uint8)
    for column in range(0, 360, 60):
        stripes[144:, column : column + 30] = shade
    assert surroundings.light(stripes, 0.5).left == pytest.approx(left, rel=0.1)
    for other in ((20, 110, 20), (120, 120, 170), (170, 170, 190)):  # grass, a lake, and hardly any shade
        striped = ground(200)
        for column in range(0, 360, 60):
            striped[144:, column : column + 30] = other
        assert surroundings.light(striped, 0.5).left == SKYLIGHT
