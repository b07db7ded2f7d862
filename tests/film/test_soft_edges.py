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
