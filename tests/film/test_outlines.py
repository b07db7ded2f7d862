"""outlines: which frames stay in halved color; what is found of the person in them is compared in ``test_coded``."""

import numpy as np
import pytest

from cleanplate.film.outlines import staying_coded
from cleanplate.film.quality import Look
from cleanplate.values import Placement, Settings
from cleanplate.video import yuv420
from cleanplate.video.coding import BT601, BT709, LIMITED, Coding
from cleanplate.video.frames import Frame

HD = Coding(LIMITED, BT709, BT709, BT709)
SIZE = 120, 180
PIXELS = np.full((*SIZE, 3), 90, np.uint8)


def look(**other) -> Look:
    told = {"placement": Placement(), "settings": Settings(), "quality": "fast", "size": SIZE, "rate": 25.0}
    return Look(**(told | other))


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
        {"size": (118, 180)},
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
