"""video_job and the video side of `compose`: files in, a whole file out or none; times and sound as they were."""

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from clips import STEADY, clip
from PIL import Image as pillow

import cleanplate
from cleanplate import cli, video_job
from cleanplate.compositor import NATURAL, Compositor
from cleanplate.errors import InputError, NoPersonError, OutputError
from cleanplate.film import composing
from cleanplate.settings import Placement
from cleanplate.stages import compositing, matting
from cleanplate.video import videos, yuv420

av = pytest.importorskip("av")

SIZE = 120, 160
VARIABLE = (0, 40, 80, 200, 240, 290, 370, 400)  # thousandths of a second
REGULAR = tuple(40 * each for each in range(8))


def film(
    path: Path,
    pictures,
    times=REGULAR,
    sound: bool = False,
    aspect: Fraction | None = None,
    kind: str = "yuv444p",
    turn: int = 0,
) -> Path:
    """A lossless film of these pictures at these thousandths of a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264rgb" if path.suffix == ".mkv" else "libx264", rate=25, options={"qp": "0", "bf": "0"})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "rgb24" if path.suffix == ".mkv" else kind
        stream.codec_context.time_base = Fraction(1, 1000)
        if turn:
            stream.set_display_rotation(turn)
        if aspect is not None:
            stream.sample_aspect_ratio = aspect
        heard = container.add_stream("aac", rate=16000) if sound else None
        for picture, at in zip(pictures, times, strict=False):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = at, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if heard is not None:
            tone = np.sin(np.arange(16000 // 2) / 5).astype(np.float32)[None]
            samples = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
            samples.sample_rate, samples.pts = 16000, 0
            container.mux(heard.encode(samples))
            container.mux(heard.encode(None))
    return path


def frames_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def seconds_of(path: Path) -> list[Fraction]:
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]


def sound_of(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size] if container.streams.audio else []


@pytest.fixture
def pictures(portrait) -> list[np.ndarray]:
    """A person who steps to the right over a scene of code."""
    down, across = np.mgrid[: SIZE[0], : SIZE[1]]
    ground = np.dstack([90 + across // 4, 120 + down // 4, 140 + across // 8]).astype(np.uint8)
    photo = pillow.open(portrait).convert("RGB")
    photo.thumbnail((SIZE[0], SIZE[0]))
    some, walk = np.asarray(photo), []
    for left in range(8, 24, 2):
        frame = ground.copy()
        frame[SIZE[0] - some.shape[0] :, left : left + some.shape[1]] = some
        walk.append(frame)
    return walk


@pytest.fixture
def talk(tmp_path, pictures) -> Path:
    return film(tmp_path / "talk.mp4", pictures, VARIABLE, sound=True)


@pytest.fixture
def moving(tmp_path) -> Path:
    """A plate that grows brighter: 100, 110, 120 and 130, a tenth of a second each."""
    return film(tmp_path / "moving.mkv", [np.full((*SIZE, 3), 100 + 10 * each, np.uint8) for each in range(4)], (0, 100, 200, 300))


def run(*arguments: object) -> int:
    return cli.main([str(each) for each in arguments])


FAST = video_job.Options(quality="fast")

# ---- one film in the time of another -----------------------------------------------------------------------------------


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


# ---- files -----------------------------------------------------------------------------------------------------------


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


def test_a_filmed_person_keeps_their_times_and_their_sound(stand_ins, tmp_path, talk, plate):
    out = tmp_path / "out.mp4"
    done = video_job.compose(talk, plate, out, options=FAST)
    assert done.frames == len(VARIABLE)
    assert seconds_of(out) == seconds_of(talk) == [Fraction(each, 1000) for each in VARIABLE]
    assert sound_of(out) == sound_of(talk) != []


def test_files_give_what_arrays_give(stand_ins, tmp_path, talk, plate):
    """One engine: a lossless film has the pixels of compose_frames."""
    out = tmp_path / "out.mkv"
    video_job.compose(talk, plate, out, options=video_job.Options(quality="fast", codec="ffv1"))
    still = cleanplate.Plate.open(plate, SIZE)
    with video_job.videos.open_video(talk) as reader:
        wanted = list(Compositor().compose_frames((each.pixels for each in reader), still, quality="fast"))
    assert all((a == b).all() for a, b in zip(frames_of(out), wanted, strict=True))


@pytest.mark.parametrize(("sound", "whose"), [(None, "talk"), ("person", "talk"), ("none", None), ("plate", "plate")])
def test_the_sound_is_taken_from_whom_it_is_asked(stand_ins, tmp_path, pictures, talk, sound, whose):
    heard = film(tmp_path / "heard.mp4", pictures, sound=True)
    out = tmp_path / "out.mp4"
    video_job.compose(talk, heard, out, options=video_job.Options(quality="fast", sound=sound))
    wanted = {"talk": sound_of(talk), "plate": sound_of(heard)[: len(sound_of(out))], None: []}[whose]  # it ends with the picture
    assert sound_of(out) == wanted
    assert len(wanted) >= (0 if whose is None else 6)  # packets in the picture's 0.44 seconds


def test_a_photographed_person_takes_times_and_sound_of_the_plate(stand_ins, tmp_path, talk, portrait):
    out = tmp_path / "out.mp4"
    video_job.compose(portrait, talk, out, options=FAST)
    assert seconds_of(out) == seconds_of(talk)
    assert sound_of(out) == sound_of(talk)


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


@pytest.fixture
def kept(monkeypatch) -> list[int]:
    """One entry for every frame that was composed as it was coded."""
    composed: list[int] = []
    compose = composing.compose_coded
    monkeypatch.setattr(composing, "compose_coded", lambda *given: composed.append(1) or compose(*given))
    return composed


@pytest.fixture
def usual(tmp_path, pictures) -> Path:
    """A film in halved color, as most are."""
    return film(tmp_path / "usual.mp4", pictures, VARIABLE, kind="yuv420p")


def disc(picture: np.ndarray, *_: object) -> np.ndarray:
    """Somebody in the middle, for tests in which no network may see a hair of difference."""
    down, across = np.mgrid[-1 : 1 : picture.shape[0] * 1j, -1 : 1 : picture.shape[1] * 1j]
    return np.clip(9 - 12 * np.hypot(down, across), 0, 1).astype(np.float32)


@pytest.mark.parametrize(("behind", "turn"), [("still", 0), ("rgb", 0), ("coded", 0), ("still", 90)])
def test_a_film_in_halved_color_is_composed_as_it_is_coded(
    stand_ins, tmp_path, monkeypatch, kept, pictures, plate, moving, behind, turn
):
    """And comes out as it does by way of RGB, of whose colors half the rows and columns were lost in the file anyway."""
    monkeypatch.setattr(matting, "predict", disc)
    encoded, encode = [], yuv420.encoded
    monkeypatch.setattr(yuv420, "encoded", lambda *given: encoded.append(1) or encode(*given))
    usual = film(tmp_path / "usual.mp4", pictures, VARIABLE, kind="yuv420p", turn=turn)
    street = film(tmp_path / "street.mp4", frames_of(moving), kind="yuv420p")
    plates, frames = {"still": plate, "rgb": moving, "coded": street}, []
    for name in ("coded.mp4", "rgb.mp4"):
        made = video_job.compose(usual, plates[behind], tmp_path / name, options=dataclasses.replace(FAST, crf=0))
        assert made.frames == len(VARIABLE)
        frames.append(np.stack(frames_of(tmp_path / name)).astype(int))
        monkeypatch.setattr(videos.VideoWriter, "keeps", lambda *_: False)
    assert len(kept) == len(VARIABLE)
    assert len(encoded) == {"still": 1, "rgb": 5, "coded": 0}[behind]  # pictures of the plate that are shown
    apart = np.abs(frames[0] - frames[1])
    assert apart.mean() < 0.6
    assert np.quantile(apart, 0.99) <= 8
    assert np.abs(frames[0][0] - frames[0][-1])[40:-40, 40:-40].max() > 50  # they walk


@pytest.mark.parametrize(
    ("target", "asked", "placement"),
    [
        ("o.mp4", {"quality": "best"}, NATURAL), ("o.mp4", {"size": (110, 150)}, NATURAL), ("o.mp4", {}, Placement(height=0.5)),
        ("o.mkv", {"codec": "ffv1"}, NATURAL), ("o.mp4", {"pix_fmt": "yuv444p"}, NATURAL), ("o.webm", {"cutout": True}, NATURAL),
        ("%02d.png", {}, NATURAL),
    ],
)  # fmt: skip
def test_where_more_is_asked_frames_go_by_way_of_rgb(stand_ins, tmp_path, kept, usual, plate, target, asked, placement):
    options = dataclasses.replace(FAST, **asked)
    assert video_job.compose(usual, plate, tmp_path / target, placement=placement, options=options).frames == len(VARIABLE)
    assert not kept


@pytest.mark.parametrize("look", [{"wrap": 0.5}, {"defocus": 2.0}])
def test_spilled_light_and_a_plate_out_of_focus_go_by_way_of_rgb(stand_ins, tmp_path, kept, usual, plate, look):
    video_job.compose(usual, plate, tmp_path / "o.mp4", settings=cleanplate.Settings(**look), options=FAST)
    assert not kept


def test_a_shadow_is_cast_in_frames_that_stay_coded(stand_ins, tmp_path, monkeypatch, kept, usual, plate):
    monkeypatch.setattr(matting, "predict", disc)
    made = []
    for shadow in (0.0, 1.0):
        settings, out = cleanplate.Settings(harmonize=False, shadow=shadow), tmp_path / f"{shadow}.mp4"
        video_job.compose(usual, plate, out, settings=settings, options=dataclasses.replace(FAST, crf=0))
        made.append(np.stack(frames_of(out)).astype(int))
    assert len(kept) == 2 * len(VARIABLE)
    off, on = made
    assert (on <= off + 3).all()
    assert (off - on)[:, 100:112, 60:100].mean() > 8  # below them
    assert np.abs(off - on)[:, :40].max() <= 3


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


# ---- the command -----------------------------------------------------------------------------------------------------


def test_the_same_verb_composes_a_video(stand_ins, tmp_path, capsys, talk, plate):
    out = tmp_path / "out.mp4"
    assert run("compose", talk, plate, "-o", out, "--film-quality", "fast", "--progress") == 0
    said = capsys.readouterr().err
    assert "of 8" in said
    assert "8 frames" in said
    assert len(frames_of(out)) == 8
    assert run("compose", talk, plate, "-o", out, "--film-quality", "fast", "--quiet", "--overwrite") == 0
    assert capsys.readouterr().err == ""


def test_pictures_and_videos_do_not_take_each_others_names_and_options(tmp_path, capsys, talk, cutout, plate):
    def refused(*arguments: object) -> str:
        assert run("compose", *arguments) == 2
        return capsys.readouterr().err

    assert "takes pictures only" in refused(talk, plate, "-o", tmp_path / "out.jpg")
    assert "takes pictures only" in refused(talk, plate, "-o", "-")
    assert "two pictures were given" in refused(cutout, plate, "-o", tmp_path / "out.mp4")
    assert "--sound goes with videos" in refused(cutout, plate, "-o", tmp_path / "out.png", "--sound", "none")
    assert "--film-quality goes with videos" in refused(cutout, plate, "-o", tmp_path / "out.png", "--film-quality", "fast")
    assert "go with pictures" in refused(talk, plate, "-o", tmp_path / "out.mp4", "--quality", "90")
    assert "good" in refused(talk, plate, "-o", tmp_path / "out.mp4", "--film-quality", "good")
    assert {each.name for each in tmp_path.iterdir()} == {"talk.mp4", "plate.png", "cutout.png"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("name", ["out.mp4", "%d.png"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_job_that_is_stopped_leaves_no_file_under_its_name(tmp_path, pictures, plate, how, name):
    long = film(tmp_path / "long.mp4", pictures * 40, range(0, 40 * 320, 40))
    out = tmp_path / "outputs" / name
    out.parent.mkdir()
    slow = "--film-quality", "best", "--size", "2560x1920", "--progress"  # so that it is not done before the signal is there
    program = (  # it hears Ctrl-C even where this process's parent has turned that off
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "runpy.run_module('cleanplate', run_name='__main__')"
    )
    command = [sys.executable, "-c", program, "compose", long, plate, "-o", out, *slow]
    environment = os.environ | {"PYTHONPATH": str(Path(cleanplate.__file__).parents[1])}
    with subprocess.Popen([str(each) for each in command], stderr=subprocess.PIPE, env=environment) as process:
        assert process.stderr is not None
        process.stderr.read(8)  # the first words on progress
        process.send_signal(how)
        process.communicate(timeout=120)  # to its end: a reader that goes away is another way to be stopped
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -signal.SIGKILL}[how]
    left = [path.name for path in out.parent.iterdir()]
    if how == signal.SIGKILL:
        assert all(name.startswith(".cleanplate-") for name in left)
    else:
        assert left == []


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
