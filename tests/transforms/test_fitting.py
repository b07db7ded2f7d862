import cv2
import numpy as np
import pytest
import scipy.ndimage
import scipy.optimize
from PIL import Image as pillow
from PIL import ImageFilter

from cleanplate.pixels.color import to_float, to_uint8
from cleanplate.pixels.resampling import resize
from cleanplate.transforms import fitting
from cleanplate.values import Box, Transform

RNG = np.random.default_rng(3)
IDENTITY = np.eye(3, 4, dtype=np.float32)


def test_a_transform_that_changes_nothing_lifts_to_nothing() -> None:
    colors = RNG.random((37, 53, 3), np.float32)
    grid = np.broadcast_to(IDENTITY, (16, 16, 3, 4)).copy()
    assert (fitting.apply(Transform(grid), colors, Box(5, 7, 37, 53), (100, 90)) == colors).all()


def test_a_constant_grid_applies_its_one_affine_map_everywhere() -> None:
    colors = RNG.random((200, 30, 3), np.float32)
    one = RNG.normal(0, 1, (3, 4)).astype(np.float32)
    answer = fitting.apply(Transform(np.broadcast_to(one, (16, 16, 3, 4)).copy()), colors, Box(0, 0, 200, 30), (200, 30))
    assert np.allclose(answer, colors @ one[:, :3].T + one[:, 3], atol=1e-4)


def test_the_grid_is_interpolated_as_an_image_resize_would() -> None:
    grid = RNG.normal(0, 1, (4, 4, 3, 4)).astype(np.float32)
    frame, box = (64, 48), Box(10, 5, 40, 30)
    maps = cv2.resize(grid.reshape(4, 4, 12), frame[::-1], interpolation=cv2.INTER_LINEAR).reshape(*frame, 3, 4)[box.slices]
    colors = RNG.random((40, 30, 3), np.float32)
    slow = (maps[..., :3] @ colors[..., None])[..., 0] + maps[..., 3]
    assert np.allclose(fitting.apply(Transform(grid), colors, box, frame), slow, atol=1e-4)


def test_a_part_of_the_frame_is_changed_as_in_the_whole_frame() -> None:
    grid = RNG.normal(0, 1, (16, 16, 3, 4)).astype(np.float32)
    colors, box = RNG.random((300, 80, 3), np.float32), Box(130, 20, 90, 40)
    whole = fitting.apply(Transform(grid), colors, Box(0, 0, 300, 80), (300, 80))
    part = fitting.apply(Transform(grid), colors[box.slices], box, (300, 80))
    assert np.allclose(part, whole[box.slices], atol=1e-5)


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
    answer = fitting.apply(transform, picture, Box(0, 0, 64, 64), (64, 64))
    assert np.abs(answer - after)[20:44, 20:44].max() < 0.02


def test_strength_zero_is_the_color_itself_and_half_is_half_the_change() -> None:
    colors, box = RNG.random((5, 5, 3), np.float32), Box(0, 0, 5, 5)
    transform = Transform(RNG.normal(0, 1, (4, 4, 3, 4)).astype(np.float32))
    whole = fitting.apply(transform, colors, box, (5, 5))
    assert (fitting.apply(transform, colors, box, (5, 5), 0.0) == colors).all()
    assert np.allclose(fitting.apply(transform, colors, box, (5, 5), 0.5), (colors + whole) / 2, atol=1e-6)


# ---- the forms -----------------------------------------------------------------------------------------------------

BOX, FRAME = Box(3, 5, 40, 30), (50, 40)
EVEN = np.linspace(0, 1, 33, dtype=np.float32)
UNCHANGING = {
    "affine-grid": np.broadcast_to(IDENTITY, (1, 1, 3, 4)),
    "bilateral-grid": np.broadcast_to(IDENTITY, (4, 3, 8, 3, 4)),
    "curves": np.stack([EVEN] * 3, 1),
    "lut": np.stack(np.meshgrid(EVEN, EVEN, EVEN, indexing="ij"), -1),
}
KINDS = ["affine", "affine-grid", "bilateral-grid", "curves", "lut"]


def smooth(height: int, width: int) -> np.ndarray:
    coarse = RNG.random((height // 8, width // 8, 3), np.float32)
    return np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)


@pytest.mark.parametrize("kind", UNCHANGING)
def test_no_change_lifts_to_no_change_exactly_in_every_form(kind: str) -> None:
    colors = RNG.random((40, 30, 3), np.float32)
    transform = Transform(np.ascontiguousarray(UNCHANGING[kind]), kind)
    assert (fitting.apply(transform, colors, BOX, FRAME) == colors).all()


def test_an_affine_map_known_by_hand() -> None:
    one = np.array([[[[2, 0, 0, -0.5], [0, 1, 0, 0.25], [0.5, 0, 0.5, 0]]]], np.float32)
    answer = fitting.apply(Transform(one), np.full((1, 1, 3), 0.5, np.float32), Box(0, 0, 1, 1), (1, 1))
    assert np.allclose(answer, [0.5, 0.75, 0.5])


def test_a_bilateral_grid_with_equal_layers_is_an_affine_grid() -> None:
    grid = RNG.normal(0, 1, (4, 3, 3, 4)).astype(np.float32)
    colors = RNG.random((40, 30, 3), np.float32)
    layers = Transform(np.repeat(grid[:, :, None], 8, 2), "bilateral-grid")
    assert np.allclose(fitting.apply(layers, colors, BOX, FRAME), fitting.apply(Transform(grid), colors, BOX, FRAME), atol=1e-5)


def test_a_bilateral_grid_is_sliced_as_scipy_interpolates() -> None:
    grid = RNG.normal(0, 1, (4, 3, 8, 3, 4)).astype(np.float32)
    colors = RNG.random((*FRAME, 3), np.float32)
    rows, columns = np.mgrid[: FRAME[0], : FRAME[1]] + 0.5
    grey = colors @ np.array([0.299, 0.587, 0.114])
    at = [rows * 4 / FRAME[0] - 0.5, columns * 3 / FRAME[1] - 0.5, grey * 8 - 0.5]
    flat = grid.reshape(4, 3, 8, 12)
    maps = np.stack([scipy.ndimage.map_coordinates(flat[..., each], at, order=1, mode="nearest") for each in range(12)], -1)
    maps = maps.reshape(*FRAME, 3, 4)
    slow = (maps[..., :3] @ colors[..., None])[..., 0] + maps[..., 3]
    answer = fitting.apply(Transform(grid, "bilateral-grid"), colors, Box(0, 0, *FRAME), FRAME)
    assert np.allclose(answer, slow, atol=1e-4)


def test_curves_are_numpys_own_interpolation() -> None:
    values = np.sort(RNG.random((33, 3), np.float32), 0)
    colors = RNG.random((40, 30, 3), np.float32)
    answer = fitting.apply(Transform(values, "curves"), colors, BOX, FRAME)
    wanted = np.stack([np.interp(colors[..., c], EVEN, values[:, c]) for c in range(3)], -1)
    assert np.allclose(answer, wanted, atol=1e-5)


def test_a_lut_is_pillows_own() -> None:
    cube = np.clip(UNCHANGING["lut"] + RNG.normal(0, 0.05, (33, 33, 33, 3)), 0, 1).astype(np.float32)
    colors = RNG.integers(0, 256, (40, 30, 3), np.uint8)
    table = cube.transpose(2, 1, 0, 3).reshape(-1)  # Pillow's red runs fastest
    wanted = pillow.fromarray(colors).filter(ImageFilter.Color3DLUT(33, table.tolist()))
    answer = fitting.apply(Transform(cube, "lut"), to_float(colors), BOX, FRAME)
    assert np.abs(to_uint8(answer).astype(int) - np.asarray(wanted)).max() <= 1


def test_a_global_map_is_the_same_as_a_lut_and_as_curves_where_they_can_say_it() -> None:
    gains = np.diag([0.9, 0.8, 0.7]).astype(np.float32)
    colors = RNG.random((40, 30, 3), np.float32)
    forms = [
        Transform(np.concatenate([gains, np.full((3, 1), 0.1, np.float32)], 1)[None, None]),
        Transform((EVEN[:, None] * np.diag(gains) + np.float32(0.1)).astype(np.float32), "curves"),
        Transform((UNCHANGING["lut"] @ gains + np.float32(0.1)).astype(np.float32), "lut"),
    ]
    first, *others = (fitting.apply(each, colors, BOX, FRAME) for each in forms)
    assert np.allclose(first, colors * np.diag(gains) + 0.1, atol=1e-6)
    assert all(np.allclose(first, each, atol=1e-5) for each in others)


@pytest.mark.parametrize("kind", KINDS)
def test_every_fit_finds_no_change_and_a_change_of_brightness(kind: str) -> None:
    picture, alpha = smooth(64, 64), RNG.random((64, 64), np.float32)
    whole = Box(0, 0, 64, 64)
    for after in (picture, picture * np.float32(0.8) + np.float32(0.1)):
        transform = fitting.fit(picture, after, alpha, kind)
        assert np.abs(fitting.apply(transform, picture, whole, (64, 64)) - after).mean() < 0.004


def test_a_change_that_depends_on_brightness_is_followed_by_all_forms_but_affine_maps() -> None:
    picture, alpha = smooth(128, 128), np.ones((128, 128), np.float32)
    after, whole = picture**2, Box(0, 0, 128, 128)
    fits = {kind: fitting.fit(picture, after, alpha, kind) for kind in KINDS}
    error = {kind: np.abs(fitting.apply(each, picture, whole, (128, 128)) - after).mean() for kind, each in fits.items()}
    assert error["bilateral-grid"] < error["affine-grid"] / 1.5  # by luminance only, where each channel has its own curve
    assert max(error["curves"], error["lut"]) < error["affine"] / 20


def test_curves_never_fall_even_where_the_answer_does() -> None:
    picture, alpha = RNG.random((64, 64, 3), np.float32), np.ones((64, 64), np.float32)
    transform = fitting.fit(picture, np.abs(picture - 0.5), alpha, "curves")
    assert np.diff(transform.grid, axis=0).min() >= 0


def test_monotone_is_isotonic_regression() -> None:
    values, weights = RNG.random(40), RNG.random(40) + 0.1
    wanted = scipy.optimize.isotonic_regression(values, weights=weights).x
    assert np.allclose(fitting.monotone(values, weights), wanted)


def test_a_grid_recast_as_one_map_does_what_it_did_on_average() -> None:
    grid = np.broadcast_to(IDENTITY, (8, 8, 3, 4)).copy()
    grid[:4, ..., 0, 3], grid[4:, ..., 0, 3] = 0.2, 0.1  # redder, more so in the upper half
    picture, alpha = smooth(64, 64), np.ones((64, 64), np.float32)
    one = fitting.recast(Transform(grid, confidence=0.7), picture, alpha, "affine")
    moved = fitting.apply(one, picture, Box(0, 0, 64, 64), (64, 64)) - picture
    assert np.allclose(moved.mean((0, 1)), [0.15, 0, 0], atol=0.003)
    assert one.confidence == 0.7


@pytest.mark.parametrize("kind", KINDS)
def test_a_transform_applied_at_half_size_agrees_with_the_whole_applied_and_shrunk(kind: str) -> None:
    picture, alpha = smooth(128, 128), np.ones((128, 128), np.float32)
    light = (0.8 + 0.3 * np.linspace(0, 1, 128, dtype=np.float32))[:, None] if "grid" in kind else np.float32(0.8)
    after = np.clip(picture * light + np.float32(0.05), 0, 1)
    transform = fitting.fit(picture, after, alpha, kind)
    whole = fitting.apply(transform, picture, Box(0, 0, 128, 128), (128, 128))
    half = fitting.apply(transform, resize(picture, (64, 64)), Box(0, 0, 64, 64), (64, 64))
    assert np.abs(resize(whole, (64, 64)) - half).max() < 0.01
