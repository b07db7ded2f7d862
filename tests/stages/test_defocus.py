import cv2
import numpy as np
import pytest

from cleanplate.pixels.color import to_float, to_linear
from cleanplate.stages import defocus

SIZE = 200, 260


def scene(kind: type = np.uint8) -> np.ndarray:
    """Dark, with shapes and small lights in it."""
    image = np.full((*SIZE, 3), 40, np.uint8)
    cv2.rectangle(image, (20, 60), (120, 199), (90, 140, 60), -1)
    cv2.line(image, (0, 10), (259, 150), (200, 60, 60), 3)
    rng = np.random.default_rng(8)
    for row, column in rng.integers(5, 195, (25, 2)):
        image[row, column : column + 2] = 255
    return image.astype(kind) * (np.iinfo(kind).max // 255)


def slowly(plate: np.ndarray, diameters: np.ndarray) -> np.ndarray:
    """Every pixel by itself, in linear light: the mean of all that a disc around it covers, counted 8 x 8 times in each pixel."""
    reach = int(diameters.max() / 2 + 2)
    light = np.pad(to_linear(to_float(plate)).astype(float), ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    down, across = (np.mgrid[-8 * reach : 8 * reach + 8, -8 * reach : 8 * reach + 8] + 0.5) / 8 - 0.5
    answer = np.empty((*plate.shape[:2], 3))
    for row, diameter in enumerate(diameters):
        inside = (np.hypot(down, across) <= max(0.3, diameter / 2)).reshape(2 * reach + 1, 8, 2 * reach + 1, 8).mean((1, 3))
        seen = np.lib.stride_tricks.sliding_window_view(light[row : row + 2 * reach + 1], (2 * reach + 1,) * 2, (0, 1))[0]
        answer[row] = np.tensordot(seen, inside / inside.sum(), 2)
    return np.where(answer <= 0.0031308, 12.92 * answer, 1.055 * answer ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("diameter", [4.0, 9.3, 14.0, 30.0])
def test_it_is_the_slow_blur_by_a_disc_in_linear_light(kind: type, diameter: float) -> None:
    plate = scene(kind)
    found = to_float(defocus.defocused(plate, 100 * diameter / SIZE[0]))
    wanted = slowly(plate, np.full(SIZE[0], diameter))
    assert found.dtype == np.float32
    assert np.abs(found - wanted).mean() < 1.5 / 255
    assert np.percentile(np.abs(found - wanted), 99) < 12 / 255
    assert np.abs(to_float(plate) - wanted).mean() > 1 / 255  # there is something to see


def test_on_the_ground_it_is_the_slow_blur_with_a_disc_of_its_own_for_each_row() -> None:
    plate = scene()
    found = to_float(defocus.defocused(plate, 10, foot=170))
    wanted = slowly(plate, defocus.diameters(SIZE[0], 20.0, 170))
    assert np.abs(found - wanted).mean() < 1.5 / 255
    assert np.percentile(np.abs(found - wanted), 99) < 12 / 255


def test_feet_stand_on_sharp_ground_and_the_horizon_is_as_blurred_as_can_be() -> None:
    plate = scene()
    found = defocus.defocused(plate, 8, foot=170)
    np.testing.assert_array_equal(found[167:173], plate[167:173])
    assert np.abs(found[140:150].astype(int) - plate[140:150]).max() > 20
    far = defocus.defocused(plate, 8)
    np.testing.assert_allclose(found[:60].astype(int), far[:60], atol=2)


def test_nothing_asked_is_the_plate_itself_and_a_plate_of_one_color_stays_so() -> None:
    plate = scene()
    assert defocus.defocused(plate, 0) is plate
    for size in ((200, 260), (7, 5), (1, 1)):
        for kind in (np.uint8, np.uint16):
            even = np.full((*size, 3), np.iinfo(kind).max // 3, kind)
            for share in (0.1, 1.0, 5.0, 40.0):
                assert np.abs(defocus.defocused(even, share).astype(int) - even).max() <= kind(0).itemsize - 1
                assert np.abs(defocus.defocused(even, share, size[0] * 0.9).astype(int) - even).max() <= kind(0).itemsize - 1


@pytest.mark.parametrize("diameter", [5.0, 10.0, 24.0])
def test_a_point_of_light_becomes_an_even_disc_of_that_diameter_and_keeps_its_light(diameter: float) -> None:
    plate = np.zeros((*SIZE, 3), np.uint16)
    plate[96:104, 126:134] = 65535
    light = to_linear(to_float(defocus.defocused(plate, 100 * diameter / SIZE[0]))).astype(float)
    assert light.sum() == pytest.approx(64 * 3, rel=0.02)
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    away = np.hypot(rows - 100, columns - 130)
    assert not light[away > diameter / 2 + 8 + 2 * max(1, diameter // defocus.FINE)].any()
    if diameter > 20:
        inside = light[away < 4]
        assert inside.max() < 1.1 * inside.min()


def test_the_mirrored_plate_gives_the_mirrored_answer() -> None:
    plate = scene()
    for share in (2.0, 10.0):  # of 260 columns, which 1, 2 and 3 divide or nearly
        found, other = defocus.defocused(plate, share, 180), defocus.defocused(np.ascontiguousarray(plate[:, ::-1]), share, 180)
        assert np.abs(found.astype(int) - other[:, ::-1]).mean() < 1.0


def test_bands_cover_all_rows_once_and_their_discs_grow_unseen() -> None:
    diameters = defocus.diameters(3000, 60.0, 2700)
    found = list(defocus.bands(diameters))
    assert [band.start for band in found[1:]] == [band.stop for band in found[:-1]]
    assert (found[0].start, found[-1].stop) == (0, 3000)
    for band in found:
        assert np.abs(diameters[band.start : band.stop] - band.diameter).max() <= max(defocus.STEP, 0.04 * band.diameter) + 1e-4
        assert band.stop - band.start <= max(defocus.ROWS, 4 * band.diameter + 1)


def test_a_lens_makes_of_a_far_point_what_the_equation_of_thin_lenses_says() -> None:
    """c = A f / (d - f) for a point at infinity (Hecht, *Optics*, 5.2); a face of 130 mm is 130 f / (d - f) high on the sensor."""
    sensor = 24.0
    for focal, number, distance in ((50, 2.8, 1200), (6.9, 1.8, 400), (85, 1.8, 3000)):
        lens, scale = focal / number, focal / (distance - focal)
        wanted = 100 * lens * scale / sensor
        assert defocus.through(lens, 130 * scale / sensor) == pytest.approx(wanted)
