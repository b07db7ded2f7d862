"""coded: films composed as they are coded come out as they would have in RGB."""

import numpy as np
import pytest

from cleanplate.pixels.color import to_pixels
from cleanplate.pixels.resampling import resize
from cleanplate.stages import compositing
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box
from cleanplate.video import yuv420
from cleanplate.video.coding import BT601, BT709, FULL, LIMITED, RGB, Coding
from cleanplate.video.decoding import turned

HD = Coding(LIMITED, BT709, BT709, BT709)
SIZE = 120, 180
CHANGE = Transform(np.array([[[[0.9, 0.1, 0.02, 0.05], [-0.05, 0.95, 0.1, 0.02], [0.02, -0.1, 0.8, 0.1]]]], np.float32))


def scene(seed: int) -> np.ndarray:
    """Smooth colors between 60 and 190, (120, 180, 3) uint8: halved color loses hardly anything of them, and nothing is cut off."""
    return resize(np.random.default_rng(seed).integers(60, 190, (4, 6, 3)).astype(np.uint8), SIZE)


def outlined(step: int, box: Box) -> tuple[np.ndarray, np.ndarray]:
    """A soft alpha and a change of color for a box shrunk so many times."""
    rows, columns = box.height // step, box.width // step
    down, across = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    alpha = np.clip(2 - 2 * np.hypot(down, across), 0, 1).astype(np.float32)
    alpha[[0, -1]], alpha[:, [0, -1]] = 0, 0
    return alpha, (alpha[..., None] * np.float32([8, -6, 4])).astype(np.float32)


def composed(step: int, box: Box, coding: Coding, transform: Transform | None, changed: bool = True) -> list[np.ndarray]:
    """What is under test, in RGB, and what ``compositing.finish`` makes of the same at full size."""
    person, plate = (yuv420.encoded(scene(seed), coding) for seed in (1, 2))
    alpha, change = outlined(step, box)
    found = plate.copy()
    yuv420.finish(found, person, alpha, change if changed else None, box, transform, 0.8)
    size, slow = (box.height, box.width), plate.rgb()
    own = person.rgb()[box.slices] + (resize(change, size) if changed else 0)
    compositing.finish(slow, np.asarray(own / 255, np.float32), resize(alpha, size), box, transform, 0.8)
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
    monkeypatch.setattr(yuv420, "STRIP", 1)
    assert (composed(3, Box(30, 60, 66, 96), HD, CHANGE)[0] == whole).all()


@pytest.mark.parametrize("box", [Box(0, 0, 60, 60), Box(60, 120, 60, 60), Box(0, 0, *SIZE)])
def test_at_the_frames_edges(box):
    """An alpha of 1 to the last pixel: all of the person, and nothing beyond."""
    person, plate = (yuv420.encoded(scene(seed), HD) for seed in (1, 2))
    found = plate.copy()
    yuv420.finish(found, person, np.ones((box.height // 3, box.width // 3), np.float32), None, box, None, 1.0)
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
    yuv420.finish(found, yuv420.encoded(scene(1), HD), alpha, change, box, CHANGE, 1.0)
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
    yuv420.finish(found, person, np.ones((60, 90), np.float32), None, Box(0, 0, *SIZE), bright, 1.0)
    assert found.luma.max() == 235


def test_a_smaller_picture_is_the_shrunk_rgb():
    picture = yuv420.encoded(scene(1), HD)
    for size in ((40, 60), (60, 90), (32, 64), (120, 180)):
        apart = np.abs(yuv420.smaller(picture, size).astype(int) - resize(picture.rgb(), size))
        assert apart.mean() < 1.5
        assert apart.max() <= 8


def test_a_plate_of_16_bits_is_kept_in_8():
    deep = to_pixels(np.asarray(scene(1) / 255, np.float32), np.zeros(1, np.uint16))
    found, shallow = yuv420.encoded(deep, HD), yuv420.encoded(scene(1), HD)
    assert found.luma.dtype == np.uint8
    assert np.abs(found.luma.astype(int) - shallow.luma).max() <= 1


@pytest.mark.parametrize(
    ("kind", "size", "coding", "is_taken"),
    [
        ("yuv420p", (48, 64), HD, True), ("yuvj420p", (48, 64), Coding(FULL, BT601, 2, 2), True),
        ("yuv444p", (48, 64), HD, False), ("yuv420p10le", (48, 64), HD, False), ("yuv420p", (47, 64), HD, False),
        ("yuv420p", (48, 64), Coding(LIMITED, BT709, 12, BT709), False), ("gbrp", (48, 64), Coding(FULL, RGB, BT709, 1), False),
    ],
)  # fmt: skip
def test_what_is_kept_as_it_is_and_what_is_not(kind, size, coding, is_taken):
    av = pytest.importorskip("av")
    frame = av.VideoFrame(size[1], size[0], kind)
    assert (yuv420.taken(frame, coding) is not None) == is_taken


def test_to_a_frame_and_back():
    pytest.importorskip("av")
    picture = yuv420.encoded(scene(1), HD)
    frame = yuv420.to_frame(picture)
    back = yuv420.taken(frame, HD)
    assert back is not None
    assert all((getattr(back, name) == getattr(picture, name)).all() for name in ("luma", "blue", "red"))
    assert (int(frame.color_range), frame.colorspace, frame.color_primaries, frame.color_trc) == (1, 1, 1, 1)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("mirror", [False, True])
def test_a_turned_frame_has_its_colors_where_rgb_has_them(turns, mirror):
    """Half a pixel beside it they would be five levels off at a slope of ten a pixel."""
    ramp = np.clip(20 + 4 * np.mgrid[:60, :40].sum(0), 0, 255)
    picture = yuv420.encoded(np.dstack([ramp, np.full_like(ramp, 128), 255 - ramp]).astype(np.uint8)[:40, :20], HD)
    found = yuv420.upright(picture, turns, mirror)
    right = turned(picture.rgb(), turns, mirror)
    wanted = yuv420.encoded(right, HD)
    for name in ("blue", "red"):
        mine, theirs = (getattr(each, name)[2:-2, 2:-2].astype(float) for each in (found, wanted))
        assert abs((mine - theirs).mean()) < 0.35
        assert np.abs(mine - theirs).max() <= 1
    assert np.abs(found.luma.astype(int) - wanted.luma).max() <= 1
