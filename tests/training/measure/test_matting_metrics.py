from collections import deque

import numpy as np
import pytest
from drawn import silhouette

from cleanplate.training.measure import matting_metrics

ndimage = pytest.importorskip("scipy.ndimage")

TRUTH = silhouette((60, 48))
NOISE = np.random.default_rng(5).uniform(0, 0.1, TRUTH.shape)
ALPHA = np.clip(np.roll(TRUTH, (2, 3), (0, 1)) * 0.9 + NOISE, 0, 1).astype(np.float32)


def test_the_plain_distances_agree_with_hand_sums() -> None:
    gap = ALPHA.astype(np.float64) - TRUTH
    found = matting_metrics.measure(ALPHA, TRUTH)
    assert found["mad"] == pytest.approx(1000 * np.abs(gap).sum() / gap.size)
    assert found["mse"] == pytest.approx(1000 * (gap * gap).sum() / gap.size)
    assert found["sad"] == pytest.approx(np.abs(gap).sum() / 1000)


def test_the_gradient_agrees_with_scipys_gaussian_derivative() -> None:
    """Both sample the same bell; the published code cuts it at 4 pixels and gives its outer product the norm 1."""
    plain = TRUTH.astype(np.float64)
    along, across = (ndimage.gaussian_filter(plain, 1.4, order, mode="nearest", radius=4) for order in ((1, 0), (0, 1)))
    ours = matting_metrics.gradient_magnitude(TRUTH)
    theirs = np.hypot(along, across)
    at = np.arange(-4, 5.0)
    bell = np.exp(-(at**2) / (2 * 1.4**2))
    bell /= bell.sum()
    scale = np.linalg.norm(np.outer(bell, at * bell / 1.4**2))
    np.testing.assert_allclose(ours, theirs / scale, atol=1e-4)


def test_the_gradient_error_of_a_ramp_made_steeper_by_hand() -> None:
    """Both ramps are stretched to 0 ... 1 first, so a ramp of half the contrast has no gradient error at all."""
    ramp = np.tile(np.linspace(0, 1, 40, dtype=np.float32), (20, 1))
    assert matting_metrics.gradient_error(ramp / 2, ramp) == pytest.approx(0, abs=1e-9)
    assert matting_metrics.gradient_error(np.zeros_like(ramp), ramp) == pytest.approx(
        (matting_metrics.gradient_magnitude(ramp).astype(np.float64) ** 2).sum() / 1000
    )


def largest(both: np.ndarray) -> np.ndarray:
    """The largest part of a boolean picture by a walk from pixel to pixel over four neighbors."""
    best: set[tuple[int, int]] = set()
    left = {(int(row), int(column)) for row, column in np.argwhere(both)}
    for start in sorted(left):
        if start not in left:
            continue
        part, queue = {start}, deque([start])
        left.discard(start)
        while queue:
            row, column = queue.popleft()
            for near in ((row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)):
                if near in left:
                    left.discard(near)
                    part.add(near)
                    queue.append(near)
        best = part if len(part) > len(best) else best
    answer = np.zeros(both.shape, bool)
    for at in best:
        answer[at] = True
    return answer


def test_connectivity_agrees_with_a_walk_over_the_pixels() -> None:
    alpha, truth = ALPHA.copy(), TRUTH.copy()
    alpha[:6, :6], truth[:6, :6] = 0.8, 0.7  # an island that both share but that is not the largest part
    level = np.zeros(truth.shape)
    for threshold in np.arange(0.1, 1.05, 0.1):  # a pixel's level: as long as it stays in the largest part, without a gap
        inside = largest((alpha >= threshold) & (truth >= threshold))
        level[inside & np.isclose(level, threshold - 0.1)] = threshold
    gaps = [each - level for each in (alpha, truth)]
    phi = [1 - gap * (gap >= 0.15) for gap in gaps]
    found = matting_metrics.connectivity_error(alpha, truth)
    assert found == pytest.approx(np.abs(phi[0] - phi[1]).sum() / 1000, rel=1e-4)
    assert found > 0


def test_an_island_costs_connectivity_what_it_is_more_opaque() -> None:
    """4 pixels of 0.6 away from the person, 0 in truth: 4 x 0.6 / 1000."""
    truth = np.zeros((30, 30), np.float32)
    truth[5:20, 5:20] = 1
    alpha = truth.copy()
    alpha[25:27, 25:27] = 0.6
    assert matting_metrics.connectivity_error(alpha, truth) == pytest.approx(0.0024, rel=1e-5)


def test_the_truth_has_no_error_of_any_kind() -> None:
    assert max(matting_metrics.measure(TRUTH, TRUTH).values()) < 1e-9


def test_flicker_by_hand_and_not_of_a_constant_error() -> None:
    """Two pixels, differences off by 0.3 and 0.4 in the one pair of frames: the root of (0.09 + 0.16) / 2."""
    truths = np.zeros((2, 1, 2), np.float32)
    alphas = np.array([[[0.1, 0.1]], [[0.4, 0.5]]], np.float32)
    assert matting_metrics.flicker(alphas, truths) == pytest.approx(100 * (0.25 / 2) ** 0.5, rel=1e-6)
    assert matting_metrics.flicker(truths + 0.5, truths) == 0.0


def test_a_composites_gradient_error_counts_the_mask_only() -> None:
    target = np.random.default_rng(6).integers(0, 256, (30, 20, 3)).astype(np.uint8)
    answer, weight = target.copy(), np.zeros((30, 20), np.float32)
    answer[:5] = 0
    weight[12:] = 1
    assert matting_metrics.composite_gradient_error(answer, target, weight) == 0.0
    everywhere = matting_metrics.composite_gradient_error(answer, target, np.ones_like(weight))
    slow = sum(
        (matting_metrics.gradient_magnitude((answer[..., c] / np.float32(255)).astype(np.float32)).astype(float)
         - matting_metrics.gradient_magnitude((target[..., c] / np.float32(255)).astype(np.float32))) ** 2 for c in range(3)
    ).sum() / 3000  # fmt: skip
    assert everywhere == pytest.approx(slow, rel=1e-4)
