"""coding: what the tags of a film mean, and which are refused."""

import numpy as np
import pytest
from clips import clip, coded

from cleanplate.errors import VideoError
from cleanplate.video.coding import BT601, BT709, BT2020, LIMITED, UNTOLD
from cleanplate.video.videos import open_video


@pytest.mark.parametrize(("size", "matrix"), [((576, 1024), BT601), ((720, 1280), BT709), ((1280, 720), BT709)])
def test_untagged_pictures_are_601_when_small_and_709_when_large(tmp_path, size, matrix):
    flat = np.full(size, 63, np.uint8), np.full(size, 102, np.uint8), np.full(size, 240, np.uint8)
    planes = [flat[0], *(plane[::2, ::2] for plane in flat[1:])]
    with open_video(coded(tmp_path / "in.mkv", planes, "yuv420p", (0, UNTOLD, UNTOLD, UNTOLD))) as reader:
        red = next(iter(reader)).pixels[8, 8].astype(int)
        assert (reader.info.range, reader.info.matrix, reader.info.primaries) == (None, None, None)
    assert (np.abs(red - (255, 0, 0)).max() <= 3) == (matrix == BT709)


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_hdr_is_refused(tmp_path, transfer, name):
    path = clip(tmp_path / "a.mkv", coding=(LIMITED, BT2020, BT2020, transfer))
    with pytest.raises(VideoError, match=rf"a\.mkv is HDR video \({name}\)") as caught:
        open_video(path)
    assert caught.value.reason == "hdr"


def test_tags_that_are_not_converted_are_refused(tmp_path):
    flat = [np.full((16, 16), 90, np.uint8)] * 3
    for coding, what in ((8, 1, 1), "matrix number 8"), ((1, 10, 1), "primaries number 10"), ((1, 1, 8), "transfer number 8"):
        with pytest.raises(VideoError, match=what) as caught:
            open_video(coded(tmp_path / "a.mkv", flat, "yuv444p", (LIMITED, *coding)))
        assert caught.value.reason == "color"
