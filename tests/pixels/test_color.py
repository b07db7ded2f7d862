import numpy as np

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
