import itertools

import cv2
import numpy as np
import pytest
from stacked import standing

from cleanplate import Compositor, Cutout, Image, InputError, Placement, Plate, Settings
from cleanplate.film.cutting_out import Laid, edged
from cleanplate.film.quality import FilmLook
from cleanplate.pixels.color import to_float
from cleanplate.pixels.resampling import resize
from cleanplate.stages import edges
from cleanplate.stages.compositing import Layer
from cleanplate.values import Box

FRAME = 400, 300
PLAIN = Settings(harmonize=False, shadow=0)


def disc(size: tuple[int, int], radius: float, soft: float = 2.0) -> np.ndarray:
    down, across = np.mgrid[: size[0], : size[1]]
    away = np.hypot(down - (size[0] - 1) / 2, across - (size[1] - 1) / 2)
    return np.clip((radius - away) / soft + 0.5, 0, 1).astype(np.float32)


def layer(radius: float = 60, kind: type = np.uint8) -> Layer:
    alpha = disc((160, 160), radius)
    return Layer(np.full((160, 160, 3), np.iinfo(kind).max // 3, kind), alpha, Box(100, 70, 160, 160))


@pytest.mark.parametrize("reach", [-12.0, -3.5, -0.3, 0.4, 2.0, 7.75, 20.0])
def test_a_disc_grows_and_shrinks_by_what_is_asked_in_every_direction(reach: float) -> None:
    """Its radius by its area, to a quarter of a pixel or 8 % of the way; and no side goes farther than another by much."""
    before = disc((240, 240), 70)
    after = edges.shifted(before, reach)
    found = np.sqrt(after.sum() / np.pi) - np.sqrt(before.sum() / np.pi)
    assert found == pytest.approx(reach, abs=max(0.25, 0.08 * abs(reach)))
    down, across = np.nonzero(after > 0.5)
    ways = [np.cos(turn) * (down - 119.5) + np.sin(turn) * (across - 119.5) for turn in np.linspace(0, np.pi, 16, endpoint=False)]
    widths = np.array([each.max() - each.min() for each in ways])
    assert widths.max() - widths.min() < 2 + 0.2 * abs(reach)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_what_is_moved_is_a_share_of_the_size_and_not_of_pixels(size: int) -> None:
    """So a small preview shows what the whole picture will be."""
    small = layer(30)._replace(alpha=disc((80, 80), 30), foreground=np.zeros((80, 80, 3), np.uint8), box=Box(60, 60, 80, 80))
    large = Layer(
        np.zeros((80 * size, 80 * size, 3), np.uint8), resize(small.alpha, (80 * size, 80 * size)),
        Box(60 * size, 60 * size, 80 * size, 80 * size),
    )  # fmt: skip
    grown = [edges.moved(each, 0.9, (200 * by, 200 * by)) for each, by in ((small, 1), (large, size))]
    areas = [each.alpha.sum() / by**2 for each, by in zip(grown, (1, size), strict=True)]
    assert areas[1] == pytest.approx(areas[0], rel=0.01)
    assert areas[0] > small.alpha.sum() * 1.05


def test_zero_is_the_very_layer_and_more_is_ever_more() -> None:
    given = layer()
    assert edges.moved(given, 0, FRAME) is given
    covers = []
    for percent in (-1, -0.5, -0.05, 0.05, 0.5, 1):
        whole = np.zeros(FRAME, np.float32)
        found = edges.moved(given, percent, FRAME)
        whole[found.box.slices] = found.alpha
        covers.append(whole)
    for less, more in itertools.pairwise(covers):
        assert (more >= less).all()
        assert (more > less).any()


def test_where_the_frame_cuts_somebody_their_edge_stays() -> None:
    alpha = np.ones((120, 100), np.float32)
    given = Layer(np.full((120, 100, 3), 50, np.uint8), alpha, Box(FRAME[0] - 120, 0, 120, 100))  # at the lower left corner
    inner = edges.moved(given, -1, FRAME)
    whole = np.zeros(FRAME, np.float32)
    whole[inner.box.slices] = inner.alpha
    assert whole[-1, 0] == 1
    assert (whole[-120:, :100].sum(0) > 0).sum() == 96  # 4 pixels of the right side went
    outer = edges.moved(given, 1, FRAME)
    assert outer.box == Box(FRAME[0] - 124, 0, 124, 104)
    assert (given.foreground == 50).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_where_they_grow_their_own_color_goes_on_and_not_the_old_places(kind: type) -> None:
    top, given = np.iinfo(kind).max, layer(60, kind)
    colors = given.foreground.copy()
    colors[50:110:2, 50:110:2] += top // 40  # a pattern, well inside
    colors[given.alpha == 0] = top  # a white wall behind them
    found = edges.moved(given._replace(foreground=colors), 1, FRAME)
    assert np.abs(found.foreground[found.alpha > 0].astype(float) / top - 1 / 3).max() < 0.03
    inside = np.s_[4:-4, 4:-4]
    assert (found.foreground[inside][given.alpha == 1] == colors[given.alpha == 1]).all()


def test_floats_of_films_go_on_too() -> None:
    given = layer()
    floats = given._replace(foreground=np.full((160, 160, 3), 0.25, np.float32))
    found = edges.moved(floats, 0.5, FRAME)
    assert found.foreground.dtype == np.float32
    np.testing.assert_allclose(found.foreground[found.alpha > 0], 0.25, atol=1e-4)


def test_photos_and_films_of_every_quality_take_it_and_off_is_off() -> None:
    person, plate = standing()
    where, made = Placement(0.6, 0.5, 0.85), Compositor()
    stills = {edge: made.compose(person, plate, where, Settings(harmonize=False, edge=edge)) for edge in (-1.0, 0.0, 1.0)}
    areas = [float(each.alpha.sum()) for each in stills.values()]
    assert areas[0] < areas[1] < areas[2]
    assert (stills[0.0].image.pixels == made.compose(person, plate, where, Settings(harmonize=False)).image.pixels).all()
    for quality in ("fast", "best"):
        for edge, still in stills.items():
            if edge == 0:
                continue
            asked = Settings(harmonize=False, edge=edge)
            for frame in made.compose_frames(person, [plate.image.pixels] * 2, where, asked, quality):
                assert np.abs(frame.astype(int) - still.image.pixels).max() <= (quality == "fast")  # in OpenCV's integers


@pytest.mark.parametrize("quality", ["fast", "balanced", "best"])
def test_a_filmed_persons_edge_is_moved_in_every_frame(quality: str) -> None:
    """Cut out by the film's own alpha: a square of 60 pixels, grown and shrunk by two."""
    frame = np.zeros((200, 160, 4), np.uint8)
    frame[80:140, 50:110] = 200, 40, 40, 255
    plate = np.full((200, 160, 3), 20, np.uint8)
    widths, heights = [], []
    for edge in (-1.0, 0.0, 1.0):
        asked = Settings(harmonize=False, shadow=0, edge=edge)
        for done in Compositor().compose_frames([frame] * 3, Image(plate), settings=asked, quality=quality):
            widths.append(int((done[110, :, 0] > 100).sum()))
        for done in Compositor().compose_frames([frame] * 3, Image(plate), Placement(0.5, 0.5, 0.9), asked, quality):
            heights.append(int((done[:, 80, 0] > 100).sum()))
    assert widths == [56] * 3 + [60] * 3 + [64] * 3
    assert heights == [heights[3] - 4] * 3 + [heights[3]] * 3 + [heights[3] + 4] * 3


def test_one_who_is_left_nothing_of_is_one_sentence_in_a_photo_and_nobody_in_a_film() -> None:
    alpha = np.zeros((300, 200), np.float32)
    alpha[100:280, 98:101] = 1  # three pixels wide
    person = Cutout(Image(np.full((300, 200, 3), 99, np.uint8)), alpha, clean=True)
    plate = np.full((300, 200, 3), 20, np.uint8)
    with pytest.raises(InputError, match="`edge` -1 leaves nothing of the person") as caught:
        Compositor().compose(person, Plate(Image(plate)), Placement(fit="keep"), Settings(harmonize=False, edge=-1))
    assert "\n" not in str(caught.value)
    look = FilmLook(Placement(), Settings(edge=-1), "fast", (300, 200), 25)
    assert edged(Laid(Layer(person.image.pixels, alpha, Box(0, 0, 300, 200))), look) is None
    filmed = np.dstack([person.image.pixels, (255 * alpha).astype(np.uint8)])
    asked = Settings(harmonize=False, shadow=0, edge=-1)
    for done in Compositor().compose_frames([filmed] * 2, Image(plate), settings=asked):
        assert (done == plate).all()


def test_a_large_persons_growth_is_that_of_the_slow_way() -> None:
    """Dilation by a true disc in one step, at a size above that at which colors are found."""
    alpha = disc((900, 900), 380, 3)
    found = edges.shifted(alpha, 9)
    size = np.arange(-9, 10)
    slow = cv2.dilate(alpha, ((size[:, None] ** 2 + size**2) <= 9.5**2).astype(np.uint8))
    assert np.abs(found - slow).mean() < 0.002
    colors = np.full((900, 900, 3), 80, np.uint8)
    colors[::2, ::2] = 84
    grown = edges.moved(Layer(colors, alpha, Box(0, 0, 900, 900)), 1, (900, 900))
    assert np.abs(to_float(grown.foreground)[alpha < 1] - 81 / 255).max() < 0.02
    assert (grown.foreground[alpha > 0.25] == colors[alpha > 0.25]).all()  # their own stay as sharp as they were
