"""A part of the script ``apart``: the flattened picture of a PSD or PSB. Like that it imports nothing of this package.

Its ``bounds`` are that script's, which check a size and refuse a file.
"""

from typing import Any


def psd(data: bytes, bounds: Any) -> tuple[Any, dict[str, Any]]:
    """PSD and PSB: the flattened picture that the file holds beside its layers (Adobe Photoshop File Formats, 2019)."""
    import numpy as np

    version, bands, height, width, depth, mode = (
        int.from_bytes(data[start:end], "big") for start, end in ((4, 6), (12, 14), (14, 18), (18, 22), (22, 24), (24, 26))
    )
    needed = {1: 1, 3: 3, 4: 4}[mode]  # the rest of the head was looked at before
    bounds.check(width, height)
    wide = 4 * version  # bytes of some lengths
    at = 26 + 4 + int.from_bytes(data[26:30], "big")
    blocks = resources(data[at + 4 : at + 4 + int.from_bytes(data[at : at + 4], "big")])
    if blocks.get(1057, b"\0\0\0\1\1")[4] == 0:
        bounds.refuse("was saved without its flattened picture (maximize compatibility)", "format")
    at += 4 + int.from_bytes(data[at : at + 4], "big")
    layers = data[at + 2 * wide : at + 2 * wide + 2]
    clear = len(layers) == 2 and int.from_bytes(layers, "big", signed=True) < 0 and int.from_bytes(data[at : at + wide], "big") > 0
    at += wide + int.from_bytes(data[at : at + wide], "big")
    taken = needed + (1 if clear and bands > needed else 0)
    planes = np.empty((taken, height, width), np.dtype(f">u{depth // 8}"))
    unpack(data, at, planes, (bands, wide // 2), bounds)
    samples = np.moveaxis(planes, 0, -1).astype(planes.dtype.newbyteorder("="))
    return samples, {
        **{name: blocks.get(at, b"") for name, at in (("profile", 1039), ("exif", 1058), ("xmp", 1060), ("iptc", 1028))},
        "ink": mode == 4, "white": taken > needed,
    }  # fmt: skip


def resources(block: bytes) -> dict[int, bytes]:
    """A PSD's resources by number."""
    found, at = {}, 0
    while block[at : at + 4] == b"8BIM" and at + 12 <= len(block):
        number, name = int.from_bytes(block[at + 4 : at + 6], "big"), block[at + 6]
        at += 7 + name + (name + 1) % 2
        length = int.from_bytes(block[at : at + 4], "big")
        found[number] = block[at + 4 : at + 4 + length]
        at += 4 + length + length % 2
    return found


def unpack(data: bytes, at: int, planes: Any, form: tuple[int, int], bounds: Any) -> None:
    """A PSD's flattened picture into planes, of which it may have more: raw, or PackBits row by row.

    Args:
        form: how many planes there are, and bytes of the length of a packed row.
    """
    import numpy as np

    (bands, counted), (taken, height, width) = form, planes.shape
    packing, row, at = int.from_bytes(data[at : at + 2], "big"), planes.dtype.itemsize * width, at + 2
    if packing == 0:
        planes[...] = np.frombuffer(data, planes.dtype, taken * height * width, at).reshape(planes.shape)
        return
    if packing != 1:
        bounds.refuse("packs its flattened picture by ZIP", "format")
    import imagecodecs

    lengths = np.frombuffer(data, f">u{counted}", bands * height, at).astype(np.int64)
    at += counted * bands * height
    starts = at + np.concatenate([[0], np.cumsum(lengths)])
    if starts[-1] > len(data):
        bounds.refuse("truncated", "truncated")
    for number in range(taken * height):
        line = imagecodecs.packbits_decode(data[starts[number] : starts[number + 1]])
        if len(line) < row:
            bounds.refuse("truncated", "truncated")
        planes[number // height, number % height] = np.frombuffer(line, planes.dtype, width)
