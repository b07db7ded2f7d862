"""The door for moving pictures: times, turns, sound, and honest failure. PyAV alone says what the files hold."""

import contextlib
import os
import signal
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import BLOCK, SIZE, STEADY, UNEVEN, again, clip, packets, pictures, shown
from PIL import Image as pillow

from cleanplate import videos
from cleanplate.errors import InputError, MissingExtra, OutputError, VideoError
from cleanplate.videos import create_video, is_video, open_video

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
    with pytest.raises(InputError, match="before end"):
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


def test_chapters_and_titles_are_kept_and_places_are_not(tmp_path):
    half = Fraction(1, 1000)
    chapters = [
        {"id": index, "start": 600 * index, "end": 600 * index + 600, "time_base": half, "metadata": {"title": title}}
        for index, title in enumerate(["one", "two"])
    ]
    source = clip(tmp_path / "in.mkv", chapters=chapters, titles={"title": "A day", "location": "+48.1+011.5/"})
    with av.open(str(again(source, tmp_path / "out.mkv"))) as file:
        spans = [(chapter["start"] * chapter["time_base"], chapter["metadata"]["title"]) for chapter in file.chapters()]
        assert spans == [(0, "one"), (Fraction(3, 5), "two")]
        assert file.metadata.get("title") == "A day"
        assert "location" not in {key.lower() for key in file.metadata}
    with av.open(str(again(source, tmp_path / "part.mkv", start=0.4))) as file:
        assert [chapter["start"] * chapter["time_base"] for chapter in file.chapters()] == [0, Fraction(1, 5)]


def with_subtitles(source: Path, target: Path) -> Path:
    text = target.with_suffix(".srt")
    text.write_text("1\n00:00:00,200 --> 00:00:00,700\nGood morning\n\n2\n00:00:00,800 --> 00:00:01,100\nGood night\n")
    with av.open(str(source)) as video, av.open(str(text)) as words, av.open(str(target), "w") as file:
        streams = {id(each): file.add_stream_from_template(each) for each in (video.streams[0], words.streams[0])}
        for part in (video, words):
            for packet in part.demux():
                if packet.size:
                    packet.stream = streams[id(packet.stream)]
                    file.mux(packet)
    return target


def test_subtitles_are_kept_where_the_container_takes_them_and_missed_aloud_where_not(tmp_path):
    source = with_subtitles(clip(tmp_path / "silent.mkv"), tmp_path / "in.mkv")
    assert packets(again(source, tmp_path / "out.mkv"), "subtitles") == packets(source, "subtitles")
    with open_video(source) as reader, create_video(tmp_path / "out.mp4", reader, size=SIZE) as writer:
        for frame in reader:
            writer.write(frame.pixels, frame.pts)
    assert "subtitles of the kind" in writer.warnings[0]


def test_a_still_picture_is_no_video_and_numbered_pictures_are(tmp_path):
    (tmp_path / "a.txt").write_text("#EXTM3U\nother.mp4\n")
    for suffix in (".mp4", ".mov", ".mkv", ".avi", ".ts"):
        assert is_video(clip(tmp_path / f"v{suffix}", STEADY[:3]))
    assert is_video("frames/%05d.png")
    for suffix in (".png", ".avif", ".webp", ".gif"):
        pillow.fromarray(pictures(1)[0]).save(tmp_path / f"still{suffix}")
        assert not is_video(tmp_path / f"still{suffix}")
    assert not any(is_video(each) for each in (tmp_path / "a.txt", tmp_path / "none.mp4", tmp_path, 5, b"..."))


# ---- what is written -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(48, 64), (49, 65), (48, 65)])
@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", None), ("a.mp4", "hevc"), ("a.mp4", "av1"), ("a.webm", None), ("a.mov", "prores"), ("a.mkv", "ffv1")],
)
def test_every_codec_gives_back_the_size_and_nearly_the_colors(tmp_path, capfd, name, codec, size):
    sent = [np.full((*size, 3), (200, 90 + 10 * index, 60), np.uint8) for index in range(3)]
    with create_video(tmp_path / name, size=size, rate=25, codec=codec) as writer:
        for index, picture in enumerate(sent):
            writer.write(picture, index)
    with open_video(tmp_path / name) as reader:
        assert reader.info.size == size
        frames = list(reader)
    assert [frame.pts * reader.info.time_base for frame in frames] == [Fraction(index, 25) for index in range(3)]
    for frame, picture in zip(frames, sent, strict=True):
        got = frame.pixels.mean(axis=(0, 1)) / (257 if frame.pixels.dtype == np.uint16 else 1)
        assert np.abs(got - picture[0, 0]).max() < 3
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("size", [(48, 64), (49, 65)])
@pytest.mark.parametrize("name", ["a.mov", "a.webm", "a.mkv", "%03d.png"])
def test_the_person_alone_keeps_a_soft_alpha(tmp_path, name, size):
    alpha = np.broadcast_to(np.linspace(0, 1, size[1], dtype=np.float32), size)
    with create_video(tmp_path / name, size=size, rate=25, alpha=True, crf=10 if name == "a.webm" else None) as writer:
        for index in range(3):
            writer.write(np.full((*size, 3), (200, 90, 60), np.uint8), index, alpha)
    with open_video(tmp_path / name) as reader:
        frames = list(reader)
    assert len(frames) == 3
    for frame in frames:
        assert frame.alpha is not None
        assert np.abs(frame.alpha - alpha).max() < (4 if name == "a.webm" else 1) / 255


def test_a_codec_without_alpha_and_a_container_without_it_are_refused(tmp_path):
    with pytest.raises(OutputError, match=r"a\.mp4 cannot hold transparency"):
        create_video(tmp_path / "a.mp4", size=SIZE, alpha=True)
    with pytest.raises(OutputError, match="h264 has no alpha"):
        create_video(tmp_path / "a.mov", size=SIZE, alpha=True, codec="h264")
    with pytest.raises(OutputError, match="cannot hold transparency"):
        create_video(tmp_path / "%d.jpg", size=SIZE, alpha=True)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"codec": "mp3"}, "no codec mp3"),
        ({"pix_fmt": "yuv9p"}, "no pixel format yuv9p"),
        ({"pix_fmt": "rgb48le"}, "libx264 does not take the pixel format rgb48le"),
        ({"codec": "ffv1", "crf": 20}, "has no crf"),
    ],
)
def test_settings_that_cannot_be_had_are_refused_before_any_work(tmp_path, how, words):
    with pytest.raises(OutputError, match=words):
        create_video(tmp_path / "a.mkv", size=SIZE, **how)
    assert not list(tmp_path.iterdir())


def test_an_odd_size_in_a_format_for_even_ones_is_refused(tmp_path):
    with pytest.raises(OutputError, match="even sizes only and this video has 65x49"):
        create_video(tmp_path / "a.mp4", size=(49, 65), pix_fmt="yuv420p")


def test_a_preset_that_the_encoder_does_not_know_is_one_sentence(tmp_path):
    with pytest.raises(OutputError, match="could not be encoded by libx264"):
        create_video(tmp_path / "a.mp4", size=SIZE, preset="?").__enter__()
    assert not list(tmp_path.iterdir())


def test_places_that_cannot_be_written_are_refused(tmp_path):
    source = clip(tmp_path / "in.mp4", STEADY[:3])
    os.link(source, tmp_path / "link.mp4")
    for target, words in (("a.gif", "suffix .gif"), ("in.mp4", "exists already"), ("no/a.mp4", "there is no folder")):
        with pytest.raises(OutputError, match=words):
            create_video(tmp_path / target, size=SIZE)
    with pytest.raises(OutputError, match="one of the inputs"):
        create_video(tmp_path / "link.mp4", size=SIZE, overwrite=True, inputs=[source])


def test_sound_that_the_container_cannot_hold_is_refused_and_nothing_is_left(tmp_path):
    source = clip(tmp_path / "in.mp4", sound=Fraction(0))
    with pytest.raises(OutputError, match="cannot hold sound coded as aac"):
        again(source, tmp_path / "out.webm")
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]
    assert len(shown(again(source, tmp_path / "out.webm", sound_from=None))) == len(STEADY)


def test_frames_that_do_not_fit_are_refused(tmp_path):
    good = np.zeros((*SIZE, 3), np.uint8)
    with contextlib.suppress(ZeroDivisionError), create_video(tmp_path / "a.mp4", size=SIZE) as writer:
        writer.write(good, 4)
        whole = np.ones(SIZE, np.float32)
        for pixels, pts, alpha in ((good[1:], 5, None), (good / 255, 5, None), (good, 4, None), (good, 5, whole)):
            with pytest.raises(InputError):
                writer.write(pixels, pts, alpha)
        raise ZeroDivisionError


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ZeroDivisionError])
@pytest.mark.parametrize("name", ["out.mp4", "%03d.png"])
def test_an_interruption_leaves_nothing(tmp_path, stop, name):
    with pytest.raises(stop):
        interrupted(tmp_path / name, stop)
    assert not list(tmp_path.iterdir())


def interrupted(target: Path, stop: type[BaseException], **how: object) -> None:
    with create_video(target, size=SIZE, **how) as writer:
        for index, picture in enumerate(pictures(20)):
            writer.write(picture, index)
        assert list(target.parent.iterdir())  # something is on its way
        raise stop


def test_an_interruption_keeps_the_file_that_was_there(tmp_path):
    (tmp_path / "out.mp4").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / "out.mp4", KeyboardInterrupt, overwrite=True)
    assert (tmp_path / "out.mp4").read_bytes() == b"old"


@pytest.mark.parametrize("codec", ["h264", "hevc", "ffv1"])
def test_a_single_frame_makes_a_video(tmp_path, codec):
    with create_video(tmp_path / "a.mkv", size=SIZE, rate=1000, codec=codec) as writer:
        writer.write(pictures(1)[0], 0)
    assert shown(tmp_path / "a.mkv") == [0]


def test_no_frame_makes_no_file(tmp_path):
    with pytest.raises(InputError, match="at least one frame"), create_video(tmp_path / "out.mp4", size=SIZE):
        pass
    assert not list(tmp_path.iterdir())


KILLED = """
import os, signal, sys, numpy
from cleanplate.videos import create_video
with create_video(sys.argv[1], size=(48, 64)) as writer:
    for index in range(200):
        writer.write(numpy.full((48, 64, 3), index, numpy.uint8), index)
    print(*os.listdir(os.path.dirname(sys.argv[1])), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_goes_at_the_next_start_and_a_living_ones_stays(tmp_path, python):
    done = python("-c", KILLED, tmp_path / "out.mp4")
    assert done.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    assert left.name == done.stdout.decode().strip() != "out.mp4"
    with create_video(tmp_path / "new.mp4", size=SIZE) as writer:  # the other file is young: its owner may be about to lock it
        writer.write(pictures(1)[0], 0)
        assert left.exists()
        for path in tmp_path.iterdir():
            os.utime(path, (time.time() - 3600,) * 2)
        with create_video(tmp_path / "newer.mp4", size=SIZE) as other:
            assert not left.exists()
            other.write(pictures(1)[0], 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.mp4", "newer.mp4"]


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounting a small disk needs root on Linux")
@pytest.mark.parametrize("kilobytes", [8, 64])
def test_a_full_disk_is_named_and_leaves_the_old_file(tmp_path, kilobytes):
    if os.system(f"mount -t tmpfs -o size={kilobytes}k none {tmp_path} 2>/dev/null"):  # noqa: S605
        pytest.skip("mounting is not allowed here")
    try:
        (tmp_path / "out.mkv").write_bytes(b"old")
        with pytest.raises(OutputError, match=r"out\.mkv could not be written \(No space left on device\): free some space"):
            noisy(tmp_path / "out.mkv")
        assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("out.mkv", b"old")]
    finally:
        os.system(f"umount {tmp_path}")  # noqa: S605


def noisy(target: Path) -> None:
    chance = np.random.default_rng(0)
    with create_video(target, size=SIZE, overwrite=True, codec="ffv1") as writer:
        for index in range(40):
            writer.write(chance.integers(0, 255, (*SIZE, 3), np.uint8), index)


# ---- honest failure ------------------------------------------------------------------------------------------------


def refusal(path: Path, **how: object) -> VideoError:
    with pytest.raises(VideoError) as caught, open_video(path, **how) as reader:
        list(reader)
    assert path.name in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    return caught.value


def test_files_without_pictures_are_refused(tmp_path):
    only_sound = tmp_path / "sound.mp4"
    with av.open(str(only_sound), "w") as file:
        stream = file.add_stream("aac", rate=48000)
        file.mux(packet for frame in noise(3) for packet in stream.encode(frame))
        file.mux(stream.encode())
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_bytes(b"no video at all")
    for name, reason, words in (
        ("sound.mp4", "no-video", "sound only"), ("empty.mp4", "empty", "is empty"), ("text.mp4", "format", "no video"),
        ("none.mp4", "missing", "does not exist"), (".", "unreadable", "is a folder"),
    ):  # fmt: skip
        error = refusal(tmp_path / name) if name != "." else refusal(tmp_path)
        assert (error.reason, words in str(error)) == (reason, True)


def noise(blocks: int) -> list[av.AudioFrame]:
    frames = []
    for index in range(blocks):
        frame = av.AudioFrame.from_ndarray(np.zeros((2, BLOCK), np.float32), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, index * BLOCK, Fraction(1, 48000)
        frames.append(frame)
    return frames


def test_an_encrypted_track_is_refused_though_decoders_make_noise_of_it(tmp_path):
    data = clip(tmp_path / "a.mp4").read_bytes()
    (tmp_path / "encrypted.mp4").write_bytes(data.replace(b"avc1\0\0\0\0\0\0\0\1", b"encv\0\0\0\0\0\0\0\1"))
    assert refusal(tmp_path / "encrypted.mp4").reason == "encrypted"


@pytest.mark.parametrize(("name", "share"), [("a.mp4", 0.6), ("a.mkv", 0.6), ("a.avi", 0.6), ("a.mkv", 0.98), ("a.mp4", 0.98)])
def test_a_cut_file_is_refused_with_its_seconds_and_salvaged_when_asked(tmp_path, name, share):
    chance = np.random.default_rng(2)
    shapes = [chance.integers(0, 255, (*SIZE, 3), np.uint8) for _ in STEADY]
    container = {"movflags": "faststart"} if name == "a.mp4" else {}
    path = clip(tmp_path / name, shapes=shapes, container=container, options={"bf": "0", "g": "5"})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    error = refusal(path)
    assert error.reason == "truncated"
    with open_video(path, salvage=True) as reader:
        seconds = [frame.pts * reader.info.time_base for frame in reader]
    assert 0 < len(seconds) < len(STEADY) or share > 0.9
    assert f"it ends at {float(seconds[-1]) + 0.04:.2f}" in str(error)
    assert name == "a.avi" or "of 1.20 seconds" in str(error)
    doubt = 0.041 if name == "a.avi" else 1e-6  # cut, it tells no rate
    assert reader.ended_at == pytest.approx(float(seconds[-1]) + 0.04, abs=doubt)
    assert "cut off" in reader.warnings[-1]


def test_a_damaged_packet_is_an_error_and_a_warning_when_salvaging(tmp_path):
    path = clip(tmp_path / "a.mp4", options={"bf": "0"})
    with av.open(str(path)) as file:
        victim = [packet for packet in file.demux(video=0) if packet.size][12]
        at = victim.pos
    data = bytearray(path.read_bytes())
    data[at + 4 : at + victim.size] = b"\xff" * (victim.size - 4)
    path.write_bytes(data)
    assert refusal(path).reason == "broken"
    with open_video(path, salvage=True) as reader:
        assert len(list(reader)) >= 25
    assert "damaged at 0.4" in reader.warnings[0]


def test_a_video_that_changes_its_size_is_refused_at_that_second(tmp_path):
    with av.open(str(tmp_path / "c.ts"), "w") as file:
        stream = file.add_stream("libx264", rate=25)
        stream.height, stream.width = SIZE
        other = av.CodecContext.create("libx264", "w")
        other.height, other.width, other.pix_fmt, other.time_base = 96, 128, "yuv420p", Fraction(1, 25)
        for index in range(60):
            frame = av.VideoFrame(64 << (index > 29), 48 << (index > 29), "yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            for packet in (stream if index < 30 else other).encode(frame) + (stream.encode() if index == 29 else []):
                packet.stream = stream
                file.mux(packet)
        for packet in other.encode():
            packet.stream = stream
            file.mux(packet)
    error = refusal(tmp_path / "c.ts")
    assert error.reason == "size"
    assert "from 64x48 to 128x96 at 1.2" in str(error)


PLAYLISTS = {
    "a.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{}\n#EXT-X-ENDLIST\n",
    "a.mp4": "ffconcat version 1.0\nfile {}\n",
    "a.mov": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\na=control:{}\nm=video 5004 RTP/AVP 96\n",
}


@pytest.mark.parametrize("trusting", [False, True], ids=["by its bytes", "by FFmpeg's lists"])
@pytest.mark.parametrize("name", PLAYLISTS)
def test_a_playlist_never_opens_the_file_it_names(tmp_path, monkeypatch, name, trusting):
    clip(tmp_path / "secret.ts", STEADY[:5])
    path = tmp_path / name
    path.write_text(PLAYLISTS[name].format("secret.ts"))
    monkeypatch.chdir(tmp_path)
    if name != "a.mov":  # PyAV itself does: the test can fail
        with av.open(str(path), options={"allowed_extensions": "ALL"} if name == "a.m3u8" else {}) as file:
            assert len(list(file.decode(video=0))) == 5
    if trusting:
        monkeypatch.setattr(videos.video_boxes, "is_container", lambda _: True)
    assert refusal(path).reason == ("broken" if trusting else "format")


def test_without_pyav_the_command_that_installs_it_is_named(tmp_path, monkeypatch):
    source = clip(tmp_path / "a.mp4", STEADY[:3])
    monkeypatch.setitem(sys.modules, "av", None)
    assert is_video(source)
    for attempt in (lambda: open_video(source), lambda: create_video(tmp_path / "b.mp4", size=SIZE)):
        with pytest.raises(MissingExtra, match=r"pip install 'cleanplate\[video\]'"):
            attempt()


def test_the_door_is_opened_without_loading_pyav(python):
    done = python("-c", "import sys, cleanplate.videos\nassert 'av' not in sys.modules")
    assert done.returncode == 0, done.stderr.decode()
