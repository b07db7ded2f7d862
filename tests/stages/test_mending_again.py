"""What the matting network sees in a smaller photo alone: people drawn with a known alpha, of which both networks lost a part."""

import numpy as np
import pytest
from sitters import COAT, WALL, Drawn, disc

from cleanplate.stages import matting, mending
from cleanplate.stages.evidence import Region

PART = disc(150, 190, 18)  # in the coat


@pytest.fixture(scope="module")
def person() -> Drawn:
    return Drawn()


def found(person: Drawn, seen: float, again: np.ndarray | None = None, picture: np.ndarray | None = None) -> np.ndarray | None:
    """Where the second network answers ``seen`` in the part that was lost."""
    doubted = np.where(PART, np.float32(seen), person.seen)
    alpha, again = person.without(PART, 0.1), person.alpha if again is None else again
    return mending.missed(alpha, again, doubted, doubted, person.picture if picture is None else picture)


def test_what_a_smaller_photo_shows_and_the_second_network_half_believes_is_given_back(person: Drawn) -> None:
    given = found(person, 0.5)
    assert given is not None
    assert np.abs(np.maximum(person.without(PART, 0.1), given) - person.alpha).max() < 0.02
    assert (given <= person.alpha).all()


def test_what_the_second_network_denies_in_the_walls_color_is_left(person: Drawn) -> None:
    wall = np.where(PART[..., None], np.float32(WALL), person.picture)
    assert found(person, 0.0, picture=wall) is None
    assert found(person, 0.8, picture=wall) is not None


def test_what_no_smaller_photo_shows_is_left(person: Drawn) -> None:
    assert found(person, 0.5, person.without(PART, 0.1)) is None
    thin = person.without(PART & ~disc(150, 190, mending.DEPTH - 1), 0.1)  # an island, all of it near its own outline
    assert found(person, 0.9, thin) is None


def test_specks_are_left(person: Drawn) -> None:
    speck = disc(150, 190, 2)
    assert speck.sum() < mending.LEAST_MISSED * np.count_nonzero(person.alpha > 0.5)
    assert mending.missed(person.without(speck), person.alpha, person.seen, person.seen, person.picture) is None


@pytest.mark.parametrize("better", ["alpha", "solid", "depth", "own"])
def test_each_measure_speaks_for_a_part(better: str) -> None:
    doubtful = Region(alpha=0.35, solid=0.8, depth=12.0, own=0.5, share=0.01)
    assert not doubtful.missed(0.4)
    assert doubtful.missed(1.0)
    high = {"alpha": 0.7, "solid": 1.0, "depth": 40.0, "own": 1.0}
    assert doubtful._replace(**{better: high[better]}).missed(0.6)
    assert not doubtful.missed(0.6)


def test_a_matte_is_mended_by_a_second_look_at_a_smaller_photo(monkeypatch: pytest.MonkeyPatch, person: Drawn) -> None:
    asked = []

    def predict(picture: np.ndarray, side: int, device: str) -> np.ndarray:
        asked.append(side)
        return person.alpha[::2, ::2] if side == matting.AGAIN else person.without(PART, 0.1)

    doubted = np.where(PART, np.float32(0.5), person.seen)
    monkeypatch.setattr(matting, "predict", predict)
    monkeypatch.setattr(mending, "looks", lambda *_: (doubted, doubted))
    alpha = matting.matte(np.asarray(person.picture * 255, np.uint8))
    assert sorted(asked) == [matting.AGAIN, matting.PHOTO_SIDE]
    assert alpha[190, 150] > 0.97
    assert np.allclose(person.picture[190, 150], COAT, atol=0.1)


def test_a_part_in_the_persons_colors_needs_less_belief(person: Drawn) -> None:
    """Their colors are those of what both looks see; another's are what neither sees."""
    wall = np.where(PART[..., None], np.float32(WALL), person.picture)
    assert found(person, 0.2) is not None
    assert found(person, 0.2, picture=wall) is None


def test_a_part_at_the_outline_comes_back_with_the_soft_edge_of_the_smaller_photo(person: Drawn) -> None:
    part = disc(128, 190, 128) & (person.alpha > 0)
    given = mending.missed(person.without(part, 0.2), person.alpha, person.seen, person.seen, person.picture)
    assert given is not None
    assert (given <= person.alpha).all()
    assert given[190, 150] > 0.98
