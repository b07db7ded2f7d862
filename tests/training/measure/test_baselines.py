import sys

import cv2
import numpy as np
import pytest
from drawn import person, scene, silhouette

from cleanplate.errors import MissingExtra
from cleanplate.pixels.color import to_uint8
from cleanplate.pixels.over import over
from cleanplate.stages import edge_colors
from cleanplate.training.measure import baselines
from cleanplate.training.samples import transfer
from cleanplate.training.samples.synthesis import Sample

SIZE = (64, 56)
ALPHA = silhouette(SIZE)
PLATE = scene(1, SIZE)
SAMPLE = Sample(over(0.3 * scene(2, SIZE), ALPHA, PLATE), ALPHA, PLATE, person(1, SIZE))


@pytest.mark.parametrize("name", baselines.HARMONIZERS)
def test_a_harmonizer_answers_in_8_bits_and_leaves_what_is_not_the_person(name: str) -> None:
    before = SAMPLE.composite.copy()
    answer = baselines.HARMONIZERS[name](SAMPLE)
    assert answer.dtype == np.uint8
    np.testing.assert_array_equal(answer[ALPHA == 0], to_uint8(SAMPLE.composite)[ALPHA == 0])
    np.testing.assert_array_equal(SAMPLE.composite, before)
    assert (name == "none") == np.array_equal(answer, to_uint8(SAMPLE.composite))


@pytest.mark.parametrize("name", baselines.HARMONIZERS)
def test_a_harmonizer_does_not_look_at_the_answer(name: str) -> None:
    blind = SAMPLE._replace(target=np.full_like(PLATE, np.nan))
    np.testing.assert_array_equal(baselines.HARMONIZERS[name](blind), baselines.HARMONIZERS[name](SAMPLE))


@pytest.mark.parametrize("kind", ["reinhard", "covariance"])
def test_visible_looks_at_the_composite_and_complete_at_the_plate(kind: str) -> None:
    other = SAMPLE._replace(plate=scene(5, SIZE))
    visible, complete = (baselines.HARMONIZERS[f"{kind}-{which}"] for which in ("visible", "complete"))
    np.testing.assert_array_equal(visible(other), visible(SAMPLE))
    assert not np.array_equal(complete(other), complete(SAMPLE))


def test_covariance_gives_the_person_the_plates_mean_color() -> None:
    hard = (ALPHA > 0.5).astype(np.float32)
    sample = Sample(over(0.3 + 0.1 * scene(2, SIZE), hard, PLATE), hard, PLATE, PLATE)
    answer = baselines.HARMONIZERS["covariance-complete"](sample)
    np.testing.assert_allclose(answer[hard > 0].mean(0) / 255, PLATE.mean((0, 1)), atol=0.02)


def test_histogram_gives_the_person_the_plates_median_brightness() -> None:
    answer = baselines.HARMONIZERS["histogram"](SAMPLE)
    inside = ALPHA == 1
    luma = np.array([0.299, 0.587, 0.114])
    whole = transfer.histogram(SAMPLE.composite, ALPHA, PLATE)
    np.testing.assert_allclose(answer[inside] / 255, whole[inside], atol=0.003)
    assert abs(np.median(answer[inside] @ luma) / 255 - np.median(PLATE @ luma)) < 0.1


def poisson_by_hand(inside: np.ndarray, front: np.ndarray, plate: np.ndarray) -> np.ndarray:
    """Perez's equation of one channel as a dense linear system, as OpenCV poses it.

    The wanted gradients are the front's in the mask eroded by 3 pixels and the plate's elsewhere; solved inside the mask's box.
    """
    deep = cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=3) > 0
    pair = (front.astype(float), plate.astype(float))
    across, down = (np.where(deep, *(np.diff(each, axis=axis, append=0) for each in pair)) for axis in (1, 0))
    laplacian = across - np.roll(across, 1, 1) + down - np.roll(down, 1, 0)
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    index = {(r, c): n for n, (r, c) in enumerate((r, c) for r in rows[1:-1] for c in columns[1:-1])}
    matrix, right = -4 * np.eye(len(index)), np.zeros(len(index))
    for (row, column), n in index.items():
        right[n] += laplacian[row, column]
        for near in ((row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)):
            if near in index:
                matrix[n, index[near]] = 1
            else:
                right[n] -= float(plate[near])
    answer = plate.astype(float)
    for at, value in zip(index, np.linalg.solve(matrix, right), strict=True):
        answer[at] = value
    return answer


def test_poisson_solves_perezs_equation() -> None:
    alpha = np.zeros((40, 36), np.float32)
    alpha[10:30, 8:28] = 1
    plate, front = scene(3, (40, 36)), 0.2 + 0.5 * scene(4, (40, 36))
    answer = baselines.poisson(Sample(over(front, alpha, plate), alpha, plate, plate))
    for channel in range(3):
        wanted = poisson_by_hand(alpha > 0, to_uint8(front)[..., channel], to_uint8(plate)[..., channel])
        gap = np.abs(answer[..., channel] - wanted)[alpha > 0]
        assert gap.mean() < 1  # OpenCV cuts decimals off


def test_poisson_keeps_its_place_where_the_person_touches_the_border() -> None:
    alpha = np.zeros((40, 36), np.float32)
    alpha[20:, :18] = 1
    plate = scene(3, (40, 36))
    marked = plate.copy()
    marked[30:33, 5:8] = 1  # a spot that must stay where it is
    answer = baselines.poisson(Sample(marked, alpha, plate, plate)).sum(-1).astype(int)
    change = answer - to_uint8(plate).sum(-1)
    assert np.unravel_index(int(change.argmax()), change.shape)[0] in range(29, 34)
    assert np.unravel_index(int(change.argmax()), change.shape)[1] in range(4, 9)


def test_poisson_of_nobody_is_the_composite() -> None:
    nobody = SAMPLE._replace(alpha=np.zeros(SIZE, np.float32))
    np.testing.assert_array_equal(baselines.poisson(nobody), to_uint8(SAMPLE.composite))


# ---- blending ----------------------------------------------------------------------------------------------------------

SOURCE = over(np.full((*SIZE, 3), (0.8, 0.3, 0.2), np.float32), ALPHA, np.full((*SIZE, 3), (0.1, 0.9, 0.1), np.float32))
SOFT = (ALPHA > 0.1) & (ALPHA < 0.9)


@pytest.mark.parametrize("name", ["linear-foreground", "blur-fusion"])
def test_estimated_colors_are_nearer_to_the_true_ones_than_the_photo(name: str) -> None:
    alpha, front = baselines.BLENDS[name](SOURCE, ALPHA, PLATE)
    np.testing.assert_array_equal(alpha, ALPHA)
    truth = np.array((0.8, 0.3, 0.2))
    assert np.abs(front[SOFT] - truth).mean() < 0.3 * np.abs(SOURCE[SOFT] - truth).mean()


def test_linear_takes_everything_as_it_is() -> None:
    alpha, front = baselines.linear(SOURCE, ALPHA, PLATE)
    assert alpha is ALPHA
    assert front is SOURCE


def test_linear_foreground_is_the_runtimes_estimation() -> None:
    found = baselines.linear_foreground(SOURCE, ALPHA, PLATE)[1]
    np.testing.assert_array_equal(found, edge_colors.estimate_colors(SOURCE, ALPHA)[0])


def test_blur_fusion_agrees_with_a_loop_over_windows() -> None:
    """One fusion of radius 3: a window of 3 x 3 around each pixel, written out, edges mirrored about the last pixel."""
    found, back = baselines.blurred(SOURCE, ALPHA, SOURCE, SOURCE, 3)
    source, alpha = (np.pad(each, ((1, 1), (1, 1), (0, 0))[: each.ndim], "reflect").astype(np.float64) for each in (SOURCE, ALPHA))
    for row, column in ((0, 0), (20, 30), (33, 17), (63, 55)):
        colors, weight = source[row : row + 3, column : column + 3], alpha[row : row + 3, column : column + 3, None]
        mean = (colors * weight).mean((0, 1)) / (weight.mean() + 1e-5)
        behind = (colors * (1 - weight)).mean((0, 1)) / ((1 - weight).mean() + 1e-5)
        own = float(ALPHA[row, column])
        wanted = np.clip(mean + own * (SOURCE[row, column] - own * mean - (1 - own) * behind), 0, 1)
        np.testing.assert_allclose(found[row, column], wanted, atol=1e-4)
        np.testing.assert_allclose(back[row, column], behind, atol=1e-4)


def test_the_trimap_is_unknown_in_the_band_and_sure_elsewhere() -> None:
    alpha = np.zeros((128, 128), np.float32)
    alpha[:, 40:] = 1
    found = baselines.trimap(alpha)
    assert (found[64, :33] == 0).all()
    assert (found[64, 33:47] == 0.5).all()
    assert (found[64, 47:] == 1).all()


@pytest.mark.filterwarnings("ignore")  # numba's own
def test_closed_form_mends_a_spoiled_alpha() -> None:
    pytest.importorskip("pymatting")
    size = (160, 140)
    truth = silhouette(size)
    source = over(np.full((*size, 3), (0.8, 0.3, 0.2), np.float32), truth, np.full((*size, 3), (0.1, 0.9, 0.1), np.float32))
    spoiled = np.roll(truth, (2, 2), (0, 1))
    alpha, front = baselines.closed_form(source, spoiled, source)
    assert np.abs(alpha - truth).mean() < 0.5 * np.abs(spoiled - truth).mean()
    assert (front.dtype, front.shape, alpha.dtype) == (np.float32, source.shape, np.float32)


def test_closed_form_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymatting", None)
    with pytest.raises(MissingExtra, match=r"pymatting is not installed; run: pip install 'cleanplate\[bench\]'"):
        baselines.closed_form(SOURCE, ALPHA, PLATE)
