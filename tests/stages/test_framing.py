import cv2
import numpy as np
import pytest

from cleanplate.errors import InputError
from cleanplate.pixels.resampling import enlarge_cubic, straight
from cleanplate.settings import Placement
from cleanplate.stages import framing
from cleanplate.values import Box, Cutout, Image


def person(height: int, width: int, box: Box, color: int = 200) -> Cutout:
    """A photo with a rectangle of a person in it."""
    pixels = np.full((height, width, 3), 20, np.uint8)
    alpha = np.zeros((height, width), np.float32)
    pixels[box.slices], alpha[box.slices] = color, 1
    return Cutout(Image(pixels), alpha)


def test_a_person_keeps_their_share_of_the_frame_and_their_foot_line() -> None:
    cutout = person(100, 80, Box(20, 30, 70, 20))
    placed, box = framing.place(cutout, (200, 400), Placement())
    assert (box.top, box.height, box.width) == (40, 140, 40)
    assert box.left == 180  # the middle
    assert placed.image.pixels.min() == 200


def test_height_x_and_y_place_the_foot_point() -> None:
    cutout = person(100, 80, Box(20, 30, 70, 20))
    _, box = framing.place(cutout, (200, 400), Placement(height=0.35, x=0.25, y=0.75))
    assert box == Box(80, 90, 70, 20)


def test_a_person_cut_off_by_the_bottom_stays_at_the_bottom() -> None:
    cutout = person(100, 80, Box(40, 30, 60, 20))
    for placement in (Placement(), Placement(height=0.3)):
        _, box = framing.place(cutout, (333, 400), placement)
        assert box.top + box.height == 333


def test_a_person_cut_off_by_one_side_stays_at_that_side() -> None:
    _, left = framing.place(person(100, 80, Box(40, 0, 60, 20)), (200, 400), Placement())
    _, right = framing.place(person(100, 80, Box(40, 60, 60, 20)), (200, 400), Placement())
    assert left.left == 0
    assert right.left + right.width == 400


def test_the_head_of_a_person_who_fills_the_width_stays_in_the_picture() -> None:
    cutout = person(100, 80, Box(10, 0, 90, 80))
    _, box = framing.place(cutout, (200, 900), Placement())
    assert box.top + box.height == 200
    assert box.height == 180


def test_a_plate_smaller_than_the_person_shrinks_them() -> None:
    _, box = framing.place(person(1000, 800, Box(100, 100, 900, 600)), (20, 30), Placement())
    assert (box.height, box.width) == (18, 12)


def test_a_person_partly_outside_is_cut_at_the_frame() -> None:
    placed, box = framing.place(person(100, 100, Box(10, 10, 80, 80)), (100, 100), Placement(height=0.8, x=0.0, y=0.9))
    assert (box.left, box.width, box.height) == (0, 40, 80)
    assert placed.size == (80, 40)


def test_a_person_wholly_outside_is_refused() -> None:
    with pytest.raises(InputError, match="outside the plate"):
        framing.place(person(100, 100, Box(10, 10, 80, 80)), (100, 100), Placement(x=5.0))


def test_an_empty_alpha_is_refused() -> None:
    with pytest.raises(InputError, match="alpha is empty"):
        framing.place(Cutout(Image(np.zeros((9, 9, 3), np.uint8)), np.zeros((9, 9), np.float32)), (9, 9), Placement())


def test_crop_to_fill_gives_the_asked_size_from_the_middle_without_squeezing() -> None:
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[:, 50:150] = 255
    answer = framing.crop_to_fill(Image(pixels), (50, 50))
    assert answer.size == (50, 50)
    assert answer.pixels.min() == 255


def test_sixteen_bit_pictures_stay_sixteen_bit_when_placed() -> None:
    pixels = np.full((40, 40, 3), 40000, np.uint16)
    placed, _ = framing.place(Cutout(Image(pixels), np.ones((40, 40), np.float32)), (20, 20), Placement())
    assert placed.image.pixels.dtype == np.uint16
    assert placed.image.pixels.max() == 40000


DISC = [252, 150, 20]


def disc(under: int, side: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """A disc of one color with a hard edge; what is transparent has another. The pixels and the alpha."""
    down, across = np.mgrid[:side, :side]
    alpha = np.clip(side / 3 + 0.5 - np.hypot(down - side / 2, across - side / 2), 0, 1).astype(np.float32)
    return np.where((alpha > 0)[..., None], np.uint8(DISC), np.uint8(under)), alpha


def rim(placed: Cutout, top: int) -> float:
    """How far any of the disc's colors lies from its own, as it is seen."""
    return float((np.abs(placed.image.pixels.astype(float) / top - DISC).max(2) * placed.alpha).max())


@pytest.mark.parametrize("share", [0.2, 0.45, 0.9, 1.7])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_what_is_transparent_has_no_say_in_the_colors_of_the_edge(share: float, kind: type) -> None:
    """A cutout file is often black where nothing is seen: scaled by itself its edge would be dark, by up to forty levels."""
    pixels, alpha = disc(0)
    top = np.iinfo(kind).max // 255
    cutout = Cutout(Image(pixels.astype(kind) * kind(top)), alpha, clean=True)
    placed, _ = framing.place(cutout, (round(300 * share),) * 2, Placement())
    assert placed.image.pixels.dtype == kind
    assert rim(placed, top) < 3
    for told in ({"clean": True, "bled": True}, {"clean": False}):  # which say that the black is the person's, or a photo's
        assert rim(framing.place(Cutout(cutout.image, alpha, **told), (270, 270), Placement())[0], top) > 20


@pytest.mark.parametrize("share", [0.15, 0.45, 0.9, 1.7])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_haze_that_is_hardly_opaque_hardly_colors_the_edge(share: float, kind: type) -> None:
    """As matting tools leave it: around the person alpha is not quite 0, over whatever was behind them there."""
    pixels, alpha = disc(0)
    pixels[alpha == 0] = 30, 250, 240
    alpha[alpha == 0] = np.float32(2 / 255)
    top = np.iinfo(kind).max // 255
    cutout = Cutout(Image(pixels.astype(kind) * kind(top)), alpha, clean=True)
    size = (round(300 * share),) * 2
    how = cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR
    exact = cv2.resize(np.dstack([pixels * alpha[..., None], alpha]).astype(np.float64), size, interpolation=how)
    wanted = exact[..., :3] / exact[..., 3:]
    found, cover = straight(cutout.image.pixels, alpha, size)
    assert np.abs(found / top - wanted)[cover > 0.05].max() < (1 if share < 1 else 3)  # enlarging goes by the bicubic kernel
    assert rim(framing.place(cutout, size, Placement())[0], top) < 4


def test_colors_that_are_all_opaque_are_resized_as_they_are() -> None:
    pixels, _ = disc(0)
    for size in ((90, 90), (450, 470)):
        found, alpha = straight(pixels, np.ones((300, 300), np.float32), size)
        assert (found == enlarge_cubic(pixels, size)).all()
        assert alpha.min() > 1 - 1e-6


def test_previews_and_films_do_the_same() -> None:
    pixels, alpha = disc(0)
    small = Cutout(Image(pixels), alpha, clean=True).shrunk(70)
    frame = framing.filling(np.dstack([pixels, (255 * alpha).astype(np.uint8)]), (130, 180))
    for colors, cover in ((small.image.pixels, small.alpha), (frame[..., :3], frame[..., 3] / 255)):
        assert (np.abs(colors.astype(float) - DISC).max(2) * cover).max() < 3
        assert cover.max() == 1


def test_a_picture_that_is_cut_to_fill_is_cut_alike_on_both_sides() -> None:
    """Seen in a mirror or upside down before or after: the same, for whole and for enlarged pixels, with alpha and without."""
    rng = np.random.default_rng(9)
    for own, size in (((40, 90), (40, 60)), ((90, 40), (30, 40)), ((41, 91), (82, 82)), ((60, 20), (50, 50)), ((20, 60), (10, 10))):
        for bands in (3, 4):
            pixels = cv2.resize(rng.integers(0, 256, (5, 6, bands)).astype(np.uint8), own[::-1])
            found = framing.filling(pixels, size)
            assert found.shape == (*size, bands)
            for axis in (0, 1):
                turned = framing.filling(np.ascontiguousarray(np.flip(pixels, axis)), size)
                assert np.abs(turned.astype(int) - np.flip(found, axis)).max() <= 2
    whole = rng.integers(0, 256, (40, 90, 3)).astype(np.uint8)
    assert (framing.filling(whole, (40, 60)) == whole[:, 15:75]).all()  # by hand
    assert (framing.filling(whole.transpose(1, 0, 2), (60, 40)) == whole.transpose(1, 0, 2)[15:75]).all()


@pytest.mark.parametrize("size", [(1, 2000), (2000, 1), (1, 1), (700, 900)])
def test_a_filled_in_plate_is_small_and_never_of_no_pixels(size: tuple[int, int]) -> None:
    alpha = np.zeros(size, np.float32)
    alpha[: size[0] // 3] = 1
    found = framing.filled(Image(np.full((*size, 3), 120, np.uint8)), alpha)
    assert max(found.size) <= framing.FILLED_SIDE
    assert min(found.size) >= 1
    assert found.size[0] / found.size[1] == pytest.approx(size[0] / size[1], rel=0.01) or min(found.size) == 1
    assert (found.pixels == 120).all()
