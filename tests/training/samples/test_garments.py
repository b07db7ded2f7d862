import colorsys

import cv2
import numpy as np
import pytest

from cleanplate.training.samples import garments

SIDE = 128
FACE = (0.85, 0.65, 0.52)
TONES = [(0.98, 0.86, 0.76), FACE, (0.70, 0.48, 0.34), (0.45, 0.28, 0.18), (0.28, 0.17, 0.11)]


def figure(face: tuple[float, float, float], cloth: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """A head over shoulders that reach the bottom, on grey: picture (SIDE, SIDE, 3) and alpha (SIDE, SIDE)."""
    head, body = (np.zeros((SIDE, SIDE), np.float32) for _ in range(2))
    cv2.ellipse(head, (64, 40), (18, 26), 0, 0, 360, 1, -1)
    cv2.ellipse(body, (64, 128), (54, 56), 0, 0, 360, 1, -1)
    body = body * (1 - head)
    folds = (1 + 0.15 * np.sin(np.arange(SIDE) / 3)).astype(np.float32)[None, :, None]
    picture = np.full((SIDE, SIDE, 3), 0.5, np.float32)
    for mask, color in ((head, face), (body, cloth)):
        picture = np.where(mask[..., None] > 0, np.clip(np.array(color, np.float32) * folds, 0, 1), picture)
    return picture.astype(np.float32), np.maximum(head, body)


def changed(face: tuple[float, float, float], cloth: tuple[float, float, float], seed: int) -> tuple[np.ndarray, ...]:
    picture, alpha = figure(face, cloth)
    return garments.change_clothes(np.random.default_rng(seed), picture, alpha), picture, alpha


@pytest.mark.parametrize("face", TONES)
def test_a_shirt_changes_and_the_face_above_it_does_not(face: tuple[float, float, float]) -> None:
    for seed in range(6):
        answer, picture, alpha = changed(face, (0.15, 0.3, 0.7), seed)
        shoulders = garments.head_rows(alpha).stop
        assert np.array_equal(answer[:shoulders], picture[:shoulders])
        assert np.array_equal(answer[alpha == 0], picture[alpha == 0])
        assert np.abs(answer - picture)[100:, 50:80].mean() > 0.03
        assert answer.dtype == np.float32
        assert answer.min() >= 0
        assert answer.max() <= 1


@pytest.mark.parametrize("face", TONES)
def test_bare_shoulders_are_left_alone(face: tuple[float, float, float]) -> None:
    for seed in range(6):
        answer, picture, _ = changed(face, face, seed)
        assert np.array_equal(answer, picture)


def test_a_face_of_any_cast_is_left_alone_where_cloth_has_its_color() -> None:
    """Under a green cast skin is not skin-colored; that head and cloth are alike is seen all the same."""
    answer, picture, _ = changed((0.4, 0.7, 0.4), (0.4, 0.7, 0.4), 1)
    assert np.array_equal(answer, picture)


def test_the_folds_of_a_garment_stay() -> None:
    """Light and dark of the cloth follow each other as before: the correlation of lightness along a row stays."""
    for seed in range(6):
        answer, picture, _ = changed(FACE, (0.15, 0.3, 0.7), seed)
        row, before = (cv2.cvtColor(each[115:116, 30:98], cv2.COLOR_RGB2LAB)[0, :, 0] for each in (answer, picture))
        assert np.corrcoef(row, before)[0, 1] > 0.95


def test_all_faces_from_pale_to_dark_are_skin_and_saturated_colors_are_not() -> None:
    def likeness(color: tuple[float, float, float]) -> float:
        lab = cv2.cvtColor(np.array([[color]], np.float32), cv2.COLOR_RGB2LAB)
        return float(garments.skinlike(lab)[0, 0])

    assert min(likeness(tone) for tone in TONES) > 0.9
    assert max(likeness(colorsys.hsv_to_rgb(hue, 0.8, 0.7)) for hue in (0.3, 0.45, 0.6, 0.75, 0.9)) < 0.1
    assert likeness((0.5, 0.5, 0.5)) == 0


def test_the_same_seed_dresses_alike_and_another_seed_otherwise() -> None:
    first, again, other = (changed(FACE, (0.15, 0.5, 0.3), seed)[0] for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


def test_an_outline_without_shoulders_is_taken_for_a_head_for_two_thirds() -> None:
    alpha = np.zeros((100, 50), np.float32)
    alpha[10:, 10:40] = 1
    assert garments.head_rows(alpha) == slice(10, 10 + 60)
