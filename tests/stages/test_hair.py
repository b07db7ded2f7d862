"""Clean hair: holes open where color says so, and nothing else changes."""

import cv2
import numpy as np
import pytest

from cleanplate import Compositor, Cutout, Image, Placement, Plate, Settings
from cleanplate.pixels.color import to_uint8
from cleanplate.stages import fringes, hair

SKY, HAIR = np.float32([0.3, 0.6, 0.9]), np.float32([0.25, 0.15, 0.1])


def head(size=(320, 240), background=SKY, foreground=HAIR):
    """A disc of hair whose edge is soft over a wide ring, as a network that is unsure gives it: (picture, true alpha, alpha)."""
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    distance = np.hypot(rows - size[0] / 2, columns - size[1] / 2) / min(size)
    alpha = np.clip((0.36 - distance) / 0.05, 0, 1).astype(np.float32)
    truth = np.where((alpha > 0) & (alpha < 1), (np.sin(np.arctan2(rows - size[0] / 2, columns - size[1] / 2) * 60) > 0), alpha)
    truth = cv2.GaussianBlur(truth.astype(np.float32), (0, 0), 0.7)
    picture = truth[..., None] * foreground + (1 - truth[..., None]) * background
    return picture.astype(np.float32), truth, alpha


def test_strength_zero_gives_the_cutout_itself():
    picture, _, alpha = head()
    cutout = Cutout(Image(to_uint8(picture)), alpha)
    assert hair.cleaned(cutout, 0) is cutout


def test_a_cutout_with_its_own_colors_is_left_alone():
    picture, _, alpha = head()
    cutout = Cutout(Image(to_uint8(picture)), alpha, clean=True)
    assert hair.cleaned(cutout, 1) is cutout


@pytest.mark.parametrize("background", [SKY, np.float32([1, 1, 1]), np.float32([0.4, 0.8, 0.2])])
def test_strands_before_a_plain_background_come_nearer_to_the_truth(background):
    picture, truth, alpha = head(background=background)
    found = hair.cleared(to_uint8(picture), alpha, 1)[1]
    assert np.abs(found - truth).mean() < 0.3 * np.abs(alpha - truth).mean()


def test_a_hole_of_exactly_the_old_background_becomes_transparent():
    picture, _, alpha = head()
    hole = np.s_[157:163, 46:50]  # beside the soft ring, where the network is sure
    assert alpha[hole].min() == 1
    picture[hole] = SKY
    found = hair.cleared(to_uint8(picture), alpha, 1)[1]
    assert found[hole].max() < 0.05


def test_smoke_before_a_black_background_goes():
    picture, truth, alpha = head(background=np.float32([0.01, 0.01, 0.01]), foreground=np.float32([0.8, 0.6, 0.4]))
    smoke = np.maximum(alpha, np.float32(0.15) * (cv2.dilate((alpha > 0).astype(np.uint8), np.ones((9, 9))) > 0))
    found = hair.cleared(to_uint8(picture), smoke, 1)[1]
    was_smoke = (smoke == np.float32(0.15)) & (truth < 0.01)
    assert was_smoke.sum() > 500
    assert found[was_smoke].mean() < 0.02


def test_a_pixel_of_the_pure_color_of_hair_is_untouched():
    picture, _, alpha = head()
    pixels = to_uint8(picture)
    same = (pixels == to_uint8(HAIR)).all(2) & (alpha == 1)
    colors, found = hair.cleared(pixels, alpha, 1)
    assert same.sum() > 1000
    assert np.abs(found[same] - 1).max() < 1e-3
    assert (colors[same] == pixels[same]).all()


def test_nothing_changes_far_from_the_edge():
    picture, _, alpha = head()
    far = cv2.distanceTransform((alpha * (1 - alpha) == 0).astype(np.uint8), cv2.DIST_L2, 5) > 0.05 * 320
    picture[150:170, 110:130] = SKY  # a blue brooch
    pixels = to_uint8(picture)
    colors, found = hair.cleared(pixels, alpha, 1)
    assert (found[far] == alpha[far]).all()
    assert (colors[far] == pixels[far]).all()


def test_a_crisp_edge_is_not_hair():
    alpha = head()[2]
    crisp, inside = (np.clip((alpha - middle) * 10 + 0.5, 0, 1).astype(np.float32) for middle in (0.5, 0.7))
    picture = inside[..., None] * HAIR + (1 - inside[..., None]) * SKY  # the background begins two pixels within the alpha
    moved = np.abs(hair.cleared(to_uint8(picture), crisp, 1)[1] - crisp).max()
    assert moved < 0.4


@pytest.mark.parametrize("background", [HAIR, HAIR + np.float32(0.03)])
def test_before_a_background_of_its_own_color_hair_stays(background):
    picture, _, alpha = head(background=background)
    colors, found = hair.cleared(to_uint8(picture), alpha, 1)
    assert (found == alpha).all()
    assert (colors == to_uint8(picture)).all()


def test_a_restless_background_is_not_trusted():
    picture, truth, alpha = head()
    noise = 0.6 + 0.4 * np.random.default_rng(0).random(picture.shape, np.float32)  # far from hair all the same
    picture = truth[..., None] * HAIR + (1 - truth[..., None]) * noise
    assert (hair.cleared(to_uint8(picture.astype(np.float32)), alpha, 1)[1] == alpha).all()


def test_blue_that_shines_into_sure_hair_is_taken_out_of_its_color():
    picture, _, alpha = head()
    place = np.s_[157:163, 46:50]
    picture[place] = 0.6 * HAIR + 0.4 * SKY
    pixels = to_uint8(picture)
    colors, found = hair.cleared(pixels, alpha, 1)
    assert found[place].min() > 0.95
    assert np.abs(colors[place] - 255 * HAIR).mean() < 0.6 * np.abs(pixels[place] - 255 * HAIR).mean()


def test_half_a_strength_is_half_the_change():
    picture, _, alpha = head()
    half, whole = (hair.cleared(to_uint8(picture), alpha, strength)[1] for strength in (0.5, 1))
    np.testing.assert_allclose(half - alpha, (whole - alpha) / 2, atol=1e-6)


def slow(seen, alpha, known):
    """``followed`` for one pixel, with whole covariance matrices and numpy's own solver."""
    back, way, (_, _, front_across, front_along, back_across, back_along, trust) = known[:3], known[3:6], known[6:]
    gray = np.ones(3) / np.sqrt(3)
    whole, shade, away = np.eye(3), np.outer(gray, gray), seen - back
    found, off = alpha, 0.0
    for _ in range(hair.STEPS):
        across = found**2 * front_across + (1 - found) ** 2 * back_across + off + hair.NOISE**2
        inverse = np.linalg.inv(across * whole + (found**2 * front_along + (1 - found) ** 2 * back_along) * shade)
        place = np.clip(way @ inverse @ away / (way @ inverse @ way), 0, 1)
        doubt = 1 / (way @ inverse @ way)
        found = (place * hair.DOUBT**2 + alpha * doubt) / (hair.DOUBT**2 + doubt)
        rest = away - place * way
        off = hair.OFF * across * (rest @ inverse @ rest)
    noise = back_across + hair.NOISE**2
    distance = np.sqrt(away @ np.linalg.inv(noise * whole + back_along * shade) @ away)
    sure = np.clip((alpha - hair.CERTAIN[0]) / (hair.CERTAIN[1] - hair.CERTAIN[0]), 0, 1)
    like = 1 - np.clip((distance - hair.LIKE[0]) / (hair.LIKE[1] - hair.LIKE[0]), 0, 1)
    share = max(1 - sure, like) if found < alpha else 1
    answer = alpha + trust * share * (found - alpha)
    color = 1 - (way @ gray) ** 2 / (way @ way)
    color = np.clip((color - hair.COLORED[0]) / (hair.COLORED[1] - hair.COLORED[0]), 0, 1)
    return answer, way * trust * color * max(answer - found, 0)


def test_every_pixel_is_what_whole_covariance_matrices_give():
    rng = np.random.default_rng(1)
    count = 200
    front, back = rng.random((3, count)), rng.random((3, count))
    way = front - back
    spreads = rng.random((4, count)) * 0.02
    known = np.concatenate([back, way, [(way**2).sum(0), way.sum(0) / 3**0.5], spreads, rng.random((1, count))])
    seen, alpha = rng.random((3, count)), rng.random(count)
    alpha[:60] = 1
    seen[:, :30] = back[:, :30] + 0.01
    found, change = hair.followed(np.float32(seen)[:, None], np.float32(alpha)[None], np.float32(known)[:, None])
    expected = [slow(seen[:, at], alpha[at], known[:, at]) for at in range(count)]
    np.testing.assert_allclose(found[0], [each[0] for each in expected], atol=2e-3)
    np.testing.assert_allclose(change[:, 0].T, [each[1] for each in expected], atol=2e-3)


def test_without_any_sure_background_nothing_is_known():
    picture, _, alpha = head()
    somewhere = np.maximum(alpha, np.float32(0.1))
    assert (hair.cleared(to_uint8(picture), somewhere, 1)[1] == somewhere).all()


def test_what_is_known_is_carried_with_its_variances():
    rng = np.random.default_rng(2)
    shade = rng.normal(0, 0.03, (160, 120, 1))
    picture = (0.5 + shade + rng.normal(0, 0.04, (160, 120, 3))).astype(np.float32)
    known = np.zeros((160, 120), np.float32)
    known[:, :60] = 1
    mean, (across, along) = hair.carried(picture, known)
    assert np.abs(mean - 0.5).max() < 0.05
    np.testing.assert_allclose([across.mean(), along.mean()], [0.04**2, 3 * 0.03**2], rtol=0.2)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (7, 5), (900, 30)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_any_size_and_depth_is_taken(size, kind):
    rng = np.random.default_rng(3)
    pixels, alpha = rng.integers(0, 255, (*size, 3)).astype(kind), rng.random(size, np.float32)
    colors, found = hair.cleared(pixels, alpha, 1)
    assert colors.dtype == kind
    assert colors.shape == pixels.shape
    assert found.min() >= 0
    assert found.max() <= 1


def test_arrays_are_written_into_only_where_that_is_allowed():
    picture, _, alpha = head()
    pixels, before = to_uint8(picture), alpha.copy()
    colors, found = hair.cleared(pixels, alpha, 1)
    assert (alpha == before).all()
    assert (pixels == to_uint8(picture)).all()
    again = hair.cleared(pixels, alpha, 1, inplace=True)
    assert again[0] is pixels
    assert again[1] is alpha
    assert (alpha == found).all()
    assert (pixels == colors).all()


def photographed():
    """A cutout before a sky, a plate, and the settings but for the hair's."""
    picture, _, alpha = head((160, 120))
    return Cutout(Image(to_uint8(picture)), alpha), Plate(Image(np.full((150, 200, 3), 30, np.uint8))), Placement(0.8, 0.5, 0.95)


def test_composing_off_is_bit_for_bit_as_without_and_on_takes_the_sky_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fringes, "removed", lambda colors, *_: colors)  # which take this sky out too
    cutout, plate, place = photographed()
    made = Compositor()
    ways = ({}, {"clean_hair": 0}, {"clean_hair": 1})
    plain, off, on = (made.compose(cutout, plate, place, Settings(harmonize=False, **each)).image.pixels for each in ways)
    assert (plain == off).all()
    blue = [(each[..., 2].astype(float) - each[..., 0]).clip(0).sum() for each in (off, on)]
    assert blue[1] < 0.7 * blue[0]


def test_made_clean_once_the_hair_is_as_when_composed():
    cutout, plate, place = photographed()
    made, settings = Compositor(), Settings(harmonize=False, clean_hair=1)
    whole = made.compose(cutout, plate, place, settings).image.pixels
    assert (made.compose(made.clean(cutout, 1), plate, place, settings).image.pixels == whole).all()


def test_a_photo_before_a_film_has_clean_hair():
    cutout, plate, place = photographed()
    made, settings, frame = Compositor(), Settings(harmonize=False, clean_hair=1), plate.image.pixels
    still = made.compose(cutout, plate, place, settings).image.pixels
    for each in made.compose_frames(cutout, [frame, frame], place, settings):
        assert np.abs(each.astype(int) - still).max() <= 1
