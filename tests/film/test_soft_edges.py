"""soft_edges: a filmed person's alpha at full size and their own colors along it, against slow and whole-frame versions."""

import cv2
import numpy as np
import pytest
from PIL import Image as pillow

from cleanplate.film import soft_edges, tracking
from cleanplate.stages import matting
from cleanplate.values import Box

SIZE = 160, 208


@pytest.fixture
def seen(portrait) -> tracking.Matted:
    """A person in the middle of a street of code, matted."""
    down, across = np.mgrid[: SIZE[0], : SIZE[1]]
    frame = np.dstack([90 + across // 4, 120 + down // 4, 140 + across // 8]).astype(np.uint8)
    photo = pillow.open(portrait).convert("RGB")
    photo.thumbnail((SIZE[0], SIZE[0]))
    some = np.asarray(photo)
    frame[SIZE[0] - some.shape[0] :, 40 : 40 + some.shape[1]] = some
    return next(tracking.matted(iter([frame]), 1, 25.0))


def disc(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A gray disc before green, soft over ``size / 16`` pixels: the frame, its alpha, the gray."""
    down, across = np.mgrid[:size, :size]
    away = np.hypot(down - size / 2, across - size / 2)
    alpha = np.clip((size / 3.2 - away) / (size / 16) + 0.5, 0, 1).astype(np.float32)
    true, green = np.array([120.0, 120, 120]), np.array([20.0, 200, 40])
    return np.rint(alpha[..., None] * true + (1 - alpha[..., None]) * green).astype(np.uint8), alpha, true


@pytest.mark.parametrize(("side", "step"), [(6, 35), (40, 4), (64, 4), (10_000, 1)])
def test_only_the_box_is_enlarged_and_it_is_what_the_whole_would_be(seen, side, step):
    """Shrunk by what divides both sides; where that leaves too much, by what does not."""
    assert seen.alpha is not None
    found = soft_edges.full_alpha(seen, seen.pixels, seen.alpha, side)
    work = cv2.resize(seen.pixels, (SIZE[1] // step, SIZE[0] // step), interpolation=cv2.INTER_AREA)
    whole = cv2.resize(matting.refine(seen.alpha, work, snap=True), SIZE[::-1], interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(found.alpha, whole[found.box.slices], atol=1e-5)
    outside = whole.copy()
    outside[found.box.slices] = 0
    assert not outside.any()


def test_a_large_frame_is_refined_in_the_persons_box_alone_and_comes_out_as_the_whole(seen):
    """Three times the network's size: the alpha is found on a third of it, in a part that begins on whole pixels of both."""
    assert seen.alpha is not None
    small = np.zeros((256, 448), np.float32)  # somebody in the middle of a wide frame
    small[60:, 150:280] = cv2.resize(seen.alpha, (130, 196), interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(0).integers(0, 40, (1080, 1920, 3)).astype(np.uint8)
    pixels = noise + cv2.resize((small * 200).astype(np.uint8), (1920, 1080))[..., None]
    found = soft_edges.shrunk(pixels, small, 3)
    work = cv2.resize(pixels, (640, 360), interpolation=cv2.INTER_AREA)
    whole = matting.snapped(soft_edges.refined(small, work))
    assert found.box.width < 300
    assert (found.pixels == work[found.box.slices]).all()
    np.testing.assert_allclose(found.alpha, whole[found.box.slices], atol=2e-3)
    assert np.abs(found.alpha - whole[found.box.slices]).mean() < 1e-5
    outside = whole.copy()
    outside[found.box.slices] = 0
    assert not outside.any()


@pytest.mark.parametrize("side", [128, 10_000])
def test_the_edge_gets_the_persons_own_color_without_the_old_background(side):
    """A gray disc before green: the estimate at the edge is gray, where the pixels themselves are half green."""
    pixels, alpha, true = disc(384)
    small = cv2.resize(pixels, (128, 128), interpolation=cv2.INTER_AREA)
    cover = cv2.resize(alpha, (128, 128), interpolation=cv2.INTER_AREA)
    frame = tracking.Matted(pixels, small, cover, False)
    whole = Box(0, 0, 384, 384)
    shrunk = soft_edges.Shrunk(small, cover, Box(0, 0, 128, 128), (128, 128)) if side == 128 else None
    found = soft_edges.own_colors(frame, frame.pixels, cover, soft_edges.Edge(alpha, whole, shrunk))
    soft = (alpha > 0.3) & (alpha < 0.9)
    before, after = (np.abs(each[soft].astype(float) - true).mean() for each in (pixels, found))
    assert after < 0.35 * before
    sure = cv2.erode((alpha == 1).astype(np.uint8), np.ones((7, 7))) > 0
    assert (found[sure] == pixels[sure]).all()


def test_colors_found_on_a_third_of_the_frame_are_those_of_the_whole_frame(seen):
    """The change is smooth, so enlarging it gives what the equation gives in every pixel, to about a level."""
    pixels, alpha, _ = disc(384)
    pixels = pixels + np.random.default_rng(0).integers(0, 20, pixels.shape).astype(np.uint8)  # texture
    small, cover = (cv2.resize(each, (128, 128), interpolation=cv2.INTER_AREA) for each in (pixels, alpha))
    frame, whole = tracking.Matted(pixels, small, cover, False), Box(0, 0, 384, 384)
    shrunk = soft_edges.Shrunk(small, cover, Box(0, 0, 128, 128), (128, 128))
    slow = soft_edges.own_colors(frame, frame.pixels, cover, soft_edges.Edge(alpha, whole, None))
    quick = soft_edges.own_colors(frame, frame.pixels, cover, soft_edges.Edge(alpha, whole, shrunk))
    weight = alpha[..., None]  # what is seen of them
    assert np.abs(weight * (quick.astype(float) - slow))[(alpha > 0) & (alpha < 1)].mean() < 1.5


def test_a_small_picture_is_sampled_as_enlarging_it_does():
    small = np.random.default_rng(0).random((6, 8, 6)).astype(np.float32)
    whole = np.dstack([cv2.resize(each, (32, 24), interpolation=cv2.INTER_LINEAR) for each in (small[..., :3], small[..., 3:])])
    rows, columns = np.nonzero(np.random.default_rng(1).random((24, 32)) < 0.5)
    np.testing.assert_allclose(soft_edges.sampled(small, rows, columns, (24, 32)), whole[rows, columns], atol=0.02)
