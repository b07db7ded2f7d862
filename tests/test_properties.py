"""Laws that hold for whatever is drawn: hypothesis looks for the case that breaks them, against equations written out slowly."""

import io
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

import cleanplate
from cleanplate import Image, inputs
from cleanplate.film import pipeline
from cleanplate.film.pipeline import Timed
from cleanplate.pixels.resampling import resize, straight
from cleanplate.stages import compositing
from cleanplate.transforms.forms import Transform
from cleanplate.values import Box

pytest.importorskip("hypothesis")
from hypothesis import assume, given, settings
from hypothesis import strategies as st

repeatable = settings(derandomize=True, database=None, deadline=None, max_examples=60)  # the same cases each time
seeds = st.integers(0, 2**32 - 1)
KINDS = st.sampled_from([np.uint8, np.uint16])


def drawn(seed: int, size: tuple[int, int], kind: Any) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, np.iinfo(kind).max, (*size, 3), kind, endpoint=True)


def alphas(seed: int, size: tuple[int, int]) -> np.ndarray:
    """A third of the pixels 0, a third 1, the others anything between, in patches."""
    return np.clip(np.random.default_rng(seed).uniform(-1, 2, size), 0, 1).astype(np.float32)


def shares(few: int, many: int) -> np.ndarray:
    """(few, many): the share of each new pixel that each old one makes up."""
    edges, pixels = np.arange(few + 1) * many / few, np.arange(many)
    common = np.minimum.outer(edges[1:], pixels + 1) - np.maximum.outer(edges[:-1], pixels)
    return np.clip(common, 0, None) * (few / many)


@st.composite
def boxed(draw: Any) -> tuple[tuple[int, int], Box]:
    size = draw(st.integers(1, 90)), draw(st.integers(1, 90))
    height, width = (draw(st.integers(1, side)) for side in size)
    return size, Box(draw(st.integers(0, size[0] - height)), draw(st.integers(0, size[1] - width)), height, width)


# ---- composing -------------------------------------------------------------------------------------------------------


@repeatable
@given(boxed(), seeds, KINDS, KINDS, st.floats(0, 1, width=32), st.booleans())
def test_strips_are_the_equation_on_the_whole_array(where, seed, under, over, strength, mapped):
    """``alpha (F + strength (M F + t - F)) + (1 - alpha) P`` in float64; a rounding tie may fall to either side."""
    size, box = where
    part = box.height, box.width
    plate, front, alpha = drawn(seed, size, under), drawn(seed + 1, part, over), alphas(seed, part)
    chance = np.random.default_rng(seed)
    matrix = np.eye(3, 4) * 0.8 + chance.uniform(-0.05, 0.05, (3, 4)) if mapped else np.eye(3, 4)
    change = Transform(matrix.astype(np.float32)[None, None]) if mapped else None
    colors = front / np.iinfo(over).max
    lifted = colors + strength * (colors @ matrix[:, :3].T + matrix[:, 3] - colors)
    top, wanted = np.iinfo(under).max, plate.astype(np.float64)
    wanted[box.slices] = np.clip(alpha[..., None] * lifted * top + (1 - alpha[..., None]) * wanted[box.slices], 0, top)
    found = plate.copy()
    compositing.finish(found, front, alpha, box, change, strength)
    assert np.abs(found - wanted).max() < 0.5 + top * 1e-6
    outside = np.ones(size, bool)
    outside[box.slices] = alpha == 0
    assert (found[outside] == plate[outside]).all()


@repeatable
@given(st.tuples(st.integers(2, 60), st.integers(2, 60)), st.floats(0.1, 0.95), seeds, KINDS)
def test_shrunk_cutouts_are_premultiplied_averages(size, share, seed, kind):
    """Each new pixel by the lengths that it has in common with the old ones, in float64."""
    pixels, alpha = drawn(seed, size, kind), alphas(seed, size)
    fewer = tuple(max(1, int(side * share)) for side in size)
    down, across = (shares(few, many) for few, many in zip(fewer, size, strict=True))
    cover = down @ alpha @ across.T
    colors = np.einsum("ay,yxc,bx->abc", down, pixels * alpha[..., None].astype(np.float64), across)
    found, left = straight(pixels, alpha, fewer, resize)
    assert np.abs(left - cover)[cover > 0.002].max(initial=0) < 1e-5
    seen = cover > 0.02
    wanted = colors[seen] / cover[seen][:, None]
    rounded = 0.6 if kind == np.uint8 else 1.1 / cover[seen][:, None] + 0.6  # premultiplied colors are rounded to 16 bits, twice
    assert (np.abs(found[seen] - wanted) < rounded).all()
    assert not left[cover < 0.0009].any()


# ---- files -----------------------------------------------------------------------------------------------------------


@repeatable
@given(st.tuples(st.integers(1, 40), st.integers(1, 40)), seeds, KINDS, st.booleans(), st.sampled_from(["png", "tif"]))
def test_a_picture_written_and_read_again_is_itself(size, seed, kind, cut, name):
    image = Image(drawn(seed, size, kind), alphas(seed, size) if cut else None)
    file = io.BytesIO()
    cleanplate.write_image(image, file, format=name)
    again = cleanplate.read_image(file.getvalue())
    assert again.pixels.dtype == kind
    assert (again.pixels == image.pixels).all()
    assert (again.alpha is None) == (image.alpha is None)
    if image.alpha is not None and again.alpha is not None:
        assert np.abs(again.alpha - image.alpha).max() <= 0.501 / np.iinfo(kind).max


@repeatable
@given(st.tuples(st.integers(1, 40), st.integers(1, 40)), seeds, st.sampled_from([8, 16]), st.sampled_from(["png", "tif"]))
def test_a_matte_written_and_read_again_is_itself_to_its_depth(size, seed, depth, name):
    alpha, file = alphas(seed, size), io.BytesIO()
    cleanplate.write_alpha(alpha, file, depth=depth, format=name)
    assert np.abs(cleanplate.read_alpha(file.getvalue()) - alpha).max() <= 0.501 / (2**depth - 1)


@repeatable
@given(st.tuples(st.integers(1, 20), st.integers(1, 20)), seeds, KINDS, st.booleans())
def test_an_image_goes_out_as_an_array_and_comes_in_as_itself(size, seed, kind, cut):
    image = Image(drawn(seed, size, kind), alphas(seed, size) if cut else None)
    array = image.to_array()
    again = inputs.image(array)
    assert (again.pixels == image.pixels).all()
    assert (again.to_array() == array).all()


# ---- times -----------------------------------------------------------------------------------------------------------

rising = st.lists(st.integers(1, 400), min_size=1, max_size=12).map(lambda steps: list(np.cumsum([0, *steps[:-1]]).tolist()))


@repeatable
@given(rising, st.lists(st.integers(0, 1500), min_size=1, max_size=30).map(sorted), st.booleans())
def test_each_second_shows_the_nearest_picture_the_earlier_of_two(times, seconds, hold):
    """By looking at all pictures for each second. All ends half a picture after the last one, unless that is held."""
    shown = [Timed(float(at), index) for index, at in enumerate(times)]
    found = list(pipeline.nearest(iter(shown), [float(each) for each in seconds], hold))
    wanted = [min(range(len(times)), key=lambda index: (abs(times[index] - second), index)) for second in seconds]
    step = times[-1] - times[-2] if len(times) > 1 else 0
    ended = [not hold and second > times[-1] + step / 2 for second in seconds]
    assert found == wanted[: ended.index(True) if True in ended else None]


@repeatable
@given(rising, st.integers(1, 40))
def test_a_looped_film_repeats_its_steps_with_its_last_one_between_the_copies(times, count):
    shown = [Timed(float(at), index) for index, at in enumerate(times)]
    looped = pipeline.looped(lambda: iter(shown))
    found = [next(looped) for _ in range(count)]
    period = times[-1] + (times[-1] - times[-2] if len(times) > 1 else pipeline.STEP)
    for index, each in enumerate(found):
        assert each.pixels == index % len(times)
        assert each.second == pytest.approx(index // len(times) * period + times[index % len(times)])


@settings(repeatable, max_examples=15)
@given(rising, st.sampled_from([(1, 25), (1001, 30000), (1, 1000), (1, 90000), (2, 51)]), st.sampled_from([".mp4", ".mov", ".mkv"]))
def test_frames_written_and_read_again_are_shown_when_they_were(times, base, suffix):
    """To the very tick where the file counts as finely; to the millisecond in Matroska."""
    pytest.importorskip("av")
    from cleanplate.video.videos import Encoding, create_video

    tick = Fraction(*base)
    assume(suffix != ".mkv" or all((after - before) * 1000 * tick >= 1 for before, after in pairwise(times)))
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"film{suffix}"
        like = Ticking(tick)
        with create_video(path, Encoding((16, 16)), like, sound_from=None) as writer:  # type: ignore[arg-type]
            for index, at in enumerate(times):
                writer.write(np.full((16, 16, 3), 10 * index, np.uint8), at)
        with cleanplate.open_video(path) as reader:
            found = [frame.pts * reader.info.time_base for frame in reader]
    away = max(abs(float(one - at * tick)) for one, at in zip(found, times, strict=True))
    least = 0.001 if suffix == ".mkv" else 0
    assert away <= least


class Ticking:
    """Stands in for a reader of whom only the clock is asked."""

    span = coding = None

    def __init__(self, tick: Fraction) -> None:
        self.info = type("Info", (), {"depth": 8, "time_base": tick, "rate": None, "pixel_aspect": Fraction(1)})()
