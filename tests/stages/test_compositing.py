import numpy as np
import pytest

from cleanplate.pixels import over
from cleanplate.pixels.color import to_float, to_pixels, to_uint8
from cleanplate.pixels.resampling import squash
from cleanplate.stages import compositing
from cleanplate.transforms import applying
from cleanplate.transforms.applying import tone
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box

RNG = np.random.default_rng(5)
BOX = Box(20, 30, 150, 90)
FRAME = (200, 140)


def transform(spread: float = 0.1) -> Transform:
    return Transform((np.eye(3, 4) + RNG.normal(0, spread, (16, 16, 3, 4))).astype(np.float32))


def pictures(kind: type) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Plate, foreground and an alpha with holes, soft and solid parts."""
    top = np.iinfo(kind).max
    plate = RNG.integers(0, top, (*FRAME, 3), kind, endpoint=True)
    foreground = RNG.integers(0, top, (BOX.height, BOX.width, 3), kind, endpoint=True)
    alpha = np.clip(RNG.normal(0.5, 1, (BOX.height, BOX.width)), 0, 1).astype(np.float32)
    alpha[60:90] = 0
    return plate, foreground, alpha


def forms() -> dict[str, Transform]:
    even = np.linspace(0, 1, 9, dtype=np.float32)
    cube = np.stack(np.meshgrid(even, even, even, indexing="ij"), -1)
    return {
        "affine-grid": transform(),
        "one map": Transform(transform().grid[:1, :1]),
        "bilateral-grid": Transform(np.stack([transform().grid] * 3, 2), "bilateral-grid"),
        "curves": Transform(np.stack([even**2] * 3, 1), "curves"),
        "lut": Transform(cube**2, "lut"),
    }


@pytest.mark.parametrize("form", forms())
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_strips_equal_the_equation_on_the_whole_box(kind: type, form: str) -> None:
    plate, foreground, alpha = pictures(kind)
    change, colors = forms()[form], to_float(foreground)
    lifted = applying.apply(change, colors, BOX, FRAME, 0.7)
    wanted = plate.copy()
    wanted[BOX.slices] = to_pixels(over.over(lifted, alpha, to_float(plate[BOX.slices])), plate)
    compositing.finish(plate, foreground, alpha, BOX, change, 0.7)
    off = np.abs(plate.astype(int) - wanted)
    assert off.max() <= 1
    assert (off > 0).mean() < 0.002  # ties that float32 rounds one way or the other


@pytest.mark.parametrize("strength", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("mapped", [False, True])
def test_the_quick_way_agrees_within_two_levels_and_leaves_what_is_behind_alpha_0(mapped: bool, strength: float) -> None:
    plate = RNG.integers(0, 256, (*FRAME, 3), np.uint8)
    foreground = RNG.integers(0, 256, (BOX.height, BOX.width, 3), np.uint8)
    alpha = np.clip(2 * RNG.random((BOX.height, BOX.width), np.float32) - 0.5, 0, 1)
    grid = np.array([[0.7, 0.1, 0, 0.05], [0.05, 0.8, -0.05, 0.08], [0, 0.2, 0.6, 0.1]], np.float32)  # no color leaves the range
    change = Transform(grid[None, None]) if mapped else None
    exact, quick = plate.copy(), plate.copy()
    compositing.finish(exact, foreground, alpha, BOX, change, strength)
    compositing.finish_quickly(quick, foreground, alpha, BOX, change, strength)
    assert np.abs(exact.astype(int) - quick).max() <= 2
    covered = np.zeros(FRAME, np.bool_)
    covered[BOX.slices] = alpha > 0
    assert (quick == plate)[~covered].all()


@pytest.mark.parametrize("box", [BOX, Box(0, 0, *FRAME), Box(199, 139, 1, 1)])
@pytest.mark.parametrize("side", [8, 64])
def test_what_composing_will_change_is_found_without_composing(box: Box, side: int) -> None:
    plate = RNG.integers(0, 256, (*FRAME, 3), np.uint8)
    foreground = RNG.integers(0, 256, (box.height, box.width, 3), np.uint8)
    alpha = RNG.random((box.height, box.width), np.float32)
    changed, covered = compositing.shrunk(plate, foreground, alpha, box, side, strip=2000, finer=100)
    before = to_float(plate)
    after, whole = before.copy(), np.zeros(FRAME, np.float32)
    after[box.slices] = over.over(to_float(foreground), alpha, before[box.slices])
    whole[box.slices] = alpha
    assert np.abs(changed - (squash(after, side) - squash(before, side))).max() < 1e-5
    assert np.abs(covered - squash(whole, side)).max() < 1e-5


@pytest.mark.parametrize("box", [BOX, Box(0, 0, 203, 141), Box(203 - 5, 141 - 3, 5, 3)])
def test_halving_a_large_picture_first_changes_next_to_nothing(box: Box) -> None:
    down, across = np.mgrid[:203, :141].astype(np.float32)
    plate = to_uint8(np.dstack([down / 203, across / 141, (down + across) / 344]))
    foreground, alpha = plate[::-1, ::-1][box.slices], (down / 203)[box.slices]
    halved, whole = (compositing.shrunk(plate, foreground, alpha, box, 8, finer=finer) for finer in (4, 100))
    for some, other in zip(halved, whole, strict=True):
        assert 0 < np.abs(some - other).max() < 1 / 255


def test_a_picture_smaller_than_what_the_harmonizer_sees_is_enlarged_alike() -> None:
    plate, alpha, box = RNG.integers(0, 256, (9, 7, 3), np.uint8), RNG.random((5, 4), np.float32), Box(2, 3, 5, 4)
    whole = np.zeros((9, 7), np.float32)
    whole[box.slices] = alpha
    changed, covered = compositing.shrunk(plate, None, alpha, box, 32)
    assert np.abs(covered - squash(whole, 32)).max() < 1e-5
    assert not changed.any()


@pytest.mark.parametrize("form", forms())
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_the_size_of_the_strips_changes_nothing(kind: type, form: str) -> None:
    plate, foreground, alpha = pictures(kind)
    change, answers = forms()[form], []
    for size in (1, 1000, 5000, 10**9):
        answers.append(plate.copy())
        compositing.finish(answers[-1], foreground, alpha, BOX, change, strip=size)
    assert all((each == answers[0]).all() for each in answers)


def test_where_alpha_is_zero_and_outside_the_box_nothing_is_touched() -> None:
    plate, foreground, alpha = pictures(np.uint8)
    before, touched = plate.copy(), np.zeros(FRAME, bool)
    touched[BOX.slices] = alpha > 0
    compositing.finish(plate, foreground, alpha, BOX, transform())
    assert (plate[~touched] == before[~touched]).all()
    assert (plate[touched] != before[touched]).any()


def test_no_change_at_alpha_one_is_the_foreground_itself() -> None:
    plate, foreground, _ = pictures(np.uint16)
    none = Transform(np.broadcast_to(np.eye(3, 4, dtype=np.float32), (4, 4, 3, 4)).copy())
    compositing.finish(plate, foreground, np.ones((BOX.height, BOX.width), np.float32), BOX, none)
    assert (plate[BOX.slices] == foreground).all()


def test_strength_zero_is_no_transform() -> None:
    plate, foreground, alpha = pictures(np.uint8)
    other = plate.copy()
    compositing.finish(plate, foreground, alpha, BOX, transform(), 0.0)
    compositing.finish(other, foreground, alpha, BOX)
    assert (plate == other).all()


def test_floats_and_integers_of_any_depth_give_the_same_picture() -> None:
    plate, foreground, _ = pictures(np.uint8)
    alpha = RNG.integers(0, 255, (BOX.height, BOX.width), np.uint8, endpoint=True)
    kinds = [
        (foreground, alpha),
        (to_float(foreground), to_float(alpha)),
        (foreground.astype(np.uint16) * np.uint16(257), to_float(alpha)),
    ]
    change, answers = transform(), []
    for some, cover in kinds:
        answers.append(plate.copy())
        compositing.finish(answers[-1], some, cover, BOX, change)
    for each in answers[1:]:
        off = np.abs(each.astype(int) - answers[0])
        assert off.max() <= 1
        assert (off > 0).mean() < 0.002


def test_a_foreground_that_lies_in_the_picture_itself_is_changed_in_its_place() -> None:
    """As when a composite is harmonized: the foreground is a view of the picture that is written."""
    plate, _, alpha = pictures(np.uint8)
    change, apart = transform(), plate.copy()
    compositing.finish(apart, plate[BOX.slices].copy(), alpha, BOX, change)
    compositing.finish(plate, plate[BOX.slices], alpha, BOX, change)
    assert (plate == apart).all()


# ---- tone ----------------------------------------------------------------------------------------------------------


def toned_transform(seed: int = 5) -> Transform:
    rng = np.random.default_rng(seed)
    tone = np.sort(rng.random((12, 3)).astype(np.float32), 0)
    tone[0] = 0
    grid = np.eye(3, 4, dtype=np.float32) + rng.normal(0, 0.05, (4, 5, 3, 4)).astype(np.float32)
    return Transform(grid, tone=tone)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_colors_go_through_the_tone_before_the_grid(kind: type) -> None:
    """Against numpy's own interpolation of the curves, and the grid applied to what that gives."""
    rng, transform, box = np.random.default_rng(6), toned_transform(), Box(3, 5, 40, 50)
    top = 1.0 if kind == np.float32 else float(np.iinfo(kind).max)
    foreground = (rng.random((40, 50, 3)) * top).astype(kind)
    image = np.zeros((64, 80, 3), np.uint16 if kind == np.uint16 else np.uint8)
    compositing.finish(image, foreground, np.ones((40, 50), np.float32), box, transform)
    even, values = np.linspace(0, 1, 12), foreground / top
    toned = np.stack([np.interp(values[..., c], even, transform.tone[:, c]) for c in range(3)], 2).astype(np.float32)
    wanted = np.clip(applying.apply(Transform(transform.grid), toned, box, (64, 80)), 0, 1) * np.iinfo(image.dtype).max
    assert np.abs(image[box.slices].astype(float) - wanted).max() <= (0.51 if kind != np.float32 else 0.52)


def test_lifting_and_composing_agree_on_a_toned_transform_at_any_strength() -> None:
    rng, transform, box = np.random.default_rng(7), toned_transform(), Box(0, 0, 32, 40)
    foreground = rng.integers(0, 256, (32, 40, 3), np.uint8)
    for strength in (0.3, 1.0, 1.5):
        image = np.zeros((32, 40, 3), np.uint8)
        compositing.finish(image, foreground, np.ones((32, 40), np.float32), box, transform, strength)
        lifted = applying.apply(transform, foreground / np.float32(255), box, (32, 40), strength)
        assert np.abs(image - np.clip(lifted * 255, 0, 255)).max() <= 0.51
    colors = foreground / np.float32(255)
    assert np.array_equal(applying.apply(transform, colors, box, (32, 40), 0), colors)


def test_a_tone_stronger_than_whole_still_never_falls() -> None:
    for strength in (0.5, 1.0, 1.5):
        curves = tone(toned_transform(), strength)
        assert curves is not None
        assert (np.diff(curves, axis=0) >= 0).all()
        assert curves.min() >= 0
        assert curves.max() <= 1


def test_eight_bits_by_integers_are_within_two_levels_with_a_tone_too() -> None:
    rng, transform, box = np.random.default_rng(8), toned_transform(), Box(2, 2, 30, 36)
    one = Transform(np.eye(3, 4, dtype=np.float32)[None, None] * np.float32(0.9), tone=transform.tone)
    foreground, alpha = rng.integers(0, 256, (30, 36, 3), np.uint8), rng.random((30, 36)).astype(np.float32)
    exact, quick = (np.full((40, 40, 3), 90, np.uint8) for _ in range(2))
    compositing.finish(exact, foreground, alpha, box, one, 0.8)
    compositing.finish_quickly(quick, foreground, alpha, box, one, 0.8)
    assert np.abs(exact.astype(int) - quick).max() <= 2
