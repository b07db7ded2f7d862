"""A decoded video frame -> RGB as this package keeps pictures, and back: matrix, range, primaries, transfer.

The arithmetic is swscale's, through PyAV, with the file's own tags; code points are those of ITU-T H.273. Pictures are
display-encoded for BT.709 primaries: BT.709, BT.601, BT.2020 and sRGB curves are shown alike by the usual players and
are taken as one here; BT.2020 and P3 primaries are converted; PQ, HLG, linear and logarithmic light are refused.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cleanplate.color import FloatArray, Pixels, to_float, to_pixels
from cleanplate.errors import VideoError

if TYPE_CHECKING:
    from av import VideoFrame
    from av.video.reformatter import VideoReformatter

Array = npt.NDArray[Any]  # uint8 or uint16

UNTOLD = 2  # H.273's "unspecified" for matrix, primaries and transfer; FFmpeg has 0 for range
LIMITED, FULL = 1, 2  # FFmpeg's numbers for the range
RGB, BT709, BT601, BT2020 = 0, 1, 6, 9
RANGES = {LIMITED: "limited", FULL: "full"}
MATRICES = {RGB: "rgb", BT709: "bt709", 4: "fcc", 5: "bt470bg", BT601: "smpte170m", 7: "smpte240m", BT2020: "bt2020nc"}
PRIMARIES = {
    BT709: "bt709", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", BT2020: "bt2020", 11: "smpte431", 12: "smpte432",
    22: "ebu3213",
}  # fmt: skip
TRANSFERS = {
    1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 11: "iec61966-2-4", 12: "bt1361e",
    13: "iec61966-2-1", 14: "bt2020-10", 15: "bt2020-12",
}  # fmt: skip
HDR = {16: "PQ", 18: "HLG"}
# x and y of red, green, blue and white: H.273 table 2, the sets that differ visibly from BT.709's
CHROMATICITIES = {
    BT709: ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), (0.3127, 0.3290)),
    BT2020: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), (0.3127, 0.3290)),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290)),
}
DISPLAY_GAMMA = np.float32(2.4)  # BT.1886
HD = (1280, 576)  # a width from which, a height above which, untagged pictures are BT.709 and not BT.601 (as mpv has it)


@dataclass(frozen=True)
class Coding:
    """How a file codes its colors, as H.273 numbers; ``UNTOLD`` (range: 0) where it does not say."""

    range: int
    matrix: int
    primaries: int
    transfer: int

    def settled(self, width: int, height: int, rgb: bool) -> "Coding":
        """Nothing left open in range and matrix: BT.601 for small and BT.709 for large pictures, limited range."""
        matrix, wide = self.matrix, self.range
        if rgb:
            return replace(self, matrix=RGB, range=FULL)
        if matrix in (UNTOLD, RGB):
            matrix = BT709 if width >= HD[0] or height > HD[1] else BT601
        return replace(self, matrix=matrix, range=wide or LIMITED)

    def names(self) -> dict[str, str | None]:
        return {
            "range": RANGES.get(self.range),
            "matrix": MATRICES.get(self.matrix),
            "primaries": PRIMARIES.get(self.primaries),
            "transfer": TRANSFERS.get(self.transfer),
        }


def read_coding(frame: "VideoFrame", name: str) -> Coding:
    """What a frame's tags say.

    Raises:
        VideoError: ``hdr`` or ``color``, something that is not converted here.
    """
    full = frame.format.name.startswith("yuvj")  # FFmpeg's old way to say it
    coding = Coding(FULL if full else int(frame.color_range), frame.colorspace, frame.color_primaries, frame.color_trc)
    if coding.transfer in HDR:
        raise VideoError(
            f"{name} is HDR video ({HDR[coding.transfer]}), and pictures here have the standard range:"
            " convert it to SDR (BT.709) first.",
            "hdr",
        )
    for what, value, known in (
        ("matrix", coding.matrix, MATRICES), ("primaries", coding.primaries, PRIMARIES), ("transfer", coding.transfer, TRANSFERS),
    ):  # fmt: skip
        if value not in known and value not in (UNTOLD, 0, 3):  # 0 and 3 are reserved, and written by some encoders
            message = f"{name} has color {what} number {value} of H.273, which is not converted here: convert it to BT.709."
            raise VideoError(message, "color")
    return coding


def depth_of(frame: "VideoFrame") -> int:
    """Bits of a channel, of those that are told apart: 8, 10, 12 or 16."""
    bits = max(component.bits for component in frame.format.components)
    return next(depth for depth in (8, 10, 12, 16) if bits <= depth)


def to_rgb(frame: "VideoFrame", coding: Coding, converter: "VideoReformatter") -> tuple[Pixels, FloatArray | None]:
    """(height, width, 3) RGB as the frame lies, uint16 for more than 8 bits; and its alpha if it has one.

    Args:
        coding: with range and matrix settled.
    """
    deep, alpha = depth_of(frame) > 8, any(part.is_alpha for part in frame.format.components) or frame.format.has_palette
    kind = ("rgba64le" if alpha else "rgb48le") if deep else ("rgba" if alpha else "rgb24")
    if coding.matrix != RGB:
        frame.colorspace, frame.color_range = coding.matrix, coding.range
    samples: Array = converter.reformat(frame, format=kind, interpolation=flags(), dst_color_range=FULL).to_ndarray()
    pixels: Array = np.ascontiguousarray(samples[..., :3])
    if deep and coding.matrix != RGB:
        pixels = stretched(pixels)
    pixels = to_709(pixels, coding.primaries) if coding.primaries in CHROMATICITIES and coding.primaries != BT709 else pixels
    return pixels, to_float(np.ascontiguousarray(samples[..., 3])) if alpha else None


def from_rgb(samples: Array, kind: str, coding: Coding, converter: "VideoReformatter") -> "VideoFrame":
    """(height, width, 3 or 4) uint8 or uint16 -> a frame of the pixel format ``kind``.

    Args:
        coding: the range and matrix to code with; for an RGB format they play no part.
    """
    import av

    deep, alpha = samples.dtype == np.uint16, samples.shape[2] == 4
    if deep and coding.matrix != RGB:
        samples = np.dstack([squeezed(samples[..., :3]), samples[..., 3:]]) if alpha else squeezed(samples)
    source = ("rgba64le" if alpha else "rgb48le") if deep else ("rgba" if alpha else "rgb24")
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(samples), format=source)
    frame.color_range = FULL
    if coding.matrix == RGB:
        made = converter.reformat(frame, format=kind, interpolation=flags())
    else:
        wanted = SWSCALE[coding.matrix]
        made = converter.reformat(
            frame, format=kind, interpolation=flags(), dst_colorspace=wanted, dst_color_range=coding.range
        )
    made.color_primaries, made.color_trc = coding.primaries, coding.transfer
    made.colorspace, made.color_range = coding.matrix, coding.range
    return made


SWSCALE = {BT709: 1, 4: 4, 5: 5, BT601: 5, 7: 7, BT2020: 9}  # H.273's matrices as PyAV's dst_colorspace numbers


def flags() -> int:
    """Exact rounding, and color filtered along rows instead of repeated, which would fray a person's edge."""
    from av.video.reformatter import Interpolation

    return int(Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT)


def stretched(pixels: Array) -> Array:
    """swscale's 16-bit white of a YUV picture is 255 * 256; here it is 65535 = 255 * 257.

    >>> stretched(np.array([0, 32640, 65280, 65535], np.uint16)).tolist()
    [0, 32767, 65535, 65535]
    """
    low = np.minimum(pixels, 65280)
    return np.asarray(low + (low >> 8), pixels.dtype)


def squeezed(pixels: Array) -> Array:
    """The reverse of ``stretched``.

    >>> squeezed(np.array([0, 65535], np.uint16)).tolist()
    [0, 65280]
    """
    return np.asarray(pixels - (pixels >> 8), pixels.dtype)


def to_709(pixels: Pixels, primaries: int) -> Pixels:
    """Colors of other primaries as BT.709's, in linear light by BT.1886 (V^2.4); what lies outside is cut off.

    >>> white = np.full((1, 1, 3), 65535, np.uint16)
    >>> to_709(white, BT2020).tolist()
    [[[65535, 65535, 65535]]]
    """
    light = to_float(pixels) ** DISPLAY_GAMMA
    changed = np.clip(light @ conversion(primaries, BT709).T.astype(np.float32), 0, 1)
    return to_pixels(changed ** (1 / DISPLAY_GAMMA), pixels)


def conversion(source: int, target: int) -> npt.NDArray[np.float64]:
    """The 3 x 3 matrix from linear RGB of one set of primaries to another's (BT.2087 gives BT.2020 to BT.709).

    >>> conversion(BT2020, BT709)[0].round(4).tolist()
    [1.6605, -0.5876, -0.0728]
    """
    return np.linalg.inv(to_xyz(target)) @ to_xyz(source)


def to_xyz(primaries: int) -> npt.NDArray[np.float64]:
    """Linear RGB -> CIE XYZ with white's Y = 1 (SMPTE RP 177)."""
    red, green, blue, white = (np.array([x / y, 1, (1 - x - y) / y]) for x, y in CHROMATICITIES[primaries])
    columns = np.stack([red, green, blue], axis=1)
    return np.asarray(columns * np.linalg.solve(columns, white))
