"""Whether a photo's blacks have faded, by haze, age or a filter: before a plate with deeper ones that looks pasted.

Somewhere in a face there is black: a pupil, a nostril, the shadow between hairs. Where the darkest of somebody is gray in all three
channels, the photo has no black, and its levels are brought to those of the plate before its colors are matched. Of a thing, or a
back, nothing is said: a white cup has no black to take back.
"""

from collections.abc import Callable

import cv2
import numpy as np

from cleanplate.pixels import profiles
from cleanplate.pixels.color import FloatArray, Pixels, white
from cleanplate.pixels.profiles import Profile
from cleanplate.pixels.resampling import resize
from cleanplate.stages import faces, framing
from cleanplate.transforms.levels import Levels

DARKEST = 0.002  # of the pixels: fewer are noise
SOLID = 0.98  # alpha from which a color is the person's alone
SIDE = 640  # pixels of the long side, at most, at which it is looked for: noise is no black there, and a preview tells the same
FEWEST = 500  # pixels; of a person with fewer nothing is said
NONE, WHOLE = 0.05, 0.08  # black up to which a photo has not faded, from which on it has; sRGB-encoded
LEAST = 0.005  # by which a black is moved: less is not seen


def black(pixels: Pixels, alpha: FloatArray | None = None, profile: Profile = None) -> float:
    """The least of the channels' darkest values, in [0, 1], sRGB-encoded; 0 where too little is seen.

    Args:
        pixels: (height, width, 3) uint8 or uint16, of that profile.
        alpha: (height, width); where it is solid, or everywhere without one.
    """
    times = min(-(-max(pixels.shape) // SIDE), *pixels.shape[:2])  # in whole steps, which is quick
    size = pixels.shape[0] // times, pixels.shape[1] // times
    part = slice(size[0] * times), slice(size[1] * times)
    some = profiles.shown(resize(pixels[part], size), profile)
    solid = None if alpha is None else (resize(alpha[part], size) >= SOLID).view(np.uint8)  # a mask, as OpenCV takes it
    count, values = size[0] * size[1] if solid is None else int(np.count_nonzero(solid)), int(white(some.dtype)) + 1
    if count < FEWEST:
        return 0.0
    histograms = (cv2.calcHist([some], [each], solid, [values], [0, values]) for each in range(3))
    return min(int(np.argmax(np.cumsum(each) > int(DARKEST * count))) for each in histograms) / white(some.dtype)


def levels(person: float, plate: float) -> Levels | None:
    """How a person with that black is brought to the levels of a plate; None where they have deeper ones or it is not seen.

    >>> levels(0.04, 0.0), levels(0.2, 0.3), levels(0.2, 0.1)
    (None, None, Levels(black=0.2, target=0.1))
    """
    target = person - min(max((person - NONE) / (WHOLE - NONE), 0.0), 1.0) * (person - plate)
    return Levels(person, target) if person - target >= LEAST else None


def before(plate: Callable[[], float], pixels: Pixels, alpha: FloatArray, profile: Profile = None) -> Levels | None:
    """How a person whose face is seen is brought to the levels of a plate.

    Args:
        plate: asked for the plate's black where the person's has faded.
        pixels, alpha, profile: as of ``black``.
    """
    found = black(pixels, alpha, profile)
    if found <= NONE or faces.face(pixels, alpha, framing.extent(alpha, framing.SEEN)) is None:
        return None
    return levels(found, plate())
