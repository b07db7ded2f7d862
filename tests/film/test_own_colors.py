"""own_colors: a filmed person's colors along their soft edge, against the truth and against slow versions."""

import cv2
import numpy as np
import pytest

from cleanplate.film import own_colors, tracking
from cleanplate.film.soft_edges import Edge, SmallPerson
from cleanplate.values import Box


def disc(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A gray disc before green, soft over ``size / 16`` pixels: the frame, its alpha, the gray."""
    down, across = np.mgrid[:size, :size]
    away = np.hypot(down - size / 2, across - size / 2)
    alpha = np.clip((size / 3.2 - away) / (size / 16) + 0.5, 0, 1).astype(np.float32)
    true, green = np.array([120.0, 120, 120]), np.array([20.0, 200, 40])
    return np.rint(alpha[..., None] * true + (1 - alpha[..., None]) * green).astype(np.uint8), alpha, true


@pytest.mark.parametrize("side", [128, 10_000])
def test_the_edge_gets_the_persons_own_color_without_the_old_background(side):
    """A gray disc before green: the estimate at the edge is gray, where the pixels themselves are half green."""
    pixels, alpha, true = disc(384)
    small = cv2.resize(pixels, (128, 128), interpolation=cv2.INTER_AREA)
    cover = cv2.resize(alpha, (128, 128), interpolation=cv2.INTER_AREA)
    frame = tracking.Matted(pixels, small, cover, False)
    whole = Box(0, 0, 384, 384)
    shrunk = SmallPerson(small, cover, Box(0, 0, 128, 128), (128, 128)) if side == 128 else None
    found = own_colors.own_colors(frame, frame.pixels, cover, Edge(alpha, whole, shrunk))
    soft = (alpha > 0.3) & (alpha < 0.9)
    before, after = (np.abs(each[soft].astype(float) - true).mean() for each in (pixels, found))
    assert after < 0.35 * before
    sure = cv2.erode((alpha == 1).astype(np.uint8), np.ones((7, 7))) > 0
    assert (found[sure] == pixels[sure]).all()


def test_colors_found_on_a_third_of_the_frame_are_those_of_the_whole_frame():
    """The change is smooth, so enlarging it gives what the equation gives in every pixel, to about a level."""
    pixels, alpha, _ = disc(384)
    pixels = pixels + np.random.default_rng(0).integers(0, 20, pixels.shape).astype(np.uint8)  # texture
    small, cover = (cv2.resize(each, (128, 128), interpolation=cv2.INTER_AREA) for each in (pixels, alpha))
    frame, whole = tracking.Matted(pixels, small, cover, False), Box(0, 0, 384, 384)
    shrunk = SmallPerson(small, cover, Box(0, 0, 128, 128), (128, 128))
    slow = own_colors.own_colors(frame, frame.pixels, cover, Edge(alpha, whole, None))
    quick = own_colors.own_colors(frame, frame.pixels, cover, Edge(alpha, whole, shrunk))
    weight = alpha[..., None]  # what is seen of them
    assert np.abs(weight * (quick.astype(float) - slow))[(alpha > 0) & (alpha < 1)].mean() < 1.5


def test_a_small_picture_is_sampled_as_enlarging_it_does():
    small = np.random.default_rng(0).random((6, 8, 6)).astype(np.float32)
    whole = np.dstack([cv2.resize(each, (32, 24), interpolation=cv2.INTER_LINEAR) for each in (small[..., :3], small[..., 3:])])
    rows, columns = np.nonzero(np.random.default_rng(1).random((24, 32)) < 0.5)
    np.testing.assert_allclose(own_colors.sampled(small, rows, columns, (24, 32)), whole[rows, columns], atol=0.02)
