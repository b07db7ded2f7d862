"""The blend stage: what the network corrects along the soft edge, found at a limited size, brought to full size where it counts."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cleanplate import matting, tiling
from cleanplate.color import FloatArray, Pixels, as_float, from_planes, to_pixels, white
from cleanplate.compositing import TOUCHED, extent
from cleanplate.errors import InputError
from cleanplate.networks import Blender, on_all_cores
from cleanplate.resampling import Part, enlarged_part, limited_size, pieces, reduce, resize
from cleanplate.types import Cutout, Image

Colors = Pixels | FloatArray

SIDE = 720  # long side at which the network looks at larger pictures; that of the photos it was trained on


def clean(blender: Blender, cutout: Cutout) -> Cutout:
    """The cutout with the person's own colors and a corrected alpha along its soft edge, which then fit any plate.

    Raises:
        InputError: the alpha is empty, or the network needs a plate too.
    """
    box = extent(cutout.alpha, TOUCHED)
    alpha, pixels = cutout.alpha.copy(), cutout.image.pixels.copy()
    alpha[box.slices], pixels[box.slices] = correct(blender, pixels[box.slices], alpha[box.slices])
    return Cutout(Image(pixels), alpha, clean=True)


def correct(blender: Blender, source: Colors, alpha: FloatArray, plate: FloatArray | None = None) -> tuple[FloatArray, Colors]:
    """Alpha and foreground corrected along the soft edge: estimated colors first, then the network.

    Args:
        source: (height, width, 3) integers, or float32 in [0, 1].
        alpha: (height, width) float32 in [0, 1].
        plate: the same shape as ``source``, float32; for networks that look at it.

    Returns:
        the alpha, and the foreground in the type of ``source``.

    Raises:
        InputError: the network needs a plate and none was given.
    """
    if plate is None and "plate" in blender.inputs:
        raise InputError("This blending network looks at the plate too: blend by Compositor.blend with a plate, not by clean.")
    size = limited_size((alpha.shape[0], alpha.shape[1]), SIDE)
    picture, cover = as_float(reduce(source, size)), reduce(alpha, size)
    both = matting.estimate_planes(*matting.limited(picture, cover))
    pictures = {"source": picture, "alpha": cover, **matting.edge_colors(picture, cover, both)}
    if plate is not None:
        pictures["plate"] = resize(plate, size)
    near = tiling.near_edge(cover)
    corrected, colors = tiling.correct(blender, pictures, tiling.soft_band(cover, near))
    if size == alpha.shape:
        return corrected, colors if source.dtype == np.float32 else to_pixels(colors, source)  # type: ignore[arg-type]
    changes = np.concatenate([(colors - pictures["foreground"]).transpose(2, 0, 1), (corrected - cover)[None]])
    wanted = (near > 0) | ((cover > 0) & (cover < matting.SOLID))
    return at_full_size(source, alpha, Found(both.reshape(6, *both.shape[2:]), changes, wanted))


class Found(NamedTuple):
    """What was found at the limited size.

    Args:
        colors: (6, rows, columns), foreground and background as estimated, at ``matting.COLORS_SIDE``.
        changes: (4, rows, columns), what the network added to the foreground and to alpha, at ``SIDE``.
        wanted: (rows, columns), where either counts, at ``SIDE``.
    """

    colors: FloatArray
    changes: FloatArray
    wanted: npt.NDArray[np.bool_]


def put(planes: FloatArray, into: Colors) -> None:
    """(3, height, width) float32 -> (height, width, 3) of the type of ``into``, clipped to [0, 1]; the planes are lost."""
    if into.dtype == np.float32:
        np.clip(planes.transpose(1, 2, 0), 0, 1, out=into)
        return
    planes *= np.float32(white(into.dtype))
    from_planes(planes.swapaxes(0, 1), into, [np.empty(into.shape[:2], into.dtype) for _ in range(3)])  # type: ignore[arg-type]


def at_full_size(source: Colors, alpha: FloatArray, found: Found) -> tuple[FloatArray, Colors]:
    """The estimates closed with every pixel of the source (``matting.closed``), and the network's changes added to that.

    Only pieces around the soft edge are worked on; elsewhere the foreground is the source. Texture comes from the source alone:
    what the network changed is smooth at full size.
    """
    cover, foreground = alpha.copy(), source.copy()
    size = alpha.shape[0], alpha.shape[1]

    def work(part: Part) -> None:
        some, seen = alpha[part], matting.planes(source[part])
        colors = enlarged_part(found.colors, size, part)
        changes = enlarged_part(found.changes, size, part)
        front = matting.closed(seen, some, colors[:3], matting.unexplained(seen, some, colors[:3], colors[3:]))
        front += changes[:3]
        put(front, foreground[part])
        changes[3] += some
        changes[3][some == 0] = 0
        np.clip(changes[3], 0, 1, out=cover[part])

    on_all_cores(work, pieces(found.wanted, size))
    return cover, foreground
