"""cuts: they are seen, and motion is not taken for one."""

import numpy as np
from PIL import Image as pillow

from cleanplate.film.cuts import Cuts


def test_a_cut_is_seen_once_and_in_its_own_frame(scene, other):
    cuts = Cuts()
    assert [cuts(each) for each in (scene, scene, other, other, scene)] == [False, False, True, False, True]


def test_fast_motion_a_lamp_and_noise_are_no_cuts(scene):
    rng, cuts = np.random.default_rng(0), Cuts()
    pan = [np.roll(scene, 12 * step, 1) for step in range(6)]  # a tenth of the width in every frame
    lamp = [np.clip(scene.astype(int) + each, 0, 255).astype(np.uint8) for each in (0, 60, 0)]
    noisy = [np.clip(scene + rng.normal(0, 8, scene.shape), 0, 255).astype(np.uint8) for _ in range(3)]
    assert not any(cuts(each) for each in [*pan, *reversed(pan), *lamp, *noisy])


def test_a_person_who_runs_through_the_picture_is_no_cut(scene, portrait):
    person = np.asarray(pillow.open(portrait).convert("RGB").resize((64, 90)))
    cuts, found = Cuts(), []
    for left in range(0, 64, 12):
        frame = scene.copy()
        frame[6:, left : left + 64] = person
        found.append(cuts(frame))
    assert not any(found)
