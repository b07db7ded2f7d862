"""video_job: films in halved color are composed as they are coded, where no more is asked."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from walks import FAST, VARIABLE, film, frames_of

import cleanplate
from cleanplate import video_job
from cleanplate.compositor import NATURAL
from cleanplate.film import composing
from cleanplate.settings import Placement
from cleanplate.stages import matting
from cleanplate.video import videos, yuv420


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


@pytest.mark.parametrize("look", [{"wrap": 0.5}, {"defocus": 2.0}, {"aperture": 6.0}])
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
