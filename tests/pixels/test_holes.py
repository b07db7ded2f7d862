import itertools

import numpy as np
import pytest

from cleanplate.pixels import holes


def test_fill_continues_a_flat_background_exactly_and_a_gradient_closely() -> None:
    alpha = np.zeros((64, 64), np.float32)
    alpha[20:40, 20:40] = 1
    flat = np.full((64, 64, 3), 0.3, np.float32)
    flat[alpha > 0] = 0.9
    assert np.abs(holes.fill(flat, alpha) - 0.3).max() < 1e-5
    slope = np.repeat(np.linspace(0, 1, 64, dtype=np.float32)[None, :, None], 64, 0).repeat(3, 2)
    holed = slope.copy()
    holed[alpha > 0] = 1
    assert np.abs(holes.fill(holed, alpha) - slope).max() < 0.15


def test_fill_leaves_everything_far_from_the_hole_as_it_was() -> None:
    picture = np.random.default_rng(2).random((64, 64, 3), np.float32)
    alpha = np.zeros((64, 64), np.float32)
    alpha[30:34, 30:34] = 1
    assert np.allclose(holes.fill(picture, alpha)[:20], picture[:20], atol=1e-6)


def test_fill_of_a_picture_that_is_all_foreground_still_answers() -> None:
    assert np.isfinite(holes.fill(np.full((16, 16, 3), 0.5, np.float32), np.ones((16, 16), np.float32))).all()


def overlap(small: int, whole: int) -> np.ndarray:
    """(small, whole): which share of each cell each pixel makes up, by the lengths that they have in common."""
    cells = np.arange(small + 1) * whole / small
    shared = [[max(0.0, min(end, x + 1) - max(start, x)) for x in range(whole)] for start, end in itertools.pairwise(cells)]
    return np.array(shared) * (small / whole)


def between(whole: int, small: int) -> np.ndarray:
    """(whole, small): linear interpolation between the middles of cells, flat at the ends."""
    answer = np.zeros((whole, small))
    for x in range(whole):
        at = min(max((x + 0.5) * small / whole - 0.5, 0), small - 1)
        first = min(int(at), max(small - 2, 0))
        answer[x, first] += 1 - (at - first)
        if small > 1:
            answer[x, first + 1] += at - first
    return answer


def slowly_filled(picture: np.ndarray, alpha: np.ndarray, reach: int) -> np.ndarray:
    """Pull-push by matrices in float64, the hole widened pixel by pixel."""
    hole = np.zeros(alpha.shape)
    for y, x in np.argwhere(alpha > 0.02):
        hole[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1] = 1
    levels = [(picture * (1 - hole)[..., None], 1 - hole)]
    while max(levels[-1][1].shape) > 1:
        colors, weight = levels[-1]
        down, across = (overlap(max(1, side // 2), side) for side in weight.shape)
        levels.append((np.einsum("ay,yxc,bx->abc", down, colors, across), down @ weight @ across.T))
    answer = levels[-1][0] / max(levels[-1][1][0, 0], 1e-6)
    for colors, weight in levels[-2::-1]:
        down, across = (between(whole, small) for whole, small in zip(weight.shape, answer.shape[:2], strict=True))
        coarse, sure = np.einsum("ya,abc,xb->yxc", down, answer, across), np.minimum(4 * weight, 1)[..., None]
        answer = sure * colors / np.maximum(weight, 1e-6)[..., None] + (1 - sure) * coarse
    return answer


@pytest.mark.parametrize("size", [(32, 32), (31, 45), (50, 17)])
def test_a_hole_is_filled_as_the_slow_way_fills_it(size):
    picture = np.random.default_rng(7).random((*size, 3))
    down, across = np.mgrid[: size[0], : size[1]]
    away = np.hypot((down - size[0] * 0.6) / (size[0] * 0.5), (across - size[1] / 2) / (size[1] * 0.3))
    alpha = np.clip((1 - away) * 8, 0, 1).astype(np.float32)
    found = holes.fill(picture.astype(np.float32), alpha)
    assert np.abs(found - slowly_filled(picture, alpha, max(1, round(0.02 * max(size))))).max() < 1e-4
