"""Color of 16 bits, of which Pillow keeps the high bytes: the same decoder runs a second time, under the same checks, told that the
byte order is the other way round, and gives the low ones.

Pillow names how samples lie in a file by a *raw mode* such as ``RGB;16B``, one for each tile of a picture.
"""

import sys

import numpy as np
import numpy.typing as npt
from PIL import Image as pillow
from PIL import ImageFile, TiffImagePlugin

from cleanplate.files.samples import BAND
from cleanplate.pixels.color import FloatArray, to_float

GREY_ALPHA = "LA;16B"
KINDS = ("RGB", "RGBA", "RGBX", "R", "G", "B", "A")  # the last four are planes
OTHER_ORDER = {"L": "B", "B": "L", "N": "B" if sys.byteorder == "little" else "L"}
LOW_BYTES = {f"{kind};16{order}": f"{kind};16{other}" for kind in KINDS for order, other in OTHER_ORDER.items()} | {
    GREY_ALPHA: "RGBA"  # four bytes as they lie: both of grey, both of alpha
}  # raw mode -> the one under which the low bytes come out


def has_low_bytes(picture: ImageFile.ImageFile, rawmode: str) -> bool:
    """Whether there is a way to the low bytes of a started picture whose first tile has that raw mode."""
    libtiff_planes = isinstance(picture, TiffImagePlugin.TiffImageFile) and (
        picture.use_load_libtiff and picture.tag_v2.get(TiffImagePlugin.PLANAR_CONFIGURATION) == 2
    )  # there libtiff's own layout decides and the raw mode is not looked at
    return rawmode in LOW_BYTES and not libtiff_planes


def ask_for_low_bytes(picture: ImageFile.ImageFile) -> None:
    """Have a started picture decoded to its low bytes."""
    picture.tile = [with_rawmode(tile, LOW_BYTES[rawmode_of(tile)]) for tile in picture.tile]


def rawmode_of(tile: ImageFile._Tile) -> str:
    first = tile.args if isinstance(tile.args, str) else tile.args[0] if tile.args else ""
    return first if isinstance(first, str) else ""


def with_rawmode(tile: ImageFile._Tile, rawmode: str) -> ImageFile._Tile:
    return tile._replace(args=(rawmode, *tile.args[1:]) if isinstance(tile.args, tuple) else rawmode)


def joined(high: pillow.Image, low: pillow.Image, rawmode: str) -> tuple[npt.NDArray[np.uint16], FloatArray | None]:
    """Color (height, width) or (height, width, 3), and alpha if there is one: ``join_bytes`` of two pictures, some rows at a time,
    since all at once would take 34 bytes for a pixel and not 18."""
    width, height = high.size
    color = np.empty((height, width) if rawmode == GREY_ALPHA else (height, width, 3), np.uint16)
    alpha = np.empty((height, width), np.float32) if len(high.getbands()) == 4 else None
    rows = max(1, BAND // width)
    for top in range(0, height, rows):
        box = (0, top, width, min(top + rows, height))
        color[top : top + rows], covered = join_bytes(np.asarray(high.crop(box)), np.asarray(low.crop(box)), rawmode)
        if alpha is not None:
            alpha[top : top + rows] = covered
    return color, alpha


def join_bytes(
    high: npt.NDArray[np.uint8], low: npt.NDArray[np.uint8], rawmode: str
) -> tuple[npt.NDArray[np.uint16], FloatArray | None]:
    """Color and alpha of rows, from both bytes of their samples: ``256 high + low``.

    >>> join_bytes(np.uint8([[[1, 2, 3]]]), np.uint8([[[0, 1, 0]]]), "RGB;16B")[0].tolist()
    [[[256, 513, 768]]]
    """
    if rawmode == GREY_ALPHA:
        high, low = low[..., ::2], low[..., 1::2]
    samples = np.left_shift(high, 8, dtype=np.uint16) | low
    if rawmode == GREY_ALPHA:
        return samples[..., 0], to_float(samples[..., 1])
    return samples[..., :3], to_float(samples[..., 3]) if samples.shape[2] == 4 else None
