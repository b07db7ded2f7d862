"""Files of phones, cameras and film people, drawn by code: a DNG, PSDs, and what their own libraries write."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest

# Display P3 (linear) from XYZ under D65, of which a drawn camera has its primaries.
XYZ_TO_P3 = np.array([[2.4934969, -0.9313836, -0.4027108], [-0.8294890, 1.7626641, 0.0236247], [0.0358458, -0.0761724, 0.9568845]])


def dng(linear: np.ndarray, turned: int = 1) -> bytes:
    """A camera's raw file of 16 bits, RGGB, of (height, width, 3) linear light of a camera whose colors are Display P3's.

    The white balance as shot is 1, 1, 1.
    """
    tifffile = pytest.importorskip("tifffile")
    mosaic = np.empty(linear.shape[:2], np.uint16)
    levels = (linear * 60000 + 1000).round().astype(np.uint16)
    for (row, column), band in {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 2}.items():
        mosaic[row::2, column::2] = levels[row::2, column::2, band]
    matrix = [(round(float(each) * 10000), 10000) for each in XYZ_TO_P3.ravel()]
    rational = [part for pair in matrix for part in pair]
    tags = [
        (271, 2, 0, "Drawn", True), (272, 2, 0, "Camera", True), (274, 3, 1, turned, True),
        (33421, 3, 2, (2, 2), True), (33422, 1, 4, bytes([0, 1, 1, 2]), True), (50706, 1, 4, bytes([1, 4, 0, 0]), True),
        (50708, 2, 0, "Drawn Camera", True), (50714, 3, 1, 1000, True), (50717, 3, 1, 61000, True),
        (50721, 10, 9, tuple(rational), True), (50728, 5, 3, (1, 1, 1, 1, 1, 1), True), (50778, 3, 1, 21, True),
    ]  # fmt: skip
    file = io.BytesIO()
    tifffile.imwrite(file, mosaic, photometric=32803, extratags=tags, compression=None, metadata=None)
    return file.getvalue()


def camera_dng(linear: np.ndarray, neutral: tuple[float, float, float], turned: int = 1) -> bytes:
    """A raw file as cameras write it: a small picture first, the sensor's behind it, packed by lossless JPEG, in a colored light.

    Args:
        neutral: what the sensor gives for white in that light.
    """
    tifffile, codecs = pytest.importorskip("tifffile"), pytest.importorskip("imagecodecs")
    mosaic, light = np.empty(linear.shape[:2], np.uint16), linear * neutral
    for (row, column), band in {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 2}.items():
        mosaic[row::2, column::2] = (light[row::2, column::2, band] * 14000 + 512).round().astype(np.uint16)
    small = (linear[::4, ::4] * 255).round().astype(np.uint8)
    matrix = [part for each in XYZ_TO_P3.ravel() for part in (round(float(each) * 10000), 10000)]
    white = [part for each in neutral for part in (round(each * 10000), 10000)]
    camera = [
        (271, 2, 0, "Drawn", True), (272, 2, 0, "Camera", True), (274, 3, 1, turned, True),
        (50706, 1, 4, bytes([1, 4, 0, 0]), True), (50708, 2, 0, "Drawn Camera", True), (50721, 10, 9, tuple(matrix), True),
        (50728, 5, 3, tuple(white), True), (50778, 3, 1, 21, True),
    ]  # fmt: skip
    sensor = [
        (33421, 3, 2, (2, 2), True), (33422, 1, 4, bytes([0, 1, 1, 2]), True), (50714, 3, 1, 512, True), (50717, 3, 1, 14512, True),
    ]  # fmt: skip
    file, packed = io.BytesIO(), codecs.ljpeg_encode(mosaic, bitspersample=14)
    with tifffile.TiffWriter(file) as writer:
        writer.write(small, photometric="rgb", subfiletype=1, subifds=1, extratags=camera, metadata=None)
        writer.write(
            iter([packed]), shape=mosaic.shape, dtype=np.uint16, photometric=32803, compression=7, subfiletype=0,
            rowsperstrip=len(mosaic), extratags=sensor, metadata=None,
        )  # fmt: skip
    return file.getvalue()


def psd(
    samples: np.ndarray, *, mode: int = 3, packed: bool = True, large: bool = False, clear: bool = False, real: bool = True,
    profile: bytes = b"",
) -> bytes:  # fmt: skip
    """A PSD or PSB (``large``) that is its flattened picture alone: (height, width, bands) uint8 or uint16.

    Args:
        clear: the last band says what is transparent.
        real: whether it says that the flattened picture is one.
    """
    height, width, bands = samples.shape
    depth, version = samples.dtype.itemsize * 8, 2 if large else 1
    head = b"8BPS" + struct.pack(">H6xHIIHH", version, bands, height, width, depth, mode) + struct.pack(">I", 0)
    blocks = b"8BIM" + struct.pack(">H2xI", 1057, 14) + struct.pack(">IB", 1, real) + bytes(9)
    if profile:
        blocks += b"8BIM" + struct.pack(">H2xI", 1039, len(profile)) + profile + bytes(len(profile) % 2)
    layers = struct.pack(">Q" if large else ">I", 2) + struct.pack(">h", -1 if clear else 1)
    section = struct.pack(">Q" if large else ">I", len(layers)) + layers
    planes = np.moveaxis(samples, -1, 0).astype(samples.dtype.newbyteorder(">"))
    if not packed:
        return head + struct.pack(">I", len(blocks)) + blocks + section + struct.pack(">H", 0) + planes.tobytes()
    lines = [pack_bits(line.tobytes()) for plane in planes for line in plane]
    lengths = b"".join(struct.pack(">I" if large else ">H", len(line)) for line in lines)
    return head + struct.pack(">I", len(blocks)) + blocks + section + struct.pack(">H", 1) + lengths + b"".join(lines)


def pack_bits(line: bytes) -> bytes:
    """A row as literal runs alone, and one of equal bytes at its start where there are any."""
    same = next((at for at in range(1, min(len(line), 128)) if line[at] != line[0]), min(len(line), 128))
    start = struct.pack("b", 1 - same) + line[:1] if same > 1 else b""
    rest = line[same:] if same > 1 else line
    return start + b"".join(bytes([len(part) - 1]) + part for part in (rest[at : at + 128] for at in range(0, len(rest), 128)))


def exr(path: Path, channels: dict[str, np.ndarray], **header: object) -> bytes:
    module = pytest.importorskip("OpenEXR")
    told = {"compression": module.ZIP_COMPRESSION, "type": module.scanlineimage, **header}
    module.File(told, channels).write(str(path))
    return path.read_bytes()
