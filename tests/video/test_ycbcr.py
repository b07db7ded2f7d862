"""Colors of video against the standards' numbers, swscale and OpenCV."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from clips import again, coded, codes, pictures

from cleanplate.video import ycbcr
from cleanplate.video.coding import BT601, BT709, BT2020, FULL, LIMITED, Coding
from cleanplate.video.videos import Encoding, create_video, open_video
from cleanplate.video.ycbcr import from_rgb, to_rgb

BARS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (128, 128, 128))
# Y, Cb, Cr of these colors in 8 bits, by hand: BT.601 as in BT.801, BT.709 as in SMPTE EG 1, BT.2020 by its table 4
CODES = {
    (BT601, LIMITED): ((81, 90, 240), (145, 54, 34), (41, 240, 110), (235, 128, 128), (16, 128, 128), (126, 128, 128)),
    (BT709, LIMITED): ((63, 102, 240), (173, 42, 26), (32, 240, 118), (235, 128, 128), (16, 128, 128), (126, 128, 128)),
    (BT2020, LIMITED): ((74, 97, 240), (164, 47, 25), (29, 240, 119), (235, 128, 128), (16, 128, 128), (126, 128, 128)),
    (BT601, FULL): ((76, 85, 255), (150, 44, 21), (29, 255, 107), (255, 128, 128), (0, 128, 128), (128, 128, 128)),  # JFIF
    (BT709, FULL): ((54, 99, 255), (182, 29, 12), (18, 255, 116), (255, 128, 128), (0, 128, 128), (128, 128, 128)),
}


def stripes(values, height: int = 16, width: int = 16, kind=np.uint8) -> np.ndarray:
    """(height, width * number, channels): one stripe for each value."""
    return np.repeat(np.array(values, kind)[None], height, axis=0).repeat(width, axis=1)


@pytest.mark.parametrize(("matrix", "wide"), CODES)
@pytest.mark.parametrize("kind", ["yuv444p", "yuv420p", "yuv444p10le"])
def test_pure_colors_have_the_standards_numbers_both_ways(tmp_path, matrix, wide, kind):
    deep = kind.endswith("le")
    numbers = stripes(CODES[matrix, wide], kind=np.int64)
    if deep:
        numbers = numbers * 4 if wide == LIMITED else (numbers - (0, 128, 128)) * 1023 // 255 + (0, 512, 512)
    planes = [numbers[..., band].astype(np.uint16 if deep else np.uint8) for band in range(3)]
    if kind == "yuv420p":
        planes = [planes[0], planes[1][::2, ::2], planes[2][::2, ::2]]
    primaries = BT709 if matrix == BT2020 else matrix  # those of BT.2020 would be converted too
    with open_video(coded(tmp_path / "in.mkv", planes, kind, (wide, matrix, primaries, BT709))) as reader:
        pixels = next(iter(reader)).pixels
        assert pixels.dtype == (np.uint16 if deep else np.uint8)
        with create_video(tmp_path / "out.mkv", Encoding(reader.info.size, codec="ffv1", pix_fmt=kind), reader) as writer:
            writer.write(pixels, 0)
    middle = pixels[8, 8::16] / (257 if deep else 1)
    assert np.abs(middle - BARS).max() <= (3 if wide == LIMITED else 2)  # one code value is up to 2.1 levels of blue
    written, back = codes(tmp_path / "out.mkv")
    assert written == kind
    for before, after in zip(planes, back, strict=True):
        steps = 16 * before.shape[1] // planes[0].shape[1]
        centers = slice(steps // 2, None, steps)
        assert np.abs(before[4, centers].astype(int) - after[4, centers]).max() <= (4 if deep else 1)


def test_the_written_number_of_a_pure_color_is_the_standards(tmp_path):
    for (matrix, wide), numbers in CODES.items():
        frame = from_rgb(stripes(BARS), None, "yuv444p", Coding(wide, matrix, BT709, BT709), None)
        made = np.dstack([ycbcr.samples_of(plane, False) for plane in frame.planes])[8, 8::16]
        assert np.abs(made.astype(int) - numbers).max() <= 1, (matrix, wide)
        assert np.abs(made.astype(int) - numbers).mean() < 0.2


@pytest.mark.parametrize("wide", [LIMITED, FULL])
@pytest.mark.parametrize("matrix", [BT601, BT709, BT2020])
def test_random_colors_agree_with_swscale(matrix, wide):
    picture = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    coding = Coding(wide, matrix, BT709, BT709)
    frame = from_rgb(picture, None, "yuv444p", coding, None)
    ours, _ = to_rgb(frame, coding, None)
    assert np.abs(ours.astype(int) - by_swscale(frame, coding)).max() <= 2
    assert np.abs(ours.astype(int) - picture).max() <= 3
    assert abs((ours.astype(float) - picture).mean()) < 0.15


@pytest.mark.parametrize("wide", [LIMITED, FULL])
def test_halved_color_comes_back_nearer_than_by_swscale(wide):
    small = np.random.default_rng(0).integers(0, 256, (9, 12, 3), np.uint8)
    picture = cv2.resize(small, (192, 144), interpolation=cv2.INTER_CUBIC)
    coding = Coding(wide, BT709, BT709, BT709)
    frame = from_rgb(picture, None, "yuv420p", coding, None)
    ours, _ = to_rgb(frame, coding, None)
    errors = [np.abs(each.astype(float) - picture).mean() for each in (ours, by_swscale(frame, coding))]
    assert errors[0] < 1 < errors[1]


def by_swscale(frame: av.VideoFrame, coding: Coding) -> np.ndarray:
    from av.video.reformatter import Interpolation, VideoReformatter

    exact = int(Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.BICUBIC)
    frame.colorspace, frame.color_range = coding.matrix, coding.range
    made = VideoReformatter().reformat(frame, format="rgb24", interpolation=exact, dst_color_range=FULL)
    return made.to_ndarray().astype(int)


def test_half_color_agrees_with_opencv_where_color_is_smooth():
    ramp = np.linspace(40, 215, 64)
    picture = np.dstack([np.tile(ramp, (48, 1)), np.tile(ramp[::-1], (48, 1)), np.full((48, 64), 120)]).astype(np.uint8)
    frame = from_rgb(picture, None, "yuv420p", Coding(LIMITED, BT601, BT709, BT709), None)
    planar = np.concatenate([ycbcr.samples_of(plane, False).reshape(-1) for plane in frame.planes]).reshape(72, 64)
    assert np.abs(cv2.cvtColor(planar, cv2.COLOR_YUV2RGB_I420).astype(int) - picture).max() <= 6


def test_a_color_edge_stays_where_it_is_at_even_columns():
    picture = np.full((16, 32, 3), (40, 90, 200), np.uint8)
    picture[:, 16:] = (200, 90, 40)
    frame = from_rgb(picture, None, "yuv420p", Coding(LIMITED, BT709, BT709, BT709), None)
    blue = ycbcr.samples_of(frame.planes[1], False)[4].astype(float)
    left, right = blue[2], blue[-2]
    share = (blue[8] - left) / (right - left)  # column 16 and half of each neighbour: one of them beyond the edge
    assert share == pytest.approx(0.75, abs=0.02)


def test_ten_bits_go_through_without_bands(tmp_path):
    ramp = np.linspace(64, 940, 1024).round().astype(np.uint16)
    luma = np.tile(ramp, (16, 1))
    planes = [luma, np.full((8, 512), 512, np.uint16), np.full((8, 512), 512, np.uint16)]
    with open_video(coded(tmp_path / "in.mkv", planes, "yuv420p10le", (LIMITED, BT709, BT709, BT709))) as reader:
        pixels = next(iter(reader)).pixels
        assert reader.info.depth == 10
        how = {"codec": "hevc", "crf": 0}
        with create_video(tmp_path / "out.mkv", Encoding(reader.info.size, **how), reader) as writer:
            writer.write(pixels, 0)
    assert len(np.unique(pixels[8, :, 1])) == 877  # all of the luma's own
    kind, (back, *_) = codes(tmp_path / "out.mkv")
    assert kind == "yuv420p10le"
    assert np.abs(back.astype(int) - luma).max() <= 2
    assert len(np.unique(back[8])) > 800


def test_deep_pixels_make_an_eight_bit_video_by_rounding():
    deep = np.full((2, 2, 3), 200 * 257 + 60, np.uint16)
    shallow = np.full((2, 2, 3), 200, np.uint8)
    coding = Coding(FULL, BT601, BT709, BT709)
    made = [from_rgb(each, None, "yuv444p", coding, None).planes for each in (deep, shallow)]
    for first, second in zip(*made, strict=True):
        assert np.array_equal(ycbcr.samples_of(first, False), ycbcr.samples_of(second, False))


def test_rgb_video_is_not_touched_by_any_matrix(tmp_path):
    sent = pictures(1)[0]
    with create_video(tmp_path / "a.mkv", Encoding(sent.shape[:2], rate=Fraction(25), codec="ffv1")) as writer:
        writer.write(sent, 0)
    with open_video(tmp_path / "a.mkv") as reader:
        assert np.array_equal(next(iter(reader)).pixels, sent)
    with av.open(str(tmp_path / "a.mkv")) as file:
        assert np.array_equal(next(file.decode(video=0)).to_ndarray(format="rgb24"), sent)
    with open_video(again(tmp_path / "a.mkv", tmp_path / "b.mp4")) as reader:
        assert (reader.info.range, reader.info.matrix) == ("limited", "smpte170m")
