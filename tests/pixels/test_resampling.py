import os

import numpy as np
import pytest

from cleanplate.pixels import resampling
from cleanplate.pixels.resampling import reduce, resize

RNG = np.random.default_rng(8)


def test_reduce_is_resize_where_the_picture_is_less_than_four_times_as_large() -> None:
    picture = RNG.random((300, 200, 3), np.float32)
    assert (reduce(picture, (76, 60)) == resize(picture, (76, 60))).all()


def test_reduce_of_a_much_larger_picture_is_near_shrinking_by_area() -> None:
    """It is exactly that when the halves come out even, and keeps the mean when not."""
    picture = RNG.random((640, 480), np.float32)
    assert np.allclose(reduce(picture, (80, 60)), resize(picture, (80, 60)), atol=1e-5)
    smooth = resize(RNG.random((9, 7), np.float32), (901, 703))
    assert np.abs(reduce(smooth, (100, 90)) - resize(smooth, (100, 90))).max() < 0.01


STRAIGHT = """if True:
    import re
    import numpy as np
    from cleanplate.pixels.resampling import straight
    def told(field):  # of this process alone, in KB
        return int(re.search(field + r":\\s+(\\d+) kB", open("/proc/self/status").read())[1])
    colors, haze = np.full((300, 400, 3), 90, np.uint8), np.full((300, 400), 0.5, np.float32)
    straight(colors, haze, (600, 800))  # what is loaded once
    before = told("VmRSS")
    open("/proc/self/clear_refs", "w").write("5")  # the peak counts from here
    straight(colors, haze, (3000, 4000))
    print(told("VmHWM") - before)
"""


@pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="the peak is read there")
def test_soft_colors_are_enlarged_in_20_bytes_for_a_pixel(python):
    done = python("-c", STRAIGHT)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) * 1024 <= 20 * 3000 * 4000


@pytest.mark.parametrize("finer", [1, 2, 8])
def test_reduce_halves_for_as_long_as_it_stays_so_much_larger_as_is_asked_for(finer: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before its last step the picture is ``finer`` times as large as wanted or more, and no more than twice that."""
    sizes, real = [], resampling.resize
    monkeypatch.setattr(resampling, "resize", lambda array, size: sizes.append(array.shape) or real(array, size))
    for whole in range(100, 1000, 37):
        assert reduce(np.zeros((whole, whole), np.float32), (10, 10), finer).shape == (10, 10)
        assert min(finer, whole / 10) <= sizes[-1][0] / 10 < 2 * finer


@pytest.mark.parametrize(
    ("size", "wanted"), [((1000, 45), (10, 10)), ((45, 1000), (10, 10)), ((1000, 1000), (10, 100)), ((1000, 1000), (100, 10))]
)
def test_reduce_never_halves_a_side_below_what_is_wanted(
    size: tuple[int, int], wanted: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is halved for as long as neither side becomes less than twice as long, so that no side is made small and large again."""
    sizes, real = [], resampling.resize
    monkeypatch.setattr(resampling, "resize", lambda array, size: sizes.append(array.shape) or real(array, size))
    reduce(np.zeros(size, np.float32), wanted)
    assert 2 <= min(sizes[-1][0] / wanted[0], sizes[-1][1] / wanted[1]) < 4
