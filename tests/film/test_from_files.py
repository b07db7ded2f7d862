"""from_files: pictures in the shape of a film's pixels, and as deep."""

from fractions import Fraction

import numpy as np
import pytest

from cleanplate.film import from_files
from cleanplate.values import Cutout, Image


def test_non_square_pixels_show_the_plate_undistorted():
    """A disc in the plate is as wide as high when shown, so half as many stored pixels wide where they are twice as wide."""
    down, across = np.mgrid[:200, :200] - 99.5
    disc = np.where(np.hypot(down, across) < 50, 255, 0).astype(np.uint8)
    found = from_files.squeezed(Image(np.dstack([disc] * 3)), (100, 100), Fraction(2))[..., 0] > 127
    high, wide = found.any(1).sum(), found.any(0).sum()
    assert abs(high / wide - 2) < 0.15


def test_a_photographed_person_is_as_wide_in_shown_pixels_as_in_their_photo():
    """Pixels twice as wide: half as many; square ones: the cutout itself."""
    alpha = np.zeros((40, 60), np.float32)
    alpha[10:30, 20:40] = 1
    cutout = Cutout(Image(np.full((40, 60, 3), 90, np.uint8)), alpha)
    assert from_files.in_pixels_of(cutout, Fraction(1)) is cutout
    narrow = from_files.in_pixels_of(cutout, Fraction(2))
    assert narrow.size == (40, 30)
    assert narrow.alpha.sum() * 2 == pytest.approx(alpha.sum(), rel=0.02)


@pytest.mark.parametrize(("depth", "kind"), [(8, np.uint8), (10, np.uint16)])
def test_a_picture_is_as_deep_as_the_leading_video(depth, kind):
    found = from_files.deepened(np.full((1, 1, 3), 255, np.uint8), depth)
    assert found.dtype == kind
    assert found.max() == np.iinfo(kind).max
