import cv2
import numpy as np
import pytest

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
