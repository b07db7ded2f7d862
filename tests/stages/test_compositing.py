import numpy as np
import pytest

from cleanplate.pixels import over
from cleanplate.pixels.color import to_float, to_pixels
from cleanplate.stages import compositing
from cleanplate.stages.compositing import Layer
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
    compositing.compose(plate, Layer(foreground, alpha, BOX), change, 0.7)
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
    compositing.compose(exact, Layer(foreground, alpha, BOX), change, strength)
    compositing.compose_quickly(quick, Layer(foreground, alpha, BOX), change, strength)
    assert np.abs(exact.astype(int) - quick).max() <= 2
    covered = np.zeros(FRAME, np.bool_)
    covered[BOX.slices] = alpha > 0
    assert (quick == plate)[~covered].all()


@pytest.mark.parametrize("form", forms())
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_the_size_of_the_strips_changes_nothing(kind: type, form: str) -> None:
    plate, foreground, alpha = pictures(kind)
    change, answers = forms()[form], []
    for size in (1, 1000, 5000, 10**9):
        answers.append(plate.copy())
        layer = Layer(foreground, alpha, BOX)
        compositing.lay(answers[-1], layer, compositing.made_ready(layer, answers[-1], change, 1.0), size)
    assert all((each == answers[0]).all() for each in answers)


def test_where_alpha_is_zero_and_outside_the_box_nothing_is_touched() -> None:
    plate, foreground, alpha = pictures(np.uint8)
    before, touched = plate.copy(), np.zeros(FRAME, bool)
    touched[BOX.slices] = alpha > 0
    compositing.compose(plate, Layer(foreground, alpha, BOX), transform())
    assert (plate[~touched] == before[~touched]).all()
    assert (plate[touched] != before[touched]).any()


def test_no_change_at_alpha_one_is_the_foreground_itself() -> None:
    plate, foreground, _ = pictures(np.uint16)
    none = Transform(np.broadcast_to(np.eye(3, 4, dtype=np.float32), (4, 4, 3, 4)).copy())
    compositing.compose(plate, Layer(foreground, np.ones((BOX.height, BOX.width), np.float32), BOX), none)
    assert (plate[BOX.slices] == foreground).all()


def test_strength_zero_is_no_transform() -> None:
    plate, foreground, alpha = pictures(np.uint8)
    other = plate.copy()
    compositing.compose(plate, Layer(foreground, alpha, BOX), transform(), 0.0)
    compositing.compose(other, Layer(foreground, alpha, BOX))
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
        compositing.compose(answers[-1], Layer(some, cover, BOX), change)
    for each in answers[1:]:
        off = np.abs(each.astype(int) - answers[0])
        assert off.max() <= 1
        assert (off > 0).mean() < 0.002


def test_a_foreground_that_lies_in_the_picture_itself_is_changed_in_its_place() -> None:
    """As when a composite is harmonized: the foreground is a view of the picture that is written."""
    plate, _, alpha = pictures(np.uint8)
    change, apart = transform(), plate.copy()
    compositing.compose(apart, Layer(plate[BOX.slices].copy(), alpha, BOX), change)
    compositing.compose(plate, Layer(plate[BOX.slices], alpha, BOX), change)
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
    compositing.compose(image, Layer(foreground, np.ones((40, 50), np.float32), box), transform)
    even, values = np.linspace(0, 1, 12), foreground / top
    toned = np.stack([np.interp(values[..., c], even, transform.tone[:, c]) for c in range(3)], 2).astype(np.float32)
    wanted = np.clip(applying.apply(Transform(transform.grid), toned, box, (64, 80)), 0, 1) * np.iinfo(image.dtype).max
    assert np.abs(image[box.slices].astype(float) - wanted).max() <= (0.51 if kind != np.float32 else 0.52)


def test_lifting_and_composing_agree_on_a_toned_transform_at_any_strength() -> None:
    rng, transform, box = np.random.default_rng(7), toned_transform(), Box(0, 0, 32, 40)
    foreground = rng.integers(0, 256, (32, 40, 3), np.uint8)
    for strength in (0.3, 1.0, 1.5):
        image = np.zeros((32, 40, 3), np.uint8)
        compositing.compose(image, Layer(foreground, np.ones((32, 40), np.float32), box), transform, strength)
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
    compositing.compose(exact, Layer(foreground, alpha, box), one, 0.8)
    compositing.compose_quickly(quick, Layer(foreground, alpha, box), one, 0.8)
    assert np.abs(exact.astype(int) - quick).max() <= 2


@pytest.mark.parametrize(
    ("box", "pixels", "rows"), [(Box(7, 9, 100, 50), 200, 4), (Box(0, 0, 10, 50), 1, 1), (Box(0, 0, 9, 3), 10**6, 9)]
)
def test_strips_are_whole_rows_of_about_so_many_pixels_and_together_the_box(box: Box, pixels: int, rows: int) -> None:
    found = list(compositing.strips(box, pixels))
    assert [each.stop - each.start for each in found[:-1]] == [rows] * (len(found) - 1)
    assert 0 < found[-1].stop - found[-1].start <= rows
    assert [row for each in found for row in range(each.start, each.stop)] == list(range(box.height))


def test_columns_without_any_alpha_are_left_out_as_far_as_cuts_allow() -> None:
    alpha = np.zeros((3, 20), np.float32)
    assert compositing.touched(alpha) == slice(0, 0)
    alpha[1, 6], alpha[2, 11] = 0.1, 1
    assert compositing.touched(alpha) == slice(6, 12)
    assert compositing.touched(alpha, [0, 5, 10, 15, 20]) == slice(5, 15)
    assert compositing.touched(alpha, [0, 6, 12, 20]) == slice(6, 12)
