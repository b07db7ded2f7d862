"""The blend stage: once for every plate, at a limited size, with the texture of the photo."""

from unittest import mock

import cv2
import numpy as np
import pytest

from benchmarks import plain
from cleanplate import Compositor, Cutout, Image, InputError, Placement, Plate
from cleanplate.models.blender import Blender
from cleanplate.pixels.color import FloatArray, to_float, to_uint8
from cleanplate.pixels.over import over
from cleanplate.pixels.resampling import limited_size, resize
from cleanplate.stages import blending, edge_colors, fringes, tiling
from cleanplate.values import Box

RNG = np.random.default_rng(12)


def scene(side: int, softness: float = 20) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(photo, alpha, true foreground): a colored disk before another color, both with fine noise, the disk's edge soft."""
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    alpha = np.clip((side * 0.3 - np.hypot(rows, columns)) / softness + 0.5, 0, 1).astype(np.float32)
    front = np.clip(RNG.normal((0.8, 0.4, 0.2), 0.03, (side, side, 3)), 0, 1).astype(np.float32)
    back = np.full((side, side, 3), (0.1, 0.3, 0.7), np.float32)
    return over(front, alpha, back), alpha, front


class Still:
    """A blending network that changes nothing."""

    stride, halo, inputs = 8, 8, ("source", "alpha", "foreground")

    def answer(self, **pictures: FloatArray) -> tuple[FloatArray, FloatArray]:
        return pictures["alpha"], pictures["foreground"]


@pytest.fixture(scope="module")
def cutout() -> Cutout:
    photo, alpha, _ = scene(900)
    return Cutout(Image(to_uint8(photo)), alpha)


def test_a_cleaned_cutout_composes_to_the_same_picture_on_any_plate(cutout: Cutout) -> None:
    compositor = Compositor()
    clean = compositor.clean(cutout)
    assert clean.clean
    for seed, x in ((1, 0.4), (2, 0.6)):
        plate = Plate(Image(np.random.default_rng(seed).integers(0, 256, (300, 400, 3), np.uint8)))
        once, again = (compositor.compose(each, plate, Placement(x=x)).image.pixels for each in (clean, cutout))
        assert (once == again).all()
    assert compositor.clean(clean) is clean


def test_cleaning_leaves_the_given_cutout_and_everything_far_from_the_edge_alone(cutout: Cutout) -> None:
    pixels, alpha = cutout.image.pixels.copy(), cutout.alpha.copy()
    clean = Compositor().clean(cutout)
    assert (cutout.image.pixels == pixels).all()
    assert (cutout.alpha == alpha).all()
    assert (clean.alpha[alpha == 0] == 0).all()
    assert (clean.image.pixels[400:500, 400:500] == pixels[400:500, 400:500]).all()
    assert (clean.image.pixels[:50] == pixels[:50]).all()
    assert (clean.image.pixels != pixels).any()


def test_cleaned_colors_are_nearer_to_the_true_ones_than_the_photos(cutout: Cutout) -> None:
    photo, alpha, true = scene(900)
    clean = Compositor().clean(Cutout(Image(to_uint8(photo)), alpha))
    edge = (alpha > 0.1) & (alpha < 0.9)
    ours, given = (np.abs(to_float(each) - true)[edge].mean() for each in (clean.image.pixels, to_uint8(photo)))
    assert ours < given / 3


def test_sixteen_bits_stay_and_say_the_same(cutout: Cutout) -> None:
    compositor = Compositor()
    deep = compositor.clean(Cutout(Image(cutout.image.pixels.astype(np.uint16) * 257), cutout.alpha))
    assert deep.image.pixels.dtype == np.uint16
    shallow, plate = compositor.clean(cutout), np.zeros((900, 900, 3), np.float32)
    seen = [over(to_float(each.image.pixels), each.alpha, plate) for each in (deep, shallow)]
    assert np.abs(seen[0] - seen[1]).max() < 4 / 255  # what is shrunk for the network is rounded to its own depth
    assert np.abs(seen[0] - seen[1])[(cutout.alpha > 0) & (cutout.alpha < 1)].mean() < 0.5 / 255


@pytest.mark.parametrize("side", [300, 900])
def test_without_a_network_the_colors_are_the_estimates_closed_in_every_pixel(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compared with the same equations on whole arrays, of colors estimated at the same size; fringes left."""
    monkeypatch.setattr(fringes, "removed", lambda colors, *_: colors)
    photo, alpha, _ = scene(side)
    found = blending.correct(Still(), photo, alpha)  # type: ignore[arg-type]
    assert np.abs(found[0] - alpha).max() < 1e-5
    size = limited_size(alpha.shape, blending.COLORS_SIDE) if side > blending.WHOLE else alpha.shape
    front, back = (resize(each, alpha.shape) for each in plain.estimate_colors(resize(photo, size), resize(alpha, size)))
    weight = alpha[..., None]
    residual = photo - weight * front - (1 - weight) * back
    wanted = np.clip(front + weight * residual / (weight**2 + (1 - weight) ** 2 + edge_colors.CLOSED), 0, 1)
    edge = (alpha > 0.02) & (alpha < 0.97)
    assert np.abs(found[1] - wanted)[edge].max() < 2e-3


def test_a_fringe_of_a_green_wall_is_gone_from_the_cleaned_rim() -> None:
    """Somebody gray whose matte reaches a little too far, at both sizes at which the edge is looked at."""
    for side in (400, 1200):
        photo, alpha, _ = scene(side)
        photo = alpha[..., None] * np.float32(0.5) + (1 - alpha[..., None]) * np.float32((0.1, 0.8, 0.1))
        wide = np.clip(cv2.GaussianBlur(alpha, (0, 0), side / 300) * 1.6, 0, 1)
        found = blending.correct(Still(), photo, wide)  # type: ignore[arg-type]
        rim = (wide > 0.5) & (alpha < 0.9)
        green = (found[1][..., 1] - found[1][..., [0, 2]].mean(2))[rim].mean()
        with mock.patch.object(fringes, "removed", lambda colors, *_: colors):
            before = blending.correct(Still(), photo, wide)[1]  # type: ignore[arg-type]
        assert green < 0.65 * (before[..., 1] - before[..., [0, 2]].mean(2))[rim].mean()


def test_a_large_picture_is_blended_as_its_own_size_would_be_but_for_little() -> None:
    photo, alpha, _ = scene(1000, softness=30)
    limited, whole = blending.correct(Blender(), photo, alpha), plain.blend(Blender(), photo, alpha)
    edge, plate = tiling.soft_band(alpha) > 0, np.zeros_like(photo)
    assert np.abs(over(limited[1], limited[0], plate) - over(whole[1], whole[0], plate))[edge].mean() < 0.01


def test_a_network_that_looks_at_the_plate_is_refused_without_one() -> None:
    class Looking(Still):
        inputs = ("source", "alpha", "foreground", "plate")

    photo, alpha, _ = scene(64)
    with pytest.raises(InputError, match="looks at the plate"):
        blending.correct(Looking(), photo, alpha)  # type: ignore[arg-type]
    assert blending.correct(Looking(), photo, alpha, photo)[0].shape == alpha.shape  # type: ignore[arg-type]


def test_eight_bits_change_the_blended_picture_by_less_than_a_level_or_so() -> None:
    """45 dB and more where the alpha is soft, against the same network in float32."""
    photo, alpha, _ = scene(400, softness=30)
    plate = np.full_like(photo, 0.5)
    found = [over(colors, cover, plate) for cover, colors in (
        blending.correct(Blender(name), photo, alpha) for name in ("blend-fast", "blend-fast-float32")
    )]  # fmt: skip
    edge = (alpha > 0) & (alpha < 1)
    assert -10 * np.log10(np.square(found[0] - found[1])[edge].mean()) > 45


def test_cleaning_in_place_gives_the_same_and_a_copy_leaves_what_was_given(cutout: Cutout) -> None:
    given = Cutout(Image(cutout.image.pixels.copy()), cutout.alpha.copy())
    blender = Blender()
    copied = blending.clean(blender, given)
    np.testing.assert_array_equal(given.image.pixels, cutout.image.pixels)
    np.testing.assert_array_equal(given.alpha, cutout.alpha)
    inside = blending.clean(blender, given, inplace=True)
    np.testing.assert_array_equal(inside.image.pixels, copied.image.pixels)
    np.testing.assert_array_equal(inside.alpha, copied.alpha)
    assert np.shares_memory(inside.image.pixels, given.image.pixels)


def test_a_box_is_grown_to_even_cells_within_the_picture() -> None:
    grown = blending.aligned(Box(9, 3, 10, 30), (41, 39))
    assert (grown.top, grown.left) == (8, 0)
    assert (grown.height, grown.width) == (16, 39)  # the picture ends before the cell does
