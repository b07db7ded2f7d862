import numpy as np
import pytest

from cleanplate.models.blender import Blender
from cleanplate.stages import tiling

RNG = np.random.default_rng(5)


def pictures(height: int, width: int) -> dict[str, np.ndarray]:
    """Random pictures and an alpha with a soft diagonal edge."""
    rows, columns = np.mgrid[:height, :width]
    alpha = np.clip((rows + columns - (height + width) / 2) / 60 + 0.5, 0, 1).astype(np.float32)
    names = ("source", "plate", "foreground", "background", "front", "behind")
    return {"alpha": alpha} | {name: RNG.random((height, width, 3), np.float32) for name in names}


@pytest.fixture(scope="module")
def blender() -> Blender:
    return Blender()


@pytest.mark.parametrize("size", [(200, 264), (203, 261)])
def test_tiles_give_what_the_whole_frame_gives(blender: Blender, size: tuple[int, int]) -> None:
    given = pictures(*size)
    everywhere = np.ones(size, np.float32)
    tiled = tiling.in_tiles(blender, given, everywhere, core=64)
    whole = tiling.in_tiles(blender, given, everywhere, core=512)
    assert np.abs(tiled[0] - whole[0]).max() <= 1 / 255
    assert np.abs(tiled[1] - whole[1]).max() <= 1 / 255


def test_outside_the_band_nothing_is_touched(blender: Blender) -> None:
    given = pictures(128, 128)
    band = np.zeros((128, 128), np.float32)
    band[40:60, 40:60] = 1
    alpha, foreground = tiling.in_tiles(blender, given, band)
    outside = band == 0
    assert (alpha[outside] == given["alpha"][outside]).all()
    assert (foreground[outside] == given["foreground"][outside]).all()
    assert (foreground[~outside] != given["foreground"][~outside]).any()


def test_where_alpha_is_zero_it_stays_zero(blender: Blender) -> None:
    given = pictures(128, 128)
    alpha, _ = tiling.in_tiles(blender, given, tiling.soft_band(given["alpha"]))
    assert alpha[given["alpha"] == 0].max() == 0


def test_the_band_covers_the_soft_edge_and_ends_on_both_sides() -> None:
    alpha = pictures(256, 256)["alpha"]
    band = tiling.soft_band(alpha)
    assert band[(alpha > 0.1) & (alpha < 0.9)].min() > 0.99
    assert band[alpha == 0].max() == 0
    assert band[-1, -1] == 0
