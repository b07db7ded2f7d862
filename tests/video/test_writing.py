"""What is written: codecs, sizes, alpha; refusals; and nothing at all when it was not finished."""

import contextlib
import os
import signal
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import SIZE, STEADY, again, clip, pictures, shown

from cleanplate.errors import InputError, OutputError
from cleanplate.video.coding import BT601, BT709, LIMITED, Coding
from cleanplate.video.videos import Encoding, create_video, open_video
from cleanplate.video.yuv420 import Coded


@pytest.mark.parametrize("size", [(48, 64), (49, 65), (48, 65)])
@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", None), ("a.mp4", "hevc"), ("a.mp4", "av1"), ("a.webm", None), ("a.mov", "prores"), ("a.mkv", "ffv1")],
)
def test_every_codec_gives_back_the_size_and_nearly_the_colors(tmp_path, capfd, name, codec, size):
    sent = [np.full((*size, 3), (200, 90 + 10 * index, 60), np.uint8) for index in range(3)]
    with create_video(tmp_path / name, Encoding(size, rate=25, codec=codec)) as writer:
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


@pytest.mark.parametrize(("name", "kind", "kept"), [("a.mp4", None, True), ("a.mp4", "yuv444p", False), ("%d.png", None, False)])
def test_a_coded_frame_is_written_as_it_is_or_else_by_way_of_rgb(tmp_path, name, kind, kept):
    rng = np.random.default_rng(0)
    planes = (rng.integers(60, 200, size).astype(np.uint8) for size in ((48, 64), (24, 32), (24, 32)))
    sent = Coded(*planes, Coding(LIMITED, BT601, BT709, BT709))
    with open_video(clip(tmp_path / "like.mp4", coding=(LIMITED, BT601, BT709, BT709))) as like:
        writer = create_video(tmp_path / name, Encoding((48, 64), pix_fmt=kind, crf=None if "png" in name else 0), like)
        with writer:
            assert writer.keeps(sent.coding) == kept
            assert not writer.keeps(Coding(LIMITED, BT709, BT709, BT709))
            writer.write(sent, 0)
    with open_video(tmp_path / name) as reader:
        (frame,) = reader
    assert np.abs(frame.pixels.astype(int) - sent.rgb()).max() <= (0 if kept else 2)
    found = frame.as_coded()
    assert (found is not None) == kept
    if found is not None:
        assert all((getattr(found, plane) == getattr(sent, plane)).all() for plane in ("luma", "blue", "red"))


@pytest.mark.parametrize("size", [(48, 64), (49, 65)])
@pytest.mark.parametrize("name", ["a.mov", "a.webm", "a.mkv", "%03d.png"])
def test_the_person_alone_keeps_a_soft_alpha(tmp_path, name, size):
    alpha = np.broadcast_to(np.linspace(0, 1, size[1], dtype=np.float32), size)
    with create_video(tmp_path / name, Encoding(size, rate=25, alpha=True, crf=10 if name == "a.webm" else None)) as writer:
        for index in range(3):
            writer.write(np.full((*size, 3), (200, 90, 60), np.uint8), index, alpha)
    with open_video(tmp_path / name) as reader:
        frames = list(reader)
    assert len(frames) == 3
    for frame in frames:
        assert frame.alpha is not None
        assert np.abs(frame.alpha - alpha).max() < (4 if name == "a.webm" else 1) / 255


def test_a_preset_that_the_encoder_does_not_know_is_one_sentence(tmp_path):
    with pytest.raises(OutputError, match="could not be encoded by libx264"):
        create_video(tmp_path / "a.mp4", Encoding(SIZE, preset="?")).__enter__()
    assert not list(tmp_path.iterdir())


def test_places_that_cannot_be_written_are_refused(tmp_path):
    source = clip(tmp_path / "in.mp4", STEADY[:3])
    os.link(source, tmp_path / "link.mp4")
    for target, words in (("a.gif", "suffix .gif"), ("in.mp4", "exists already"), ("no/a.mp4", "there is no folder")):
        with pytest.raises(OutputError, match=words):
            create_video(tmp_path / target, Encoding(SIZE))
    with pytest.raises(OutputError, match="one of the inputs"):
        create_video(tmp_path / "link.mp4", Encoding(SIZE), overwrite=True, inputs=[source])


def test_sound_that_the_container_cannot_hold_is_refused_and_nothing_is_left(tmp_path):
    source = clip(tmp_path / "in.mp4", sound=Fraction(0))
    with pytest.raises(OutputError, match="cannot hold sound coded as aac"):
        again(source, tmp_path / "out.webm")
    assert [path.name for path in tmp_path.iterdir()] == ["in.mp4"]
    assert len(shown(again(source, tmp_path / "out.webm", to={"sound_from": None}))) == len(STEADY)


def test_frames_that_do_not_fit_are_refused(tmp_path):
    good = np.zeros((*SIZE, 3), np.uint8)
    with contextlib.suppress(ZeroDivisionError), create_video(tmp_path / "a.mp4", Encoding(SIZE)) as writer:
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


def interrupted(target: Path, stop: type[BaseException], *, overwrite: bool = False) -> None:
    with create_video(target, Encoding(SIZE), overwrite=overwrite) as writer:
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
    with create_video(tmp_path / "a.mkv", Encoding(SIZE, rate=1000, codec=codec)) as writer:
        writer.write(pictures(1)[0], 0)
    assert shown(tmp_path / "a.mkv") == [0]


def test_no_frame_makes_no_file(tmp_path):
    with pytest.raises(InputError, match="at least one frame"), create_video(tmp_path / "out.mp4", Encoding(SIZE)):
        pass
    assert not list(tmp_path.iterdir())


KILLED = """
import os, signal, sys, numpy
from cleanplate.video.videos import Encoding, create_video
with create_video(sys.argv[1], Encoding((48, 64))) as writer:
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
    with create_video(tmp_path / "new.mp4", Encoding(SIZE)) as writer:  # the other file is young: its owner may be about to lock it
        writer.write(pictures(1)[0], 0)
        assert left.exists()
        for path in tmp_path.iterdir():
            os.utime(path, (time.time() - 3600,) * 2)
        with create_video(tmp_path / "newer.mp4", Encoding(SIZE)) as other:
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
    with create_video(target, Encoding(SIZE, codec="ffv1"), overwrite=True) as writer:
        for index in range(40):
            writer.write(chance.integers(0, 255, (*SIZE, 3), np.uint8), index)


def test_a_video_that_appears_meanwhile_is_kept_and_one_replaced_keeps_its_mode(tmp_path):
    writer = create_video(tmp_path / "a.mp4", Encoding(SIZE)).__enter__()
    writer.write(np.zeros((*SIZE, 3), np.uint8), 0)
    (tmp_path / "a.mp4").write_bytes(b"mine")
    with pytest.raises(OutputError, match="appeared while it was being made"):
        writer.__exit__(None)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
    (tmp_path / "a.mp4").chmod(0o600)
    with create_video(tmp_path / "a.mp4", Encoding(SIZE), overwrite=True) as writer:
        writer.write(np.zeros((*SIZE, 3), np.uint8), 0)
    assert (tmp_path / "a.mp4").stat().st_size > 4
    assert os.name != "posix" or (tmp_path / "a.mp4").stat().st_mode & 0o777 == 0o600


