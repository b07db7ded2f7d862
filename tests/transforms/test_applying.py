import cv2
import numpy as np
import pytest
import scipy.ndimage
from PIL import Image as pillow
from PIL import ImageFilter

from cleanplate.pixels.color import to_float, to_uint8
from cleanplate.transforms import applying
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box

RNG = np.random.default_rng(3)
IDENTITY = np.eye(3, 4, dtype=np.float32)
BOX, FRAME = Box(3, 5, 40, 30), (50, 40)
def test_a_transform_that_changes_nothing_lifts_to_nothing() -> None:
    colors = RNG.random((37, 53, 3), np.float32)
    grid = np.broadcast_to(IDENTITY, (16, 16, 3, 4)).copy()
    assert (applying.apply(Transform(grid), colors, Box(5, 7, 37, 53), (100, 90)) == colors).all()


def test_a_constant_grid_applies_its_one_affine_map_everywhere() -> None:
    colors = RNG.random((200, 30, 3), np.float32)
    one = RNG.normal(0, 1, (3, 4)).astype(np.float32)
    answer = applying.apply(Transform(np.broadcast_to(one, (16, 16, 3, 4)).copy()), colors, Box(0, 0, 200, 30), (200, 30))
    assert np.allclose(answer, colors @ one[:, :3].T + one[:, 3], atol=1e-4)


def test_the_grid_is_interpolated_as_an_image_resize_would() -> None:
    grid = RNG.normal(0, 1, (4, 4, 3, 4)).astype(np.float32)
    frame, box = (64, 48), Box(10, 5, 40, 30)
    maps = cv2.resize(grid.reshape(4, 4, 12), frame[::-1], interpolation=cv2.INTER_LINEAR).reshape(*frame, 3, 4)[box.slices]
    colors = RNG.random((40, 30, 3), np.float32)
    slow = (maps[..., :3] @ colors[..., None])[..., 0] + maps[..., 3]
    assert np.allclose(applying.apply(Transform(grid), colors, box, frame), slow, atol=1e-4)


def test_a_part_of_the_frame_is_changed_as_in_the_whole_frame() -> None:
    grid = RNG.normal(0, 1, (16, 16, 3, 4)).astype(np.float32)
    colors, box = RNG.random((300, 80, 3), np.float32), Box(130, 20, 90, 40)
    whole = applying.apply(Transform(grid), colors, Box(0, 0, 300, 80), (300, 80))
    part = applying.apply(Transform(grid), colors[box.slices], box, (300, 80))
    assert np.allclose(part, whole[box.slices], atol=1e-5)


def test_strength_zero_is_the_color_itself_and_half_is_half_the_change() -> None:
    colors, box = RNG.random((5, 5, 3), np.float32), Box(0, 0, 5, 5)
    transform = Transform(RNG.normal(0, 1, (4, 4, 3, 4)).astype(np.float32))
    whole = applying.apply(transform, colors, box, (5, 5))
    assert (applying.apply(transform, colors, box, (5, 5), 0.0) == colors).all()
    assert np.allclose(applying.apply(transform, colors, box, (5, 5), 0.5), (colors + whole) / 2, atol=1e-6)


EVEN = np.linspace(0, 1, 33, dtype=np.float32)


UNCHANGING = {
    "affine-grid": np.broadcast_to(IDENTITY, (1, 1, 3, 4)),
    "bilateral-grid": np.broadcast_to(IDENTITY, (4, 3, 8, 3, 4)),
    "curves": np.stack([EVEN] * 3, 1),
    "lut": np.stack(np.meshgrid(EVEN, EVEN, EVEN, indexing="ij"), -1),
}


@pytest.mark.parametrize("kind", UNCHANGING)
def test_no_change_lifts_to_no_change_exactly_in_every_form(kind: str) -> None:
    colors = RNG.random((40, 30, 3), np.float32)
    transform = Transform(np.ascontiguousarray(UNCHANGING[kind]), kind)
    assert (applying.apply(transform, colors, BOX, FRAME) == colors).all()


def test_an_affine_map_known_by_hand() -> None:
    one = np.array([[[[2, 0, 0, -0.5], [0, 1, 0, 0.25], [0.5, 0, 0.5, 0]]]], np.float32)
    answer = applying.apply(Transform(one), np.full((1, 1, 3), 0.5, np.float32), Box(0, 0, 1, 1), (1, 1))
    assert np.allclose(answer, [0.5, 0.75, 0.5])


def test_a_bilateral_grid_with_equal_layers_is_an_affine_grid() -> None:
    grid = RNG.normal(0, 1, (4, 3, 3, 4)).astype(np.float32)
    colors = RNG.random((40, 30, 3), np.float32)
    layers = Transform(np.repeat(grid[:, :, None], 8, 2), "bilateral-grid")
    assert np.allclose(applying.apply(layers, colors, BOX, FRAME), applying.apply(Transform(grid), colors, BOX, FRAME), atol=1e-5)


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
    answer = applying.apply(Transform(grid, "bilateral-grid"), colors, Box(0, 0, *FRAME), FRAME)
    assert np.allclose(answer, slow, atol=1e-4)


def test_curves_are_numpys_own_interpolation() -> None:
    values = np.sort(RNG.random((33, 3), np.float32), 0)
    colors = RNG.random((40, 30, 3), np.float32)
    answer = applying.apply(Transform(values, "curves"), colors, BOX, FRAME)
    wanted = np.stack([np.interp(colors[..., c], EVEN, values[:, c]) for c in range(3)], -1)
    assert np.allclose(answer, wanted, atol=1e-5)


def test_a_lut_is_pillows_own() -> None:
    cube = np.clip(UNCHANGING["lut"] + RNG.normal(0, 0.05, (33, 33, 33, 3)), 0, 1).astype(np.float32)
    colors = RNG.integers(0, 256, (40, 30, 3), np.uint8)
    table = cube.transpose(2, 1, 0, 3).reshape(-1)  # Pillow's red runs fastest
    wanted = pillow.fromarray(colors).filter(ImageFilter.Color3DLUT(33, table.tolist()))
    answer = applying.apply(Transform(cube, "lut"), to_float(colors), BOX, FRAME)
    assert np.abs(to_uint8(answer).astype(int) - np.asarray(wanted)).max() <= 1


def test_a_global_map_is_the_same_as_a_lut_and_as_curves_where_they_can_say_it() -> None:
    gains = np.diag([0.9, 0.8, 0.7]).astype(np.float32)
    colors = RNG.random((40, 30, 3), np.float32)
    forms = [
        Transform(np.concatenate([gains, np.full((3, 1), 0.1, np.float32)], 1)[None, None]),
        Transform((EVEN[:, None] * np.diag(gains) + np.float32(0.1)).astype(np.float32), "curves"),
        Transform((UNCHANGING["lut"] @ gains + np.float32(0.1)).astype(np.float32), "lut"),
    ]
    first, *others = (applying.apply(each, colors, BOX, FRAME) for each in forms)
    assert np.allclose(first, colors * np.diag(gains) + 0.1, atol=1e-6)
    assert all(np.allclose(first, each, atol=1e-5) for each in others)
