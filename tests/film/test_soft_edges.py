"""soft_edges: a filmed person's alpha at full size, against slow and whole-frame versions."""

import cv2
import numpy as np
import pytest
from PIL import Image as pillow

from cleanplate.film import soft_edges, tracking
from cleanplate.film.timing import Timed
from cleanplate.stages import matting

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
    return next(tracking.matted(iter([Timed(0.0, frame)]), 1, 25.0)).item


@pytest.mark.parametrize(("side", "step"), [(6, 35), (40, 4), (64, 4), (10_000, 1)])
def test_only_the_box_is_enlarged_and_it_is_what_the_whole_would_be(seen, side, step):
    """Shrunk by what divides both sides; where that leaves too much, by what does not."""
    assert seen.alpha is not None
    found = soft_edges.full_alpha(seen.pixels, seen.alpha, side)
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
    found = soft_edges.small_person(pixels, small, 3)
    work = cv2.resize(pixels, (640, 360), interpolation=cv2.INTER_AREA)
    whole = matting.snapped(soft_edges.refined(small, work))
    assert found.box.width < 300
    assert (found.pixels == work[found.box.slices]).all()
    np.testing.assert_allclose(found.alpha, whole[found.box.slices], atol=2e-3)
    assert np.abs(found.alpha - whole[found.box.slices]).mean() < 1e-5
    outside = whole.copy()
    outside[found.box.slices] = 0
    assert not outside.any()


def test_refining_by_luminance_is_the_guided_filters_equation_in_doubles_and_written_out():
    """He et al. 2010, equation 5, for windows of 3 x 3; luma by BT.601; bicubic as OpenCV's, of doubles."""
    rng = np.random.default_rng(2)
    picture = rng.integers(0, 256, (48, 64, 3)).astype(np.uint8)
    small, alpha = rng.integers(0, 256, (12, 16, 3)).astype(np.uint8), rng.random((12, 16)).astype(np.float32)
    found = soft_edges.refined(alpha, picture, small)
    gray, guide = (np.rint(each @ np.array([0.299, 0.587, 0.114])) / 255 for each in (picture, small))
    around = [np.pad(each.astype(float), 1, mode="reflect") for each in (guide, alpha)]
    slope = np.empty(guide.shape)
    for row, column in np.ndindex(guide.shape):
        light, cover = (each[row : row + 3, column : column + 3].ravel() for each in around)
        spread = np.cov(light, cover, bias=True)
        slope[row, column] = spread[0, 1] / (spread[0, 0] + soft_edges.GRAY_REGULARIZATION)
    large = [cv2.resize(each, (64, 48), interpolation=cv2.INTER_CUBIC) for each in (guide, alpha.astype(float))]
    wanted = large[1] + cv2.resize(slope, (64, 48), interpolation=cv2.INTER_LINEAR) * (gray - large[0])
    assert np.abs(found - wanted).max() < 0.02  # OpenCV rounds some lumas the other way
    assert np.abs(found - wanted).mean() < 1e-3


@pytest.mark.parametrize("unit", [1, 2, 4])
def test_the_box_around_a_person_holds_all_of_them_and_a_pixel_more_as_far_as_the_frame_goes(unit):
    rng = np.random.default_rng(3)
    for _ in range(100):
        alpha, size = np.zeros((24, 32), np.float32), rng.integers(1, 10, 2)
        top, left = rng.integers(0, (24 - size[0], 32 - size[1]))
        alpha[top : top + size[0], left : left + size[1]] = 1 / 255
        box = soft_edges.around(alpha, unit)
        assert all(each % unit == 0 for each in (box.top, box.left, box.height, box.width))
        for first, count, low, length, whole in (
            (top, size[0], box.top, box.height, 24), (left, size[1], box.left, box.width, 32)
        ):  # fmt: skip
            assert max(0, first - 1) - unit < low <= max(0, first - 1)
            assert min(whole, first + count + 1) <= low + length < min(whole, first + count + 1) + unit
