import io

import numpy as np
import pytest
from PIL import Image as pillow
from PIL import ImageCms

from cleanplate.pixels import color


def test_every_level_survives_the_way_to_float_and_back() -> None:
    eight, sixteen = np.arange(256, dtype=np.uint8), np.arange(65536, dtype=np.uint16)
    assert (color.to_uint8(color.to_float(eight)) == eight).all()
    assert (color.to_uint16(color.to_float(sixteen)) == sixteen).all()


def test_floats_are_rounded_not_truncated() -> None:
    assert color.to_uint8(np.array([0.4999, 1.6, 254.51], np.float32) / 255).tolist() == [0, 2, 255]


def test_what_lies_outside_the_range_is_clipped() -> None:
    assert color.to_uint8(np.array([-5, 7], np.float32)).tolist() == [0, 255]
    assert color.to_uint16(np.array([-5, 7], np.float32)).tolist() == [0, 65535]


def test_to_pixels_keeps_the_depth_of_its_model() -> None:
    assert color.to_pixels(np.ones(1, np.float32), np.zeros(1, np.uint16))[0] == 65535
    assert color.to_pixels(np.ones(1, np.float32), np.zeros(1, np.uint8))[0] == 255


def test_srgb_curves_give_the_standards_values() -> None:
    encoded = np.array([0, 0.04045, 0.2, 0.5, 0.735357, 1], np.float32)
    linear = np.array([0, 0.0031308, 0.0331048, 0.2140411, 0.5, 1], np.float32)
    assert np.allclose(color.to_linear(encoded), linear, atol=2e-6)
    assert np.allclose(color.to_srgb(linear), encoded, atol=2e-5)


def test_the_two_curves_undo_each_other() -> None:
    values = np.linspace(0, 1, 1001, dtype=np.float32)
    assert np.abs(color.to_srgb(color.to_linear(values)) - values).max() < 1e-5


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0])
def test_planes_are_the_transposed_picture_in_the_units_asked_for_whatever_room_is_given(kind: type, top: float) -> None:
    rng = np.random.default_rng(0)
    full = 1.0 if kind is np.float32 else float(np.iinfo(kind).max)
    pixels = (rng.random((5, 7, 3)) * full).astype(kind)
    for room in (None, np.zeros((3, 5, 7), kind), [np.zeros((5, 7), kind) for _ in range(3)]):
        out = np.zeros((5, 3, 7), np.float32)
        color.to_planes(pixels, top, out, room)
        np.testing.assert_allclose(out, pixels.transpose(0, 2, 1) / full * top, rtol=1e-6)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_planes_by_a_table_are_what_each_channels_column_says_of_its_levels(kind: type) -> None:
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, np.iinfo(kind).max, (5, 7, 3), kind, endpoint=True)
    table = rng.random((np.iinfo(kind).max + 1, 3)).astype(np.float32)
    out = np.zeros((5, 3, 7), np.float32)
    color.to_planes(pixels, 1.0, out, table=table)
    for channel in range(3):
        assert (out[:, channel] == table[pixels[..., channel], channel]).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_planes_go_back_rounded_and_clipped_also_into_a_part_of_a_picture(kind: type) -> None:
    top = int(np.iinfo(kind).max)
    planes = np.random.default_rng(2).uniform(-0.1 * top, 1.1 * top, (5, 3, 7)).astype(np.float32)
    wanted = np.clip(np.rint(planes), 0, top).astype(kind).transpose(0, 2, 1)
    for into in (np.zeros((5, 7, 3), kind), np.zeros((9, 20, 3), kind)[2:7, 4:11]):
        color.from_planes(planes.copy(), into)
        assert (into == wanted).all()


def test_premultiplied_is_the_product_at_16_bits_for_both_depths() -> None:
    rng = np.random.default_rng(3)
    alpha = rng.random((6, 8)).astype(np.float32)
    for kind in (np.uint8, np.uint16):
        plane = rng.integers(0, np.iinfo(kind).max, (6, 8), kind, endpoint=True)
        wanted = plane.astype(float) / np.iinfo(kind).max * alpha * 65535
        assert np.abs(color.premultiplied(plane, alpha) - wanted).max() <= 0.51


def test_a_change_is_added_rounded_and_clipped_and_none_is_none() -> None:
    rng = np.random.default_rng(4)
    for kind in (np.uint8, np.uint16):
        pixels = rng.integers(0, np.iinfo(kind).max, (6, 8, 3), kind, endpoint=True)
        change = rng.normal(0, 40, (6, 8, 3)).astype(np.float32)
        wanted = np.clip(np.rint(pixels + change.astype(float)), 0, np.iinfo(kind).max)
        assert (color.moved_by(pixels, change) == wanted).all()
        steps = color.to_steps(change)
        assert steps.dtype == np.int16
        assert (color.moved_by(pixels, steps) == np.clip(pixels + np.rint(change), 0, np.iinfo(kind).max)).all()
        assert (color.moved_by(pixels, np.zeros_like(change)) == pixels).all()
    floats = rng.random((2, 2, 3)).astype(np.float32)
    np.testing.assert_allclose(color.moved_by(floats, np.float32(0.5)), np.minimum(floats + 0.5, 1))
    assert color.moved_by(floats, np.float32(-2.0)).max() == 0


def test_the_profile_is_srgb_and_of_one_day() -> None:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(color.srgb_profile()))
    assert profile.profile.creation_date.timetuple()[:6] == (2000, 1, 1, 0, 0, 0)
    same = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), "RGB", "RGB")
    ramp = pillow.fromarray(np.arange(255, dtype=np.uint8).reshape(5, 17, 3))
    assert np.abs(np.asarray(same.apply(ramp), int) - np.asarray(ramp)).max() <= 1
