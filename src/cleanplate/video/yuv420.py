"""Frames as most films keep them: luma, and color at half the size both ways, in 8 bits (4:2:0). They may be looked at small and
composed as they are: what RGB at full size would cost is most of what a film costs beside its networks.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import Pixels
from cleanplate.pixels.resampling import resize
from cleanplate.values import Size
from cleanplate.video import primaries
from cleanplate.video.coding import RGB, Coding, tag
from cleanplate.video.decoding import turned
from cleanplate.video.ycbcr import from_ycbcr, samples_of, to_ycbcr

if TYPE_CHECKING:
    from av import VideoFrame

Plane = npt.NDArray[np.uint8]
KINDS = ("yuv420p", "yuvj420p")  # FFmpeg's names of it
KIND = KINDS[0]
BITS = 8


@dataclass(frozen=True, eq=False)
class Coded:
    """One frame; its height and width are even.

    Args:
        luma: (height, width).
        blue, red: (height / 2, width / 2), Cb and Cr.
        coding: what the code values mean, with range and matrix settled.
    """

    luma: Plane
    blue: Plane
    red: Plane
    coding: Coding

    @property
    def shape(self) -> tuple[int, int, int]:
        """That of the same picture in RGB."""
        return self.luma.shape[0], self.luma.shape[1], 3

    def copy(self) -> "Coded":
        return Coded(self.luma.copy(), self.blue.copy(), self.red.copy(), self.coding)

    def rgb(self) -> Pixels:
        """(height, width, 3) uint8."""
        return from_ycbcr([self.luma, self.blue, self.red], self.shape[:2], BITS, self.coding)


def as_rgb(picture: Pixels | Coded) -> Pixels:
    """RGB of a coded frame; an array as it is."""
    return picture.rgb() if isinstance(picture, Coded) else picture


def encoded(pixels: Pixels, coding: Coding) -> Coded:
    """RGB of an even size as a film keeps it."""
    planes = to_ycbcr(pixels, (pixels.shape[0] // 2, pixels.shape[1] // 2), BITS, coding)
    luma, blue, red = (np.asarray(plane, np.uint8) for plane in planes)  # of 16 bits they come in 16
    return Coded(luma, blue, red, coding)


def as_decoded(frame: "VideoFrame", coding: Coding) -> Coded | None:
    """A decoded frame as it is, in its decoder's memory; None where it is not in this form or its primaries need converting."""
    plain = coding.matrix != RGB and not primaries.differ(coding.primaries)
    if frame.format.name not in KINDS or frame.width % 2 or frame.height % 2 or not plain:
        return None
    luma, blue, red = (samples_of(plane, False) for plane in frame.planes)
    return Coded(luma, blue, red, coding)


BESIDE = -0.25  # of a sample of color: how far right of the middle of its four pixels it lies (H.273 figure 1, type 0)


def upright(picture: Coded, turns: int, mirror: bool) -> Coded:
    """Turned by quarters clockwise, then left and right swapped, and the samples of color brought to their place beside luma's."""
    if not turns and not mirror:
        return picture
    right, down = ((BESIDE, 0.0), (0.0, BESIDE), (-BESIDE, 0.0), (0.0, -BESIDE))[turns]
    shift = np.array([[1, 0, BESIDE - (-right if mirror else right)], [0, 1, -down]])
    luma, *colors = (turned(each, turns, mirror) for each in (picture.luma, picture.blue, picture.red))
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    blue, red = (cv2.warpAffine(each, shift, each.shape[::-1], None, how, cv2.BORDER_REPLICATE) for each in colors)
    return Coded(luma, np.asarray(blue, np.uint8), np.asarray(red, np.uint8), picture.coding)


def to_frame(picture: Coded) -> "VideoFrame":
    """A frame for an encoder."""
    import av

    made = av.VideoFrame(picture.shape[1], picture.shape[0], KIND)
    for plane, values in zip(made.planes, (picture.luma, picture.blue, picture.red), strict=True):
        np.copyto(samples_of(plane, False), values)
    tag(made, picture.coding)
    return made


def smaller(picture: Coded, size: Size) -> Pixels:
    """RGB at a smaller size: the planes are shrunk, not their RGB, which is the same but for rounding.

    Halved as often as that goes, which processors do at once, and the rest linear: from twice the size down that still sees every
    pixel. The shrunk colors lie up to a quarter of a pixel beside the shrunk luma.
    """
    return from_ycbcr([smaller_plane(each, size) for each in (picture.luma, picture.blue, picture.red)], size, BITS, picture.coding)


def smaller_plane(plane: Plane, size: Size) -> Plane:
    while plane.shape[0] >= 2 * size[0] and plane.shape[1] >= 2 * size[1]:
        plane = resize(plane, (plane.shape[0] // 2, plane.shape[1] // 2))
    return np.asarray(cv2.resize(plane, size[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
