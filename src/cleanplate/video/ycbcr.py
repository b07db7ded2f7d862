"""A decoded video frame -> RGB as this package keeps pictures, and back: matrix, range, primaries, transfer.

By ITU-T H.273, with the file's own tags. swscale only repacks: its usual conversion of halved color makes pictures a level
darker, its exact one takes five times as long as what is here and is less near. Pictures are display-encoded for BT.709
primaries: BT.709, BT.601, BT.2020 and sRGB curves are shown alike by the usual players and are taken as one here; BT.2020
and P3 primaries are converted; PQ, HLG, linear and logarithmic light are refused.
"""

import re
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray, Pixels, of_16_bits, to_float
from cleanplate.video import primaries
from cleanplate.video.coding import BT601, BT709, BT2020, FULL, RGB, Coding, depth_of, tag

if TYPE_CHECKING:
    from av import VideoFrame
    from av.video.reformatter import VideoReformatter

Array = npt.NDArray[Any]  # uint8 or uint16

KR_KB = {  # weights of red and blue in luma, H.273 table 4
    BT709: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), BT601: (0.299, 0.114), 7: (0.212, 0.087),
    BT2020: (0.2627, 0.0593),
}  # fmt: skip
PLANAR = re.compile(r"yuv[aj]?4(20|22|44|40)p((9|10|12|14|16)le)?|gray((9|10|12|14|16)le)?")
PACKED = {"nv12": "yuv420p", "nv21": "yuv420p", "p010le": "yuv420p10le", "yuyv422": "yuv422p", "uyvy422": "yuv422p"}
INTERLEAVED = {(3, 1): "rgb24", (4, 1): "rgba", (3, 2): "rgb48le", (4, 2): "rgba64le"}  # (channels, bytes of each) -> name


# ---- frames <-> RGB ------------------------------------------------------------------------------------------------


def to_rgb(frame: "VideoFrame", coding: Coding, converter: "VideoReformatter") -> tuple[Pixels, FloatArray | None]:
    """(height, width, 3) RGB as the frame lies, uint16 for more than 8 bits; and its alpha if it has one.

    Args:
        coding: with range and matrix settled.
    """
    read = interleaved if coding.matrix == RGB else from_planes
    pixels, alpha = read(frame, coding, converter)
    if primaries.differ(coding.primaries):
        pixels = primaries.to_709(pixels, coding.primaries)
    return pixels, alpha


def has_alpha(frame: "VideoFrame") -> bool:
    return any(part.is_alpha for part in frame.format.components) or frame.format.has_palette


def interleaved(frame: "VideoFrame", coding: Coding, converter: "VideoReformatter") -> tuple[Array, FloatArray | None]:
    """Of a frame in RGB, which swscale repacks."""
    alpha = has_alpha(frame)
    kind = INTERLEAVED[4 if alpha else 3, 2 if depth_of(frame) > 8 else 1]
    samples: Array = converter.reformat(frame, format=kind).to_ndarray()
    pixels = np.ascontiguousarray(samples[..., :3])
    return pixels, to_float(np.ascontiguousarray(samples[..., 3])) if alpha else None


def from_planes(frame: "VideoFrame", coding: Coding, converter: "VideoReformatter") -> tuple[Array, FloatArray | None]:
    """Of a frame in Y'CbCr."""
    deep, alpha = depth_of(frame) > 8, has_alpha(frame)
    frame = planar(frame, deep, alpha, coding, converter)
    planes = [samples_of(plane, deep) for plane in frame.planes]
    bits = frame.format.components[0].bits
    pixels = from_ycbcr(planes[:3], (frame.height, frame.width), bits, coding)
    return pixels, np.multiply(planes[3], np.float32(1 / ((1 << bits) - 1)), dtype=np.float32) if alpha else None


def planar(frame: "VideoFrame", deep: bool, alpha: bool, coding: Coding, converter: "VideoReformatter") -> "VideoFrame":
    """The frame with one channel to a plane; swscale repacks the others."""
    name = frame.format.name
    if PLANAR.fullmatch(name):
        return frame
    kind = PACKED.get(name) or f"yuv{'a' if alpha else ''}444p{'16le' if deep else ''}"
    frame.colorspace, frame.color_range = coding.matrix, coding.range
    return converter.reformat(frame, format=kind, dst_color_range=coding.range)


def samples_of(plane: Any, deep: bool) -> Array:
    """(height, width) view of a plane's memory."""
    kind = np.dtype("<u2") if deep else np.dtype(np.uint8)
    return np.frombuffer(plane, kind).reshape(plane.height, -1)[:, : plane.width]


def from_rgb(
    pixels: Array, alpha: Array | None, kind: str, coding: Coding, converter: "VideoReformatter"
) -> "VideoFrame":
    """RGB -> a frame of the pixel format ``kind``.

    Args:
        pixels: (height, width, 3) uint8 or uint16.
        alpha: (height, width) of the same type, or None.
        coding: the range and matrix to code with; of an RGB format neither.
    """
    made = as_interleaved(pixels, alpha, kind, converter) if coding.matrix == RGB else as_planes(pixels, alpha, kind, coding)
    tag(made, coding)
    return made


def as_interleaved(pixels: Array, alpha: Array | None, kind: str, converter: "VideoReformatter") -> "VideoFrame":
    import av

    samples = pixels if alpha is None else np.dstack([pixels, alpha])
    source = INTERLEAVED[samples.shape[2], pixels.itemsize]
    return converter.reformat(av.VideoFrame.from_ndarray(np.ascontiguousarray(samples), format=source), format=kind)


def as_planes(pixels: Array, alpha: Array | None, kind: str, coding: Coding) -> "VideoFrame":
    import av

    made = av.VideoFrame(pixels.shape[1], pixels.shape[0], kind)
    bits, shape = made.format.components[0].bits, (made.planes[1].height, made.planes[1].width)
    planes = to_ycbcr(pixels, shape, bits, coding)
    if alpha is not None:
        planes.append(requantized(alpha, bits))
    for plane, values in zip(made.planes, planes, strict=True):
        np.copyto(samples_of(plane, bits > 8), values)
    return made


# ---- the equations -------------------------------------------------------------------------------------------------


def luma_matrix(matrix: int) -> npt.NDArray[np.float64]:
    """(3, 3): R'G'B' in [0, 1] -> Y in [0, 1], Cb and Cr in [-0.5, 0.5] (H.273 equations 38 to 40).

    >>> (luma_matrix(BT709) @ [1, 1, 1]).round(12).tolist()
    [1.0, 0.0, 0.0]
    """
    red, blue = KR_KB[matrix]
    luma = np.array([red, 1 - red - blue, blue])
    return np.stack([luma, (np.array([0, 0, 1]) - luma) / (2 - 2 * blue), (np.array([1, 0, 0]) - luma) / (2 - 2 * red)])


def levels(range: int, bits: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(scales, offsets) from Y, Cb, Cr to code values of that many bits (H.273 equations 20 to 25).

    >>> from cleanplate.video.coding import LIMITED
    >>> [each.tolist() for each in levels(LIMITED, 10)]
    [[876.0, 896.0, 896.0], [64.0, 512.0, 512.0]]
    """
    unit, half = 1 << (bits - 8), 1 << (bits - 1)
    if range == FULL:
        return np.full(3, float((1 << bits) - 1)), np.array([0.0, half, half])
    return unit * np.array([219.0, 224, 224]), np.array([16.0 * unit, half, half])


def from_ycbcr(planes: list[Array], size: tuple[int, int], bits: int, coding: Coding) -> Array:
    """Planes of code values -> (height, width, 3) RGB: uint8 for 8 bits, uint16 over its whole range for more."""
    scales, offsets = levels(coding.range, bits)
    back = np.linalg.inv(luma_matrix(coding.matrix)) / scales * np.iinfo(planes[0].dtype).max
    if len(planes) == 1:  # grey
        planes = [planes[0], *(np.full(size, 1 << (bits - 1), planes[0].dtype) for _ in range(2))]
    whole = cv2.merge([planes[0], widened(planes[1], size), widened(planes[2], size)])
    return np.asarray(cv2.transform(whole, np.column_stack([back, -back @ offsets])))


def to_ycbcr(pixels: Array, shape: tuple[int, int], bits: int, coding: Coding) -> list[Array]:
    """(height, width, 3) RGB -> planes of code values, the last two of the size ``shape``."""
    pixels = of_16_bits(pixels) if bits > 8 else pixels
    depth = 8 * pixels.itemsize
    scales, offsets = (each * (1 << (depth - bits)) for each in levels(coding.range, bits))
    forth = scales[:, None] * luma_matrix(coding.matrix) / np.iinfo(pixels.dtype).max
    luma, blue, red = cv2.split(cv2.transform(pixels, np.column_stack([forth, offsets])))
    return [shortened(plane, depth - bits) for plane in (luma, narrowed(blue, shape), narrowed(red, shape))]


def widened(chroma: Array, size: tuple[int, int]) -> Array:
    """A plane of halved color at full size, linear between its samples, which lie on every second column (as H.264 and
    its successors place them unless told otherwise) and between two rows (H.273 figure 1, type 0).

    >>> widened(np.array([[10, 20]], np.uint8), (1, 4)).tolist()
    [[10, 15, 20, 20]]
    """
    height, width = size
    if chroma.shape[0] < height:
        chroma = cv2.resize(chroma, (chroma.shape[1], 2 * chroma.shape[0]), interpolation=cv2.INTER_LINEAR)
    if chroma.shape[1] < width:
        following = np.hstack([chroma[:, 1:], chroma[:, -1:]])
        between = cv2.addWeighted(chroma, 0.5, following, 0.5, 0).reshape(chroma.shape)
        chroma = cv2.merge([np.ascontiguousarray(chroma), between]).reshape(chroma.shape[0], -1)
    return np.ascontiguousarray(chroma[:height, :width])


def narrowed(plane: Array, shape: tuple[int, int]) -> Array:
    """The reverse of ``widened``: two rows' mean; along a row a quarter, a half and a quarter, as the mean of the means
    of a column with the one after it and the one before it.

    >>> narrowed(np.array([[10, 20, 30, 30]], np.uint8), (1, 2)).tolist()
    [[15, 28]]
    """
    rows, columns = shape
    if plane.shape == shape:
        return plane
    down, right = plane.shape[0] % 2 * (plane.shape[0] > rows), plane.shape[1] % 2 * (plane.shape[1] > columns)
    if down or right:
        plane = cv2.copyMakeBorder(plane, 0, down, 0, right, cv2.BORDER_REPLICATE)
    means = np.asarray(cv2.resize(plane, (columns, rows), interpolation=cv2.INTER_AREA))
    if plane.shape[1] > columns > 1:
        before = cv2.resize(plane[:, 1:-1], (columns - 1, rows), interpolation=cv2.INTER_AREA)
        means[:, 1:] = cv2.addWeighted(np.ascontiguousarray(means[:, 1:]), 0.5, before, 0.5, 0).reshape(rows, -1)
    return means


def shortened(codes: Array, bits: int) -> Array:
    """Code values with that many bits fewer, rounded.

    >>> shortened(np.array([0, 31, 32, 65535], np.uint16), 6).tolist()
    [0, 0, 1, 1023]
    """
    if bits == 0:
        return codes
    half = 1 << (bits - 1)
    return np.asarray((np.minimum(codes, np.iinfo(codes.dtype).max - half) + codes.dtype.type(half)) >> bits)


def requantized(alpha: Array, bits: int) -> Array:
    """A full-range channel of 8 or 16 bits as one of ``bits``, rounded.

    >>> requantized(np.array([0, 32768, 65535], np.uint16), 10).tolist()
    [0, 512, 1023]
    """
    top = int(np.iinfo(alpha.dtype).max)
    return np.asarray((alpha.astype(np.uint32) * ((1 << bits) - 1) + top // 2) // top)
