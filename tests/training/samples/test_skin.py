import numpy as np
import pytest
from drawn import silhouette

from cleanplate.training.samples import skin

color = pytest.importorskip("skimage.color")

SKINS = {(0.95, 0.85, 0.78): "very light", (0.80, 0.62, 0.50): "intermediate", (0.45, 0.30, 0.22): "dark"}


def person(face: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """A figure in blue with a face of that color in its upper part, before green."""
    alpha = silhouette((128, 128))
    picture = np.full((128, 128, 3), (0.2, 0.6, 0.2), np.float32)
    picture[alpha > 0] = (0.1, 0.2, 0.7)
    rows = np.flatnonzero((alpha >= 0.9).any(1))
    picture[rows[0] : rows[0] + 20][alpha[rows[0] : rows[0] + 20] > 0] = face
    return picture, alpha


@pytest.mark.parametrize("face", SKINS)
def test_the_tone_is_that_of_the_face_by_scikit_images_lab(face: tuple[float, float, float]) -> None:
    lightness, _, yellow = color.rgb2lab(np.array(face, np.float64).reshape(1, 1, 3))[0, 0]
    angle = np.degrees(np.arctan2(lightness - 50, yellow))
    assert skin.tone(*person(face)) == skin.tone_of(angle) == SKINS[face]


@pytest.mark.parametrize(("angle", "name"), [
    (56, "very light"), (55, "light"), (42, "light"), (41, "intermediate"), (29, "intermediate"), (28, "tan"), (11, "tan"),
    (10, "brown"), (-29, "brown"), (-30, "dark"), (-89, "dark"),
])  # fmt: skip
def test_the_bins_of_the_angle(angle: float, name: str) -> None:
    assert skin.tone_of(angle) == name


def test_a_person_who_shows_no_skin_has_no_tone() -> None:
    picture, alpha = person((0.1, 0.2, 0.7))
    assert skin.tone(picture, alpha) == ""
    assert skin.tone(picture, np.zeros_like(alpha)) == ""


def test_skin_color_outside_the_foreground_or_in_its_lower_part_does_not_count() -> None:
    picture, alpha = person((0.1, 0.2, 0.7))
    wood = (0.80, 0.62, 0.50)
    picture[alpha == 0] = wood
    rows = np.flatnonzero((alpha >= 0.9).any(1))
    picture[rows[0] + int(0.7 * len(rows)) :] = wood
    assert skin.tone(picture, alpha) == ""


def test_only_the_top_of_a_tall_figure_may_be_its_head() -> None:
    alpha = np.zeros((100, 100), np.float32)
    alpha[5:95, 40:60] = 1
    rows = np.flatnonzero(skin.head_region(alpha).any(1))
    assert rows[0] == 6  # a pixel is eroded
    assert rows[-1] < 6 + 0.8 * 20


def test_all_people_of_a_tone_together_are_drawn_by_the_root_of_their_number() -> None:
    tones = ["tan"] * 9 + ["dark"] * 4 + [""]
    shares = skin.rarity(tones)
    assert shares.sum() == pytest.approx(1)
    groups = [shares[np.array(tones) == each].sum() for each in ("tan", "dark", "")]
    np.testing.assert_allclose(groups, np.array([3, 2, 1]) / 6, rtol=1e-6)
