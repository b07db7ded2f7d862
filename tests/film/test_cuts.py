"""cuts: they are seen, and motion is not taken for one."""

import cv2
import numpy as np
import pytest
from PIL import Image as pillow

from cleanplate.film.cuts import Cuts, difference


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


def test_how_far_two_glances_lie_apart_is_total_variation_and_correlation(scene, other):
    """Of smoothed histograms of 16 bins, by numpy's; of blurred brightness, by numpy's too."""
    for one, two in ((scene, other), (scene, np.roll(scene, 9, 1)), (scene, scene)):
        colors, shapes = difference(one, two)
        apart = []
        for channel in range(3):
            shares = [np.histogram(each[..., channel], 16, (0, 256))[0] / each[..., channel].size for each in (one, two)]
            smooth = [np.convolve(np.pad(each, 1, mode="edge"), [0.25, 0.5, 0.25], "valid") for each in shares]
            apart.append(np.abs(smooth[0] - smooth[1]).sum() / 2)
        assert colors == pytest.approx(np.mean(apart), abs=1e-5)
        blurred = [cv2.GaussianBlur(each.mean(2), (0, 0), 1.5).ravel() for each in (one, two)]
        assert shapes == pytest.approx(1 - np.corrcoef(*blurred)[0, 1], abs=1e-4)
