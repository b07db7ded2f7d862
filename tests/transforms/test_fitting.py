import cv2
import numpy as np
import pytest
import scipy.ndimage
import scipy.stats

from cleanplate.pixels.resampling import resize
from cleanplate.transforms import applying, fitting
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box

RNG = np.random.default_rng(3)
IDENTITY = np.eye(3, 4, dtype=np.float32)


def test_a_fit_of_no_change_is_no_change() -> None:
    picture, alpha = RNG.random((64, 64, 3), np.float32), RNG.random((64, 64), np.float32)
    grid = fitting.fit(picture, picture, alpha).grid
    assert np.abs(grid - IDENTITY).max() < 1e-5


def test_a_fit_finds_the_affine_map_that_made_the_answer() -> None:
    picture = RNG.random((64, 64, 3), np.float32)
    one = (IDENTITY + RNG.normal(0, 0.2, (3, 4))).astype(np.float32)
    after = picture @ one[:, :3].T + one[:, 3]
    alpha = np.zeros((64, 64), np.float32)
    alpha[16:48, 16:48] = 1
    after[alpha == 0] = 9  # what is not foreground has no say
    transform = fitting.fit(picture, after, alpha)
    answer = applying.apply(transform, picture, Box(0, 0, 64, 64), (64, 64))
    assert np.abs(answer - after)[20:44, 20:44].max() < 0.02



KINDS = ["affine", "bilateral-grid", "lut"]


def smooth(height: int, width: int) -> np.ndarray:
    coarse = RNG.random((height // 8, width // 8, 3), np.float32)
    return np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_every_fit_finds_no_change_and_a_change_of_brightness(kind: str) -> None:
    picture, alpha = smooth(64, 64), RNG.random((64, 64), np.float32)
    whole = Box(0, 0, 64, 64)
    for after in (picture, picture * np.float32(0.8) + np.float32(0.1)):
        transform = fitting.fit(picture, after, alpha, kind)
        assert np.abs(applying.apply(transform, picture, whole, (64, 64)) - after).mean() < 0.004


def test_a_change_that_depends_on_brightness_is_followed_by_all_forms_but_affine_maps() -> None:
    picture, alpha = smooth(128, 128), np.ones((128, 128), np.float32)
    after, whole = picture**2, Box(0, 0, 128, 128)
    fits = {kind: fitting.fit(picture, after, alpha, kind) for kind in KINDS}
    error = {kind: np.abs(applying.apply(each, picture, whole, (128, 128)) - after).mean() for kind, each in fits.items()}
    assert error["bilateral-grid"] < error["affine"] / 1.5  # by luminance only, where each channel has its own curve
    assert error["lut"] < error["affine"] / 20


def test_a_grid_recast_as_one_map_does_what_it_did_on_average() -> None:
    grid = np.broadcast_to(IDENTITY, (8, 8, 3, 4)).copy()
    grid[:4, ..., 0, 3], grid[4:, ..., 0, 3] = 0.2, 0.1  # redder, more so in the upper half
    picture, alpha = smooth(64, 64), np.ones((64, 64), np.float32)
    one = fitting.recast(Transform(grid, confidence=0.7), picture, alpha, "affine")
    moved = applying.apply(one, picture, Box(0, 0, 64, 64), (64, 64)) - picture
    assert np.allclose(moved.mean((0, 1)), [0.15, 0, 0], atol=0.003)
    assert one.confidence == 0.7


@pytest.mark.parametrize("kind", KINDS)
def test_a_transform_applied_at_half_size_agrees_with_the_whole_applied_and_shrunk(kind: str) -> None:
    picture, alpha = smooth(128, 128), np.ones((128, 128), np.float32)
    light = (0.8 + 0.3 * np.linspace(0, 1, 128, dtype=np.float32))[:, None] if "grid" in kind else np.float32(0.8)
    after = np.clip(picture * light + np.float32(0.05), 0, 1)
    transform = fitting.fit(picture, after, alpha, kind)
    whole = applying.apply(transform, picture, Box(0, 0, 128, 128), (128, 128))
    half = applying.apply(transform, resize(picture, (64, 64)), Box(0, 0, 64, 64), (64, 64))
    assert np.abs(resize(whole, (64, 64)) - half).max() < 0.01


# ---- the fits against least squares written out, pixel by pixel -------------------------------------------------------


def example() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A picture, what became of it (differently at the left and right, in dark and light), and who is the foreground."""
    picture = np.clip(RNG.random((64, 64, 3), np.float32) * np.float32(1.6) - np.float32(0.3), 0, 1)  # much black and much white
    after = np.clip(picture * np.linspace(0.5, 1.2, 64, dtype=np.float32)[None, :, None] + 0.1 * picture[..., ::-1] ** 2, 0, 1)
    return picture, after.astype(np.float32), RNG.random((64, 64), np.float32) ** 2


def least_squares(picture: np.ndarray, after: np.ndarray, weight: np.ndarray, prior: np.ndarray, ridge: float) -> np.ndarray:
    """The map (4, 3) for which ``weight |X M - Y|^2 + ridge |M - prior|^2`` is least, in one system of numpy's."""
    colors = np.concatenate([picture.reshape(-1, 3), np.ones((picture.size // 3, 1))], 1)
    root = np.sqrt(weight.ravel())[:, None]
    rows = np.concatenate([root * colors, np.sqrt(ridge) * np.eye(4)])
    return np.linalg.lstsq(rows, np.concatenate([root * after.reshape(-1, 3), np.sqrt(ridge) * prior]), rcond=None)[0]


def say(cells: int, row: int, column: int) -> np.ndarray:
    """How much each of 64 x 64 pixels says in one of cells x cells: means of cells, blurred."""
    one = np.zeros((cells, cells))
    one[row, column] = 1
    kernel = np.zeros((cells, cells))
    for at in np.ndindex(cells, cells):  # what a blur of that cell's mean takes from there
        only = np.zeros((cells, cells))
        only[at] = 1
        kernel[at] = scipy.ndimage.gaussian_filter(only, fitting.SOFT, mode="mirror")[row, column]
    side = 64 // cells
    return np.kron(kernel, np.ones((side, side))) / side**2


def test_one_affine_map_and_a_grid_of_them_are_ridge_regressions() -> None:
    picture, after, alpha = example()
    one = least_squares(picture, after, alpha / alpha.sum(), np.eye(4, 3), fitting.RIDGE)
    np.testing.assert_allclose(fitting.fit(picture, after, alpha, "affine").grid[0, 0], one.T, atol=1e-5)
    grid = fitting.coarse_maps(fitting.equations(picture, after, alpha)).swapaxes(2, 3)
    assert grid.shape == (8, 8, 3, 4)
    for row, column in ((0, 0), (3, 5), (7, 2)):
        wanted = least_squares(picture, after, say(8, row, column) * alpha / alpha.mean(), one, fitting.LOCAL_RIDGE)
        np.testing.assert_allclose(grid[row, column], wanted.T, atol=1e-4)


def test_a_bilateral_grid_is_a_ridge_regression_of_each_cell_and_the_luminances_around_its_own() -> None:
    picture, after, alpha = example()
    found = fitting.fit(picture, after, alpha, "bilateral-grid").grid
    assert found.shape == (16, 16, 8, 3, 4)
    coarse = fitting.coarse_maps(fitting.equations(picture, after, alpha)).swapaxes(2, 3).reshape(8, 8, 12)
    prior = cv2.resize(coarse, (16, 16)).reshape(16, 16, 3, 4)
    at = np.clip(picture @ np.array([0.299, 0.587, 0.114]) * 8 - 0.5, 0, 7)
    tent = [np.maximum(0, 1 - np.abs(at - layer)) for layer in range(-1, 9)]
    for row, column, layer in ((0, 0, 0), (7, 9, 3), (15, 4, 7)):
        below, own, above = (tent[layer + step] if 0 <= layer + step - 1 <= 7 else 0 for step in (0, 1, 2))
        weight = say(16, row, column) * alpha / alpha.mean() * (below + 2 * own + above) / 4
        wanted = least_squares(picture, after, weight, prior[row, column].T, fitting.FINE_RIDGE)
        np.testing.assert_allclose(found[row, column, layer], wanted.T, atol=2e-3)


def test_a_cube_gives_back_colors_that_fill_it_and_is_drawn_to_the_one_map_where_nothing_is_known() -> None:
    """Every corner of a cube said by one pixel: what is said there is what the cube holds, better after each finer splat."""
    dark = RNG.random((64, 64, 3), np.float32) * np.float32(0.4)
    gains = np.float32([0.9, 0.8, 0.7])
    found = fitting.fit(dark, dark * gains, np.ones((64, 64), np.float32), "lut").grid
    one = fitting.fit(dark, dark * gains, np.ones((64, 64), np.float32), "affine").grid[0, 0]
    even = np.linspace(0, 1, 33)
    np.testing.assert_allclose(found[:12, :12, :12, 0], np.broadcast_to(even[:12, None, None] * 0.9, (12, 12, 12)), atol=0.004)
    np.testing.assert_allclose(found[-1, -1, -1], one @ np.ones(4), atol=0.004)  # white, of which nobody spoke


@pytest.mark.parametrize("spread", [1.0, 2.0])
def test_what_a_color_says_spreads_in_the_cube_as_a_gaussian_of_so_many_steps(spread: float) -> None:
    cube = np.zeros((33, 33, 33, 2))
    cube[16, 15, 14, 1] = 1
    found = fitting.spread_out(cube, spread)
    away = ((np.indices((33, 33, 33)) - np.reshape((16, 15, 14), (3, 1, 1, 1))) ** 2).sum(0)
    wanted = scipy.stats.norm.pdf(np.sqrt(away), scale=spread)
    np.testing.assert_allclose(found[..., 1], wanted / wanted.sum(), atol=1e-6)
    assert not found[..., 0].any()
