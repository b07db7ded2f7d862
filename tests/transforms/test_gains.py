"""gains: exposure and warmth, against CIE's own illuminants and the curve's way there and back, and their laws."""

import dataclasses

import numpy as np
import pytest
from stacked import composed, standing

from cleanplate import Compositor, Image, Placement, Plate, Settings
from cleanplate.pixels import profiles
from cleanplate.pixels.color import to_float, to_linear, to_srgb
from cleanplate.pixels.icc import profile
from cleanplate.stages import compositing
from cleanplate.stages.compositing import Layer
from cleanplate.stages.texture import Texture
from cleanplate.transforms.gains import LUMINANCE, TO_SRGB, Gains, brightened, daylight, gains
from cleanplate.values import Box, Cutout

PLAIN = Settings(harmonize=False, shadow=0)


def ramp(kind: type = np.uint8) -> np.ndarray:
    """Every level in red, the levels backwards in green, mixed in blue."""
    top = np.iinfo(kind).max
    levels = np.linspace(0, top, 256).round().astype(kind)
    return np.dstack([levels[None], levels[None, ::-1], np.roll(levels, 77)[None]]).repeat(4, 0)


def laid(colors: np.ndarray, settings: Settings, plate: np.ndarray | None = None) -> np.ndarray:
    """An opaque layer over a gray plate of its size, in floats."""
    under = np.full_like(colors, 90) if plate is None else plate
    person = Cutout(Image(colors), np.ones(colors.shape[:2], np.float32), clean=True)
    return to_float(Compositor().compose(person, Plate(Image(under)), Placement(fit="keep"), settings).image.pixels)


@pytest.mark.parametrize("gain", [0.1, 0.5, 0.97, 1.3, 2.0, 8.0])
def test_multiplied_light_is_that_of_the_curves_own_way_there_and_back(gain: float) -> None:
    encoded = np.linspace(-0.5, 3, 20_001, dtype=np.float32)
    np.testing.assert_allclose(brightened(encoded, gain), to_srgb(np.float32(gain) * to_linear(encoded)), atol=3e-4)


def test_black_stays_black_and_what_is_multiplied_by_one_stays_bit_for_bit() -> None:
    colors = ramp().astype(np.float32)
    same = colors.transpose(0, 2, 1).copy()
    Gains(1, 2, 1).into(same, 255.0)
    assert (same[:, [0, 2]] == colors.transpose(0, 2, 1)[:, [0, 2]]).all()
    assert (Gains(4, 4, 4).of(np.zeros((1, 1, 3), np.float32)) == 0).all()


@pytest.mark.parametrize("warmth", [-1.0, -0.1, 0.3, 0.6, 1.0])
def test_warmth_goes_along_the_daylight_locus(warmth: float) -> None:
    """Through CIE 15's own D50, D55, D65 and D75, between which it is nearly straight in mireds."""
    kelvins = 1e6 / (1e6 / 6504 + warmth * (1e6 / 4000 - 1e6 / 6504))
    mireds = [1e6 / each for each in (25000, 7504, 6504, 5503, 5003, 4000)]  # the ends by the locus's own table in CIE 15
    known = [(0.2499, 0.2548), (0.2990, 0.3149), (0.3127, 0.3290), (0.3324, 0.3474), (0.3457, 0.3585), (0.3823, 0.3838)]
    light = np.linalg.solve(TO_SRGB, daylight(warmth))
    found = (light / light.sum())[:2]
    at = 1e6 / kelvins
    if at > mireds[1]:
        np.testing.assert_allclose(found, [np.interp(at, mireds, each) for each in zip(*known, strict=True)], atol=2e-3)
    if warmth == -1:
        np.testing.assert_allclose(found, (0.2572, 0.2647), atol=3e-4)  # by hand, of the cubic for more than 7000 K
    made = gains(0, warmth)
    assert made is not None
    assert (made.red > 1 > made.blue) == (warmth > 0)
    assert pytest.approx(1) == LUMINANCE @ made  # gray stays as bright


def test_more_warmth_is_redder_and_less_blue_step_by_step() -> None:
    steps = [gains(0, warmth) or Gains(1, 1, 1) for warmth in np.linspace(-1, 1, 21)]
    assert (np.diff([each.red for each in steps]) > 0).all()
    assert (np.diff([each.blue for each in steps]) < 0).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("stops", [-2.0, -0.5, 0.75, 2.0])
def test_exposure_multiplies_a_persons_linear_light_by_two_to_its_stops(kind: type, stops: float) -> None:
    colors = ramp(kind)
    found = laid(colors, dataclasses.replace(PLAIN, exposure=stops))
    wanted = np.clip(to_srgb(2**stops * to_linear(to_float(colors))), 0, 1)
    assert np.abs(found - wanted).max() <= 0.51 / 255
    assert laid(colors, PLAIN).tolist() == to_float(colors).tolist()


def test_warmth_moves_the_person_alone() -> None:
    person, plate = standing()
    plain, warm = (
        Compositor().compose(person, plate, Placement(0.6, 0.5, 0.85), dataclasses.replace(PLAIN, warmth=warmth))
        for warmth in (0.0, 0.8)
    )
    outside = np.ones(plain.image.size, bool)
    outside[plain.box.slices] = plain.alpha == 0
    assert (warm.image.pixels[outside] == plate.image.pixels[outside]).all()
    inside = np.zeros_like(outside)
    inside[plain.box.slices] = plain.alpha > 0.99
    before, after = (to_linear(to_float(each.image.pixels))[inside].mean(0) for each in (plain, warm))
    made = gains(0, 0.8)
    assert made is not None
    np.testing.assert_allclose(after / before, made, rtol=0.02)


def test_they_come_after_the_harmonizers_answer_whatever_its_strength() -> None:
    for asked in (Settings(shadow=0), Settings(0.5, shadow=0), Settings(0, shadow=0)):
        plain, lit = (composed(dataclasses.replace(asked, exposure=stops, warmth=stops / 4)) for stops in (0.0, -1.5))
        made = gains(-1.5, -1.5 / 4)
        assert made is not None
        np.testing.assert_allclose(lit.foreground, made.of(plain.foreground), atol=1e-5)
        sure = lit.alpha > 0.999
        shown = to_float(lit.image.pixels[lit.box.slices][sure])
        np.testing.assert_allclose(shown, np.clip(lit.foreground[sure], 0, 1), atol=0.6 / 255)


def test_zero_of_each_is_the_bytes_of_none() -> None:
    asked = Settings(0.8, wrap=0.5, grain=1)
    zero = dataclasses.replace(asked, exposure=0.0, warmth=0.0, edge=0.0)
    assert (composed(asked).image.pixels == composed(zero).image.pixels).all()
    assert gains(0.0, 0.0) is None


def test_a_plate_of_another_profile_gets_the_same_light() -> None:
    """The gains are of sRGB's primaries whatever the plate is encoded in."""
    wide, (person, plate) = profile("display-p3"), standing(np.uint16)
    other = Plate(Image(profiles.converted(plate.image.pixels, None, wide), profile=wide))
    asked = dataclasses.replace(PLAIN, exposure=-1.0, warmth=0.3)
    where = Placement(0.6, 0.5, 0.85)
    first, second = (Compositor().compose(person, each, where, asked) for each in (plate, other))
    sure = first.alpha > 0.999
    shown = [profiles.to_srgb(each.image.pixels[each.box.slices], each.image.profile)[sure] for each in (first, second)]
    np.testing.assert_allclose(np.clip(shown[0], 0, 1), np.clip(shown[1], 0, 1), atol=0.6 / 255)


def test_a_person_of_the_plates_own_wide_profile_gets_the_light_of_srgbs_primaries() -> None:
    """Without harmonization their colors would go into the plate as they are, and gains on another space's primaries are others."""
    wide, (person, plate) = profile("display-p3"), standing(np.uint16)
    asked, where = dataclasses.replace(PLAIN, warmth=0.8), Placement(0.6, 0.5, 0.85)
    first = Compositor().compose(person, plate, where, asked)
    images = [Image(profiles.converted(each.image.pixels, None, wide), profile=wide) for each in (person, plate)]
    second = Compositor().compose(dataclasses.replace(person, image=images[0]), Plate(images[1]), where, asked)
    sure = first.alpha > 0.999
    shown = [profiles.to_srgb(each.image.pixels[each.box.slices], each.image.profile)[sure] for each in (first, second)]
    np.testing.assert_allclose(np.clip(shown[0], 0, 1), np.clip(shown[1], 0, 1), atol=3 / 255)  # 8 bits of another space


@pytest.mark.parametrize("quality", ["fast", "balanced", "best"])
def test_films_of_every_quality_get_the_light_of_photos(quality: str) -> None:
    person, plate = standing()
    asked = dataclasses.replace(PLAIN, exposure=-0.7, warmth=0.5)
    where = Placement(0.6, 0.5, 0.85)
    still = Compositor().compose(person, plate, where, asked).image.pixels
    for frame in Compositor().compose_frames(person, [plate.image.pixels] * 2, where, asked, quality):
        np.testing.assert_array_equal(frame, still)


def test_the_table_and_an_existing_composite_have_them_too() -> None:
    lit = composed(Settings(harmonize=False, exposure=-1.0))
    color = lit.table(17).transform.grid[8, 8, 8]
    np.testing.assert_allclose(color, brightened(np.float32([0.5]), 0.5).repeat(3), atol=1e-5)
    assert lit.table().most < 0.01
    pasted = Image(ramp())
    mask = np.zeros((4, 256), np.float32)
    mask[:, :128] = 1
    done = Compositor().harmonize(pasted, mask, settings=Settings(harmonize=False, exposure=-1.0)).to_array()
    assert (done[:, 128:] == pasted.pixels[:, 128:]).all()
    np.testing.assert_allclose(to_float(done)[:, :128], brightened(to_float(pasted.pixels)[:, :128], 0.5), atol=0.51 / 255)


def test_the_grain_that_is_missing_is_told_by_the_noise_that_was_brightened() -> None:
    """A person darkened by three stops lacks more of the plate's noise than one left as they are."""
    rng = np.random.default_rng(5)
    plate, person = (np.clip(rng.normal(120, 6, (256, 256, 3)), 0, 255).astype(np.uint8) for _ in range(2))
    layer, texture = Layer(person, np.ones((256, 256), np.float32), Box(0, 0, 256, 256)), Texture(plate)
    asked = Settings(harmonize=False, grain=1)
    assert texture.grain(layer, (256, 256), asked) is None
    assert texture.grain(layer, (256, 256), dataclasses.replace(asked, exposure=-3.0)) is not None


def test_gains_of_a_strip_are_those_of_the_whole() -> None:
    colors, alpha = np.random.default_rng(1).integers(0, 256, (90, 70, 3), np.uint8), np.ones((90, 70), np.float32)
    made, answers = gains(0.4, -0.6), []
    for strip in (1 << 9, 1 << 17):
        image = np.zeros((100, 100, 3), np.uint8)
        layer = Layer(colors, alpha, Box(5, 9, 90, 70))
        compositing.lay(image, layer, compositing.made_ready(layer, image, None, 0)._replace(gains=made), strip)
        answers.append(image)
    assert (answers[0] == answers[1]).all()
