"""coded: films composed as they are coded come out as they would have in RGB."""

import numpy as np
import pytest

from cleanplate.film import coded
from cleanplate.film.outlines import Outline
from cleanplate.film.soft_edges import SmallPerson
from cleanplate.pixels.resampling import resize
from cleanplate.stages import compositing
from cleanplate.stages.compositing import Layer
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box
from cleanplate.video import yuv420
from cleanplate.video.coding import BT601, BT709, FULL, LIMITED, Coding

HD = Coding(LIMITED, BT709, BT709, BT709)
SIZE = 120, 180
CHANGE = Transform(np.array([[[[0.9, 0.1, 0.02, 0.05], [-0.05, 0.95, 0.1, 0.02], [0.02, -0.1, 0.8, 0.1]]]], np.float32))


def scene(seed: int) -> np.ndarray:
    """Smooth colors between 60 and 190, (120, 180, 3) uint8: halved color loses hardly anything of them, and nothing is cut off."""
    return resize(np.random.default_rng(seed).integers(60, 190, (4, 6, 3)).astype(np.uint8), SIZE)


def outline(frame: yuv420.Coded, alpha: np.ndarray, change: np.ndarray | None, box: Box) -> Outline:
    """A person in that box of a frame, whose alpha is of the frame shrunk."""
    step = box.height // alpha.shape[0]
    small = Box(*(each // step for each in (box.top, box.left, box.height, box.width)))
    pixels = np.zeros((*alpha.shape, 3), np.uint8)  # not looked at
    return Outline(frame, SmallPerson(pixels, alpha, small, (SIZE[0] // step, SIZE[1] // step)), change, False)


def outlined(step: int, box: Box) -> tuple[np.ndarray, np.ndarray]:
    """A soft alpha and a change of color for a box shrunk so many times."""
    rows, columns = box.height // step, box.width // step
    down, across = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    alpha = np.clip(2 - 2 * np.hypot(down, across), 0, 1).astype(np.float32)
    alpha[[0, -1]], alpha[:, [0, -1]] = 0, 0
    return alpha, (alpha[..., None] * np.float32([8, -6, 4])).astype(np.float32)


def composed(step: int, box: Box, coding: Coding, transform: Transform | None, changed: bool = True) -> list[np.ndarray]:
    """What is under test, in RGB, and what ``compositing.compose`` makes of the same at full size."""
    person, plate = (yuv420.encoded(scene(seed), coding) for seed in (1, 2))
    alpha, change = outlined(step, box)
    found = plate.copy()
    coded.compose_coded(found, outline(person, alpha, change if changed else None, box), transform, 0.8)
    size, slow = (box.height, box.width), plate.rgb()
    own = person.rgb()[box.slices] + (resize(change, size) if changed else 0)
    compositing.compose(slow, Layer(np.asarray(own / 255, np.float32), resize(alpha, size), box), transform, 0.8)
    return [found.rgb(), slow]


@pytest.mark.parametrize("coding", [HD, Coding(FULL, BT601, BT601, BT601)])
@pytest.mark.parametrize(("step", "box"), [(1, Box(14, 20, 80, 90)), (2, Box(14, 20, 80, 90)), (3, Box(30, 60, 66, 96))])
@pytest.mark.parametrize("transform", [None, CHANGE])
def test_it_is_what_rgb_at_full_size_gives(step, box, coding, transform):
    found, slow = composed(step, box, coding, transform)
    apart = np.abs(found.astype(int) - slow)
    assert apart.mean() < 0.5
    assert np.quantile(apart, 0.99) <= 2


def test_the_color_change_matters():
    """What the test above can see at all: its change and its own colors are levels, not rounding."""
    box = Box(14, 20, 80, 90)
    (plain, _), (bare, _), (full, _) = (composed(2, box, HD, *how) for how in ((None,), (None, False), (CHANGE,)))
    assert np.abs(plain.astype(int) - bare)[box.slices].max() > 5
    assert np.abs(full.astype(int) - plain)[box.slices].max() > 10


def test_pieces_do_not_show(monkeypatch):
    whole = composed(3, Box(30, 60, 66, 96), HD, CHANGE)[0]
    monkeypatch.setattr(coded, "STRIP", 1)
    assert (composed(3, Box(30, 60, 66, 96), HD, CHANGE)[0] == whole).all()


@pytest.mark.parametrize("box", [Box(0, 0, 60, 60), Box(60, 120, 60, 60), Box(0, 0, *SIZE)])
def test_at_the_frames_edges(box):
    """An alpha of 1 to the last pixel: all of the person, and nothing beyond."""
    person, plate = (yuv420.encoded(scene(seed), HD) for seed in (1, 2))
    found = plate.copy()
    coded.compose_coded(found, outline(person, np.ones((box.height // 3, box.width // 3), np.float32), None, box))
    halved = tuple(slice(each.start // 2, each.stop // 2) for each in box.slices)
    for name, part in (("luma", box.slices), ("blue", halved), ("red", halved)):
        mine, theirs, before = (getattr(each, name) for each in (found, person, plate))
        assert (mine[part] == theirs[part]).all()
        rest = np.ones(mine.shape, bool)
        rest[part] = False
        assert (mine[rest] == before[rest]).all()


def test_where_alpha_is_0_not_a_bit_moves():
    box = Box(14, 20, 80, 90)
    plate, (alpha, change) = yuv420.encoded(scene(2), HD), outlined(2, box)
    found = plate.copy()
    coded.compose_coded(found, outline(yuv420.encoded(scene(1), HD), alpha, change, box), CHANGE)
    covered = np.zeros(SIZE, np.float32)
    covered[box.slices] = resize(alpha, (box.height, box.width))
    assert (found.luma == plate.luma)[covered == 0].all()
    near = covered.reshape(60, 2, 90, 2).max((1, 3))
    near[:, 1:] = np.maximum(near[:, 1:], near[:, :-1])  # color is narrowed over three columns
    assert (found.blue == plate.blue)[near == 0].all()
    assert (found.luma != plate.luma).any()


def test_black_and_white_are_the_end():
    """As in RGB, where a color beyond them is cut off."""
    bright = Transform(np.array([[np.eye(3, 4, dtype=np.float32) * 2]], np.float32))
    found, person = yuv420.encoded(scene(2), HD), yuv420.encoded(np.full((*SIZE, 3), 250, np.uint8), HD)
    coded.compose_coded(found, outline(person, np.ones((60, 90), np.float32), None, Box(0, 0, *SIZE)), bright)
    assert found.luma.max() == 235
