"""primaries: other sets of primaries come out as BT.709's."""

import av
import numpy as np
import pytest
from clips import coded

from cleanplate.video import primaries
from cleanplate.video.coding import BT709, BT2020, LIMITED
from cleanplate.video.videos import Encoding, create_video, open_video


def test_primaries_of_2020_are_converted_as_bt_2087_has_it(tmp_path):
    code = np.array([[[600, 500, 560]]], np.uint16)
    planes = [np.full((16, 16), value, np.uint16) for value in code[0, 0]]
    with open_video(coded(tmp_path / "a.mkv", planes, "yuv444p10le", (LIMITED, BT2020, BT2020, 14))) as reader:
        pixels = next(iter(reader)).pixels[8, 8] / 65535
        with create_video(tmp_path / "out.mkv", Encoding(reader.info.size, codec="ffv1", pix_fmt="yuv444p10le"), reader) as writer:
            writer.write(np.full((16, 16, 3), 30000, np.uint16), 0)
    luma, blue, red = (600 - 64) / 876, (500 - 512) / 896, (560 - 512) / 896
    wide = np.array([luma + 1.4746 * red, luma - 0.16455 * blue - 0.57135 * red, luma + 1.8814 * blue])  # BT.2020, table 4
    narrow = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]) @ wide**2.4
    assert np.abs(pixels - narrow ** (1 / 2.4)).max() < 1e-3
    with av.open(str(tmp_path / "out.mkv")) as file:
        frame = next(file.decode(video=0))
    assert (frame.colorspace, frame.color_primaries, frame.color_trc) == (BT709, BT709, BT709)


@pytest.mark.parametrize(
    ("number", "published"),  # by their number in H.273; RGB to XYZ as the standards print it, rounded
    [
        (1, [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]),  # IEC 61966-2-1
        (9, [[0.6370, 0.1446, 0.1689], [0.2627, 0.6780, 0.0593], [0.0000, 0.0281, 1.0610]]),  # BT.2020
        (11, [[0.4452, 0.2771, 0.1723], [0.2095, 0.7216, 0.0689], [0.0000, 0.0471, 0.9074]]),  # SMPTE RP 431-2
        (12, [[0.4866, 0.2657, 0.1982], [0.2290, 0.6917, 0.0793], [0.0000, 0.0451, 1.0439]]),  # SMPTE EG 432-1
    ],
)
def test_primaries_mean_what_the_standards_print(number, published):
    np.testing.assert_allclose(primaries.to_xyz(number), published, atol=2e-4)
