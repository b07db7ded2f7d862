"""The blend stage: what the network corrects along the soft edge, found at a limited size, brought to full size where it counts."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cleanplate.errors import InputError
from cleanplate.models.blender import AnyBlender
from cleanplate.pixels import profiles
from cleanplate.pixels.color import FloatArray, Pixels, as_float, channels_first, channels_last, moved_by, to_pixels, white
from cleanplate.pixels.interpolation import enlarged_part, pieces
from cleanplate.pixels.profiles import Profile
from cleanplate.pixels.resampling import limited_size, reduce
from cleanplate.stages import crops, edge_colors, fringes, tiling
from cleanplate.stages.framing import TOUCHED, extent
from cleanplate.values import Box, Cutout, Image, Size

Colors = Pixels | FloatArray

WHOLE = 720  # long side up to which the network looks at the picture itself: that of the photos it was trained on
CELL = 8  # pixels, a power of two: photos of up to 32 times ``SIDE`` halve at most three times
SIDE = 512  # long side at which it looks at a larger one; more costs more and is no better (docs/decisions.md)
COLORS_SIDE = 256  # long side at which a larger one's colors are estimated; likewise


def clean(blender: AnyBlender, cutout: Cutout, *, inplace: bool = False) -> Cutout:
    """The cutout with the person's own colors and a corrected alpha along its soft edge, which then fit any plate.

    Args:
        inplace: in the cutout's own arrays, which nobody else holds.

    Raises:
        InputError: the alpha is empty, or the network needs a plate too.
    """
    box = aligned(extent(cutout.alpha, TOUCHED), cutout.image.size)
    alpha, pixels = cutout.alpha, cutout.image.pixels
    cropped = cutout.cropped or crops.cropped(alpha)  # of the corrected one it could not be told
    if not inplace:
        alpha, pixels = alpha.copy(), pixels.copy()
    profile = cutout.image.profile
    correct_in_place(blender, pixels[box.slices], alpha[box.slices], profile=profile)
    return Cutout(Image(pixels, profile=profile, tags=cutout.image.tags), alpha, True, True, cropped, cutout.warnings)


def aligned(box: Box, size: Size) -> Box:
    """The box, grown to whole cells of ``CELL`` pixels where the picture has them: sides that halve evenly are shrunk far faster.

    >>> aligned(Box(3, 8, 4, 9), (40, 20))
    Box(top=0, left=8, height=8, width=12)
    """
    top, left = box.top // CELL * CELL, box.left // CELL * CELL
    bottom, right = (-(-end // CELL) * CELL for end in (box.top + box.height, box.left + box.width))
    return Box(top, left, min(bottom, size[0]) - top, min(right, size[1]) - left)


def correct(
    blender: AnyBlender, source: FloatArray, alpha: FloatArray, plate: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Alpha and foreground corrected along the soft edge: estimated colors first, then the network.

    Args:
        source: (height, width, 3) float32 in [0, 1].
        alpha: (height, width) float32 in [0, 1].
        plate: the same shape as ``source``, for networks that look at it.

    Returns:
        the alpha and the foreground.

    Raises:
        InputError: the network needs a plate and none was given.
    """
    cover, foreground = alpha.copy(), source.copy()
    correct_in_place(blender, foreground, cover, plate)
    return cover, foreground


def correct_in_place(
    blender: AnyBlender, colors: Colors, alpha: FloatArray, plate: FloatArray | None = None, profile: Profile = None
) -> None:
    """``correct`` in place, the colors in any type, and of any ICC profile."""
    if plate is None and "plate" in blender.inputs:
        raise InputError("This blending network looks at the plate too: blend by Compositor.blend with a plate, not by clean.")
    size = (alpha.shape[0], alpha.shape[1])
    small = size if max(size) <= WHOLE else limited_size(size, SIDE)
    side = edge_colors.COLORS_SIDE if small == size else COLORS_SIDE
    estimate = estimated(as_float(reduce(colors, small)), reduce(alpha, small), side)
    if plate is not None:
        estimate.pictures["plate"] = reduce(plate, small)
    corrected, foreground = estimate.corrected_by(blender, profile)
    if small == size:
        alpha[...], colors[...] = corrected, foreground if colors.dtype == np.float32 else to_pixels(foreground, colors)  # type: ignore[arg-type]
    else:
        at_full_size(colors, alpha, estimate.correction(corrected, foreground))


class Estimate(NamedTuple):
    """What classical estimation knows of an edge, at the size at which the network looks.

    Args:
        pictures: what the network is shown: the source, its alpha, and the colors estimated for it.
        colors: (6, rows, columns), foreground and background as estimated, at a smaller size yet.
        near: (rows, columns), above 0 near the soft edge.
    """

    pictures: dict[str, FloatArray]
    colors: FloatArray
    near: npt.NDArray[np.uint8]

    def corrected_by(self, blender: AnyBlender, profile: Profile = None) -> tuple[FloatArray, FloatArray]:
        """The network's alpha and foreground. It is shown sRGB; of what it answers only the change is brought back, so that
        colors beyond sRGB are not lost."""
        band, own = tiling.soft_band(self.pictures["alpha"], self.near), self.pictures["foreground"]
        if profile is None:
            return self.answered(blender, self.pictures, band)
        seen = {
            name: each if name == "alpha" else np.clip(profiles.to_srgb(each, profile), 0, 1)
            for name, each in self.pictures.items()
        }
        alpha, answer = self.answered(blender, seen, band)
        before, after = (profiles.from_srgb(each, profile) for each in (seen["foreground"], answer))
        return alpha, own + (after - before)

    @staticmethod
    def answered(blender: AnyBlender, seen: dict[str, FloatArray], band: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What the network says of what it is shown, without the fringes that it leaves."""
        alpha, foreground = tiling.in_tiles(blender, seen, band)
        return alpha, np.where(band[..., None] > 0, fringes.removed(foreground, alpha, seen["front"], seen["behind"]), foreground)

    def correction(self, alpha: FloatArray, foreground: FloatArray) -> "Correction":
        """What the network's answer adds to the estimate."""
        cover = self.pictures["alpha"]
        added = np.concatenate([(foreground - self.pictures["foreground"]).transpose(2, 0, 1), (alpha - cover)[None]])
        return Correction(self.colors, added, (self.near > 0) | ((cover > 0) & (cover < edge_colors.SOLID)))


def estimated(picture: FloatArray, alpha: FloatArray, side: int) -> Estimate:
    """Foreground and background along a soft edge, estimated at a long side of at most ``side``."""
    both = edge_colors.estimate_planes(*edge_colors.limited(picture, alpha, side))
    sure = edge_colors.sure_colors(picture, alpha, side)
    pictures = {"source": picture, "alpha": alpha, **edge_colors.edge_colors(picture, alpha, both, sure)}
    return Estimate(pictures, both.reshape(6, *both.shape[2:]), tiling.near_edge(alpha))


class Correction(NamedTuple):
    """What was found at the limited size.

    Args:
        colors: (6, rows, columns), foreground and background as estimated.
        added: (4, rows, columns), what the network added to the foreground and to alpha.
        wanted: (rows, columns), where either counts.
    """

    colors: FloatArray
    added: FloatArray
    wanted: npt.NDArray[np.bool_]


def at_full_size(colors: Colors, alpha: FloatArray, correction: Correction) -> None:
    """The estimates closed with every pixel of the source (``edge_colors.closed``), the network's changes added to that; in place.

    Only pieces around the soft edge are worked on; elsewhere the foreground is the source. Texture comes from the source alone:
    what the network changed is smooth at full size. One piece after the other: each is some thirty short calls, and threads would
    wait for Python's lock longer than they calculate.
    """
    size, top = (alpha.shape[0], alpha.shape[1]), white(colors.dtype)
    estimates, added = correction.colors * np.float32(top), correction.added.copy()
    added[:3] *= np.float32(top)
    for part in pieces(correction.wanted, size):
        some, seen = alpha[part], channels_first(colors[part], top)
        both, changes = (enlarged_part(each, size, part) for each in (estimates, added))
        moved = edge_colors.closed(seen, some, both[:3], both[3:])
        moved += changes[:3]
        colors[part] = moved_by(colors[part], channels_last(moved))
        changes[3] += some
        changes[3][some == 0] = 0
        np.clip(changes[3], 0, 1, out=some)
