"""shapers: tables give what littleCMS gives, or there are none."""

import numpy as np
import pytest
from drawn_files import fixed, icc, p3_profile

from cleanplate.pixels import profiles, shapers
from cleanplate.pixels.icc import SPACES, profile

RNG = np.random.default_rng(8)
RAMP = np.linspace(-0.02, 1.02, 5003, dtype=np.float32)
COLORS = np.concatenate(
    [RNG.uniform(-0.3, 1.4, (20000, 3)), RNG.uniform(0, 0.03, (5000, 3)), np.stack([RAMP] * 3, 1), np.eye(3), 1 - np.eye(3)]
).astype(np.float32)[None]
LEVEL = 1 / 65535


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("name", SPACES)
def test_tables_give_what_littlecms_gives_to_a_level_of_16_bits(name: str, back: bool) -> None:
    ends = (profile(name), None) if back else (None, profile(name))
    made = profiles.shaper_of(*ends)
    assert made is not None
    found, beyond = made.of(COLORS[0])
    assert not beyond.any()
    assert np.abs(found - profiles.converted(COLORS, *ends)[0]).max() < 1.2 * LEVEL


def test_a_profile_whose_curves_are_tables_is_met_too() -> None:
    """Gamma 1.8 in 256 steps, between which littleCMS draws lines."""
    curve = b"curv" + bytes(4) + (256).to_bytes(4, "big") + b"".join(
        round(65535 * (step / 255) ** 1.8).to_bytes(2, "big") for step in range(256)
    )  # fmt: skip
    names = zip((b"rXYZ", b"gXYZ", b"bXYZ"), ((0.44, 0.22, 0.01), (0.39, 0.72, 0.1), (0.14, 0.06, 0.71)), strict=True)
    columns = {name: b"XYZ " + bytes(4) + fixed(*xyz) for name, xyz in names}
    own = icc(b"RGB ", {**columns, **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)})
    inside = np.clip(COLORS, 0, 1)
    assert np.abs(profiles.to_srgb(inside, own) - profiles.converted(inside, own, None)).max() < 3 * LEVEL


def test_colors_farther_out_than_the_tables_reach_are_littlecms_own() -> None:
    wide = profile("display-p3")
    far = np.float32([[[-0.6, 0.5, 0.5], [0.5, 1.6, 0.5], [40, -40, 0], [0.2, 0.3, 0.4], [0.5, 0.5, np.inf]]])
    beyond = shapers.shaper(profiles.converted, None, wide).of(far[0])[1]
    assert beyond.tolist() == [True, True, True, False, True]
    found, expected = profiles.from_srgb(far, wide), profiles.converted(far, None, wide)
    np.testing.assert_array_equal(found[0, beyond], expected[0, beyond])
    assert np.abs(found[0, 3] - expected[0, 3]).max() < LEVEL
    assert shapers.shaper(profiles.converted, None, wide).of(np.float32([[0.5, np.nan, 0.5]]))[1].all()


def test_light_that_leaves_the_tables_between_both_curves_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapers, "ROOTS", (-0.5, 1.25))
    short = shapers.shaper(profiles.converted, profile("prophoto"), None)
    green = np.float32([[0, 1.49, 0], [0.5, 0.5, 0.5]])  # within the first table; its light is beyond the second
    assert short.of(green)[1].tolist() == [True, False]


def test_how_colors_are_cut_into_pieces_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    made = profiles.shaper_of(None, profile("adobe-rgb"))
    whole = made.of(COLORS[0])[0]
    monkeypatch.setattr(shapers, "AT_ONCE", 7)
    np.testing.assert_array_equal(made.of(COLORS[0, :500])[0], whole[:500])


def test_of_a_profile_that_is_no_curves_and_matrix_there_is_none() -> None:
    """One of a scanner, whose table mixes the channels as no matrix does."""
    table = b"mft1" + bytes(4) + bytes([3, 3, 2, 0]) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table += bytes(range(256)) * 3 + bytes(range(0, 240, 10)) + bytes(range(256)) * 3
    scanner = icc(b"RGB ", {b"A2B0": table}, b"scnr", b"Lab ")
    assert profiles.shaper_of(scanner, None) is None
    inside = np.clip(COLORS, 0, 1)
    np.testing.assert_array_equal(profiles.to_srgb(inside, scanner), profiles.converted(inside, scanner, None))


def test_littlecms_is_asked_for_tables_once_and_for_no_color_of_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    profiles.from_srgb(COLORS, profile("prophoto"))
    monkeypatch.setattr(profiles, "converted", None)
    assert profiles.from_srgb(COLORS, profile("prophoto")).shape == COLORS.shape


def test_the_check_against_littlecms_is_what_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A converter that is wrong in between but right along each primary has no shaper, and a right one has."""

    def bent(colors: np.ndarray, source: bytes | None, target: bytes | None) -> np.ndarray:
        found = profiles.converted(colors, source, target)
        return found if target == shapers.LIGHT or source == shapers.LIGHT else found + 3 * LEVEL

    assert shapers.shaper(profiles.converted, None, p3_profile()) is not None
    assert shapers.shaper(bent, None, p3_profile()) is None
