import numpy as np
import pytest

from cleanplate.stages import fringes

GREEN, RED, GRAY = np.float32((0.1, 0.9, 0.2)), np.float32((0.8, 0.2, 0.2)), np.float32((0.6, 0.6, 0.6))
LUMA = (0.299, 0.587, 0.114)
SIZE = (24, 24)


def plane(color: np.ndarray) -> np.ndarray:
    return np.tile(color, (*SIZE, 1)).astype(np.float32)


def half() -> np.ndarray:
    """Somebody in the right half, an edge of two pixels."""
    alpha = np.zeros(SIZE, np.float32)
    alpha[:, 12:] = 1
    alpha[:, 10:12] = (0.3, 0.7)
    return alpha


def removed(colors: np.ndarray, front: np.ndarray = RED, behind: np.ndarray = GREEN) -> np.ndarray:
    return fringes.removed(colors, half(), plane(front), plane(behind))


def test_a_rim_that_is_part_of_the_old_place_gets_the_persons_chroma_and_keeps_its_brightness() -> None:
    rim = RED + np.float32(0.3) * (GREEN - RED)
    found = removed(plane(rim))[5, 11]
    tint = GREEN - GREEN @ LUMA
    size = np.linalg.norm(tint)
    excess = 0.3 * ((GREEN - GREEN @ LUMA) - (RED - RED @ LUMA)) @ tint / size
    np.testing.assert_allclose(found, rim - size**2 / (size**2 + fringes.TINT**2) * excess * tint / size, atol=1e-6)
    assert found @ LUMA == pytest.approx(rim @ LUMA, abs=1e-6)
    assert found[1] - found[2] < 0.2 * (rim[1] - rim[2]) + 0.8 * (RED[1] - RED[2]) + 0.02


def test_it_fades_inwards_and_ends_at_its_reach() -> None:
    moved = np.abs(removed(plane(RED + np.float32(0.3) * (GREEN - RED))) - (RED + np.float32(0.3) * (GREEN - RED))).sum(2)[8]
    assert moved[11] == pytest.approx(moved[10], rel=1e-4)
    assert (moved[:10] == 0).all()  # nobody is there
    assert (np.diff(moved[11:17]) <= 1e-7).all()
    assert moved[12] == pytest.approx(0.75 * moved[11], rel=0.05)
    assert (moved[12 + int(fringes.REACH) :] == 0).all()


def test_what_is_no_more_like_the_old_place_than_the_person_stays_bit_for_bit() -> None:
    for colors in (RED, RED - np.float32(0.3) * (GREEN - RED)):
        np.testing.assert_array_equal(removed(plane(np.clip(colors, 0, 1))), plane(np.clip(colors, 0, 1)))
    greener = plane(RED + np.float32(0.3) * (GREEN - RED))
    np.testing.assert_array_equal(removed(greener, front=np.float32((0, 1, 0))), greener)


def test_a_gray_place_leaves_no_fringe() -> None:
    rim = plane(RED + np.float32(0.3) * (GRAY - RED))
    np.testing.assert_allclose(removed(rim, behind=GRAY), rim, atol=1e-5)


def test_no_more_is_taken_away_than_the_old_place_has() -> None:
    pure = plane(np.float32((0, 1, 0)))
    faint = np.float32((0.35, 0.55, 0.4))
    found = removed(pure, front=GRAY, behind=faint)[5, 11]
    size = np.linalg.norm(faint - faint @ LUMA)
    assert np.linalg.norm(found - pure[5, 11]) < size
    assert found[1] > 0.8
    green = GRAY + np.float32(0.5) * (faint - GRAY)  # somebody who has half of it themselves
    kept = removed(pure, front=green, behind=faint)[5, 11]
    np.testing.assert_allclose(kept - pure[5, 11], 0.5 * (found - pure[5, 11]), atol=1e-4)
