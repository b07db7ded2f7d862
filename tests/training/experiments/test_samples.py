"""samples: what the experiments are made on is the same every time."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn import scene

pytest.importorskip("torch")

from methods_drawn import SIDE

from cleanplate.training.experiments import samples, sequences
from cleanplate.training.samples import pack

pytestmark = pytest.mark.train


DrawnPack = Callable[[], pack.Pack]


def test_held_out_samples_are_the_same_every_time_and_of_every_place_that_the_pack_has(drawn_pack: DrawnPack) -> None:
    first, second = (samples.held_out(drawn_pack(), 32, 2) for _ in range(2))
    assert {name.split("-")[0] for name in first} == {"filled", "groups", "scenes"}  # no clip in this pack
    for name, chosen in first.items():
        assert all(np.array_equal(a, b) for pair in zip(chosen, second[name], strict=True) for a, b in zip(*pair, strict=True))
    one, other = first["filled-graded"]
    assert not np.array_equal(one.composite, other.composite)


def test_subjects_on_looks_know_what_they_should_look_like(drawn_pack: DrawnPack) -> None:
    found = samples.style_subjects(drawn_pack(), 64, 2, 3)
    assert [len(found[kind]) for kind in ("scenes", "looks")] == [2, 2]
    given = found["looks"][0]
    assert given.truths is not None
    for plate, truth in zip(given.plates, given.truths, strict=True):  # where nobody stands, plate and truth are one picture
        assert np.abs(plate - truth)[cv2.dilate(given.alpha, np.ones((9, 9))) == 0].mean() < 0.05
        assert np.abs(truth - given.foreground)[given.alpha > 0.9].mean() > 0.01


def test_a_real_clip_that_is_too_short_says_so(tmp_path: Path) -> None:
    from cleanplate.errors import InputError

    writer = cv2.VideoWriter(str(tmp_path / "a.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10, (64, 64))
    writer.write(np.zeros((64, 64, 3), np.uint8))
    writer.release()
    with pytest.raises(InputError, match="ends after 1 frames and 3 are needed"):
        sequences.clip(tmp_path / "a.avi", scene(1, SIDE), 3, 64)
