import cv2
import numpy as np
import pytest
from drawn import SIZE, person, scene, silhouette

from cleanplate.pixels.over import over
from cleanplate.training.samples import recomposition
from cleanplate.training.samples.recomposition import Placing


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def blob(size: tuple[int, int], middle: tuple[int, int], radius: int) -> np.ndarray:
    """A person who touches no edge: a disc, (row, column) in the middle."""
    alpha = np.zeros(size, np.float32)
    cv2.circle(alpha, middle[::-1], radius, 1, -1)
    return alpha


def test_a_photo_laid_where_it_was_is_itself() -> None:
    picture = scene(1, (60, 80))
    assert np.array_equal(recomposition.move(picture, Placing(1, 0, 0), (60, 80)), picture)


def test_a_photo_is_moved_by_shares_of_the_plate_and_alpha_ends_at_its_border() -> None:
    alpha = np.ones((40, 40), np.float32)
    moved = recomposition.move(alpha, Placing(0.5, 0.25, 0.5), (80, 80))
    wanted = np.zeros((80, 80), np.float32)
    wanted[20:40, 40:60] = 1
    assert np.array_equal(moved, wanted)


def test_a_double_is_avoided_where_there_is_room() -> None:
    """Two discs on a wide plate: overlap by chance is common, after the choice there is next to none."""
    alpha, other = blob((60, 60), (30, 30), 12), blob((60, 120), (30, 40), 14)
    for seed in range(8):
        found = recomposition.recompose(generator(seed), scene(2, (60, 60)), alpha, scene(3, (60, 120)), other)
        assert found.avoids > 0.97 or found.covers > 0.97
    chance = []
    for seed in range(40):
        moved = recomposition.move(alpha, recomposition.draw_placing(generator(seed), alpha, (60, 120)), (60, 120))
        chance.append(max(recomposition.judge(moved, other)))
    assert sum(worth > 0.97 for worth in chance) < 36


def test_a_person_who_fills_the_plate_is_covered_or_met_but_the_best_draw_is_taken() -> None:
    """No placing can avoid someone everywhere; the chosen one is at least as good as each of the other draws."""
    alpha, other = silhouette(SIZE), silhouette(SIZE)
    chosen = recomposition.best_placing(generator(5), alpha, other)
    worth = max(recomposition.judge(recomposition.move(alpha, chosen, SIZE), other))
    rng = generator(5)
    others = [recomposition.draw_placing(rng, alpha, SIZE) for _ in range(8)]
    assert worth > np.median([max(recomposition.judge(recomposition.move(alpha, each, SIZE), other)) for each in others])


@pytest.mark.parametrize("side", ["bottom", "left", "right", "top"])
def test_who_is_cut_off_by_an_edge_stays_at_that_edge(side: str) -> None:
    middle = {"bottom": (60, 30), "left": (30, 0), "right": (30, 60), "top": (0, 30)}[side]
    alpha = blob((60, 60), middle, 16)
    for seed in range(20):
        placing = recomposition.draw_placing(generator(seed), alpha, (60, 90))
        low = {"bottom": 60 * placing.scale + placing.top * 60 - 60, "right": 60 * placing.scale + placing.left * 90 - 90}
        high = {"top": -placing.top, "left": -placing.left}
        assert (low | high)[side] > -1e-6  # the cut lies at the plate's edge or beyond


def test_the_material_is_the_person_over_the_other_photo_with_a_soft_edge() -> None:
    alpha, other = (silhouette(SIZE) > 0.5).astype(np.float32), scene(7, (100, 150))
    found = recomposition.recompose(generator(3), person(6), alpha, other, blob((100, 150), (60, 120), 20))
    material = found.material
    assert material.plate is other
    outside = material.alpha == 0
    assert np.array_equal(material.picture[outside], other[outside])
    assert ((material.alpha > 0.05) & (material.alpha < 0.95)).any()
    assert material.alpha.dtype == material.picture.dtype == np.float32


def test_the_same_seed_recomposes_to_the_same_bytes() -> None:
    arguments = (person(1), silhouette(SIZE), person(2), silhouette(SIZE))
    first, again, other = (recomposition.recompose(generator(seed), *arguments).material for seed in (1, 1, 2))
    assert first.picture.tobytes() == again.picture.tobytes()
    assert first.picture.tobytes() != other.picture.tobytes()
    assert np.array_equal(first.picture, again.picture)
    assert over(person(1), silhouette(SIZE), person(2)).shape == first.picture.shape
