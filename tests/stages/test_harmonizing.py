"""harmonizing: what a harmonizer is shown of plate and composite, against pictures made and shrunk whole; its answers."""

import numpy as np
import pytest

from cleanplate.models.harmonizer import Cues
from cleanplate.pixels import icc, over, profiles
from cleanplate.pixels.color import to_float, to_uint8, to_uint16
from cleanplate.pixels.resampling import squash
from cleanplate.stages import closeup, harmonizing
from cleanplate.stages.compositing import Layer
from cleanplate.stages.harmonizing import PlateSeen
from cleanplate.transforms.forms import Transform
from cleanplate.transforms.levels import Levels
from cleanplate.values import Box, Image

RNG = np.random.default_rng(6)
BOX = Box(20, 30, 150, 90)
FRAME = (200, 140)


@pytest.mark.parametrize("box", [BOX, Box(0, 0, *FRAME), Box(199, 139, 1, 1)])
@pytest.mark.parametrize("side", [8, 64])
def test_what_composing_will_change_is_found_without_composing(box: Box, side: int) -> None:
    plate = RNG.integers(0, 256, (*FRAME, 3), np.uint8)
    foreground = RNG.integers(0, 256, (box.height, box.width, 3), np.uint8)
    alpha = RNG.random((box.height, box.width), np.float32)
    changed, covered = harmonizing.added_by(Layer(foreground, alpha, box), Image(plate), side, strip=2000, finer=100)
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
    halved, whole = (harmonizing.added_by(Layer(foreground, alpha, box), Image(plate), 8, finer=finer) for finer in (4, 100))
    for some, other in zip(halved, whole, strict=True):
        assert 0 < np.abs(some - other).max() < 1 / 255


def test_a_picture_smaller_than_what_the_harmonizer_sees_is_enlarged_alike() -> None:
    alpha, box = RNG.random((5, 4), np.float32), Box(2, 3, 5, 4)
    whole = np.zeros((9, 7), np.float32)
    whole[box.slices] = alpha
    covered = harmonizing.shrunk_patch(harmonizing.Patch(alpha), box, (9, 7), 32)
    assert covered.shape == (32, 1, 32)
    assert np.abs(covered[:, 0] - squash(whole, 32)).max() < 1e-5


def test_of_a_wide_plate_the_harmonizer_is_shown_what_it_is_shown_of_the_same_plate_in_srgb() -> None:
    """The other way round: a plate brought to sRGB pixel by pixel, noise and all, and shrunk then."""
    wide, box = icc.profile("display-p3"), Box(40, 30, 1050, 960)
    down, across = np.mgrid[:1100, :1200].astype(np.float32)
    smooth = np.dstack([0.4 + down / 4400, 0.5 + 0.1 * np.sin(across / 90), 0.4 + across / 4800])  # sRGB has them all
    plate = to_uint16(smooth + RNG.normal(0, 0.02, smooth.shape).astype(np.float32))
    layer = Layer(plate[::-1, ::-1][box.slices], (across / 1200)[box.slices], box)

    def seen(image: Image) -> list[np.ndarray]:
        one = Answering(darker)
        small = harmonizing.shrink(image.pixels, 16, image.profile)
        harmonizing.color_change_of_pasted(one, lambda _: PlateSeen(small, one.cues(small)), image, layer.alpha, box)
        return [small, one.shown[0], harmonizing.added_by(layer, image, 16)[0]]

    same = Image(profiles.converted(plate, wide, None))
    for found, expected, left in zip(*map(seen, (Image(plate, profile=wide), same, Image(plate))), strict=True):
        assert np.abs(found - expected).max() < 0.5 / 255  # littleCMS asked for speed is off by as much
        assert np.abs(left - expected).max() > 2 / 255


def test_a_large_wide_plate_is_brought_to_srgb_when_it_has_been_shrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr(profiles, "shown", lambda pixels, profile: (seen.append(pixels.size), pixels)[1])
    plate, box = Image(np.zeros((1100, 1200, 3), np.uint16), profile=icc.profile("display-p3")), Box(40, 30, 1050, 960)
    layer = Layer(plate.pixels[box.slices], np.ones((1050, 960), np.float32), box)
    harmonizing.added_by(layer, plate, 16)
    harmonizing.shrink(plate.pixels, 16, plate.profile)
    assert 0 < sum(seen) < plate.pixels.size / 10


# ---- answers ---------------------------------------------------------------------------------------------------------


class Answering:
    """A harmonizer that keeps what it is shown and answers as it is told."""

    side = 16

    def __init__(self, answers) -> None:
        self.answers = answers

    def cues(self, plate: np.ndarray) -> Cues:
        return Cues(plate.mean((0, 1)))

    def answer(self, composite: np.ndarray, alpha: np.ndarray, cues: Cues) -> Transform | np.ndarray:
        self.shown = composite, alpha, cues
        return self.answers(composite)


def darker(composite: np.ndarray) -> np.ndarray:
    return composite / 2


def a_grid(composite: np.ndarray) -> Transform:
    return Transform(np.broadcast_to(np.eye(3, 4, dtype=np.float32) / 2, (4, 4, 3, 4)).copy())


def scene() -> tuple[np.ndarray, Layer, np.ndarray]:
    """A plate, a layer and the composite of both."""
    plate = RNG.integers(0, 256, (*FRAME, 3), np.uint8)
    layer = Layer(RNG.integers(0, 256, (BOX.height, BOX.width, 3), np.uint8), RNG.random((BOX.height, BOX.width), np.float32), BOX)
    whole = to_float(plate)
    whole[BOX.slices] = over.over(to_float(layer.foreground), layer.alpha, whole[BOX.slices])
    return plate, layer, to_uint8(whole)


def test_a_layer_over_its_plate_and_the_same_pasted_already_are_shown_alike() -> None:
    plate, layer, composite = scene()
    one, other = Answering(darker), Answering(darker)
    small = harmonizing.shrink(plate, 16)
    seen = PlateSeen(small, one.cues(small))
    harmonizing.color_change(one, lambda _: seen, Image(plate), layer)
    harmonizing.color_change_of_pasted(other, lambda _: seen, Image(composite), layer.alpha, BOX)
    for shown, wanted in zip(one.shown[:2], other.shown[:2], strict=True):
        assert np.abs(shown - wanted).max() < 1 / 255
    assert (one.shown[2].values == other.shown[2].values).all()


@pytest.mark.parametrize("soft", [False, True])
def test_at_levels_the_harmonizer_is_shown_who_was_brought_to_them_and_they_come_before_its_answer(soft: bool) -> None:
    plate, layer, _ = scene()
    levels = Levels(0.2, 0.05)
    smooth = 0.2 + 0.8 * squash(RNG.random((9, 7, 3), np.float32), BOX.height)[:, : BOX.width]
    layer = layer._replace(foreground=to_uint8(smooth), alpha=layer.alpha if soft else np.ones_like(layer.alpha))
    before, after = (to_float(plate) for _ in range(2))
    before[BOX.slices] = over.over(smooth, layer.alpha, before[BOX.slices])
    after[BOX.slices] = over.over((smooth - 0.2) * 0.95 / 0.8 + 0.05, layer.alpha, after[BOX.slices])
    one, other = Answering(darker), Answering(darker)
    small = harmonizing.shrink(plate, 16)
    seen = PlateSeen(small, one.cues(small))
    found = harmonizing.color_change(one, lambda _: seen, Image(plate), layer, levels=levels)
    near = 0.03 if soft else 0.012  # what of a small pixel is person is not known apart from the plate
    assert np.abs(one.shown[0] - squash(after, 16)).max() < near
    assert np.abs(one.shown[0] - squash(before, 16)).max() > 0.05
    assert found.tone[0].max() == 0 < found.tone[-1].min()
    if not soft:
        harmonizing.color_change_of_pasted(other, lambda _: seen, Image(to_uint8(before)), layer.alpha, BOX, levels)
        inside = other.shown[1] > 0.999
        assert np.abs(other.shown[0] - one.shown[0])[inside].max() < 2 / 255
        assert np.abs(other.shown[0] - small)[other.shown[1] == 0].max() < 1 / 255


def test_who_is_small_is_shown_in_a_window_of_their_plate_whether_laid_or_pasted_already() -> None:
    plate, rng = RNG.integers(0, 256, (400, 600, 3), np.uint8), np.random.default_rng(4)
    box = Box(210, 300, 90, 40)
    layer = Layer(rng.integers(0, 256, (90, 40, 3), np.uint8), rng.random((90, 40), np.float32), box)
    composite = to_float(plate)
    composite[box.slices] = over.over(to_float(layer.foreground), layer.alpha, composite[box.slices])
    window = closeup.around(box, (400, 600))
    part = window.box((400, 600))
    asked = []

    def seen(window):
        asked.append(window)
        small = harmonizing.shrink(plate[window.box((400, 600)).slices], 16)
        return PlateSeen(small, one.cues(small))

    one, other, whole = Answering(a_grid), Answering(a_grid), np.zeros((400, 600), np.float32)
    whole[box.slices] = layer.alpha
    found = harmonizing.color_change(one, seen, Image(plate), layer)
    pasted = harmonizing.color_change_of_pasted(other, seen, Image(to_uint8(composite)), layer.alpha, box)
    assert asked == [window] * 2 != [closeup.WHOLE] * 2
    assert np.abs(one.shown[0] - squash(composite[part.slices], 16)).max() < 1 / 255
    assert np.abs(one.shown[1] - squash(whole[part.slices], 16)).max() < 1e-5
    for shown, wanted in zip(one.shown[:2], other.shown[:2], strict=True):
        assert np.abs(shown - wanted).max() < 1 / 255
    assert found.grid.shape == pasted.grid.shape == (window.rows, window.columns, 3, 4)


@pytest.mark.parametrize("part", [Box(40, 50, 60, 40), Box(0, 0, 60, 60), Box(100, 80, 100, 60), Box(0, 0, *FRAME)])
def test_what_of_a_layer_lies_in_a_part_of_the_frame_is_what_lies_there(part: Box) -> None:
    plate, layer, _ = scene()
    inside, under = harmonizing.cut_to(layer, Image(plate), part)
    whole, there = np.zeros(FRAME, np.float32), np.zeros((part.height, part.width), np.float32)
    whole[BOX.slices] = layer.alpha
    there[inside.box.slices] = inside.alpha
    assert (there == whole[part.slices]).all()
    colors = np.zeros((*FRAME, 3), np.uint8)
    colors[BOX.slices] = layer.foreground
    moved = inside.box.top + part.top, inside.box.left + part.left
    at = Box(*moved, inside.box.height, inside.box.width)
    assert (inside.foreground == colors[at.slices]).all()
    assert (under.pixels == plate[part.slices]).all()


@pytest.mark.parametrize("answers", [darker, a_grid])
@pytest.mark.parametrize("one_map", [False, True])
def test_whatever_the_answer_it_becomes_a_change_of_the_form_that_is_asked_for(answers, one_map: bool) -> None:
    """Halved colors and a grid of halving maps: at one map both are one half of every channel."""
    composite, everywhere, cues = RNG.random((16, 16, 3), np.float32), np.ones((16, 16), np.float32), Cues(np.zeros(1, np.float32))
    found = harmonizing.answer(Answering(answers), composite, everywhere, cues, one_map=one_map)
    assert found.kind == ("bilateral-grid" if answers is darker and not one_map else "affine-grid")
    if one_map:
        assert found.grid.shape == (1, 1, 3, 4)
        assert np.abs(found.grid[0, 0] - np.eye(3, 4) / 2).max() < 0.03
