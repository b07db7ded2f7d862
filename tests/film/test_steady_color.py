"""steady_color: answers that waver do not flicker, and a network that has nothing new to say is seldom asked."""

import numpy as np
import pytest

from cleanplate.film import steady_color
from cleanplate.film.cuts import Cuts
from cleanplate.film.cutting_out import Laid
from cleanplate.film.steady_color import MovingPlate, SteadyColor, SteadyCues, SteadyTransform, StillPlate, Turn
from cleanplate.film.tracking import glance
from cleanplate.models.harmonizer import Cues
from cleanplate.stages import closeup, faded, harmonizing
from cleanplate.stages.compositing import Layer
from cleanplate.stages.harmonizing import PlateSeen
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box


def change(gain: float, confidence: float = 0.5) -> Transform:
    """A color change with a tone of its own."""
    maps = np.tile(np.eye(3, 4, dtype=np.float32) * np.float32(gain), (2, 2, 1, 1))
    tone = np.linspace(0, gain, 5, dtype=np.float32)[:, None].repeat(3, 1)
    return Transform(maps, confidence=confidence, tone=tone)


def test_the_same_answer_again_changes_nothing():
    steady, answer = SteadyTransform(), change(0.8)
    steady.learn(answer)
    first = steady.step()
    assert (first.grid == answer.grid).all()
    assert (first.tone == answer.tone).all()
    for _ in range(3):
        assert steady.learn(answer, 6) == 0
        again = steady.step()
        assert (again.grid == first.grid).all()
        assert (again.tone == first.tone).all()


def test_answers_that_waver_hardly_move_the_color():
    raw = [change(0.8 + (0.1 if step % 2 else -0.1), 0.5 + (0.4 if step % 2 else -0.4)) for step in range(60)]
    steady, found = SteadyTransform(), []
    for answer in raw:
        steady.learn(answer)
        found.append(steady.step())
    for name, at in (("grid", (0, 0, 0, 0)), ("tone", (-1, 0))):
        assert np.abs(np.diff([getattr(each, name)[at] for each in raw])).max() > 0.19
        assert np.abs(np.diff([getattr(each, name)[at] for each in found])).max() < 0.002
    assert np.abs(np.diff([each.confidence for each in found])).max() < 0.01


def test_a_new_answer_that_stays_is_reached_by_a_glide():
    steady, found = SteadyTransform(), []
    steady.learn(change(0.8))
    steady.step()
    assert steady.learn(change(0.4), 10**6) == pytest.approx(0.4, abs=1e-6)  # long after: all of it
    for _ in range(60):
        found.append(steady.step().tone[-1, 0])
    assert found[0] == pytest.approx(0.8 - steady_color.GLIDE * 0.4, abs=1e-6)
    assert found[-1] == pytest.approx(0.4, abs=1e-3)


def test_before_anything_was_learned_there_is_no_color_change_and_a_reset_forgets():
    steady = SteadyTransform()
    with pytest.raises(ValueError, match="learned"):
        steady.step()
    steady.learn(change(0.5))
    steady.reset()
    steady.learn(change(0.9))
    assert steady.step().grid[0, 0, 0, 0] == pytest.approx(0.9)


def test_cues_begin_with_the_first_and_drift_to_what_stays_and_still_ones_do_not_move():
    steady, seconds = SteadyCues(), [0.0]
    for frame in range(300):
        found = steady(Cues(np.full(4, frame > 0, np.float32), "a"))
        seconds.append(float(found.values[0]))
    assert seconds[1] == 0
    assert max(np.diff(seconds)) <= 0.006 + 1e-6
    assert seconds[116] == pytest.approx(0.5, abs=0.01)
    assert seconds[-1] > 0.8
    steady.reset()
    once = Cues(np.random.default_rng(0).normal(size=8).astype(np.float32), "a")
    assert all((steady(once).values == once.values).all() for _ in range(5))


def test_a_network_looks_seldom_while_nothing_changes_often_while_it_does_and_at_once_after_a_cut():
    """By hand: one frame apart, then 2, 4 and no more than 5; a change halves that; a cut begins anew."""
    turn, looked = Turn(5), []
    for frame in range(40):
        if turn.due(frame == 35):
            looked.append(frame)
            turn.done(0.2 if 20 <= frame < 30 else 0.0)
    assert looked == [0, 2, 6, 11, 16, 21, 23, 24, 25, 26, 27, 28, 29, 30, 32, 35, 37]


class Brightness:
    """A harmonizer that answers with the plate's brightness."""

    side = 16

    def cues(self, plate: np.ndarray) -> Cues:
        return Cues(np.array([plate.mean()], np.float32))

    def answer(self, composite: np.ndarray, alpha: np.ndarray, cues: Cues) -> Transform:
        return change(float(cues.values[0]))


PERSON = Laid(Layer(np.full((20, 20, 3), 90, np.uint8), np.ones((20, 20), np.float32), Box(10, 10, 20, 20)))


def gains(color: SteadyColor, plates, people=None) -> list[float]:
    answers, cuts = [], Cuts()
    for number, plate in enumerate(plates):
        if cuts(glance(plate)) and not people:  # with people the plate is a still one
            color.start()
        answers.append(float(color(people[number] if people else PERSON, plate).grid[0, 0, 0, 0]))
    return answers


def test_a_cut_of_the_plate_begins_anew_with_its_own_answer(scene, other):
    """And without one a plate that changes is followed slowly."""
    cut = gains(SteadyColor(Brightness(), MovingPlate(), 6, one_map=False), [scene] * 4 + [other] * 3)
    around = closeup.around(PERSON.layer.box, scene.shape[:2]).box(scene.shape[:2])
    bright, dark = (float(harmonizing.shrink(each[around.slices], 16).mean()) for each in (scene, other))
    assert cut[:4] == pytest.approx([bright] * 4, abs=1e-6)
    assert cut[4:] == pytest.approx([dark] * 3, abs=1e-6)
    fading = [np.clip(scene.astype(int) - 3 * step, 0, 255).astype(np.uint8) for step in range(12)]
    slow = gains(SteadyColor(Brightness(), MovingPlate(), 6, one_map=False), fading)
    assert 0 < slow[0] - slow[-1] < 0.2 * (bright - float(fading[-1][around.slices].mean()) / 255)


def test_who_walks_far_or_comes_near_is_looked_at_in_other_windows_and_one_who_stands_in_one(scene) -> None:
    def person(top: int, left: int, size: int) -> Laid:
        box = Box(top, left, size, size)
        return Laid(Layer(np.full((size, size, 3), 90, np.uint8), np.ones((size, size), np.float32), box))

    class Local(Brightness):
        """Answers with a grid, so that windows of other sizes give other numbers of cells."""

        def answer(self, composite: np.ndarray, alpha: np.ndarray, cues: Cues) -> Transform:
            asked.append(alpha.mean())
            return Transform(np.broadcast_to(np.eye(3, 4, dtype=np.float32) * cues.values[0], (4, 4, 3, 4)).copy())

    asked: list[float] = []
    walking = [person(20, left, 12) for left in (4, 5, 6, 40, 60)] + [person(10, 20, size) for size in (12, 30, 60)]
    seen: list[tuple[int, ...]] = []
    windows: list[closeup.Window] = []

    def look(window: closeup.Window) -> PlateSeen:
        windows.append(window)
        return PlateSeen(np.zeros((16, 16, 3), np.float32), Cues(np.float32([0.5])))

    color = SteadyColor(Local(), StillPlate(look), 1, one_map=False)
    for each in walking:
        found = color(each, scene)
        seen.append(found.grid.shape[:2])
        assert np.abs(found.grid[..., 0, 0] - 0.5).max() < 1e-6
    assert len(set(windows)) == len(windows) >= 3  # each is asked for once
    assert seen[0] == seen[2]
    assert seen[-1] == (4, 4)
    assert min(asked) > 0.1  # never a few pixels in the whole plate


def test_a_window_is_held_while_somebody_moves_within_it_and_found_anew_after_a_cut(scene) -> None:
    windows: list[closeup.Window] = []

    def look(window: closeup.Window) -> PlateSeen:
        windows.append(window)
        return PlateSeen(np.zeros((16, 16, 3), np.float32), Cues(np.float32([0.5])))

    def person(left: int, cut: bool = False) -> Laid:
        return Laid(Layer(np.full((20, 6, 3), 90, np.uint8), np.ones((20, 6), np.float32), Box(20, left, 20, 6)), cut)

    first, later = (closeup.around(Box(20, left, 20, 6), scene.shape[:2]) for left in (30, 38))
    assert first != later == closeup.around(Box(20, 38, 20, 6), scene.shape[:2])
    color = SteadyColor(Brightness(), StillPlate(look), 1, one_map=False)
    for left in (30, 34, 38):
        color(person(left), scene)
    assert windows == [first]
    color(person(38, cut=True), scene)
    assert windows == [first, later]


def test_a_still_plate_is_not_looked_at_again_and_a_cut_of_the_person_begins_anew(scene, other):
    seen = PlateSeen(harmonizing.shrink(scene, 16), Cues(np.array([0.5], np.float32)))
    asked, harmonizer = [], Brightness()
    harmonizer.answer = lambda composite, alpha, cues: asked.append(1) or change(0.5 + 0.1 * len(asked))
    color = SteadyColor(harmonizer, StillPlate(lambda _: seen), 6, one_map=False)
    found = gains(color, [scene, scene, other], [PERSON, PERSON, PERSON._replace(cut=True)])
    assert found[0] == pytest.approx(0.6)
    assert found[-1] == pytest.approx(0.5 + 0.1 * len(asked))


def test_hearing_an_answer_in_every_frame_is_hearing_it_once_for_as_many_frames():
    """Unless told otherwise an answer comes one frame after the one before."""
    often, once = SteadyTransform(), SteadyTransform()
    cues, later = SteadyCues(), SteadyCues()
    for steady in (often, once):
        steady.learn(change(0.8))
    for steady in (cues, later):
        steady(Cues(np.zeros(3, np.float32), "a"))
    for _ in range(50):
        moved = often.learn(change(0.4))
        drifted = cues(Cues(np.ones(3, np.float32), "a"))
        assert moved > 0
    once.learn(change(0.4), 50)
    np.testing.assert_allclose(often.step().grid, once.step().grid, atol=1e-5)
    np.testing.assert_allclose(drifted.values, later(Cues(np.ones(3, np.float32), "a"), 50).values, atol=1e-5)
    assert 0 < drifted.values[0] < 0.5


def test_a_network_whose_answer_stays_is_asked_half_as_often_each_time_and_at_once_after_a_cut():
    def asked(turn: Turn, moves: list[float], frames: int, cut: int = -1) -> list[int]:
        found = []
        for frame in range(frames):
            if turn.due(frame == cut):
                found.append(frame)
                turn.done(moves[min(len(found), len(moves)) - 1])
        return found

    assert asked(Turn(8), [0.0], 40) == [0, 2, 6, 14, 22, 30, 38]  # 1, 2, 4, 8 and never more apart
    assert asked(Turn(8), [1.0], 5) == [0, 1, 2, 3, 4]
    assert asked(Turn(8), [0.0, 0.0, 0.0, 1.0], 21) == [0, 2, 6, 14, 18, 20]  # and twice as often when it moves
    assert asked(Turn(8), [0.0], 12, cut=8) == [0, 2, 6, 8, 10]


@pytest.mark.parametrize("one_map", [False, True])
def test_who_was_filmed_without_black_has_the_plates_from_the_first_frame_of_a_shot_to_its_last(
    one_map: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def filmed(black: float, cut: bool = False, kind: type = np.uint8) -> Laid:
        gray = np.linspace(black, 1, 40 * 40, dtype=np.float32).reshape(40, 40, 1).repeat(3, 2)
        colors = gray if kind is np.float32 else np.round(gray * np.iinfo(kind).max).astype(kind)
        return Laid(Layer(colors, np.ones((40, 40), np.float32), Box(5, 5, 40, 40)), cut)

    def blacks(*people: Laid) -> list[float]:
        """What is made of a fifth of white, frame by frame."""
        color, found = SteadyColor(Brightness(), StillPlate(lambda _: known), 1, one_map=one_map), []
        for each in people:
            change = color(each, plate)
            assert (change.tone is None) is one_map
            curved = 0.2 if change.tone is None else np.interp(0.2, np.linspace(0, 1, len(change.tone)), change.tone[:, 0])
            found.append(float(change.grid[0, 0, 0] @ np.float32([curved, curved, curved, 1])))
        return found

    plate = np.zeros((80, 90, 3), np.uint8)
    plate[10:] = 255
    known = PlateSeen(harmonizing.shrink(plate, 16), Cues(np.float32([1.0])))
    monkeypatch.setattr(faded.faces, "face", lambda *_: faded.faces.Face(5, 10, 20, 25))
    for kind in (np.uint8, np.uint16, np.float32):
        assert blacks(filmed(0.2, kind=kind)) == pytest.approx([0.0], abs=0.012)
    assert blacks(filmed(0.0)) == pytest.approx([0.2])
    held = blacks(filmed(0.2), filmed(0.0), filmed(0.0), filmed(0.0, cut=True), filmed(0.2))
    assert held == pytest.approx([0.0, 0.0, 0.0, 0.2, 0.2], abs=0.012)
    monkeypatch.setattr(faded.faces, "face", lambda *_: None)
    assert blacks(filmed(0.2)) == pytest.approx([0.2])
