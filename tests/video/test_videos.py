"""The door for moving pictures: times, turns, tags and what is kept. PyAV alone says what the files hold."""

import struct
from fractions import Fraction
from types import SimpleNamespace

import av
import numpy as np
import pytest
from clips import SIZE, STEADY, UNEVEN, again, clip, packets, pictures, shown
from PIL import Image as pillow

from cleanplate.errors import InputError, VideoError
from cleanplate.video.decoding import Decoding
from cleanplate.video.videos import Encoding, create_video, is_video, open_video

STEADY_BASE, UNEVEN_BASE = Fraction(1, 12800), Fraction(1, 30000)


# ---- time ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
@pytest.mark.parametrize(("times", "base"), [(STEADY, STEADY_BASE), (UNEVEN, UNEVEN_BASE)], ids=["steady", "uneven"])
def test_every_frame_keeps_its_time_and_every_packet_of_sound_its_bytes(tmp_path, suffix, times, base):
    source = clip(tmp_path / "in.mp4", times, base, sound=Fraction(3, 10))
    made = again(source, tmp_path / f"out{suffix}")
    assert shown(made) == [pts * base for pts in times]
    assert packets(made) == packets(source)
    with av.open(str(made)) as file:
        assert file.streams.video[0].time_base == base


def test_a_video_that_begins_after_its_sound_still_does(tmp_path):
    times = [3003 + 1001 * index for index in range(30)]
    source = clip(tmp_path / "in.mp4", times, UNEVEN_BASE, sound=Fraction(0), container={"movie_timescale": "30000"})
    assert shown(source)[0] > 0
    made = again(source, tmp_path / "out.mp4")
    assert shown(made) == shown(source)
    assert packets(made) == packets(source)


def test_matroska_keeps_its_milliseconds(tmp_path):
    times = [int(t) for t in np.cumsum([0] + [30 + 7 * index % 20 for index in range(29)])]
    source = clip(tmp_path / "in.mkv", times, Fraction(1, 1000), sound=Fraction(1, 4))
    made = again(source, tmp_path / "out.mkv")
    assert shown(made) == [Fraction(pts, 1000) for pts in times]
    assert packets(made) == packets(source)


def test_a_time_base_that_is_no_unit_fraction_fits_into_mp4(tmp_path):
    source = clip(tmp_path / "in.avi", range(30), Fraction(1001, 30000), codec="mpeg4", options={"bf": "0"})
    with open_video(source) as reader:
        assert reader.info.time_base == Fraction(1001, 30000)
    assert shown(again(source, tmp_path / "out.mp4")) == [index * Fraction(1001, 30000) for index in range(30)]


def test_avi_with_reordered_frames_shows_them_at_rising_times(tmp_path):
    source = clip(tmp_path / "in.avi", range(30), Fraction(1, 25))
    with open_video(source) as reader:
        assert [frame.pts for frame in reader] == list(range(30))
        assert reader.warnings == []


def test_a_transport_streams_own_clock_is_taken_off_sound_and_pictures_alike(tmp_path):
    source = clip(tmp_path / "in.ts", STEADY, STEADY_BASE, sound=Fraction(1, 2))
    made = again(source, tmp_path / "out.mkv")
    gap = packets(source)[0][0] - shown(source)[0]
    assert abs((packets(made)[0][0] - shown(made)[0]) - gap) <= Fraction(1, 1000)
    assert min(shown(made)[0], packets(made)[0][0]) < Fraction(1, 1000) < shown(source)[0]


def test_the_last_frame_is_shown_as_long_as_it_was(tmp_path):
    source = clip(tmp_path / "in.mp4", UNEVEN, UNEVEN_BASE)
    made = again(source, tmp_path / "out.mp4")
    with av.open(str(source)) as before, av.open(str(made)) as after:
        assert after.streams.video[0].duration == before.streams.video[0].duration
        assert after.streams.video[0].frames == before.streams.video[0].frames


@pytest.mark.parametrize(("start", "end"), [(0.4, 0.8), (0.41, None), (0, 0.5)])
def test_a_part_is_cut_to_frames_and_whole_packets_and_stays_in_step(tmp_path, start, end):
    source = clip(tmp_path / "in.mp4", sound=Fraction(0), options={"bf": "2", "g": "10"})
    made = again(source, tmp_path / "out.mp4", start=start, end=end)
    kept = [second for second in shown(source) if second >= Fraction(str(start)) and (end is None or second < Fraction(str(end)))]
    assert shown(made) == [second - kept[0] for second in kept]
    sound = [
        (second - kept[0], data)
        for second, data in packets(source)
        if (start == 0 or second >= kept[0]) and (end is None or second < Fraction(str(end)))
    ]
    assert packets(made) == sound


@pytest.mark.parametrize("skipped", [0, 7])
def test_what_an_edit_list_hides_is_neither_shown_nor_missed(tmp_path, skipped):
    path = clip(tmp_path / "in.mp4", options={"bf": "2", "g": "5"})
    data = bytearray(path.read_bytes())
    at = data.index(b"elst") + 12  # ISO/IEC 14496-12, 8.6.6: the length of the edit, where it begins in the media
    length, begin = struct.unpack(">Ii", data[at : at + 8])
    data[at : at + 8] = struct.pack(">Ii", length // 2, begin + 512 * skipped)
    path.write_bytes(data)
    with open_video(path) as reader:
        frames = list(reader)
        assert (reader.info.frames, reader.info.seconds, reader.warnings) == (15, 0.6, [])
    assert [frame.pts for frame in frames] == STEADY[:15]
    made = again(path, tmp_path / "out.mp4")
    assert shown(made) == shown(path)


def test_a_part_holds_the_very_frames_of_the_whole(tmp_path):
    shapes = pictures(40) * 2 + pictures(20)
    source = clip(tmp_path / "in.mp4", range(0, 100 * 512, 512), shapes=shapes, options={"bf": "3", "g": "12"})
    with open_video(source) as whole, open_video(source, start=2.6, end=3.2) as part:
        everything = [frame.pixels for frame in whole]
        chosen = list(part)
    assert [frame.pts for frame in chosen] == [512 * index for index in range(15)]
    assert all(np.array_equal(frame.pixels, everything[65 + index]) for index, frame in enumerate(chosen))


def test_a_part_beyond_the_end_is_refused(tmp_path):
    clip(tmp_path / "a.mp4")
    for span in ({"start": 7.0}, {"start": 0.01, "end": 0.02}):
        with pytest.raises(VideoError, match=r"a\.mp4 has no frame between"):
            open_video(tmp_path / "a.mp4", **span)
    with pytest.raises(InputError, match="before `end`"):
        open_video(tmp_path / "a.mp4", start=2, end=1)


# ---- what a file says of itself ------------------------------------------------------------------------------------


def test_info_tells_what_is_in_the_file(tmp_path):
    coding = (1, 1, 1, 1)
    source = clip(tmp_path / "in.mp4", sound=Fraction(0), aspect=Fraction(4, 3), rotation=90, coding=coding)
    with open_video(source) as reader:
        info = reader.info
    assert (info.size, info.rotation, info.pixel_aspect) == ((64, 48), 270, Fraction(3, 4))
    assert (info.time_base, info.rate, info.frames, info.seconds) == (STEADY_BASE, 25, 30, 1.2)
    assert (info.range, info.matrix, info.primaries, info.transfer) == ("limited", "bt709", "bt709", "bt709")
    assert (info.depth, info.sound, info.name) == (8, 1, str(source))


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_frames_come_upright_and_the_turn_is_not_applied_twice(tmp_path, rotation, mirrored):
    plain, source = clip(tmp_path / "plain.mp4"), clip(tmp_path / "in.mp4", rotation=rotation, mirrored=mirrored)
    with open_video(plain) as reader:
        lying = next(iter(reader)).pixels
    with open_video(source) as reader:
        upright = next(iter(reader)).pixels
        size = reader.info.size
    expected = np.rot90(lying, rotation // 90)  # both count against the clock
    assert np.array_equal(upright, expected[:, ::-1] if mirrored else expected)
    assert upright.shape[:2] == size
    with av.open(str(again(source, tmp_path / "out.mp4"))) as file:
        assert next(file.decode(video=0)).rotation == 0
        assert (file.streams.video[0].height, file.streams.video[0].width) == size


def test_the_shape_of_pixels_is_kept(tmp_path):
    made = again(clip(tmp_path / "in.mp4", aspect=Fraction(64, 45)), tmp_path / "out.mkv")
    with av.open(str(made)) as file:
        assert file.streams.video[0].sample_aspect_ratio == Fraction(64, 45)


@pytest.mark.parametrize("coding", [(1, 1, 1, 1), (2, 6, 6, 6), (1, 5, 5, 6), (2, 1, 1, 13)])
def test_color_tags_come_out_as_they_went_in(tmp_path, coding):
    made = again(clip(tmp_path / "in.mp4", coding=coding), tmp_path / "out.mp4")
    with av.open(str(made)) as file:
        frame = next(file.decode(video=0))
    assert (frame.color_range, frame.colorspace, frame.color_primaries, frame.color_trc) == coding


def test_a_still_picture_is_no_video_and_numbered_pictures_are(tmp_path):
    (tmp_path / "a.txt").write_text("#EXTM3U\nother.mp4\n")
    for suffix in (".mp4", ".mov", ".mkv", ".avi", ".ts"):
        assert is_video(clip(tmp_path / f"v{suffix}", STEADY[:3]))
    assert is_video("frames/%05d.png")
    for suffix in (".png", ".avif", ".webp", ".gif"):
        pillow.fromarray(pictures(1)[0]).save(tmp_path / f"still{suffix}")
        assert not is_video(tmp_path / f"still{suffix}")
    assert not any(is_video(each) for each in (tmp_path / "a.txt", tmp_path / "none.mp4", tmp_path, 5, b"..."))


@pytest.mark.parametrize("part", [{"start": float("inf")}, {"start": float("nan")}, {"end": float("inf")}, {"end": float("nan")},
                                  {"start": 1e308}, {"start": -1.0}, {"start": 2.0, "end": 1.0}])  # fmt: skip
def test_a_part_that_no_film_has_is_refused(tmp_path, part):
    with pytest.raises(InputError, match="`start` lies at or after 0 and before `end`"):
        open_video(tmp_path / "a.mp4", **part)


@pytest.mark.parametrize("rate", [0, -25, float("inf"), float("nan")])
def test_a_rate_that_no_film_has_is_refused(tmp_path, rate):
    with pytest.raises(InputError, match="rate lies above 0"):
        open_video(tmp_path / "%d.png", rate=rate)
    with pytest.raises(InputError, match="rate lies above 0"):
        create_video(tmp_path / "a.mp4", Encoding(SIZE, rate=rate))


def test_two_frames_of_one_time_come_one_after_the_other_and_that_is_said(tmp_path):
    source = clip(tmp_path / "in.mkv", [0, 40, 40, 80, 81, 120], Fraction(1, 1000), codec="ffv1", kind="yuv444p", options={})
    with open_video(source) as reader:
        times = [frame.pts for frame in reader]
    assert times == [0, 40, 41, 80, 81, 120]
    assert ["frame times that do not rise at 0.040 s" in each for each in reader.warnings] == [True]


def test_a_decoder_that_has_no_more_is_at_its_end_and_one_that_fails_there_found_damage():
    said = []

    def raises(error):
        def decode(packet):
            raise error

        decoder, report = SimpleNamespace(decode=decode), SimpleNamespace(say=pytest.fail)
        return SimpleNamespace(decoder=decoder, begun=True, damage=said.append, report=report, check_memory=lambda _: None)

    assert Decoding.decoded(raises(av.error.EOFError(541478725, "end")), None) == []
    assert said == []
    assert Decoding.decoded(raises(av.error.InvalidDataError(1094995529, "damaged")), None) == []
    assert said == [None]
