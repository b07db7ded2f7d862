import numpy as np
import pytest
from drawn import SIZE, person, scene, silhouette

from cleanplate.training.samples import recoloring
from cleanplate.training.samples.recoloring import Recoloring
from cleanplate.training.samples.synthesis import Material

ALPHA = silhouette(SIZE)

MATERIAL = Material(person(1), ALPHA, scene(1))


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("kind", [*recoloring.RECOLORINGS, *recoloring.HELD_OUT])
def test_the_same_seed_recolors_to_the_same_bytes(kind: str) -> None:
    first, second = (recoloring.recolor(generator(4), kind, MATERIAL.picture, ALPHA, scene(2)) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert np.abs(first - MATERIAL.picture)[ALPHA > 0.5].mean() > 0.005
    assert first.min() >= 0
    assert first.max() <= 1


def test_an_unknown_recoloring_is_refused() -> None:
    with pytest.raises(ValueError, match="sepia"):
        recoloring.recolor(generator(), "sepia", MATERIAL.picture, ALPHA, scene(2))


def test_clipped_counts_the_foreground_that_newly_reached_an_end() -> None:
    before = np.full((2, 2, 3), 0.5, np.float32)
    before[1, 1] = 1.0  # was there already
    after = before.copy()
    after[0, 0, 1] = 1.0
    assert recoloring.clipped(before, after, np.ones((2, 2), np.float32)) == pytest.approx(0.25)
    outside = np.array([[0, 1], [1, 1]], np.float32)
    assert recoloring.clipped(before, after, outside) == 0.0


def test_a_recoloring_that_clips_is_drawn_again_until_one_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    white, fine = np.ones_like(MATERIAL.picture), MATERIAL.picture * np.float32(0.9)
    answers = [white, white, fine, white]
    monkeypatch.setattr(recoloring, "recolored", lambda *_: Recoloring("grade", answers.pop(0)))
    chosen = recoloring.draw_recoloring(generator(), ("grade",), MATERIAL.picture, ALPHA, lambda: scene(2))
    assert chosen is fine
    assert len(answers) == 1


def test_after_five_recolorings_that_clip_the_mildest_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = [MATERIAL.picture.copy() for _ in range(6)]
    rows = np.flatnonzero((ALPHA == 1).any(1))
    for white, count in zip(tries, (40, 30, 12, 20, 50, 0), strict=True):
        white[rows[:count]] = 1.0
    left = list(tries)
    monkeypatch.setattr(recoloring, "recolored", lambda *_: Recoloring("grade", left.pop(0)))
    chosen = recoloring.draw_recoloring(generator(), ("grade",), MATERIAL.picture, ALPHA, lambda: scene(2))
    assert chosen is tries[2]
    assert len(left) == 1


def test_every_kind_of_recoloring_is_drawn_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(recoloring, "recolored", lambda rng, kind, picture, *_: seen.append(kind) or Recoloring(kind, picture))
    rng = generator(9)
    for _ in range(30):
        recoloring.draw_recoloring(rng, recoloring.RECOLORINGS, MATERIAL.picture, ALPHA, lambda: scene(2))
    assert set(seen) == set(recoloring.RECOLORINGS)
    assert not set(seen) & set(recoloring.HELD_OUT)
