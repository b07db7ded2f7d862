import cv2
import numpy as np
import pytest

from cleanplate.compositor import Compositor
from cleanplate.pixels.color import to_uint8, to_uint16
from cleanplate.plates import Plate
from cleanplate.settings import Placement, Settings
from cleanplate.stages.compositing import Layer
from cleanplate.stages.texture import Texture
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box, Cutout, Image

SIZE = (360, 480)
PLAIN = {"harmonize": False}


def noisy(kind=to_uint8) -> np.ndarray:
    grain = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 0.035, (*SIZE, 3)).astype(np.float32), (0, 0), 0.6)
    return kind(np.linspace(0.45, 0.6, SIZE[1], dtype=np.float32)[None, :, None] + grain)


def checks(deviation: float) -> np.ndarray:
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    sharp = (0.2 + 0.6 * ((y // 11 + x // 13) % 2))[..., None].repeat(3, 2).astype(np.float32)
    return to_uint8(cv2.GaussianBlur(sharp, (0, 0), deviation) if deviation else sharp)


def person(pixels: np.ndarray | None = None) -> Cutout:
    y, x = np.mgrid[:200, :160]
    alpha = np.clip(70.5 - np.hypot((y - 100) * 0.8, x - 80), 0, 1).astype(np.float32)
    colors = np.full((200, 160, 3), 130, np.uint8) if pixels is None else pixels
    return Cutout(Image(colors), alpha, clean=True)


def composed(plate: np.ndarray, given: Cutout | None = None, **settings: float) -> np.ndarray:
    made = Compositor().compose(given or person(), Plate(Image(plate)), Placement(0.7, 0.5, 0.95), Settings(**PLAIN, **settings))
    return made.image.pixels


@pytest.mark.parametrize(
    ("plate", "colors"), [(noisy(), None), (noisy(to_uint16), None), (checks(2.0), checks(0)[:200, :160])], ids=["8", "16", "soft"]
)
def test_strength_zero_is_as_before_bit_for_bit_and_any_other_leaves_the_plate_where_nobody_is(plate, colors):
    before = composed(plate)
    np.testing.assert_array_equal(composed(plate, grain=0.0, soften=0.0), before)
    given, settings = person(colors), Settings(harmonize=False, shadow=0, grain=1, soften=1)
    made, before = Compositor().compose(given, Plate(Image(plate)), Placement(0.7, 0.5, 0.95), settings), composed(plate, given)
    assert (made.image.pixels != before).any()
    outside = np.ones(SIZE, bool)
    outside[made.box.slices] = made.alpha == 0
    np.testing.assert_array_equal(made.image.pixels[outside], plate[outside])


def test_a_noisy_plate_gives_grain_and_a_sharp_clean_one_nothing():
    inside = np.s_[200:300, 200:280]
    assert composed(noisy(), grain=1)[inside].std() == pytest.approx(noisy()[inside].std(), rel=0.25)
    assert composed(noisy(), grain=0.0)[inside].std() == 0
    np.testing.assert_array_equal(composed(checks(0), grain=1, soften=1), composed(checks(0)))


def test_a_soft_plate_softens_a_sharp_person():
    sharp = checks(0)[:200, :160]
    steep, less, half = (
        np.abs(np.diff(composed(checks(1.5), person(sharp), soften=soften)[200:300, 200:280, 0].astype(int), axis=1)).max()
        for soften in (0, 1, 0.5)
    )
    assert less < half < steep


def test_somebody_pasted_already_gets_the_grain_of_what_is_around_them_and_is_not_softened():
    pasted, mask = noisy(), np.zeros(SIZE, np.float32)
    mask[100:300, 150:330] = 1
    pasted[100:300, 150:330] = 128
    done = Compositor().harmonize(pasted, mask, settings=Settings(**PLAIN, grain=1, soften=1)).image.pixels
    assert done[150:250, 200:280].std() == pytest.approx(noisy()[150:250, 200:280].std(), rel=0.25)
    np.testing.assert_array_equal(done[mask == 0], pasted[mask == 0])


def test_the_noise_after_a_color_change_counts():
    colors = to_uint8(0.5 + np.random.default_rng(2).normal(0, 0.03, (320, 320, 3)).astype(np.float32))
    layer = Layer(colors, np.ones((320, 320), np.float32), Box(0, 0, 320, 320))
    texture = Texture(to_uint8(0.5 + np.random.default_rng(3).normal(0, 0.03, (*SIZE, 3)).astype(np.float32)))
    assert texture.grain(layer, SIZE, Settings(grain=1)) is None
    calmer = np.eye(3, 4, dtype=np.float32)[None, None] * np.float32(0.2)
    calmer[..., 3] = 0.4
    assert texture.grain(layer, SIZE, Settings(grain=1), Transform(calmer)) is not None


def test_films_of_every_kind_take_it_with_fresh_grain_in_every_frame():
    frames = [noisy() for _ in range(3)]
    for quality in ("fast", "best"):
        made = Compositor().compose_frames(person(), frames, Placement(0.7, 0.5, 0.95), Settings(**PLAIN, grain=1), quality)
        first, second, _ = (np.array(each[200:300, 200:280]).astype(float) for each in made)
        assert first.std() == pytest.approx(noisy()[200:300, 200:280].std(), rel=0.25)
        assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.1
    soft = [checks(1.5)] * 2
    given, settings = person(checks(0)[:200, :160]), Settings(**PLAIN, soften=1)
    for frame in Compositor().compose_frames(given, soft, Placement(0.7, 0.5, 0.95), settings, "best"):
        np.testing.assert_array_equal(frame, composed(checks(1.5), given, soften=1))
