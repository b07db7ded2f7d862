"""video_job: one film in the time of another, and times as they were."""

import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import STEADY, clip
from walks import FAST, REGULAR, SIZE, VARIABLE, film, frames_of, sound_of

import cleanplate
from cleanplate import video_job

av = pytest.importorskip("av")


def seconds_of(path: Path) -> list[Fraction]:
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]

@pytest.mark.parametrize(
    ("fit", "seen"),
    [("loop", [100, 100, 110, 120, 120, 130, 100, 100]), ("cut", [100, 100, 110, 120, 120, 130]), ("stretch", None)],
)
def test_a_moving_plate_is_looped_cut_or_stretched_by_its_times(stand_ins, tmp_path, talk, moving, fit, seen):
    options = video_job.Options(quality="fast", plate_fit=fit)
    out = tmp_path / "out.mkv"
    video_job.compose(talk, moving, out, settings=cleanplate.Settings(harmonize=False), options=options)
    found = [int(each[2, -3].mean().round()) for each in frames_of(out)]
    if seen is None:  # by hand: 0.4 of 0.44 seconds of the person's are shown; the plate's 0.4 pass in the same time
        assert found == sorted(found)
        assert found[0] <= 101
        assert found[-1] >= 129
    else:
        assert np.abs(np.array(found) - seen).max() <= 2


@pytest.mark.parametrize(
    ("times", "shown"),
    [
        ((0, 20, 40, 60), [100, 110, 110, 120, 130, 130, 130]),  # 0.1 seconds slowed down: a frame's 40 are 14.3 of the plate's
        ((0, 40, 80, 120), [100, 110, 110, 120, 120, 130, 130]),  # 0.16 of them: 22.9
        ((0, 160, 320, 480), [100, 100, 110, 110, 120, 120, 130]),  # 0.52 sped up: 74.3
    ],
)
def test_a_stretched_plate_takes_as_long_as_the_person_whatever_its_own_length(stand_ins, tmp_path, pictures, times, shown):
    """By hand: seven frames of the person in 0.28 seconds, four pictures of the plate, the nearest shown."""
    person = film(tmp_path / "person.mp4", pictures[:7], REGULAR)
    plate = film(tmp_path / "plate.mkv", [np.full((*SIZE, 3), 100 + 10 * each, np.uint8) for each in range(4)], times)
    out = tmp_path / "out.mkv"
    options = video_job.Options(quality="fast", plate_fit="stretch", crf=0)
    video_job.compose(person, plate, out, settings=cleanplate.Settings(harmonize=False), options=options)
    found = [int(each[2, -3].mean().round()) for each in frames_of(out)]
    assert np.abs(np.array(found) - shown).max() <= 2, found


def test_a_filmed_person_keeps_their_times_and_their_sound(stand_ins, tmp_path, talk, plate):
    out = tmp_path / "out.mp4"
    done = video_job.compose(talk, plate, out, options=FAST)
    assert done.frames == len(VARIABLE)
    assert seconds_of(out) == seconds_of(talk) == [Fraction(each, 1000) for each in VARIABLE]
    assert sound_of(out) == sound_of(talk) != []


def test_a_photographed_person_takes_times_and_sound_of_the_plate(stand_ins, tmp_path, talk, portrait):
    out = tmp_path / "out.mp4"
    video_job.compose(portrait, talk, out, options=FAST)
    assert seconds_of(out) == seconds_of(talk)
    assert sound_of(out) == sound_of(talk)


def test_the_seconds_that_are_told_are_those_that_went_by(stand_ins, tmp_path, cutout):
    """Of the whole job and, never more and never falling, at every frame."""
    told, start = [], time.perf_counter()
    film = clip(tmp_path / "street.mp4", STEADY[:6])
    done = cleanplate.compose_video(cutout, film, tmp_path / "out.mp4", progress=told.append)
    took = time.perf_counter() - start
    assert done.frames == 6
    assert [each.done for each in told] == list(range(1, 7))
    seconds = [each.seconds for each in told]
    assert seconds[0] > 0
    assert seconds == sorted(seconds)
    assert seconds[-1] <= done.seconds <= took
