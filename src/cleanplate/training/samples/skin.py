"""Skin tone of a person in a photo, so that results can be told apart by it.

The tone is the individual typology angle of skin found in the upper part of the foreground by a color rule; no face detector is
among the dependencies. The rule finds hair, wood and beige cloth too, and misses skin in odd light: it sorts pictures, no people.
"""

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray, to_uint8

TONES = (("very light", 55.0), ("light", 41.0), ("intermediate", 28.0), ("tan", 10.0), ("brown", -30.0), ("dark", -90.0))
HEAD, ASPECT = 0.6, 0.8  # of the box's height, and of its width in rows: a head and shoulders, or the head of a whole figure
LEAST = 0.01  # share of the foreground below which what was found is not skin


def head_region(alpha: FloatArray) -> npt.NDArray[np.bool_]:
    """Where a face may be: the foreground within the upper part of its own box, eroded by a pixel, (height, width)."""
    inside = cv2.erode((alpha >= 0.9).view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    if len(rows):
        height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
        inside[rows[0] + max(1, int(min(HEAD * height, ASPECT * width))) :] = False
    return inside


def skin_colored(picture: FloatArray) -> npt.NDArray[np.bool_]:
    """Chai and Ngan, *Face Segmentation Using Skin-Color Map*, 1999: Cb in 77 to 127 and Cr in 133 to 173 of 8-bit YCrCb.

    >>> skin_colored(np.array([[[0.8, 0.6, 0.5], [0.2, 0.4, 0.9]]], np.float32)).tolist()
    [[True, False]]
    """
    _, cr, cb = cv2.split(cv2.cvtColor(to_uint8(picture), cv2.COLOR_RGB2YCrCb))
    return np.asarray((cb >= 77) & (cb <= 127) & (cr >= 133) & (cr <= 173), np.bool_)


def typology_angle(lightness: float, yellow: float) -> float:
    """ITA in degrees, ``arctan((L* - 50) / b*)``: Chardon, Cretois and Hourseau, *Skin Colour Typology*, 1991.

    >>> typology_angle(60, 10)
    45.0
    """
    return float(np.degrees(np.arctan2(lightness - 50, yellow)))


def tone_of(angle: float) -> str:
    """The angle's name: very light above 55 degrees, light above 41, intermediate 28, tan 10, brown -30, else dark.

    >>> tone_of(45), tone_of(10), tone_of(-80)
    ('light', 'brown', 'dark')
    """
    return next((name for name, above in TONES if angle > above), TONES[-1][0])


def tone(picture: FloatArray, alpha: FloatArray) -> str:
    """The tone of the person's skin by the median of CIELAB (D65) over it; empty where none is found.

    Args:
        picture: the true photo, (height, width, 3) float32, sRGB-encoded in [0, 1].
        alpha: (height, width) float32 in [0, 1].
    """
    skin = head_region(alpha) & skin_colored(picture)
    if skin.sum() < max(16, LEAST * float(alpha.sum())):
        return ""
    lab = cv2.cvtColor(picture[skin][None], cv2.COLOR_RGB2LAB)[0]
    return tone_of(typology_angle(float(np.median(lab[:, 0])), float(np.median(lab[:, 2]))))


def rarity(tones: list[str]) -> FloatArray:
    """How often each picture is drawn, in shares of 1: by one over the root of how many have its skin tone (``tone``).

    >>> [round(float(each), 2) for each in rarity(["tan", "dark", "tan", "tan", "tan"])]
    [0.17, 0.33, 0.17, 0.17, 0.17]
    """
    weights = 1 / np.sqrt([tones.count(each) for each in tones])
    return np.asarray(weights / weights.sum(), np.float32)
