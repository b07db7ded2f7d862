import numpy as np

from cleanplate import lifting
from cleanplate.types import Box, Transform

RNG = np.random.default_rng(3)
IDENTITY = np.eye(3, 4, dtype=np.float32)


def test_a_transform_that_changes_nothing_lifts_to_nothing() -> None:
    colors = RNG.random((37, 53, 3), np.float32)
    grid = np.broadcast_to(IDENTITY, (16, 16, 3, 4)).copy()
    assert (lifting.apply(Transform(grid), colors, Box(5, 7, 37, 53), (100, 90)) == colors).all()


def test_a_constant_grid_applies_its_one_affine_map_everywhere() -> None:
    colors = RNG.random((200, 30, 3), np.float32)
    one = RNG.normal(0, 1, (3, 4)).astype(np.float32)
    answer = lifting.apply(Transform(np.broadcast_to(one, (16, 16, 3, 4)).copy()), colors, Box(0, 0, 200, 30), (200, 30))
    assert np.allclose(answer, colors @ one[:, :3].T + one[:, 3], atol=1e-4)


def test_the_grid_is_interpolated_as_an_image_resize_would() -> None:
    import cv2

    grid = RNG.normal(0, 1, (4, 4, 3, 4)).astype(np.float32)
    frame, box = (64, 48), Box(10, 5, 40, 30)
    maps = cv2.resize(grid.reshape(4, 4, 12), frame[::-1], interpolation=cv2.INTER_LINEAR).reshape(*frame, 3, 4)[box.slices]
    colors = RNG.random((40, 30, 3), np.float32)
    slow = (maps[..., :3] @ colors[..., None])[..., 0] + maps[..., 3]
    assert np.allclose(lifting.apply(Transform(grid), colors, box, frame), slow, atol=1e-4)


def test_a_part_of_the_frame_is_changed_as_in_the_whole_frame() -> None:
    grid = RNG.normal(0, 1, (16, 16, 3, 4)).astype(np.float32)
    colors, box = RNG.random((300, 80, 3), np.float32), Box(130, 20, 90, 40)
    whole = lifting.apply(Transform(grid), colors, Box(0, 0, 300, 80), (300, 80))
    part = lifting.apply(Transform(grid), colors[box.slices], box, (300, 80))
    assert np.allclose(part, whole[box.slices], atol=1e-5)


def test_a_fit_of_no_change_is_no_change() -> None:
    picture, alpha = RNG.random((64, 64, 3), np.float32), RNG.random((64, 64), np.float32)
    grid = lifting.fit(picture, picture, alpha).grid
    assert np.abs(grid - IDENTITY).max() < 1e-5


def test_a_fit_finds_the_affine_map_that_made_the_answer() -> None:
    picture = RNG.random((64, 64, 3), np.float32)
    one = (IDENTITY + RNG.normal(0, 0.2, (3, 4))).astype(np.float32)
    after = picture @ one[:, :3].T + one[:, 3]
    alpha = np.zeros((64, 64), np.float32)
    alpha[16:48, 16:48] = 1
    after[alpha == 0] = 9  # what is not foreground has no say
    transform = lifting.fit(picture, after, alpha)
    answer = lifting.apply(transform, picture, Box(0, 0, 64, 64), (64, 64))
    assert np.abs(answer - after)[20:44, 20:44].max() < 0.02


def test_strength_zero_is_the_color_itself_and_half_is_half_the_change() -> None:
    colors, box = RNG.random((5, 5, 3), np.float32), Box(0, 0, 5, 5)
    transform = Transform(RNG.normal(0, 1, (4, 4, 3, 4)).astype(np.float32))
    whole = lifting.apply(transform, colors, box, (5, 5))
    assert (lifting.apply(transform, colors, box, (5, 5), 0.0) == colors).all()
    assert np.allclose(lifting.apply(transform, colors, box, (5, 5), 0.5), (colors + whole) / 2, atol=1e-6)
