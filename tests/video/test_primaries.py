"""primaries: other sets of primaries come out as BT.709's."""

import av
import numpy as np
from clips import coded

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
