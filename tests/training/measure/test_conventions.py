import cv2
import numpy as np
import pytest
from drawn import silhouette
from PIL import Image as pillow

from cleanplate.cli.training import Measure
from cleanplate.errors import InputError
from cleanplate.training.measure import conventions
from cleanplate.training.measure.conventions import CONVENTIONS

RNG = np.random.default_rng(4)
TARGET = RNG.integers(20, 200, (32, 32, 3)).astype(np.uint8)
ANSWER = np.clip(TARGET.astype(int) + RNG.integers(-20, 21, TARGET.shape), 0, 255).astype(np.uint8)
MASK = np.zeros((32, 32), np.float32)
MASK[8:24, 4:20] = 1
SQUARED = (ANSWER.astype(float) - TARGET.astype(float)) ** 2


def db(squared: float, peak: float) -> float:
    return float(10 * np.log10(peak**2 / squared))


def test_a_hard_mask_gives_every_convention_the_same_foreground_error() -> None:
    wanted = SQUARED[MASK > 0].mean()
    for name, rule in CONVENTIONS.items():
        assert conventions.measure(ANSWER, TARGET, MASK, rule)["fmse"] == pytest.approx(wanted), name


@pytest.mark.parametrize(("name", "peak"), [
    ("ours", 255), ("rainnet", 255), ("dovenet", int(ANSWER.max()) - int(ANSWER.min())), ("idih", int(TARGET.max())),
])  # fmt: skip
def test_the_peaks_of_psnr(name: str, peak: int) -> None:
    found = conventions.measure(ANSWER, TARGET, MASK, CONVENTIONS[name])
    assert found["mse"] == pytest.approx(SQUARED.mean())
    assert found["psnr"] == pytest.approx(db(SQUARED.mean(), peak))
    assert found["fpsnr"] == pytest.approx(db(SQUARED[MASK > 0].mean(), peak))


def test_pctnet_counts_errors_inside_only_and_divides_by_everything() -> None:
    found = conventions.measure(ANSWER, TARGET, MASK, CONVENTIONS["pctnet"])
    masked = (SQUARED * MASK[..., None]).mean()
    assert found["mse"] == pytest.approx(masked)
    assert found["psnr"] == pytest.approx(db(masked, 255))


def test_a_soft_mask_weighs_softly_where_the_code_base_does() -> None:
    alpha = silhouette((32, 32))
    soft = (SQUARED * alpha[..., None]).sum() / (3 * alpha.sum())
    half = SQUARED[alpha >= 0.5].mean()
    assert conventions.measure(ANSWER, TARGET, alpha, CONVENTIONS["idih"])["fmse"] == pytest.approx(soft)
    assert conventions.measure(ANSWER, TARGET, alpha, CONVENTIONS["ours"])["fmse"] == pytest.approx(half)
    assert abs(soft - half) > 1e-3


def test_one_bit_masks_dither_a_gray_into_a_pattern_of_its_share() -> None:
    dithered = conventions.dithered(np.full((64, 64), 0.25, np.float32), (64, 64))
    assert set(np.unique(dithered)) == {0.0, 1.0}
    assert dithered.mean() == pytest.approx(0.25, abs=0.02)
    hard = conventions.dithered(MASK, (32, 32))
    np.testing.assert_array_equal(hard, MASK)


def test_one_bit_masks_take_the_nearest_pixel_when_they_shrink() -> None:
    stripes = np.tile(np.array([[1, 0, 0, 0]], np.float32), (8, 2))
    assert conventions.dithered(stripes, (2, 2)).max() == 0  # the nearest pixel misses them; an average would be a quarter


def test_ours_shrinks_masks_by_area_and_cuts_at_one_half() -> None:
    blocks = np.array([[1, 1, 1, 0], [0, 0, 0, 0]], np.float32)
    assert conventions.at_half(blocks, (1, 2)).tolist() == [[1.0, 0.0]]


def test_pictures_shrink_as_each_code_base_shrinks_them() -> None:
    small = (16, 16)
    blocks = ANSWER.reshape(16, 2, 16, 2, 3).mean((1, 3))
    assert np.abs(CONVENTIONS["ours"].shrink(ANSWER, small) - blocks).max() <= 0.51
    np.testing.assert_array_equal(CONVENTIONS["idih"].shrink(ANSWER, small), cv2.resize(ANSWER, small))
    bicubic = np.asarray(pillow.fromarray(ANSWER).resize(small, pillow.Resampling.BICUBIC))
    np.testing.assert_array_equal(CONVENTIONS["dovenet"].shrink(ANSWER, small), bicubic)


def test_the_published_similarity_is_taken_where_the_code_base_takes_it() -> None:
    plain, quirk = (conventions.measure(ANSWER, TARGET, MASK, CONVENTIONS[name])["fssim"] for name in ("ours", "rainnet"))
    assert plain != quirk
    assert conventions.measure(ANSWER, TARGET, MASK, CONVENTIONS["pctnet"])["fssim"] == plain


def test_a_flat_or_black_picture_has_a_peak_all_the_same() -> None:
    black = np.zeros_like(TARGET)
    for name, rule in CONVENTIONS.items():
        found = conventions.measure(black, black, MASK, rule)
        assert found["psnr"] == found["fpsnr"] == 100.0, name


def test_an_unknown_convention_is_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match="no convention his; give one of ours, dovenet, idih, rainnet, pctnet"):
        conventions.named("his")


def test_the_command_line_offers_every_convention() -> None:
    assert [each.value for each in Measure] == list(CONVENTIONS)
