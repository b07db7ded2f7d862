import numpy as np
import pytest

from cleanplate import Cues, Cutout, Image, InputError
from cleanplate.transforms.forms import Transform

PIXELS = np.zeros((4, 5, 3), np.uint8)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Image(np.zeros((4, 5), np.uint8)),
        lambda: Image(np.zeros((4, 5, 4), np.uint8)),
        lambda: Image(np.zeros((0, 5, 3), np.uint8)),
        lambda: Image(np.zeros((4, 5, 3), np.float32)),
        lambda: Cutout(Image(PIXELS), np.zeros((5, 4), np.float32)),
        lambda: Cutout(Image(PIXELS), np.zeros((4, 5))),
        lambda: Cutout(Image(PIXELS), np.full((4, 5), 1.5, np.float32)),
        lambda: Cutout(Image(PIXELS), np.full((4, 5), np.nan, np.float32)),
        lambda: Cues(np.zeros((1, 3), np.float32)),
        lambda: Cues(np.full(3, np.inf, np.float32)),
        lambda: Transform(np.zeros((3, 4), np.float32)),
        lambda: Transform(np.zeros((2, 2, 3, 4), np.float32), confidence=1.1),
        lambda: Transform(np.zeros((2, 2, 3, 4), np.float32), confidence=float("nan")),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_one_sentence_when_it_is_made(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError) as caught:
        make()
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_good_values_are_taken() -> None:
    assert Image(PIXELS).size == (4, 5)
    assert Cutout(Image(PIXELS), np.ones((4, 5), np.float32)).size == (4, 5)
    assert Transform(np.zeros((2, 2, 3, 4), np.float32)).confidence == 1
    assert Transform(np.zeros((2, 2, 3, 4), np.float32), confidence=0.25).confidence == 0.25


def test_a_shrunk_cutout_is_the_same_person_smaller() -> None:
    alpha = np.zeros((400, 300), np.float32)
    alpha[100:300, 100:200] = 1
    small = Cutout(Image(np.full((400, 300, 3), 77, np.uint8)), alpha, clean=True).shrunk(100)
    assert small.size == (100, 75)
    assert small.clean
    assert (small.image.pixels[small.alpha > 0] == 77).all()
    assert small.alpha.mean() == pytest.approx(alpha.mean(), abs=1e-4)
    assert Cutout(small.image, small.alpha).shrunk(1000).size == (100, 75)
