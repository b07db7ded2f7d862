
import numpy as np
import pytest

from cleanplate.pixels.color import to_float, to_srgb, to_uint8
from cleanplate.pixels.over import over
from cleanplate.training.measure import natural, pairs
from cleanplate.training.measure.pairs import Person

SIZE = 256


def light(seed: int) -> np.ndarray:
    """Gains in linear light."""
    return np.exp(np.random.default_rng(seed).normal(0, 0.35, 3)).astype(np.float32)


def somebody(seed: int, gains: np.ndarray, dark: bool = False) -> Person:
    """A skin-colored disc, above a black or blue coat, in a gray place with some texture; all of it under one light."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    head = (rows - 80) ** 2 + (columns - 128) ** 2 < 45**2
    coat = (rows > 120) & (abs(columns - 128) < 90)
    alpha = (head | coat).astype(np.float32)
    place = np.full((SIZE, SIZE, 3), 0.25, np.float32) + rng.normal(0, 0.01, (SIZE, SIZE, 1)).astype(np.float32)
    cloth = np.float32([0.004, 0.004, 0.004] if dark else [0.03, 0.06, 0.25])
    person = np.where(coat[..., None], cloth, np.float32([0.45, 0.27, 0.19])).astype(np.float32)
    person = np.where(head[..., None], np.float32([0.45, 0.27, 0.19]), person)
    lit, there = (to_srgb(np.clip(each * gains, 0, 1)) for each in (person, place))
    return Person(str(seed), to_uint8(over(lit, alpha, there)), to_uint8(alpha), to_uint8(there))


PEOPLE = [somebody(seed, 0.8 * light(seed)) for seed in range(24)]


@pytest.mark.parametrize("kind", ["natural", "person-grade", "photo-grade", "recolored"])
def test_of_a_recolored_person_the_truth_is_the_photo_and_only_the_person_differs(kind: str) -> None:
    styles = [to_float(each.plate) for each in PEOPLE[:4]]
    drawn = list(pairs.recolored(PEOPLE[:4], styles, kind))
    assert drawn
    for name, pair, target in drawn:
        outside = pair.alpha == 0
        assert np.array_equal(pair.composite[outside], target[outside])
        assert natural.error(target, target, pair.alpha) == 0
        photo = to_float(next(each.picture for each in PEOPLE if each.name == name))
        if kind in ("person-grade", "recolored"):
            np.testing.assert_allclose(target, photo, atol=1e-5)
        if kind == "photo-grade":
            inside = pair.alpha == 1
            np.testing.assert_allclose(pair.composite[inside], photo[inside], atol=1e-6)
    again = list(pairs.recolored(PEOPLE[:4], styles, kind))
    assert all(np.array_equal(one[1].composite, other[1].composite) for one, other in zip(drawn, again, strict=True))
