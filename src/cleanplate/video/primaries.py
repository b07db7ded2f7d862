"""Colors of other primaries -> BT.709's, in linear light."""

import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import Pixels, to_float, to_pixels
from cleanplate.video.coding import BT709, BT2020

# x and y of red, green, blue and white: H.273 table 2, the sets that differ visibly from BT.709's
CHROMATICITIES = {
    BT709: ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), (0.3127, 0.3290)),
    BT2020: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), (0.3127, 0.3290)),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290)),
}
DISPLAY_GAMMA = np.float32(2.4)  # BT.1886


def differ(primaries: int) -> bool:
    """Whether colors of these primaries look other than BT.709's.

    >>> differ(BT2020), differ(BT709), differ(6)
    (True, False, False)
    """
    return primaries in CHROMATICITIES and primaries != BT709


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
