"""Numbered pictures as videos."""

import contextlib
from fractions import Fraction

import numpy as np
import pytest
from clips import SIZE, again, clip, pictures
from PIL import Image as pillow

from cleanplate.errors import OutputError, VideoError
from cleanplate.files.photos import read_image, write_image
from cleanplate.values import Image
from cleanplate.video.sequences import numbered
from cleanplate.video.videos import Encoding, create_video, open_video


def drawn(folder, numbers, pattern="%05d.png", size=SIZE):
    for number, picture in zip(numbers, pictures(len(numbers), size), strict=True):
        pillow.fromarray(picture).save(folder / (pattern % number))
    return folder / pattern


def test_numbered_pictures_come_in_the_order_of_their_numbers(tmp_path):
    pattern = drawn(tmp_path, range(8, 13), "f%d.png")
    (tmp_path / "f99x.png").write_bytes(b"another name")
    with open_video(pattern, rate=Fraction(30000, 1001)) as reader:
        frames = list(reader)
        assert (reader.info.size, reader.info.frames, reader.info.rate) == (SIZE, 5, Fraction(30000, 1001))
        assert reader.info.time_base == Fraction(1001, 30000)
    assert [frame.pts for frame in frames] == [0, 1, 2, 3, 4]
    for frame, sent in zip(frames, pictures(5), strict=True):
        assert np.array_equal(frame.pixels, sent)


def test_a_part_of_them_is_chosen_by_seconds(tmp_path):
    with open_video(drawn(tmp_path, range(1, 31)), start=0.4, end=0.8) as reader:
        frames = list(reader)
    assert len(frames) == 10
    assert np.array_equal(frames[0].pixels, pictures(30)[10])


def test_written_pictures_keep_their_numbers_depth_and_alpha(tmp_path):
    deep = np.random.default_rng(0).integers(0, 65536, (*SIZE, 3), np.uint16)
    alpha = np.linspace(0, 1, SIZE[0] * SIZE[1], dtype=np.float32).reshape(SIZE)
    write_image(Image(deep, alpha), tmp_path / "in7.png")
    (tmp_path / "out").mkdir()
    again(tmp_path / "in%d.png", tmp_path / "out/%03d.png", alpha=True)
    back = read_image(tmp_path / "out/007.png")
    assert np.array_equal(back.pixels, deep)
    assert np.abs(back.alpha - alpha).max() < 1e-4


def test_a_video_becomes_pictures_and_a_video_again(tmp_path):
    source = clip(tmp_path / "a.mp4")
    again(source, tmp_path / "%04d.png")
    assert list(numbered(tmp_path / "%04d.png")) == list(range(1, 31))
    made = again(tmp_path / "%04d.png", tmp_path / "b.mkv", codec="ffv1")
    with open_video(source) as first, open_video(made) as second:
        assert all(np.array_equal(one.pixels, two.pixels) for one, two in zip(first, second, strict=True))


def test_gaps_strangers_and_nothing_are_refused(tmp_path):
    pattern = drawn(tmp_path, [1, 2, 4])
    with pytest.raises(VideoError, match=r"lacks 00003\.png"):
        open_video(pattern)
    with pytest.raises(VideoError, match="fits no file"):
        open_video(tmp_path / "other%d.png")
    with pytest.raises(VideoError, match="fits no file"):
        open_video(tmp_path / "none/%d.png")
    pillow.new("RGB", (9, 9)).save(tmp_path / "00003.png")
    with open_video(pattern) as reader, pytest.raises(VideoError, match=r"00003\.png has 9x9 pixels and the first picture 64x48"):
        list(reader)


def test_pictures_that_are_there_are_not_written_over(tmp_path):
    pattern = drawn(tmp_path, [3, 4])
    with pytest.raises(OutputError, match="exists already"):
        create_video(pattern, Encoding(SIZE))
    with pytest.raises(OutputError, match="one of the inputs"):
        create_video(pattern, Encoding(SIZE), overwrite=True, inputs=[pattern])
    with pytest.raises(OutputError, match="there is no folder"):
        create_video(tmp_path / "none/%d.png", Encoding(SIZE))


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("stop", [KeyboardInterrupt, VideoError("cut", "truncated")])
def test_old_pictures_stay_as_they_are_when_new_ones_are_given_up(tmp_path, stop):
    pattern = drawn(tmp_path, range(1, 7))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with contextlib.suppress(KeyboardInterrupt, VideoError), create_video(pattern, Encoding(SIZE), overwrite=True) as writer:
        for pts in range(3):
            writer.write(np.zeros((*SIZE, 3), np.uint8), pts)
            assert {path.name: path.read_bytes() for path in tmp_path.glob("*.png")} == before
        raise stop
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_fewer_pictures_over_more_say_what_is_left(tmp_path):
    pattern = drawn(tmp_path, range(1, 7))
    with create_video(pattern, Encoding(SIZE), overwrite=True) as writer:
        for pts in range(4):
            writer.write(np.zeros((*SIZE, 3), np.uint8), pts)
    assert names(tmp_path) == [f"0000{number}.png" for number in range(1, 7)]
    assert not read_image(tmp_path / "00004.png").pixels.any()
    assert read_image(tmp_path / "00005.png").pixels.any()
    (sentence,) = writer.warnings
    assert "fits 2 older pictures besides the new ones, up to 00006.png" in sentence


def test_no_picture_of_a_pattern_is_ever_an_input(tmp_path):
    pattern = drawn(tmp_path, range(1, 7), "%05d.jpg")
    (tmp_path / "elsewhere.jpg").symlink_to("00006.jpg")
    for plate in ("00004.jpg", "elsewhere.jpg"):
        with pytest.raises(OutputError, match=r"fits 0000[46]\.jpg, which is one of the inputs"):
            create_video(pattern, Encoding(SIZE), overwrite=True, inputs=[tmp_path / plate])


def test_a_folder_in_a_picture_s_place_is_refused_before_the_work(tmp_path):
    pattern = drawn(tmp_path, range(1, 4))
    (tmp_path / "00009.png").mkdir()
    with pytest.raises(OutputError, match=r"00009\.png is a folder"):
        create_video(pattern, Encoding(SIZE), overwrite=True)


def test_pictures_that_appear_meanwhile_are_kept(tmp_path):
    writer = create_video(tmp_path / "%05d.png", Encoding(SIZE)).__enter__()
    for pts in range(3):
        writer.write(np.zeros((*SIZE, 3), np.uint8), pts)
    (tmp_path / "00002.png").write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"00002\.png appeared"):
        writer.__exit__(None)
    assert names(tmp_path) == ["00002.png"]
    assert (tmp_path / "00002.png").read_bytes() == b"mine"
