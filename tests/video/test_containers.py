"""Files that are refused, and what of them is salvaged: each with one sentence that PyAV alone would not say."""

import re
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import BLOCK, SIZE, STEADY, again, clip, packets, shown

from cleanplate.errors import MemoryShort, MissingExtra, OutputError, SetupError, VideoError
from cleanplate.video import boxes, containers
from cleanplate.video.videos import Encoding, create_video, is_video, open_video


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
    found = re.search(r"damaged at (\d\.\d+) s", reader.warnings[0])
    assert found
    assert 0.48 <= float(found[1]) <= 1.0  # decoders that work on several frames at once tell of it some frames later


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
        monkeypatch.setattr(boxes, "is_container", lambda _: True)
    assert refusal(path).reason == ("broken" if trusting else "format")


def test_without_pyav_the_command_that_installs_it_is_named(tmp_path, monkeypatch):
    source = clip(tmp_path / "a.mp4", STEADY[:3])
    monkeypatch.setitem(sys.modules, "av", None)
    assert is_video(source)
    for attempt in (lambda: open_video(source), lambda: create_video(tmp_path / "b.mp4", Encoding(SIZE))):
        with pytest.raises(MissingExtra, match=r"pip install 'cleanplate\[video\]'"):
            attempt()


def test_the_door_is_opened_without_loading_pyav(python):
    done = python("-c", "import sys, cleanplate.video.videos\nassert 'av' not in sys.modules")
    assert done.returncode == 0, done.stderr.decode()


def test_what_is_left_of_a_cut_video_is_written_with_its_sound(tmp_path):
    chance = np.random.default_rng(2)
    shapes = [chance.integers(0, 255, (*SIZE, 3), np.uint8) for _ in STEADY]
    path = clip(tmp_path / "a.mkv", shapes=shapes, sound=Fraction(0))
    whole = packets(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 5])
    with open_video(path, salvage=True) as reader, create_video(tmp_path / "b.mkv", Encoding(SIZE), reader) as writer:
        for frame in reader:
            writer.write(frame.pixels, frame.pts)
    kept = packets(tmp_path / "b.mkv")
    assert kept == whole[: len(kept)]
    assert 0 < len(kept) < len(whole)
    assert 0 < len(shown(tmp_path / "b.mkv")) < len(STEADY)


def test_the_video_that_is_read_is_never_written_over(tmp_path):
    path = clip(tmp_path / "a.mp4", STEADY[:3])
    before = path.read_bytes()
    with pytest.raises(OutputError, match="one of the inputs"):
        again(path, path, to={"overwrite": True})
    assert path.read_bytes() == before


@pytest.mark.skipif(sys.platform != "linux", reason="open files are counted in /proc")
def test_refused_files_are_closed(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(clip(tmp_path / "whole.mp4").read_bytes()[:-400])
    refusal(path)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        refusal(path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_file_of_too_many_boxes_and_one_of_damaged_ones_is_refused(tmp_path, monkeypatch):
    data = clip(tmp_path / "a.mp4").read_bytes()
    for length in (0, 2, 7):
        (tmp_path / "head.mp4").write_bytes(length.to_bytes(4, "big") + data[4:])
        assert refusal(tmp_path / "head.mp4").reason == "broken"
    monkeypatch.setattr(boxes, "MOST_BOXES", 100)
    (tmp_path / "many.mp4").write_bytes(data[: int.from_bytes(data[:4], "big")] + b"\0\0\0\x08free" * 200)
    assert "more than 100 boxes" in str(refusal(tmp_path / "many.mp4"))


def test_a_box_that_says_too_much_is_no_cut_where_the_index_lies_within_the_file(tmp_path):
    data = clip(tmp_path / "a.mp4", sound=Fraction(0), container={"movflags": "+faststart"}).read_bytes()
    at = data.index(b"mdat") - 4
    length = int.from_bytes(data[at : at + 4], "big")
    assert at + length == len(data)
    longer = data[:at] + (length + 1000).to_bytes(4, "big") + data[at + 4 :]
    (tmp_path / "long.mp4").write_bytes(longer)
    with open_video(tmp_path / "long.mp4") as reader:
        assert len(list(reader)) == len(STEADY)
        assert reader.warnings == []
    for missing in (1, 400):  # the last byte is of a picture or of sound that the index names
        (tmp_path / "cut.mp4").write_bytes(longer[:-missing])
        assert refusal(tmp_path / "cut.mp4").reason == "truncated"
    fragments = clip(tmp_path / "b.mp4", container={"movflags": "+frag_keyframe+empty_moov"}).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(fragments[:-400])
    assert refusal(tmp_path / "cut.mp4").reason == "truncated"


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (ModuleNotFoundError("No module named 'av'", name="av"), MissingExtra, "is not installed"),
        (ImportError("undefined symbol: av_frame_free"), SetupError, r"does not load here \(undefined symbol: av_frame_free\)"),
        (OSError("libx264.so is broken"), SetupError, "does not load here"),
        (ImportError("libavcodec.so: failed to map segment from shared object"), MemoryShort, "not enough memory"),
    ],
)
def test_a_pyav_that_does_not_load_is_told_from_one_that_is_not_there(monkeypatch, error, kind, words):
    class Fails:
        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name == "av":
                raise error

    monkeypatch.delitem(sys.modules, "av")
    monkeypatch.setattr(sys, "meta_path", [Fails(), *sys.meta_path])
    with pytest.raises(kind, match=words) as caught:
        containers.pyav()
    assert caught.value.exit_code == 3
