"""float_plates: whoever is laid over floats leaves them bit for bit elsewhere, and lies there in linear light."""

import numpy as np
import pytest

import cleanplate
from cleanplate.errors import InputError
from cleanplate.pixels import display
from cleanplate.pixels.color import to_float, to_linear, to_srgb, to_uint16
from cleanplate.plates import Plate
from cleanplate.settings import Placement, Settings
from cleanplate.stages import float_plates
from cleanplate.stages.shadow import Shade
from cleanplate.values import Box, Cutout, Floats, Image

SIZE = 90, 120
ACES = (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767)  # AP1 and its white (S-2014-004)
ALPHA = np.zeros(SIZE, np.float32)
ALPHA[20:, 40:80] = 1
ALPHA[20:, 39] = ALPHA[20:, 80] = 0.5
KEPT, PLAIN = Placement(fit="keep"), Settings(harmonize=False, shadow=0)


def light() -> np.ndarray:
    """Linear light from below black to far above white."""
    y, x = np.mgrid[0:1:90j, 0:1:120j]
    return np.stack([4 * x - 0.1, y + 0.001, 0.2 + 0.3 * np.sin(9 * x * y)], -1).astype(np.float32)


def plate(values: np.ndarray, **more: object) -> Image:
    primaries = more.get("primaries")
    seen = display.shown(display.finite(values), primaries) if more.get("linear") else values  # type: ignore[arg-type]
    return Image(to_uint16(np.asarray(seen, np.float32)), floats=Floats(values, **more))  # type: ignore[arg-type]


def figure(level: int = 180) -> Cutout:
    return Cutout(Image(np.full((*SIZE, 3), (level, 90, 40), np.uint8)), ALPHA, clean=True, bled=True)


def composed(image: Image, settings: Settings = PLAIN, *, layers: bool = False) -> cleanplate.Composite:
    return cleanplate.compose(figure(), image, placement=KEPT, settings=settings, layers=layers)


@pytest.mark.parametrize("primaries", [None, ACES])
def test_the_person_is_brought_to_light_and_laid_over_it_there(primaries: tuple[float, ...] | None) -> None:
    values = light()
    found = composed(plate(values, linear=True, primaries=primaries)).image.floats
    assert found is not None
    assert found.primaries == primaries
    own = to_linear(np.float32([180, 90, 40]) / 255)
    if primaries is not None:  # by hand: their XYZ under D65 as the primaries have it, white for white
        own = display.light_of(np.float32([[180, 90, 40]]) / 255, primaries)[0]
        np.testing.assert_allclose(display.shown(own[None], primaries)[0] * 255, [180, 90, 40], atol=0.01)
    cover = ALPHA[..., None]
    np.testing.assert_allclose(found.values, cover * own + (1 - cover) * values, atol=2e-5)


def test_samples_beside_the_person_stay_bit_for_bit_also_those_that_are_none() -> None:
    values = light()
    values[0, :4, 0] = [np.inf, -np.inf, np.nan, -0.0]
    values[50, 60] = np.nan  # behind them
    found = composed(plate(values, linear=True)).image.floats
    assert found is not None
    beside = ALPHA == 0
    assert found.values[beside].tobytes() == values[beside].tobytes()
    assert np.isfinite(found.values[~beside]).all()


def test_the_integers_are_what_a_display_shows_of_the_floats() -> None:
    made = composed(plate(light(), linear=True)).image
    assert made.floats is not None
    expected = to_uint16(to_srgb(made.floats.values))
    assert np.abs(made.pixels.astype(int) - expected)[ALPHA > 0].max() <= 1


def test_encoded_floats_give_the_composite_of_integers_without_its_rounding() -> None:
    values = np.clip(light(), 0, 1)
    wanted = composed(Image(to_uint16(values))).image.pixels
    found = composed(plate(values)).image.floats
    assert found is not None
    assert not found.linear
    assert np.abs(found.values - to_float(wanted)).max() <= 1.01 / 65535
    np.testing.assert_array_equal(found.values[ALPHA == 0], values[ALPHA == 0])


@pytest.mark.parametrize("linear", [True, False])
def test_a_shadow_takes_of_floats_what_it_takes_of_integers(linear: bool) -> None:
    encoded = np.full((8, 8, 3), 0.5, np.float32)
    shade = Shade(np.full((3, 8, 8), 0.8, np.float32), Box(0, 0, 8, 8))
    integers = to_uint16(encoded)
    shade.onto(integers)
    dark = float_plates.shaded(to_linear(encoded) if linear else encoded, shade, linear=linear)
    np.testing.assert_allclose(to_srgb(dark) if linear else dark, to_float(integers), atol=2e-5)


@pytest.mark.parametrize("linear", [True, False])
def test_out_of_focus_floats_are_the_integers_out_of_focus(linear: bool) -> None:
    values = np.clip(light(), 0.02, 1)
    image = plate(values if linear else to_srgb(values), linear=linear)
    made = composed(image, Settings(harmonize=False, shadow=0, defocus=5)).image
    assert made.floats is not None
    seen = to_srgb(made.floats.values) if linear else made.floats.values
    assert np.abs(seen - to_float(made.pixels))[ALPHA == 0].max() < 3e-4
    assert np.abs(seen - to_srgb(values))[ALPHA == 0].max() > 0.02  # it was blurred


def test_what_stays_in_focus_keeps_its_floats_also_those_that_are_none() -> None:
    class Lens:
        """Blurs the upper half alone."""

        def blurred(self, plate: np.ndarray, who: object) -> np.ndarray:
            return plate.copy()

        def blurred_light(self, light: np.ndarray, plate: np.ndarray, who: object) -> np.ndarray:
            return np.concatenate([light[:45] * 0.5 + 1, light[45:]])

    values = light()
    values[60, 5:7, 0] = np.nan, np.inf
    found = float_plates.out_of_focus(Floats(values, linear=True), Lens(), np.zeros((*SIZE, 3), np.uint8), None)  # type: ignore[arg-type]
    np.testing.assert_array_equal(found[45:], values[45:])
    np.testing.assert_allclose(found[:45], values[:45] * 0.5 + 1, rtol=1e-6)


def test_a_plate_of_another_size_keeps_its_floats() -> None:
    cut = Plate(plate(np.full((*SIZE, 3), [0.2, 0.5, 3], np.float32), linear=True)).filling((45, 70)).image
    assert cut.floats is not None
    assert cut.pixels.shape == cut.floats.values.shape == (45, 70, 3)
    np.testing.assert_allclose(cut.floats.values, np.full((45, 70, 3), [0.2, 0.5, 3], np.float32), rtol=1e-6)


def test_depths_are_had_of_every_plate() -> None:
    eight = Plate(Image(np.full((2, 2, 3), 51, np.uint8)))
    wide = eight.of_depth("float").image
    assert wide.pixels.dtype == np.uint16
    assert wide.floats is not None
    np.testing.assert_allclose(wide.floats.values, 0.2, atol=1e-6)
    assert Plate(wide).of_depth(16).image.floats is None
    half = Plate(plate(light(), linear=True, half=True))
    assert half.of_depth("float").image.floats.half is False  # type: ignore[union-attr]
    assert half.of_depth(8).image.floats is not None  # what is laid over light goes into light, whatever is written
    with pytest.raises(InputError, match=r"^`depth` is 8, 16 or float; 12 was given\.$"):
        eight.of_depth(12)  # type: ignore[arg-type]


def test_floats_of_another_size_are_no_pictures() -> None:
    with pytest.raises(InputError, match=r"^An image's floats have its own shape"):
        Image(np.zeros((2, 2, 3), np.uint8), floats=Floats(np.zeros((2, 3, 3), np.float32)))
