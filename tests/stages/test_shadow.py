"""shadow: what both shadows leave of the plate: its laws."""

import cv2
import numpy as np
import pytest
from standing import BOX, middle, person

from cleanplate.pixels.color import to_float, to_linear
from cleanplate.stages import shadow
from cleanplate.stages.shadow import UNLIT
from cleanplate.stages.surroundings import SKYLIGHT, Light
from cleanplate.values import Box

PLATE = 240, 360
FEET = 200


def ground(value: int = 180, kind: type = np.uint8) -> np.ndarray:
    return np.full((*PLATE, 3), value * (np.iinfo(kind).max // 255), kind)


def shadowed(under: np.ndarray, light: Light, strength: float = 1.0, alpha: np.ndarray | None = None) -> np.ndarray:
    image = under.copy()
    found = shadow.shade(PLATE, person() if alpha is None else alpha, BOX, strength, light)
    if found is not None:
        found.onto(image)
    return image


def taken(under: np.ndarray, light: Light, **more: float) -> np.ndarray:
    """How much light the shadow takes from each pixel."""
    return (to_linear(to_float(under)) - to_linear(to_float(shadowed(under, light, **more)))).sum(2)


def test_strength_zero_and_feet_that_are_not_seen_give_no_shadow() -> None:
    overcast = Light(0, 0)
    assert shadow.shade(PLATE, person(), BOX, 0.0, overcast) is None
    for below in (0, 1):
        box = Box(PLATE[0] - BOX.height - below, BOX.left, BOX.height, BOX.width)
        assert shadow.shade(PLATE, person(), box, 1.0, overcast) is None
    assert shadow.shade(PLATE, person(), BOX, 1.0, overcast) is not None


def test_a_matte_that_fades_into_the_lower_edge_stands_as_its_solid_part_does() -> None:
    faint = np.pad(person(), ((0, PLATE[0] - FEET), (0, 0)), constant_values=np.float32(0.02))
    assert shadow.stands(faint, Box(BOX.top, BOX.left, PLATE[0] - BOX.top, BOX.width), PLATE) == 1


def test_feet_that_come_into_the_frame_bring_their_shadow_with_them_steadily() -> None:
    tall = 1000, 500
    found = [shadow.stands(person(), Box(1000 - 160 - gap, 9, 160, 60), tall) for gap in range(40)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (0, 1)
    assert max(np.diff(found)) < 0.1


def test_at_the_right_border_it_is_what_it_is_at_the_left_one_mirrored() -> None:
    alpha, images = person() * np.linspace(0.9, 1, BOX.width, dtype=np.float32), []
    for left, own in ((0, alpha), (PLATE[1] - BOX.width, np.ascontiguousarray(alpha[:, ::-1]))):
        image = ground()
        shadow.shade(PLATE, own, Box(BOX.top, left, BOX.height, BOX.width), 1.0, Light(0, 0)).onto(image)
        images.append(image.astype(int))
    assert np.ptp(images[0]) > 20
    assert np.abs(images[0] - images[1][:, ::-1]).max() <= 2


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_shadow_never_brightens_grows_with_strength_and_leaves_black_black(kind: type) -> None:
    noise = np.random.default_rng(5).integers(0, np.iinfo(kind).max + 1, (*PLATE, 3)).astype(kind)
    before = noise
    for strength in (0.3, 0.6, 1.0):
        image = shadowed(noise, Light(300, 1), strength)
        assert (image <= before).all()
        assert (image < before).any()
        before = image
    assert not shadowed(np.zeros_like(noise), Light(300, 1)).any()


def test_the_ground_is_darkest_between_the_feet_and_untouched_far_away() -> None:
    lost = taken(ground(), Light(0, 0))
    row, column = middle(lost)
    assert abs(column - PLATE[1] / 2) < 0.5
    assert abs(row - FEET) < 0.05 * BOX.height
    left = to_linear(to_float(shadowed(ground(), Light(0, 0))))[FEET + 1, 168] / to_linear(np.float32([180 / 255]))
    assert (left > UNLIT).all()
    assert (left < 0.5).all()
    assert not lost[:100].any()
    assert not lost[:, :20].any()


@pytest.mark.parametrize(("angle", "right", "down"), [(270, 1, 0), (90, -1, 0), (0, 0, 1), (180, 0, -1), (45, -1, 1), (225, 1, -1)])
def test_the_shadow_falls_away_from_the_light(angle: float, right: int, down: int) -> None:
    row, column = middle(taken(ground(), Light(angle, 1)) - taken(ground(), Light(angle, 0)))
    assert (column - PLATE[1] / 2) * right >= 5 * abs(right)
    assert right or abs(column - PLATE[1] / 2) < 0.5
    assert (row - FEET) * down >= 2 * abs(down)


def test_a_mirrored_plate_and_person_give_the_mirrored_shadow() -> None:
    alpha = person()
    alpha[100:, :20] = 0
    kept = shadowed(ground(), Light(70, 1), alpha=alpha)
    mirrored = shadowed(ground(), Light(290, 1), alpha=np.ascontiguousarray(alpha[:, ::-1]))
    assert np.abs(kept.astype(int) - mirrored[:, ::-1]).max() <= 2
    assert np.abs(kept.astype(int) - mirrored).max() > 20


def test_at_four_times_the_size_it_is_the_same_shadow() -> None:
    small = shadowed(ground(), Light(300, 1)).astype(int)
    alpha = cv2.resize(person(), None, fx=4, fy=4)
    found = shadow.shade((960, 1440), alpha, Box(160, 600, 640, 240), 1.0, Light(300, 1))
    image = np.full((960, 1440, 3), 180, np.uint8)
    assert found is not None
    found.onto(image)
    again = cv2.resize(image, PLATE[::-1], interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(again - small).mean() < 0.5
    assert np.percentile(np.abs(again - small), 99.5) <= 6


def test_pieces_give_what_multiplying_all_light_at_once_gives() -> None:
    under = np.random.default_rng(6).integers(60, 256, (*PLATE, 3)).astype(np.uint8)
    found = shadow.shade(PLATE, person(), BOX, 1.0, Light(250, 1))
    assert found is not None
    kept = np.ones((*PLATE, 3), np.float32)
    kept[found.box.slices] = cv2.resize(found.kept.transpose(1, 2, 0), (found.box.width, found.box.height))
    light = to_linear(to_float(under)).astype(float) * kept.astype(float) ** 2.4
    wanted = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055) * 255
    image = under.copy()
    found.onto(image)
    assert np.abs(image - wanted)[light > 0.005].max() < 0.6
    assert np.abs(image - wanted).max() < 3


def test_a_person_of_one_pixel_and_one_as_wide_as_the_plate_pass() -> None:
    for box in (Box(100, 100, 1, 1), Box(0, 0, 100, PLATE[1]), Box(150, 359, 40, 1)):
        found = shadow.shade(PLATE, np.ones((box.height, box.width), np.float32), box, 1.0, Light(120, 1))
        image = ground()
        assert found is not None
        found.onto(image)
        assert image.max() == 180


def test_as_much_light_is_left_as_is_said() -> None:
    none, whole, left = np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32), np.float32(SKYLIGHT)
    for hidden, laid, share, wanted in (
        (whole, none, 1.0, np.full(3, UNLIT)), (none, whole, 1.0, left), (none, whole, 0.5, (1 + left) / 2),
        (whole, whole, 1.0, UNLIT * left), (none, none, 1.0, np.ones(3)),
    ):  # fmt: skip
        kept = shadow.remaining(hidden, laid, Light(0, share), 1.0).ravel() - np.where(wanted < 1, shadow.FAINT, 0)
        np.testing.assert_allclose(kept**2.4, wanted, rtol=1e-3)
    half = shadow.remaining(whole, none, Light(0, 0), 0.5).ravel() - shadow.FAINT
    np.testing.assert_allclose(half**2.4, (1 + UNLIT) / 2, rtol=1e-3)


def test_where_a_foot_touches_the_ground_about_an_eighth_of_the_light_is_left() -> None:
    """Ground that sees no sky is black but for what comes from the shoe; a gray shadow makes feet float."""
    left = shadow.remaining(np.float32([[1]]), np.float32([[0]]), Light(0, 0), 1.0)
    assert to_linear(np.asarray(left, np.float32) * 0.8).max() / to_linear(np.float32([0.8]))[0] == pytest.approx(1 / 8, abs=0.03)
