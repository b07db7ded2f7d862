"""flattened: the flattened picture of a PSD comes as it was drawn."""

import io

import numpy as np
import pytest
from foreign_files import psd
from PIL import Image as pillow
from ramps import EIGHT, RAMPS, SIXTEEN, X

from cleanplate.errors import PhotoError
from cleanplate.files.photos import read_image
from cleanplate.pixels.color import to_float
from cleanplate.pixels.icc import profile


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("samples", [EIGHT, SIXTEEN, EIGHT[..., :1]], ids=["8", "16", "grey"])
def test_a_psds_flattened_picture_is_its_own(samples: np.ndarray, large: bool, packed: bool) -> None:
    data = psd(samples, mode=1 if samples.shape[2] == 1 else 3, packed=packed, large=large)
    if not large and samples.dtype == np.uint8:  # which Pillow reads too
        with pillow.open(io.BytesIO(data)) as opened:
            np.testing.assert_array_equal(np.asarray(opened.convert("RGB")), np.broadcast_to(samples, EIGHT.shape))
    np.testing.assert_array_equal(read_image(data).pixels, np.broadcast_to(samples, EIGHT.shape))


def test_a_psds_profile_and_transparency_are_taken() -> None:
    cover = (0.1 + 0.9 * X)[..., None]
    matted = np.dstack([RAMPS * cover + 1 - cover, cover])  # Photoshop lays it on white
    image = read_image(psd((matted * 65535).round().astype(np.uint16), clear=True, profile=profile("prophoto")), space="keep")
    assert image.profile == profile("prophoto")
    np.testing.assert_allclose(image.alpha, cover[..., 0], atol=1e-4)
    np.testing.assert_allclose(to_float(image.pixels), RAMPS, atol=2e-4)
    assert read_image(psd(np.dstack([EIGHT, EIGHT[..., :1]]))).alpha is None  # a channel of another use


def test_a_psd_in_ink_is_read_as_a_jpeg_in_ink() -> None:
    ink = np.asarray(pillow.fromarray(EIGHT).convert("CMYK"))
    np.testing.assert_array_equal(
        read_image(psd(255 - ink, mode=4)).pixels, np.asarray(pillow.fromarray(ink, "CMYK").convert("RGB"))
    )


def test_a_psd_without_its_flattened_picture_is_refused() -> None:
    with pytest.raises(PhotoError, match=r"was saved without its flattened picture \(maximize compatibility\)"):
        read_image(psd(EIGHT, real=False))
