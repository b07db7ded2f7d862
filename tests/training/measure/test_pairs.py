"""pairs: who is put where, and what is measured of them."""

import numpy as np
import pytest
from lit_people import light, somebody

from cleanplate.pixels.color import to_float
from cleanplate.training.measure import natural, pairs

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
