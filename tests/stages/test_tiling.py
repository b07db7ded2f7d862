import cv2
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


class Blurs:
    """Stands in for the network: means over a square that reaches as far as its halo, of sides that it takes alone."""

    stride, halo, inputs = 8, 16, ("source", "alpha")

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def answer(self, source: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        assert alpha.shape[0] % self.stride == alpha.shape[1] % self.stride == 0
        self.sizes.append(alpha.shape)
        side = 2 * self.halo + 1
        return tuple(cv2.blur(each, (side, side), borderType=cv2.BORDER_REPLICATE) for each in (alpha, source))  # type: ignore[return-value]


@pytest.mark.parametrize("size", [(160, 200), (163, 197), (9, 50)])
@pytest.mark.parametrize("core", [8, 40, 60, 512])
def test_a_tile_sees_just_as_far_as_the_network_does_and_its_answer_counts_as_the_band_says(
    size: tuple[int, int], core: int
) -> None:
    given, blender = pictures(*size), Blurs()
    band = RNG.random(size).astype(np.float32) * (RNG.random(size) < 0.9)
    found = tiling.in_tiles(blender, given, band, core)  # type: ignore[arg-type]
    blurred = [cv2.blur(given[name], (33, 33), borderType=cv2.BORDER_REPLICATE) for name in ("alpha", "source")]
    wanted = given["alpha"] + tiling.ALPHA_SHARE * band * (blurred[0] - given["alpha"])
    assert np.abs(found[0] - wanted).max() < 1e-5
    assert np.abs(found[1] - given["foreground"] - band[..., None] * (blurred[1] - given["foreground"])).max() < 1e-5
    assert max(max(each) for each in blender.sizes) <= core + -core % 8 + 2 * 16  # and no tile is larger than it has to be


def test_a_tile_is_cut_to_the_band_from_a_multiple_of_the_stride_on() -> None:
    band = np.zeros((64, 96), np.float32)
    band[13:30, 41:50] = band[29, 60] = 0.5
    whole = slice(0, 64), slice(0, 96)
    assert tiling.touched_part(band, whole, 8) == (slice(8, 30), slice(40, 61))
    assert tiling.touched_part(band, (slice(16, 64), slice(56, 96)), 8) == (slice(24, 30), slice(56, 61))
    assert tiling.touched_part(band, (slice(32, 64), slice(0, 96)), 8) is None
    assert tiling.tiles(band, 32, 8) == [(slice(8, 30), slice(40, 61))]
    assert tiling.tiles(band, 48, 8) == [(slice(8, 30), slice(40, 48)), (slice(8, 30), slice(48, 61))]


@pytest.mark.parametrize("size", [(101, 131), (1200, 900)])
def test_the_surroundings_of_an_edge_reach_as_far_on_every_side(size: tuple[int, int]) -> None:
    alpha = np.zeros(size, np.float32)
    alpha[40:60, 50:90] = 0.5
    near = tiling.near_edge(alpha)
    assert near[40:60, 50:90].all()
    rows, columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
    reach = {40 - rows[0], rows[-1] - 59, 50 - columns[0], columns[-1] - 89}
    assert len(reach) == 1
    assert min(reach) > 0
    for axis in (0, 1):
        assert (tiling.near_edge(np.flip(alpha, axis)) == np.flip(near, axis)).all()
