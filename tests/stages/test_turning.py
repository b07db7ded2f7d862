"""stages.turning: people mirrored and turned are what a mirrored or turned picture of them is."""

from dataclasses import replace

import numpy as np
import pytest

import cleanplate
from cleanplate.errors import InputError
from cleanplate.stages import framing, turning
from cleanplate.values import Box, Crop, Cropped

PLATE = cleanplate.Image(np.full((300, 400, 3), 120, np.uint8))


def somebody(high=120, wide=60):
    """Whole, with a left arm that is longer, in colors that differ everywhere."""
    alpha = np.zeros((high, wide), np.float32)
    alpha[10:110, 25:35] = 1
    alpha[40:50, 5:25] = 1
    down, across = np.mgrid[0:high, 0:wide]
    pixels = np.dstack([down * 2, across * 4, 200 - down]).astype(np.uint8)
    return cleanplate.Cutout(cleanplate.Image(pixels), alpha, clean=True)


def placed(cutout, **asked):
    asked = {"height": 0.5, "x": 0.5, "y": 0.8} | asked
    found, box = framing.place(cutout, PLATE.size, cleanplate.Placement(**asked))
    return found, box


def whole(found, box):
    """Premultiplied colors and alpha in the plate's frame."""
    frame = np.zeros((*PLATE.size, 4), np.float32)
    cover = found.alpha[..., None]
    frame[box.slices] = np.concatenate([found.image.pixels / np.float32(255) * cover, cover], 2)
    return frame


def test_flip_gives_what_a_mirrored_photo_gives():
    own = somebody()
    other = cleanplate.Cutout(cleanplate.Image(own.image.pixels[:, ::-1].copy()), own.alpha[:, ::-1].copy(), clean=True)
    (one, box), (two, at) = placed(own, flip=True), placed(other)
    assert box == at
    np.testing.assert_array_equal(one.image.pixels, two.image.pixels)
    np.testing.assert_array_equal(one.alpha, two.alpha)
    assert not np.array_equal(one.alpha, placed(own)[0].alpha)


def test_no_degrees_are_bit_for_bit_nothing():
    (one, box), (two, at) = placed(somebody()), placed(somebody(), rotate=0.0)
    assert box == at
    np.testing.assert_array_equal(one.image.pixels, two.image.pixels)


@pytest.mark.parametrize(("degrees", "quarters"), [(90, 3), (-90, 1), (180, 2)])
def test_quarters_of_a_turn_are_numpys_around_the_foot_point(degrees, quarters):
    """The foot is put on a corner of pixels in the middle of a square frame, so that a quarter moves pixels onto pixels."""
    cutout = somebody()
    asked = [cleanplate.Placement(0.25, 0.5, 0.5, rotate=each) for each in (0, degrees)]
    upright, turned = (framing.place(cutout, (400, 400), each) for each in asked)
    frames = []
    for found, box in (upright, turned):
        frame = np.zeros((400, 400, 4), np.float32)
        frame[box.slices] = np.dstack([found.image.pixels / np.float32(255) * found.alpha[..., None], found.alpha])
        frames.append(frame)
    off = np.abs(np.rot90(frames[0], quarters) - frames[1])
    assert off.max() < 0.02
    assert frames[1][..., 3].sum() > 500


def test_degrees_are_clockwise_and_the_foot_point_stays():
    head = whole(*placed(somebody(), rotate=30))[..., 3]
    rows, columns = np.nonzero(head > 0.5)
    assert columns[rows.argmin()] > 200  # leaning to the right
    assert head[230:242, 195:206].max() > 0.9  # at 0.8 of the height, half across


def test_turned_there_and_back_is_about_the_same():
    colors, alpha = somebody().image.pixels, somebody().alpha
    box, foot = Box(60, 80, *alpha.shape), (150.0, 110.0)
    there = turning.turned(colors, alpha, box, foot, 25, PLATE.size)
    back = turning.turned(*there[:2], there[2], foot, -25, PLATE.size)
    frame = np.zeros(PLATE.size, np.float32)
    frame[back[2].slices] = back[1]
    assert np.abs(frame[box.slices] - alpha).mean() < 0.02


def test_nobody_is_left_with_a_trace_that_colors_would_be_divided_by():
    soft = somebody()
    soft = replace(soft, alpha=soft.alpha * np.linspace(0, 0.02, soft.alpha.shape[0], dtype=np.float32)[:, None])
    soft.alpha[100:110, 25:35] = 1
    found, _ = placed(soft, rotate=17)
    assert found.alpha[found.alpha > 0].min() >= turning.LEAST_ALPHA


def test_a_cut_that_turning_brings_into_the_plate_is_told_of():
    cutout = replace(somebody(), cropped=Cropped(bottom=Crop(0.0, 0.4, 0.6)))
    assert not placed(cutout, y=1.0)[0].warnings
    assert "at the bottom" in placed(cutout, y=1.0, rotate=40)[0].warnings[0]


def test_who_is_turned_out_of_the_plate_is_refused():
    with pytest.raises(InputError, match="outside the plate"):
        placed(somebody(), y=0.0, rotate=0.0)
    assert placed(somebody(), y=0.0, rotate=180)[1].top == 0  # head down they hang into it


def test_a_mirrored_cutout_mirrored_is_itself():
    own = replace(somebody(), cropped=Cropped(top=Crop(0.01, 0.2, 0.5), left=Crop(0.0, 0.1, 0.4)))
    assert turning.mirrored(own).cropped.right == own.cropped.left
    again = turning.mirrored(turning.mirrored(own))
    np.testing.assert_array_equal(again.alpha, own.alpha)
    assert again.cropped.left == own.cropped.left
    assert again.cropped.top.last == pytest.approx(0.5)


@pytest.mark.parametrize("asked", [{"rotate": 5}, {"flip": True}])
def test_a_filmed_person_is_neither_turned_nor_mirrored(asked):
    frames = [np.zeros((64, 64, 3), np.uint8)] * 2
    with pytest.raises(InputError, match=f"`{next(iter(asked))}` goes with a photographed person, and this one is filmed"):
        list(cleanplate.Compositor().compose_frames(frames, frames[0], cleanplate.Placement(**asked)))
