"""plates: a plate's cues and windows are found once."""

import pickle

import numpy as np

import cleanplate
from cleanplate import Image, Plate
from cleanplate.models.harmonizer import Cues
from cleanplate.stages.closeup import Window


def test_a_plate_keeps_the_cues_of_one_harmonizer_however_many_have_asked(cutout, plate):
    behind = Plate.open(plate)
    for _ in range(3):
        cleanplate.compose(cutout, behind)
    assert len(behind._cues) == 1
    assert (pickle.loads(pickle.dumps(Plate.open(plate))).image.pixels == behind.image.pixels).all()  # noqa: S301


def test_windows_of_a_plate_with_people_show_them_and_are_known_by_the_empty_plate() -> None:
    class Mean:
        side = 16

        def cues(self, plate: np.ndarray) -> Cues:
            return Cues(np.float32([plate.mean()]))

    scene = np.random.default_rng(3).integers(0, 256, (50, 70, 3), np.uint8)
    window, empty = Window(0, 1, 5, 5), Plate(Image(scene))
    after = empty.with_people(Image(np.zeros_like(scene)))
    assert after.seen(Mean(), window).small.max() == 0
    assert after.seen(Mean(), window).cues.values == empty.seen(Mean(), window).cues.values > 0.1
