"""Where the photo cropped the person: the sides on which their matte ends because the picture did."""

import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray
from cleanplate.values import Crop, Cropped, Size

BORDER = 0.005  # of the photo's longer side: a matte that ends so near to the border was ended by it
LEAST_CROP = 0.012  # of the photo's longer side: what is shorter is not seen as a cut
SOLID, FAINT = 0.5, 0.1  # alpha of a cropped pixel, and of the soft ones beside it
WHOLE = 0.97  # alpha of a side that has stopped fading
STEEP, STEEP_INSIDE = 0.45, 0.8  # see ``crop``; for a matte that ends at the border, and a little before it
STEEP_FEET = 0.2  # at the bottom, where a foot too many does no harm
TRIMMED = 3  # times as deep is looked in a cutout file, which may be cut to the person's extent: all its sides are touched
PART, STEEP_PART = 0.04, 0.55  # a part by itself, as a shoulder beside an ear: so long over the photo's longer side, and as STEEP
SAMPLES = 1024  # pixels along a border by which it is looked at: more tell nothing new
FRAME, LEAST_FRAMED, SUDDEN = 0.04, 0.08, 0.6  # a frame around the photo: how wide, how long a cut, how much of it at once


def cropped(alpha: FloatArray, trimmed: bool = False) -> Cropped:
    """The sides on which the photo's border cropped the person, by an alpha that nothing has corrected yet.

    Args:
        trimmed: the borders may be those of the person's extent, not those of a photo.
    """
    turned = {"top": alpha, "bottom": alpha[::-1], "left": alpha.T, "right": alpha.T[::-1]}
    deep, longer = TRIMMED if trimmed else 1, max(alpha.shape)
    steep = {"bottom": STEEP_FEET}
    return Cropped(**{name: crop(side, longer, steep.get(name, STEEP), deep) for name, side in turned.items()})


def crop(alpha: FloatArray, longer: int, steep: float, deep: int = 1) -> Crop | None:
    """How the border along the first row crops the person; None where it does not.

    A round shape that only touches the border is as wide there as the root of its depth tells: far narrower than a little deeper.
    What was cropped is about as wide, all of it or a larger part by itself. A white or black frame in the photo crops further in:
    there the matte ends at once.

    Args:
        longer: the photo's longer side.
        steep: as wide at least, over how wide it is deeper.
        deep: how many times as deep that is.
    """
    band, reach, step = max(2, round(BORDER * longer)), round(FRAME * longer), -(-alpha.shape[1] // SAMPLES)
    strip = np.ascontiguousarray(alpha[: reach + 3 * band + 1, ::step])
    size, longer = (alpha.shape[0], strip.shape[1]), longer // step
    counts, least = np.count_nonzero(strip >= SOLID, 1), max(2.0, LEAST_CROP * longer)
    for at in range(min(reach, len(strip))):
        near, far = (int(counts[min(at + many * band, len(strip) - 1)]) for many in (deep, 3))
        sudden = counts[at] - counts[max(0, at - band - 1)] >= max(LEAST_FRAMED * longer, SUDDEN * far)
        cut = counts[at] >= max(least, (STEEP_INSIDE if at else steep) * near)
        cut = cut or (at == 0 and deep == 1 and steep_part(strip[0], strip[min(band, len(strip) - 1)], max(least, PART * longer)))
        if (at <= band and cut) or (at and sudden):
            return along(strip, at, min(at + 3 * band, len(strip) - 1), least, size)
    return None


def steep_part(border: FloatArray, deeper: FloatArray, least: float) -> bool:
    """Whether any part of the person is nearly as wide at the border as a little deeper, whatever the others do.

    >>> line = np.ones(9, np.float32)
    >>> steep_part(line * [0, 1, 1, 1, 1, 0, 0, 0, 0], line * [0, 1, 1, 1, 1, 1, 0, 0, 0], 4), steep_part(line * 0, line, 4)
    (True, False)
    """
    inside = runs(deeper >= SOLID)
    for first, last in runs(border >= SOLID):
        wide = max((end - start for start, end in inside if start < last and end > first), default=0)
        if last - first >= least and last - first >= STEEP_PART * wide:
            return True
    return False


def runs(line: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """From where to where a line is true.

    >>> runs(np.array([True, True, False, True]))
    [(0, 2), (3, 4)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], line, [0]])))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def along(strip: FloatArray, at: int, deeper: int, least: float, size: Size) -> Crop:
    """The crop whose straight end is row ``at`` of a strip: how far in it has stopped fading, and from where to where it goes."""
    solid = strip[at] >= SOLID
    sure = solid & (strip[deeper] >= WHOLE)
    inset = at
    while inset < deeper and sure.any() and strip[inset][sure].mean() < WHOLE:
        inset += 1
    soft = runs(strip[at] >= FAINT)
    long = [each for each in soft if np.count_nonzero(solid[slice(*each)]) >= least] or soft
    return Crop(inset / size[0], long[0][0] / size[1], long[-1][1] / size[1])
