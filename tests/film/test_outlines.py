"""outlines: which frames stay in halved color; what is found of the person in them is compared in ``test_coded``."""

import cv2
import numpy as np
import pytest
from PIL import Image as pillow

from cleanplate.film import outlines, own_colors, soft_edges, tracking
from cleanplate.film.outlines import staying_coded
from cleanplate.film.quality import FilmLook
from cleanplate.settings import Placement, Settings
from cleanplate.values import Box
from cleanplate.video import yuv420
from cleanplate.video.coding import BT601, BT709, LIMITED, Coding
from cleanplate.video.frames import Frame

HD = Coding(LIMITED, BT709, BT709, BT709)
SIZE = 120, 180
PIXELS = np.full((*SIZE, 3), 90, np.uint8)


@pytest.fixture
def seen(portrait) -> tracking.Matted:
    """A person before gray, matted, 384 x 512 pixels."""
    frame, photo = np.full((384, 512, 3), 120, np.uint8), pillow.open(portrait).convert("RGB")
    photo.thumbnail((384, 384))
    frame[384 - photo.height :, 80 : 80 + photo.width] = np.asarray(photo)
    return tracking.Tracker(1, 25.0)(frame)


def look(**other) -> FilmLook:
    told = {"placement": Placement(), "settings": Settings(), "quality": "fast", "size": SIZE, "rate": 25.0}
    return FilmLook(**(told | other))


def coded(**other) -> Frame:
    return Frame(yuv420.encoded(PIXELS, HD), 0, **other)


def test_a_plain_film_stays_as_it_is_coded_and_upright():
    frame = coded()
    assert staying_coded(look(), lambda coding: coding == HD)(frame) is frame.stored
    turned = staying_coded(look(size=SIZE[::-1]), lambda _: True)(coded(turns=1))
    assert turned is not None
    assert turned.shape == (180, 120, 3)


@pytest.mark.parametrize(
    "other",
    [
        {"quality": "best"}, {"placement": Placement(height=0.5)}, {"settings": Settings(wrap=0.1)}, {"alone": True},
        {"size": (118, 180)}, {"settings": Settings(exposure=-0.1)}, {"settings": Settings(warmth=0.1)},
        {"settings": Settings(edge=-0.1)}, {"settings": Settings(clean_hair=0.1)},
    ],
)  # fmt: skip
def test_where_more_is_asked_no_frame_stays_coded(other):
    assert staying_coded(look(**other), lambda _: True)(coded()) is None


@pytest.mark.parametrize("other", [{"quality": "balanced"}, {"settings": Settings(0.3)}, {"settings": Settings(blend=False)}])
def test_what_changes_nothing_about_where_and_how_it_is_composed_may_be_asked(other):
    assert staying_coded(look(**other), lambda _: True)(coded()) is not None


def test_a_frame_that_no_whole_number_of_pixels_shrinks_goes_by_way_of_rgb():
    """2566 is twice a prime, and half of it is more than twice what the edge is looked at."""
    sizes, found = ((2, 2566), (2, 2560)), []
    for size in sizes:
        frame = Frame(yuv420.encoded(np.zeros((*size, 3), np.uint8), HD), 0)
        found.append(staying_coded(look(size=size), lambda _: True)(frame) is not None)
    assert found == [False, True]


def test_an_encoder_of_another_coding_a_turned_frame_of_another_size_and_rgb_go_by_way_of_rgb():
    assert staying_coded(look(), lambda coding: coding.matrix == BT601)(coded()) is None
    assert staying_coded(look(), lambda _: True)(coded(turns=1)) is None
    assert staying_coded(look(), lambda _: True)(Frame(PIXELS, 0)) is None


@pytest.mark.parametrize("shift", [0, 40])
def test_the_outline_of_a_coded_frame_is_what_is_found_on_the_same_frame_in_rgb(seen, shift):
    """At twice the size of what the network saw: box, alpha and the change of the colors, to the rounding of the code values."""
    assert seen.alpha is not None
    whole = np.roll(cv2.resize(seen.pixels, (512, 384), interpolation=cv2.INTER_CUBIC), shift, 1)
    cover, small = (np.roll(cv2.resize(each, (128, 96)), shift // 4, 1) for each in (seen.alpha, seen.small))
    coded = yuv420.encoded(whole, Coding(LIMITED, BT709, BT709, BT709))
    frame = tracking.Matted(coded, small, cover, True)
    found = outlines.outline(frame, coded, cover, 256, True)
    right = soft_edges.small_person(coded.rgb(), cover, 2)
    assert (found.small.size, found.cut) == ((192, 256), True)
    assert found.box == Box(*(2 * getattr(found.small.box, each) for each in ("top", "left", "height", "width")))
    mine, theirs = np.zeros((2, 192, 256), np.float32)
    mine[found.small.box.slices], theirs[right.box.slices] = found.small.alpha, right.alpha
    assert np.abs(mine - theirs).mean() < 0.01
    assert (mine > 0.5).sum() == pytest.approx((theirs > 0.5).sum(), rel=0.01)
    own = own_colors.own_change(right, own_colors.sure_colors(frame, cover))
    both = np.zeros((2, 192, 256, 3), np.float32)
    both[0][found.small.box.slices], both[1][right.box.slices] = found.change, own
    assert np.abs(both[1]).max() > 5
    assert np.abs(both[0] - both[1]).mean() < 0.2
    assert outlines.outline(frame, coded, cover, 256, False).change is None
