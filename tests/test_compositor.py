"""Laws of the whole way. The networks are the shipped ones unless a test says otherwise."""

from pathlib import Path

import numpy as np
import pytest
from smooth import PLAIN, Seeing, Unchanging, oval, scenery, smooth

from cleanplate import Compositor, Cutout, Image, InputError, Placement, Plate, Settings, composites, read_image
from cleanplate.models.harmonizer import Cues, Harmonizer
from cleanplate.pixels.color import to_float, to_uint8
from cleanplate.pixels.over import over
from cleanplate.pixels.resampling import squash
from cleanplate.stages import matting
from cleanplate.transforms.forms import Transform


@pytest.fixture(scope="module")
def cutout() -> Cutout:
    return oval()


@pytest.fixture(scope="module")
def plate() -> Plate:
    return scenery()


class Answering(Unchanging):
    """A harmonizer that answers in RGB, as the paper's does: brighter by a tenth."""

    def answer(self, composite: np.ndarray, alpha: np.ndarray, cues: Cues) -> Transform | np.ndarray:
        return composite * np.float32(1.1)


def test_with_everything_on_the_person_changes_and_the_plate_does_not_where_alpha_is_zero(cutout: Cutout, plate: Plate) -> None:
    result = Compositor().compose(cutout, plate)
    covered = np.zeros(plate.image.size, bool)
    covered[result.box.slices] = result.alpha > 0
    assert (result.image.pixels[~covered] == plate.image.pixels[~covered]).all()
    assert (result.image.pixels[covered] != plate.image.pixels[covered]).any()
    assert result.transform is not None


def test_where_the_given_alpha_is_zero_the_plates_bytes_are_untouched(cutout: Cutout, plate: Plate) -> None:
    from cleanplate.stages import framing

    compositor = Compositor()
    clean = compositor.clean(cutout)
    assert (clean.alpha[cutout.alpha == 0] == 0).all()
    placed, box = framing.place(clean, plate.image.size, Placement())
    untouched = np.ones(plate.image.size, bool)
    untouched[box.slices] = placed.alpha == 0
    result = compositor.compose(cutout, plate)
    assert untouched.mean() > 0.3
    assert (result.image.pixels[untouched] == plate.image.pixels[untouched]).all()


def test_in_a_photograph_in_black_and_white_the_person_is_so_too_and_on_a_gray_backdrop_they_are_not(
    cutout: Cutout, portrait: Path
) -> None:
    photo = read_image(portrait.with_name("plate.jpg")).pixels.astype(np.float32).mean(2)
    backdrop = np.linspace(60, 230, photo.shape[0], dtype=np.float32)[:, None].repeat(photo.shape[1], 1)
    spread = []
    for gray in (photo, backdrop):
        result = Compositor().compose(cutout, Plate(Image(np.repeat(gray[..., None], 3, 2).astype(np.uint8))))
        spread.append(np.ptp(result.image.pixels[result.box.slices][result.alpha == 1].astype(int), 1).mean())
    assert spread[0] < 1.5
    assert spread[1] > 8


def test_strength_zero_equals_no_harmonize(cutout: Cutout, plate: Plate) -> None:
    compositor = Compositor()
    none = compositor.compose(cutout, plate, settings=Settings(strength=0))
    off = compositor.compose(cutout, plate, settings=Settings(harmonize=False))
    assert (none.image.pixels == off.image.pixels).all()


def test_strength_goes_evenly_from_none_to_all_and_beyond(cutout: Cutout, plate: Plate) -> None:
    """Half of the tone and then half of the grid is nearly half of both."""
    compositor = Compositor()
    none, half, full, more = (compositor.compose(cutout, plate, settings=Settings(strength=s)).foreground for s in (0, 0.5, 1, 1.5))
    change = np.abs(full - none).mean()
    assert change > 0.005
    assert np.abs((none + full) / 2 - half).mean() < 0.15 * change
    assert ((more - none) * (full - none)).mean() > 1.2 * ((full - none) ** 2).mean()


def test_blend_and_harmonize_off_equal_over(cutout: Cutout, plate: Plate) -> None:
    from cleanplate.stages import framing

    result = Compositor().compose(cutout, plate, settings=PLAIN)
    placed, box = framing.place(cutout, plate.image.size, Placement())
    wanted = plate.image.pixels.copy()
    wanted[box.slices] = to_uint8(over(to_float(placed.image.pixels), placed.alpha, to_float(wanted[box.slices])))
    assert (result.image.pixels == wanted).all()


def test_a_harmonizer_that_changes_nothing_lifts_to_nothing(cutout: Cutout, plate: Plate) -> None:
    same = Compositor(harmonizer=Unchanging()).compose(cutout, plate)
    off = Compositor().compose(cutout, plate, settings=Settings(harmonize=False))
    assert (same.image.pixels == off.image.pixels).all()


def test_an_answer_in_rgb_is_fitted_and_lifted(cutout: Cutout, plate: Plate) -> None:
    settings = Settings(blend=False)
    result = Compositor(harmonizer=Answering()).compose(cutout, plate, settings=settings)
    plain = Compositor().compose(cutout, plate, settings=PLAIN)
    inside = result.alpha > 0.99
    assert np.abs(result.foreground - 1.1 * plain.foreground)[inside].mean() < 0.01


def test_the_harmonizer_sees_the_composite_shrunk_though_none_is_made_for_it(cutout: Cutout, plate: Plate) -> None:
    harmonizer = Seeing()
    result = Compositor(harmonizer=harmonizer).compose(cutout, plate)
    whole = np.zeros(plate.image.size, np.float32)
    whole[result.box.slices] = result.alpha
    assert np.abs(harmonizer.seen[0] - squash(to_float(result.image.pixels), 128)).max() < 1.1 / 255
    assert np.abs(harmonizer.seen[1] - squash(whole, 128)).max() < 1e-5


def test_the_foreground_of_a_composite_is_what_was_composed(cutout: Cutout, plate: Plate) -> None:
    result = Compositor(harmonizer=Answering()).compose(cutout, plate, settings=Settings(strength=0.6))
    again = over(result.foreground, result.alpha, to_float(plate.image.pixels[result.box.slices]))
    off = np.abs(to_uint8(again).astype(int) - result.image.pixels[result.box.slices])
    assert off.max() <= 1
    assert (off > 0).mean() < 0.01  # what lies on the border of two levels may fall to either side


def test_running_twice_gives_the_same_pixels(cutout: Cutout, plate: Plate) -> None:
    first, second = (Compositor().compose(cutout, plate).image.pixels for _ in range(2))
    assert (first == second).all()


def test_cues_of_a_plate_are_computed_once(plate: Plate, cutout: Cutout, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    true = Harmonizer.cues
    monkeypatch.setattr(Harmonizer, "cues", lambda self, small: calls.append(1) or true(self, small))
    compositor, fresh = Compositor(), Plate(plate.image)
    for x in (0.3, 0.6):
        compositor.compose(cutout, fresh, Placement(x=x))
    assert len(calls) == 1


def test_sixteen_bit_plates_give_sixteen_bit_composites_close_to_the_eight_bit_ones(cutout: Cutout, plate: Plate) -> None:
    deep = Plate(Image(plate.image.pixels.astype(np.uint16) * 257))
    result = Compositor().compose(cutout, deep)
    assert result.image.pixels.dtype == np.uint16
    shallow = Compositor().compose(cutout, plate)
    assert np.abs(to_float(result.image.pixels) - to_float(shallow.image.pixels)).max() < 2.1 / 255


def test_a_cutout_files_own_alpha_is_used_and_its_colors_are_left_alone(cutout: Cutout, plate: Plate) -> None:
    image = Image(cutout.image.pixels, cutout.alpha)
    found = Compositor().cutout(image)
    assert found.clean
    assert (found.alpha == cutout.alpha).all()
    on, off = (Compositor().compose(image, plate, settings=Settings(blend=blend)) for blend in (True, False))
    assert (on.image.pixels == off.image.pixels).all()


def test_a_one_pixel_plate_still_gives_a_picture(cutout: Cutout) -> None:
    assert Compositor().compose(cutout, Plate(Image(np.full((1, 1, 3), 9, np.uint8)))).image.size == (1, 1)


def test_both_sets_of_weights_compose_and_there_is_no_other(cutout: Cutout, plate: Plate) -> None:
    open_one, fast = (Compositor(weights=each) for each in ("open", "fast"))
    assert open_one.harmonizer.cues(plate.small(64)).model == fast.harmonizer.cues(plate.small(64)).model
    assert open_one.blender is not fast.blender
    assert open_one.compose(cutout, plate).image.size == fast.compose(cutout, plate).image.size
    with pytest.raises(InputError, match="no set of weights paper: give one of fast, open"):
        Compositor(weights="paper")


def test_what_the_photo_cropped_is_found_before_the_edge_is_corrected_and_told_when_it_is_seen(plate: Plate) -> None:
    photo, alpha = smooth(120, 100, 7), np.zeros((120, 100), np.float32)
    alpha[30:, :60] = 1
    clean = Compositor().clean(Cutout(photo, alpha))
    clean.alpha[-8:] = 0  # whatever the correction does at the border
    assert (clean.cropped.top, clean.cropped.right) == (None, None)
    assert clean.cropped.bottom is not None
    assert clean.cropped.left is not None
    plain = Settings(harmonize=False)
    assert Compositor().compose(clean, plate, settings=plain).warnings == ()
    (sentence,) = Compositor().compose(clean, plate, Placement(height=0.4, x=0.6, y=0.8), plain).warnings
    assert "at the bottom and left" in sentence


def test_painted_areas_and_who_is_kept_reach_the_alpha(monkeypatch: pytest.MonkeyPatch) -> None:
    two = np.zeros((64, 64), np.float32)
    two[20:60, 14:40] = two[8:24, 52:62] = 1
    monkeypatch.setattr(matting, "predict", lambda *_: two)
    photo, shape = Image(np.full((64, 64, 3), 90, np.uint8)), np.zeros((64, 64), np.float32)
    other, gone = shape.copy(), shape.copy()
    other[10:14, 54:58], gone[20:30] = 1, 1
    made = Compositor()
    assert made.cutout(photo).alpha[10:20, 54:60].max() == 0
    assert made.cutout(photo, keep="all").alpha[10:20, 54:60].min() == 1
    assert made.cutout(photo, keep="all").warnings == ()
    told, behind = {"settings": Settings(harmonize=False)}, Plate(photo)
    assert ["`keep` all" in each for each in made.compose(photo, behind, **told).warnings] == [True]
    assert ["`keep` all" in each for each in made.compose(made.clean(made.cutout(photo)), behind, **told).warnings] == [True]
    painted = made.cutout(photo, keep_mask=other, drop_mask=gone).alpha
    assert painted[10:18, 54:60].min() == 1
    assert painted[20:30].max() == 0
    given = made.cutout(photo, shape + np.float32(0.5), keep_mask=other).alpha
    assert (given[11, 55], given[0, 0]) == (1, 0.5)


def test_a_stage_that_comes_twice_is_timed_as_the_sum_and_others_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([10.0, 12.0, 20.0, 20.5, 30.0, 33.0])
    monkeypatch.setattr(composites.time, "perf_counter", lambda: next(ticks))
    clock = composites.Clock()
    for name in ("matte", "place", "matte"):
        with clock.stage(name):
            pass
    assert clock.seconds == {"matte": 5.0, "place": 0.5}
