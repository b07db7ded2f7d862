"""streams: sound, subtitles and chapters are kept where the container can hold them, and missed aloud where not."""

import contextlib
import itertools
from fractions import Fraction
from pathlib import Path

import av
import pytest
from clips import SIZE, STEADY, again, clip, packets, shown

from cleanplate.errors import OutputError
from cleanplate.video.videos import Encoding, create_video, open_video


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


def test_subtitles_are_kept_also_between_matroska_and_mp4(tmp_path):
    source = with_subtitles(clip(tmp_path / "silent.mkv"), tmp_path / "in.mkv")
    spoken = [(Fraction(1, 5), b"Good morning"), (Fraction(4, 5), b"Good night")]
    assert packets(source, "subtitles") == spoken
    assert packets(again(source, tmp_path / "same.mkv"), "subtitles") == spoken
    other = again(source, tmp_path / "other.mp4")
    words = [(second, text) for second, text in packets(other, "subtitles") if text != b"\0\0"]
    assert words == [(second, bytes([0, len(text)]) + text) for second, text in spoken]
    assert packets(again(other, tmp_path / "back.mkv"), "subtitles") == spoken
    assert packets(again(source, tmp_path / "part.mkv", start=0.4), "subtitles") == [(Fraction(2, 5), b"Good night")]


def test_subtitles_that_the_container_cannot_hold_are_missed_aloud(tmp_path):
    source = with_subtitles(clip(tmp_path / "silent.mkv"), tmp_path / "in.mkv")
    with open_video(source) as reader, create_video(tmp_path / "out.webm", Encoding(SIZE), reader) as writer:
        for frame in reader:
            writer.write(frame.pixels, frame.pts)
    assert "subtitles of the kind" in writer.warnings[0]


def undecodable(source: Path, target: Path, kind: bytes, last: bool = True) -> Path:
    """A Matroska file whose (last) stream of that kind is coded in a way that nobody knows."""
    data = source.read_bytes()
    at = data.rindex(kind) if last else data.index(kind)
    target.write_bytes(data[:at] + kind[:2] + b"Q" * (len(kind) - 2) + data[at + len(kind) :])
    return target


def test_subtitles_without_a_decoder_are_missed_aloud(tmp_path):
    source = undecodable(with_subtitles(clip(tmp_path / "silent.mkv"), tmp_path / "in.mkv"), tmp_path / "odd.mkv", b"S_TEXT/UTF8")
    with open_video(source) as reader, create_video(tmp_path / "out.mkv", Encoding(SIZE), reader) as writer:
        for frame in reader:
            writer.write(frame.pixels, frame.pts)
    assert writer.warnings == [
        f"{tmp_path / 'out.mkv'} cannot hold subtitles of a kind that no decoder here knows; they were left out."
    ]
    assert len(shown(tmp_path / "out.mkv")) == len(STEADY)


def test_sound_without_a_decoder_is_refused_or_missed_aloud_where_there_is_other(tmp_path):
    alone = undecodable(clip(tmp_path / "heard.mkv", sound=Fraction(0)), tmp_path / "odd.mkv", b"A_AAC")
    with pytest.raises(OutputError, match="sound of a kind that no decoder here knows: take none for `sound`"):
        again(alone, tmp_path / "out.mkv")
    two = tmp_path / "two.mkv"
    with contextlib.ExitStack() as closing:
        parts = [closing.enter_context(av.open(str(tmp_path / "heard.mkv"))).streams[index] for index in (0, 1, 1)]
        file = closing.enter_context(av.open(str(two), "w"))
        made = [file.add_stream_from_template(part) for part in parts]
        for part, stream in zip(parts, made, strict=True):
            for packet in part.container.demux(part):
                if packet.size:
                    packet.stream = stream
                    file.mux(packet)
    with (
        open_video(undecodable(two, tmp_path / "half.mkv", b"A_AAC")) as reader,
        create_video(tmp_path / "out.mkv", Encoding(SIZE), reader) as writer,
    ):
        for frame in reader:
            writer.write(frame.pixels, frame.pts)
    assert [sentence for sentence in writer.warnings if "the other sound was kept" in sentence] == writer.warnings != []
    with av.open(str(tmp_path / "out.mkv")) as file:
        assert len(file.streams.audio) == 1


def test_sound_that_is_trimmed_ends_with_the_picture_also_in_a_part_that_begins_later(tmp_path):
    source = clip(tmp_path / "in.mp4", sound=Fraction(0), options={"bf": "0", "g": "5"})
    with open_video(source, start=0.6) as reader, create_video(tmp_path / "out.mp4", Encoding(SIZE), reader, trim=True) as writer:
        for frame in itertools.islice(reader, 10):
            writer.write(frame.pixels, frame.pts, None, frame.duration)
    begin, end = Fraction(15, 25), Fraction(25, 25)
    kept = [(second - begin, data) for second, data in packets(source) if begin <= second < end]
    assert len(kept) > 10
    assert packets(tmp_path / "out.mp4") == kept


def test_chapters_of_a_part_keep_what_they_name(tmp_path):
    chapters = [
        {"id": index, "start": 300 * index, "end": 300 * index + 300, "time_base": Fraction(1, 1000), "metadata": {"title": title}}
        for index, title in enumerate(["one", "two", "three", "four"])
    ]
    source = clip(tmp_path / "in.mkv", chapters=chapters)
    with av.open(str(again(source, tmp_path / "part.mkv", start=0.4, end=0.8))) as file:
        found = [
            (*(each[end] * each["time_base"] for end in ("start", "end")), each["metadata"]["title"]) for each in file.chapters()
        ]
    assert found == [(0, Fraction(1, 5), "two"), (Fraction(1, 5), Fraction(2, 5), "three")]
