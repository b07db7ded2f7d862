"""The whole full-size pixel path in one pass: lift and compose strip by strip, in place, on all cores."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from cleanplate import compositing, lifting, networks
from cleanplate.color import FloatArray, Pixels, to_float, to_pixels
from cleanplate.types import Box, Transform

STRIP = 32768  # pixels worked on at a time: their float copies stay in a core's own cache


def finish(
    image: Pixels,
    foreground: Pixels | FloatArray,
    alpha: FloatArray | npt.NDArray[np.uint8],
    box: Box,
    transform: Transform | None = None,
    strength: float = 1.0,
    strip: int = STRIP,
) -> None:
    """Lift the foreground and compose it over what ``image`` holds, in place: ``over(F + strength * (T(F) - F), alpha, image)``.

    One read and one write of the box, in strips of rows on all cores, float32 inside. Pixels with alpha 0 are left bit for bit, and
    strips without anything else are not even read. The answer does not depend on the strips.

    Args:
        image: (height, width, 3) uint8 or uint16, sRGB-encoded: the plate's pixels when called, the composite's after it.
        foreground: (box height, box width, 3), uint8, uint16 or float32 in [0, 1], straight; it may be the view of the box in
            ``image``.
        alpha: (box height, box width) float32 in [0, 1], or uint8.
        box: where the two lie in ``image``.
        transform: a color change over the whole frame of ``image``; without one, or with strength 0, the colors stay.
        strength: how much of it is applied, 0 to 1.
        strip: about how many pixels are worked on at a time.

    >>> image = np.zeros((1, 2, 3), np.uint8)
    >>> finish(image, np.full((1, 1, 3), 200, np.uint8), np.full((1, 1), 0.5, np.float32), Box(0, 1, 1, 1))
    >>> image[0].tolist()
    [[0, 0, 0], [100, 100, 100]]
    """
    if strength == 0:
        transform = None

    def work(rows: slice) -> None:
        some, place = alpha[rows], Box(box.top + rows.start, box.left, rows.stop - rows.start, box.width)
        if not some.any():
            return
        colors, cover = as_float(foreground[rows]), as_float(some)
        if transform is not None:
            colors = lifting.mix(colors, lifting.apply(transform, colors, place, (image.shape[0], image.shape[1])), strength)
        target = image[place.slices]
        np.copyto(target, to_pixels(compositing.over(colors, cover, to_float(target)), target), where=(some > 0)[..., None])

    with ThreadPoolExecutor(networks.threads()) as pool:
        list(pool.map(work, strips(box, strip)))


def strips(box: Box, pixels: int) -> Iterator[slice]:
    """Rows of a box in pieces of about that many pixels."""
    rows = max(1, pixels // box.width)
    for top in range(0, box.height, rows):
        yield slice(top, min(top + rows, box.height))


def as_float(values: npt.NDArray[np.float32] | npt.NDArray[np.uint8] | npt.NDArray[np.uint16]) -> FloatArray:
    """Integers -> float32 in [0, 1]; float32 as it is."""
    return values if values.dtype == np.float32 else to_float(values)  # type: ignore[arg-type, return-value]
