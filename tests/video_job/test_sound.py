"""video_job: whose sound is kept, and that it ends with the picture."""

from pathlib import Path

import pytest
from walks import REGULAR, film, frames_of, sound_of

from cleanplate import video_job

av = pytest.importorskip("av")


def ends_of(path: Path, kind: str) -> float:
    """The second at which a file's picture or sound is over."""
    with av.open(str(path)) as container:
        stream = getattr(container.streams, kind)[0]
        return max(float((each.pts + (each.duration or 0)) * each.time_base) for each in container.demux(stream) if each.size)


PACKET = 1024 / 16000  # seconds of sound that are kept or left out together


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("fit", ["cut", "loop", "stretch"])
@pytest.mark.parametrize("sound", ["person", "plate"])
def test_sound_does_not_go_on_where_the_picture_ended_for_the_plates_sake(stand_ins, tmp_path, pictures, fit, sound, suffix):
    """Eight frames and four, and half a second of sound with each. A person's own sound goes on as far as in their file."""
    person = film(tmp_path / "person.mp4", pictures, REGULAR, sound=True)
    plate = film(tmp_path / "plate.mp4", pictures[:4], REGULAR, sound=True)
    out = tmp_path / f"out{suffix}"
    video_job.compose(person, plate, out, options=video_job.Options(quality="fast", plate_fit=fit, sound=sound))
    assert len(frames_of(out)) == (4 if fit == "cut" else 8)
    assert sound_of(out) == sound_of(tmp_path / f"{sound}.mp4")[: len(sound_of(out))]
    if fit == "cut" or sound == "plate":
        assert -PACKET < ends_of(out, "audio") - ends_of(out, "video") < PACKET
    else:
        assert sound_of(out) == sound_of(person)


@pytest.mark.parametrize(("sound", "whose"), [(None, "talk"), ("person", "talk"), ("none", None), ("plate", "plate")])
def test_the_sound_is_taken_from_whom_it_is_asked(stand_ins, tmp_path, pictures, talk, sound, whose):
    heard = film(tmp_path / "heard.mp4", pictures, sound=True)
    out = tmp_path / "out.mp4"
    video_job.compose(talk, heard, out, options=video_job.Options(quality="fast", sound=sound))
    wanted = {"talk": sound_of(talk), "plate": sound_of(heard)[: len(sound_of(out))], None: []}[whose]  # it ends with the picture
    assert sound_of(out) == wanted
    assert len(wanted) >= (0 if whose is None else 6)  # packets in the picture's 0.44 seconds


def test_sound_of_a_part_ends_with_its_picture_too(stand_ins, tmp_path, pictures):
    """Times of the sound are those of the file, not of the part: from 0.16 seconds on, and two frames of a plate."""
    person = film(tmp_path / "person.mp4", pictures, REGULAR, sound=True)
    plate = film(tmp_path / "plate.mp4", pictures[:2], REGULAR)
    options = video_job.Options(quality="fast", plate_fit="cut", start=0.16)
    assert video_job.compose(person, plate, tmp_path / "out.mp4", options=options).frames == 2
    assert -PACKET < ends_of(tmp_path / "out.mp4", "audio") - 0.08 < PACKET


def test_what_lies_far_beyond_the_end_is_not_even_read(stand_ins, tmp_path, pictures, monkeypatch):
    from cleanplate.video import streams

    asked, read = [], streams.Copies.read
    monkeypatch.setattr(streams, "INTERLEAVED", 0.1)
    monkeypatch.setattr(streams.Copies, "read", lambda self: asked.append(1) or read(self))
    person = film(tmp_path / "person.mp4", pictures, REGULAR, sound=True)
    plate = film(tmp_path / "plate.mp4", pictures[:1], REGULAR)
    video_job.compose(person, plate, tmp_path / "out.mp4", options=video_job.Options(quality="fast", plate_fit="cut"))
    assert 1 <= len(asked) < len(sound_of(person))
