"""Run the blending network only where the alpha is soft, at full size, in tiles."""

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.models.blender import AnyBlender
from cleanplate.pixels.color import FloatArray
from cleanplate.pixels.interpolation import Part
from cleanplate.pixels.threads import on_all_cores

ALPHA_SHARE = 0.5  # of the alpha's correction that is taken: the whole of it spoils good mattes (docs/decisions.md)
CORE = 384  # pixels of a tile, at most, that are kept
FEATHER = 4  # pixels over which a correction fades at the end of the soft band


def near_edge(alpha: FloatArray) -> npt.NDArray[np.uint8]:
    """1 on the soft edge and a little way around it on both sides, 0 elsewhere: (height, width)."""
    reach = max(8, round(0.008 * max(alpha.shape)))
    soft = ((alpha > 0.02) & (alpha < 0.98)).view(np.uint8)
    return np.asarray(cv2.dilate(soft, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))), np.uint8)


def soft_band(alpha: FloatArray, near: npt.NDArray[np.uint8] | None = None) -> FloatArray:
    """1 on the soft edge and around it, 0 elsewhere, faded between: (height, width) float32.

    Never above 0 where alpha is 0, so that the plate stays untouched there.

    Args:
        near: ``near_edge``, where it is known already.
    """
    near = near_edge(alpha) if near is None else near
    faded = cv2.blur(near.astype(np.float32), (2 * FEATHER + 1, 2 * FEATHER + 1))
    return np.where(alpha > 0, faded, 0).astype(np.float32)


def touched_part(band: FloatArray, tile: Part, stride: int) -> Part | None:
    """The part of a tile around all of the band in it, its start on the stride; None where there is none."""
    found = [np.flatnonzero((band[tile] > 0).any(axis)) for axis in (1, 0)]
    if not len(found[0]):
        return None
    ends = zip(tile, found, strict=True)
    first, second = (slice(each.start + at[0] // stride * stride, each.start + at[-1] + 1) for each, at in ends)
    return first, second


def in_tiles(
    blender: AnyBlender, pictures: dict[str, FloatArray], band: FloatArray, core: int = CORE
) -> tuple[FloatArray, FloatArray]:
    """(alpha, foreground) corrected by the network in the band, as they were elsewhere.

    Args:
        pictures: what the network takes (see ``Blender.answer``), any size.
        band: (height, width) float32 in [0, 1], how much of the correction counts.
        core: side of a tile without its halo; at least the picture's size for one run over the whole.
    """
    height, width = band.shape
    stride, halo = blender.stride, blender.halo
    core += -core % stride
    padding = -height % stride, -width % stride
    padded = {
        name: np.asarray(cv2.copyMakeBorder(each, 0, padding[0], 0, padding[1], cv2.BORDER_REPLICATE), np.float32)
        for name, each in pictures.items()
        if name in blender.inputs
    }
    alpha, foreground = pictures["alpha"].copy(), pictures["foreground"].copy()

    def run(kept: Part) -> None:
        window = tuple(slice(max(0, each.start - halo), each.stop + (-each.stop % stride) + halo) for each in kept)
        found = blender.answer(**{name: each[window] for name, each in padded.items()})
        inner = tuple(slice(each.start - first.start, each.stop - first.start) for each, first in zip(kept, window, strict=True))
        weight = band[kept]
        alpha[kept] += np.float32(ALPHA_SHARE) * weight * (found[0][inner] - alpha[kept])
        foreground[kept] += weight[..., None] * (found[1][inner] - foreground[kept])

    on_all_cores(run, tiles(band, core, stride))
    return alpha, foreground


def tiles(band: FloatArray, core: int, stride: int) -> list[Part]:
    """The parts of the picture that tiles keep: squares of ``core`` cut to the band in them; they do not overlap."""
    height, width = band.shape
    squares = [
        (slice(top, min(top + core, height)), slice(left, min(left + core, width)))
        for top in range(0, height, core)
        for left in range(0, width, core)
    ]
    return [kept for square in squares if (kept := touched_part(band, square, stride)) is not None]
