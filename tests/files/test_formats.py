"""formats: limits are exact and hold before anything is decoded."""

import pytest
from drawn_files import PIXELS8, saved
from PIL import Image as pillow

from cleanplate.errors import PhotoError
from cleanplate.files.photos import read_image


def test_pixel_limit_is_exact() -> None:
    data = saved(pillow.fromarray(PIXELS8), "PNG")
    assert read_image(data, pixel_limit=13 * 17).size == (13, 17)
    with pytest.raises(PhotoError) as caught:
        read_image(data, pixel_limit=13 * 17 - 1)
    assert caught.value.reason == "too-large"


@pytest.mark.parametrize("size", [(65_500, 1), (1, 65_500)])
def test_a_side_may_have_65500_pixels_and_no_more(size: tuple[int, int]) -> None:
    assert read_image(saved(pillow.new("L", size), "PNG")).size == size[::-1]
    longer = size[0] + (size[0] > 1), size[1] + (size[1] > 1)
    with pytest.raises(PhotoError, match="the limit is 65500 on a side") as caught:
        read_image(saved(pillow.new("L", longer), "PNG"))
    assert caught.value.reason == "too-large"
