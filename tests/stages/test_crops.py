import numpy as np
import pytest

from cleanplate.stages import crops
from cleanplate.values import Crop, Cropped


def test_each_border_that_crops_a_person_is_found_and_no_other() -> None:
    y, x = np.mgrid[:300, :400]
    for name, middle in {"top": (20, 200), "bottom": (280, 200), "left": (150, 20), "right": (150, 380)}.items():
        alpha = np.clip(60.5 - np.hypot(y - middle[0], x - middle[1]), 0, 1).astype(np.float32)
        found = crops.cropped(alpha)
        assert {side for side in ("top", "bottom", "left", "right") if getattr(found, side)} == {name}
        side, (along, size) = getattr(found, name), ((middle[1], 400) if name in ("top", "bottom") else (middle[0], 300))
        half = np.sqrt(60**2 - 20**2)
        assert (side.first, side.last) == pytest.approx(((along - half) / size, (along + half) / size), abs=3 / size)


def test_a_head_that_only_comes_near_the_border_and_a_cutout_trimmed_to_its_extent_are_not_cropped() -> None:
    y, x = np.mgrid[:600, :600] + 0.5
    near = np.clip(250.5 - np.hypot(y - 252, x - 300), 0, 1).astype(np.float32)
    assert crops.cropped(near) == Cropped()
    trimmed = near[2:502, 50:550]
    assert min(trimmed.max(0).min(), trimmed.max(1).min()) > 0
    found = crops.cropped(trimmed, trimmed=True)
    assert (found.top, found.left, found.right) == (None, None, None)


def test_a_matte_that_fades_before_the_border_or_ends_at_a_frame_is_cropped_where_it_is_whole() -> None:
    alpha = np.zeros((400, 400), np.float32)
    alpha[100:, 150:250] = 1
    alpha[-3:] *= np.float32([[0.9], [0.7], [0.5]])
    assert crops.cropped(alpha).bottom == Crop(3 / 400, 150 / 400, 250 / 400)
    framed = np.zeros((400, 400), np.float32)
    framed[100:, 150:250] = 1
    framed[-10:] = 0  # a frame of ten pixels, which a matte does not enter
    assert crops.cropped(framed).bottom == Crop(10 / 400, 150 / 400, 250 / 400)
    framed[-30:] = 0  # and so far from the border it is the person's own end
    assert crops.cropped(framed) == Cropped()


def test_a_matte_may_fade_over_three_times_the_border_s_width() -> None:
    band = round(crops.BORDER * 1000)
    for rows, inset in ((2 * band + 1, 2 * band + 1), (3 * band + 1, 0)):
        alpha = np.zeros((1000, 800), np.float32)
        alpha[300:, 300:500] = 1
        alpha[-rows:] *= 0.7
        assert crops.cropped(alpha).bottom == Crop(inset / 1000, 300 / 800, 500 / 800)


def test_a_picture_turned_mirrored_or_enlarged_is_cropped_alike() -> None:
    y, x = np.mgrid[:300, :400]
    alpha = np.clip(80.5 - np.hypot(y - 30, x - 150), 0, 1).astype(np.float32)
    alpha[:2] *= np.float32([[0.6], [0.8]])  # it fades towards the border
    top = crops.cropped(alpha).top
    assert top is not None
    assert top.inset == 2 / 300
    upside, sideways = np.flip(alpha, 0), np.ascontiguousarray(alpha.T)
    assert crops.cropped(upside) == Cropped(bottom=top)
    assert crops.cropped(sideways) == Cropped(left=top)
    assert crops.cropped(np.flip(sideways, 1)) == Cropped(right=top)
    mirrored = crops.cropped(np.flip(alpha, 1)).top
    assert mirrored is not None
    assert (mirrored.inset, mirrored.first, mirrored.last) == pytest.approx((top.inset, 1 - top.last, 1 - top.first))
    for times in (3, 8):  # beyond 1024 pixels it is looked at by every so manieth
        large = crops.cropped(np.kron(alpha, np.ones((times, times), np.float32)))
        assert large.top is not None
        assert (large.bottom, large.left, large.right) == (None, None, None)
        found = large.top.inset, large.top.first, large.top.last
        assert found == pytest.approx((top.inset, top.first, top.last), abs=3 / 400)


def test_two_parts_of_a_person_at_one_border_are_one_crop_from_the_first_to_the_last_and_a_speck_is_none() -> None:
    alpha = np.zeros((400, 500), np.float32)
    alpha[200:, 100:150] = alpha[250:, 300:330] = 1
    assert crops.cropped(alpha).bottom == Crop(0, 100 / 500, 330 / 500)
    alpha[390:, 450:454] = 1  # shorter than what is seen as a cut
    assert crops.cropped(alpha).bottom == Crop(0, 100 / 500, 330 / 500)
    alpha[200:, 98:100], alpha[200:, 150:153] = 0.3, 0.3  # softer pixels beside it belong to the cut
    assert crops.cropped(alpha).bottom == Crop(0, 98 / 500, 330 / 500)
    assert crops.cropped(np.where(alpha > 0, np.float32(0.4), np.float32(0))) == Cropped()  # nobody is there


def test_a_shoulder_cropped_in_a_corner_is_found_though_an_ear_only_touches_the_same_border() -> None:
    y, x = np.mgrid[:400, :300] + 0.5
    ear = np.clip(150.2 - np.hypot(y - 180, x - 149.5), 0, 1).astype(np.float32)  # touches the right border and is round there
    assert crops.cropped(ear).right is None
    shoulder = ((y > 380) & (y - 380 > 0.4 * (300 - x) - 20)).astype(np.float32)
    found = crops.cropped(np.maximum(ear, shoulder)).right
    assert found is not None
    assert found.last == 1
    assert crops.cropped(np.maximum(ear, shoulder), trimmed=True).right is None  # a file's border, where no photo ended
    strand = ((y > 380) & (y < 388)).astype(np.float32)  # too short to be taken by itself
    assert crops.cropped(np.maximum(ear, strand)).right is None


def test_the_faintest_of_the_soft_pixels_beside_a_cut_still_belongs_to_it() -> None:
    alpha = np.zeros((100, 200), np.float32)
    alpha[40:, 50:90] = 1
    alpha[40:, 47:50], alpha[40:, 90:95] = crops.FAINT, 0.99 * crops.FAINT
    assert crops.cropped(alpha).bottom == Crop(0, 47 / 200, 90 / 200)
    alpha[40:, 50:90] = crops.SOLID
    assert crops.cropped(alpha).bottom == Crop(0, 47 / 200, 90 / 200)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (2, 300), (3, 2000), (300, 1), (20, 30)])
def test_a_thin_picture_that_is_all_person_is_cropped_on_every_side_that_is_long_enough_to_see(size: tuple[int, int]) -> None:
    found = crops.cropped(np.ones(size, np.float32))
    for side, length in (("top", size[1]), ("bottom", size[1]), ("left", size[0]), ("right", size[0])):
        crop = getattr(found, side)
        assert crop == (Crop(0, 0, 1) if length >= max(2, crops.LEAST_CROP * max(size)) else None), side


@pytest.mark.parametrize("times", [1, 4])
def test_a_round_head_at_the_border_is_not_cropped_however_large_the_photo_is(times: int) -> None:
    y, x = np.mgrid[:600, :600] + 0.5
    near = np.kron(np.clip(250.5 - np.hypot(y - 250, x - 300), 0, 1).astype(np.float32), np.ones((times, times), np.float32))
    assert near[0].max() > 0.9
    assert crops.cropped(near).top is None
    assert crops.cropped(near[30 * times :]).top is not None


def test_half_a_pixel_of_somebody_counts_as_theirs_where_a_part_alone_is_cropped() -> None:
    line = np.zeros(60, np.float32)
    line[10:40] = crops.SOLID
    assert crops.steep_part(line, line, 20)
    assert not crops.steep_part(np.where(line > 0, np.float32(0.49), line), line, 20)
