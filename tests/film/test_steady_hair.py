"""steady_hair: a filmed person's hair is cleaned as a photo's is, and neither flickers nor smears."""

import cv2
import numpy as np
import pytest

from cleanplate.compositor import Compositor
from cleanplate.film import cutting_out, tracking
from cleanplate.film.quality import QUALITIES
from cleanplate.film.soft_edges import Edge, around
from cleanplate.film.steady_hair import SteadyHair
from cleanplate.pixels.color import to_uint8, to_uint16
from cleanplate.pixels.resampling import resize
from cleanplate.plates import Plate
from cleanplate.settings import Settings
from cleanplate.stages import hair, matting
from cleanplate.values import Box, Image

SIZE = 320, 240
SKY, HAIR = np.float32([0.3, 0.6, 0.9]), np.float32([0.25, 0.15, 0.1])


def head(turned: float = 0.0, background=SKY) -> tuple[np.ndarray, np.ndarray, Edge]:
    """Strands around a disc, turned by so many radians: the picture in [0, 1], the true alpha, and one that knows no strands."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32) - np.float32([[[159.5]], [[119.5]]])
    unsure = np.clip((0.36 - np.hypot(rows, columns) / 240) / 0.05, 0, 1).astype(np.float32)
    strands = (np.sin(60 * (np.arctan2(rows, columns) + turned)) > 0).astype(np.float32)
    truth = cv2.GaussianBlur(np.where((unsure > 0) & (unsure < 1), strands, unsure), (0, 0), 0.7)
    picture = truth[..., None] * HAIR + (1 - truth[..., None]) * background
    return picture, truth, Edge(unsure, Box(0, 0, *SIZE), None)


def noisy(picture: np.ndarray, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 3 / 255, picture.shape)
    return to_uint8((picture + noise).clip(0, 1).astype(np.float32))


def whole(edge: Edge) -> np.ndarray:
    alpha = np.zeros(SIZE, np.float32)
    alpha[edge.box.slices] = edge.alpha
    return alpha


def by_itself(frame: np.ndarray, edge: Edge) -> tuple[np.ndarray, np.ndarray]:
    """The colors and the alpha of a frame that nothing is known before."""
    colors, found = SteadyHair(1)(frame, edge)
    return colors, whole(found)


def test_the_first_frame_is_what_a_photo_gives():
    picture, _, edge = head()
    colors, found = SteadyHair(0.7)(to_uint8(picture), edge)
    expected, there = hair.cleared(to_uint8(picture), edge.alpha, 0.7), edge.alpha > 0
    assert (colors == expected[0]).all()
    assert (whole(found) == expected[1])[there].all()
    assert found.box == around(whole(found))


def test_what_is_faint_where_the_network_sees_nobody_counts_less():
    """A wall's seam beside a soft edge, a little darker than the wall: by hand .08 / .2 of .18."""
    picture, _, edge = head()
    seam = np.s_[64:72, 119]
    picture[seam] = 0.8 * SKY + 0.2 * HAIR
    found, photo = by_itself(to_uint8(picture), edge)[1][seam], hair.cleared(to_uint8(picture), edge.alpha, 1)[1][seam]
    assert edge.alpha[seam].max() == 0
    assert photo.max() == pytest.approx(0.18, abs=0.01)
    assert found.max() == pytest.approx(0.073, abs=0.01)
    assert found[photo < 0.1].max() == 0


def test_a_repeated_frame_is_left_exactly_as_it_was():
    picture, _, edge = head()
    frame, steady = noisy(picture, 0), SteadyHair(1)
    (colors, found), *others = (steady(frame, edge) for _ in range(4))
    assert all((each[0] == colors).all() and (each[1].alpha == found.alpha).all() for each in others)


def test_noise_before_a_still_camera_shakes_neither_alpha_nor_color():
    """Holding 0.7 leaves sqrt(0.3 / 1.7) = 0.42 of independent noise, and 0.3 / sqrt(1.7) = 0.23 of its steps."""
    picture, truth, edge = head()
    picture[157:163, 46:50] = 0.6 * HAIR + 0.4 * SKY  # sky shines into what is surely hair: its color is moved
    frames, steady = [noisy(picture, seed) for seed in range(16)], SteadyHair(1)
    made = [steady(each, edge) for each in frames]
    alone = [by_itself(each, edge) for each in frames]
    found, apart = ([whole(each[1]) for each in made[5:]], [each[1] for each in alone[5:]])
    assert np.abs(np.diff(found, axis=0)).mean() < 0.3 * np.abs(np.diff(apart, axis=0)).mean()
    assert np.abs(found[-1] - truth).mean() <= np.abs(apart[-1] - truth).mean()
    own = [[each[0].astype(float) - frame for each, frame in zip(some, frames, strict=True)][5:] for some in (made, alone)]
    steps = [np.abs(np.diff([each[158:162, 47:49] for each in some], axis=0)).mean() for some in own]
    assert steps[0] < 0.5 * steps[1]  # whole levels remain


def test_strands_that_move_neither_lag_nor_smear():
    before, after = head(0.0), head(np.pi / 60)
    steady = SteadyHair(1)
    steady(to_uint8(before[0]), before[2])
    found, alone = whole(steady(to_uint8(after[0]), after[2])[1]), by_itself(to_uint8(after[0]), after[2])[1]
    moved = np.abs(cv2.blur(after[0] - before[0], (3, 3))).max(2) > 0.1
    assert moved.sum() > 500
    assert (found == alone)[moved].mean() > 0.98  # all but at the borders of parts
    assert np.abs(found - alone)[moved].max() < 0.2


def test_after_a_reset_nothing_of_the_shot_before_is_left():
    picture, _, edge = head()
    steady, frame = SteadyHair(1), noisy(picture, 1)
    steady(noisy(picture, 0), edge)
    held = whole(steady(frame, edge)[1])
    steady.reset()
    found, alone = whole(steady(frame, edge)[1]), by_itself(frame, edge)[1]
    assert (found == alone).all()
    assert (held != alone).any()


def test_what_was_not_looked_at_a_frame_ago_is_not_held():
    picture, _, edge = head()
    steady, frame = SteadyHair(1), noisy(picture, 1)
    steady(noisy(picture, 0), edge)
    plain = np.full_like(frame, 90)
    assert steady(plain, edge)[0] is plain
    assert (whole(steady(frame, edge)[1]) == by_itself(frame, edge)[1]).all()


def test_deep_frames_keep_their_type_and_are_held_alike():
    picture, _, edge = head()
    shallow, deep, rng = SteadyHair(1), SteadyHair(1), np.random.default_rng(0)
    for _ in range(3):
        fine = np.clip(picture + rng.normal(0, 3 / 255, picture.shape), 0, 1).astype(np.float32)
        colors, found = shallow(to_uint8(fine), edge)
        more, same = deep(to_uint16(fine), edge)
    assert more.dtype == np.uint16
    assert np.abs(more / 257 - colors).mean() < 0.5
    assert np.abs(whole(same) - whole(found)).max() < 0.05


def test_frames_may_come_in_one_array_that_is_written_anew():
    picture, _, edge = head()
    frames = [noisy(picture, 0), noisy(head(np.pi / 60)[0], 1)]
    buffer, one, other = np.empty_like(frames[0]), SteadyHair(1), SteadyHair(1)
    for each in frames:
        buffer[...] = each
        found, expected = whole(one(buffer, edge)[1]), whole(other(each, edge)[1])
        assert (found == expected).all()


@pytest.mark.parametrize("background", [HAIR, HAIR + np.float32(0.03)])
def test_before_a_background_of_its_own_color_everything_is_itself(background):
    picture, _, edge = head(background=background)
    frame = to_uint8(picture)
    colors, found = SteadyHair(1)(frame, edge)
    assert colors is frame
    assert found is edge


# ---- in a film -------------------------------------------------------------------------------------------------------


@pytest.fixture
def unsure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that finds a disc and no strands."""
    monkeypatch.setattr(matting, "predict", lambda small, *_: resize(head()[2].alpha, small.shape[:2]))


@pytest.mark.usefixtures("unsure")
@pytest.mark.parametrize("quality", QUALITIES)
def test_a_filmed_person_comes_nearer_to_the_truth_in_every_quality_and_the_plate_stays(quality):
    picture, truth, _ = head()
    frames, plate = [noisy(picture, seed) for seed in range(3)], Plate(Image(np.full((*SIZE, 3), 20, np.uint8)))
    expected = 255 * truth[..., None] * HAIR + (1 - truth[..., None]) * 20
    ways = (Settings(harmonize=False, shadow=0, clean_hair=strength) for strength in (0, 1))
    off, on = (list(Compositor().compose_frames(frames, plate, settings=way, quality=quality))[-1].astype(float) for way in ways)
    soft = (truth > 0.01) & (truth < 0.99)
    assert np.abs(on - expected)[soft].mean() < 0.7 * np.abs(off - expected)[soft].mean()
    far = cv2.dilate((head()[2].alpha > 0).astype(np.uint8), np.ones((31, 31), np.uint8)) == 0
    assert (on[far] == 20).all()


@pytest.mark.usefixtures("unsure")
def test_where_it_is_not_asked_for_nothing_is_looked_at(monkeypatch):
    monkeypatch.setattr(hair, "gathered", lambda *_: pytest.fail("looked"))
    frame = to_uint8(head()[0])
    assert list(Compositor().compose_frames([frame] * 2, Plate(Image(frame)), settings=Settings(harmonize=False), quality="best"))


def test_a_cut_and_an_absence_reset_it(monkeypatch):
    resets, (picture, _, edge) = [], head()
    monkeypatch.setattr(SteadyHair, "reset", lambda self: resets.append(True))
    cutter = cutting_out.Cutter(QUALITIES["fast"], None, 1.0)
    small = resize(to_uint8(picture), (256, 192))
    seen = tracking.Matted(to_uint8(picture), small, resize(edge.alpha, (256, 192)), False)
    for each, count in ((seen, 0), (seen._replace(cut=True), 1), (seen, 1), (seen._replace(alpha=None), 2)):
        cutter(each)
        assert len(resets) == count
