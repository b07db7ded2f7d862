"""remembered: who is placed again and again is scaled once, and comes out as if nothing were held."""

import gc
from dataclasses import replace

import numpy as np
import pytest

from cleanplate.settings import Placement
from cleanplate.stages import framing, remembered
from cleanplate.values import Cutout, Image

PLATE = (90, 160)


@pytest.fixture(autouse=True)
def nothing_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "_held", [])


def somebody(seed: int = 0, size: tuple[int, int] = (120, 80)) -> Cutout:
    rng = np.random.default_rng(seed)
    alpha = np.zeros(size, np.float32)
    alpha[8:, 10:-10] = rng.random((size[0] - 8, size[1] - 20), np.float32)
    return Cutout(Image(rng.integers(0, 256, (*size, 3), np.uint8)), alpha)


def made(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """How often somebody is brought to another scale from here on."""
    found: list[object] = []
    real = framing.straight
    monkeypatch.setattr(framing, "straight", lambda *given, **named: (found.append(given), real(*given, **named))[1])
    return found


def test_a_dragged_person_is_the_same_to_the_bit_as_one_placed_for_the_first_time() -> None:
    moving, rng = remembered.announce(somebody()), np.random.default_rng(1)
    for height, turned in ((0.5, 0.0), (0.8, 0.0), (0.5, 0.0), (1.3, 0.0), (0.5, 12.0)):
        for x, y in rng.uniform(0.1, 0.9, (12, 2)):  # also beyond every side of the plate
            where = Placement(height=height, x=float(x), y=float(y) + 0.3, rotate=turned)
            (found, box), (expected, same) = (framing.place(each, PLATE, where) for each in (moving, somebody()))
            assert box == same
            np.testing.assert_array_equal(found.image.pixels, expected.image.pixels)
            np.testing.assert_array_equal(found.alpha, expected.alpha)


def test_who_only_moves_is_scaled_a_few_times_and_who_was_not_announced_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    count, places = made(monkeypatch), np.linspace(0.4, 0.6, 40)
    still = somebody()
    for x in places:
        framing.place(still, PLATE, Placement(height=0.5, x=float(x), y=0.9))
    assert len(count) == 40
    count.clear()
    moving = remembered.announce(somebody())
    for x in places:
        framing.place(moving, PLATE, Placement(height=0.5, x=float(x), y=0.9))
    assert 1 <= len(count) <= 2  # as wide as so many pixels or one more
    framing.place(moving, PLATE, Placement(height=0.6, x=0.5, y=0.9))
    assert len(count) <= 3


def test_another_cutout_of_the_same_photo_is_another_one() -> None:
    one = remembered.announce(somebody())
    other = remembered.announce(replace(one, image=Image(255 - one.image.pixels)))
    seen = [framing.place(each, PLATE, Placement(height=0.5, x=0.5, y=0.9))[0].image.pixels for each in (one, other)]
    np.testing.assert_allclose(seen[0], 255.0 - seen[1], atol=2)


def test_what_is_held_cannot_be_written_into_and_is_let_go_with_the_cutout() -> None:
    where = Placement(height=0.5, x=0.5, y=0.9, fit="keep")  # no end is rounded, which would be an array of its own
    moving, other = remembered.announce(somebody()), remembered.announce(somebody(1))
    placed, _ = framing.place(moving, PLATE, where)
    for array in (placed.image.pixels, placed.alpha):
        with pytest.raises(ValueError, match="read-only"):
            array[:1] = 0
    del moving
    gc.collect()
    framing.place(other, PLATE, where)
    assert [each.whose() for each in remembered._held] == [other]


def test_so_many_pixels_are_held_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 5000)
    moving = remembered.announce(somebody())
    for height in (0.3, 0.4, 0.5, 0.6, 0.7, 0.95):
        framing.place(moving, PLATE, Placement(height=height, x=0.5, y=0.95))
        assert sum(each.alpha.size for each in remembered._held) <= 5000
    sizes = [each.alpha.shape[0] for each in remembered._held]
    assert sizes == sorted(sizes)  # the latest are left
    assert sizes[-1] > 80
