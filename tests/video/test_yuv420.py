"""yuv420: frames in halved color, kept as they are, turned, shrunk, and made of RGB."""

import numpy as np
import pytest

from cleanplate.pixels.color import to_pixels
from cleanplate.pixels.resampling import resize
from cleanplate.video import yuv420
from cleanplate.video.coding import BT601, BT709, FULL, LIMITED, RGB, Coding
from cleanplate.video.decoding import turned

HD = Coding(LIMITED, BT709, BT709, BT709)
SIZE = 120, 180


def scene(seed: int) -> np.ndarray:
    """Smooth colors between 60 and 190, (120, 180, 3) uint8: halved color loses hardly anything of them, and nothing is cut off."""
    return resize(np.random.default_rng(seed).integers(60, 190, (4, 6, 3)).astype(np.uint8), SIZE)


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
    assert (yuv420.as_decoded(frame, coding) is not None) == is_taken


def test_to_a_frame_and_back():
    pytest.importorskip("av")
    picture = yuv420.encoded(scene(1), HD)
    frame = yuv420.to_frame(picture)
    back = yuv420.as_decoded(frame, HD)
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
