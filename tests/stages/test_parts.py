import numpy as np
import pytest

from cleanplate.errors import InputError
from cleanplate.stages import parts


def scene(*blobs: tuple[int, int, int]) -> np.ndarray:
    """Discs (middle row, middle column, radius) in a matte of 200 x 200, with edges of two pixels."""
    y, x = np.mgrid[:200, :200]
    discs = [np.clip(1 + (size - np.hypot(y - row, x - column)) / 2, 0, 1) for row, column, size in blobs]
    return np.max(discs, 0).astype(np.float32)


MAIN, OTHER, NEAR, SPECK = (100, 90, 40), (60, 170, 25), (100, 147, 12), (20, 20, 4)


def test_the_main_part_stays_and_others_apart_from_it_go() -> None:
    whole = scene(MAIN, OTHER, SPECK)
    said: list[str] = []
    assert (parts.kept(whole, warn=said.append) == scene(MAIN)).all()
    assert said == [parts.LEFT_OUT]
    assert (parts.kept(scene(MAIN, SPECK), warn=said.append) == scene(MAIN)).all()
    assert parts.kept(whole, "all", warn=said.append).any()
    assert len(said) == 1  # of strays nothing is said
    assert (parts.kept(whole, "all") == scene(MAIN, OTHER)).all()
    close = scene(MAIN, (100, 138, 3))  # a stray in the soft surroundings of the main part
    assert parts.kept(close)[100, 138] == 0
    assert parts.kept(close)[100, 131] == close[100, 131] > 0


def test_a_part_that_all_but_touches_the_main_one_stays_and_one_that_touches_that_too() -> None:
    touching = scene(MAIN, NEAR)
    assert (touching.max(0)[132:134] < 0.05).any()  # a gap
    assert (parts.kept(touching) == touching).all()
    chain = scene(MAIN, NEAR, (100, 176, 12))
    assert (parts.kept(chain) == chain).all()


def test_what_hangs_on_by_soft_alpha_alone_stays_as_soft_as_it_was() -> None:
    whole = scene(MAIN, OTHER)
    y, x = np.mgrid[:200, :200]
    strand = (np.abs((y - 100) - (x - 90) * -0.5) < 2) & (x > 90) & (x < 170)
    whole = np.maximum(whole, np.where(strand, np.float32(0.08), np.float32(0)))
    assert (parts.kept(whole) == whole).all()


def test_of_two_alike_the_one_in_the_middle_is_the_main_one() -> None:
    assert (parts.kept(scene((100, 25, 24), (100, 110, 22))) == scene((100, 110, 22))).all()


def test_a_part_that_is_painted_stays_and_a_whole_matte_is_not_touched() -> None:
    whole, paint = scene(MAIN, OTHER, SPECK), np.zeros((200, 200), np.float32)
    paint[18:22, 18:22] = 1
    for strength in (1, 0.5):
        assert (parts.kept(whole, "main", np.float32(strength) * paint) == scene(MAIN, SPECK)).all()
    assert (parts.kept(whole, "main", np.float32(0.4) * paint) == scene(MAIN)).all()
    one = scene(MAIN)
    assert parts.kept(one) is one


def test_painting_wins_over_the_alpha_and_dropping_over_keeping() -> None:
    alpha, keep, drop = (np.float32([each]) for each in ([0, 0.4, 0.6, 1], [0, 1, 0, 0.5], [0, 0, 1, 0.25]))
    assert parts.touched_up(alpha, keep, None).tolist() == [[0, 1, np.float32(0.6), 1]]
    assert parts.touched_up(alpha, keep, drop).tolist() == [[0, 1, 0, 0.75]]
    assert parts.touched_up(alpha, None, None) is alpha


def test_a_painted_area_may_be_smaller_but_not_of_another_shape() -> None:
    small = np.float32([[0, 1], [0, 1]])
    assert parts.at_size(small, (8, 8))[:, 6:].min() == 1
    assert parts.at_size(None, (8, 8)) is None
    with pytest.raises(InputError, match="2x2 pixels and the photo 12x8"):
        parts.at_size(small, (8, 12))


def test_a_picture_seen_in_a_mirror_keeps_the_mirrored_person() -> None:
    """Nothing favors a side: the middle is the middle from left and right, from above and below."""
    discs = scene((100, 25, 24), (100, 110, 22)), scene((30, 90, 24), (110, 90, 22)), scene((20, 20, 30), (90, 120, 26))
    for whole in discs:
        for axes in (0, 1, (0, 1)):
            assert (parts.kept(np.flip(whole, axes)) == np.flip(parts.kept(whole), axes)).all()
    alpha = np.random.default_rng(0).random((30, 50)).astype(np.float32)
    labels = (alpha > 0.5).astype(np.int32)
    for axes in (0, 1):
        turned = parts.weights(np.flip(alpha, axes), np.ascontiguousarray(np.flip(labels, axes)), 2)
        np.testing.assert_allclose(turned, parts.weights(alpha, labels, 2), rtol=1e-6)


@pytest.mark.parametrize("side", [100, 400])
def test_a_part_touches_over_a_gap_up_to_its_share_of_the_picture_and_no_farther(side: int) -> None:
    far = round(parts.TOUCHING * side)
    for gap, stays in ((far, True), (far + 1, False)):
        for axis in (0, 1):
            alpha = np.zeros((side, side), np.float32)
            alpha[side // 4 : side // 2, side // 4 : side // 2] = 1
            start = side // 2 - 1 + gap
            alpha[start : start + side // 5, side // 3 : side // 2] = 1
            alpha = np.ascontiguousarray(alpha.T) if axis else alpha
            assert bool((parts.kept(alpha) == alpha).all()) is stays, (gap, axis)


def test_a_part_counts_less_the_farther_from_the_middle_by_hand() -> None:
    """A pixel weighs its alpha times a Gaussian of its place, in shares of the picture, of deviation ``CENTRAL`` each way."""
    alpha, labels = np.zeros((40, 80), np.float32), np.zeros((40, 80), np.int32)
    alpha[19, 39], alpha[4, 59] = 1, 0.5
    labels[19, 39], labels[4, 59] = 1, 2
    away = [((19.5 / 40 - 0.5) ** 2 + (39.5 / 80 - 0.5) ** 2), ((4.5 / 40 - 0.5) ** 2 + (59.5 / 80 - 0.5) ** 2)]
    wanted = [np.exp(-away[0] / 2 / parts.CENTRAL**2), 0.5 * np.exp(-away[1] / 2 / parts.CENTRAL**2)]
    np.testing.assert_allclose(parts.weights(alpha, labels, 3), [0, *wanted], rtol=1e-6)
