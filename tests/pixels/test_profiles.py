"""profiles: colors go from one profile to another as arithmetic by hand has it, and what does not fit comes back."""

import sys

import numpy as np
import pytest
from drawn_files import P3_TO_XYZ, XYZ_TO_SRGB, cmyk_profile, fixed, icc, p3_profile

from cleanplate.errors import MissingExtra
from cleanplate.pixels import profiles
from cleanplate.pixels.color import to_float, to_linear
from cleanplate.pixels.icc import SPACES, profile

COLORS = np.random.default_rng(3).random((40, 50, 3)).astype(np.float32)


def test_floats_beyond_srgb_agree_with_arithmetic_by_hand_and_are_not_clipped() -> None:
    linear = COLORS.astype(float) ** (563 / 256) @ P3_TO_XYZ.T @ XYZ_TO_SRGB.T
    found = profiles.to_srgb(COLORS, p3_profile())
    assert found.min() < -0.01
    np.testing.assert_allclose(to_linear(found), linear, atol=6e-4)  # D50 is told in four digits


@pytest.mark.parametrize("name", SPACES)
def test_colors_come_back_from_srgb(name: str) -> None:
    back = profiles.from_srgb(profiles.to_srgb(COLORS, profile(name)), profile(name))
    np.testing.assert_allclose(back, COLORS, atol=5e-4)


def test_sixteen_bits_are_exact_to_a_level() -> None:
    inside = (0.3 + 0.4 * COLORS) * 65535
    pixels = inside.round().astype(np.uint16)
    wide = profiles.converted(pixels, None, profile("prophoto"))
    back = profiles.converted(wide, profile("prophoto"), None)
    assert np.abs(back.astype(int) - pixels).max() <= 3


def test_srgb_is_handed_back_itself() -> None:
    pixels = np.zeros((2, 2, 3), np.uint8)
    assert profiles.shown(pixels, None) is pixels
    assert profiles.to_srgb(COLORS, None) is COLORS
    assert profiles.from_srgb(COLORS, None) is COLORS
    np.testing.assert_array_equal(profiles.to_srgb(pixels, None), to_float(pixels))


def test_pieces_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = profiles.to_srgb(COLORS, p3_profile())
    monkeypatch.setattr(profiles, "PIECE", 120)
    np.testing.assert_array_equal(profiles.to_srgb(COLORS, p3_profile()), whole)


def test_a_profile_of_one_way_or_of_another_kind_is_told() -> None:
    table = b"mft1" + bytes(4) + bytes([3, 3, 2, 0]) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table += bytes(range(256)) * 3 + bytes(range(24)) + bytes(range(256)) * 3
    scanner = icc(b"RGB ", {b"A2B0": table}, b"scnr", b"Lab ")
    assert profiles.goes_both_ways(p3_profile())
    assert not profiles.goes_both_ways(scanner)
    assert not profiles.goes_both_ways(cmyk_profile())
    assert not profiles.goes_both_ways(b"no profile")


def test_without_imagecodecs_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    profiles.available.cache_clear()
    profiles.shaper_of.cache_clear()
    assert not profiles.available()
    with pytest.raises(MissingExtra, match=r"pip install 'cleanplate\[pro\]'"):
        profiles.to_srgb(COLORS, p3_profile())
    profiles.available.cache_clear()
