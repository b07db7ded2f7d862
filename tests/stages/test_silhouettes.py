"""silhouettes: head, chin, foot and width of a person, by hand and by a law of scale."""

from dataclasses import replace

import numpy as np
import pytest
from busts import photos, silhouette_of

from cleanplate.settings import Placement
from cleanplate.stages import framing, silhouettes
from cleanplate.values import Box, Cutout, Image


@pytest.mark.parametrize(("name", "alpha"), photos(), ids=[name for name, _ in photos()])
def test_the_silhouette_of_a_photo_twice_as_large_is_the_silhouette_scaled(name: str, alpha: np.ndarray) -> None:
    large = np.kron(alpha, np.ones((2, 2), np.float32))
    found, wanted = silhouette_of(large), silhouette_of(alpha).scaled((large.shape[0], large.shape[1]))
    for field in ("size", "top", "left", "bottom", "right", "head", "brow", "chin", "foot"):
        assert getattr(found, field) == pytest.approx(getattr(wanted, field), abs=3), field
    for row in np.linspace(found.top + 8, found.bottom, 7):
        assert found.across(row) == pytest.approx(wanted.across(row), abs=3)
    assert found.across(found.top - 9) == (found.left, found.right)


def test_a_silhouette_by_hand() -> None:
    """A head of 30 wide and 40 high at the left of a body of 100, one foot of 20 at its right."""
    alpha = np.zeros((400, 300), np.float32)
    alpha[50:90, 110:140] = alpha[90:250, 100:200] = alpha[250:290, 180:200] = 1
    one = silhouette_of(alpha)
    assert (one.size, one.top, one.left, one.bottom, one.right) == ((400, 300), 50, 100, 290, 200)
    assert one.head == pytest.approx(125, abs=3)  # its chin lies where it is as high as a head of its width
    assert one.chin == pytest.approx(50 + silhouettes.HEAD * 30, abs=2)
    assert one.brow == pytest.approx(50 + 0.3 * (one.chin - 50))
    assert one.foot == pytest.approx(190, abs=0.5)
    assert one.across(90) == pytest.approx((110, 140), abs=1)
    assert one.across(200) == (100, 200)
    tall, flat = np.zeros((2, 400, 300), np.float32)
    tall[20:380, 145:155] = flat[190:230, 20:280] = 1
    assert silhouette_of(tall).chin == pytest.approx(20 + silhouettes.LEAST_HEAD * 360, abs=2)  # of a stick
    assert silhouette_of(flat).chin == pytest.approx(190 + silhouettes.MOST_HEAD * 40, abs=2)  # of somebody lying


def test_a_chin_lies_where_the_head_is_as_high_as_a_head_of_its_width_by_hand() -> None:
    """A head of four pixels is five high; one that widens to eight below has its chin where it is ten high."""
    assert silhouettes.HEAD == 5 / 4
    down = np.arange(40.0)
    assert silhouettes.chin_row(down, np.full(40, 4.0), 40) == 5
    assert silhouettes.chin_row(down, np.where(down < 4, 4.0, 8.0), 40) == 10
    assert silhouettes.chin_row(down, np.where(down < 4, 8.0, 4.0), 40) == 10  # the greatest width so far, not the last
    assert silhouettes.chin_row(down, np.full(40, 1.0), 40) == silhouettes.LEAST_HEAD * 40
    assert silhouettes.chin_row(down, np.full(40, 400.0), 40) == silhouettes.MOST_HEAD * 40


def test_the_face_of_one_cutout_is_looked_for_once_however_often_it_is_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Box] = []
    monkeypatch.setattr(silhouettes.faces, "face", lambda pixels, alpha, person: looked.append(person))
    alpha = photos()[0][1]
    cutout = Cutout(Image(np.zeros((*alpha.shape, 3), np.uint8)), alpha)
    for height in (0.3, 0.5, 0.7):
        framing.place(cutout, (200, 300), Placement(height=height))
    assert len(looked) == 1
    framing.place(replace(cutout, alpha=alpha * np.float32(0.9)), (200, 300), Placement())
    assert len(looked) == 2
