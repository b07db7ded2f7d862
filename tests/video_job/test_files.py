"""video_job: files in, a whole file out or none."""

import os
import subprocess
import sys
import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as pillow
from walks import FAST, SIZE, film, frames_of

import cleanplate
from cleanplate import video_job
from cleanplate.compositor import Compositor
from cleanplate.errors import InputError, NoPersonError, OutputError
from cleanplate.settings import Placement
from cleanplate.stages import compositing, matting

av = pytest.importorskip("av")


def test_files_give_what_arrays_give(stand_ins, tmp_path, talk, plate):
    """One engine: a lossless film has the pixels of compose_frames."""
    out = tmp_path / "out.mkv"
    video_job.compose(talk, plate, out, options=video_job.Options(quality="fast", codec="ffv1"))
    still = cleanplate.Plate.open(plate, SIZE)
    with video_job.videos.open_video(talk) as reader:
        wanted = list(Compositor().compose_frames((each.pixels for each in reader), still, quality="fast"))
    assert all((a == b).all() for a, b in zip(frames_of(out), wanted, strict=True))


def test_a_part_and_numbered_pictures(stand_ins, tmp_path, talk, plate):
    (tmp_path / "frames").mkdir()
    options = video_job.Options(quality="fast", start=0.08, end=0.29)
    video_job.compose(talk, plate, tmp_path / "frames" / "%03d.png", options=options)
    assert sorted(each.name for each in (tmp_path / "frames").iterdir()) == ["001.png", "002.png", "003.png"]


def test_the_person_alone_has_alpha_and_no_plate(stand_ins, tmp_path, talk, plate):
    out = tmp_path / "out.mkv"
    video_job.compose(talk, plate, out, options=video_job.Options(quality="fast", cutout=True))
    with av.open(str(out)) as container:
        first = next(container.decode(video=0)).to_ndarray(format="rgba")
    assert first[2, -3].tolist() == [0, 0, 0, 0]
    assert first[..., 3].max() == 255


@pytest.mark.parametrize("exception", [NoPersonError, KeyboardInterrupt])
def test_a_job_that_fails_leaves_nothing_and_ends_its_threads(stand_ins, tmp_path, talk, plate, monkeypatch, exception):
    def fails(*_: object) -> None:
        raise exception("in the middle")

    out, before = tmp_path / "outputs" / "out.mp4", threading.active_count()
    out.parent.mkdir()
    if exception is NoPersonError:
        monkeypatch.setattr(matting, "someone", fails)  # raised in a stage's thread
    else:
        monkeypatch.setattr(compositing, "compose_quickly", fails)
    with pytest.raises(exception, match="in the middle"):
        video_job.compose(talk, plate, out, options=FAST)
    assert list(out.parent.iterdir()) == []
    assert threading.active_count() == before


def test_what_cannot_be_is_refused_before_any_frame(tmp_path, talk, portrait, plate, mask):
    out = tmp_path / "out.mp4"
    with pytest.raises(InputError, match="Neither"):
        video_job.compose(portrait, plate, out)
    with pytest.raises(InputError, match="has no sound"):
        video_job.compose(talk, plate, out, options=video_job.Options(sound="plate"))
    with pytest.raises(InputError, match="leave `alpha` out"):
        video_job.compose(talk, plate, out, alpha=mask)
    with pytest.raises(OutputError, match="inputs"):
        video_job.compose(talk, plate, talk, options=video_job.Options(overwrite=True))
    with pytest.raises(OutputError, match="inputs"):
        video_job.compose(portrait, talk, tmp_path / "mas%d.png", alpha=mask.rename(tmp_path / "mas7.png"),
                        options=video_job.Options(overwrite=True))  # fmt: skip
    assert not out.exists()


def test_options_that_mean_nothing_are_refused():
    with pytest.raises(InputError, match="no `plate_fit` nonsense: give one of loop, cut, stretch"):
        video_job.Options(plate_fit="nonsense")
    with pytest.raises(InputError, match="no `sound` nonsense: give one of person, plate, none"):
        video_job.Options(sound="nonsense")


def test_a_film_with_alpha_is_cut_out_by_it(stand_ins, tmp_path, talk, plate):
    """What was written as the person alone goes over the plate as the film itself does."""
    bare, alone = cleanplate.Settings(harmonize=False), tmp_path / "alone.mov"
    video_job.compose(talk, plate, alone, settings=bare, options=video_job.Options(cutout=True))
    for source in (talk, alone):
        video_job.compose(source, plate, tmp_path / f"{source.stem}-out.mkv", settings=bare, options=video_job.Options(crf=1))
    direct, again = (np.array(frames_of(tmp_path / f"{source.stem}-out.mkv"), float) for source in (talk, alone))
    assert np.abs(direct - again).mean() < 3


def test_a_photographed_person_is_not_stretched_by_wide_pixels(stand_ins, tmp_path, portrait):
    """Before a plate stored half as wide they are stored half as wide too: the same part of the frame is covered."""
    shares = []
    for width, aspect in ((160, None), (80, Fraction(2))):
        still = np.full((120, width, 3), 90, np.uint8)
        source, out = film(tmp_path / f"plate{width}.mkv", [still] * 2, aspect=aspect), tmp_path / f"out{width}.mkv"
        video_job.compose(portrait, source, out, settings=cleanplate.Settings(harmonize=False))
        covered = (np.abs(frames_of(out)[0].astype(int) - 90) > 20).any(2)
        shares.append((covered.mean(), covered.any(0).mean()))
    assert np.allclose(shares[0], shares[1], atol=0.05)


@pytest.mark.parametrize(("own", "others"), [(None, Fraction(2)), (Fraction(2), None), (Fraction(2), Fraction(2))])
def test_a_moving_plate_keeps_its_shape_in_pixels_of_another_width(stand_ins, tmp_path, talk, own, others):
    """A disc in the plate is shown as wide as high, whatever shape the pixels of either film have."""
    down, across = np.mgrid[:120, : 160 if others is None else 80] - np.array([[[30]], [[24 if others is None else 12]]])
    disc = np.where(np.hypot(down, across * float(others or 1)) < 20, 255, 0).astype(np.uint8)
    plate = film(tmp_path / "plate.mkv", [np.dstack([disc] * 3)] * 8, aspect=others)
    person = film(tmp_path / "person.mkv", [each[:, :: 1 if own is None else 2] for each in frames_of(talk)], aspect=own)
    video_job.compose(person, plate, tmp_path / "out.mkv", options=video_job.Options(quality="fast"))
    found = frames_of(tmp_path / "out.mkv")[0].min(2)[:60, : 50 if own is None else 25] > 200
    assert found.any(0).sum() * float(own or 1) == pytest.approx(found.any(1).sum(), rel=0.15)


def test_a_cut_that_a_place_asked_for_shows_is_told_once_in_the_end(stand_ins, tmp_path, plate):
    frame = np.zeros((90, 120, 4), np.uint8)
    frame[30:, :50] = 255
    names = tmp_path / "frames"
    names.mkdir()
    for number in range(3):
        pillow.fromarray(frame).save(names / f"{number:03}.png")
    cases = (Placement(height=0.5, x=0.6, y=0.8), ["bottom and left"]), (Placement(height=0.5), []), (Placement(), [])
    for placement, told in cases:
        out = tmp_path / f"{placement.x}{placement.height}.mkv"
        done = video_job.compose(str(names / "%03d.png"), plate, out, placement=placement, options=FAST)
        assert len(done.warnings) == len(told)
        assert all(each in sentence for each, sentence in zip(told, done.warnings, strict=True))


def test_a_reader_that_only_its_loop_holds_is_not_closed_under_it(tmp_path):
    """The file was closed as soon as nobody held the reader, and reading on crashed, first of all where there is one core."""
    program = """
import gc, os, sys, cleanplate
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
count = 0
for _ in cleanplate.open_video(sys.argv[1]):
    gc.collect()
    count += 1
print(count)
"""
    clip = film(tmp_path / "clip.mp4", [np.full((48, 64, 3), 9 * step, np.uint8) for step in range(12)], range(0, 480, 40))
    environment = os.environ | {"PYTHONPATH": str(Path(cleanplate.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", program, str(clip)], capture_output=True, text=True, env=environment, timeout=120)
    assert done.stdout.strip() == "12", done.stderr
