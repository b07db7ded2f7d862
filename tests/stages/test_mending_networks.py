"""Mending with the shipped networks: a lost face comes back, and a matte without faults stays as it is."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from sitters import Drawn, disc

import cleanplate
from cleanplate.pixels.resampling import reduce
from cleanplate.stages import matting, mending


@pytest.fixture(scope="module")
def person() -> Drawn:
    return Drawn()


def test_the_second_network_counts_where_it_sees_the_same_in_a_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    class SeesTheLeft:
        def run(self, input: np.ndarray) -> dict[str, np.ndarray]:
            answer = np.where(input[:, :1] > 0.5, 1.0, 0.0)
            answer[..., :64] = 1  # it makes somebody up at the left border of whatever it is shown
            return {"output": answer}

    monkeypatch.setattr(mending.graphs, "graph", lambda *_: SeesTheLeft())
    small = np.zeros((256, 256, 3), np.float32)
    small[100:200, 90:150] = 1
    plain, mirrored = mending.looks(small)
    np.testing.assert_array_equal(np.minimum(plain, mirrored), small[..., 0])
    assert plain[0, 0] == mirrored[0, 255] == 1
    assert plain[0, 255] == mirrored[0, 0] == 0


def test_the_shipped_network_sees_the_bundled_person_and_nobody_in_the_plate(portrait: Path) -> None:
    """Against the matting network, well inside and well outside its alpha."""
    pixels = cleanplate.read_image(portrait).pixels
    seen = np.minimum(*mending.looks((reduce(pixels, (256, 256)) / 255).astype(np.float32)))
    alpha = cv2.resize(matting.predict(pixels, 512), (256, 256), interpolation=cv2.INTER_AREA)
    kernel = np.ones((15, 15), np.uint8)
    inner, outer = cv2.erode(alpha, kernel) > 0.9, cv2.dilate(alpha, kernel) < 0.1
    assert seen[inner].mean() > 0.95
    assert seen[outer].mean() < 0.15
    plate = cleanplate.read_image(portrait.parent / "plate.jpg").pixels
    assert np.maximum(*mending.looks((reduce(plate, (256, 256)) / 255).astype(np.float32))).mean() < 0.05


def test_a_face_that_the_matting_network_loses_is_solid_in_the_matte(portrait: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = cleanplate.read_image(portrait).pixels
    whole = matting.matte(pixels)
    true = matting.predict

    def loses(picture: np.ndarray, side: int, device: str = "auto") -> np.ndarray:
        alpha = true(picture, side, device)
        cv2.ellipse(alpha, (int(0.43 * alpha.shape[1]), int(0.24 * alpha.shape[0])), (34, 46), 0, 0, 360, 0.1, -1)
        return alpha

    monkeypatch.setattr(matting, "predict", loses)
    mended = matting.matte(pixels)
    assert np.abs(mended - whole).mean() < 0.002
    monkeypatch.setattr(mending, "mended", lambda alpha, *_: alpha)
    assert np.abs(matting.matte(pixels) - whole).mean() > 0.015


def test_what_was_lost_is_given_back_and_a_matte_without_faults_stays_the_same_array(
    monkeypatch: pytest.MonkeyPatch, person: Drawn
) -> None:
    monkeypatch.setattr(mending, "looks", lambda *_: (person.seen, person.seen))
    assert mending.mended(person.alpha, person.picture) is person.alpha
    large = cv2.resize(person.without(disc(120, 80, 14)), (320, 512), interpolation=cv2.INTER_AREA)
    answer = mending.mended(large, person.picture)
    assert answer.shape == large.shape
    assert (answer >= large).all()
    assert answer[160, 150] > 0.98
